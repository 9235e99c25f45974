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


def rate(log10: Array) -> float:
    """Median over members of the mean change of the ln of norms a step, in nats, (M, T+1)."""
    # nan from a zero or an infinity on: there is no change to speak of.
    with np.errstate(invalid="ignore"):
        change = float(median(log10[:, -1] - log10[:, 0]))
    return change * math.log(10) / (log10.shape[1] - 1)


def rate_since_awake(log10: Array) -> float:
    """As `rate`, of each member from its first norm on that is not 0; nan where there is none."""
    if not np.isneginf(log10[:, 0]).any():
        return rate(log10)
    return float(median(np.array([_since_awake(curve) for curve in log10])))


def _since_awake(log10: Array) -> float:
    first = earliest(~np.isneginf(log10))
    if first is None or first == len(log10) - 1:
        return math.nan
    return rate(log10[np.newaxis, first:])
