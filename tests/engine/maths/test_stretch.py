"""σ₁ of a matrix, against mpmath in forty digits."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from tuisim.engine.base.memo import Array
from tuisim.engine.maths.stretch import largest_singular_value


def exact(matrix: Array) -> float:
    with mpmath.workdps(40):
        return float(max(mpmath.svd_r(mpmath.matrix(matrix.tolist()), compute_uv=False)))


@pytest.mark.parametrize("scale", [1.0, 1e-160, 1e-290, 1e160, 1e300])
@pytest.mark.parametrize("n", [1, 2, 3, 12])
def test_the_largest_singular_value_at_every_scale(n: int, scale: float) -> None:
    matrix = scale * np.random.default_rng(n).standard_normal((n, n))
    assert largest_singular_value(matrix) == pytest.approx(exact(matrix), rel=2e-15, abs=0)


def test_one_far_above_the_others_and_many_alike() -> None:
    random = np.random.default_rng(3)
    left, right = (np.linalg.qr(random.standard_normal((12, 12)))[0] for _ in range(2))
    for values in ([1e9, *np.full(11, 1e-9)], np.full(12, 0.9), np.geomspace(3.0, 1e-12, 12)):
        matrix = left * values @ right
        assert largest_singular_value(matrix) == pytest.approx(exact(matrix), rel=2e-15)


def test_what_is_no_number_and_what_is_nothing() -> None:
    assert math.isnan(largest_singular_value(np.array([[1.0, math.nan], [0.0, 1.0]])))
    assert math.isnan(largest_singular_value(np.array([[1.0, math.inf], [0.0, 1.0]])))
    assert largest_singular_value(np.zeros((3, 3))) == 0.0
    smallest = 5e-324
    assert largest_singular_value(np.full((2, 2), smallest)) == 2 * smallest
    # Its σ₁ is beyond float64.
    assert largest_singular_value(np.full((4, 4), 1.7e308)) == math.inf
