"""Sessions as TOML: what is written is read again, and each mistake is one line."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from tuisim.values import session as sessions
from tuisim.values.experiment import Experiment
from tuisim.values.left import CliffLeft, MapLeft, SurfaceLeft
from tuisim.values.plan import Plan
from tuisim.values.session import MOST_STEPS, Session

LSTM = Experiment(cell="lstm", width=5, forget_bias=2.5)
OWN = Experiment(
    spectrum="eigenvalues", width=3, eigenvalues=(0.5, 0.9 + 0.3j, 0.9 - 0.3j), activation="relu"
)
WHOLE = Session(
    OWN,
    past=(Experiment(), LSTM),
    future=(Experiment(seed=4),),
    pinned=(LSTM, Experiment(radius=1.25)),
    view="spectrum",
    log_axis=False,
    step=37,
    plan=Plan(task="adding", optimizer="adam", learning_rate=0.01),
    map=MapLeft("bias", "learning_rate", "success"),
    cliff=CliffLeft(
        "net", 3, net=SurfaceLeft((-1.0, 0.5, 1e-3, 2.0), (0.1, 0.2), (-0.25, 1.0), 0.3, 10.0)
    ),
)

SURFACE = (
    "version = 1\n[cliff.net]\nwindow = {}\nrate = {}\n"
    "start = [1, 2]\ncursor = [1, 2]\nthreshold = 1\n"
)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "lesson.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("session", [WHOLE, Session(Experiment())], ids=["whole", "bare"])
def test_what_is_written_is_read_again(session: Session, tmp_path: Path) -> None:
    assert sessions.load(written(tmp_path, sessions.dumps(session))) == session


def test_a_file_by_hand_needs_a_version_alone(tmp_path: Path) -> None:
    found = sessions.load(written(tmp_path, "version = 1\n[experiment]\nradius = 1.5\n"))
    assert found == Session(Experiment(radius=1.5))


def test_where_one_looked_is_no_work() -> None:
    looked = attrs.evolve(WHOLE, view="modes", log_axis=True, step=None, map=MapLeft())
    assert WHOLE.work == looked.work
    for name in ("experiment", "past", "future", "pinned", "plan"):
        other = {"experiment": LSTM, "plan": Plan()}.get(name, ())
        assert WHOLE.work != attrs.evolve(WHOLE, **{name: other}).work


def test_files_are_found_from_any_directory(tmp_path: Path) -> None:
    layered = Experiment(spectrum="layer", layer="nets/a#b.pt#l0", input="x.npy", radius=1.0)
    here = Path.cwd()
    found = sessions.anchored(Session(layered, past=(LSTM,), pinned=(layered,)))
    assert (found.experiment.layer, found.experiment.input) == (
        f"{here}/nets/a#b.pt#l0",
        f"{here}/x.npy",
    )
    assert (found.past, found.pinned) == ((LSTM,), (found.experiment,))
    assert sessions.anchored(found) == found
    assert sessions.anchored(found).experiment is found.experiment
    noise = Session(attrs.evolve(layered, layer="/net.pt#l0", input="noise"))
    assert sessions.anchored(noise) == noise
    # What is in memory alone has no other name elsewhere.
    kept = Session(attrs.evolve(layered, layer="#l0", input="#recall.npy"))
    assert sessions.anchored(kept) == kept


def test_of_a_long_undo_the_newest_steps_are_written(tmp_path: Path) -> None:
    past = tuple(Experiment(seed=seed) for seed in range(MOST_STEPS + 20))
    found = sessions.load(written(tmp_path, sessions.dumps(Session(LSTM, past, past))))
    assert found == Session(LSTM, past[20:], past[20:])


def test_what_is_not_written_is_given_no_full_names() -> None:
    past = tuple(Experiment(seed=seed) for seed in range(MOST_STEPS + 20))
    assert sessions.anchored(Session(LSTM, past, past)) == Session(LSTM, past[20:], past[20:])


def test_what_is_written_can_be_read_whatever_its_names_are_written_in(tmp_path: Path) -> None:
    net = Experiment(spectrum="layer", layer=f"{'ü' * 4000}#l0", radius=1.0)
    past = tuple(attrs.evolve(net, seed=seed) for seed in range(MOST_STEPS))
    found = sessions.load(written(tmp_path, sessions.dumps(Session(net, past, past))))
    assert found.past == past
    assert 0 < len(found.future) < MOST_STEPS


def test_what_is_written_can_be_read_however_large_its_nets_are(tmp_path: Path) -> None:
    def large(seed: int) -> Experiment:
        values = tuple(0.123456789012345678 + step / 1e9 for step in range(2048))
        return Experiment(spectrum="eigenvalues", width=2048, eigenvalues=values, seed=seed)

    past = tuple(map(large, range(1, 31)))
    session = Session(large(0), past, past, pinned=past[:4])
    found = sessions.load(written(tmp_path, sessions.dumps(session)))
    assert 5 < len(found.past) < 30
    assert found == attrs.evolve(session, past=past[-len(found.past) :], future=found.future)
    assert found.future == past[len(past) - len(found.future) :]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("radius = 1.5", "version: got None, allowed: 1; this is no session"),
        ("version = 'x'", "version: got 'x', allowed: 1; this is no session"),
        ("version = true", "version: got True, allowed: 1; this is no session"),
        ("version = 1\nstep = true", "step: got True, allowed: a whole number from 0 on"),
        ("version = 2\nmore = 1", "version: got 2, a newer tuisim's, allowed: 1"),
        ("version = 1\nnet = 3", "net: no such entry, allowed: version, view, axis, step, exp"),
        ("version = 1\nview = 3", "view: got 3, allowed: the name of a view"),
        ("version = 1\naxis = 'x'", "axis: got 'x', allowed: log, linear"),
        ("version = 1\nstep = -1", "step: got -1, allowed: a whole number from 0 on"),
        ("version = 1\nexperiment = 2", "experiment: got 2, allowed: a table like [experiment]"),
        ("version = 1\n[experiment]\nradius = -1", "[experiment]: radius: got -1, allowed: ≥ 0"),
        ("version = 1\n[experiment]\nspeed = 1", "[experiment]: speed: no such field"),
        ("version = 1\n[experiment]\ncell = 'gru'\nleak = 0.5", "[experiment]: leak: "),
        ("version = 1\npast = 3", "past: got 3, allowed: up to 100 [[past]]"),
        ("version = 1\npinned = [1]", "pinned: got 1, allowed: a table like [pinned]"),
        (
            "version = 1\n" + "[[pinned]]\n" * 5,
            "pinned: got [{}, {}, {}, {}, {}], allowed: up to 4",
        ),
        ("version = 1\n[plan]\nrate = 1", "[plan]: rate: no such field, allowed: task"),
        ("version = 1\n[plan]\ntask = 'x'", "task: got 'x', allowed: recall"),
        ("version = 1\n[map]\nz = 1", "[map]: z: no such entry, allowed: x, y, measure"),
        ("version = 1\n[map]\nx = 'height'", "[map]: x: got 'height', allowed: cell, width"),
        ("version = 1\n[map]\nmeasure = []", "[map]: measure: got [], allowed: gradient_rate"),
        ("version = 1\nmap = 3", "map: got 3, allowed: a table like [map]"),
        ("version = 1\n[cliff]\nsurface = 'sea'", "[cliff]: surface: got 'sea', allowed: unit, n"),
        ("version = 1\n[cliff]\npair = true", "[cliff]: pair: got True, allowed: 0…27"),
        ("version = 1\n[cliff.unit]\nrate = 1", "[cliff.unit]: got {'rate': 1}, allowed: window"),
        (SURFACE.format("[0, 1, 2]", 1), "[cliff.net]: window: got [0, 1, 2], allowed: 4 numbers"),
        (SURFACE.format("[0, 0, 1, 2]", 1), "window: got [0, 0, 1, 2], allowed: from under to"),
        (SURFACE.format("[0, 1e9, 1, 2]", 1), "window: got [0, 1000000000.0, 1, 2], allowed: 4 nu"),
        (SURFACE.format("[0, 1, 1, 2]", 0), "[cliff.net]: rate: got 0, allowed: > 0"),
        (SURFACE.format("[0, 1, 1, 2]", "nan"), "[cliff.net]: rate: got nan, allowed: > 0"),
        ("version = 1\n[plan", "not valid TOML"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_file(
    text: str, complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"lesson\.toml: ") as caught:
        sessions.load(written(tmp_path, text))
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
