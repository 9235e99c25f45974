"""What is drawn by (seed, member, array, step): what a change of a field keeps, and the drives."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest
import scipy.stats

from tuisim.engine.cells.network import draw, draw_steps
from tuisim.values.experiment import ACTIVATIONS, SPECTRA, Experiment


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
