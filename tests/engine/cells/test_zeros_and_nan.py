"""At exact zeros, infinities and nan, and at the ends of float64: what a run says there."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
import pytest

from tuisim.engine.cells.network import Network, draw
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.theory.theory import predict
from tuisim.files.export import run_csv, run_json
from tuisim.tui.state.computing import diagnose
from tuisim.values.experiment import Experiment


def dying(activation: str = "relu") -> tuple[Experiment, Network]:
    """A relu net of 5 steps that is dead from step 3 on: W_3 turns every unit off."""
    experiment = Experiment(activation=activation, width=3, depth=5, tied=False)
    network = draw(experiment)
    matrices = np.stack([np.eye(3) * (-1.0 if t == 3 else 1.0) for t in range(1, 6)])
    return experiment, attrs.evolve(network, weights=matrices, start=np.full((1, 3), 0.5))


def test_a_dead_relu_is_exactly_zero_from_its_step_on() -> None:
    experiment, network = dying()
    run = simulate(experiment, [network])
    assert np.isfinite(run.hidden_log10[0]).tolist() == [True, True, True, False, False, False]
    assert np.isneginf(run.hidden_log10[0, 3:]).all()
    # Its slopes at 0 are 0: nothing comes back through steps 5, 4 and 3.
    assert run.gradient_log10[0, 5] == pytest.approx(0, abs=1e-15)
    assert np.isneginf(run.gradient_log10[0, :5]).all()
    assert run.regime == "dead"
    assert run.gradient_rate == -math.inf
    assert (run.saturation[0, 2:] == 1).all()
    slope, matrix = run.slope_log10, run.matrix_log10
    assert slope is not None
    assert matrix is not None
    # At step 5 the slopes alone kill it; from the zero vector on there is nothing to say.
    assert slope[0, 4] == -math.inf
    assert matrix[0, 4] == pytest.approx(0, abs=1e-15)
    assert np.isnan(slope[0, :4]).all()
    assert np.isnan(matrix[0, :4]).all()
    assert np.isneginf(run.weight_gradient_log10).all()
    assert run.weight_gradient_norm[0] == 0
    assert run.hidden_nonfinite_step == run.gradient_nonfinite_step == (None,)


def test_a_leaky_relu_survives_the_same() -> None:
    run = simulate(*(lambda e, n: (e, [n]))(*dying("leaky_relu")))
    assert run.hidden_log10[0, 5] == pytest.approx(3 * -2 + math.log10(0.5 * math.sqrt(3)))
    assert run.gradient_log10[0, 0] == pytest.approx(-6, abs=1e-14)


def test_parts_stay_finite_where_all_slopes_are_zero_and_a_path_is_carried() -> None:
    experiment, network = dying()
    experiment = attrs.evolve(experiment, leak=0.6)
    run = simulate(experiment, [network])
    assert run.slope_log10 is not None
    assert run.matrix_log10 is not None
    assert np.isfinite(run.slope_log10).all()
    assert np.isfinite(run.matrix_log10).all()
    change = run.gradient_log10[0, :-1] - run.gradient_log10[0, 1:]
    np.testing.assert_allclose((run.slope_log10 + run.matrix_log10)[0], change, atol=1e-12)
    # At step 3 every slope is 0, and 1 − leak is all that comes back.
    assert change[2] == pytest.approx(math.log10(0.4), abs=1e-15)
    assert run.matrix_log10[0, 2] == pytest.approx(math.log10(abs(0.4 - 0.6)), abs=1e-12)


def test_a_zero_radius_is_zero_after_one_step() -> None:
    run = simulate(Experiment(radius=0.0, depth=3, width=4))
    assert np.isneginf(run.hidden_log10[0, 1:]).all()
    assert np.isneginf(run.gradient_log10[0, :3]).all()
    assert run.matrix_log10 is not None
    assert run.slope_log10 is not None
    assert run.matrix_log10[0, 2] == -math.inf
    assert run.slope_log10[0, 2] == 0


def test_nan_is_nan_and_never_a_number() -> None:
    experiment = Experiment(width=3, depth=6, tied=False, activation="tanh", clip="norm")
    network = draw(experiment)
    weights = network.weights.copy()
    weights[3, 0, 0] = math.nan
    run = simulate(experiment, [attrs.evolve(network, weights=weights)])
    assert run.hidden_nonfinite_step == (4,)
    assert np.isfinite(run.hidden_log10[0, :4]).all()
    assert np.isnan(run.hidden_log10[0, 4:]).all()
    # h_5 and h_6 are nan, and with them the slopes: the gradient is lost at h_5, going back.
    assert run.gradient_nonfinite_step == (5,)
    assert np.isnan(run.gradient_log10[0, :6]).all()
    assert run.gradient_log10[0, 6] == pytest.approx(0, abs=1e-15)
    assert run.regime == "not a number"
    assert math.isnan(run.gradient_rate)
    assert math.isnan(run.weight_gradient_norm[0])
    assert math.isnan(run.clipped_weight_gradient_norm[0])
    by_value = simulate(attrs.evolve(experiment, clip="value"), run.networks)
    assert math.isnan(by_value.clipped_weight_gradient_norm[0])


def test_an_infinite_slope_product_is_named_by_its_step() -> None:
    """A gradient may overflow where the state does not: nothing scales an infinite weight."""
    experiment = Experiment(width=2, depth=5, tied=False, activation="tanh")
    network = draw(experiment)
    weights = network.weights.copy()
    weights[2, 0, 0] = math.inf
    run = simulate(experiment, [attrs.evolve(network, weights=weights)])
    # tanh brings ∞ back to ±1, so that every state is finite; its slope is 0, and 0·∞ is nan.
    assert run.hidden_nonfinite_step == (None,)
    assert run.gradient_nonfinite_step == (2,)


HUGE = 1e308


@pytest.mark.parametrize(
    "fields",
    [
        {"start_rms": HUGE},
        {"departure": HUGE},
        {"spectrum": "identity", "departure": HUGE, "tied": False},
        {"bias": HUGE},
        {"residual": HUGE},
        {"radius": HUGE, "start_eigenvector": 1},
        {"spectrum": "symmetric", "radius": HUGE},
        {"spectrum": "gaussian", "radius": 1.7e308},
        {"spectrum": "reservoir", "radius": 1.7e308, "batch": 3, "skip": 3},
        {"spectrum": "symmetric", "radius": 1e-308},
        {"cell": "lstm", "bias": HUGE, "start_rms": HUGE},
        *({"drive": one, "drive_gain": HUGE} for one in ("impulse", "noise", "sine")),
    ],
    ids=str,
)
@pytest.mark.parametrize("activation", ["tanh", "identity", "relu"])
@pytest.mark.filterwarnings("error")
def test_the_ends_of_float64_are_no_news(fields: dict[str, Any], activation: str) -> None:
    """What leaves float64 is inf or nan in the curves; NumPy's warnings say nothing more."""
    experiment = Experiment(**{"width": 8, "depth": 12, "activation": activation} | fields)
    run = simulate(experiment)
    prediction = predict(experiment, run.networks)
    assert "weight_gradient_log10" in run_csv(run)
    assert "weight_gradient_log10" in run_json(run, prediction)
    diagnose(run)
    assert run.regime
    # No entry of this start is far above their root mean square.
    expected = math.log10(experiment.start_rms) + 0.5 * math.log10(8 * experiment.batch)
    assert run.hidden_log10[0, 0] == pytest.approx(expected)


def test_a_start_beyond_float64_is_infinite() -> None:
    run = simulate(Experiment(start_rms=HUGE))
    assert np.isinf(run.networks[0].start).any()
    assert run.hidden_log10[0, 0] == math.inf
    assert run.hidden_nonfinite_step == (0,)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("activation", ["tanh", "identity", "relu"])
@pytest.mark.parametrize("name", ["probe", "start", "weights"])
@pytest.mark.parametrize("entry", [0.0, math.inf, math.nan])
def test_a_network_of_zeros_infinities_or_nan_is_no_news(
    name: str, entry: float, activation: str
) -> None:
    experiment = Experiment(width=4, depth=5, activation=activation)
    network = draw(experiment)
    filled = attrs.evolve(network, **{name: np.full(getattr(network, name).shape, entry)})
    run = simulate(experiment, [filled])
    diagnose(run)
    if name == "probe":
        assert (run.gradient_log10[0] == -math.inf).all() == (entry == 0.0)
        assert math.isnan(run.gradient_rate)
    if name == "weights" and entry:
        assert np.isnan(filled.eigenvalues).all()
        assert math.isnan(filled.largest_singular_value)
        assert math.isnan(filled.departure)
