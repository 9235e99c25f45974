"""Weight gradients from what each step adds: δ_t, s_t and scales. May import numpy and the engine.

A step's share is δ_tᵀ s_t · 2**exponent_t: factors far outside float64 still have a product.
"""

from __future__ import annotations

import math

import numpy as np

from tuisim.engine.memo import Array
from tuisim.engine.ordered import gathered, norms
from tuisim.engine.vectors import NOTHING


def balanced(rows: Array, exponents: Array) -> tuple[Array, Array]:
    """Rows (T, B, any) · 2**exponents with the largest entry of each step brought near 1."""
    largest = np.abs(rows).max(axis=(1, 2))
    # No lower, so that the factor is a float: what is subnormal comes near enough.
    shift = np.where(np.isfinite(largest), np.frexp(largest)[1].clip(-1022), 0)
    # A row of zeros has no scale, and must not lend one to a sum.
    exponents = np.where(largest == 0.0, NOTHING, exponents + shift)
    # By a power of two, so exactly, and in a tenth of ldexp's time.
    return rows * np.ldexp(1.0, -shift)[:, np.newaxis, np.newaxis], exponents


def summed(delta: Array, source: Array, exponents: Array) -> tuple[Array, float]:
    """Σ_t δ_tᵀ s_t · 2**exponents as (m, n) · 2**exponent: one product of matrices.

    Args:
        delta: (T, B, m); source: (T, B, n); exponents: (T,).
    """
    # Terms too small beside the largest vanish in the sum as they would anyway.
    top = float(exponents.max())
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        factors = np.ldexp(1.0, (exponents - top).clip(-5000).astype(int))
        scaled = delta * factors[:, np.newaxis, np.newaxis]
        rows = scaled.reshape(-1, delta.shape[2])
        return gathered(rows, source.reshape(-1, source.shape[2])), top


def true_sum(delta: Array, source: Array, exponents: Array) -> Array:
    """The same at its true scale, (m, n), 0 or inf where that leaves float64."""
    total, top = summed(delta, source, exponents)
    with np.errstate(over="ignore", under="ignore"):
        whole: Array = np.ldexp(total, int(max(min(top, 5000), -5000)))
    return whole


def norm(array: Array) -> float:
    """The square root of the sum of squares, where the squares leave float64 too."""
    largest = float(np.abs(array).max())
    if not 0.0 < largest < math.inf:
        return largest
    return largest * float(norms((array / largest).ravel()))
