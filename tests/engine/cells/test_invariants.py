"""What holds for every net: kept norms, the identity limit, bounds, independence of members."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings

from tests.support.strategies import experiments
from tuisim.engine.base.memo import Array
from tuisim.engine.cells.network import draw
from tuisim.engine.runs import simulate as simulation
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("radius", [1.0, 0.9, 1.7])
def test_an_orthogonal_linear_net_scales_every_norm_by_its_radius(
    radius: float, tied: bool
) -> None:
    run = simulate(Experiment(activation="identity", radius=radius, tied=tied, width=24, depth=60))
    steps = np.arange(61)
    expected = steps * math.log10(radius) + math.log10(24) / 2
    np.testing.assert_allclose(run.hidden_log10[0], expected, atol=1e-12)
    np.testing.assert_allclose(run.gradient_log10[0], (60 - steps) * math.log10(radius), atol=1e-12)
    assert run.matrix_log10 is not None
    assert run.slope_log10 is not None
    np.testing.assert_allclose(run.matrix_log10, math.log10(radius), atol=1e-12)
    np.testing.assert_allclose(run.slope_log10, 0, atol=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "gelu"])
@pytest.mark.parametrize("norm", ["none", "layer"])
def test_a_leak_toward_nothing_is_the_identity(activation: str, norm: str) -> None:
    e = Experiment(
        activation=activation, leak=1e-13, radius=3.0, bias=1.0, width=8, depth=20, norm=norm
    )
    run = simulate(e)
    start, probe = run.networks[0].start, run.networks[0].probe
    for t in range(21):
        np.testing.assert_allclose(run.states[0, t], start, rtol=0, atol=1e-10)
        np.testing.assert_allclose(run.gradients[0, t], probe, rtol=0, atol=1e-10)


def test_a_leak_of_one_and_no_residual_is_the_plain_net() -> None:
    e = Experiment(width=6, depth=9)
    plain, same = simulate(e), simulate(attrs.evolve(e, leak=1.0, residual=0.0))
    np.testing.assert_array_equal(plain.states, same.states)


@settings(max_examples=80, deadline=None)
@given(experiments())
def test_clipping_never_raises_a_norm(experiment: Experiment) -> None:
    threshold = experiment.clip_threshold
    run = simulate(experiment)
    before, after = run.weight_gradient_norm, run.clipped_weight_gradient_norm
    assert (after <= before * (1 + 1e-15)).all()
    if experiment.clip == "none":
        np.testing.assert_array_equal(after, before)
    elif experiment.clip == "norm":
        assert (after <= threshold * (1 + 1e-15)).all()
        np.testing.assert_array_equal(after[before <= threshold], before[before <= threshold])
    else:
        steps = 1 if experiment.tied else experiment.depth
        entries = steps * experiment.width**2
        assert (after <= threshold * math.sqrt(entries) * (1 + 1e-15)).all()


@settings(max_examples=60, deadline=None)
@given(experiments(skip=0, norm="none"))
def test_no_gradient_beats_the_largest_singular_values(experiment: Experiment) -> None:
    """Pascanu et al. 2013, sec. 2.1: each step back stretches by |1 − a + r| + a·σ₁γ at most."""
    run = simulate(experiment)
    gamma = {"sigmoid": 0.25, "gelu": 1.129, "selu": 1.7581}.get(experiment.activation, 1.0)
    carry = 1 - experiment.leak + experiment.residual
    for network, log10 in zip(run.networks, run.gradient_log10, strict=True):
        for t in range(experiment.depth):
            w = network.weights if experiment.tied else network.weights[t]
            most = carry + experiment.leak * gamma * np.linalg.norm(w, 2)
            size, next_size = 10 ** log10[t], 10 ** log10[t + 1]
            assert size <= most * next_size * (1 + 1e-12) + 1e-300


@settings(max_examples=40, deadline=None)
@given(experiments(batch=3, norm="none"))
def test_rows_of_a_batch_are_independent_without_batch_norm(experiment: Experiment) -> None:
    network = draw(experiment)
    run = simulate(attrs.evolve(experiment, members=1), [network])
    for row in range(3):
        part = slice(row, row + 1)
        single = attrs.evolve(
            network,
            drive=network.drive[:, part],
            start=network.start[part],
            probe=network.probe[part],
        )
        alone = simulate(attrs.evolve(experiment, members=1, batch=1), [single])
        np.testing.assert_allclose(run.states[0, :, row], alone.states[0, :, 0], atol=1e-290)
        np.testing.assert_allclose(
            run.gradients[0, :, row], alone.gradients[0, :, 0], rtol=1e-10, atol=1e-15
        )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"skip": 5, "leak": 0.5},
        {"norm": "batch", "batch": 4},
        {"tied": False, "bias": 0.3},
        # Enough work for threads.
        {"width": 64, "depth": 300},
    ],
    ids=str,
)
def test_members_are_independent_bit_for_bit(changes: dict[str, object]) -> None:
    e = attrs.evolve(Experiment(width=8, depth=40, spectrum="gaussian", radius=1.3), **changes)
    together = simulate(attrs.evolve(e, members=8))
    assert len(together.networks) == 8
    for member in range(8):
        alone = simulate(e, [draw(e, member)])
        for name in ("states", "gradients", "hidden_log10", "gradient_log10", "saturation"):
            np.testing.assert_array_equal(getattr(together, name)[member], getattr(alone, name)[0])
        for name in ("weight_gradient_log10", "weight_gradient_norm"):
            np.testing.assert_array_equal(getattr(together, name)[member], getattr(alone, name)[0])


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    e = Experiment(width=48, depth=200, members=7, spectrum="gaussian", radius=1.5)
    threaded = simulate(e)
    monkeypatch.setattr(simulation, "processors", lambda: 1)
    serial = simulate(e)
    for name in ("states", "gradients", "hidden_log10", "gradient_log10"):
        np.testing.assert_array_equal(getattr(threaded, name), getattr(serial, name))


def test_the_same_experiment_gives_the_same_bits() -> None:
    e = Experiment(width=16, depth=50, members=3, bias=0.1, drive="noise", tied=False)
    one, other = simulate(e), simulate(e)
    for name in ("states", "gradients", "hidden_log10", "gradient_log10", "matrix_log10"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_later_runs_leave_earlier_ones_alone() -> None:
    """Memory is lent again once nobody looks at it, and not a moment before."""
    e = Experiment(width=64, depth=300)
    run = simulate(e)
    states, gradients = run.states, run.gradients
    log10, slopes = run.hidden_log10, run.slopes
    kept = [array.copy() for array in (states, gradients, log10, slopes)]
    # Only these views are left of the first run.
    del run
    for seed in range(1, 6):
        simulate(attrs.evolve(e, seed=seed, depth=280 + seed))
    for view, copy in zip((states, gradients, log10, slopes), kept, strict=True):
        np.testing.assert_array_equal(view, copy)


def test_layer_norm_takes_the_matrix_s_scale_away() -> None:
    e = Experiment(width=16, depth=10, norm="layer", radius=0.5, spectrum="gaussian")
    small, large = simulate(e), simulate(attrs.evolve(e, radius=50.0))
    # But for the 1e-12 beside the variance.
    np.testing.assert_allclose(small.states, large.states, atol=1e-9)


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_a_norm_leaves_mean_zero_and_variance_one(norm: str) -> None:
    run = simulate(
        Experiment(width=12, depth=5, norm=norm, batch=6, activation="identity", bias=2.0)
    )
    axis = 0 if norm == "batch" else 1
    for h in run.states[0, 1:]:
        np.testing.assert_allclose(h.mean(axis=axis), 0, atol=1e-13)
        np.testing.assert_allclose((h**2).mean(axis=axis), 1, rtol=1e-9)


def test_batch_norm_gradients_do_not_feel_a_common_shift() -> None:
    run = simulate(
        Experiment(width=6, depth=4, norm="batch", batch=5, activation="tanh", residual=0.0)
    )
    # What all rows share is taken out again, so Σ over rows of the gradient at the input is 0.
    np.testing.assert_allclose(run.gradients[0, :-1].sum(axis=1), 0, atol=1e-13)


def one_by_one(e: Experiment, members: int) -> Array:
    """log10 ‖h_t‖ (members, T+1), of which only one member's matrices are there at a time."""
    runs = (simulate(e, [draw(e, member)]) for member in range(members))
    return np.concatenate([run.hidden_log10 for run in runs])


HE = Experiment(
    width=512, depth=10, tied=False, spectrum="gaussian", radius=math.sqrt(2), activation="relu"
)


def test_he_relu_keeps_the_mean_square() -> None:
    """He et al. 2015: σ_w² = 2 keeps E‖h‖² from layer to layer, exactly so for gaussian W."""
    width, depth, members = HE.width, HE.depth, 24
    hidden = one_by_one(HE, members)
    # A layer's ratio ‖h′‖²/‖h‖² is (2/n) Σ max(z, 0)²: mean 1, variance 5/n.
    square = 10 ** (2 * hidden) / width
    error = math.sqrt(5 * depth / width / members)
    assert square[:, -1].mean() == pytest.approx(1, abs=4.5 * error)
    # Half a layer is off, and so is its mean square by halves: σ_w² = 1 shrinks by 2 a layer.
    half = one_by_one(attrs.evolve(HE, radius=1.0), 4)
    assert half[:, -1].mean() == pytest.approx(
        hidden[:4, -1].mean() - depth / 2 * math.log10(2), abs=1e-10
    )


def test_he_relu_loses_a_little_log_norm_every_layer() -> None:
    """E ln ratio = −5/(4n) + O(1/n²), half the ratio's variance 5/n, halved again for the norm."""
    width, depth, members = 96, 40, 150
    hidden = one_by_one(attrs.evolve(HE, width=width, depth=depth), members)
    per_layer = (hidden[:, -1] - hidden[:, 0]) * math.log(10) / depth
    expected = -5 / (4 * width)
    error = math.sqrt(5 / (4 * width) / (depth * members))
    # Apart from no drift at all by many errors, or this would test nothing.
    assert -expected > 8 * error
    assert per_layer.mean() == pytest.approx(expected, abs=4 * error + 8 / width**2)


@pytest.mark.parametrize("width", [2, 5, 16])
def test_untied_gaussian_linear_nets_lose_by_the_digamma_function(width: int) -> None:
    """ln ‖Wh‖²/‖h‖² is ln(σ_w² χ²_n/n), of mean ψ(n/2) + ln(2σ_w²/n) and variance ψ′(n/2)."""
    radius, depth, members = 1.2, 400, 20
    run = simulate(
        Experiment(
            width=width,
            depth=depth,
            members=members,
            tied=False,
            spectrum="gaussian",
            radius=radius,
            activation="identity",
        )
    )
    expected = 0.5 * (scipy.special.digamma(width / 2) + math.log(2 * radius**2 / width))
    error = 0.5 * math.sqrt(scipy.special.polygamma(1, width / 2) / (depth * members))
    hidden = (run.hidden_log10[:, -1] - run.hidden_log10[:, 0]) * math.log(10) / depth
    gradient = (run.gradient_log10[:, 0] - run.gradient_log10[:, -1]) * math.log(10) / depth
    assert hidden.mean() == pytest.approx(expected, abs=4.5 * error)
    assert gradient.mean() == pytest.approx(expected, abs=4.5 * error)


@pytest.mark.parametrize("activation", ["tanh", "identity", "relu", "gelu"])
def test_batch_norm_leaves_nothing_of_rows_that_are_equal(activation: str) -> None:
    run = simulate(
        Experiment(
            width=9, depth=6, norm="batch", batch=7, start_eigenvector=0, activation=activation,
            bias=0.3, radius=1.3,
        )
    )  # fmt: skip
    assert np.isfinite(run.hidden_log10[0, 0])
    assert (run.hidden_log10[0, 1:] == -np.inf).all()
