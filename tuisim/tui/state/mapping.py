"""What the phase map asks for and how it is filled in, coarse first.

Requests are plain values, made on the event loop; `fill` runs in a thread.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from textual.message import Message

from tuisim.engine.sweeps.axes import SweepAxis
from tuisim.figures.drawing.numbers import nice_step
from tuisim.tui.state.coursework import prepared
from tuisim.values.conflicts import NON_NORMAL_SPECTRA, RNN_ONLY
from tuisim.values.experiment import FIELDS, Experiment
from tuisim.values.layered import DECIDED
from tuisim.values.plan import PLAN_FIELDS, Plan

if TYPE_CHECKING:
    from tuisim.engine.sweeps.critical import CriticalLine
    from tuisim.figures.drawing.figure import Floats

#: About how many values of a field lie across and up.
MAP_COLUMNS, MAP_ROWS = 51, 30

#: The fields that the keys go through, with the range that is shown at first.
RANGES: dict[str, tuple[float, float]] = {
    "radius": (0.5, 1.5),
    "depth": (1, 300),
    "bias": (0, 1),
    "leak": (0.02, 1),
    "residual": (0, 1),
    "departure": (0, 2),
    "drive_gain": (0, 2),
    "start_rms": (0.1, 2),
    "forget_bias": (-3, 5),
    "width": (1, 64),
}
CHOICES = ("activation", "cell", "tied")
SWEPT = (*RANGES, *CHOICES)

#: The measure for which nets are trained. Its maps take minutes: they are coarse, and of depths
#: over which it changes; to train, a net must be tied, and how fast it learns is a field too.
SUCCESS = "success"
TRAINED_RANGES = {**RANGES, "depth": (1, 40)}
TRAINED_SWEPT = (*(name for name in SWEPT if name != "tied"), "learning_rate")
RATES = SweepAxis("learning_rate", (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0))

_STRIDES = (8, 4, 2, 1)
_TOLD_SECONDS = 0.1
# Steps of 0.02 add up; nobody wants to read 0.9300000000000002.
_DIGITS = 10


@attrs.frozen
class MapRequest:
    """A map that is asked for; its experiment's own values of the two fields do not matter.

    A plan belongs to the measure for which nets are trained, and to no other.
    """

    experiment: Experiment
    x: SweepAxis
    y: SweepAxis
    measure: str
    plan: Plan | None = None

    @classmethod
    def of_success(cls, e: Experiment, x: SweepAxis, y: SweepAxis, plan: Plan) -> MapRequest:
        """A map of success: the net as view 8 trains it, as many runs a cell as it has members."""
        trained, _ = prepared(e)
        return cls(attrs.evolve(trained, members=e.members), x, y, SUCCESS, plan)

    def same_as(self, other: MapRequest | None) -> bool:
        """Whether the other one's map is this one's."""
        return other is not None and self._key() == other._key()

    def _key(self) -> tuple[Any, ...]:
        swept = (self.x.field, self.y.field)
        rest = [getattr(self.experiment, name) for name in FIELDS if name not in swept]
        if "radius" in swept and self.experiment.spectrum == "eigenvalues":
            largest = field_value(self.experiment, "radius")
            turned = [one / largest if largest else one for one in self.experiment.eigenvalues]
            kept = tuple(complex(round(one.real, 9), round(one.imag, 9)) for one in turned)
            rest[[name for name in FIELDS if name not in swept].index("eigenvalues")] = kept
        plan = self.plan
        if plan is not None and "learning_rate" in swept:
            plan = attrs.evolve(plan, learning_rate=1.0)
        return (*rest, self.x, self.y, self.measure, plan)


class MapFilled(Message):
    """More of a map was computed, or there is a reason why it cannot be."""

    def __init__(
        self,
        request: MapRequest,
        values: Floats | None,
        known: Any = None,
        line: CriticalLine | None = None,
        reason: str = "",
    ) -> None:
        super().__init__()
        self.request, self.line, self.reason = request, line, reason
        #: (rows, columns): where a cell is not known yet, the value of one nearby; and which are.
        self.values, self.known = values, known

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, MapFilled)


def belongs(field: str, e: Experiment) -> bool:
    """Whether a field means anything for this experiment."""
    if field in RNN_ONLY:
        return e.cell == "rnn"
    if field == "forget_bias":
        return e.cell == "lstm"
    if field == "update_bias":
        return e.cell == "gru"
    if field in (*DECIDED, "cell", "width") and e.layer:
        return False
    if field == "departure":
        return e.spectrum not in NON_NORMAL_SPECTRA
    return field != "drive_gain" or e.drive != "none"


def field_value(e: Experiment, field: str, plan: Plan | None = None) -> Any:
    """A field's value; the radius of chosen eigenvalues is their largest modulus."""
    if plan is not None and field in PLAN_FIELDS:
        return getattr(plan, field)
    if field == "radius" and e.spectrum == "eigenvalues":
        return max(abs(one) for one in e.eigenvalues)
    return getattr(e, field)


def axis_for(
    field: str,
    e: Experiment,
    count: int,
    ranges: Mapping[str, tuple[float, float]] = RANGES,
) -> SweepAxis:
    """At most about `count` round values of a field around the one that the experiment has."""
    if field in CHOICES:
        return SweepAxis(field, FIELDS[field].metadata.get("choices", (True, False)))
    if field == RATES.field:
        return RATES
    low, high = ranges[field]
    value = field_value(e, field)
    while value > high:
        high *= 2
    while value < low < 0:
        low *= 2
    whole = FIELDS[field].metadata["kind"] == "whole"
    step = nice_step(high - low, count)
    step = max(step, 1.0) if whole else step
    if value < low:
        low = math.floor(value / step) * step
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    least = FIELDS[field].metadata.get("limits", (-math.inf,))[0]
    over = FIELDS[field].metadata["allowed"][0] in "(>"
    values = [round(k * step, _DIGITS) for k in range(first, last + 1)]
    values = [one for one in values if one > least or (one == least and not over)]
    # Where the next round value is one that the field does not allow, the net's own has its place.
    values = [*[value] * (value < values[0]), *values, *[value] * (value > values[-1])]
    return SweepAxis(field, [round(one) for one in values] if whole else values)


def covers(axis: SweepAxis, value: Any) -> bool:
    """Whether a value lies on the axis, or between two of its values."""
    if not axis.numeric:
        return value in axis.values
    return bool(min(axis.values) <= value <= max(axis.values))


def neighbour(axis: SweepAxis, value: Any, steps: int) -> Any:
    """The value so many steps up or down the axis, as far as it goes."""
    values = list(axis.values)
    if not axis.numeric:
        place = values.index(value) + steps
        return values[min(max(place, 0), len(values) - 1)]
    above = [one for one in values if one > value + 1e-9]
    below = [one for one in values if one < value - 1e-9]
    if steps > 0:
        return above[min(steps, len(above)) - 1] if above else value
    return below[max(steps, -len(below))] if below else value


def nearest(axis: SweepAxis, value: Any) -> int:
    """Which value of the axis is the nearest."""
    if not axis.numeric:
        return axis.values.index(value)
    return int(np.argmin(np.abs(axis.coordinates() - float(value))))


def stages(rows: int, columns: int) -> Iterator[tuple[tuple[int, int], ...]]:
    """All cells of a grid, every eighth of each direction first, then every fourth, …"""
    before: frozenset[tuple[int, int]] = frozenset()
    for stride in _STRIDES:
        cells = [
            (row, column)
            for column in range(0, columns, stride)
            for row in range(0, rows, stride)
            if (row, column) not in before
        ]
        before |= frozenset(cells)
        if cells:
            yield tuple(cells)


def spread(values: Floats, known: Any) -> Floats:
    """The values with those that are not known taken from the nearest coarser grid."""
    rows, columns = (np.arange(count) for count in values.shape)
    result, have = values.copy(), known.copy()
    for stride in reversed(_STRIDES):
        at = np.ix_(rows // stride * stride, columns // stride * stride)
        take = ~have & known[at]
        result[take] = values[at][take]
        have |= take
    return result


def fill(
    request: MapRequest, post: Callable[[MapFilled], object], begun: MapFilled | None = None
) -> None:
    """Compute the map, and post it every now and then.

    Args:
        begun: what there is of it already.

    Raises:
        StoppedError: the caller made its work stoppable, and asked for that; what is known by
            then was posted.
    """
    from tuisim.engine.base.stopping import StoppedError, TooLongError
    from tuisim.engine.sweeps.critical import critical_line
    from tuisim.engine.sweeps.grid import Grid
    from tuisim.engine.sweeps.values import cell_values, check_files

    try:
        grid = Grid(request.experiment, request.x, request.y, request.measure, request.plan)
        check_files(grid)
        line = critical_line(grid) if request.measure == "gradient_rate" else None
    except ValueError as error:
        post(MapFilled(request, None, reason=str(error)))
        return
    values, known = np.full(grid.shape, np.nan), np.zeros(grid.shape, np.bool_)
    reason, last = "", time.monotonic()
    if begun is not None and begun.values is not None:
        known, reason = begun.known.copy(), begun.reason
        values[known] = begun.values[known]
    flops = grid.flops()
    for stage in stages(*grid.shape):
        cells = tuple(cell for cell in stage if not known[cell])
        # Nets that are trained share nothing, and each takes long enough to be told of; what
        # takes least is soonest there to be seen.
        pieces = (
            _lines(grid.y.field == "depth", cells)
            if grid.plan is None
            else zip(sorted(cells, key=lambda cell: flops[cell]))
        )
        for piece in pieces:
            try:
                computed = cell_values(grid, piece)
            except StoppedError:
                post(MapFilled(request, spread(values, known), known.copy(), line, reason))
                raise
            except TooLongError as error:
                post(MapFilled(request, spread(values, known), known.copy(), line, str(error)))
                return
            for cell, found in zip(piece, computed, strict=True):
                values[cell], known[cell] = found.value, True
                reason = reason or found.reason
            if time.monotonic() - last > _TOLD_SECONDS:
                last = time.monotonic()
                post(MapFilled(request, spread(values, known), known.copy(), line, reason))
    post(MapFilled(request, values, known, line, reason))


def _lines(
    by_column: bool, cells: tuple[tuple[int, int], ...]
) -> Iterator[tuple[tuple[int, int], ...]]:
    """Cells that share work, together."""
    found: dict[int, list[tuple[int, int]]] = {}
    for cell in cells:
        found.setdefault(cell[1] if by_column else cell[0], []).append(cell)
    yield from map(tuple, found.values())
