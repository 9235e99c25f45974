"""Far outside float64: what the curves say there."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest

from tests.support.twin import norm
from tests.support.twin_curves import check_against_twin
from tuisim.engine.cells.network import draw
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment

#: At rest, φ is its own tangent there: these have a net that lives at any size.
RESTING = ["tanh", "elu", "gelu", "hard_tanh", "identity"]
THROUGH_ZERO = [*RESTING, "relu", "leaky_relu", "selu"]


@pytest.mark.parametrize(
    ("radius", "depth", "expected"),
    # log10 3⁵⁰⁰⁰, log10 0.01¹⁰⁰⁰
    [(3.0, 5000, 2385.606273598312), (0.01, 1000, -2000.0), (1e-300, 7, -2100), (1e300, 7, 2100)],
)
@pytest.mark.parametrize("activation", ["identity", "leaky_relu", "relu"])
def test_powers_of_the_radius(activation: str, radius: float, depth: int, expected: float) -> None:
    experiment = Experiment(
        activation=activation, spectrum="identity", radius=radius, depth=depth, width=16
    )
    network = draw(experiment)
    # Positive entries stay on the right of every kink.
    network = attrs.evolve(network, start=np.abs(network.start))
    run = simulate(experiment, [network])
    assert run.gradient_log10[0, 0] == pytest.approx(expected, rel=1e-13)
    assert run.hidden_log10[0, -1] == pytest.approx(expected + math.log10(4), rel=1e-13)
    assert run.gradient_rate == pytest.approx(math.log(radius), rel=1e-13)
    assert run.hidden_rate == pytest.approx(math.log(radius), rel=1e-13)
    assert run.regime == ("exploding" if expected > 0 else "vanishing")
    assert run.hidden_norms[0, -1] == run.gradient_norms[0, 0] == (math.inf if radius > 1 else 0)
    assert run.hidden_nonfinite_step == run.gradient_nonfinite_step == (None,)


@pytest.mark.parametrize("activation", ["tanh", "elu", "hard_tanh"])
def test_a_tiny_state_lives_on_as_in_the_linear_net(activation: str) -> None:
    experiment = Experiment(activation=activation, radius=0.01, depth=1000, width=8)
    run = simulate(experiment)
    linear = simulate(attrs.evolve(experiment, activation="identity"))
    # From a norm of about 10⁻¹⁰ on the two differ by a factor that no longer changes.
    offset = run.hidden_log10[0, 20:] - linear.hidden_log10[0, 20:]
    np.testing.assert_allclose(offset, offset[0], atol=1e-9)
    np.testing.assert_allclose(
        run.gradient_log10[0, 20:], linear.gradient_log10[0, 20:], atol=1e-9, rtol=0
    )
    assert run.hidden_log10[0, -1] < -1990


def test_gelu_halves_a_tiny_state() -> None:
    experiment = Experiment(activation="gelu", radius=0.5, depth=2000, width=8)
    run = simulate(experiment)
    drop = run.hidden_log10[0, 1000] - run.hidden_log10[0, 2000]
    assert drop == pytest.approx(1000 * math.log10(4), rel=1e-12)
    assert run.gradient_log10[0, 1000] == pytest.approx(-1000 * math.log10(4), rel=1e-12)


@pytest.mark.parametrize("activation", THROUGH_ZERO)
@pytest.mark.parametrize(
    "changes",
    [
        {"radius": 1e-3},
        {"radius": 1e-3, "spectrum": "gaussian", "tied": False},
        {"radius": 1e-3, "leak": 0.999},
        {"radius": 1e-3, "skip": 3},
        {"radius": 1e-3, "skip": 3, "skip_share": 1.0},
        {"radius": 1e-2, "residual": 1e-3},
        {"radius": 20.0, "start_rms": 1e-200, "depth": 220},
        {"radius": 20.0, "start_rms": 1e-200, "skip": 2, "depth": 280},
        {"radius": 1e-30, "start_rms": 1e-130, "skip": 5, "skip_share": 0.25, "depth": 40},
        {"radius": 40.0, "start_rms": 1e-300, "batch": 2, "depth": 240},
    ],
    ids=str,
)
def test_true_norms_at_any_size(activation: str, changes: dict[str, object]) -> None:
    experiment = Experiment(activation=activation, width=3, depth=160, seed=2)
    experiment = attrs.evolve(experiment, **changes)
    run = simulate(experiment)
    if experiment.radius > 1 and activation not in ("identity", "relu", "leaky_relu"):
        # What grows back turns nonlinear, and in the end chaotic: compare until it is not small.
        grown = int(np.argmax(run.hidden_log10[0] > 0))
        assert grown > 0
        experiment = attrs.evolve(experiment, depth=grown)
        run = simulate(experiment)
    check_against_twin(run, tolerance=1e-8)


@pytest.mark.parametrize("activation", ["tanh", "identity", "selu", "gelu"])
@pytest.mark.parametrize(
    "changes",
    [
        {"radius": 1e-5, "drive": "impulse", "depth": 70},
        {"radius": 1e-200, "drive": "impulse", "depth": 5},
        {"radius": 1e-200, "start_rms": 1e-140, "depth": 3},
        {"radius": 1e-20, "drive": "impulse", "depth": 36, "skip": 2, "batch": 2},
        {"radius": 0.0, "drive": "impulse", "depth": 40, "residual": 1e-20, "leak": 1.0},
        {"radius": 0.0, "drive": "impulse", "depth": 5, "residual": 1e-200, "leak": 1.0},
    ],
    ids=str,
)
def test_an_impulse_is_followed_down_from_float64(
    activation: str, changes: dict[str, object]
) -> None:
    experiment = attrs.evolve(Experiment(activation=activation, width=3, seed=2), **changes)
    run = simulate(experiment)
    assert run.hidden_log10[0, -1] < -330
    check_against_twin(run, tolerance=1e-8)


def test_a_dead_relu_beside_a_bias_is_followed_by_its_leak() -> None:
    experiment = Experiment(
        activation="relu", leak=1 - 1e-20, residual=1e-20, radius=0.0, bias=0.1, width=1, depth=30
    )
    network = attrs.evolve(draw(experiment), bias=[-0.1], start=[[1.0]])
    run = simulate(experiment, [network])
    np.testing.assert_allclose(run.hidden_log10[0], -20.0 * np.arange(31), rtol=1e-13)


@pytest.mark.parametrize("bias", [-50.0, -500.0])
@pytest.mark.parametrize("drive", ["impulse", "none"])
def test_what_a_gate_keeps_is_followed_down_from_float64(bias: float, drive: str) -> None:
    """From step to step c_t falls by σ(forget_bias), and what a dead candidate leaves, by σ(b)."""
    kept = bias / math.log(10)  # σ(b) = eᵇ to the last bit
    lstm = Experiment(
        cell="lstm", radius=0.0, forget_bias=bias, drive="impulse", drive_gain=0.01, depth=25
    )
    gru = Experiment(
        cell="gru", activation="relu", radius=0.0, update_bias=bias, drive=drive, drive_gain=0.01,
        bias=0.1, width=1, depth=25,
    )  # fmt: skip
    dead = attrs.evolve(draw(gru), bias=[[0.0], [0.0], [-3.0]], start=[[1.0]])
    for run in (simulate(lstm), simulate(gru, [dead])):
        hidden = run.hidden_log10[0]
        assert hidden[-1] < -490
        np.testing.assert_allclose(np.diff(hidden[3:]), kept, rtol=1e-12)


def test_growth_from_nothing_ends_where_it_would_have_anyway() -> None:
    """tanh from 10⁻²⁰⁰ passes through every scale back into its nonlinear range."""
    experiment = Experiment(spectrum="identity", radius=1.5, start_rms=1e-200, depth=1400, width=4)
    run = simulate(experiment)
    fixed = 0.8585596366401128  # the root x > 0 of x = tanh(1.5x)
    assert math.tanh(1.5 * fixed) == pytest.approx(fixed, rel=1e-15)
    np.testing.assert_allclose(np.abs(run.states[0, -1]), fixed, rtol=1e-14)
    early = np.diff(run.hidden_log10[0, :1000])
    np.testing.assert_allclose(early, math.log10(1.5), atol=1e-10)
    slope = 1.5 * (1 - fixed**2)
    late = np.diff(run.gradient_log10[0, -50:])
    np.testing.assert_allclose(late, -math.log10(slope), atol=1e-10)
    # Before the nonlinear range each step back multiplies by 1.5 again.
    np.testing.assert_allclose(np.diff(run.gradient_log10[0, :900]), -math.log10(1.5), atol=1e-10)


@pytest.mark.parametrize("activation", THROUGH_ZERO)
def test_one_step_may_lead_from_nothing_into_the_nonlinear_range(activation: str) -> None:
    experiment = Experiment(
        activation=activation, radius=1e200, start_rms=1e-200, width=5, depth=1, batch=2
    )
    twin = check_against_twin(simulate(experiment))
    assert 0 < float(norm(twin.states[1])) < 10


@pytest.mark.parametrize("skip", [2, 5])
@pytest.mark.parametrize("radius", [1e-40, 1e40])
def test_skips_join_scales_that_float64_cannot_hold_together(radius: float, skip: int) -> None:
    experiment = Experiment(
        activation="identity", spectrum="gaussian", radius=radius, width=4, depth=40, skip=skip
    )
    check_against_twin(simulate(experiment))


def test_a_skip_alone_leaves_exact_zeros_between() -> None:
    experiment = Experiment(
        activation="identity", radius=0.5, width=4, depth=12, skip=4, skip_share=1.0
    )
    run = simulate(experiment)
    # h_t = W^⌈t/4⌉ h_0; back, only multiples of 4 and the start are reached.
    ups = [math.ceil(t / 4) * math.log10(0.5) + math.log10(2) for t in range(13)]
    np.testing.assert_allclose(run.hidden_log10[0], ups, atol=1e-13)
    for t in range(1, 13):
        expected = (12 - t) / 4 * math.log10(0.5) if t % 4 == 0 else -math.inf
        assert run.gradient_log10[0, t] == pytest.approx(expected, abs=1e-13)
    assert run.gradient_log10[0, 0] == pytest.approx(3 * math.log10(0.5), abs=1e-13)


def test_states_of_two_scales_do_not_meet_in_a_skip_alone() -> None:
    """Odd and even steps have nothing to do with each other; the even ones fade."""
    experiment = Experiment(
        activation="identity", width=2, depth=6, tied=False, skip=2, skip_share=1.0
    )
    network = draw(experiment)
    matrices = np.stack([np.eye(2) * (1.0 if t % 2 else 1e-200) for t in range(1, 7)])
    run = simulate(experiment, [attrs.evolve(network, weights=matrices)])
    check_against_twin(run)
    assert run.hidden_log10[0, -1] == pytest.approx(-600 + math.log10(math.sqrt(2)))


def test_a_saturated_tanh_passes_a_gradient_that_is_known() -> None:
    """Pre-activations near 250: slopes of 10⁻²¹⁷, whose squares leave float64."""
    experiment = Experiment(spectrum="identity", radius=250.0, width=4, depth=6)
    run = simulate(experiment)
    check_against_twin(run)
    assert run.gradient_log10[0, 0] < -200
    assert (run.saturation == 1).all()


def test_a_saturated_batch_has_weight_gradients_too() -> None:
    experiment = Experiment(spectrum="identity", radius=250.0, width=4, depth=6, batch=3)
    run = simulate(experiment)
    check_against_twin(run)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize(
    ("radius", "depth"), [(10.0, 200), (10.0, 290), (0.1, 200), (0.1, 290), (0.1, 302)]
)
def test_weight_gradients_whose_squares_leave_float64(
    radius: float, depth: int, tied: bool
) -> None:
    experiment = Experiment(
        activation="identity",
        spectrum="identity",
        radius=radius,
        depth=depth,
        width=3,
        tied=tied,
        clip="norm",
        clip_threshold=1e150,
    )
    run = simulate(experiment)
    twin = check_against_twin(run)
    expected = float(norm(np.stack(twin.whole_weight_gradient())))
    assert 0 < expected < math.inf
    assert run.weight_gradient_norm[0] == pytest.approx(expected, rel=1e-10, abs=0)
    clipped = run.clipped_weight_gradient_norm[0]
    assert clipped == pytest.approx(min(expected, 1e150), rel=1e-10, abs=0)
    by_value = simulate(attrs.evolve(experiment, clip="value"), run.networks)
    matrices = np.stack(twin.whole_weight_gradient())
    cut = float(norm(np.clip(matrices, -experiment.clip_threshold, experiment.clip_threshold)))
    assert by_value.clipped_weight_gradient_norm[0] == pytest.approx(cut, rel=1e-10, abs=0)


def test_a_gradient_past_float64_is_infinite_and_is_not_clipped() -> None:
    experiment = Experiment(
        activation="identity", spectrum="identity", radius=10, depth=400, width=3, clip="norm"
    )
    run = simulate(experiment)
    assert run.weight_gradient_norm[0] == run.clipped_weight_gradient_norm[0] == math.inf
    assert np.isfinite(run.weight_gradient_log10).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"activation": "softplus"},
        {"activation": "relu", "bias": 1.0},
        {"activation": "identity", "drive": "noise"},
        {"activation": "elu", "bias": 0.1, "tied": False},
    ],
    ids=str,
)
def test_growth_past_float64_is_followed(changes: dict[str, object]) -> None:
    """10³⁰ a step: past 1.8·10³⁰⁸ after 10 or 11."""
    experiment = Experiment(radius=1e30, spectrum="identity", width=6, depth=30, **changes)
    run = simulate(experiment)
    check_against_twin(run)
    assert run.hidden_log10[0, -1] > 800
    assert run.hidden_nonfinite_step == (None,)
    assert run.regime == "exploding"
