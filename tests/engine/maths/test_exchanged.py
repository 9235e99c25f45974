"""Other eigenvalues for a matrix: exactly those, and what is not moved stays."""

from __future__ import annotations

import numpy as np
import pytest

from tuisim.engine.base.memo import Array
from tuisim.engine.maths.exchanged import with_eigenvalues


def matrix(n: int, seed: int) -> Array:
    return np.asarray(np.random.default_rng(seed).standard_normal((n, n)) / np.sqrt(n))


def spelled(values: np.ndarray) -> list[complex]:
    """Both of a pair as conjugates to the last bit."""
    reals = [complex(one.real) for one in values if one.imag == 0]
    pairs = [complex(one) for one in values if one.imag > 0]
    return [*reals, *(half for one in pairs for half in (one, one.conjugate()))]


def ordered(values: list[complex] | np.ndarray) -> np.ndarray:
    return np.sort_complex(np.round(np.array(values), 9))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 16, 33])
def test_its_own_eigenvalues_change_no_bit(n: int) -> None:
    for seed in range(4):
        w = matrix(n, seed)
        same = with_eigenvalues(w, spelled(np.linalg.eigvals(w))[::-1])
        np.testing.assert_array_equal(same, w)


@pytest.mark.parametrize("n", [2, 3, 4, 7, 16, 33])
def test_it_has_those_that_were_asked_for(n: int) -> None:
    for seed in range(4):
        w = matrix(n, seed)
        own = spelled(np.linalg.eigvals(w))
        scaled = [1.5 * one for one in own]
        all_real = [complex(one) for one in np.linspace(-1, 1, n)]
        paired = [0.3 + 0.4j, 0.3 - 0.4j] * (n // 2) + [0.9 + 0j] * (n % 2)
        # Equal ones are defective in general, and known to half of their digits.
        distinct = [complex(one.real + 0.1 * (k // 2), one.imag) for k, one in enumerate(paired)]
        for wanted in (scaled, all_real, distinct):
            found = np.linalg.eigvals(with_eigenvalues(w, wanted))
            np.testing.assert_allclose(ordered(found), ordered(wanted), rtol=0, atol=1e-7)


def test_one_that_is_moved_leaves_the_others_and_all_above_the_blocks() -> None:
    w = matrix(9, 3)
    own = spelled(np.linalg.eigvals(w))
    moved = [own[0] * 1.2, *own[1:]]
    change = with_eigenvalues(w, moved) - w
    # A real eigenvalue is one number of the form.
    assert np.linalg.matrix_rank(change, tol=1e-10) == 1
    assert np.linalg.norm(change) == pytest.approx(0.2 * abs(own[0]))


def jordan(n: int, seed: int) -> Array:
    basis = np.linalg.qr(matrix(n, seed))[0]
    return np.asarray(basis @ (0.9 * np.eye(n) + np.eye(n, k=1)) @ basis.T)


@pytest.mark.parametrize("n", [2, 3])
def test_a_small_defective_matrix_has_a_schur_form_too(n: int) -> None:
    wanted = np.linspace(0.1, 1.2, n)
    for seed in range(4):
        found = np.linalg.eigvals(with_eigenvalues(jordan(n, seed), wanted.tolist()))
        np.testing.assert_allclose(np.sort(found.real), wanted, rtol=0, atol=1e-11)
        assert not found.imag.any()


@pytest.mark.parametrize("n", [8, 12])
def test_one_whose_eigenvectors_give_none_is_refused(n: int) -> None:
    """What it had instead was off by as much as 3e-4."""
    for seed in range(4):
        with pytest.raises(ValueError, match=r"^eigenvalues: got some for a W with eigenvectors"):
            with_eigenvalues(jordan(n, seed), np.linspace(0.1, 1.2, n).tolist())


def test_a_defective_matrix_keeps_its_own_however() -> None:
    w = jordan(8, 0)
    np.testing.assert_array_equal(with_eigenvalues(w, spelled(np.linalg.eigvals(w))), w)


@pytest.mark.parametrize("gap", [1e-14, 1e-11, 1e-8, 1e-4])
def test_a_pair_that_is_nearly_one_real_gets_others_without_growing(gap: float) -> None:
    basis = np.linalg.qr(matrix(2, 5))[0]
    w = basis @ np.array([[0.9, 1.0], [-gap, 0.9]]) @ basis.T
    for wanted in ([0.9 + 0.4j, 0.9 - 0.4j], [0.3 + 1e-3j, 0.3 - 1e-3j], [0.5, 0.2]):
        found = with_eigenvalues(w, wanted)
        values = np.linalg.eigvals(found)
        np.testing.assert_allclose(ordered(values), ordered(wanted), rtol=0, atol=1e-9)
        assert np.linalg.norm(found) < 50


def test_a_matrix_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^eigenvalues: got some for a W that is not finite"):
        with_eigenvalues(np.full((2, 2), np.nan), [0.9, 0.8])
