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
from tuisim.engine.cells.network import draw, draw_steps
from tuisim.engine.maths import spectrum as spectra
from tuisim.engine.maths.outermost import spectral_radius
from tuisim.engine.maths.spectrum import drawn_eigenvalues
from tuisim.tui.keys.changes import start_next
from tuisim.values.experiment import ACTIVATIONS, SPECTRA, Experiment
from tuisim.values.presets import preset

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


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("spectrum", [s for s in SPECTRA if s != "eigenvalues"])
def test_the_radius_only_rescales(spectrum: str, tied: bool) -> None:
    e = Experiment(spectrum=spectrum, width=9, depth=3, tied=tied, bias=0.3, drive="noise", seed=8)
    small, large = draw(attrs.evolve(e, radius=0.7)), draw(attrs.evolve(e, radius=1.9))
    np.testing.assert_allclose(
        small.weights / 0.7,
        large.weights / 1.9,
        rtol=1e-14,
        atol=1e-16 if spectrum == "symmetric" else 0,
    )
    # Powers of two scale without any rounding at all.
    twice = draw(attrs.evolve(e, radius=1.4))
    np.testing.assert_array_equal(twice.weights, 2 * small.weights)
    for name in ("bias", "drive", "start", "probe"):
        np.testing.assert_array_equal(getattr(small, name), getattr(large, name))


@pytest.mark.parametrize("drive", ["none", "impulse", "noise", "sine"])
@pytest.mark.parametrize("tied", [True, False])
def test_more_depth_keeps_the_earlier_steps(tied: bool, drive: str) -> None:
    e = Experiment(spectrum="gaussian", width=4, depth=5, tied=tied, bias=0.3, drive=drive, batch=2)
    short, long = draw(e), draw(attrs.evolve(e, depth=1500))
    for name in ("start", "probe"):
        np.testing.assert_array_equal(getattr(short, name), getattr(long, name))
    np.testing.assert_array_equal(short.drive, long.drive[:5])
    for name in ("weights", "bias"):
        kept = getattr(long, name)
        np.testing.assert_array_equal(getattr(short, name), kept if tied else kept[:5])


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("drive", ["impulse", "noise", "sine"])
@pytest.mark.parametrize("first", [1, 3, 1021, 2048])
def test_a_later_piece_is_what_a_longer_net_would_have(first: int, drive: str, tied: bool) -> None:
    e = Experiment(spectrum="gaussian", width=3, depth=6, tied=tied, bias=0.5, drive=drive, batch=2)
    piece = draw_steps(e, 1, first)
    whole = draw(attrs.evolve(e, depth=first + 6), 1)
    np.testing.assert_array_equal(piece.drive, whole.drive[first:])
    for name in ("weights", "bias"):
        kept = getattr(whole, name)
        np.testing.assert_array_equal(getattr(piece, name), kept if tied else kept[first:])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("tied", [True, False])
def test_another_activation_keeps_every_array(activation: str, tied: bool) -> None:
    e = Experiment(width=4, depth=3, tied=tied, bias=0.3, drive="noise", seed=11)
    one, other = draw(e), draw(attrs.evolve(e, activation=activation))
    for name in ("weights", "bias", "drive", "start", "probe"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_fields_that_touch_no_array_keep_them_all() -> None:
    e = Experiment(width=4, depth=6, bias=0.3, drive="noise", batch=4)
    one = draw(e)
    for changes in (
        {"leak": 0.4},
        {"residual": 0.3},
        {"skip": 3},
        {"norm": "batch"},
        {"clip": "norm"},
        {"members": 5},
        {"forget_bias": 3.0},
    ):
        other = draw(attrs.evolve(e, **changes))
        for name in ("weights", "bias", "drive", "start", "probe"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_arrays_are_keyed_by_seed_member_and_step() -> None:
    e = Experiment(width=4, depth=4, tied=False, bias=1.0, drive="noise", spectrum="gaussian")
    drawn = [draw(e, 0), draw(e, 1), draw(attrs.evolve(e, seed=1), 0)]
    for name in ("weights", "bias", "drive", "start", "probe"):
        first, second, third = (getattr(network, name) for network in drawn)
        assert not np.isclose(first, second).any()
        assert not np.isclose(first, third).any()
        np.testing.assert_array_equal(first, getattr(draw(e, 0), name))
    steps = drawn[0].weights.reshape(4, -1)
    assert np.unique(steps).size == steps.size
    assert np.unique(drawn[0].bias).size == drawn[0].bias.size


def test_bias_and_drive_are_as_wide_as_they_say() -> None:
    e = Experiment(
        width=2000, depth=1, bias=0.7, drive="impulse", drive_gain=3.0, spectrum="identity"
    )
    network = draw(e)
    assert network.bias.std() == pytest.approx(0.7, rel=0.1)
    assert network.drive[0, 0].std() == pytest.approx(3, rel=0.1)


def test_the_drives_are_their_formulas() -> None:
    e = Experiment(width=3, depth=60, batch=2, drive_gain=2.0, drive="impulse", radius=0.5)
    impulse = draw(e).drive
    direction = impulse[0, 0] / 2.0
    np.testing.assert_array_equal(impulse[0, 0], impulse[0, 1])
    assert not impulse[1:].any()
    sine = draw(attrs.evolve(e, drive="sine")).drive
    for t in range(1, 61):
        expected = 2.0 * direction * math.sin(2 * math.pi * t / 25)
        np.testing.assert_allclose(sine[t - 1, 1], expected, atol=1e-14)
    noise = draw(attrs.evolve(e, drive="noise", depth=4000)).drive / (2.0 * direction)
    # One number a row and step, the same for all units.
    np.testing.assert_allclose(noise[:, :, 0], noise[:, :, 2], rtol=1e-12)
    for row in range(2):
        assert scipy.stats.kstest(noise[:, row, 0], "norm").pvalue > 1e-3
    assert abs(np.corrcoef(noise[:, 0, 0], noise[:, 1, 0])[0, 1]) < 0.08
    assert not draw(attrs.evolve(e, drive="none")).drive.any()


@pytest.mark.parametrize("start_rms", [1.0, 0.01, 1e-300, 1e150])
@pytest.mark.parametrize("index", [None, 0, 3])
def test_start_rms_holds_for_each_row(start_rms: float, index: int | None) -> None:
    e = Experiment(width=8, depth=1, batch=3, start_rms=start_rms, start_eigenvector=index)
    start = draw(e).start / start_rms
    np.testing.assert_allclose(np.sqrt((start**2).mean(axis=1)), 1, rtol=1e-14)


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("seed", range(3))
def test_every_start_is_an_eigenvector_in_order(spectrum: str, seed: int) -> None:
    values = (0.2 + 0.9j, 0.2 - 0.9j, -0.7 + 0j, 0.7 + 0j, 0.1 + 0j)
    e = Experiment(
        width=5,
        depth=1,
        seed=seed,
        spectrum=spectrum,
        eigenvalues=values if spectrum == "eigenvalues" else (),
    )
    found = []
    for index in range(5):
        network = draw(attrs.evolve(e, start_eigenvector=index))
        w, v = network.weights, network.start[0]
        # In the plane of a pair, W² v = 2 Re λ · W v − |λ|² v; on a real line W v = λ v.
        krylov = np.column_stack([w @ v, v])
        if np.linalg.svd(krylov, compute_uv=False)[1] < 1e-9 * np.linalg.norm(v):
            found.append(complex((v @ w @ v) / (v @ v)))
            continue
        solution, *_ = np.linalg.lstsq(krylov, w @ w @ v, rcond=None)
        np.testing.assert_allclose(krylov @ solution, w @ w @ v, atol=1e-10)
        real, modulus = solution[0] / 2, math.sqrt(-solution[1])
        assert abs(real) < modulus
        sign = -1 if found and found[-1] == complex(round(real, 9), 1) else 1
        found.append(complex(round(real, 9), sign))
    moduli = []
    for value in np.linalg.eigvals(draw(e).weights):
        moduli.append((round(abs(value), 9), round(value.real, 9), np.sign(round(value.imag, 9))))
    expected = sorted(moduli, reverse=True)
    ours = [(round(one.real, 9), np.sign(one.imag)) for one in found]
    np.testing.assert_allclose(ours, [(real, sign) for _, real, sign in expected], atol=1e-8)


def test_a_symmetric_matrix_reaches_the_end_of_float64() -> None:
    e = Experiment(width=8, depth=1, spectrum="symmetric", radius=1e308)
    small, large = draw(attrs.evolve(e, radius=1.0)), draw(e)
    np.testing.assert_allclose(large.weights / 1e308, small.weights, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(large.eigenvalues.real / 1e308, np.linspace(-1, 1, 8), rtol=1e-12)


def test_a_departure_reaches_the_end_of_float64() -> None:
    e = Experiment(width=8, depth=1, spectrum="identity", departure=1e307)
    small = draw(attrs.evolve(e, departure=1.0, radius=0.0)).weights
    np.testing.assert_allclose(draw(e).weights / 1e307, small, rtol=1e-12, atol=1e-14)


def test_large_moduli_are_told_apart() -> None:
    values = np.array([1e300, 1.5e308, -1.7e308, 2e307, 1e8])
    assert values[spectra.eigen_order(values.astype(complex))].tolist() == [
        -1.7e308, 1.5e308, 2e307, 1e300, 1e8,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "e",
    [
        Experiment(width=32, spectrum="symmetric", departure=2.0, radius=0.8),
        Experiment(width=64, departure=3.0),
        Experiment(width=9, departure=0.7, cell="lstm"),
        Experiment(width=12, spectrum="symmetric", departure=1.0, tied=False, depth=3),
        Experiment(
            width=6, spectrum="eigenvalues", eigenvalues=(0.5, -0.5, 0.5j, -0.5j, 0.3, -0.3)
        ),
        Experiment(width=20, spectrum="gaussian"),
        Experiment(width=20, spectrum="reservoir", radius=1.3),
    ],
    ids=lambda e: f"{e.spectrum} {e.width} {e.departure:g}",
)
def test_the_eigenvalue_that_is_announced_is_the_one_of_the_start(e: Experiment) -> None:
    """W h₀ = λ h₀ for a real λ, and W² h₀ = 2 Re λ W h₀ − |λ|² h₀ for one of a pair."""
    values = drawn_eigenvalues(e, 0)
    values = values[spectra.eigen_order(values)]
    for index, value in enumerate(values):
        network = draw(attrs.evolve(e, start_eigenvector=index))
        w, h = network.matrix, network.start[0]
        # A pair's W h₀ may be much longer than h₀ is.
        size = np.linalg.norm(w, 2) ** 2 * np.linalg.norm(h)
        if value.imag == 0:
            np.testing.assert_allclose(w @ h, value.real * h, rtol=0, atol=1e-13 * size)
        else:
            expected = 2 * value.real * (w @ h) - abs(value) ** 2 * h
            np.testing.assert_allclose(w @ (w @ h), expected, rtol=0, atol=1e-13 * size)


def test_number_six_of_the_preset_is_what_its_note_says() -> None:
    e = preset("non-normal")
    e = attrs.evolve(e, start_eigenvector=5)
    changes, notes = start_next(e)
    assert notes == ("start along eigenvector 6: λ = 0.645",)
    network = draw(attrs.evolve(e, **changes))
    h = network.start[0]
    np.testing.assert_allclose(network.matrix @ h, 0.8 * 25 / 31 * h, rtol=0, atol=1e-13)
