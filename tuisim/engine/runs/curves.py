"""curves: the norms of a run and nothing else, in as little memory as they take.

The backward pass goes over every state again, and `simulate` keeps them all. Here the members of a
thread take turns in one member's buffers, which a processor's cache may hold. A long run goes
forth once, of which the states between its pieces are kept, and then back piece by piece, each made
again before: half as much work more, and the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.cells.beyond.common import clear_records
from tuisim.engine.cells.cell import Cell, Plan, member_arrays, rows_a_step
from tuisim.engine.cells.network import Network, checked_networks, draw
from tuisim.engine.runs.simulate import over_members, planned, planned_for
from tuisim.values.experiment import Experiment

#: Bytes of the states of a run that stays in one piece, and of a piece of a longer one.
_WHOLE, _PIECE = 8 << 20, 1 << 20


@attrs.frozen(eq=False)
class Curves:
    """Norms of M members over T steps, each (M, T+1), as on Run.

    Attributes:
        hidden_log10, gradient_log10: log10 ‖h_t‖ and log10 ‖∂L/∂h_t‖.
        cell_log10, cell_gradient_log10: the same of c_t for cells that have one, else None.
    """

    experiment: Experiment
    hidden_log10: Array
    gradient_log10: Array
    cell_log10: Array | None
    cell_gradient_log10: Array | None


#: The curves of the forward pass and of the backward pass.
_FORTH, _BACK = ("hidden_log10", "cell_log10"), ("gradient_log10", "cell_gradient_log10")


def curves(experiment: Experiment, networks: Sequence[Network] | None = None) -> Curves:
    """The norms that `simulate` finds, to the last bit, of networks that are drawn one by one.

    Args:
        networks: as for `simulate`.

    Raises:
        ValueError, StoppedError: as `simulate`.
    """
    given = None if networks is None else checked_networks(experiment, networks)
    if given is None and experiment.layer:
        # All members have its arrays; only what is random beside them differs.
        cell, plan, spread = planned_for(experiment, [draw(experiment)])
    else:
        cell, plan, spread = planned(experiment) if not given else planned_for(experiment, given)
    there = [name for name in (*_FORTH, *_BACK) if name in cell.buffers._fields]
    found = {name: np.empty((experiment.members, experiment.depth + 1)) for name in there}

    def worker() -> Callable[[int], None]:
        steps = _steps(experiment)
        room = cell.allocate(experiment, 1, steps)

        def work(member: int) -> None:
            network = draw(experiment, member) if given is None else given[member]
            rows = {name: curve[member] for name, curve in found.items()}
            if steps == experiment.depth:
                clear_records(room)
                cell.run(plan, network, room, 0)
                for name, row in rows.items():
                    row[:] = getattr(room, name)[0]
            else:
                _in_pieces(cell, plan, network, room, steps, rows)

        return work

    if spread:
        over_members(experiment.members, worker)
    else:
        work = worker()
        for member in range(experiment.members):
            check_stop()
            work(member)
    of_cell = found.get("cell_log10"), found.get("cell_gradient_log10")
    return Curves(experiment, found["hidden_log10"], found["gradient_log10"], *of_cell)


def _steps(experiment: Experiment) -> int:
    """How many steps there is to be room for."""
    depth, row = experiment.depth, 8 * experiment.batch * experiment.width
    # Over a skip connection, and along with a norm, more than one state goes on.
    if depth * row <= _WHOLE or experiment.skip or experiment.norm != "none":
        return depth
    return min(depth, max(_PIECE // row, math.isqrt(depth), 2))


def _in_pieces(
    cell: Cell, plan: Plan, network: Network, room: Any, steps: int, rows: dict[str, Array]
) -> None:
    experiment, depth = plan.experiment, plan.experiment.depth
    own = cell.buffers(*member_arrays(room, 0))
    # What there is of each t = 0 … T, and not of each step.
    by_node = [array[0] for array in room if rows_a_step(array, steps)[1]]

    def forth(first: int) -> int:
        count = min(steps, depth - first)
        cell.run_forward(experiment, network, own, first, 0, count)
        return count

    def note(names: tuple[str, ...], first: int, count: int) -> None:
        for name in names:
            if name in rows:
                rows[name][first : first + count + 1] = getattr(own, name)[: count + 1]

    cell.begin_at(experiment, network, own)
    begins, last = range(0, depth, steps), 0
    kept = []
    for first in begins:
        check_stop()
        if first:
            for array in by_node:
                array[0] = array[last]
        kept.append(_first_rows(by_node))
        last = forth(first)
        note(_FORTH, first, last)
    cell.seed_gradient(network.probe, last, own, cell.settings(experiment, network))
    after: list[Any] = []
    for first, start in zip(reversed(begins), reversed(kept), strict=True):
        check_stop()
        if after:
            for array, value in zip(by_node, start, strict=True):
                array[0] = value
            last = forth(first)
            for array, value in zip(by_node, after, strict=True):
                array[last] = value
        cell.run_backward(experiment, network, own, first, 0, last, 0, False)
        note(_BACK, first, last)
        after = _first_rows(by_node)


def _first_rows(arrays: Sequence[Any]) -> list[Any]:
    # Of one axis they are numbers or records, else views.
    return [array[0].copy() if array.ndim > 1 else array[0] for array in arrays]
