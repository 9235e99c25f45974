"""Rates in nats per step, and horizons, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tuisim.figures.drawing.curves import median_curve
from tuisim.figures.drawing.numbers import format_factor, format_log10

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.engine.runs.stream import StreamRun


def factor_words(rate: float) -> str:
    """×0.891 for a rate in nats, right outside float64 too."""
    if not math.isfinite(rate) or abs(rate) > 600:
        return f"×{format_log10(rate / math.log(10))}"
    return f"×{format_factor(math.exp(rate))}"


def horizon_words(run: Run | StreamRun) -> str:
    """10⁻³ after 66 steps; > 100 steps where the run is too short to tell.

    The gradient has crossed a thousandth or a thousandfold by that step back, for the first time.
    """
    steps, log10 = run.horizon, run.gradient_log10
    if steps is None:
        return "none" if np.isnan(log10).any() else f"> {log10.shape[1] - 1} steps"
    there, last = median_curve(log10[:, [-1 - steps, -1]])
    power = "10³" if there > last else "0" if there == -math.inf else "10⁻³"
    return f"{power} after {steps} steps" if steps > 1 else f"{power} within a step"


def horizon_steps(run: Run | StreamRun) -> str:
    """The same without what is crossed there: 66, > 100."""
    steps, words = run.horizon, horizon_words(run)
    return words.removesuffix(" steps") if steps is None else f"{steps}"
