"""Nets that lie in no file are kept beside a session's, and are the same when it is opened."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import attrs
import numpy as np
import pytest

from tuisim.engine.trained import beside, finding
from tuisim.engine.trained.altered import kept_in
from tuisim.engine.trained.finding import find_layer, find_signal, keep_signal
from tuisim.engine.trained.layer import LAYERS, Layer
from tuisim.engine.trained.stacks import stacked
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


def test_what_lies_below_a_layer_comes_back_with_it(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    random = np.random.default_rng(5)
    own = random.normal(size=(1, 3, 3))

    def level(name: str, inputs: int, **more: str) -> Layer:
        return Layer(name, "rnn", own, random.normal(size=(1, 3, inputs)), **more)

    # Two directions that are alike but for their names.
    left = level("l0", 2)
    back = attrs.evolve(left, name="l0.reversed")
    *_, top = stacked([left, back, level("l1", 6), level("l2", 3)])
    layers = [
        attrs.evolve(top, name="forget gate at 0.5 of l2"),
        attrs.evolve(kept_in(top, "float16"), name="weights in float16 of l2"),
        # Nothing of it is lost in float16: the same layer under another name.
        attrs.evolve(kept_in(top, "float16"), name="again in float16 of l2"),
        level("alone", 2, between="what X gives"),
    ]
    nets = [one.experiment(depth=6) for one in layers]
    path = kept(tmp_path, Session(nets[0], pinned=tuple(nets[1:])))
    request.getfixturevalue("forgotten")
    found, lines = read(path)
    assert (found.pinned, lines) == (tuple(nets[1:]), ())
    for net, layer in zip(nets, layers, strict=True):
        again = find_layer(net.layer, net.layer_digest)
        assert (again.name, again.digest) == (layer.name, layer.digest)
        assert again.between == layer.between
        names = [[one.name for one in each] for each in again.below]
        assert names == [[one.name for one in each] for each in layer.below]


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
