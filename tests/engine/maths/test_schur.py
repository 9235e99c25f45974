"""Real Schur forms against their definition, and eigenvectors against mpmath."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import scipy.linalg

from tuisim import Experiment, draw
from tuisim.engine.maths.ordered import orthonormal
from tuisim.engine.maths.schur import in_phase, real_schur, triangular_eigenvectors


def orthogonal(n: int, seed: int = 0) -> np.ndarray:
    return orthonormal(np.random.default_rng(seed).standard_normal((n, n)))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 9, 16, 33, 64, 101])
def test_blocks_stand_by_their_angle(n: int) -> None:
    # Both determinants, and so all four cases of ±1 among the eigenvalues.
    for seed in range(6):
        q = orthogonal(n, seed)
        basis, paired, values = real_schur(q)
        np.testing.assert_allclose(basis.T @ basis, np.eye(n), rtol=0, atol=1e-14)
        blocks = basis.T @ q @ basis
        expected = np.diag(values.real)
        for k in np.flatnonzero(paired):
            expected[k, k + 1], expected[k + 1, k] = values[k].imag, -values[k].imag
            assert values[k] == values[k + 1].conjugate()
            assert values[k].imag > 0
        np.testing.assert_allclose(blocks, expected, rtol=0, atol=2e-14 * (n + 3))
        np.testing.assert_allclose(np.abs(values), 1, rtol=0, atol=3e-16)
        assert (np.diff(np.abs(np.angle(values))) >= -1e-12).all()
        found = np.sort_complex(np.round(np.linalg.eigvals(q), 9))
        np.testing.assert_allclose(np.sort_complex(np.round(values, 9)), found, atol=3e-9)


@pytest.mark.parametrize(
    "q",
    [
        np.array([[0.0, 1.0], [1.0, 0.0]]),
        np.array([[0.0, -1.0], [1.0, 0.0]]),
        np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]),
    ],
)
def test_permutations(q: np.ndarray) -> None:
    basis, _, found = real_schur(q)
    np.testing.assert_allclose(basis.T @ basis, np.eye(len(q)), rtol=0, atol=1e-14)
    expected = np.linalg.eigvals(q)
    np.testing.assert_allclose(
        np.sort_complex(np.round(found, 9)), np.sort_complex(np.round(expected, 9)), atol=1e-8
    )


def quasi_triangular() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    t = np.triu(np.random.default_rng(4).standard_normal((6, 6)))
    t[1, 1] = t[2, 2] = 0.3
    t[1, 2], t[2, 1] = -0.7, 0.7
    t[4, 4] = t[5, 5] = -0.2
    t[4, 5], t[5, 4] = 0.9, -0.9
    values = np.array([t[0, 0], 0.3 + 0.7j, 0.3 - 0.7j, t[3, 3], -0.2 + 0.9j, -0.2 - 0.9j])
    return t, np.array([0.0, 1, 0, 0, 1, 0]), values


@pytest.mark.parametrize("scale", [1.0, 2.0**300, 2.0**-300])
def test_eigenvectors_of_blocks_above_one_another(scale: float) -> None:
    t, paired, values = quasi_triangular()
    real, imaginary = triangular_eigenvectors(
        t * scale, paired, values * scale, np.arange(len(values))
    )
    vectors = real + 1j * imaginary
    np.testing.assert_allclose(t @ vectors, vectors * values, rtol=0, atol=1e-13)
    for k in range(6):
        alone = triangular_eigenvectors(t * scale, paired, values * scale, np.array([k]))
        assert alone[0].tobytes() == real[:, k].tobytes()
        assert alone[1].tobytes() == imaginary[:, k].tobytes()


def test_eigenvectors_against_mpmath() -> None:
    t, paired, values = quasi_triangular()
    real, imaginary = triangular_eigenvectors(t, paired, values, np.arange(6))
    with mpmath.workdps(40):
        for k, value in enumerate(values):
            shifted = mpmath.matrix(t.tolist()) - complex(value) * mpmath.eye(6)
            residual = shifted * mpmath.matrix((real[:, k] + 1j * imaginary[:, k]).tolist())
            assert float(mpmath.norm(residual)) < 1e-15 * np.abs(real[:, k]).max() * 20


def test_a_defective_matrix_has_one_eigenvector() -> None:
    """A Jordan block: back-substitution leaves float64 after some twenty divisions by rounding."""
    n = 60
    t = 0.5 * np.eye(n) + np.diag(np.ones(n - 1), 1)
    real, imaginary = triangular_eigenvectors(t, np.zeros(n), np.full(n, 0.5 + 0j), np.arange(n))
    assert np.isfinite(real).all()
    assert not imaginary.any()
    sizes = np.abs(real).max(axis=0)
    np.testing.assert_allclose(np.abs(real[0]) / sizes, 1, atol=1e-12)


def test_a_phase_is_turned_away() -> None:
    vector = scipy.linalg.hilbert(5)[0] + 1j * np.arange(5)
    for phase in (1, 1j, -1, np.exp(0.3j)):
        turned = vector * phase
        real, imaginary = in_phase(turned.real[None], turned.imag[None])
        assert real[0, 4] == pytest.approx(abs(vector[4]))
        assert imaginary[0, 4] == pytest.approx(0, abs=1e-15)
        np.testing.assert_allclose(np.abs(real + 1j * imaginary)[0], np.abs(vector), rtol=1e-14)


@pytest.mark.parametrize("width", [1, 2, 3, 8])
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_of_a_matrix_of_zeros_every_vector_is_an_eigenvector(width: int, seed: int) -> None:
    e = Experiment(width=width, radius=0.0, seed=seed, depth=2, start_eigenvector=width - 1)
    assert np.linalg.norm(draw(e).start) == pytest.approx(math.sqrt(width), rel=1e-12)
