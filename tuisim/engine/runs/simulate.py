"""simulate: Experiment, Network → Run, members spread over threads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from tuisim.engine.base.budget import check_budget, run_flops
from tuisim.engine.base.stopping import Asked, check_stop, stop_asked, stoppable, thread_pool
from tuisim.engine.cells.network import Network, checked_networks, draw
from tuisim.engine.cells.table import CELLS
from tuisim.engine.runs.run import Run
from tuisim.values.experiment import Experiment

#: Under this work a thread costs more than it saves.
_WORTH_A_THREAD = 4e6


@cache
def _pool() -> ThreadPoolExecutor:
    return thread_pool(processors(), "tuisim-members")


@cache
def processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def simulate(experiment: Experiment, networks: Sequence[Network] | None = None) -> Run:
    """Run the forward and the backward pass of every member.

    Args:
        experiment: what to run.
        networks: one Network a member; drawn where not given. A network of the caller's own
            (made by `attrs.evolve` of a drawn one, say) is checked against the shapes.

    Raises:
        ValueError: no networks, arrays of another shape, another number of networks than
            members, or more work than the budget allows.
        StoppedError: the caller made its work stoppable, and asked for that.
    """
    check_budget(experiment)
    if networks is None:
        networks = tuple(draw(experiment, member) for member in range(experiment.members))
    else:
        networks = checked_networks(experiment, networks)
    cell = CELLS[experiment.cell]
    buffers = cell.allocate(experiment, experiment.members, experiment.depth)

    # Threads that share an iterator each get another member, and a held-up one holds up no other.
    turns = iter(range(experiment.members))

    def work() -> None:
        for member in turns:
            check_stop()
            cell.run(experiment, networks[member], buffers, member)

    def elsewhere(asked: Asked) -> None:
        with stoppable(asked):
            work()

    if experiment.members == 1 or run_flops(experiment) < _WORTH_A_THREAD:
        work()
    else:
        # The kernels let go of the interpreter.
        workers = min(processors(), experiment.members)
        for done in [_pool().submit(elsewhere, stop_asked()) for _ in range(workers)]:
            done.result()
    return Run(experiment=experiment, networks=networks, buffers=buffers)
