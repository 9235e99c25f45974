"""Singular values of products of matrices, by mpmath and by the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mpmath.ctx_mp import MPContext

from tuisim.engine.diagnosis.jacobian import singular_values


def exact_log10(factors: Sequence[Any], digits: int, rows: int | None = None) -> np.ndarray:
    """log10 of the singular values of factors[0] · factors[1] · …, its first rows, by mpmath.

    The digits have to be more than the decades between the largest and the smallest.
    """
    mp = MPContext()
    mp.dps = digits
    product = mp.eye(len(factors[0]))[: rows or len(factors[0]), :]
    for factor in factors:
        product = product * mp.matrix(factor.tolist())
    values = sorted(mp.svd_r(product, compute_uv=False), reverse=True)
    return np.array([float(mp.log10(value)) for value in values])


def ours(factors: Sequence[np.ndarray], steps: Sequence[int] = (0,)) -> np.ndarray:
    """log10 of the singular values of the product of the factors past each step."""
    n = factors[0].shape[1]
    return singular_values(lambda t: (factors[t - 1],), n, n, len(factors), steps)


def backward(factors: Sequence[np.ndarray]) -> list[np.ndarray]:
    """J_1 … J_T in the order in which ∂h_T/∂h_0 has them."""
    return list(factors)[::-1]
