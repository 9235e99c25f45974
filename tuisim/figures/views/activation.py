"""View 3: φ and φ′ over the pre-activations there are, and saturation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tuisim.engine.base.facts import slope, value
from tuisim.figures.drawing.curves import (
    median_curve,
    pinned_marker,
    pinned_name,
    quartiles,
    steps_name,
)
from tuisim.figures.drawing.figure import Axis, Band, Figure, Floats, Series, blank_figure
from tuisim.figures.drawing.numbers import format_value, nice_step

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.preactivations import Spread
    from tuisim.engine.runs.run import Run

Counts = np.ndarray[tuple[int, ...], np.dtype[np.integer[Any]]]

#: How much of the height the tallest bar takes: the curves are to be seen over it.
_TALLEST = 0.7
_POINTS = 801


def activation_figure(found: Spread, activation: str, step: int | None = None) -> Figure:
    """φ and φ′, dashed, over the histogram of the pre-activations at a step.

    Args:
        step: 0…T; None pools all steps. At step 0 there are none yet: those of step 1 are shown.
    """
    low, high = float(found.edges[0]), float(found.edges[-1])
    x = np.linspace(low, high, _POINTS)
    curve, slopes = value(activation, x), slope(activation, x)
    rows = slice(None) if step is None else slice(max(step, 1) - 1, max(step, 1))
    counts = found.counts[rows].sum(axis=0)
    bounds = _limits(np.concatenate([curve, slopes, [0.0]]))
    bars, outline = _histogram(found.edges, counts, bounds)
    when = "of all steps" if step is None else f"at t = {max(step, 1)}"
    return Figure(
        title=f"φ = {activation} over a_t {when}",
        x=Axis("pre-activation a", low, high),
        y=Axis("", *bounds),
        series=(
            *outline,
            Series("φ′", x, slopes, "gradient", "dashed"),
            Series("φ", x, curve, "hidden"),
        ),
        bands=bars,
        notes=("  ".join(_numbers(found, rows, counts)),),
    )


def saturation_figure(run: Run, pinned: Sequence[Run] = ()) -> Figure:
    """The share of saturated units, in per cent, over the steps 1…T.

    Args:
        run: `saturation` (members, T) is all that is read.
        pinned: other runs, the newest first.
    """
    values = 100 * run.saturation
    title = (
        "saturated units in %: |φ′| under a tenth of its largest"
        if run.experiment.cell == "rnn"
        else "saturated gates and units in %: slope under a tenth of its largest"
    )
    if not any(one.saturation.any() for one in (run, *pinned)):
        return blank_figure(title, "none, at any step", brief=True)
    steps = np.arange(1.0, values.shape[1] + 1)
    curves = [
        Series(
            pinned_name(rank),
            np.arange(1.0, one.saturation.shape[1] + 1),
            100 * median_curve(one.saturation),
            "pinned",
            pinned_marker(rank),
        )
        for rank, one in enumerate(pinned)
    ]
    return Figure(
        title=title,
        x=Axis(steps_name(run), 0.0, float(max(steps.size, 1))),
        y=Axis("", 0.0, 100.0),
        series=(
            *reversed(curves),
            Series("saturated", steps, median_curve(values), "hidden", played=True),
        ),
        bands=quartiles(values, steps),
    )


def _histogram(
    edges: Floats, counts: Counts, bounds: tuple[float, float]
) -> tuple[tuple[Band, ...], tuple[Series, ...]]:
    """The bars as a shade with an outline, standing on the floor, the tallest of a fixed height."""
    if not counts.any():
        return (), ()
    heights = counts / counts.max() * _TALLEST * (bounds[1] - bounds[0]) + bounds[0]
    empty = counts == 0
    # Two points a bar, the second just inside it: a band is drawn over ascending x.
    inside = edges[1:] - 1e-9 * (edges[-1] - edges[0])
    x = np.stack([edges[:-1], inside], axis=1).ravel()
    shaded = np.repeat(np.where(empty, np.nan, heights), 2)
    shade = Band("", x, np.full(x.size, bounds[0]), shaded)
    # Where there are none the outline leaves the floor to the curves; bars have their sides.
    near = np.stack([np.append(True, empty[:-1]), np.append(empty[1:], True)], axis=1)
    outline = np.repeat(heights, 2)
    outline[np.repeat(empty, 2) & near.ravel()] = np.nan
    return (shade,), (Series("pre-activations", x, outline, "pinned", behind=True),)


def _numbers(found: Spread, rows: slice, counts: Counts) -> list[str]:
    total = float(counts.sum())
    rms = float(np.sqrt(np.mean(found.rms[rows] ** 2)))
    parts = [f"rms {format_value(rms)}", f"mean φ′ {format_value(float(found.slope[rows].mean()))}"]
    if total:
        parts.append(f"tallest bar {100 * float(counts.max()) / total:.0f} %")
    beyond, missing = float(found.beyond[rows].sum()), float(found.missing[rows].sum())
    if beyond:
        edge = f"±{found.edges[-1]:g}"
        parts.append(f"beyond {edge}: {100 * beyond / (total + missing):.2g} %, in the last bars")
    if missing:
        parts.append(f"not a number: {100 * missing / (total + missing):.0f} %")
    return parts


def _limits(values: Floats) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    step = nice_step(high - low, 6)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
