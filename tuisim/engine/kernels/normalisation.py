"""Batch and layer norm of pre-activations, and their transposed Jacobians, compiled.

No learned scale; the variance is the population's, with 1e-12 added. What cancels here in plain
arithmetic is said, and done again in tuisim.engine.kernels.careful.
"""

from __future__ import annotations

import math

from tuisim.engine.base.memo import Array
from tuisim.engine.base.panels import LANES
from tuisim.engine.kernels.jit import aside, part
from tuisim.engine.kernels.lanes import (
    any_less,
    load,
    load_some,
    magnitude,
    root,
    store,
    store_some,
    total,
    where_less,
    zeros,
)

NO_NORM, BATCH_NORM, LAYER_NORM = range(3)

#: Added to the variance under the root.
NORM_FLOOR = 1e-12

#: What is this much smaller than its terms has lost more digits than a curve may lose.
CANCELLED = 2.0**-24

#: Within what an entry counts as on hard tanh's kink, and the number next under it.
NEAR_ONE, BELOW_ONE = 2.0**-50, 1.0 - 2.0**-53


@part
def groups_of(norm: int, rows: int, n: int) -> tuple[int, int, int, int]:
    """(groups, size, stride, unit): entry i of group g lies at g·stride + i·unit of batch·n."""
    return (n, rows, 1, n) if norm == BATCH_NORM else (rows, n, n, 1)


@aside
def keep_inside(norm: int, a: Array, rows: int) -> None:
    """Entries of N's output that are as large as their root mean square lie under 1, not on it.

    There hard tanh has a kink, and 1e-12 under the root decides on which side they are.
    """
    groups, size, stride, unit = groups_of(norm, rows, a.shape[1] // rows)
    for g in range(groups):
        square = 0.0
        for i in range(size):
            square += a[0, g * stride + i * unit] ** 2
        square /= size
        for i in range(size):
            at = g * stride + i * unit
            x = abs(a[0, at])
            if abs(x - 1.0) < NEAR_ONE and x * x <= square + NEAR_ONE:
                a[0, at] = math.copysign(BELOW_ONE, a[0, at])


@part
def _layers(a: Array, rows: int, normalised: Array, inverse: Array, t: int) -> bool:
    """`normalise` for groups that are each one run of numbers."""
    n = a.shape[1] // rows
    wide = n - n % LANES
    cancelled = False
    for g in range(rows):
        begin = g * n
        # From the first one on, so that nothing is left of those that are all the same.
        first = a[0, begin]
        sums = zeros()
        for i in range(begin, begin + wide, LANES):
            sums = sums + (load(a, i) - first)
        off = total(sums)
        for i in range(begin + wide, begin + n):
            off += a[0, i] - first
        mean = first + off / n
        sums = zeros()
        for i in range(begin, begin + wide, LANES):
            x = load(a, i) - mean
            sums = sums + x * x
        square = total(sums)
        for i in range(begin + wide, begin + n):
            square += (a[0, i] - mean) ** 2
        scale = 1.0 / math.sqrt(square / n + NORM_FLOOR)
        inverse[t, g] = scale
        # Nearly all of the group is its mean.
        cancelled |= n > 1 and square < n * (CANCELLED * first) ** 2
        for i in range(begin, begin + wide, LANES):
            x = (load(a, i) - mean) * scale
            store(x, a, i)
            store(x, normalised, t * a.shape[1] + i)
        for i in range(begin + wide, begin + n):
            a[0, i] = (a[0, i] - mean) * scale
            normalised[t, i] = a[0, i]
    return cancelled


@part
def _batches(a: Array, rows: int, normalised: Array, inverse: Array, t: int) -> bool:
    """`normalise` for groups that lie side by side, as many at a time as there are lanes."""
    size = a.shape[1]
    n, count = size // rows, float(rows)
    cancelled = False
    for g in range(0, n, LANES):
        some = min(n - g, LANES)
        first = load_some(a, g, some)
        sums = zeros()
        for at in range(g, size, n):
            sums = sums + (load_some(a, at, some) - first)
        mean = first + sums / count
        square = zeros()
        for at in range(g, size, n):
            x = load_some(a, at, some) - mean
            square = square + x * x
        scale = 1.0 / root(square / count + NORM_FLOOR)
        store_some(scale, inverse, t * inverse.shape[1] + g, some)
        limit = count * (CANCELLED * first) * (CANCELLED * first)
        cancelled |= rows > 1 and any_less(where_less(square, limit, -1.0, 1.0), 0.0)
        for at in range(g, size, n):
            x = (load_some(a, at, some) - mean) * scale
            store_some(x, a, at, some)
            store_some(x, normalised, t * size + at, some)
    return cancelled


@aside
def normalise(norm: int, a: Array, rows: int, normalised: Array, inverse: Array, t: int) -> bool:
    """a = (a − mean)/√(variance + 1e-12) over rows (batch norm) or units (layer norm).

    Returns:
        whether a mean took nearly all of a group.
    """
    if norm == BATCH_NORM:
        return _batches(a, rows, normalised, inverse, t)
    return _layers(a, rows, normalised, inverse, t)


@part
def _layers_back(delta: Array, rows: int, normalised: Array, inverse: Array, t: int) -> float:
    """`normalise_back` for groups that are each one run of numbers."""
    n = delta.shape[1] // rows
    wide = n - n % LANES
    most = 0.0
    for g in range(rows):
        first = g * n
        at = t * delta.shape[1] + first
        totals = alongs = sizes = zeros()
        for i in range(0, wide, LANES):
            x = load(delta, first + i)
            totals = totals + x
            alongs = alongs + x * load(normalised, at + i)
            sizes = sizes + magnitude(x)
        all_of, along, terms = total(totals), total(alongs), total(sizes)
        for i in range(first + wide, first + n):
            all_of += delta[0, i]
            along += delta[0, i] * normalised[t, i]
            terms += abs(delta[0, i])
        most = max(most, terms)
        mean, slope, scale = all_of / n, along / n, inverse[t, g]
        for i in range(0, wide, LANES):
            x = load(delta, first + i) - mean - load(normalised, at + i) * slope
            store(scale * x, delta, first + i)
        for i in range(first + wide, first + n):
            delta[0, i] = scale * (delta[0, i] - mean - normalised[t, i] * slope)
    return most


@part
def _batches_back(delta: Array, rows: int, normalised: Array, inverse: Array, t: int) -> float:
    """`normalise_back` for groups that lie side by side, as many at a time as there are lanes."""
    size = delta.shape[1]
    n = size // rows
    most = zeros()
    for g in range(0, n, LANES):
        count = min(n - g, LANES)
        totals = alongs = sizes = zeros()
        for at in range(g, size, n):
            x = load_some(delta, at, count)
            totals = totals + x
            alongs = alongs + x * load_some(normalised, t * size + at, count)
            sizes = sizes + magnitude(x)
        most = where_less(most, sizes, sizes, most)
        mean, slope = totals / float(rows), alongs / float(rows)
        scale = load_some(inverse, t * inverse.shape[1] + g, count)
        for at in range(g, size, n):
            x = load_some(delta, at, count) - mean
            x = scale * (x - load_some(normalised, t * size + at, count) * slope)
            store_some(x, delta, at, count)
    # No less than the largest of them.
    found: float = total(most)
    return found


@aside
def normalise_back(
    norm: int, delta: Array, rows: int, normalised: Array, inverse: Array, t: int
) -> float:
    """delta = Nᵀ delta: scale·(δ − mean δ − â·mean(δâ)) in each group.

    Returns:
        what its entries may be rounded from, at least: the largest of the groups' sums of |δ|.
    """
    if norm == BATCH_NORM:
        return _batches_back(delta, rows, normalised, inverse, t)
    return _layers_back(delta, rows, normalised, inverse, t)
