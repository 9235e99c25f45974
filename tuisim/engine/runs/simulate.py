"""simulate: Experiment, Network → Run, members spread over threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache

from tuisim.engine.base.budget import check_budget, run_flops
from tuisim.engine.base.stopping import Asked, check_stop, stop_asked, stoppable, thread_pool
from tuisim.engine.cells.cell import Cell, Plan
from tuisim.engine.cells.network import Network, checked_networks, draw
from tuisim.engine.cells.table import CELLS, cell_of
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
    if networks is None:
        check_budget(experiment)
        networks = tuple(draw(experiment, member) for member in range(experiment.members))
    else:
        networks = checked_networks(experiment, networks)
    cell, plan, spread = planned_for(experiment, networks)
    buffers = cell.allocate(experiment, experiment.members, experiment.depth)
    if spread:
        drawn = networks
        over_members(
            experiment.members, lambda: lambda one: cell.run(plan, drawn[one], buffers, one)
        )
    else:
        for member, network in enumerate(networks):
            check_stop()
            cell.run(plan, network, buffers, member)
    return Run(experiment=experiment, networks=networks, buffers=buffers)


def planned_for(experiment: Experiment, networks: Sequence[Network]) -> tuple[Cell, Plan, bool]:
    """As `planned`, for networks that may have gates of their own.

    Raises:
        ValueError: some members have other gates than others.
    """
    cell, plan, spread = planned(experiment)
    if not any(one.varied for one in networks):
        return cell, plan, spread
    kinds = {(one.reset, one.gate_activation, one.peepholes is None) for one in networks}
    if len(kinds) > 1:
        raise ValueError("networks: got gates of several kinds, allowed: the same in all members")
    cell = cell_of(experiment, networks[0])
    return cell, cell.plan(experiment), spread


@lru_cache(256)
def planned(experiment: Experiment) -> tuple[Cell, Plan, bool]:
    """The cell, what it needs of the experiment, and whether members are worth several threads.

    Raises:
        ValueError: more work than the budget allows.
    """
    check_budget(experiment)
    cell = CELLS[experiment.cell]
    spread = experiment.members > 1 and run_flops(experiment) >= _WORTH_A_THREAD
    return cell, cell.plan(experiment), spread


def over_members(members: int, worker: Callable[[], Callable[[int], None]]) -> None:
    """Have all members done by threads, each of which makes itself a worker.

    The kernels let go of the interpreter.

    Raises:
        StoppedError: the caller made its work stoppable, and asked for that.
    """
    # Threads that share an iterator each get another member, and a held-up one holds up no other.
    turns = iter(range(members))

    def elsewhere(asked: Asked) -> None:
        with stoppable(asked):
            work = worker()
            for member in turns:
                check_stop()
                work(member)

    count = min(processors(), members)
    for done in [_pool().submit(elsewhere, stop_asked()) for _ in range(count)]:
        done.result()
