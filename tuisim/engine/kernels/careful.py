"""A step through a norm in twofold numbers, where float64 cancels; compiled.

N takes the mean and the size of a group away, so that its Jacobian leaves of a direction along the
pre-activation no more than 1e-12/(variance + 1e-12). Where W, a mask of slopes, or a group of two
lets nothing else through, that is all of the gradient, and it lies under the rounding of W s. A
rounded state is no harm: the Jacobian taken is then that at the rounded state.
"""

from __future__ import annotations

import math

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.panels import LANES, PANEL
from tuisim.engine.kernels.jit import aside, charge, part
from tuisim.engine.kernels.lanes import any_less, load, where_less, zeros
from tuisim.engine.kernels.normalisation import (
    BATCH_NORM,
    CANCELLED,
    LAYER_NORM,
    NORM_FLOOR,
    groups_of,
)
from tuisim.engine.kernels.twofold import exact_product, over, plus, times
from tuisim.engine.kernels.vectors import square_sum

#: Rows of the work array that the functions here take.
WORK = 5
_HIGH, _LOW, _REST, _REST_LOW, _FLOOR = range(WORK)

#: Seconds that a term of a twofold sum takes plainly.
_TERM = 5e-6

#: Entries this much smaller than what a product could have are looked at one by one.
_SMALL = 2.0**-20
_TINY = 1e-290


@part
def place(n: int, row: int, column: int) -> int:
    """Where an (n, n) matrix's entry lies among its panels."""
    wide = n // PANEL * PANEL
    if column < wide:
        return (column // PANEL * n + row) * PANEL + column % PANEL
    column -= wide
    return n * wide + (column // LANES * n + row) * LANES + column % LANES


@part
def _exponent(x: Array, t: int, first: int, count: int, step: int) -> int:
    """e with |x[t, first + i·step]| < 2**e for all i < count, and ½ of that reached."""
    largest = 0.0
    for i in range(count):
        largest = max(largest, abs(x[t, first + i * step]))
    return math.frexp(largest)[1]


@aside
def _twofold_product(
    matrices: Array, k: int, transposed: bool, x: Array, t: int, rows: int, work: Array
) -> None:
    """work = W x for every row of a batch.

    Args:
        matrices: panels of W, or of its transpose.
        x: (any, batch·n), read in row t.
    """
    n = x.shape[1] // rows
    charge(_TERM * n * n * rows)
    # What is large would leave float64 where its digits are split.
    zero, one = int(np.int64(0)), int(np.int64(1))
    shift = _exponent(x, t, zero, x.shape[1], one)
    for b in range(rows):
        for j in range(n):
            high = low = 0.0
            for i in range(n):
                at = place(n, i, j) if transposed else place(n, j, i)
                scaled = math.ldexp(x[t, b * n + i], -shift)
                term, error = exact_product(matrices[k, at], scaled)
                high, low = plus(high, low, term, error)
            work[_HIGH, b * n + j] = math.ldexp(high, shift)
            work[_LOW, b * n + j] = math.ldexp(low, shift)


@aside
def _centre(norm: int, rows: int, added: bool, offset: Array, t: int, work: Array) -> None:
    """work += offset[t]; then take the mean of each group away, in differences from its first."""
    if added:
        for at in range(work.shape[1]):
            x, x_low = plus(work[_HIGH, at], work[_LOW, at], offset[t, at], 0.0)
            work[_HIGH, at], work[_LOW, at] = x, x_low
    groups, size, stride, unit = groups_of(norm, rows, work.shape[1] // rows)
    for g in range(groups):
        first, first_low = work[_HIGH, g * stride], work[_LOW, g * stride]
        total = total_low = 0.0
        for i in range(size):
            at = g * stride + i * unit
            x, x_low = plus(work[_HIGH, at], work[_LOW, at], -first, -first_low)
            work[_HIGH, at], work[_LOW, at] = x, x_low
            total, total_low = plus(total, total_low, x, x_low)
        mean, mean_low = over(total, total_low, float(size), 0.0)
        for i in range(size):
            at = g * stride + i * unit
            x, x_low = plus(work[_HIGH, at], work[_LOW, at], -mean, -mean_low)
            work[_HIGH, at], work[_LOW, at] = x, x_low


@aside
def normalise_carefully(
    norm: int,
    transposed: Array,
    k: int,
    source: Array,
    row: int,
    added: bool,
    offset: Array,
    a: Array,
    rows: int,
    normalised: Array,
    inverse: Array,
    t: int,
    work: Array,
) -> None:
    """As `normalise` of W s + offset[t], which is computed to twice the digits.

    Args:
        transposed: panels of Wᵀ.
        source: s in a row, on no scale of its own.
        added: whether there is an offset.
    """
    _twofold_product(transposed, k, True, source, row, rows, work)
    _centre(norm, rows, added, offset, t, work)
    groups, size, stride, unit = groups_of(norm, rows, a.shape[1] // rows)
    for g in range(groups):
        square = 0.0
        for i in range(size):
            off = work[_HIGH, g * stride + i * unit]
            square += off * off
        square /= size
        scale = 1.0 / math.sqrt(square + NORM_FLOOR)
        inverse[t, g] = scale
        for i in range(size):
            at = g * stride + i * unit
            a[0, at] = work[_HIGH, at] * scale
            normalised[t, at] = a[0, at]


@aside
def pull_back_carefully(
    norm: int,
    matrices: Array,
    k: int,
    source: Array,
    row: int,
    added: bool,
    offset: Array,
    t: int,
    delta: Array,
    v: Array,
    v_row: int,
    rows: int,
    work: Array,
) -> None:
    """delta = Nᵀ delta, v[v_row] = Wᵀ delta, N's Jacobian being that at W s + offset[t].

    The floor's part is kept apart from the rest: beside it none of its digits would be left.

    Args:
        matrices: panels of W.
        source: s in a row, on no scale of its own.
        added: whether there is an offset.
    """
    _twofold_product(matrices, k, False, source, row, rows, work)
    _centre(norm, rows, added, offset, t, work)
    n = delta.shape[1] // rows
    groups, size, stride, unit = groups_of(norm, rows, n)
    for g in range(groups):
        # On a scale of its own: the square of its square would leave float64.
        shift = _exponent(work, int(np.int64(_HIGH)), g * stride, size, unit)
        square = square_low = along = along_low = total = total_low = 0.0
        for i in range(size):
            at = g * stride + i * unit
            c, c_low = math.ldexp(work[_HIGH, at], -shift), math.ldexp(work[_LOW, at], -shift)
            work[_HIGH, at], work[_LOW, at] = c, c_low
            x, x_low = times(c, c_low, c, c_low)
            square, square_low = plus(square, square_low, x, x_low)
            x, x_low = times(c, c_low, delta[0, at], 0.0)
            along, along_low = plus(along, along_low, x, x_low)
            total, total_low = plus(total, total_low, delta[0, at], 0.0)
        mean, mean_low = over(total, total_low, float(size), 0.0)
        share = share_low = 0.0
        if square > 0.0:
            share, share_low = over(along, along_low, square, square_low)
        variance = math.ldexp(square / size, 2 * shift) + NORM_FLOOR
        scale = 1.0 / math.sqrt(variance)
        for i in range(size):
            at = g * stride + i * unit
            c, c_low = work[_HIGH, at], work[_LOW, at]
            x, x_low = times(c, c_low, share, share_low)
            work[_FLOOR, at] = scale * (NORM_FLOOR / variance) * x
            rest, rest_low = plus(delta[0, at], 0.0, -mean, -mean_low)
            x, x_low = plus(rest, rest_low, -x, -x_low)
            # Of two entries the mean and the size are all that there is.
            if size <= 2 and square > 0.0:
                x = x_low = 0.0
            x, x_low = times(x, x_low, scale, 0.0)
            work[_REST, at], work[_REST_LOW, at] = x, x_low
            delta[0, at] = x + work[_FLOOR, at]
    for b in range(rows):
        for i in range(n):
            # y adds up to zero over the units of a layer, so nothing is left of rows of W that are
            # all the same.
            shared = matrices[k, place(n, 0, i)] if norm == LAYER_NORM else 0.0
            high = low = floor = 0.0
            for j in range(n):
                at = b * n + j
                w, w_low = plus(matrices[k, place(n, j, i)], 0.0, -shared, 0.0)
                x, x_low = times(work[_REST, at], work[_REST_LOW, at], w, w_low)
                high, low = plus(high, low, x, x_low)
                floor += w * work[_FLOOR, at]
            v[v_row, b * n + i] = high + (low + floor)


@part
def suspicious(
    v: Array, row: int, norm: int, rows: int, most: float, states: Array, t: int
) -> bool:
    """Whether entries of v[row] = Wᵀ y are so small that they may be no more than rounding.

    How much W can make of y is guessed from σ, what it made of s; with y ≲ most/σ no σ is needed.

    Args:
        most: what `normalise_back` returned.
        states: h in row t, on no scale of its own.
    """
    size = rows if norm == BATCH_NORM else v.shape[1] // rows
    # In squares, of which those that leave float64 are looked at one by one.
    limit = max(size * (_SMALL * most) ** 2, _TINY)
    square = square_sum(states, t)
    n = v.shape[1]
    wide = n - n % LANES
    least = zeros() + math.inf
    for at in range(row * n, row * n + wide, LANES):
        x = load(v, at)
        least = where_less(x * x, least, x * x, least)
    found: bool = any_less(least * square, limit)
    for at in range(wide, n):
        found |= v[row, at] * v[row, at] * square < limit
    return found


@aside
def cancelled_product(
    norm: int,
    matrices: Array,
    k: int,
    delta: Array,
    v: Array,
    row: int,
    rows: int,
    normalised: Array,
    inverse: Array,
    t: int,
    work: Array,
) -> bool:
    """Whether an entry of v[row] = Wᵀ Nᵀ delta is no more than rounding."""
    n = delta.shape[1] // rows
    groups, size, stride, unit = groups_of(norm, rows, n)
    for g in range(groups):
        mean = slope = 0.0
        for i in range(size):
            at = g * stride + i * unit
            mean += delta[0, at] / size
            slope += delta[0, at] * normalised[t, at] / size
        for i in range(size):
            at = g * stride + i * unit
            terms = abs(delta[0, at]) + abs(mean) + abs(normalised[t, at] * slope)
            # The mean over a group of one takes all of it, exactly.
            work[0, at] = terms * inverse[t, g] if size > 1 else 0.0
    for b in range(rows):
        for i in range(n):
            size_of = abs(v[row, b * n + i])
            terms = 0.0
            for j in range(n):
                terms += abs(matrices[k, place(n, j, i)]) * work[0, b * n + j]
                if size_of < CANCELLED * terms:
                    return True
    return False
