"""The states of a reservoir: no gradient is asked for, and none beyond float64 is of use."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tuisim.engine.cells.cell import member_arrays
from tuisim.engine.cells.network import Network, checked_networks
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import over_members, planned_for
from tuisim.values.experiment import Experiment

#: Steps after which it is looked whether a state is in float64 still.
_PIECE = 100
#: log10 of a norm of which some unit is not, whatever the width.
_TOO_LARGE = math.log10(np.finfo(float).max) + 10.0


def forward(experiment: Experiment, networks: Sequence[Network]) -> Run:
    """The forward pass, of each member to its end or until its states have left float64.

    Rows of steps that a member did not come to are 0.

    Raises:
        ValueError: as `simulate`.
    """
    networks = checked_networks(experiment, networks)
    cell, _, spread = planned_for(experiment, networks)
    buffers = cell.allocate(experiment, experiment.members, experiment.depth)
    buffers.states[:], buffers.state_exponents[:] = 0.0, 0.0

    def follow(member: int) -> None:
        network, own = networks[member], cell.buffers(*member_arrays(buffers, member))
        cell.begin_at(experiment, network, own)
        for first in range(0, experiment.depth, _PIECE):
            last = min(first + _PIECE, experiment.depth)
            cell.forth(experiment, network, own, first, last)
            # Numbers of any size take a hundred times as long.
            if (own.hidden_log10[first + 1 : last + 1] > _TOO_LARGE).any():
                return

    if spread:
        over_members(experiment.members, lambda: follow)
    else:
        for member in range(experiment.members):
            follow(member)
    return Run(experiment=experiment, networks=networks, buffers=buffers)
