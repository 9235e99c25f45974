"""Both ends of a gradient for many depths at once: those of runs of their own, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
import pytest

from tests.support import toy
from tuisim.engine.base.stopping import StoppedError, stoppable
from tuisim.engine.cells import cell
from tuisim.engine.cells.network import draw
from tuisim.engine.cells.table import CELLS
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment

DEPTHS = (3, 20, 7, 1, 12, 20)
NETS = {
    "plain": {},
    "skip": {"skip": 3},
    "untied": {"tied": False, "bias": 0.3, "drive": "noise"},
    "batch norm": {"norm": "batch", "batch": 4},
    "lstm": {"cell": "lstm", "batch": 2},
    "toy": {"cell": "toy", "drive": "sine", "tied": False},
    "gru": {"cell": "gru", "drive": "sine", "tied": False},
}


@pytest.fixture(scope="module", autouse=True)
def a_cell_of_one_line() -> Iterator[None]:
    with toy.known():
        yield


@pytest.mark.parametrize("steps", [2, 8, 1000])
@pytest.mark.parametrize("name", NETS)
def test_each_depth_has_the_ends_of_its_own_run(
    name: str, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    e = Experiment(**({"width": 5, "depth": 20} | NETS[name]))
    gates = {"lstm": 4, "gru": 3, "toy": 2}.get(e.cell, 1)
    # Kernels take so many steps at a time.
    monkeypatch.setattr(cell, "_FLOPS_AT_A_TIME", steps * 2.0 * gates * e.batch * e.width**2)
    depths = [depth for depth in DEPTHS if depth >= e.skip]
    own, network = CELLS[e.cell], draw(e)
    found = own.gradient_ends(e, network, own.allocate(e, 1, e.depth), 0, depths)
    for depth, ends in zip(depths, found, strict=True):
        log10 = simulate(attrs.evolve(e, depth=depth)).gradient_log10[0]
        np.testing.assert_array_equal(ends, log10[[0, -1]])


def test_it_is_given_up_when_asked() -> None:
    e = Experiment(width=5, depth=20)
    own, network = CELLS[e.cell], draw(e)
    with pytest.raises(StoppedError), stoppable(lambda: True):
        own.gradient_ends(e, network, own.allocate(e, 1, e.depth), 0, DEPTHS)
