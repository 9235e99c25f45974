"""Powers of a matrix and largest singular values against mpmath and closed forms."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tuisim.engine.maths import linear
from tuisim.engine.maths.linear import (
    is_normal,
    log_largest_singular_values,
    log_norm,
    log_stretch,
    power_norms,
)

RANDOM = np.random.default_rng(3)


def haar(n: int) -> np.ndarray:
    return np.linalg.qr(RANDOM.standard_normal((n, n)))[0]


def true_norms(matrix: np.ndarray, rows: np.ndarray, steps: int) -> list[float]:
    """ln ‖Aᵗ x‖ with 60 digits."""
    with mpmath.workdps(60):
        a, x = mpmath.matrix(matrix.tolist()), mpmath.matrix(rows.T.tolist())
        logs = []
        for _ in range(steps + 1):
            logs.append(float(mpmath.log(mpmath.mnorm(x, "f"))))
            x = a * x
    return logs


def normal(n: int) -> np.ndarray:
    """A normal matrix of two rotations that differ and reals down to a small one."""
    blocks = np.diag(np.linspace(1e-3, 0.9, n))
    for at, (a, b) in ((0, (0.7, 0.4)), (2, (-0.2, 0.9))):
        blocks[at : at + 2, at : at + 2] = [[a, -b], [b, a]]
    q = haar(n)
    return q @ blocks @ q.T


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("scale", [1.0, 1e-150, 1e150])
@pytest.mark.parametrize("kind", ["orthogonal", "normal", "symmetric", "gaussian", "zero"])
def test_powers_against_sixty_digits(kind: str, scale: float, rows: int) -> None:
    n, steps = 6, 60
    symmetric = haar(n)
    matrix = {
        "orthogonal": haar(n) * 1.1,
        "normal": normal(n),
        "symmetric": symmetric @ np.diag(np.linspace(-1.2, 1, n)) @ symmetric.T,
        "gaussian": RANDOM.standard_normal((n, n)) / 3,
        "zero": np.diag([0.0, 0.0, 0.5, 0.25, 2.0, 1.0]),
    }[kind] * scale
    start = RANDOM.standard_normal((rows, n)) * 7e-160
    got = power_norms(matrix, start, steps)
    assert got is not None
    assert got.shape == (steps + 1,)
    expected = np.array(true_norms(matrix, start, steps))
    assert np.allclose(got, expected, rtol=1e-14, atol=2e-12)


def test_the_defective_matrix_that_grows_before_it_shrinks() -> None:
    # W = [[.9, 1], [0, .9]]: Wᵗ = [[.9ᵗ, t .9ᵗ⁻¹], [0, .9ᵗ]], ‖Wᵗ‖₂ peaks at 3.91 at t = 9.
    matrix = np.array([[0.9, 1.0], [0.0, 0.9]])
    got = power_norms(matrix, np.array([[0.0, 1.0]]), 200)
    t = np.arange(201)
    assert got is not None
    assert np.allclose(np.exp(got), np.hypot(t * 0.9 ** (t - 1.0), 0.9**t), rtol=1e-12)
    norms = []
    for steps in range(1, 15):
        best = np.linalg.svd(np.linalg.matrix_power(matrix, steps))[2][0]
        curve = power_norms(matrix, best[None], steps)
        assert curve is not None
        norms.append(math.exp(curve[-1]))
    assert int(np.argmax(norms)) + 1 == 9
    assert max(norms) == pytest.approx(3.91, abs=0.005)


def test_a_nilpotent_matrix_ends_in_an_exact_zero() -> None:
    got = power_norms(np.array([[0.0, 2.0], [0.0, 0.0]]), np.array([[1.0, 1.0]]), 4)
    assert got is not None
    assert got[:2].tolist() == [pytest.approx(0.5 * math.log(2)), pytest.approx(math.log(2))]
    assert got[2:].tolist() == [-math.inf] * 3


def test_zeros_are_exact() -> None:
    zero, start = np.zeros((3, 3)), np.ones((1, 3))
    got = power_norms(zero, start, 2)
    assert got is not None
    assert got.tolist() == [pytest.approx(0.5 * math.log(3)), -math.inf, -math.inf]
    got = power_norms(np.eye(3), 0 * start, 2)
    assert got is not None
    assert got.tolist() == [-math.inf] * 3
    projection = power_norms(np.diag([1.0, 0.5, 0.0]), np.array([[0.0, 0.0, 1.0]]), 2)
    assert projection is not None
    assert projection.tolist() == [0.0, -math.inf, -math.inf]


@pytest.mark.parametrize(("radius", "steps"), [(3.0, 5000), (0.01, 1000), (0.9, 100_000)])
def test_an_orthogonal_matrix_scales_by_its_radius(radius: float, steps: int) -> None:
    got = power_norms(radius * haar(40), RANDOM.standard_normal((2, 40)), steps)
    assert got is not None
    expected = got[0] + np.arange(steps + 1) * math.log(radius)
    assert np.allclose(got, expected, rtol=1e-14, atol=1e-9)


def test_the_eigenvalue_route_is_exact_over_a_long_run() -> None:
    values = np.array([1.0, 0.9999, 0.99, 0.3])
    start = np.array([[1e-8, 1.0, 1.0, 1e30]])
    got = power_norms(np.diag(values), start, 100_000)
    assert got is not None
    for t in (1, 10, 57, 1000, 4321, 100_000):
        with mpmath.workdps(50):
            squares = [
                mpmath.mpf(float(c)) ** 2 * mpmath.mpf(float(v)) ** (2 * t)
                for c, v in zip(start[0], values, strict=True)
            ]
            expected = float(mpmath.log(mpmath.fsum(squares)) / 2)
        assert got[t] == pytest.approx(expected, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 12),
    st.integers(1, 3),
    st.floats(0, 1),
    # Entries that are subnormal numbers have lost digits, and a matrix of them is not normal.
    st.just(0.0) | st.floats(1e-290, 2),
    st.integers(0, 10**6),
)
def test_the_two_routes_agree(n: int, rows: int, carried: float, radius: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    matrix = carried * np.eye(n) + radius * np.linalg.qr(random.standard_normal((n, n)))[0]
    start = random.standard_normal((rows, n))
    start /= np.linalg.norm(start)
    assert is_normal(matrix)
    # A mode that cancels to nothing, 1 − 1, is rounding alone: no route knows its size.
    sizes = np.linalg.svd(matrix)[1]
    assume(sizes[-1] > 1e-6)
    by_eigenvalues = linear._normal_growth(matrix, start, 40)
    by_steps = linear._stepwise_growth(matrix, start, 40)
    # Each step adds the rounding of an eigenvalue, of which the smallest has the most.
    rounding = 40 * n * np.finfo(float).eps * sizes[0] / sizes[-1]
    assert np.allclose(by_eigenvalues, by_steps, rtol=0, atol=1e-12 + rounding)


def test_which_matrices_are_normal_or_stretch_alike() -> None:
    q = haar(50)
    assert is_normal(q)
    assert is_normal(normal(50))
    assert not is_normal(RANDOM.standard_normal((50, 50)))
    slightly = np.diag(np.linspace(0.1, 1, 50))
    slightly[0, 1] = 1e-8
    assert not is_normal(slightly)
    # Nor does it matter how large they are.
    assert is_normal(1e200 * q)
    assert not is_normal(1e-200 * slightly)
    logs = log_stretch(np.stack([2 * q, normal(50), np.zeros((50, 50))]))
    assert logs[0] == pytest.approx(math.log(2), abs=1e-14)
    assert np.isnan(logs[1:]).all()


def test_too_much_work_is_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    gaussian, rotation = RANDOM.standard_normal((64, 64)), haar(64)
    start = np.ones((1, 64))
    assert power_norms(gaussian, start, 50_000, copies=20) is None
    assert power_norms(rotation, start, 100_000, copies=2000) is not None
    assert power_norms(np.eye(64) + rotation, start, 50_000, copies=20) is not None
    assert log_largest_singular_values(gaussian[None], copies=10_000) is None
    monkeypatch.setattr(linear, "WORK", 0.0)
    assert power_norms(np.eye(64) + rotation, start, 2) is None
    assert log_largest_singular_values(rotation[None]) is not None


def test_largest_singular_values() -> None:
    matrices = RANDOM.standard_normal((7, 9, 9)) * np.logspace(-200, 200, 7)[:, None, None]
    matrices[3] = haar(9) * 0.9
    matrices[5] = 0
    got = log_largest_singular_values(matrices)
    assert got is not None
    assert got[5] == -math.inf
    kept = [0, 1, 2, 3, 4, 6]
    expected = np.log(np.linalg.norm(matrices[kept], 2, axis=(1, 2)))
    assert np.allclose(got[kept], expected, rtol=1e-14, atol=1e-14)


def test_log_norm_where_squares_do_not_fit() -> None:
    assert log_norm(np.array([[3e-200, 4e-200]])) == pytest.approx(math.log(5e-200), rel=1e-15)
    assert log_norm(np.array([3e200, 4e200])) == pytest.approx(math.log(5e200), rel=1e-15)
    assert log_norm(np.zeros(3)) == -math.inf
    assert log_norm(np.array([1.0, math.inf])) == math.inf
    assert math.isnan(log_norm(np.array([1.0, math.nan])))
