"""Updates by the compiled kernels, from batches to what each of them met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.table import CELLS
from tuisim.engine.kernels.scales import IEEE
from tuisim.engine.training.backprop import Backprop
from tuisim.engine.training.descent import Rules, Vectors, fixed
from tuisim.engine.training.room import room_for
from tuisim.engine.training.tasks import Batch
from tuisim.engine.training.updates import UPDATES


class Made(NamedTuple):
    """What so many updates came to.

    updates: how many were made, fewer than there were batches where one left the ordinary.
    vectors: θ, velocity and squares after them.
    numbers: (count, 5), of each update its loss, accuracy, ‖∂L/∂θ‖ before and after clipping, and
        ‖Δθ‖/‖θ‖.
    curves: (count, 2, T+1), log10 ‖h_t‖ and log10 ‖∂L/∂h_t‖ of each, where asked for.
    """

    updates: int
    vectors: Vectors
    numbers: Array
    curves: Array


class Updater:
    """Updates of one experiment on one task, in buffers that are used again: those of `passes`."""

    def __init__(self, passes: Backprop, rules: Rules, asked: int) -> None:
        self.experiment = experiment = passes.experiment
        network, cell = passes.network, CELLS[experiment.cell]
        settings = cell.parts["Settings"](*cell.settings(experiment, network))
        # b and W_in u are there to be added, be they 0 for the time being.
        self._settings = tuple(settings._replace(biased=True, driven=True, scaling=IEEE))
        self._rules = tuple(rules)
        self._start = fixed(network.start[:1].repeat(experiment.batch, axis=0))
        self._arrays = passes.arrays
        self._room = tuple(room_for(passes.layout, experiment, asked, rules.adam))
        self._kernel = UPDATES[experiment.cell]

    def make(
        self,
        vectors: Vectors,
        averaged: int,
        batches: Sequence[Batch],
        curves: bool,
    ) -> Made:
        """An update a batch.

        Args:
            vectors: where the first one begins.
            averaged: how many updates are in the last two.
        """
        e = self.experiment
        inputs = np.stack([one.inputs.ravel() for one in batches])
        targets = np.array([one.targets.ravel() for one in batches], np.float64)
        ends = tuple([np.empty(one.shape) for one in vectors])
        numbers = np.empty((len(batches), 5))
        found = np.empty((len(batches) if curves else 0, 2, e.depth + 1))
        count = self._kernel(
            self._settings, self._rules, self._start, vectors, averaged, inputs, targets,
            e.skip > 0, self._arrays, self._room, ends, numbers, found,
        )  # fmt: skip
        return Made(count, tuple(map(fixed, ends)), numbers[:count], found[:count])
