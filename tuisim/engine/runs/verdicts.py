"""Verdicts on curves of log10 norms: the regime and the horizon."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from tuisim.engine.base.memo import Array

Regime = Literal["vanishing", "stable", "exploding", "dead", "not a number"]

#: |log10 ‖∂L/∂h_0‖| beyond which a gradient counts as vanishing or exploding.
REGIME_DECADES = 3.0

#: |log10| of the change that a gradient has gone through at the horizon.
HORIZON_DECADES = 3.0
# A product of T factors is not right to the last digit: 0.1³ is a thousandth.
_ROUNDING_DECADES = 1e-9


def median(log10: Array) -> Array:
    """The median over members of log10 norms, (M, …) → (…).

    nan where a member is nan. Between an exact zero and an infinity there is no middle: the zero.
    """
    with np.errstate(invalid="ignore"):
        middle = np.asarray(np.median(log10, axis=0))
    torn = np.isnan(middle) & ~np.isnan(log10).any(axis=0)
    return np.where(torn, -np.inf, middle)


def verdict(log10: Array) -> Regime:
    """The regime of log10 norms of a far-off gradient, (M,): that of their median."""
    return _regime(float(median(log10)))


def member_regimes(log10: Array) -> tuple[Regime, ...]:
    """The regime of each of log10 norms of a far-off gradient, (M,)."""
    return tuple(map(_regime, log10.tolist()))


def _regime(end: float) -> Regime:
    if math.isnan(end):
        return "not a number"
    if end == -math.inf:
        return "dead"
    if end < -REGIME_DECADES:
        return "vanishing"
    return "exploding" if end > REGIME_DECADES else "stable"


def horizon(log10: Array) -> int | None:
    """The first step back at which the median of log10 norms (M, T+1) is a thousandfold off."""
    back = median(log10)[::-1]
    with np.errstate(invalid="ignore"):
        return earliest(np.abs(back - back[0]) >= HORIZON_DECADES - _ROUNDING_DECADES)


def earliest(found: np.ndarray) -> int | None:
    """The place of the first that is true, None where none is."""
    return int(np.argmax(found)) if found.any() else None
