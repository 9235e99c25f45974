"""View 4: who shrinks the gradient, slopes or matrix?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tuisim.figures.drawing.curves import (
    decades,
    finite_ends,
    linear,
    linear_limits,
    median_curve,
    of_some,
    pinned_marker,
    pinned_name,
    quartiles,
    steps_of,
    trouble_marks,
)
from tuisim.figures.drawing.figure import Axis, Figure, Floats, Series

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.measures import Parts
    from tuisim.engine.runs.run import Run

#: A total of fewer decades has no shares: a per cent of nothing.
_LEAST_TOTAL = 0.05


def shrink_figure(
    found: Parts,
    pinned: Sequence[Run] = (),
    log: bool = True,
    cursor: float | None = None,
    across: str = "time step t",
) -> Figure:
    """The two parts of the gradient's change, each cumulated back from T, and their sum.

    The sum is the curve of view 1 (for the lstm that of ∂L/∂c), from 1 at the last step.

    Args:
        pinned: other runs, the newest first: their whole curves.
        log: a log10 axis, else linear.
        cursor: the step at which the note gives the numbers; step 0 without one.
        across: what the steps are.
    """
    total, parts = sums(found)
    steps = steps_of(total[0])
    curves = [
        Series(pinned_name(rank), steps_of(one), one, "pinned", pinned_marker(rank))
        for rank, one in enumerate(median_curve(_like(found, run)) for run in pinned)
    ]
    whole = median_curve(total)
    drawn = [
        *reversed(curves),
        # The first that is played gives the readout: the whole; the parts are drawn over it.
        Series("both", steps, whole, "gradient", played=True, toned=True),
        Series(found.names[0], steps, median_curve(parts[0]), "hue1", "dotted", played=True),
        Series(found.names[1], steps, median_curve(parts[1]), "hue7", "dashed", played=True),
    ]
    bands = quartiles(total, steps)
    ends = [one for one in (finite_ends(curve.y) for curve in drawn) if one] or [(0.0, 0.0)]
    bounds = decades(min(low for low, _ in ends), max(high for _, high in ends))
    if not log:
        drawn = [linear(one) for one in drawn]
        bands = ()
        bounds = linear_limits(max(high for _, high in ends))
    return Figure(
        title=f"who shrinks ‖{found.gradient}‖: {found.names[0]} or {found.names[1]}?",
        x=Axis(across, 0.0, float(max(steps.size - 1, 1))),
        y=Axis("", *bounds, log=log),
        series=tuple(drawn),
        bands=bands,
        marks=of_some(total, steps, trouble_marks(True, steps, whole, bounds)),
        notes=(shares(found, cursor),),
    )


def _like(found: Parts, run: Run) -> Floats:
    """A run's curve of what the parts are of, from 1 at T; that of ∂L/∂h where it has no c."""
    cell = run.cell_gradient_log10
    log10 = run.gradient_log10 if cell is None or found.gradient == "∂L/∂h_t" else cell
    with np.errstate(invalid="ignore"):
        relative: Floats = log10 - log10[:, -1:]
    return relative


def sums(found: Parts) -> tuple[Floats, tuple[Floats, Floats]]:
    """log10 of the gradient relative to step T, and the two parts cumulated: each (M, T+1).

    The parts end where the gradient is exactly zero or no number: beyond there is no change.
    """
    with np.errstate(invalid="ignore"):
        total = found.log10 - found.log10[:, -1:]
        first, second = (_cumulated(one) for one in (found.first, found.second))
    return total, (first, second)


def shares(found: Parts, cursor: float | None = None) -> str:
    """The parts in decades, and in per cent where both pull the same way."""
    total, (first, second) = sums(found)
    step = 0 if cursor is None else round(min(max(cursor, 0), total.shape[1] - 1))
    there = np.isfinite(median_curve(first)) & np.isfinite(median_curve(second))
    reached = int(np.flatnonzero(there)[0]) if there.any() else total.shape[1] - 1
    step = max(step, reached)
    # The middle member by its sum, so that its own parts add up to it.
    order = np.argsort(total[:, step], kind="stable")
    member = int(order[(len(order) - 1) // 2])
    one, other = float(first[member, step]), float(second[member, step])
    whole = one + other
    text = f"{found.names[0]} {_signed(one)}"
    if one * other >= 0 and abs(whole) >= _LEAST_TOTAL:
        percent = round(100 * one / whole)
        text += f" of {_signed(whole)} decades ({percent} %)  "
        text += f"{found.names[1]} {_signed(other)} ({100 - percent} %)"
    else:
        text += f"  {found.names[1]} {_signed(other)}  together {_signed(whole)} decades"
    if step == reached > 0 and np.isneginf(total[member, step - 1]):
        # What maps to zero explains all of it; the other part is a number still.
        culprit = found.names[int(np.isneginf(found.second[member, step - 1]))]
        text += f"  {culprit} makes it exactly 0 a step further back"
    return f"{text}  at t = {step}"


def _cumulated(part: Floats) -> Floats:
    """Sums from T back, (M, T+1), 0 at T."""
    zero = np.zeros((len(part), 1))
    sums: Floats = np.concatenate([np.cumsum(part[:, ::-1], axis=1)[:, ::-1], zero], axis=1)
    return sums


def _signed(decades: float) -> str:
    if not math.isfinite(decades):
        return "−∞" if decades < 0 else "nan" if math.isnan(decades) else "+∞"
    text = f"{abs(decades):.1f}" if abs(decades) < 1000 else f"{abs(decades):.4g}"
    return ("−" if decades < 0 else "+") + text
