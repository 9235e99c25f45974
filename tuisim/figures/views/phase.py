"""View 7: a number of a net over two of its fields, and where theory says 0."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tuisim.figures.drawing.figure import Figure, Floats, Heat, Series
from tuisim.figures.drawing.heat import LEVELS, level_range
from tuisim.figures.drawing.numbers import format_log10
from tuisim.figures.drawing.scale import Scale
from tuisim.figures.words.rates import factor_words
from tuisim.values.measured import MEASURED, Measured

if TYPE_CHECKING:
    from tuisim.engine.sweeps.axes import SweepAxis
    from tuisim.engine.sweeps.critical import CriticalLine

_ROUND = (1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10)


def phase_figure(
    x: SweepAxis,
    y: SweepAxis,
    measure: str,
    values: Floats,
    line: CriticalLine | None = None,
    here: tuple[Any, Any] | None = None,
) -> Figure:
    """A map of values (rows of y, columns of x), nan where there is none (yet).

    Args:
        line: theory's critical line, drawn over it.
        here: the values that the experiment in hand has in the two fields.
    """
    across, upright, told = Scale.of(x), Scale.of(y), MEASURED[measure]
    finite = values[np.isfinite(values)]
    low, high = _range(finite, told)
    unit = f", {told.unit}" if told.unit and told.signed else ""
    heat = Heat(
        name=told.title,
        values=values[upright.order][:, across.order],
        x_edges=across.edges,
        y_edges=upright.edges,
        low=low,
        high=high,
        log=told.log,
        most=math.inf if told.signed else 1.0,
        marked=None if here is None else _point(across, upright, here),
    )
    series = []
    if line is not None:
        for rank, (line_x, line_y) in enumerate(line.curves):
            there = (across.placed(line_x), upright.placed(line_y))
            # One of the two goes through the values of its axis, which may fall or jump.
            rising = upright if np.array_equal(line_y, y.coordinates()) else across
            along = rising.order
            name = f"theory: {line.name} is critical" if rank == 0 else ""
            series.append(Series(name, there[0][along], there[1][along], "theory", "dashed"))
    return Figure(
        title=f"{told.title} over {x.field} and {y.field}{unit}",
        x=across.axis(sparse=True),
        y=upright.axis(sparse=False),
        series=tuple(series),
        heat=heat,
    )


def value_words(measure: str, value: float) -> str:
    """A value of a measure in words: −0.116 nats a step back, ×0.891."""
    told = MEASURED[measure]
    if math.isnan(value):
        return "not a number"
    if told.log:
        return format_log10(value, 3)
    if not told.signed:
        return f"{100 * value:.3g} % {told.unit}"
    unit = f" {told.unit}" if told.unit else ""
    text = f"{value:.4g}{unit}".replace("-", "−")
    return f"{text}, {factor_words(value)}" if told.rate else text


def _point(across: Scale, upright: Scale, here: tuple[Any, Any]) -> tuple[float, float] | None:
    places = []
    for scale, value in ((across, here[0]), (upright, here[1])):
        if scale.names:
            name = str(value).lower()
            if name not in scale.names:
                return None
            places.append(float(scale.names.index(name)))
        else:
            if value is None:
                return None
            place = float(scale.placed(np.array([value], np.float64))[0])
            if not scale.edges[0] <= place <= scale.edges[-1]:
                return None
            places.append(place)
    return places[0], places[1]


def _range(finite: Floats, told: Measured) -> tuple[float, float]:
    """The ends of the ramp: round ones, with 0 in the middle of signed measures."""
    if not told.signed:
        return level_range(0.0, float(finite.max(initial=told.top)))
    # Levels are few, and wanted about 0; a fifth of the cells may lie beyond the outer ones.
    most = float(np.quantile(np.abs(finite), 0.8)) if finite.size else 1.0
    raw = max(most, 1e-6) / (LEVELS // 2)
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * next(one for one in _ROUND if one * power >= raw * (1 - 1e-9))
    step = max(step, 1.0) if told.log else step
    return -LEVELS // 2 * step, LEVELS // 2 * step
