"""Rates in nats per step in words. Imports numbers as text only."""

from __future__ import annotations

import math

from tuisim.figures.numbers import format_factor, format_log10

#: Beyond so many steps a horizon is none.
_FAR = 1e7


def factor_words(rate: float) -> str:
    """×0.891 for a rate in nats, right outside float64 too."""
    if not math.isfinite(rate) or abs(rate) > 600:
        return f"×{format_log10(rate / math.log(10))}"
    return f"×{format_factor(math.exp(rate))}"


def horizon(rate: float) -> float | None:
    """Steps after which a gradient is a thousandth, or a thousandfold; None where it never is."""
    if not math.isfinite(rate) or rate == 0.0:
        return None
    steps = 3 * math.log(10) / abs(rate)
    return steps if steps < _FAR else None


def horizon_words(rate: float) -> str:
    """10⁻³ after 60 steps."""
    steps = horizon(rate)
    if steps is None:
        return "none"
    power = "10⁻³" if rate < 0 else "10³"
    return f"{power} after {steps:.0f} steps" if steps >= 1.5 else f"{power} within a step"
