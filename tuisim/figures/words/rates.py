"""Rates in nats per step, and horizons, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tuisim.figures.drawing.curves import median_curve
from tuisim.figures.drawing.figure import Floats
from tuisim.figures.drawing.numbers import format_log10, format_step_factor

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.engine.runs.stream import StreamRun


def factor_words(rate: float) -> str:
    """×0.891 for a rate in nats, ×0.99983 where it is slow, right outside float64 too.

    What is not a number is nan: it multiplies nothing.
    """
    if math.isnan(rate):
        return "nan"
    if not math.isfinite(rate) or abs(rate) > 600:
        return f"×{format_log10(rate / math.log(10))}"
    return f"×{format_step_factor(math.exp(rate))}"


def horizon_words(run: Run | StreamRun) -> str:
    """10⁻³ after 66 steps; > 100 steps where the run is too short to tell.

    The gradient has crossed a thousandth or a thousandfold by that step back, for the first time.
    """
    steps, log10 = run.horizon, run.gradient_log10
    if steps is None:
        return "none" if np.isnan(log10).any() else f"> {log10.shape[1] - 1} steps"
    power = _crossed(log10, steps)
    return f"{power} after {steps} steps" if steps > 1 else f"{power} within a step"


def crossing_words(run: Run | StreamRun) -> str:
    """What the gradient crossed at its horizon, where the verdict on its end is another.

    "crossed 10⁻³ on the way, 9 steps back" of a stable one that has come back; else empty.
    """
    steps = getattr(run, "horizon", None)
    if steps is None:
        return ""
    power = _crossed(run.gradient_log10, steps)
    told = {"exploding": ("10³",), "vanishing": ("10⁻³", "0"), "dead": ("10⁻³", "0")}
    if run.regime == "not a number" or power in told.get(run.regime, ()):
        return ""
    return f"crossed {power} on the way, {steps} {'step' if steps == 1 else 'steps'} back"


def _crossed(log10: Floats, steps: int) -> str:
    """What norms (M, T+1) whose horizon is so many steps back have crossed there."""
    there, last = median_curve(log10[:, [-1 - steps, -1]])
    return "10³" if there > last else "0" if there == -math.inf else "10⁻³"


def horizon_steps(run: Run | StreamRun) -> str:
    """The same without what is crossed there: 66, > 100."""
    steps, words = run.horizon, horizon_words(run)
    return words.removesuffix(" steps") if steps is None else f"{steps}"
