"""The values of some cells of a grid, in the thread of the caller.

Cells that differ in their depth alone share their networks and their forward pass: the states of
a shallow net are the first of a deep one's, to the last bit. The backward pass starts from a
probe at T, so that each depth has its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress

import attrs
import numpy as np

from tuisim.engine.base.blas import one_blas_thread
from tuisim.engine.base.budget import check_budget
from tuisim.engine.base.memo import Array
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.cells.beyond.common import clear_records
from tuisim.engine.cells.cell import first_steps, member_arrays
from tuisim.engine.cells.layered import reads_backwards
from tuisim.engine.cells.network import draw
from tuisim.engine.cells.table import CELLS, cell_of
from tuisim.engine.runs.run import Run
from tuisim.engine.sweeps.cell_measures import (
    EndsMeasure,
    ForwardMeasure,
    OwnMeasure,
    StatesMeasure,
    TrialMeasure,
    measure_named,
)
from tuisim.engine.sweeps.grid import Grid, Part
from tuisim.engine.trained.finding import find_layer, find_signal
from tuisim.values.experiment import Experiment
from tuisim.values.layered import SIGNALS


@attrs.frozen
class Found:
    """The value of a cell or a run, or nan and the reason why it has none."""

    value: float
    reason: str = ""


def check_files(grid: Grid) -> None:
    """Find the layer and the input that all cells share, before the first of them is begun.

    Raises:
        ValueError: one is not there, is another one than its digest says, or cannot be run.
    """
    e, swept = grid.experiment, {grid.x.field, grid.y.field}
    if e.layer and not swept & {"layer", "layer_digest"}:
        find_layer(e.layer, e.layer_digest)
    if e.input not in SIGNALS and not swept & {"input", "input_digest"}:
        find_signal(e.input, e.input_digest)


def cell_values(grid: Grid, cells: Sequence[Part]) -> list[Found]:
    """What the grid's measure is in each of the cells, in their order.

    Where nets are trained, one run may stand for a cell: 1 if it succeeds, 0 if not.

    Raises:
        StoppedError: the caller made its work stoppable, and asked for that.
    """
    measure = measure_named(grid.measure)
    if isinstance(measure, TrialMeasure):
        with one_blas_thread(), np.errstate(all="ignore"):
            return [_tried(measure, grid, cell) for cell in cells]
    found: dict[int, Found] = {}
    experiments: dict[int, Experiment] = {}
    for place, cell in enumerate(cells):
        try:
            experiments[place] = grid.experiment_at(cell)
            check_budget(experiments[place])
        except ValueError as error:
            experiments.pop(place, None)
            found[place] = Found(math.nan, str(error))
    with one_blas_thread(), np.errstate(all="ignore"):
        if isinstance(measure, OwnMeasure):
            for place, experiment in experiments.items():
                check_stop()
                found[place] = _own(measure, experiment)
        else:
            for line in _lines(grid, cells, experiments):
                try:
                    values = _line(measure, list(line.values()))
                except ValueError as error:
                    # A layer that is of another cell or width, say.
                    found |= dict.fromkeys(line, Found(math.nan, str(error)))
                    continue
                found |= {
                    place: Found(float(value)) for place, value in zip(line, values, strict=True)
                }
    return [found[place] for place in range(len(cells))]


def _tried(measure: TrialMeasure, grid: Grid, cell: Part) -> Found:
    try:
        return Found(measure.value(grid.trial_at(cell)))
    except ValueError as error:
        return Found(math.nan, str(error))


def _own(measure: OwnMeasure, experiment: Experiment) -> Found:
    try:
        return Found(measure.value(experiment))
    except ValueError as error:
        return Found(math.nan, str(error))


def _lines(
    grid: Grid, cells: Sequence[Part], experiments: dict[int, Experiment]
) -> list[dict[int, Experiment]]:
    """The experiments by their place, those together that differ in their depth alone."""
    if grid.experiment.layer:
        with suppress(ValueError):
            if reads_backwards(grid.experiment):
                # From the last step on, which is another one in each.
                return [{place: one} for place, one in experiments.items()]
    lines: dict[object, dict[int, Experiment]] = {}
    for place, one in experiments.items():
        row, column = cells[place]
        fields = (grid.x.field, grid.y.field)
        key = {("depth", fields[1]): row, (fields[0], "depth"): column}.get(fields, place)
        lines.setdefault(key, {})[place] = one
    return list(lines.values())


def _line(
    measure: EndsMeasure | StatesMeasure | ForwardMeasure, line: Sequence[Experiment]
) -> Array:
    """The values of experiments that differ in their depth alone, (cells,)."""
    deepest = max(line, key=lambda one: one.depth)
    depths = [one.depth for one in line]
    members = range(deepest.members)
    cell = cell_of(deepest, draw(deepest)) if deepest.layer else CELLS[deepest.cell]
    if isinstance(measure, EndsMeasure | StatesMeasure):
        # Of a member nothing is kept but its curve or both ends of it, so all of them take turns.
        room, kept = cell.allocate(deepest, 1, deepest.depth), []
        for member in members:
            check_stop()
            network = draw(deepest, member)
            if isinstance(measure, EndsMeasure):
                clear_records(room)
                kept.append(cell.gradient_ends(deepest, network, room, 0, depths))
            else:
                cell.whole_forward(deepest, network, member_arrays(room, 0))
                kept.append(room.hidden_log10[0].copy())
        if isinstance(measure, EndsMeasure):
            return measure.value(np.stack(kept, axis=1), np.array(depths, np.float64))
        curves = np.stack(kept)
        return np.array([measure.value(curves[:, : depth + 1]) for depth in depths])
    networks = [draw(deepest, member) for member in members]
    buffers = cell.allocate(deepest, deepest.members, deepest.depth)
    for member in members:
        check_stop()
        cell.whole_forward(deepest, networks[member], member_arrays(buffers, member))
    values = []
    for one in line:
        check_stop()
        part = first_steps(buffers, deepest.depth, one.depth)
        values.append(measure.value(Run(one, tuple(networks), part)))
    return np.array(values)
