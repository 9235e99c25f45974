"""Singular values of products of matrices against mpmath, exact ranks and LAPACK."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from mpmath.ctx_mp import MPContext

from tests.support.products import backward, exact_log10, ours
from tuisim.engine.diagnosis.jacobian import singular_values
from tuisim.engine.kernels import refined

TOLERANCE = 1e-10


def defective(n: int, departure: float, turned: bool) -> np.ndarray:
    """One eigenvalue 0.9, n times, and a strictly upper part; in a random basis if turned."""
    rng = np.random.default_rng(n)
    upper = np.triu(rng.standard_normal((n, n)), 1)
    matrix = 0.9 * np.eye(n) + upper * departure * math.sqrt(n) / np.linalg.norm(upper)
    basis = np.linalg.qr(rng.standard_normal((n, n)))[0]
    return basis @ matrix @ basis.T if turned else matrix


def tied(matrix: np.ndarray, depth: int) -> list[np.ndarray]:
    return [np.asarray(matrix, dtype=float)] * depth


def untied(n: int, depth: int, sizes: Callable[[np.random.Generator], Any]) -> list[np.ndarray]:
    rng = np.random.default_rng(depth)
    return [sizes(rng) * rng.standard_normal((n, n)) for _ in range(depth)]


#: Matrices J_1 … J_T, and the digits that they need.
PRODUCTS: dict[str, tuple[list[np.ndarray], int]] = {
    "gaussian": (tied(0.5 * np.random.default_rng(0).standard_normal((4, 4)), 1500), 2600),
    "another at every step": (untied(4, 700, lambda rng: 1.0), 900),
    # The peak of ‖Wᵗ‖ that no eigenvalue shows.
    "a Jordan block": (tied([[0.9, 1.0], [0.0, 0.9]], 2000), 250),
    "a triangle": (tied(defective(5, 0.5, False), 2000), 300),
    "a triangle in another basis": (tied(defective(5, 3.0, True), 1000), 300),
    "a long way from normal": (tied(defective(12, 1.0, True), 150), 200),
    "a pair and a real alike in modulus": (
        tied([[0.0, -3.0, 1.0], [0.3, 0.0, 2.0], [0.0, 0.0, 0.95]], 1500),
        300,
    ),
    "rows fifty decades apart": (
        untied(4, 100, lambda rng: 10.0 ** rng.uniform(-50, 0, (4, 1))),
        12000,
    ),
    "rows whose squares are no numbers": (
        untied(4, 6, lambda rng: 10.0 ** rng.uniform(-280, 0, (4, 1))),
        5000,
    ),
    "rows as slopes make them": (
        untied(5, 200, lambda rng: np.cosh(3 * rng.standard_normal((5, 1))) ** -2.0),
        1500,
    ),
    "small steps beside large": (tied([[0.9, 0.1], [0.0, 1e-9]], 250), 2600),
    "a permutation with weights": (
        tied([[0.0, 1e-30, 0.0], [0.0, 0.0, 1.0], [1e12, 0.0, 0.0]], 301),
        13000,
    ),
    "huge": (tied([[1e300, 1e299], [2e299, -3e300]], 50), 150),
    "tiny": (tied([[1e-300, 1e-301], [2e-301, -3e-300]], 50), 150),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_against_mpmath(name: str) -> None:
    factors, digits = PRODUCTS[name]
    expected = exact_log10(backward(factors), digits)
    np.testing.assert_allclose(ours(factors)[0], expected, rtol=0, atol=TOLERANCE)


def test_every_step_against_mpmath() -> None:
    factors = untied(3, 60, lambda rng: 10.0 ** rng.uniform(-3, 0, (3, 1)))
    found = ours(factors, range(61))
    for t in range(60):
        expected = exact_log10(backward(factors[t:]), 700)
        np.testing.assert_allclose(found[t], expected, rtol=0, atol=TOLERANCE)
    assert (found[60] == 0).all()


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 33, 70])
def test_one_dense_matrix_as_lapack_has_it(n: int) -> None:
    """The rotations at every remainder of the lanes, where LAPACK is good enough to judge."""
    matrix = np.random.default_rng(n).standard_normal((n, n))
    expected = np.log10(np.linalg.svd(matrix, compute_uv=False))
    np.testing.assert_allclose(ours([matrix])[0], expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
@pytest.mark.parametrize("small", [1e-20, 1e-15, 1e-9])
def test_a_triangle_whose_diagonal_is_rounding_beside_it(n: int, small: float) -> None:
    """Masks let through what its large entries do not reach: small, and known to its last digit."""
    rng = np.random.default_rng(n)
    for _ in range(8):
        weights = np.triu(rng.standard_normal((n, n)), 1) + small * np.eye(n)
        alive = rng.random((n, 1)) > 0.4
        factors = tied(alive * weights, 5)
        expected = exact_log10(backward(factors), 600)[0] if alive.any() else -math.inf
        # Digits are lost, and no more than a curve may lose.
        assert ours(factors)[0, 0] == pytest.approx(expected, abs=1e-6)


def test_a_relu_that_lets_one_row_of_a_triangle_through() -> None:
    """The second unit has the gradient 0.12·10⁻²⁰ of itself and of the third."""
    row = np.zeros((3, 3))
    row[1, 1:] = 1e-20, -0.12
    assert ours([row, row])[0, 0] == pytest.approx(math.log10(0.12e-20), abs=TOLERANCE)
    assert (ours([row, row])[0, 1:] == -math.inf).all()


def test_a_state_of_two_vectors() -> None:
    """∂h_T/∂h_t with the other vector held: a block of the product, not a product of blocks."""
    n, depth = 3, 150
    rng = np.random.default_rng(8)
    steps = [rng.standard_normal((2 * n, 2 * n)) for _ in range(depth)]
    for t in (0, depth - 1, depth):
        found = singular_values(lambda s: (steps[s - 1],), 2 * n, n, depth, [t])[0]
        mp = MPContext()
        mp.dps = 400
        product = mp.eye(2 * n)[:n, :]
        for matrix in steps[t:][::-1]:
            product = product * mp.matrix(matrix.tolist())
        values = mp.svd_r(product[:, :n], compute_uv=False)
        expected = sorted((float(mp.log10(value)) for value in values), reverse=True)
        np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE)


def exact_rank(factors: Sequence[np.ndarray]) -> int:
    """The rank of a product in whole numbers and fractions."""
    rows = [[Fraction(x) for x in row] for row in np.eye(len(factors[0])).tolist()]
    for factor in factors:
        columns = [[Fraction(x) for x in column] for column in factor.T.tolist()]
        rows = [[sum(map(Fraction.__mul__, row, column)) for column in columns] for row in rows]
    rank = 0
    for at in range(len(rows)):
        found = next((i for i in range(rank, len(rows)) if rows[i][at]), None)
        if found is None:
            continue
        rows[rank], rows[found] = rows[found], rows[rank]
        for i in range(rank + 1, len(rows)):
            weight = rows[i][at] / rows[rank][at]
            rows[i] = [x - weight * y for x, y in zip(rows[i], rows[rank], strict=True)]
        rank += 1
    return rank


@pytest.mark.parametrize("seed", range(12))
def test_dead_units_leave_exact_zeros(seed: int) -> None:
    rng = np.random.default_rng(seed)
    alive = rng.random((6, 5, 1)) > 0.25
    factors = [mask * rng.standard_normal((5, 5)) for mask in alive]
    found = ours(factors, range(7))
    ranks = np.isfinite(found).sum(axis=1)
    expected = [exact_rank(backward(factors[t:])) for t in range(6)]
    assert list(ranks) == [*expected, 5]
    for t, rank in enumerate(expected):
        if 0 < rank < 5:
            nonzero = exact_log10(backward(factors[t:]), 60)[:rank]
            np.testing.assert_allclose(found[t, :rank], nonzero, rtol=0, atol=TOLERANCE)
            break


@pytest.mark.parametrize(
    ("matrix", "ranks"),
    [
        ([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]], [0, 1, 2, 3]),
        (np.ones((3, 3)) / 3, [1, 1, 1, 3]),
        (np.zeros((3, 3)), [0, 0, 0, 3]),
    ],
    ids=["nilpotent", "of rank one", "zero"],
)
def test_singular_matrices(matrix: Any, ranks: list[int]) -> None:
    found = ours(tied(matrix, 3), range(4))
    assert list(np.isfinite(found).sum(axis=1)) == ranks


@pytest.mark.parametrize("n", [1, 3, 8, 13])
def test_what_a_product_rounds_off(n: int) -> None:
    rng = np.random.default_rng(n)
    a, b = rng.standard_normal((4, n)), rng.standard_normal((n, n))
    c = a @ b
    found = refined.rounded_off(a, b, c)
    for i in range(4):
        for j in range(n):
            exact = sum((Fraction(x) * Fraction(y) for x, y in zip(a[i], b[:, j], strict=True)))
            assert found[i, j] == pytest.approx(float(exact - Fraction(c[i, j])), rel=1e-9)


def test_division_by_a_triangle() -> None:
    rng = np.random.default_rng(0)
    triangle = np.triu(rng.standard_normal((5, 5))) + 4 * np.eye(5)
    rows = rng.standard_normal((3, 5))
    np.testing.assert_allclose(refined.over_triangle(rows, triangle) @ triangle, rows, atol=1e-14)
