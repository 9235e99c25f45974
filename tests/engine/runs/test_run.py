"""What a Run offers: shapes, rates, regimes and what does not apply, by their definitions."""

from __future__ import annotations

import itertools
import math
import sys

import attrs
import numpy as np
import pytest

from tuisim.engine.cells.network import draw
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment

E = Experiment(width=5, depth=7, batch=3, members=4, spectrum="gaussian", radius=1.4, bias=0.2)


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(E)


def test_shapes(run: Run) -> None:
    assert run.experiment == E
    assert len(run.networks) == 4
    for name in ("hidden_log10", "gradient_log10", "hidden_norms", "gradient_norms"):
        assert getattr(run, name).shape == (4, 8)
    for name in ("states", "gradients"):
        assert getattr(run, name).shape == (4, 8, 3, 5)
    for name in ("weight_gradient_log10", "slope_log10", "matrix_log10", "saturation"):
        assert getattr(run, name).shape == (4, 7)
    for name in ("weight_gradient_norm", "clipped_weight_gradient_norm"):
        assert getattr(run, name).shape == (4,)


def test_curves_are_the_norms_over_the_batch(run: Run) -> None:
    for log10, norms, rows in (
        (run.hidden_log10, run.hidden_norms, run.states),
        (run.gradient_log10, run.gradient_norms, run.gradients),
    ):
        expected = np.sqrt((rows**2).sum(axis=(2, 3)))
        np.testing.assert_allclose(norms, expected, rtol=1e-14)
        np.testing.assert_allclose(log10, np.log10(expected), atol=1e-14)


def test_the_ends_are_the_networks(run: Run) -> None:
    for member, network in enumerate(run.networks):
        np.testing.assert_array_equal(run.states[member, 0], network.start)
        np.testing.assert_array_equal(run.gradients[member, -1], network.probe)


def test_a_run_can_be_computed_again_elsewhere(run: Run) -> None:
    again = simulate(run.experiment, run.networks)
    np.testing.assert_array_equal(again.states, run.states)
    np.testing.assert_array_equal(again.gradients, run.gradients)


def test_rates_are_medians_over_members_of_mean_changes(run: Run) -> None:
    hidden, gradient = [], []
    for member in range(4):
        sizes = [float(np.linalg.norm(h)) for h in run.states[member]]
        hidden.append(np.mean([math.log(b / a) for a, b in itertools.pairwise(sizes)]))
        sizes = [float(np.linalg.norm(g)) for g in run.gradients[member]]
        gradient.append(np.mean([math.log(a / b) for a, b in itertools.pairwise(sizes)]))
    assert run.hidden_rate == pytest.approx(np.median(hidden), rel=1e-12)
    assert run.gradient_rate == pytest.approx(np.median(gradient), rel=1e-12)


@pytest.mark.parametrize(
    ("radius", "regime"),
    [
        (10**-0.3001, "vanishing"),
        (10**-0.2999, "stable"),
        (1.0, "stable"),
        (10**0.2999, "stable"),
        (10**0.3001, "exploding"),
        (0.0, "dead"),
    ],
)
def test_regimes_turn_at_three_decades(radius: float, regime: str) -> None:
    run = simulate(Experiment(activation="identity", radius=radius, depth=10, width=4))
    assert run.regime == regime
    expected = math.log(radius) if radius else -math.inf
    assert run.gradient_rate == pytest.approx(expected, abs=1e-12)


def test_the_regime_is_that_of_the_median_member() -> None:
    e = Experiment(width=2, depth=1, activation="identity", members=3)
    networks = [
        attrs.evolve(draw(e, member), weights=np.eye(2) * scale)
        for member, scale in enumerate((1e-9, 1.0, 1e12))
    ]
    assert simulate(e, networks).regime == "stable"
    assert simulate(e, networks).gradient_rate == pytest.approx(0, abs=1e-14)
    twice = [networks[0], networks[0], networks[2]]
    assert simulate(e, twice).regime == "vanishing"


def test_parts_are_none_with_a_skip() -> None:
    run = simulate(attrs.evolve(E, skip=3))
    assert run.slope_log10 is None
    assert run.matrix_log10 is None


def test_what_belongs_to_the_lstm_is_none(run: Run) -> None:
    for name in ("cell_log10", "cell_gradient_log10", "carried_log10", "rest_log10"):
        assert getattr(run, name) is None


def test_the_sum_over_steps_makes_the_tied_gradient(run: Run) -> None:
    # By the triangle inequality; and untied the squares add up.
    shares = 10**run.weight_gradient_log10
    assert (run.weight_gradient_norm <= shares.sum(axis=1) * (1 + 1e-12)).all()
    untied = simulate(attrs.evolve(E, tied=False))
    squares = (10 ** (2 * untied.weight_gradient_log10)).sum(axis=1)
    np.testing.assert_allclose(untied.weight_gradient_norm, np.sqrt(squares), rtol=1e-12)


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("tied", [True, False])
def test_the_smallest_nets(depth: int, tied: bool) -> None:
    run = simulate(Experiment(width=1, depth=depth, tied=tied, activation="identity", radius=0.5))
    assert run.gradient_log10[0, 0] == pytest.approx(depth * math.log10(0.5), rel=1e-14)
    assert run.hidden_log10[0, -1] == pytest.approx(depth * math.log10(0.5), rel=1e-14)
    assert run.regime == "stable"


def test_saturation_of_slopes_that_are_no_number_is_no_number() -> None:
    grown = simulate(Experiment(activation="relu", radius=1e200, bias=1, depth=6, width=4))
    # Past float64 a slope is 0 or 1 all the same.
    assert (grown.saturation[0] == (grown.slopes[0, :, 0] == 0.0).mean(axis=1)).all()
    assert grown.regime == "exploding"
    # A start past float64 is infinite, and W takes the difference of infinities.
    run = simulate(Experiment(activation="relu", start_rms=sys.float_info.max, width=4))
    assert run.hidden_nonfinite_step[0] == 0
    assert np.isnan(run.saturation[0, -1])
    assert run.regime == "not a number"
