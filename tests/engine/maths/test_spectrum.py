"""Every spectrum against its definition, and random arrays that are keyed and only rescaled."""

from __future__ import annotations

import math

import attrs
import mpmath
import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.strategies import eigenvalue_tuples
from tuisim.engine.cells.network import draw
from tuisim.engine.maths import spectrum as spectra
from tuisim.engine.maths.outermost import spectral_radius
from tuisim.values.experiment import SPECTRA, Experiment

WIDTHS = [1, 2, 3, 8, 33]


def matrix(**fields: object) -> np.ndarray:
    return draw(Experiment(depth=1, **fields)).weights


def by_angle(values: np.ndarray) -> np.ndarray:
    return np.array(sorted(values, key=lambda v: (round(v.real, 7), round(v.imag, 7))))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("radius", [0.0, 0.9, 1e-5, 250.0])
def test_orthogonal_is_radius_times_an_orthogonal_matrix(width: int, radius: float) -> None:
    w = matrix(spectrum="orthogonal", width=width, radius=radius)
    np.testing.assert_allclose(w.T @ w, radius**2 * np.eye(width), atol=1e-14 * radius**2)
    np.testing.assert_allclose(np.abs(np.linalg.eigvals(w)), radius, rtol=1e-13)


@pytest.mark.parametrize("width", WIDTHS)
def test_symmetric_has_evenly_spaced_eigenvalues(width: int) -> None:
    w = matrix(spectrum="symmetric", width=width, radius=1.3)
    np.testing.assert_array_equal(w, w.T)
    expected = [1.3] if width == 1 else [-1.3 + 2.6 * k / (width - 1) for k in range(width)]
    np.testing.assert_allclose(np.linalg.eigvalsh(w), expected, atol=1e-13)


def test_symmetric_with_one_unit_is_plus_radius() -> None:
    assert matrix(spectrum="symmetric", width=1, radius=0.7).tolist() == [[0.7]]


def test_identity_is_radius_on_the_diagonal() -> None:
    np.testing.assert_array_equal(matrix(spectrum="identity", width=5, radius=0.3), 0.3 * np.eye(5))


@pytest.mark.parametrize("width", WIDTHS)
def test_reservoir_has_its_spectral_radius_exactly(width: int) -> None:
    w = matrix(spectrum="reservoir", width=width, radius=0.95)
    assert np.abs(np.linalg.eigvals(w)).max() == pytest.approx(0.95, rel=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 9, 14])
def test_a_spectral_radius_is_correctly_rounded(n: int) -> None:
    """LAPACK's is not in two draws of three, and other ones elsewhere."""
    for seed in range(4):
        normal = spectra._normal(seed, 0, (0,), n)
        with mpmath.workdps(40):
            values = mpmath.eig(mpmath.matrix(normal.tolist()), left=False, right=False)
            expected = float(max(abs(value) for value in values))
        assert spectral_radius(normal) == expected


def test_gaussian_entries_have_variance_radius_squared_over_n() -> None:
    n, radius = 300, 1.7
    w = matrix(spectrum="gaussian", width=n, radius=radius, seed=3)
    entries = w.ravel() * math.sqrt(n) / radius
    assert scipy.stats.kstest(entries, "norm").pvalue > 1e-3
    # A sample variance of n² normal numbers strays by √(2/n²).
    assert entries.var() == pytest.approx(1, abs=5 * math.sqrt(2) / n)
    # The circular law: nearly all eigenvalues within the radius, the outermost close to it.
    assert np.abs(np.linalg.eigvals(w)).max() == pytest.approx(radius, rel=0.1)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_eigenvalues_are_exactly_the_ones_given(data: st.DataObject) -> None:
    width = data.draw(st.integers(1, 8))
    values = data.draw(eigenvalue_tuples(width))
    departure = data.draw(st.sampled_from([0.0, 0.25]))
    w = matrix(
        spectrum="eigenvalues", eigenvalues=values, width=width, departure=departure, radius=7.0
    )
    # What is asked for is a root of the characteristic polynomial: repeated ones scatter by the
    # root of the rounding, so compare the power sums, which do not.
    for power in range(1, width + 1):
        trace = np.trace(np.linalg.matrix_power(w, power))
        expected = sum(value**power for value in values)
        assert trace == pytest.approx(expected.real, abs=1e-11 * 2.2**power * width)
    if not departure:
        np.testing.assert_allclose(w @ w.T, w.T @ w, atol=1e-12)
        np.testing.assert_allclose(
            np.sort(np.linalg.svd(w, compute_uv=False)), np.sort(np.abs(values)), atol=1e-12
        )


@pytest.mark.parametrize("spectrum", ["orthogonal", "symmetric", "identity", "eigenvalues"])
@pytest.mark.parametrize("departure", [0.1, 1.0, 3.0])
def test_departure_is_henricis_number_and_moves_no_eigenvalue(
    spectrum: str, departure: float
) -> None:
    values = (0.9 + 0.3j, 0.9 - 0.3j, -0.5 + 0j, 0.2 + 0j, 0.1 + 0.6j, 0.1 - 0.6j)
    e = Experiment(
        depth=1,
        width=6,
        spectrum=spectrum,
        eigenvalues=values if spectrum == "eigenvalues" else (),
        departure=departure,
        radius=0.8,
    )
    network, plain = draw(e), draw(attrs.evolve(e, departure=0.0))
    w, n = network.weights, 6
    added = math.sqrt(((w - plain.weights) ** 2).sum() / n)
    assert added == pytest.approx(departure, rel=1e-12)
    # Henrici 1962: √(‖W‖_F² − Σ|λ|²), here over √n.
    eigenvalues = np.linalg.eigvals(plain.weights)
    henrici = math.sqrt(((w**2).sum() - (np.abs(eigenvalues) ** 2).sum()) / n)
    assert henrici == pytest.approx(departure, rel=1e-10)
    assert network.departure == pytest.approx(departure, rel=1e-10)
    for power in range(1, n + 1):
        trace = np.trace(np.linalg.matrix_power(w, power))
        expected = np.trace(np.linalg.matrix_power(plain.weights, power))
        assert trace == pytest.approx(expected, abs=1e-12 * (1 + departure) ** power * n)
    np.testing.assert_allclose(
        by_angle(network.eigenvalues), by_angle(plain.eigenvalues), atol=1e-14
    )


def test_a_non_normal_matrix_grows_before_it_shrinks() -> None:
    """W = [[.9, 1], [0, .9]]: spectral radius under 1, yet ‖Wᵗ‖₂ peaks at 3.91 at t = 9."""
    w = matrix(spectrum="identity", width=2, radius=0.9, departure=1 / math.sqrt(2))
    np.testing.assert_allclose(np.abs(w), [[0.9, 1.0], [0.0, 0.9]], atol=1e-15)
    norms = [np.linalg.norm(np.linalg.matrix_power(w, t), 2) for t in range(60)]
    assert int(np.argmax(norms)) == 9
    assert max(norms) == pytest.approx(3.91, abs=0.005)


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("departure", [0.0, 0.5])
@pytest.mark.parametrize("width", [1, 2, 7, 24])
def test_known_eigenvalues_are_those_of_the_matrix(
    spectrum: str, departure: float, width: int
) -> None:
    pairs = [complex(0.5 + 0.01 * k, 0.1 * (k + 1)) for k in range(width // 2)]
    values = tuple(v for one in pairs for v in (one, one.conjugate())) + (0.3 + 0j,) * (width % 2)
    e = Experiment(
        depth=1,
        width=width,
        spectrum=spectrum,
        eigenvalues=values if spectrum == "eigenvalues" else (),
        departure=0.0 if spectrum in ("gaussian", "reservoir") else departure,
        seed=4,
    )
    network = draw(e)
    assert network.eigenvalues.shape == (width,)
    if spectrum == "identity":
        np.testing.assert_array_equal(network.eigenvalues, np.full(width, 0.9))
        return
    room = 1e-12 if not e.departure else 1e-6
    np.testing.assert_allclose(
        by_angle(network.eigenvalues), by_angle(np.linalg.eigvals(network.weights)), atol=room
    )
    assert network.spectral_radius == pytest.approx(np.abs(network.eigenvalues).max(), rel=1e-15)
    assert network.largest_singular_value == pytest.approx(
        np.linalg.svd(network.weights, compute_uv=False)[0], rel=1e-12
    )


def test_orthogonal_matrices_are_uniform() -> None:
    """Haar's measure: entries of mean 0 and variance 1/n, both determinants, Tr Q ~ N(0, 1).

    Diaconis and Shahshahani 1994: the trace's moments are the normal ones. QR without the
    correction of signs (Mezzadri 2007) leaves the trace biased.
    """
    n, count = 6, 600
    drawn = np.stack([matrix(width=n, radius=1.0, seed=seed) for seed in range(count)])
    traces = np.trace(drawn, axis1=1, axis2=2)
    assert abs(traces.mean()) < 4.5 / math.sqrt(count)
    assert traces.var() == pytest.approx(1, abs=4.5 * math.sqrt(2 / count))
    assert abs(drawn.mean(axis=0)).max() < 4.5 / math.sqrt(n * count)
    np.testing.assert_allclose((drawn**2).mean(axis=0), 1 / n, atol=0.06)
    assert 0.4 < (np.linalg.det(drawn) > 0).mean() < 0.6
    # Squares of one column's entries are Dirichlet: an entry's square is Beta(½, (n−1)/2).
    corner = drawn[:, 0, 0] ** 2
    assert scipy.stats.kstest(corner, scipy.stats.beta(0.5, (n - 1) / 2).cdf).pvalue > 1e-3
    # Of the trace of Q² the mean is 1 and the variance 2.
    second = np.trace(drawn @ drawn, axis1=1, axis2=2)
    assert second.mean() == pytest.approx(1, abs=4.5 * math.sqrt(2 / count))


def test_a_symmetric_matrix_reaches_the_end_of_float64() -> None:
    e = Experiment(width=8, depth=1, spectrum="symmetric", radius=1e308)
    small, large = draw(attrs.evolve(e, radius=1.0)), draw(e)
    np.testing.assert_allclose(large.weights / 1e308, small.weights, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(large.eigenvalues.real / 1e308, np.linspace(-1, 1, 8), rtol=1e-12)


def test_a_departure_reaches_the_end_of_float64() -> None:
    e = Experiment(width=8, depth=1, spectrum="identity", departure=1e307)
    small = draw(attrs.evolve(e, departure=1.0, radius=0.0)).weights
    np.testing.assert_allclose(draw(e).weights / 1e307, small, rtol=1e-12, atol=1e-14)
