"""What any training logged: gradient norms, losses and other numbers over its updates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import attrs
import numpy as np

from tuisim.figures.drawing.curves import LINEAR_END, decades, finite_ends
from tuisim.figures.drawing.figure import Axis, Band, Figure, Floats, Mark, Marker, Role, Series
from tuisim.figures.drawing.numbers import format_value, nice_step, one_cell_each

#: So many places across a curve has; where there are more updates some go together.
PLACES = 75
#: Curves of one plot: more cannot be told apart.
_MOST = 4
#: A plot of fewer decades, or of less than this share of its values, would be all noise.
_LEAST_SPAN = 1e-3
#: A linear axis no longer than this has steps that leave float64.
_SHORTEST = 1e-290

_STYLES: tuple[tuple[Role, Marker], ...] = (
    ("hue1", "line"),
    ("hue2", "dashed"),
    ("hue3", "dotted"),
    ("hue4", "sparse"),
)


@attrs.frozen(eq=False)
class Column:
    """A column of a log in entries, each of one value or of several that were one after another.

    Attributes:
        name: as the log has it.
        x: where an entry begins, ascending. low, middle, high: of its finite values; nan where
            there is none. Each (entries,).
        bad: (entries,) 3 where a value is nan, else 2 where one is inf, else 1 where one is −inf,
            else 0.
        together: how many values an entry is of.
    """

    name: str
    x: Floats
    low: Floats
    middle: Floats
    high: Floats
    bad: np.ndarray[tuple[int, ...], np.dtype[np.int8]]
    together: int = 1


@attrs.frozen
class Panel:
    """A plot: its title, and the names of its columns."""

    title: str
    names: tuple[str, ...]


def panels_of(names: Sequence[str]) -> tuple[Panel, ...]:
    """Gradients in one plot and losses in another, as far as these have room; all else alone."""
    kinds = {"gradient": _named(names, "grad"), "loss": _named(names, "loss")}
    taken = {name for group in kinds.values() for name in group}
    found = []
    for title, group in kinds.items():
        for first in range(0, len(group), _MOST):
            part = tuple(group[first : first + _MOST])
            found.append(Panel(part[0] if len(part) == 1 else title, part))
    return (*found, *(Panel(name, (name,)) for name in names if name not in taken))


def logged_figure(
    panel: Panel,
    columns: Mapping[str, Column],
    label: str,
    *,
    log: bool = True,
    window: tuple[float, float] | None = None,
    places: int = PLACES,
) -> Figure:
    """Columns of a log over its updates: medians and range where many fall into one place.

    Args:
        label: what the updates are called.
        log: a log10 axis, unless a value is under 0.
        window: the first and the last update that are shown; all without.
    """
    shown = [_within(columns[name], window) for name in panel.names]
    values = np.concatenate([part for one in shown for part in (one.low, one.high)])
    finite = values[np.isfinite(values)]
    below = bool((finite < 0).any())
    log = log and not below
    drawn = [_condensed(one, places) for one in shown]
    if log:
        drawn = [_log10(one) for one in drawn]
    low, high = _limits(drawn, log)
    x = _across(label, columns.values(), window)
    alone = len(drawn) == 1
    series, bands, marks = [], [], []
    for one, (role, marker) in zip(drawn, _STYLES, strict=False):
        own, toned = role, False
        if alone:
            own = "gradient" if "grad" in one.name.lower() else "loss"
            toned = own == "gradient" and log
        name = one_cell_each(one.name)
        name = name if one.together == 1 else f"{name}, median of {one.together}"
        series.append(Series(name, one.x, one.middle, own, marker, played=True, toned=toned))
        if alone and one.together > 1:
            bands.append(Band("range", one.x, one.low, one.high, played=True))
        marks += _marks(one, low, high, log)
    return Figure(
        title=one_cell_each(panel.title),
        x=x,
        y=Axis("", low, high, log=log),
        series=tuple(series),
        bands=tuple(bands),
        marks=tuple(marks),
        notes=("linear: there are values under 0",) if below else (),
    )


def latest_words(columns: Mapping[str, Column], names: Sequence[str]) -> str:
    """The newest value of each column: "loss 0.31  grad_norm 2.1"."""
    parts = []
    for name in names:
        one = columns[name]
        if one.x.size:
            bad = {1: "-inf", 2: "inf", 3: "nan"}.get(int(one.bad[-1]))
            parts.append(f"{name} {bad or format_value(float(one.middle[-1]), 3)}")
    return "  ".join(parts)


def _named(names: Sequence[str], word: str) -> list[str]:
    other = "loss" if word == "grad" else "grad"
    return [
        one for one in names if word in one.lower() and (word == "grad" or other not in one.lower())
    ]


def _within(column: Column, window: tuple[float, float] | None) -> Column:
    """What of it is shown, and one entry more at each end, which the line leads to."""
    if window is None:
        return column
    first, last = np.searchsorted(column.x, window)
    here = slice(max(int(first) - 1, 0), int(last) + 1)
    parts = ("x", "low", "middle", "high", "bad")
    return attrs.evolve(column, **{name: getattr(column, name)[here] for name in parts})


def _condensed(column: Column, places: int) -> Column:
    """Entries that fall into one place go together: their least, median and greatest value."""
    size = -(-column.x.size // places)
    if size < 2:
        return column
    # By number and not by x: an epoch of which there are many rows is one x.
    starts = np.arange(0, column.x.size, size)
    padding = len(starts) * size - column.x.size

    def bins(values: Floats) -> Floats:
        return np.concatenate([values, np.full(padding, np.nan)]).reshape(-1, size)

    known = np.isfinite(column.middle)
    least = np.where(known, column.low, np.inf)
    most = np.where(known, column.high, -np.inf)
    some = np.logical_or.reduceat(known, starts)
    middle = np.full(len(starts), np.nan)
    if some.any():
        # NumPy adds two values even where it needs one.
        with np.errstate(over="ignore"):
            middle[some] = np.nanmedian(bins(column.middle)[some], axis=1)
    halfway = np.minimum(starts + size // 2, column.x.size - 1)
    return attrs.evolve(
        column,
        x=column.x[halfway],
        low=np.where(some, np.minimum.reduceat(least, starts), np.nan),
        middle=middle,
        high=np.where(some, np.maximum.reduceat(most, starts), np.nan),
        bad=np.maximum.reduceat(column.bad, starts),
        together=column.together * size,
    )


def _log10(column: Column) -> Column:
    with np.errstate(divide="ignore"):
        return attrs.evolve(
            column,
            low=np.log10(column.low),
            middle=np.log10(column.middle),
            high=np.log10(column.high),
        )


def _limits(columns: Sequence[Column], log: bool) -> tuple[float, float]:
    ends = [finite_ends(part) for one in columns for part in (one.low, one.middle, one.high)]
    known = [one for one in ends if one]
    low = min((one for one, _ in known), default=0.0)
    high = max((one for _, one in known), default=0.0 if log else 1.0)
    if log:
        return decades(low, high)
    if low == high:
        # What does not move needs no digits of its own.
        low, high = min(low, 0.0), max(high, 0.0)
    low = min(low, 0.0) if low < 0 or low < (high - low) else low
    # What lies beyond runs out of the plot.
    low, high = max(low, -(10.0**LINEAR_END)), min(high, 10.0**LINEAR_END)
    span = max(high - low, _LEAST_SPAN * abs(high))
    step = nice_step(span if span > _SHORTEST else 1.0, 5)
    low = math.floor(low / step + 1e-9) * step
    return low, max(math.ceil(high / step - 1e-9) * step, low + step)


def _across(label: str, columns: Iterable[Column], window: tuple[float, float] | None) -> Axis:
    """The axis of the updates, the same for all plots; it ends where a page does."""
    if window is not None:
        return Axis(label, *window)
    ends = [(one.x[0], one.x[-1]) for one in columns if one.x.size]
    low = float(min((one for one, _ in ends), default=0.0))
    high = float(max((one for _, one in ends), default=1.0))
    if 0 <= low <= 0.3 * high:
        low = 0.0
    # A single update stands at the start of a page.
    step = nice_step(high - low or max(4.0, _LEAST_SPAN * abs(high)), 4)
    return Axis(
        label, math.floor(low / step) * step, max(math.ceil(high / step) * step, low + step)
    )


def _marks(column: Column, low: float, high: float, log: bool) -> list[Mark]:
    """Where a value is none: × for zero on a log axis, ∞, ↓ for −inf, and ? for nan."""
    marks = []
    signs = [
        (column.bad == 3, low, "?", "not a number"),
        (column.bad == 2, high, "∞", "inf"),
        (column.bad == 1, low, "↓", "−inf"),
    ]
    if log:
        signs.append((np.isneginf(column.low), low, "×", "exactly zero"))
    for flags, at, sign, meaning in signs:
        marks += [
            Mark(float(x), at, sign, "warning", meaning, played=True) for x in column.x[flags]
        ]
    return marks
