"""curves gives simulate's norms to the last bit, whole and in pieces, and keeps nothing else."""

from __future__ import annotations

import tracemalloc

import attrs
import numpy as np
import pytest

from tuisim.engine.base.stopping import StoppedError, stoppable
from tuisim.engine.cells.network import draw
from tuisim.engine.runs import curves as module
from tuisim.engine.runs.curves import Curves, curves
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment

EXPERIMENTS = {
    "tanh": Experiment(width=9, depth=37),
    "untied": Experiment(width=9, depth=37, tied=False, bias=0.3, drive="noise", batch=3),
    "homogeneous": Experiment(width=9, depth=37, activation="relu", radius=1e5),
    "far under float64": Experiment(width=9, depth=37, radius=1e-40),
    "beyond float64": Experiment(width=5, depth=60, activation="elu", radius=1e30, bias=1.0),
    "dead": Experiment(width=9, depth=37, radius=0.0),
    "lstm": Experiment(cell="lstm", width=9, depth=37, radius=3.0),
    "lstm, untied": Experiment(cell="lstm", width=5, depth=20, tied=False, bias=0.5),
    "gru": Experiment(cell="gru", width=9, depth=37, drive="sine"),
    "carried": Experiment(width=9, depth=37, leak=0.3, residual=0.4),
    "skip": Experiment(width=9, depth=37, skip=5),
    "norm": Experiment(width=9, depth=37, norm="layer", activation="relu"),
}


def same(found: Curves, run: Run) -> None:
    for name in ("hidden_log10", "gradient_log10", "cell_log10", "cell_gradient_log10"):
        np.testing.assert_array_equal(getattr(found, name), getattr(run, name), err_msg=name)


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("members", [1, 3])
def test_they_are_those_of_simulate(name: str, members: int) -> None:
    experiment = attrs.evolve(EXPERIMENTS[name], members=members)
    run = simulate(experiment)
    same(curves(experiment), run)
    same(curves(experiment, run.networks), run)


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("rows", [0, 11, 36])
def test_in_pieces_they_are_the_same(name: str, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = attrs.evolve(EXPERIMENTS[name], members=2)
    monkeypatch.setattr(module, "_WHOLE", 0)
    monkeypatch.setattr(module, "_PIECE", 8 * experiment.width * experiment.batch * rows)
    same(curves(experiment), simulate(experiment))


def test_a_member_beyond_float64_leaves_nothing_to_the_next() -> None:
    experiment = Experiment(width=5, depth=60, activation="identity", radius=1e30, bias=1.0)
    # Leaves it later, so that records of the first one lie before its own.
    later, never = (draw(attrs.evolve(experiment, radius=radius)) for radius in (1e12, 0.5))
    networks = (draw(experiment), later, never)
    several = attrs.evolve(experiment, members=3)
    same(curves(several, networks), simulate(several, networks))


def test_members_on_threads_are_the_same() -> None:
    experiment = Experiment(width=64, depth=50, members=12)
    same(curves(experiment), simulate(experiment))


def peak(experiment: Experiment) -> int:
    """Bytes of arrays at most, with the networks given."""
    networks = (draw(experiment),)
    _ = networks[0].operands
    curves(experiment, networks)
    tracemalloc.start()
    try:
        curves(experiment, networks)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_long_run_takes_its_curves_and_a_few_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WHOLE", 1 << 16)
    monkeypatch.setattr(module, "_PIECE", 1 << 14)
    experiment = Experiment(width=64, depth=20_000)
    states = 8 * 64 * experiment.depth
    # Two curves are a thirty-second of the states each.
    assert peak(experiment) < states / 6


def test_it_can_be_given_up_between_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WHOLE", 0)
    monkeypatch.setattr(module, "_PIECE", 0)
    asked = 0

    def enough() -> bool:
        nonlocal asked
        asked += 1
        return asked > 4

    with stoppable(enough), pytest.raises(StoppedError):
        curves(Experiment(width=4, depth=100))
    assert asked == 5


def test_what_simulate_refuses_is_refused() -> None:
    experiment = Experiment(width=4, depth=10)
    with pytest.raises(ValueError, match="networks: got"):
        curves(experiment, ())
    with pytest.raises(ValueError, match="budget"):
        curves(Experiment(width=2048, depth=100_000, members=1024))
