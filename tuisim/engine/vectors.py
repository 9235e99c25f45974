"""Compiled vector work that every cell shares: products, norms, scales. Imports the engine's jit.

A scaled vector is an array row and an exponent: its true value is row · 2**exponent. Scales
are powers of two, so scaling is exact, and a norm far outside float64 still has a logarithm.
"""

from __future__ import annotations

import math

import numpy as np

from tuisim.engine.jit import kernel
from tuisim.engine.memo import Array

#: A scaled row is rescaled once its norm leaves 2**±_ROOM, so that one step with a huge
#: matrix still fits into a float64.
_ROOM_SQUARED = 2.0**32

#: The exponent of a row to which nothing has been added.
NOTHING = -1e300


@kernel
def multiply(matrices: Array, k: int, x: Array, t: int, out: Array, rows: int) -> None:
    """out[b] = x[t, b] · matrices[k] for every row b of the batch.

    The axpy form, four rows of the matrix at a time: it vectorises without reordering a sum,
    so the result does not depend on the machine's vector length.

    Args:
        matrices: (any, n, n).
        x: (any, rows·n), read in row t.
        out: (rows·n,).
    """
    n = matrices.shape[1]
    for b in range(rows):
        at = b * n
        for j in range(n):
            out[at + j] = 0.0
        for block in range(n // 4):
            i = 4 * block
            x0 = x[t, at + i]
            x1 = x[t, at + i + 1]
            x2 = x[t, at + i + 2]
            x3 = x[t, at + i + 3]
            for j in range(n):
                out[at + j] += (x0 * matrices[k, i, j] + x1 * matrices[k, i + 1, j]) + (
                    x2 * matrices[k, i + 2, j] + x3 * matrices[k, i + 3, j]
                )
        for i in range(4 * (n // 4), n):
            x0 = x[t, at + i]
            for j in range(n):
                out[at + j] += x0 * matrices[k, i, j]


@kernel
def power_of_two(exponent: float) -> float:
    """2**exponent for a whole float, 0 or inf where that is outside float64."""
    return math.ldexp(1.0, int(min(max(exponent, -4000.0), 4000.0)))


@kernel
def square_sum(x: Array, t: int) -> float:
    """Σ x[t]² in eight partial sums: one chain of additions would cost four cycles each."""
    n = x.shape[1]
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    for block in range(n // 8):
        i = 8 * block
        s0 += x[t, i] * x[t, i]
        s1 += x[t, i + 1] * x[t, i + 1]
        s2 += x[t, i + 2] * x[t, i + 2]
        s3 += x[t, i + 3] * x[t, i + 3]
        s4 += x[t, i + 4] * x[t, i + 4]
        s5 += x[t, i + 5] * x[t, i + 5]
        s6 += x[t, i + 6] * x[t, i + 6]
        s7 += x[t, i + 7] * x[t, i + 7]
    for i in range(8 * (n // 8), n):
        s0 += x[t, i] * x[t, i]
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))


@kernel
def careful_square_sum(x: Array, t: int) -> tuple[float, float]:
    """(s, e) with Σ x[t]² = s · 4**e, right where the squares leave float64.

    inf where an entry is, nan where one is, (0, 0) for exact zeros.
    """
    plain = square_sum(x, t)
    if 1e-280 < plain < 1e300:
        return plain, 0.0
    largest = 0.0
    for i in range(x.shape[1]):
        size = abs(x[t, i])
        if math.isnan(size):
            return math.nan, 0.0
        largest = max(largest, size)
    if largest == 0.0 or math.isinf(largest):
        return largest, 0.0
    exponent = math.frexp(largest)[1]
    total = 0.0
    for i in range(x.shape[1]):
        # In two halves: 2**-exponent alone overflows for the smallest subnormals.
        scaled = math.ldexp(x[t, i], -exponent)
        total += scaled * scaled
    return total, float(exponent)


@kernel
def rescale(x: Array, t: int, shift: float) -> None:
    """x[t] *= 2**−shift."""
    for i in range(x.shape[1]):
        x[t, i] = math.ldexp(x[t, i], -int(shift))


@kernel
def settle(x: Array, t: int, exponents: Array, squares: Array, square_exponents: Array) -> None:
    """Note the norm of the scaled row x[t], and rescale the row where its norm left the room.

    ‖x_t‖² = squares[t] · 4**square_exponents[t], true value.
    """
    square, extra = careful_square_sum(x, t)
    if extra == 0.0 and (1.0 / _ROOM_SQUARED < square < _ROOM_SQUARED):
        squares[t] = square
        square_exponents[t] = exponents[t]
        return
    squares[t] = square
    square_exponents[t] = exponents[t] + extra
    if square > 0.0 and math.isfinite(square):
        shift = extra + math.frexp(math.sqrt(square))[1]
        rescale(x, t, shift)
        exponents[t] += shift


@kernel
def add_scaled(
    x: Array, t: int, exponents: Array, weight: float, v: Array, exponent: float
) -> None:
    """x[t] · 2**exponents[t] += weight · v · 2**exponent, on the larger of the two scales."""
    if weight == 0.0:
        return
    empty = True
    for i in range(v.shape[0]):
        if v[i] != 0.0:
            empty = False
            break
    # A zero vector must not drag a row of tiny numbers up to its scale and so to 0.
    if empty:
        return
    if exponents[t] < exponent:
        down = power_of_two(exponents[t] - exponent)
        for i in range(v.shape[0]):
            x[t, i] *= down
        exponents[t] = exponent
    factor = weight * power_of_two(exponent - exponents[t])
    for i in range(v.shape[0]):
        x[t, i] += factor * v[i]


def log10_norms(squares: Array, exponents: Array) -> Array:
    """log10 of √(squares · 4**exponents): −inf for exact zeros, inf and nan as themselves."""
    with np.errstate(divide="ignore"):
        logs: Array = 0.5 * np.log10(squares)
    return logs + exponents * math.log10(2.0)
