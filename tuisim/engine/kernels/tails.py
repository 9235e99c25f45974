"""φ and φ′ of numbers of any size, compiled: asymptotes and tails far outside float64.

A number is m · 2**e with a whole e; φ and φ′ of ordinary ones are those of activations, to the last
bit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tuisim.engine.base.facts import FACTS, SELU_ALPHA, SELU_SCALE
from tuisim.engine.base.memo import Array
from tuisim.engine.kernels.activations import (
    CODES,
    ELU,
    GELU,
    SELU,
    SIGMOID,
    SOFTPLUS,
    TANH,
    activate,
)
from tuisim.engine.kernels.jit import aside, kernel, plainly

#: The exponent of a zero: below every other, so that it lends no scale.
ZERO = -1e300

# Numbers beyond 2**±_FAR are on φ's asymptotes, or on its tangents at 0, to the last bit.
_FAR = 400.0
# From these sizes on a tail is its own leading term to the last bit (gelu: an asymptotic series).
_TANH_TAIL, _EXPONENTIAL_TAIL, _GELU_TAIL = 300.0, 600.0, 36.0
# Beyond, the exponents of many factors eˣ would come near that of a zero.
_FARTHEST = 1e290
_GELU_FARTHEST = 2e145

_LOG2E = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_ROOT_OF_TWO_PI = math.sqrt(2.0 * math.pi)


class Shape(NamedTuple):
    """What there is to know of φ: its code, φ(0) = 0, its slopes beside 0 and at ±∞."""

    code: int
    rests: bool
    left: float
    right: float
    below: float
    above: float


PlainShape = tuple[int, bool, float, float, float, float]


def shape_of(name: str) -> PlainShape:
    """The Shape of an activation, as the plain tuple that kernels take."""
    facts = FACTS[name]
    return (
        CODES[name],
        facts.value_at_zero == 0.0,
        facts.left_slope,
        facts.right_slope,
        facts.slope_below,
        facts.slope_above,
    )


@aside
def normal(x: float, exponent: float) -> tuple[float, float]:
    """x · 2**exponent with ½ ≤ |x| < 1, or as (0, ZERO), or (±inf or nan, 0)."""
    if x == 0.0:
        return x, ZERO
    if not math.isfinite(x):
        return x, 0.0
    mantissa, own = math.frexp(x)
    return mantissa, exponent + own


@aside
def _exponential(factor: float, y: float) -> tuple[float, float]:
    """factor · eʸ for y ≤ 0, zero where its logarithm leaves float64."""
    if y < -_FARTHEST:
        return 0.0, ZERO
    k = np.floor(y * _LOG2E + 0.5)
    rest = (y - k * _LN2_HIGH) - k * _LN2_LOW
    # So far out y has no digits behind its point.
    if abs(rest) > 1.0:
        rest = 0.0
    return normal(factor * math.exp(rest), k)


@aside
def _tails(code: int, x: float) -> tuple[bool, float, float, float, float]:
    """Whether φ′ fades at x, and φ(x) and φ′(x) there; a value of nan: as it was."""
    slope, slope_exponent = 0.0, ZERO
    if code == TANH and abs(x) > _TANH_TAIL:
        slope, slope_exponent = _exponential(4.0, -2.0 * abs(x))
        return True, math.nan, 0.0, slope, slope_exponent
    if code == SIGMOID and x > _EXPONENTIAL_TAIL:
        slope, slope_exponent = _exponential(1.0, -x)
        return True, math.nan, 0.0, slope, slope_exponent
    if code in (SIGMOID, SOFTPLUS) and x < -_EXPONENTIAL_TAIL:
        slope, slope_exponent = _exponential(1.0, x)
        return True, slope, slope_exponent, slope, slope_exponent
    if code == ELU and x < -_EXPONENTIAL_TAIL:
        slope, slope_exponent = _exponential(1.0, x)
        return True, math.nan, 0.0, slope, slope_exponent
    if code == SELU and x < -_EXPONENTIAL_TAIL:
        slope, slope_exponent = _exponential(SELU_SCALE * SELU_ALPHA, x)
        return True, math.nan, 0.0, slope, slope_exponent
    if code == GELU and x < -_GELU_TAIL:
        # Φ(x) = density · (1 − 1/x² + 3/x⁴ − …)/|x|, and the slope is Φ(x) + x·density.
        y = 1.0 / (x * x)
        series, term = 1.0, 1.0
        for k in range(1, 9):
            term *= -(2 * k - 1) * y
            series += term
        density, exponent = _exponential(
            1.0 / _ROOT_OF_TWO_PI, -0.5 * max(x, -2.0 * _FARTHEST) ** 2
        )
        value, value_exponent = normal(-series * density, exponent)
        slope, slope_exponent = normal(density * (series / -x + x), exponent)
        return True, value, value_exponent, slope, slope_exponent
    return False, math.nan, 0.0, slope, slope_exponent


@aside
def activate_any(
    shape: Shape,
    a: Array,
    exponents: Array,
    values: Array,
    value_exponents: Array,
    slopes: Array,
    slope_exponents: Array,
    plain: Array,
) -> None:
    """φ and φ′ of a · 2**exponents, each as mantissas and exponents.

    Args:
        all arrays: (1, any); the last five are written, `plain` to no purpose of the caller's.
    """
    top = int(np.int64(0))
    for i in range(a.shape[1]):
        plain[0, i] = math.ldexp(a[0, i], int(min(max(exponents[0, i], -4000.0), 990.0)))
    activate(shape.code, plain, top, values, top, slopes, top)
    for i in range(a.shape[1]):
        x, size = normal(a[0, i], exponents[0, i])
        value, value_exponent = values[0, i], 0.0
        slope, slope_exponent = slopes[0, i], 0.0
        if math.isfinite(x) and x != 0.0:
            if size < -_FAR and shape.rests:
                slope = shape.right if x > 0.0 else shape.left
                value, value_exponent = (slope * x, size) if slope != 0.0 else (0.0, 0.0)
            elif size > _FAR and (shape.above if x > 0.0 else shape.below) != 0.0:
                slope = shape.above if x > 0.0 else shape.below
                value, value_exponent = slope * x, size
            else:
                fades, small, small_exponent, faded, faded_exponent = _tails(
                    shape.code, plain[0, i]
                )
                if fades:
                    slope, slope_exponent = faded, faded_exponent
                    if small == small:
                        value, value_exponent = small, small_exponent
        values[0, i], value_exponents[0, i] = normal(value, value_exponent)
        slopes[0, i], slope_exponents[0, i] = normal(slope, slope_exponent)


def _seconds(shape: PlainShape, a: Array, *_: Array) -> float:
    return 1e-4 + 1e-5 * a.size


@kernel
@plainly(seconds=_seconds)
def _evaluate_any(
    shape: PlainShape,
    a: Array,
    exponents: Array,
    values: Array,
    value_exponents: Array,
    slopes: Array,
    slope_exponents: Array,
) -> None:
    activate_any(
        Shape(*shape), a, exponents, values, value_exponents, slopes, slope_exponents,
        np.empty_like(a),
    )  # fmt: skip


def evaluate_any(
    name: str, mantissas: Array, exponents: Array
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """φ and φ′ of mantissas · 2**exponents, (any shape), each as mantissas and exponents."""
    rows = [np.ascontiguousarray(one, np.float64).reshape(1, -1) for one in (mantissas, exponents)]
    out = [np.empty_like(rows[0]) for _ in range(4)]
    _evaluate_any(shape_of(name), *rows, *out)
    value, value_exponent, slope, slope_exponent = (one.reshape(mantissas.shape) for one in out)
    return (value, value_exponent), (slope, slope_exponent)
