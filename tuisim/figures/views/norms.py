"""View 1: the norms of hidden state and gradient over the steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

from tuisim.figures.drawing.curves import (
    LINEAR_END,
    decades,
    finite_ends,
    linear,
    linear_limits,
    median_curve,
    of_some,
    pinned_marker,
    pinned_name,
    power,
    quartiles,
    steps_name,
    steps_of,
    trouble_marks,
)
from tuisim.figures.drawing.figure import (
    WHOLE,
    Axis,
    Band,
    Figure,
    Floats,
    Mark,
    Reference,
    Reveal,
    Role,
    Series,
    Strip,
)
from tuisim.figures.drawing.numbers import power_of_ten
from tuisim.figures.words.dtypes import OVERFLOWS, READS_ZERO

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.engine.theory.theory import Prediction

Which = Literal["hidden", "gradient"]

TITLES: dict[Which, str] = {"hidden": "hidden state ‖h_t‖", "gradient": "gradient ‖∂L/∂h_t‖"}

#: What a cell with a state c of its own has beside: its curve on a Run, the name of that, and the
#: curve that theory has of it.
_CELL: dict[Which, tuple[str, str, str]] = {
    "hidden": ("cell_log10", "c_t", ""),
    "gradient": ("cell_gradient_log10", "∂L/∂c_t", "cell_gradient_log10"),
}

#: Theory may stretch the axis by as much as the simulation spans, but by these decades at least.
_THEORY_STRETCH = 3.0

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
    """‖h_t‖ over the steps: simulated, theory dashed under it, pinned runs below.

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
    points = values.shape[1]
    steps = steps_of(values[0], start)
    median = median_curve(values)
    role: Role = which
    simulated = Series("simulated", steps, median, role, played=True, toned=True)
    theory = _theory(which, prediction, steps, median)
    cell = _cell(which, run, prediction, steps)
    references = [
        Series(pinned_name(rank), steps_of(one, start), one, "pinned", pinned_marker(rank))
        for rank, one in enumerate(median_curve(getattr(one, f"{which}_log10")) for one in pinned)
    ]
    bands = list(quartiles(values, steps))
    bounds = _limits(median, bands, [*references, *cell], theory, log)
    under = [one for one in cell if one.role == "theory"] + ([theory] if theory else [])
    over = [one for one in cell if one.role != "theory"]
    # The first that is played gives the readout.
    curves = [*reversed(references), *under, simulated, *over]
    marks = of_some(values, steps, trouble_marks(which == "gradient", steps, median, bounds))
    marks += _rounding(which, prediction, steps, median, log)
    if not log:
        marks += _past_the_end(which, steps, median, bounds)
        curves = [linear(one) for one in curves]
        bands = [attrs.evolve(one, low=power(one.low), high=power(one.high)) for one in bands]
    return Figure(
        title=TITLES[which],
        x=Axis(
            steps_name(run), *(limits or (float(start), float(max(start + points - 1, start + 1))))
        ),
        y=Axis("", *bounds, log=log),
        series=tuple(curves),
        bands=tuple(bands),
        references=_dtype_limits(which, curves, bounds, log),
        marks=marks,
        strip=_strip(run, start) if which == "gradient" else None,
    )


def _strip(run: Run, start: int) -> Strip | None:
    """Which input still moves the end; None where there is no input, or no pass back to it."""
    found = getattr(run, "input_gradient_log10", None)
    if found is None:
        return None
    sizes = median_curve(found)
    return Strip("input ‖∂L/∂x_t‖", steps_of(sizes, start + 1), sizes)


def _rounding(
    which: Which, prediction: Prediction | None, steps: Floats, median: Floats, log: bool
) -> tuple[Mark, ...]:
    """Where the simulated curve begins to be float64's rounding."""
    step = getattr(prediction, f"{which}_rounding", None)
    if step is None or step >= steps.size or not math.isfinite(median[step]):
        return ()
    y = float(median[step]) if log else float(power(median[step : step + 1])[0])
    since = f"rounding from step {step}{' back' if which == 'gradient' else ''}"
    return (Mark(float(steps[step]), y, "≈", "warning", since, played=True),)


def _past_the_end(
    which: Which, steps: Floats, median: Floats, bounds: tuple[float, float]
) -> tuple[Mark, ...]:
    """Where a curve leaves the top of a linear axis, which cannot reach as far as a log one."""
    past = np.flatnonzero((median > LINEAR_END) & np.isfinite(median))
    if not past.size:
        return ()
    back = which == "gradient"
    step = float(steps[past[-1 if back else 0]])
    since = f"over {power_of_ten(round(LINEAR_END))} from step {step:g}{' back' if back else ''}"
    return (Mark(step, bounds[1], "∞", "warning", since, played=True),)


def _cell(
    which: Which, run: Run, prediction: Prediction | None, steps: Floats
) -> tuple[Series, ...]:
    """‖c_t‖ or ‖∂L/∂c_t‖ of a cell that has a c, and what theory says of it."""
    name, shown, predicted = _CELL[which]
    values = getattr(run, name, None)
    if values is None:
        return ()
    series = Series(shown, steps, median_curve(values), "cell", "dotted", played=True)
    curve = getattr(prediction, predicted, None) if predicted else None
    if curve is None or prediction is None:
        return (series,)
    theory = Series(f"{prediction.name}, of c", steps, np.asarray(curve), "theory", "sparse")
    return theory, series


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


def _limits(
    median: Floats,
    bands: Sequence[Band],
    pinned: Sequence[Series],
    theory: Series | None,
    log: bool,
) -> tuple[float, float]:
    """Limits of the upright axis: whole decades, so that a small change keeps the frame."""
    measured = [median, *(edge for one in bands for edge in (one.low, one.high))]
    ends = [one for one in map(finite_ends, [*measured, *(one.y for one in pinned)]) if one]
    if not ends:
        ends = [(0.0, 0.0)]
    low, high = min(one for one, _ in ends), max(one for _, one in ends)
    expected = finite_ends(theory.y) if theory else None
    if expected:
        stretch = max(high - low, _THEORY_STRETCH)
        low = min(low, max(expected[0], low - stretch))
        high = max(high, min(expected[1], high + stretch))
    if not log:
        return linear_limits(high)
    return decades(low, high)


def _dtype_limits(
    which: Which, curves: Sequence[Series], bounds: tuple[float, float], log: bool
) -> tuple[Reference, ...]:
    """Where a norm is so small that every entry is sure to round to 0, or that itself is inf.

    Only those that a curve reaches, or nearly: a limit that is on the canvas merely because the
    axis ends at a round number says nothing.
    """
    ends = [one for one in (finite_ends(curve.y) for curve in curves) if one]
    if not ends:
        return ()
    near = 1.0 if log else 0.0
    low, high = min(one for one, _ in ends) - near, max(one for _, one in ends) + near
    found = []
    for dtype, value in READS_ZERO.items():
        if log and which == "gradient" and max(bounds[0], low) < value < bounds[1]:
            found.append(Reference(f"norm: {dtype} reads 0", value, "limit"))
    for dtype, value in OVERFLOWS.items():
        # The last of them is no float64 itself.
        shown = value if log else float(np.exp2(min(value / math.log10(2), 1023.0)))
        # On a linear axis a limit far under the top lies on the floor.
        least = bounds[0] if log else 0.05 * bounds[1]
        if least < shown < min(bounds[1], high):
            found.append(Reference(f"norm: {dtype} overflows", shown, "limit"))
    return tuple(found)
