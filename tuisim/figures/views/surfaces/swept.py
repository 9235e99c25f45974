"""A sweep as a figure: a map, or curves over numbers, one a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from tuisim.figures.drawing.curves import decades, finite_ends
from tuisim.figures.drawing.figure import Axis, Figure, Floats, Mark, Marker, Role, Series
from tuisim.figures.drawing.numbers import nice_step
from tuisim.figures.drawing.scale import Scale
from tuisim.figures.views.surfaces.phase import phase_figure
from tuisim.values.measured import MEASURED

if TYPE_CHECKING:
    from tuisim.engine.sweeps.axes import SweepAxis
    from tuisim.engine.sweeps.critical import CriticalLine

#: The ends of intervals, each (rows, columns).
Ends = tuple[Floats, Floats]

#: Roles and patterns of the curves, in turn. Their numbers tell them apart in any case.
_ROLES: tuple[Role, ...] = ("plain", "hue1", "hue2", "hue3", "hue4", "hue5", "hue6", "hue7")
_MARKERS: tuple[Marker, ...] = ("line", "dashed", "line", "dashed")

#: What of the way to the next value the curves with intervals take up when side by side.
_BESIDE = 0.7
#: How far behind its curve's end a number stands, and how far behind that another of the same
#: height may come to stand; as shares of the axis.
_BEHIND = 0.03
#: Characters of a line that says which number is which curve.
_NAMES_WIDTH = 72


def sweep_figure(
    x: SweepAxis,
    y: SweepAxis,
    measure: str,
    values: Floats,
    ends: Ends | None = None,
    line: CriticalLine | None = None,
) -> Figure:
    """What was measured over x and y (rows of y, columns of x), nan where there is nothing.

    Where one axis is numbers and the other a list: curves over the numbers, one a name. Else a map.

    Args:
        ends: of the intervals of the values, drawn as whiskers on curves.
        line: theory's critical line, drawn over a map.
    """
    if x.numeric == y.numeric:
        figure = phase_figure(x, y, measure, values, line)
        said = line is not None and line.curves
        words = (f"line: theory, {line.name} is critical",) if said and line else ()
        return attrs.evolve(figure, notes=words)
    if x.numeric:
        return curves_figure(x, y, measure, values, ends)
    return curves_figure(y, x, measure, values.T, ends and (ends[0].T, ends[1].T))


def curves_figure(
    along: SweepAxis, names: SweepAxis, measure: str, values: Floats, ends: Ends | None = None
) -> Figure:
    """Curves of a measure over the numbers `along`, each name's with its number at its end.

    With intervals the points of a value stand side by side, so that whiskers do not cover others;
    a note says how far off it.

    Args:
        values: (names, numbers), nan breaks a curve.
        ends: of the intervals, each (names, numbers).
    """
    scale, told = Scale.of(along), MEASURED[measure]
    unit = told.unit if told.signed else f"% {told.unit}"
    factor = 1.0 if told.signed else 100.0
    bars = " with 95 % intervals" if ends else ""
    places, count = scale.places[scale.order], len(names.values)
    apart = _BESIDE * float(np.diff(places).min(initial=np.inf)) / count if ends else 0.0
    apart = apart if np.isfinite(apart) else 0.0
    across = scale.axis(sparse=True)
    span = across.high - across.low
    series: list[Series] = []
    marks: list[Mark] = []
    for rank in range(count):
        at = places + (rank - (count - 1) / 2) * apart
        curve = factor * values[rank][scale.order]
        role = _ROLES[rank % len(_ROLES)]
        series.append(Series("", at, curve, role, _MARKERS[rank % len(_MARKERS)]))
        if ends is not None:
            low, high = (factor * one[rank][scale.order] for one in ends)
            series.append(_whiskers(at, low, high, role))
        marks += _number(rank, at, curve, role, _BEHIND * span)
    beside = [_beside_words(scale, 0.5 * (count - 1) * apart)] if apart and count > 1 else []
    numbered = [f"{rank} {str(name).lower()}" for rank, name in enumerate(names.values, 1)]
    upright = _upright(measure, np.concatenate([one.y for one in series]))
    return Figure(
        title=f"{told.title} over {along.field}{', ' if unit else ''}{unit}{bars}",
        x=attrs.evolve(across, high=_with_room(across.high, marks, span, upright)),
        y=upright,
        series=tuple(reversed(series)),
        marks=tuple(marks),
        notes=(*_lines(numbered), *beside),
    )


def _with_room(high: float, marks: Sequence[Mark], span: float, upright: Axis) -> float:
    """Where the axis across ends so that numbers of about one height stand beside one another."""
    near = 0.05 * (upright.high - upright.low)
    ends = [
        one.x + _BEHIND * span * sum(abs(one.y - other.y) < near for other in marks)
        for one in marks
    ]
    return max([high, *ends])


def _beside_words(scale: Scale, most: float) -> str:
    """How far from its own value a point stands at most, so that others have room beside it."""
    far = f"{100 * (10.0**most - 1):.2g} %" if scale.log else f"{most:.2g}"
    return f"points of one {scale.field} stand side by side, up to {far} off it"


def _whiskers(at: Floats, low: Floats, high: Floats, role: Role) -> Series:
    """An upright line at each point; what is not finite parts them."""
    gap = np.full_like(at, np.nan)
    return Series(
        "",
        np.stack([at, at, gap], axis=1).ravel(),
        np.stack([low, high, gap], axis=1).ravel(),
        role,
        "dotted",
    )


def _number(rank: int, at: Floats, curve: Floats, role: Role, behind: float) -> list[Mark]:
    """A curve's number, a little behind its last point."""
    known = np.flatnonzero(np.isfinite(curve))
    if not known.size:
        return []
    x, y = float(at[known[-1]]) + behind, float(curve[known[-1]])
    return [Mark(x, y, f"{rank + 1}"[-1], role, inward=2)]


def _upright(measure: str, values: Floats) -> Axis:
    """The axis of the measure: shares from 0 to 100 %, log10 values in decades, else round ends."""
    told = MEASURED[measure]
    if not told.signed:
        return Axis("", 0.0, 100.0)
    low, high = finite_ends(values) or (0.0, 0.0)
    if told.log:
        return Axis("", *decades(low, high), log=True)
    step = nice_step(max(high - low, 1e-9), 5)
    first, last = np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)
    return Axis("", float(first * step), float(max(last, first + 1) * step))


def _lines(names: list[str]) -> list[str]:
    """The names in as few lines as they take."""
    lines: list[str] = []
    for name in names:
        if lines and len(lines[-1]) + len(name) < _NAMES_WIDTH:
            # Two spaces part what may be left out where there is little width.
            lines[-1] += f"  {name}"
        else:
            lines.append(name)
    return lines
