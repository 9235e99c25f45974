"""Work in pieces gives what it gives in one, and is given up between two of them when asked."""

from __future__ import annotations

import itertools
import threading

import attrs
import numpy as np
import pytest

from tuisim.engine.base.stopping import StoppedError, check_stop, stoppable, thread_pool
from tuisim.engine.cells import cell
from tuisim.engine.cells.network import draw
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment

NETS = {
    "plain": {},
    "untied with all": {"tied": False, "bias": 0.3, "drive": "noise", "leak": 0.5, "batch": 2},
    "skip": {"skip": 7},
    "batch norm": {"norm": "batch", "batch": 4},
    "scaled": {"activation": "identity", "radius": 1e-40},
    "lstm": {"cell": "lstm", "tied": False, "batch": 2, "bias": 0.2},
    "tiny lstm": {"cell": "lstm", "radius": 1e-9, "forget_bias": -40.0},
    "gru": {"cell": "gru", "drive": "sine"},
}


@pytest.mark.parametrize("steps", [1, 3, 20])
@pytest.mark.parametrize("name", NETS)
def test_pieces_are_the_whole_bit_for_bit(
    name: str, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    e = Experiment(**({"width": 5, "depth": 20, "members": 2} | NETS[name]))
    whole = simulate(e)
    gates = {"lstm": 4, "gru": 3}.get(e.cell, 1)
    monkeypatch.setattr(cell, "_FLOPS_AT_A_TIME", steps * 2.0 * gates * e.batch * e.width**2)
    pieces = simulate(e)
    np.testing.assert_array_equal(pieces.hidden_log10, whole.hidden_log10)
    np.testing.assert_array_equal(pieces.gradient_log10, whole.gradient_log10)
    np.testing.assert_array_equal(pieces.states, whole.states)
    np.testing.assert_array_equal(pieces.gradients, whole.gradients)
    if whole.cell_gradient_log10 is not None:
        np.testing.assert_array_equal(pieces.cell_gradient_log10, whole.cell_gradient_log10)


@pytest.mark.parametrize("members", [1, 3])
def test_simulating_ends_between_two_pieces(members: int, monkeypatch: pytest.MonkeyPatch) -> None:
    e = Experiment(width=64, depth=40, members=members)
    monkeypatch.setattr(cell, "_FLOPS_AT_A_TIME", 2.0 * 64**2)
    networks = [draw(e, member) for member in range(members)]
    asked = itertools.count()
    with pytest.raises(StoppedError), stoppable(lambda: next(asked) >= 10):
        simulate(e, networks)
    assert next(asked) < 10 + 3 * members
    assert simulate(e, networks).gradient_log10.shape == (members, 41)


def test_drawing_ends_between_two_matrices() -> None:
    asked = itertools.count()
    with pytest.raises(StoppedError), stoppable(lambda: next(asked) >= 7):
        draw(Experiment(tied=False, depth=5000))
    assert next(asked) == 8


def test_what_is_asked_ends_with_its_block() -> None:
    with stoppable(lambda: True):
        with stoppable(lambda: False):
            check_stop()
        with pytest.raises(StoppedError):
            check_stop()
    check_stop()
    assert simulate(attrs.evolve(Experiment(), depth=3)).experiment.depth == 3


def test_what_wants_something_of_a_pool_that_is_dismissed_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    pool = thread_pool(1, "dismissed")
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="new thread"):
            pool.submit(abs, -1)
    pool = thread_pool(1, "dismissed")
    assert [*pool.map(abs, [-1])] == [1]
    pool.shutdown()
    with pytest.raises(StoppedError):
        pool.submit(abs, -1)
    with pytest.raises(StoppedError):
        pool.map(abs, [-1])
