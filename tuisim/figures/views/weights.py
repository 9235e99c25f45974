"""View 4's second panel: what each step adds to the weight gradient, and its clipping."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tuisim.figures.drawing.curves import (
    decades,
    finite_ends,
    linear,
    linear_limits,
    median_curve,
    of_some,
    power,
    quartiles,
    steps_name,
)
from tuisim.figures.drawing.curves import trouble_marks as marks_of
from tuisim.figures.drawing.figure import Axis, Figure, Floats, Reference, Series
from tuisim.figures.drawing.numbers import format_log10, format_value

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run

#: Rounding of a cosine alone makes a hundredth of a degree.
_LEAST_DEGREES = 0.1


def weight_figure(run: Run, log: bool = True) -> Figure:
    """‖∂L/∂W_t‖, one step's share, over the steps; the whole gradient's norm as a line across.

    Args:
        run: with its weight gradients computed, which takes a moment for a wide net.
        log: a log10 axis, else linear.
    """
    values = run.weight_gradient_log10
    steps = np.arange(1.0, values.shape[1] + 1)
    median = median_curve(values)
    drawn = [Series("one step's share", steps, median, "gradient", played=True, toned=True)]
    bands = quartiles(values, steps)
    whole = _middle(run.weight_gradient_norm_log10)
    clipped = _clipped_log10(run)
    name = "whole ‖∂L/∂W‖" if run.experiment.tied else "all ‖∂L/∂W_t‖ together"
    lines = [(name, whole, "label")]
    if clipped != whole:
        lines.insert(0, (f"{name}, clipped", clipped, "limit"))
    found = [median, np.array([value for _, value, _ in lines])]
    ends = [one for one in map(finite_ends, found) if one] or [(0.0, 0.0)]
    low, high = decades(min(one for one, _ in ends), max(one for _, one in ends))
    marks = of_some(values, steps, marks_of(True, steps, median, (low, high)))
    if not log:
        drawn, bands = [linear(one) for one in drawn], ()
        lines = [(name, float(power(np.array(value))), role) for name, value, role in lines]
        low, high = linear_limits(high)
    return Figure(
        title="weight gradient ‖∂L/∂W_t‖",
        x=Axis(steps_name(run), 0.0, float(max(steps.size, 1))),
        y=Axis("", low, high, log=log),
        series=tuple(drawn),
        bands=bands,
        references=tuple(
            Reference(name, value, role)  # type: ignore[arg-type]
            for name, value, role in lines
            if math.isfinite(value)
        ),
        marks=marks if log else (),
        notes=("  ".join(" ".join(one) for one in _notes(run)),),
    )


def clip_facts(run: Run) -> list[tuple[str, str]]:
    """What clipping does to the whole weight gradient, as (what, words); none without clipping."""
    e = run.experiment
    if e.clip == "none":
        return []
    before, after = _middle(run.weight_gradient_norm), _middle(run.clipped_weight_gradient_norm)
    whole = _whole(run)
    if not math.isfinite(before):
        return [whole, ("clipped", "never: it is not finite in float64")]
    clipped = f"{format_value(after)} by {e.clip} at {e.clip_threshold:g}"
    if before == after:
        clipped = f"not at all: under {e.clip_threshold:g}"
    cosine = _middle(run.clip_cosine)
    if math.isnan(cosine):
        return [whole, ("clipped", clipped)]
    turned = math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))
    direction = "kept" if turned < _LEAST_DEGREES else f"turned by {turned:.0f}°"
    return [whole, ("clipped", clipped), ("direction", direction)]


def _notes(run: Run) -> list[tuple[str, str]]:
    return clip_facts(run) or [_whole(run)]


def _whole(run: Run) -> tuple[str, str]:
    return "‖∂L/∂W‖", format_log10(_middle(run.weight_gradient_norm_log10))


def _clipped_log10(run: Run) -> float:
    """log10 of the clipped norm, which outside float64 is that of the whole: it is not clipped."""
    before, after = _middle(run.weight_gradient_norm), _middle(run.clipped_weight_gradient_norm)
    if before == after or not 0.0 < after < math.inf:
        return _middle(run.weight_gradient_norm_log10)
    return math.log10(after)


def _middle(values: Floats) -> float:
    with np.errstate(invalid="ignore"):
        return float(np.median(values))
