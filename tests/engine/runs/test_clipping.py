"""Clipping of the weight gradient: what it does to its size and direction, and what it cannot."""

from __future__ import annotations

import math
import sys

import attrs
import numpy as np
import pytest

from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment

EXPLODING = Experiment(spectrum="gaussian", radius=2.0, width=24, depth=60)


def gradient(e: Experiment) -> np.ndarray:
    """∂L/∂W of a tanh net in plain NumPy: added up where tied, else all steps' (T, n, n)."""
    (network,) = simulate(e).networks
    weights, h = network.weights_by_step, [network.start[0]]
    for t in range(e.depth):
        h.append(np.tanh(weights[0 if e.tied else t] @ h[-1]))
    shares, g = [], network.probe[0]
    for t in range(e.depth, 0, -1):
        delta = g * (1 - h[t] ** 2)
        shares.append(np.outer(delta, h[t - 1]))
        g = weights[0 if e.tied else t - 1].T @ delta
    return np.sum(shares, axis=0) if e.tied else np.stack(shares)


@pytest.mark.parametrize("threshold", [0.01, 1.0, 1e9])
def test_by_norm_the_direction_stays_and_by_value_it_turns(threshold: float) -> None:
    whole = gradient(EXPLODING)
    size = np.linalg.norm(whole)
    assert size > 100
    by_norm = simulate(attrs.evolve(EXPLODING, clip="norm", clip_threshold=threshold))
    assert by_norm.weight_gradient_norm[0] == pytest.approx(size, rel=1e-9)
    assert by_norm.clipped_weight_gradient_norm[0] == pytest.approx(min(size, threshold), rel=1e-9)
    assert by_norm.clip_cosine.tolist() == [1.0]
    by_value = simulate(attrs.evolve(EXPLODING, clip="value", clip_threshold=threshold))
    cut = np.clip(whole, -threshold, threshold)
    assert by_value.clipped_weight_gradient_norm[0] == pytest.approx(np.linalg.norm(cut), rel=1e-9)
    cosine = (whole * cut).sum() / (size * np.linalg.norm(cut))
    assert by_value.clip_cosine[0] == pytest.approx(cosine, rel=1e-9)
    assert (by_value.clip_cosine[0] < 0.99) == (threshold < 1e9)


@pytest.mark.parametrize("threshold", [1e-300, 1e-320, 5e-324])
def test_a_limit_at_the_end_of_float64_leaves_signs(threshold: float) -> None:
    """Every entry becomes ±limit, of which a norm has few digits where it is subnormal."""
    e = attrs.evolve(EXPLODING, depth=3, tied=False, clip="value", clip_threshold=threshold)
    whole, run = gradient(e), simulate(e)
    root = math.sqrt(whole.size)
    cosine = np.abs(whole).sum() / (np.linalg.norm(whole) * root)
    assert run.clip_cosine[0] == pytest.approx(cosine, rel=1e-9)
    assert run.clipped_weight_gradient_norm[0] == pytest.approx(root * threshold, rel=1e-9)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_without_clipping_nothing_turns(cell: str) -> None:
    run = simulate(Experiment(cell=cell))
    assert run.clip_cosine.tolist() == [1.0]
    assert run.clipped_weight_gradient_norm == run.weight_gradient_norm


@pytest.mark.parametrize("clip", ["norm", "value"])
def test_a_vanished_gradient_stays_vanished(clip: str) -> None:
    plain = Experiment(radius=0.5, depth=200)
    vanished = simulate(plain)
    run = simulate(attrs.evolve(plain, clip=clip))
    np.testing.assert_array_equal(run.gradient_log10, vanished.gradient_log10)
    assert run.clipped_weight_gradient_norm[0] == pytest.approx(
        run.weight_gradient_norm[0], rel=1e-12
    )
    # What one step adds is what it was: nothing, from the early ones.
    assert run.weight_gradient_log10[0, 0] < -50
    assert run.clip_cosine[0] == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("clip", ["norm", "value"])
def test_what_is_not_finite_is_not_clipped_into_a_number(clip: str) -> None:
    overflowing = Experiment(
        activation="identity", spectrum="identity", radius=10, depth=400, width=3, clip=clip
    )
    run = simulate(overflowing)
    assert run.clipped_weight_gradient_norm[0] == math.inf
    assert math.isnan(run.clip_cosine[0])


def test_nan_is_nan_after_clipping() -> None:
    # A start past float64 is infinite, and W takes the difference of infinities.
    run = simulate(Experiment(start_rms=sys.float_info.max, clip="value"))
    assert math.isnan(run.weight_gradient_norm[0])
    assert math.isnan(run.clipped_weight_gradient_norm[0])
    assert math.isnan(run.clip_cosine[0])


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("radius", [1e-9, 0.5, 1e9])
def test_the_whole_is_known_outside_float64_too(radius: float, tied: bool) -> None:
    """A linear net on r·I: every step's share is r^(T−1) ‖p‖‖h_0‖, and all point one way."""
    e = Experiment(
        activation="identity", spectrum="identity", radius=radius, depth=60, width=4, tied=tied
    )
    run = simulate(e)
    share = 59 * math.log10(radius) + math.log10(2.0)
    whole = share + (1 if tied else 0.5) * math.log10(60)
    assert run.weight_gradient_norm_log10[0] == pytest.approx(whole, rel=1e-12)
    if radius == 0.5:
        assert run.weight_gradient_norm[0] == pytest.approx(10**whole, rel=1e-10)


def test_an_exact_zero_has_no_direction() -> None:
    run = simulate(Experiment(radius=0, depth=5, clip="value", activation="relu"))
    assert run.weight_gradient_norm[0] == 0
    assert math.isnan(run.clip_cosine[0])
