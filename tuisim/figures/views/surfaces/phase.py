"""View 7: a number of a net over two of its fields, and where theory says 0."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tuisim.figures.drawing.figure import Figure, Floats, Heat, Series
from tuisim.figures.drawing.heat import even_levels
from tuisim.figures.drawing.numbers import format_log10, format_value
from tuisim.figures.drawing.scale import Scale
from tuisim.figures.words.rates import factor_words
from tuisim.values.measured import MEASURED, Measured

if TYPE_CHECKING:
    from tuisim.engine.sweeps.axes import SweepAxis
    from tuisim.engine.sweeps.critical import CriticalLine

#: Levels on either side of 0.
_SIDE = 6
#: Where levels may begin, away from 0: shrinking and growing factors of a step, each pair a rung.
_FACTORS = ((0.9, 1.1), (0.8, 1.2), (0.7, 1.5), (0.5, 2.0), (0.3, 3.0), (0.1, 10.0))
#: And round numbers, of any power of ten.
_ROUND = (1.0, 2.0, 5.0)


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
    bounds = _bounds(finite, told)
    heat = Heat(
        name=_legend_name(told),
        values=values[upright.order][:, across.order],
        x_edges=across.edges,
        y_edges=upright.edges,
        bounds=bounds,
        words=tuple(_word(one, told) for one in bounds),
        turn=bounds.index(0.0) if told.signed else None,
        marked=None if here is None else _point(across, upright, here),
        # Where none has one, none is known yet.
        missing="no value" if 0 < finite.size < values.size else "",
    )
    series = []
    if line is not None:
        for line_x, line_y in line.curves:
            there = (across.placed(line_x), upright.placed(line_y))
            # One of the two goes through the values of its axis, which may fall or jump.
            rising = upright if np.array_equal(line_y, y.coordinates()) else across
            along = rising.order
            series.append(Series("", there[0][along], there[1][along], "contour"))
    return Figure(
        title=map_title(x.field, y.field, measure),
        x=across.axis(sparse=True),
        y=upright.axis(sparse=False),
        series=tuple(series),
        heat=heat,
    )


def map_title(x: str, y: str, measure: str) -> str:
    """What a map is called."""
    return f"{MEASURED[measure].title} over {x} and {y}"


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


def _bounds(finite: Floats, told: Measured) -> tuple[float, ...]:
    """Where the levels begin: round numbers, among them 0 where the measure has a sign.

    Rates in nats are told as factors of a step. The levels get wider away from 0, where a sign
    shows, and go as far as the values do.
    """
    if not told.signed:
        return even_levels(0.0, min(max(float(finite.max(initial=told.top)), told.top), 1.0))
    rungs = _rungs(told)
    sides = -float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
    reached = [_first(far, [rung[side] for rung in rungs]) for side, far in enumerate(sides)]
    start = max(max(reached) + 1 - _SIDE, 0)
    below, above = (
        [rung[side] for rung in rungs[start : max(end + 1, start + 1)]] if far > 0 else []
        for side, (end, far) in enumerate(zip(reached, sides, strict=True))
    )
    if not below and not above:
        above = [rungs[0][1]]
    return (*(-one for one in below[::-1]), 0.0, *above)


def _rungs(told: Measured) -> list[tuple[float, float]]:
    """Where levels may begin below and above 0, from there on."""
    if told.log:
        return [(rung, rung) for power in range(4) for rung in (10.0**power, 3 * 10.0**power)]
    if not told.rate:
        plain = [rung * 10.0**power for power in range(-6, 9) for rung in _ROUND]
        return [(rung, rung) for rung in plain]
    small = [rung * 10.0**power for power in range(-6, -1) for rung in _ROUND]
    factors = [(1 - one, 1 + one) for one in small] + [*_FACTORS]
    rates = [(-math.log(less), math.log(more)) for less, more in factors]
    return rates + [(2.0 * one, 2.0 * one) for one in (math.log(10.0) * 2.0**k for k in range(8))]


def _first(far: float, rungs: list[float]) -> int:
    """The first rung that is as far away, or the last."""
    enough = (rank for rank, rung in enumerate(rungs) if rung >= far * (1 - 1e-9))
    return next(enough, len(rungs) - 1)


def _word(bound: float, told: Measured) -> str:
    if told.rate:
        return factor_of(bound)
    if told.log:
        return format_log10(bound, 1)
    return f"{100 * bound:.3g} %" if not told.signed else f"{bound:.3g}".replace("-", "−")


def factor_of(rate: float) -> str:
    """A round factor as short as it is: ×0.9, ×1, ×1.05."""
    factor = math.exp(rate)
    return f"×{factor:.3g}" if 1e-3 <= factor < 1e4 else f"×{format_value(factor, 1)}"


def _legend_name(told: Measured) -> str:
    if told.rate:
        return told.unit.replace("nats", "factor")
    return f"{told.title}, {told.unit}" if told.unit and told.signed else told.title
