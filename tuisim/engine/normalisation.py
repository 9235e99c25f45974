"""Batch and layer norm of pre-activations, and their transposed Jacobians, compiled.

No learned scale; the variance is the population's, with 1e-12 added. What cancels here in plain
arithmetic is said, and done again in tuisim.engine.careful. Imports the engine's jit.
"""

from __future__ import annotations

import math

from tuisim.engine.jit import aside, part
from tuisim.engine.memo import Array

NO_NORM, BATCH_NORM, LAYER_NORM = range(3)

#: Added to the variance under the root.
NORM_FLOOR = 1e-12

#: What is this much smaller than its terms has lost more digits than a curve may lose.
CANCELLED = 2.0**-24

_NEAR_ONE, _BELOW_ONE = 2.0**-50, 1.0 - 2.0**-53


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
            if abs(x - 1.0) < _NEAR_ONE and x * x <= square + _NEAR_ONE:
                a[0, at] = math.copysign(_BELOW_ONE, a[0, at])


@aside
def normalise(norm: int, a: Array, rows: int, normalised: Array, inverse: Array, t: int) -> bool:
    """a = (a − mean)/√(variance + 1e-12) over rows (batch norm) or units (layer norm).

    Returns:
        whether a mean took nearly all of a group.
    """
    groups, size, stride, unit = groups_of(norm, rows, a.shape[1] // rows)
    cancelled = False
    for g in range(groups):
        # From the first one on, so that nothing is left of those that are all the same.
        first = a[0, g * stride]
        total = 0.0
        for i in range(size):
            total += a[0, g * stride + i * unit] - first
        mean = first + total / size
        square = 0.0
        for i in range(size):
            off = a[0, g * stride + i * unit] - mean
            square += off * off
        scale = 1.0 / math.sqrt(square / size + NORM_FLOOR)
        inverse[t, g] = scale
        # Nearly all of the group is its mean.
        nothing = square < size * (CANCELLED * first) ** 2
        cancelled = cancelled or (size > 1 and nothing)
        for i in range(size):
            at = g * stride + i * unit
            a[0, at] = (a[0, at] - mean) * scale
            normalised[t, at] = a[0, at]
    return cancelled


@aside
def normalise_back(
    norm: int, delta: Array, rows: int, normalised: Array, inverse: Array, t: int
) -> float:
    """delta = Nᵀ delta: scale·(δ − mean δ − â·mean(δâ)) in each group.

    Returns:
        the largest of the groups' sums of |δ|, what its entries may be rounded from.
    """
    groups, size, stride, unit = groups_of(norm, rows, delta.shape[1] // rows)
    most = 0.0
    for g in range(groups):
        total = 0.0
        along = 0.0
        terms = 0.0
        for i in range(size):
            at = g * stride + i * unit
            total += delta[0, at]
            along += delta[0, at] * normalised[t, at]
            terms += abs(delta[0, at])
        most = max(most, terms)
        mean = total / size
        slope = along / size
        for i in range(size):
            at = g * stride + i * unit
            delta[0, at] = inverse[t, g] * (delta[0, at] - mean - normalised[t, at] * slope)
    return most
