"""QR, products and eigenbases of our own order: against LAPACK, and kernels against plain NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tuisim.engine.maths.ordered import (
    PLAIN,
    added,
    compiled,
    gathered,
    norms,
    ordered_sum,
    orthonormal,
    product,
    product_transposed,
    symmetric_eigenbasis,
)

# Around a vector, a pair of them, a panel and two, a block of rows, and what is padded otherwise.
SIZES = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 100, 130, 256]


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(shape).standard_normal(shape)


@pytest.mark.parametrize("n", SIZES)
def test_rows_are_lapacks_but_for_rounding(n: int) -> None:
    rows = normal(n, n)
    found = orthonormal(rows, compiled())
    q, r = np.linalg.qr(rows.T)
    np.testing.assert_allclose(found, (q * np.where(np.diag(r) < 0, -1, 1)).T, rtol=0, atol=1e-13)
    np.testing.assert_allclose(found @ found.T, np.eye(n), rtol=0, atol=1e-14)
    factor = rows @ found.T
    np.testing.assert_allclose(np.triu(factor, 1), 0, atol=1e-14 * n)
    assert (np.diag(factor) > 0).all()


@pytest.mark.parametrize("n", SIZES)
def test_kernels_have_the_bytes_of_plain_numpy(n: int) -> None:
    a, b = normal(n, n), normal(n, n + 1)[:, :n]
    for work in (orthonormal, product, product_transposed):
        args = (a,) if work is orthonormal else (a, b)
        assert work(*args, compiled()).tobytes() == work(*args, PLAIN).tobytes()
    symmetric = a + a.T
    for one, other in zip(
        symmetric_eigenbasis(symmetric, compiled()),
        symmetric_eigenbasis(symmetric, PLAIN),
        strict=True,
    ):
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("n", SIZES)
def test_products_are_those_of_numpy(n: int) -> None:
    a, b = normal(n, n), normal(n, n + 1)[:, :n]
    np.testing.assert_allclose(product(a, b), a @ b, rtol=0, atol=1e-14 * n)
    np.testing.assert_allclose(product_transposed(a, b), a @ b.T, rtol=0, atol=1e-14 * n)


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 3, 9), (32, 16, 16), (33, 40, 7), (200, 65, 64)])
def test_what_rows_add_up_to(shape: tuple[int, int, int]) -> None:
    count, m, n = shape
    left, right = normal(count, m), normal(count, n)
    found = gathered(left, right, compiled())
    np.testing.assert_allclose(found, left.T @ right, rtol=0, atol=1e-14 * count)
    assert found.tobytes() == gathered(left, right, PLAIN).tobytes()
    expected = np.zeros((m, n))
    for x, y in zip(left, right, strict=True):
        expected += x[:, None] * y
    assert found.tobytes() == expected.tobytes()


def test_a_sum_is_the_same_under_every_python() -> None:
    # From 3.12 on sum() keeps what is lost here.
    assert added([1e16, 1.0, 1.0, -1e16]) == 0.0
    assert added(iter([0.1] * 10)) == 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1
    assert added([]) == 0.0


def test_a_product_adds_in_the_order_that_is_written_down() -> None:
    n = 40
    a, b = normal(n, n), normal(n, n + 1)[:, :n]
    for i, j in ((0, 0), (7, 33), (39, 39)):
        terms = [float(a[i, k]) * float(b[k, j]) for k in range(n)]
        assert product(a, b)[i, j] == added(terms)
        lanes = [0.0] * 8
        for k in range(n):
            lanes[k % 8] += float(a[i, k]) * float(b[j, k])
        while len(lanes) > 1:
            lanes = [x + y for x, y in zip(lanes[::2], lanes[1::2], strict=True)]
        assert product_transposed(a, b)[i, j] == lanes[0]


@pytest.mark.parametrize("n", SIZES)
def test_eigenbases_are_those_of_the_matrix(n: int) -> None:
    matrix = normal(n, n)
    matrix = matrix + matrix.T
    values, rows = symmetric_eigenbasis(matrix)
    size = np.abs(values).max()
    np.testing.assert_allclose(values, np.linalg.eigvalsh(matrix)[::-1], rtol=0, atol=1e-14 * n)
    np.testing.assert_allclose(rows @ rows.T, np.eye(n), rtol=0, atol=1e-15 * (n + 3))
    np.testing.assert_allclose(rows @ matrix @ rows.T, np.diag(values), atol=3e-15 * n * size)


@pytest.mark.parametrize(
    "matrix",
    [
        np.zeros((5, 5)),
        np.eye(6),
        np.ones((7, 7)),
        np.diag([1.0, 0.0, -1.0, 0.0]),
        np.diag([1e-200, 1.0, 1e-200]),
        np.kron(np.eye(3), [[0.0, 1.0], [1.0, 0.0]]),
    ],
)
def test_eigenbases_of_matrices_that_are_apart_already(matrix: np.ndarray) -> None:
    values, rows = symmetric_eigenbasis(matrix)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(matrix)[::-1], rtol=0, atol=1e-14)
    np.testing.assert_allclose(rows @ rows.T, np.eye(len(rows)), rtol=0, atol=1e-14)
    np.testing.assert_allclose(rows @ matrix @ rows.T, np.diag(values), rtol=0, atol=1e-14)


@pytest.mark.parametrize("count", [1, 2, 3, 8, 100, 1001])
def test_sums_and_norms(count: int) -> None:
    values = normal(3, count)
    assert ordered_sum(values) == pytest.approx([math.fsum(row) for row in values], rel=1e-13)
    assert norms(values) == pytest.approx([math.hypot(*row) for row in values], rel=1e-15)
    # As it is written: the first half plus the second, again and again.
    row = [float(one) for one in values[0]]
    while len(row) > 1:
        half = (len(row) + 1) // 2
        row = [
            x + (row[half + k] if half + k < len(row) else 0.0) for k, x in enumerate(row[:half])
        ]
    assert ordered_sum(values[0]) == row[0]


def test_of_one_unit_nothing_is_left_but_the_sign() -> None:
    """Exactly: beside a residual path of the same weight W's last digit would be all there is."""
    for number in np.random.default_rng(0).standard_normal(200):
        assert orthonormal(np.array([[number]])) == np.sign(number)
