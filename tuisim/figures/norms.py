"""View 1: the norms of hidden state and gradient over the steps. Imports attrs and numpy only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

from tuisim.figures.dtypes import OVERFLOWS, READS_ZERO
from tuisim.figures.figure import (
    WHOLE,
    Axis,
    Band,
    Figure,
    Floats,
    Mark,
    Marker,
    Reference,
    Reveal,
    Role,
    Series,
)
from tuisim.figures.numbers import nice_step

if TYPE_CHECKING:
    from tuisim.engine.run import Run
    from tuisim.engine.theory import Prediction

Which = Literal["hidden", "gradient"]

TITLES: dict[Which, str] = {"hidden": "hidden state ‖h_t‖", "gradient": "gradient ‖∂L/∂h_t‖"}

#: Theory may stretch the axis by as much as the simulation spans, but by these decades at least.
_THEORY_STRETCH = 3.0
#: Beyond this power of ten a linear axis gives up: float64 itself ends at 308.
_LINEAR_END = 300.0

_LN10 = math.log(10)


def hidden_figure(
    run: Run,
    prediction: Prediction | None = None,
    pinned: Sequence[Run] = (),
    log: bool = True,
    *,
    start: int = 0,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """‖h_t‖ over the steps: simulated, theory dashed over it, pinned runs below.

    Args:
        run: `hidden_log10` (members, points) is all that is read; the first point is step `start`.
        prediction: its `hidden_log10` (points,), or failing that a line of its `hidden_rate`.
        pinned: other runs, the newest first.
        log: a log10 axis, else linear.
        limits: of the time axis; the run's first and last step without.
    """
    return _norm_figure("hidden", run, prediction, pinned, log, start, limits)


def gradient_figure(
    run: Run,
    prediction: Prediction | None = None,
    pinned: Sequence[Run] = (),
    log: bool = True,
    *,
    start: int = 0,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """‖∂L/∂h_t‖ over the steps, like `hidden_figure`; ‖∂L/∂h_T‖ = 1 at the last step."""
    return _norm_figure("gradient", run, prediction, pinned, log, start, limits)


def norm_reveals(
    step: float | None,
    phase: Literal["forward", "backward", "done"] = "done",
    line: bool = True,
) -> tuple[Reveal, Reveal]:
    """What playing uncovers of the hidden and of the gradient figure.

    forward: the state up to `step`, no gradient yet. backward: all of the state, the gradient from
    `step` on. done: all of both. The cursor stands at `step`; None shows none. Its line touches
    every row, which costs kilobytes when it moves: while playing do without it.
    """
    if step is None:
        return WHOLE, WHOLE
    at = Reveal(cursor=step, line=line)
    if phase == "forward":
        return attrs.evolve(at, high=step), NOTHING
    return at, attrs.evolve(at, low=step) if phase == "backward" else at


#: Nothing of the played things, and no cursor.
NOTHING = Reveal(low=math.inf, high=-math.inf)


def _norm_figure(
    which: Which,
    run: Run,
    prediction: Prediction | None,
    pinned: Sequence[Run],
    log: bool,
    start: int,
    limits: tuple[float, float] | None,
) -> Figure:
    values: Floats = getattr(run, f"{which}_log10")
    members, points = values.shape
    steps = np.arange(start, start + points, dtype=np.float64)
    median = _median(values)
    role: Role = which
    simulated = Series("simulated", steps, median, role, played=True)
    theory = _theory(which, prediction, steps, median)
    references = [
        Series(_pinned_name(rank), _steps_of(one, start), one, "pinned", _pinned_marker(rank))
        for rank, one in enumerate(_median(getattr(one, f"{which}_log10")) for one in pinned)
    ]
    bands = []
    if members > 1:
        low = np.quantile(values, 0.25, axis=0, method="lower")
        high = np.quantile(values, 0.75, axis=0, method="higher")
        bands.append(Band(f"quartiles of {members}", steps, low, high, played=True))
    bounds = _limits(median, bands, references, theory, log)
    curves = [*reversed(references), simulated, *([theory] if theory else [])]
    if not log:
        curves = [_linear(one) for one in curves]
        bands = [attrs.evolve(one, low=_power(one.low), high=_power(one.high)) for one in bands]
    return Figure(
        title=TITLES[which],
        x=Axis(
            "time step t", *(limits or (float(start), float(max(start + points - 1, start + 1))))
        ),
        y=Axis("", *bounds, log=log),
        series=tuple(curves),
        bands=tuple(bands),
        references=_dtype_limits(which, curves, bounds, log),
        marks=_marks(which, steps, median, bounds),
    )


def _steps_of(values: Floats, start: int) -> Floats:
    return np.arange(start, start + values.size, dtype=np.float64)


def _median(values: Floats) -> Floats:
    """The median over members, (points,); nan where a member is nan, infinities kept."""
    if len(values) == 1:
        return np.asarray(values[0], np.float64)
    with np.errstate(invalid="ignore"):
        middle: Floats = np.median(values, axis=0)
    return middle


def _pinned_name(rank: int) -> str:
    return "pinned" if rank == 0 else f"pinned {rank + 1}"


def _pinned_marker(rank: int) -> Marker:
    return "dotted" if rank == 0 else "sparse"


def _theory(
    which: Which, prediction: Prediction | None, steps: Floats, median: Floats
) -> Series | None:
    if prediction is None:
        return None
    curve = getattr(prediction, f"{which}_log10")
    rate = getattr(prediction, f"{which}_rate")
    if curve is not None:
        curve = np.asarray(curve, np.float64)
        return Series(prediction.name, steps[: curve.size], curve[: steps.size], "theory", "dashed")
    if rate is None or not math.isfinite(rate) or not median.size:
        return None
    # A rate alone has no height: its line starts where the simulation does.
    anchor = 0 if which == "hidden" else -1
    if not math.isfinite(median[anchor]):
        return None
    line = median[anchor] + np.abs(steps - steps[anchor]) * (rate / _LN10)
    return Series(prediction.name, steps, line, "theory", "dashed")


def _ends(values: Floats) -> tuple[float, float] | None:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else None


def _limits(
    median: Floats,
    bands: Sequence[Band],
    pinned: Sequence[Series],
    theory: Series | None,
    log: bool,
) -> tuple[float, float]:
    """Limits of the upright axis: whole decades, so that a small change keeps the frame."""
    measured = [median, *(edge for one in bands for edge in (one.low, one.high))]
    ends = [one for one in map(_ends, [*measured, *(one.y for one in pinned)]) if one]
    if not ends:
        ends = [(0.0, 0.0)]
    low, high = min(one for one, _ in ends), max(one for _, one in ends)
    expected = _ends(theory.y) if theory else None
    if expected:
        stretch = max(high - low, _THEORY_STRETCH)
        low = min(low, max(expected[0], low - stretch))
        high = max(high, min(expected[1], high + stretch))
    if not log:
        top = 10.0 ** min(high, _LINEAR_END)
        step = nice_step(top, 5)
        return 0.0, math.ceil(top / step - 1e-9) * step
    # Rounding errors about a whole decade must not open another.
    low, high = math.floor(low + 1e-6), math.ceil(high - 1e-6)
    if high - low < 2:
        low, high = (low - 1, high) if high > low else (low - 1, high + 1)
    unit = max(1.0, nice_step(high - low, 20))
    return math.floor(low / unit) * unit, math.ceil(high / unit) * unit


def _power(log10: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return np.where(log10 > _LINEAR_END, np.inf, 10.0 ** np.minimum(log10, _LINEAR_END))


def _linear(series: Series) -> Series:
    return attrs.evolve(series, y=_power(series.y))


def _dtype_limits(
    which: Which, curves: Sequence[Series], bounds: tuple[float, float], log: bool
) -> tuple[Reference, ...]:
    """Where a norm is so small that every entry is sure to round to 0, or one is sure to inf.

    Only those that a curve reaches, or nearly: a limit that is on the canvas merely because the
    axis ends at a round number says nothing.
    """
    ends = [one for one in (_ends(curve.y) for curve in curves) if one]
    if not ends:
        return ()
    near = 1.0 if log else 0.0
    low, high = min(one for one, _ in ends) - near, max(one for _, one in ends) + near
    found = []
    for dtype, value in READS_ZERO.items():
        if log and which == "gradient" and max(bounds[0], low) < value < bounds[1]:
            found.append(Reference(f"{dtype} reads 0", value, "limit"))
    for dtype, value in OVERFLOWS.items():
        shown = value if log else 10.0**value
        # On a linear axis a limit far under the top lies on the floor.
        least = bounds[0] if log else 0.05 * bounds[1]
        if least < shown < min(bounds[1], high):
            found.append(Reference(f"{dtype} overflows", shown, "limit"))
    return tuple(found)


def _marks(
    which: Which, steps: Floats, median: Floats, bounds: tuple[float, float]
) -> tuple[Mark, ...]:
    """× over each run of exact zeros on the floor, ∞ and ? where inf and nan begin.

    The gradient's begin is its largest step, since it runs back.
    """
    marks = [
        Mark(first, bounds[0], "×", "warning", "exactly zero", last, played=True)
        for first, last in _stretches(median == -np.inf, steps)
    ]
    begin = 0 if which == "hidden" else -1
    infinite, missing = np.nonzero(median == np.inf)[0], np.nonzero(np.isnan(median))[0]
    if infinite.size:
        step = float(steps[infinite[begin]])
        marks.append(Mark(step, bounds[1], "∞", "warning", _since("inf", which, step), played=True))
    if missing.size:
        step = float(steps[missing[begin]])
        text = _since("not a number", which, step)
        marks.append(Mark(step, bounds[0], "?", "warning", text, played=True))
    return tuple(marks)


def _since(what: str, which: Which, step: float) -> str:
    return f"{what} from step {step:g}" + (" back" if which == "gradient" else "")


def _stretches(
    flags: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], steps: Floats
) -> list[tuple[float, float]]:
    """The first and the last step of each stretch of True."""
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    firsts, stops = np.nonzero(edges == 1)[0], np.nonzero(edges == -1)[0]
    return list(zip(steps[firsts].tolist(), steps[stops - 1].tolist(), strict=True))
