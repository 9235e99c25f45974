"""φ and φ′, compiled: one branch a vector, loops that vectorise.

The facts about each activation (largest slope, kinks) are in tuisim.engine.base.facts. A new one
is a branch of `activate`, and what that calls.

Slopes come from the pre-activation: 1 − tanh² is 4 % wrong at a = 18 and 0 at 19.
Kinks and nan are as in PyTorch: a nan pre-activation is a nan value, never hidden.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tuisim.engine.base.facts import LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE
from tuisim.engine.base.memo import Array
from tuisim.engine.kernels.jit import aside, kernel, part, plainly
from tuisim.engine.kernels.lanes import (
    AT_ONCE,
    Lanes,
    load,
    load_some,
    magnitude,
    power_of_low_bits,
    store,
    store_some,
    where_less,
    with_sign,
)
from tuisim.values.experiment import ACTIVATIONS

#: Activation name → the int that the kernels switch on.
CODES = {name: code for code, name in enumerate(ACTIVATIONS)}
IDENTITY, TANH, SIGMOID = CODES["identity"], CODES["tanh"], CODES["sigmoid"]
RELU, LEAKY_RELU, ELU, SELU = CODES["relu"], CODES["leaky_relu"], CODES["elu"], CODES["selu"]
GELU, SOFTPLUS, HARD_TANH = CODES["gelu"], CODES["softplus"], CODES["hard_tanh"]

_LOG2E = 1.4426950408889634
# ln 2 in two parts, the first with zeros at its end: k·_LN2_HIGH is exact for |k| < 2²⁰.
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
# Adding this rounds to a whole number and leaves it in the low bits.
_ROUNDER = 6755399441055744.0
_LIFT = 2.0**-100
# Of e^(−2|x|), where tanh is about ½.
_MIDWAY = 0.33
_SQRT_HALF = math.sqrt(0.5)
_DENSITY_AT_ZERO = 1.0 / math.sqrt(2.0 * math.pi)


@part
def exponential(y: Lanes) -> tuple[Lanes, Lanes, Lanes]:
    """(eʸ, eʸ − 1, what rounding took from that) for y ≤ 0.

    Argument reduction to |r| ≤ ½ ln 2, the Taylor polynomial of degree 13 for expm1(r), and
    the power of two by a shift of bits. Below −746 the result is 0; nan passes.
    """
    y = where_less(y, -746.0, -746.0, y)
    shifted = y * _LOG2E + _ROUNDER
    k = shifted - _ROUNDER
    r = (y - k * _LN2_HIGH) - k * _LN2_LOW
    r2 = r * r
    r4 = r2 * r2
    # Estrin's scheme: a short chain of dependent operations.
    low = (0.5 + r * (1.0 / 6.0)) + r2 * ((1.0 / 24.0) + r * (1.0 / 120.0))
    middle = ((1.0 / 720.0) + r * (1.0 / 5040.0)) + r2 * ((1.0 / 40320.0) + r * (1.0 / 362880.0))
    high = ((1.0 / 3628800.0) + r * (1.0 / 39916800.0)) + r2 * (
        (1.0 / 479001600.0) + r * (1.0 / 6227020800.0)
    )
    tail = r2 * (low + r4 * (middle + r4 * high))
    # 2ᵏ goes below the normal numbers: build 2ᵏ⁺¹⁰⁰ and lower it with one rounding at the end.
    power = power_of_low_bits(shifted, 1023 + 100)
    scale = power * _LIFT
    # expm1 = (scale − 1) + scale·r + scale·tail, the rounding of the first sum given back.
    whole = scale - 1.0
    most = whole + scale * r
    lost = scale * r - (most - whole)
    rest = scale * tail + lost
    less_1 = most + rest
    return ((1.0 + (r + tail)) * power) * _LIFT, less_1, rest - (less_1 - most)


@part
def _tanh(x: Lanes) -> tuple[Lanes, Lanes]:
    """tanh(x) and sech²(x)."""
    e, e_less_1, e_rest = exponential(-2.0 * magnitude(x))
    total = 2.0 + e_less_1
    # The first form is exact near 0, the second loses nothing once tanh is over ½.
    ratio = where_less(_MIDWAY, e, -1.0 * e_less_1, 2.0 * e) / total
    # What rounding took, given back to first order, 1/total being (1 + tanh)/2.
    lost = e_less_1 - (total - 2.0) + e_rest
    near = ratio - (e_rest + ratio * lost) * (0.5 + 0.5 * ratio)
    size = where_less(_MIDWAY, e, near, 1.0 - ratio)
    # sech² = (1 − tanh)(1 + tanh), from whichever of tanh and 1 − tanh has all its digits:
    # another division would cost as much as the polynomial.
    slope = where_less(_MIDWAY, e, 1.0 - near * near, ratio * (2.0 - ratio))
    return with_sign(size, x), slope


@part
def _sigmoid(x: Lanes) -> tuple[Lanes, Lanes]:
    """σ(x) and σ(x)σ(−x)."""
    e = exponential(-1.0 * magnitude(x))[0]
    total: Any = e + 1.0
    value: Lanes = where_less(x, 0.0, e, 1.0) / total
    slope: Lanes = e / (total * total)
    return value, slope


@part
def _elu(x: Lanes, scale: float, alpha: float) -> tuple[Lanes, Lanes]:
    e, e_less_1, _ = exponential(-1.0 * magnitude(x))
    value: Lanes = scale * where_less(0.0, x, x, alpha * e_less_1)
    slope: Lanes = scale * where_less(0.0, x, 1.0, alpha * e)
    return value, slope


@part
def tanh_into(a: Array, row: int, states: Array, t: int, slopes: Array, s: int) -> None:
    """states[t] = tanh(a[row]), slopes[s] = sech²(a[row])."""
    n = a.shape[1]
    wide = n - n % AT_ONCE
    for i in range(0, wide, AT_ONCE):
        value, slope = _tanh(load(a, row * n + i))
        store(value, states, t * n + i)
        store(slope, slopes, s * n + i)
    if wide < n:
        value, slope = _tanh(load_some(a, row * n + wide, n - wide))
        store_some(value, states, t * n + wide, n - wide)
        store_some(slope, slopes, s * n + wide, n - wide)


@aside
def sigmoid_into(a: Array, row: int, states: Array, t: int, slopes: Array, s: int) -> None:
    """states[t] = σ(a[row]), slopes[s] = σ(a[row])σ(−a[row])."""
    n = a.shape[1]
    for i in range(0, n, AT_ONCE):
        count = min(n - i, AT_ONCE)
        value, slope = _sigmoid(load_some(a, row * n + i, count))
        store_some(value, states, t * n + i, count)
        store_some(slope, slopes, s * n + i, count)


@aside
def _elu_into(
    a: Array, row: int, states: Array, t: int, slopes: Array, s: int, scale: float, alpha: float
) -> None:
    n = a.shape[1]
    for i in range(0, n, AT_ONCE):
        count = min(n - i, AT_ONCE)
        value, slope = _elu(load_some(a, row * n + i, count), scale, alpha)
        store_some(value, states, t * n + i, count)
        store_some(slope, slopes, s * n + i, count)


@aside
def _gelu_into(a: Array, row: int, states: Array, t: int, slopes: Array, s: int) -> None:
    for i in range(a.shape[1]):
        x = a[row, i]
        # erfc keeps its relative accuracy where 1 + erf would cancel.
        share = 0.5 * math.erfc(-x * _SQRT_HALF)
        states[t, i] = x * share if math.isfinite(x) else (x if x > 0.0 else 0.0 * share)
        slopes[s, i] = share + (
            x * (_DENSITY_AT_ZERO * math.exp(-0.5 * x * x)) if math.isfinite(x) else 0.0 * share
        )


@aside
def _softplus_into(a: Array, row: int, states: Array, t: int, slopes: Array, s: int) -> None:
    n = a.shape[1]
    for i in range(0, n, AT_ONCE):
        count = min(n - i, AT_ONCE)
        x = load_some(a, row * n + i, count)
        e = exponential(-1.0 * magnitude(x))[0]
        store_some(e, states, t * n + i, count)
        store_some(where_less(x, 0.0, e, 1.0) / (1.0 + e), slopes, s * n + i, count)
    for i in range(n):
        x = a[row, i]
        states[t, i] = (0.0 if x < 0.0 else x) + math.log1p(states[t, i])


@aside
def piecewise_into(
    a: Array, row: int, states: Array, t: int, slopes: Array, s: int, below: float, above: float
) -> None:
    """states[t] = below·a[row] where that is ≤ 0 and above·a[row] elsewhere: homogeneous."""
    for i in range(a.shape[1]):
        x = a[row, i]
        # A nan has no side; where both have one slope it needs none.
        slope = below if x <= 0.0 else (above if x > 0.0 or below == above else x)
        # Not slope·x: at a slope of 0, −inf would become nan.
        states[t, i] = 0.0 if slope == 0.0 else slope * x
        slopes[s, i] = slope


@aside
def _hard_tanh_into(a: Array, row: int, states: Array, t: int, slopes: Array, s: int) -> None:
    for i in range(a.shape[1]):
        x = a[row, i]
        states[t, i] = -1.0 if x <= -1.0 else (1.0 if x >= 1.0 else x)
        slopes[s, i] = 0.0 if (x <= -1.0 or x >= 1.0) else (1.0 if x == x else x)


@aside
def activate(code: int, a: Array, row: int, states: Array, t: int, slopes: Array, s: int) -> None:
    """states[t] = φ(a[row]), slopes[s] = φ′(a[row]).

    Args:
        code: one of CODES.
        a: (any, batch·n) pre-activations.
        states, slopes: (any, batch·n), written in the rows t and s.
    """
    if code == TANH:
        tanh_into(a, row, states, t, slopes, s)
    elif code == SIGMOID:
        sigmoid_into(a, row, states, t, slopes, s)
    elif code == IDENTITY:
        piecewise_into(a, row, states, t, slopes, s, 1.0, 1.0)
    elif code == RELU:
        piecewise_into(a, row, states, t, slopes, s, 0.0, 1.0)
    elif code == LEAKY_RELU:
        piecewise_into(a, row, states, t, slopes, s, LEAKY_SLOPE, 1.0)
    elif code == ELU:
        _elu_into(a, row, states, t, slopes, s, 1.0, 1.0)
    elif code == SELU:
        _elu_into(a, row, states, t, slopes, s, SELU_SCALE, SELU_ALPHA)
    elif code == GELU:
        _gelu_into(a, row, states, t, slopes, s)
    elif code == SOFTPLUS:
        _softplus_into(a, row, states, t, slopes, s)
    else:
        _hard_tanh_into(a, row, states, t, slopes, s)


def _seconds(code: int, x: Array, *_: Array) -> float:
    return 5e-5 + 3e-6 * x.size


@kernel
@plainly(seconds=_seconds)
def _evaluate(code: int, x: Array, values: Array, slopes: Array) -> None:
    top = int(np.int64(0))
    activate(code, x, top, values, top, slopes, top)


def evaluate(name: str, x: Array) -> tuple[Array, Array]:
    """φ(x) and φ′(x) by the very kernels that the simulation uses, in x's shape."""
    flat = np.ascontiguousarray(x, dtype=np.float64).reshape(1, -1)
    values, slopes = np.empty_like(flat), np.empty_like(flat)
    _evaluate(CODES[name], flat, values, slopes)
    return values.reshape(np.shape(x)), slopes.reshape(np.shape(x))
