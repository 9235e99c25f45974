"""Batch and layer norm of pre-activations, and their transposed Jacobians, compiled.

No learned scale; the variance is the population's, with 1e-12 added. Imports the engine's jit.
"""

from __future__ import annotations

import math

from tuisim.engine.jit import aside
from tuisim.engine.memo import Array

NO_NORM, BATCH_NORM, LAYER_NORM = range(3)

#: Added to the variance under the root.
NORM_FLOOR = 1e-12


@aside
def normalise(norm: int, a: Array, rows: int, normalised: Array, inverse: Array, t: int) -> None:
    """a = (a − mean)/√(variance + 1e-12) over rows (batch norm) or units (layer norm)."""
    n = a.shape[1] // rows
    groups, size, stride, unit = (n, rows, 1, n) if norm == BATCH_NORM else (rows, n, n, 1)
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
        for i in range(size):
            at = g * stride + i * unit
            a[0, at] = (a[0, at] - mean) * scale
            normalised[t, at] = a[0, at]


@aside
def normalise_back(
    norm: int, delta: Array, rows: int, normalised: Array, inverse: Array, t: int
) -> None:
    """delta = Nᵀ delta: scale·(δ − mean δ − â·mean(δâ)) in each group."""
    n = delta.shape[1] // rows
    groups, size, stride, unit = (n, rows, 1, n) if norm == BATCH_NORM else (rows, n, n, 1)
    for g in range(groups):
        total = 0.0
        along = 0.0
        for i in range(size):
            at = g * stride + i * unit
            total += delta[0, at]
            along += delta[0, at] * normalised[t, at]
        mean = total / size
        slope = along / size
        for i in range(size):
            at = g * stride + i * unit
            delta[0, at] = inverse[t, g] * (delta[0, at] - mean - normalised[t, at] * slope)
