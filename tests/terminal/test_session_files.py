"""Nets that lie in no file are kept beside a session's, and are the same when it is opened."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import attrs
import numpy as np
import pytest

from tuisim.engine.trained import beside, finding
from tuisim.engine.trained.finding import find_layer, find_signal, keep_signal
from tuisim.engine.trained.layer import LAYERS, Layer
from tuisim.terminal.session_files import read, write
from tuisim.terminal.sessions import Sessions
from tuisim.tui.state.saving import check_session, session_saving
from tuisim.values.experiment import Experiment
from tuisim.values.session import Session


def taken(seed: int, cell: str = "rnn", gates: int = 1) -> Experiment:
    """As a net out of its training."""
    random = np.random.default_rng(seed)
    layer = Layer(
        "l0",
        cell,
        random.normal(size=(gates, 3, 3)),
        random.normal(size=(gates, 3, 2)),
        start=random.normal(size=3),
        activation="elu",
    )
    heard = keep_signal("recall", random.normal(size=(6, 4, 2)))
    return layer.experiment(depth=6, batch=4, **heard)


NETS = [taken(1), taken(2, "lstm", 4), taken(3), taken(4)]
WHOLE = Session(NETS[0], past=(Experiment(), NETS[1]), future=(NETS[2],), pinned=(NETS[3],))


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process, which has no net in memory."""
    for shelf in (LAYERS, finding._kept_signals):
        monkeypatch.setattr(shelf, "_found", OrderedDict())


def kept(folder: Path, session: Session = WHOLE) -> Path:
    made = Sessions(folder, "kept")
    made.write(session)
    made.close()
    return folder / "kept.toml"


def test_a_session_of_nets_in_memory_opens_in_another_process(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    arrays = [
        (find_layer(one.layer, one.layer_digest), find_signal(one.input, one.input_digest))
        for one in NETS
    ]
    path = kept(tmp_path)
    with np.load(tmp_path / "kept.npz") as stored:
        assert stored[f"{NETS[1].layer_digest}.weights"].shape == (4, 3, 3)
    request.getfixturevalue("forgotten")
    assert not beside.is_there(NETS[0])
    found, lines = Sessions(tmp_path).newest(check_session)
    assert found is not None
    assert (found.path, found.session, lines) == (path, WHOLE, ())
    for one, (layer, signal) in zip(NETS, arrays, strict=True):
        again = find_layer(one.layer, one.layer_digest)
        assert again.digest == layer.digest
        np.testing.assert_array_equal(again.weights, layer.weights)
        np.testing.assert_array_equal(find_signal(one.input, one.input_digest), signal)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (Path.unlink, "kept.npz: No such file or directory"),
        (lambda path: path.write_bytes(b"PK\3\4"), "the file is damaged (File is not a zip file)"),
    ],
    ids=["gone", "damaged"],
)
def test_without_the_arrays_a_net_of_the_past_is_left_out(
    spoil: object, reason: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = kept(tmp_path, attrs.evolve(WHOLE, experiment=Experiment()))
    assert callable(spoil)
    spoil(tmp_path / "kept.npz")
    request.getfixturevalue("forgotten")
    found, (line,) = read(path)
    assert found == Session(Experiment(), past=(Experiment(),))
    assert line.startswith("session: 3 nets are left out: ")
    assert reason in line


def test_a_session_whose_own_net_is_gone_is_refused_in_a_line(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = kept(tmp_path, Session(NETS[0]))
    (tmp_path / "kept.npz").unlink()
    request.getfixturevalue("forgotten")
    with pytest.raises(ValueError, match=r"kept\.toml: its net lies in no other file, and kept"):
        read(path)


def test_what_has_no_room_beside_it_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(beside, "MOST_BYTES", 2000)
    path = kept(tmp_path)
    request.getfixturevalue("forgotten")
    found, (line,) = read(path)
    assert found == attrs.evolve(WHOLE, past=(Experiment(),), future=())
    assert line == "session: 2 nets are left out: kept.npz lacks their arrays"


def test_the_arrays_go_with_their_session(tmp_path: Path) -> None:
    kept(tmp_path)
    mine = Sessions(tmp_path, "mine")
    found, _ = mine.newest(check_session)
    assert found is not None
    mine.take(found)
    mine.write(WHOLE)
    names = {"mine.toml", "mine.npz", "mine.lock"}
    assert {one.name for one in tmp_path.iterdir()} == names
    written = (tmp_path / "mine.npz").stat().st_ino
    mine.write(attrs.evolve(WHOLE, step=3))
    assert (tmp_path / "mine.npz").stat().st_ino == written
    mine.write(Session(Experiment()))
    mine.close()
    assert {one.name for one in tmp_path.iterdir()} == {"mine.toml"}


def test_saving_by_name_writes_over_no_other_arrays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lesson.npz").write_bytes(b"mine")
    save = session_saving(WHOLE, "lesson.toml")
    assert save() == "session save: lesson.npz is there already; type another name"
    (tmp_path / "lesson.npz").unlink()
    assert save() == "saved lesson.toml; tuisim --session lesson.toml opens it"
    write(tmp_path / "lesson.toml", WHOLE)
    assert read(tmp_path / "lesson.toml") == (WHOLE, ())


def test_a_name_that_is_too_long_is_said_in_a_line(tmp_path: Path) -> None:
    said = session_saving(Session(Experiment()), f"{tmp_path}/{'x' * 300}.toml")()
    assert said.endswith(".toml: File name too long")
