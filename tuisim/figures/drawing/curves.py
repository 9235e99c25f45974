"""What figures of curves over the steps share: medians, limits, marks."""

from __future__ import annotations

import math

import attrs
import numpy as np

from tuisim.figures.drawing.figure import Axis, Band, Figure, Floats, Mark, Marker, Series
from tuisim.figures.drawing.numbers import nice_step

#: Beyond this power of ten a linear axis gives up: float64 itself ends at 308.
LINEAR_END = 300.0
#: A top under this one has steps that leave float64.
_LINEAR_LEAST = -290.0


def steps_of(values: Floats, start: int = 0) -> Floats:
    """The step of each point, the first being `start`; (points,)."""
    return np.arange(start, start + values.size, dtype=np.float64)


def steps_name(run: object) -> str:
    """What the steps of a run are: of time, or the layers of a net that is not tied."""
    experiment = getattr(run, "experiment", None)
    return "layer t" if experiment is not None and not experiment.tied else "time step t"


def median_curve(values: Floats) -> Floats:
    """The median over members, (points,); nan where a member is nan, infinities kept.

    Where half are −inf and half inf there is no middle: −inf.
    """
    if len(values) == 1:
        return np.asarray(values[0], np.float64)
    with np.errstate(invalid="ignore"):
        middle: Floats = np.median(values, axis=0)
    return np.where(np.isnan(middle) & ~np.isnan(values).any(axis=0), -np.inf, middle)


def pinned_name(rank: int) -> str:
    """What a pinned run is called, the newest having rank 0."""
    return "pinned" if rank == 0 else f"pinned {rank + 1}"


def with_left(figure: Figure) -> Figure:
    """A figure whose newest pinned run is the one that the net's file held before."""
    known = [pinned_name(rank) for rank in range(_MOST_BESIDE)]
    names = dict(zip(known, ["before", *known], strict=False))
    series = tuple(
        attrs.evolve(one, name=names.get(one.name, one.name.replace("pinned σ", "before σ")))
        for one in figure.series
    )
    return attrs.evolve(figure, series=series)


def pinned_marker(rank: int) -> Marker:
    """How a pinned run is drawn: the newest is the one to be seen."""
    return "dotted" if rank == 0 else "sparse"


def finite_ends(values: Floats) -> tuple[float, float] | None:
    """The least and the largest finite value, None where there is none."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else None


def decades(low: float, high: float) -> tuple[float, float]:
    """Limits in whole decades about log10 values, so that a small change keeps the frame."""
    # Rounding errors about a whole decade must not open another.
    low, high = math.floor(low + 1e-6), math.ceil(high - 1e-6)
    if high - low < 2:
        low, high = (low - 1, high) if high > low else (low - 1, high + 1)
    unit = max(1.0, nice_step(high - low, 20))
    return math.floor(low / unit) * unit, math.ceil(high / unit) * unit


def linear_limits(high: float) -> tuple[float, float]:
    """Limits of a linear axis from 0 to where the log10 value `high` lies, in round steps."""
    top = 10.0 ** min(max(high, _LINEAR_LEAST), LINEAR_END)
    step = nice_step(top, 5)
    return 0.0, math.ceil(top / step - 1e-9) * step


def quartiles(values: Floats, steps: Floats) -> tuple[Band, ...]:
    """The band between the quartiles over members; none for one member."""
    members = len(values)
    if members == 1:
        return ()
    low = np.quantile(values, 0.25, axis=0, method="lower")
    high = np.quantile(values, 0.75, axis=0, method="higher")
    return (Band(f"quartiles of {members}", steps, low, high, played=True),)


def power(log10: Floats) -> Floats:
    """10 to the power of log10 values, inf far beyond float64's end."""
    with np.errstate(over="ignore"):
        return np.where(log10 > LINEAR_END, np.inf, 10.0 ** np.minimum(log10, LINEAR_END))


def linear(series: Series) -> Series:
    """A series of log10 values on a linear axis."""
    return attrs.evolve(series, y=power(series.y), log10=series.y)


#: Runs that are drawn pale at most.
_MOST_BESIDE = 5
#: Of a part of a figure theory may stretch the axis by so many decades.
_STRETCH = 3.0


def zoomed(figure: Figure, low: float, high: float) -> Figure:
    """A figure over the steps with low…high of them alone, upright what these take.

    An axis upright that is neither log nor of norms, as one of per cent, stays as it is.
    """
    if figure.x.ticks is None:
        return figure
    series = tuple(_part(one, low, high) for one in figure.series)
    bands = tuple(
        attrs.evolve(one, x=one.x[here], low=one.low[here], high=one.high[here])
        for one in figure.bands
        for here in (_places(one.x, low, high),)
    )
    y = figure.y
    bounds = _upright(y, series, bands)
    moved = {y.low: bounds[0], y.high: bounds[1]}
    marks = [
        attrs.evolve(
            one,
            x=max(one.x, low),
            until=None if one.until is None else min(one.until, high),
            y=moved.get(one.y, one.y),
        )
        for one in figure.marks
        if one.x <= high and (one.x if one.until is None else one.until) >= low
    ]
    return attrs.evolve(
        figure,
        x=Axis(figure.x.label, low, high),
        y=attrs.evolve(y, low=bounds[0], high=bounds[1]),
        series=series,
        bands=bands,
        marks=tuple(marks),
        references=tuple(
            one for one in figure.references if one.upright or bounds[0] < one.value < bounds[1]
        ),
    )


def _places(x: Floats, low: float, high: float) -> slice:
    """The points of ascending x in low…high, and one more at each end, which the line leads to."""
    first, last = np.searchsorted(x, [low, high])
    return slice(max(int(first) - 1, 0), int(last) + 2)


def _part(series: Series, low: float, high: float) -> Series:
    here = _places(series.x, low, high)
    log10 = None if series.log10 is None else series.log10[here]
    return attrs.evolve(series, x=series.x[here], y=series.y[here], log10=log10)


def _upright(
    axis: Axis, series: tuple[Series, ...], bands: tuple[Band, ...]
) -> tuple[float, float]:
    """Limits for what is there of log10 values; those of the axis where it has others."""
    logs = [(one.role, one.y if axis.log else one.log10) for one in series]
    known = [(role, log10) for role, log10 in logs if log10 is not None]
    found = [finite_ends(log10) for role, log10 in known if role != "theory"]
    if axis.log:
        found += [finite_ends(edge) for one in bands for edge in (one.low, one.high)]
    ends = [one for one in found if one]
    if not known or not ends:
        return axis.low, axis.high
    low, high = min(one for one, _ in ends), max(one for _, one in ends)
    if not axis.log:
        return linear_limits(high)
    expected = [finite_ends(log10) for role, log10 in known if role == "theory"]
    for least, most in (one for one in expected if one):
        stretch = max(high - low, _STRETCH)
        low, high = min(low, max(least, low - stretch)), max(high, min(most, high + stretch))
    return decades(low, high)


def trouble_marks(
    backward: bool, steps: Floats, median: Floats, bounds: tuple[float, float]
) -> tuple[Mark, ...]:
    """× over each run of exact zeros on the floor, ∞ and ? where inf and nan begin.

    Backward curves (gradients) begin at their largest step.
    """
    marks = [
        Mark(first, bounds[0], "×", "warning", "exactly zero", last, played=True)
        for first, last in _stretches(median == -np.inf, steps)
    ]
    begin = -1 if backward else 0
    infinite, missing = np.nonzero(median == np.inf)[0], np.nonzero(np.isnan(median))[0]
    if infinite.size:
        step = float(steps[infinite[begin]])
        marks.append(
            Mark(step, bounds[1], "∞", "warning", _since("inf", backward, step), played=True)
        )
    if missing.size:
        step = float(steps[missing[begin]])
        text = _since("not a number", backward, step)
        marks.append(Mark(step, bounds[0], "?", "warning", text, played=True))
    return tuple(marks)


def of_some(values: Floats, steps: Floats, marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """The marks, those that are not true of every member (of values (M, points)) saying so."""
    found = []
    for mark in marks:
        last = mark.x if mark.until is None else mark.until
        here = values[:, (steps >= mark.x) & (steps <= last)]
        meaning = mark.meaning
        if mark.text == "×" and not (here == -np.inf).all():
            meaning = f"{meaning} in half or more"
        if mark.text == "?" and not np.isnan(here).all():
            meaning = f"{meaning} in some"
        found.append(attrs.evolve(mark, meaning=meaning))
    return tuple(found)


def _since(what: str, backward: bool, step: float) -> str:
    return f"{what} from step {step:g}" + (" back" if backward else "")


def _stretches(
    flags: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], steps: Floats
) -> list[tuple[float, float]]:
    """The first and the last step of each stretch of True."""
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    firsts, stops = np.nonzero(edges == 1)[0], np.nonzero(edges == -1)[0]
    return list(zip(steps[firsts].tolist(), steps[stops - 1].tolist(), strict=True))
