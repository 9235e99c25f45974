"""Kernels are entered without a look at the types of arguments, so these must never differ."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import attrs
import numba
import numpy as np
import pytest

from tuisim.engine.base.facts import FACTS
from tuisim.engine.cells.beyond.common import kernel_arrays
from tuisim.engine.cells.network import draw
from tuisim.engine.cells.table import CELLS
from tuisim.engine.kernels.jit import entry
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment


def experiments(cell: str) -> Iterator[Experiment]:
    # Whole numbers for what may be a fraction, and sizes below and over what is lent.
    plain = Experiment(cell=cell, width=5, depth=7, radius=1, bias=0, forget_bias=1)
    for activation, tied in itertools.product(FACTS, (True, False)):
        yield attrs.evolve(plain, activation=activation, tied=tied)
    yield attrs.evolve(plain, width=1, depth=1)
    yield attrs.evolve(plain, width=64, depth=300)
    yield attrs.evolve(plain, members=3, batch=4, bias=0.5, drive="noise")
    if cell == "rnn":
        yield attrs.evolve(plain, leak=0.5, residual=1, skip=2, skip_share=1)
        yield attrs.evolve(plain, norm="layer", batch=4)
        yield attrs.evolve(plain, norm="batch", batch=4, activation="relu")


@pytest.mark.parametrize("cell", CELLS)
def test_every_experiment_gives_arguments_of_the_same_types(cell: str) -> None:
    kind, found = CELLS[cell], set()
    for one in experiments(cell):
        network, plan = draw(one), kind.plan(one)
        buffers = kind.allocate(one, one.members, one.depth)
        settings = kind.settings(one, network)
        arguments = (settings, network.operands, kernel_arrays(buffers), plan.depths)
        found.add(numba.typeof(arguments))
    assert len(found) == 1


@pytest.mark.parametrize("cell", CELLS)
def test_the_entry_is_the_kernel(cell: str) -> None:
    kind, one = CELLS[cell], Experiment(cell=cell, width=6, depth=9)
    run = simulate(one)
    door = entry(kind.passes)
    assert door is not None
    network, buffers = run.networks[0], kind.allocate(one, 1, one.depth)
    given = kind.settings(one, network), network.operands, kernel_arrays(buffers), 0
    assert door(*given, kind.plan(one).depths, False, np.empty((0, 2))) == one.depth
    np.testing.assert_array_equal(buffers.gradient_log10, run.gradient_log10)


def test_of_what_is_no_kernel_or_not_compiled_there_is_none() -> None:
    def plain() -> None: ...

    assert entry(plain) is None
    assert entry(numba.njit(plain)) is None
