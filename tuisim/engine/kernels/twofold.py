"""Twofold numbers, a pair high + low of float64 each, compiled: 32 digits.

Dekker 1971; sums and products with their errors.
"""

from __future__ import annotations

from tuisim.engine.kernels.jit import part

#: Veltkamp's constant: x·_SPLIT rounds the upper half of x's digits off.
_SPLIT = 2.0**27 + 1.0


@part
def exact_product(x: float, y: float) -> tuple[float, float]:
    """x·y."""
    product = x * y
    shifted = _SPLIT * x
    x_high = shifted - (shifted - x)
    x_low = x - x_high
    shifted = _SPLIT * y
    y_high = shifted - (shifted - y)
    y_low = y - y_high
    error = ((x_high * y_high - product) + x_high * y_low + x_low * y_high) + x_low * y_low
    return product, error


@part
def plus(x: float, x_low: float, y: float, y_low: float) -> tuple[float, float]:
    """(x + x_low) + (y + y_low), right beside the larger of the two."""
    total = x + y
    back = total - x
    error = (x - (total - back)) + (y - back)
    low = x_low + y_low
    back = low - x_low
    low_error = (x_low - (low - back)) + (y_low - back)
    error += low
    high = total + error
    error = error - (high - total) + low_error
    total = high + error
    return total, error - (total - high)


@part
def times(x: float, x_low: float, y: float, y_low: float) -> tuple[float, float]:
    """(x + x_low)·(y + y_low)."""
    product, error = exact_product(x, y)
    error += x * y_low + x_low * y
    high = product + error
    return high, error - (high - product)


@part
def over(x: float, x_low: float, y: float, y_low: float) -> tuple[float, float]:
    """(x + x_low)/(y + y_low)."""
    first = x / y
    product, error = times(first, 0.0, y, y_low)
    rest, _ = plus(x, x_low, -product, -error)
    second = rest / y
    product, error = times(second, 0.0, y, y_low)
    high = first + second
    return high, second - (high - first)
