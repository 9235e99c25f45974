"""Products of training's kernels: every bit as exact fractions round, in every shape."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from tuisim.engine.base.memo import Array
from tuisim.engine.base.panels import panels
from tuisim.engine.kernels.fused import add_product, multiply_fused, pack


def exact(left: Array, right: Array, begin: Array) -> Array:
    """begin + left · right, each product and addition being rounded once, k in order."""
    found = begin.copy()
    for i, j in np.ndindex(*found.shape):
        for k in range(left.shape[1]):
            term = Fraction(left[i, k].item()) * Fraction(right[k, j].item())
            found[i, j] = float(Fraction(found[i, j].item()) + term)
    return found


@pytest.mark.parametrize("adding", [0, 1])
@pytest.mark.parametrize(
    ("m", "n", "terms"), [(1, 1, 1), (4, 32, 3), (5, 41, 7), (7, 75, 2), (3, 8, 5), (9, 3, 4)]
)
def test_each_sum_is_rounded_once_a_term(m: int, n: int, terms: int, adding: int) -> None:
    rng = np.random.default_rng(m * n)
    left, right = rng.standard_normal((m, terms)), rng.standard_normal((terms, n))
    out = np.full((m + 2, n + 3), 9.0)
    out[1 : m + 1, 2 : n + 2] = rng.standard_normal((m, n))
    before = out.copy()
    expected = exact(left, right, before[1 : m + 1, 2 : n + 2] * adding)
    for turned, packed in ((False, False), (True, False), (False, True)):
        found = before.copy()
        a = np.ascontiguousarray(left.T) if turned else left
        row, step = (1, m) if turned else (terms, 1)
        b, b_row = right, n
        if packed:
            padded = -(-n // 8) * 8
            b, b_row = np.full((2, terms * padded), np.nan), 0
            pack(np.ascontiguousarray(right).reshape(1, -1), 0, terms, n, False, b, 1)
        at = terms * padded if packed else 0
        add_product(a, 0, row, step, b, at, b_row, found, n + 5, n + 3, m, n, terms, adding)
        np.testing.assert_array_equal(found[1 : m + 1, 2 : n + 2], expected)
        # Nothing beside it is written to.
        found[1 : m + 1, 2 : n + 2] = before[1 : m + 1, 2 : n + 2]
        np.testing.assert_array_equal(found, before)


@pytest.mark.parametrize("n", [1, 7, 8, 32, 33, 45, 72])
@pytest.mark.parametrize("transposed", [False, True])
def test_packing_is_that_of_panels(n: int, transposed: bool) -> None:
    matrices = np.random.default_rng(n).standard_normal((2, n, n))
    expected = panels(matrices.transpose(0, 2, 1) if transposed else matrices)
    found = np.full_like(expected, np.nan)
    theta = np.concatenate([[5.0], matrices.ravel()]).reshape(1, -1)
    for k in range(2):
        pack(theta, 1 + k * n * n, n, n, transposed, found, k)
    np.testing.assert_array_equal(found, expected)


def test_a_batch_is_multiplied_as_by_the_other_product() -> None:
    rng = np.random.default_rng(2)
    matrices, x = rng.standard_normal((3, 11, 11)), rng.standard_normal((4, 5 * 11))
    packed, begin = panels(matrices), rng.standard_normal((2, 5 * 11))
    for adding in (False, True):
        products = begin.copy()
        multiply_fused(packed, 1, 2, x, 2, products, 1, 5, adding, False)
        expected = exact(x[2].reshape(5, 11), matrices[1], begin[1].reshape(5, 11) * adding)
        expected = exact(x[3].reshape(5, 11), matrices[2], expected)
        np.testing.assert_array_equal(products[1].reshape(5, 11), expected)
        np.testing.assert_array_equal(products[0], begin[0])
