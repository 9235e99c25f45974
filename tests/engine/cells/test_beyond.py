"""States and slopes that leave float64, in every cell, against 50 digits and closed forms."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support import toy
from tests.support.gated_chain import GatedChain
from tests.support.twin import Twin, log10_norm
from tuisim.engine.cells.network import draw
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.runs.stream import Stream
from tuisim.engine.surfaces.eigensurface import EigenvalueSurface
from tuisim.values.experiment import Experiment

CLOSE: dict[str, Any] = {"rtol": 1e-12, "atol": 1e-9}

RNN: dict[str, Experiment] = {
    "tanh, one unit": Experiment(spectrum="identity", radius=400, width=1, depth=10),
    "tanh, slopes of any size": Experiment(radius=150, width=6, depth=20),
    "tanh, batch and skip": Experiment(radius=700, width=3, depth=8, batch=2, skip=3),
    "tanh, leaky": Experiment(radius=900, width=3, depth=8, leak=0.25),
    "sigmoid": Experiment(activation="sigmoid", radius=900, width=6, depth=12),
    "softplus, values too": Experiment(activation="softplus", radius=900, width=3, depth=3),
    "gelu": Experiment(activation="gelu", radius=90, width=6, depth=8, bias=1.0),
    "elu": Experiment(activation="elu", radius=300, width=6, depth=8, bias=1.0, tied=False),
    "relu grows": Experiment(activation="relu", bias=0.1, radius=6, depth=520, width=2),
    "identity grows": Experiment(activation="identity", bias=0.1, radius=1e40, depth=18, width=3),
    "leaky relu grows": Experiment(
        activation="leaky_relu", drive="noise", radius=1e40, depth=18, width=3
    ),
    "elu grows": Experiment(activation="elu", bias=0.1, radius=1e40, depth=18, width=3),
    "selu grows": Experiment(activation="selu", bias=0.1, radius=1e40, depth=18, width=3),
    "gelu grows": Experiment(activation="gelu", bias=0.1, radius=1e40, depth=18, width=3),
    "softplus grows": Experiment(activation="softplus", bias=0.1, radius=1e40, depth=18, width=3),
    "in few steps": Experiment(activation="elu", bias=0.1, radius=1e160, depth=6, width=3),
    "elu, skip": Experiment(
        activation="elu", bias=1.0, radius=1e30, depth=30, width=3, skip=3, drive="sine"
    ),
    "tanh on a residual path": Experiment(residual=2, depth=1100, width=1),
    "hard tanh on a residual path": Experiment(
        activation="hard_tanh", residual=1e20, depth=24, width=3, bias=0.5
    ),
    "layer norm on a residual path": Experiment(residual=1e20, depth=24, width=4, norm="layer"),
    "layer norm, relu, batch": Experiment(
        residual=1e20, depth=24, width=4, norm="layer", activation="relu", bias=0.3, batch=2
    ),
    "batch norm on a residual path": Experiment(
        residual=1e20, depth=24, width=3, norm="batch", batch=4
    ),
    "layer norm on a long start": Experiment(norm="layer", width=5, depth=3, start_rms=1e200),
    "sigmoid, skip from a long start": Experiment(
        activation="sigmoid", width=7, radius=10, depth=12, skip=2, start_rms=1000
    ),
    "softplus, skip from a long start": Experiment(
        activation="softplus", width=4, depth=12, skip=5, start_rms=1000, bias=1.0
    ),
    "gelu, skip, two rows": Experiment(
        activation="gelu", width=3, depth=5, skip=3, bias=1e6, radius=30, batch=2, tied=False,
        spectrum="reservoir", drive="impulse", seed=576,
    ),
    "one unit grows, one does not": Experiment(
        spectrum="eigenvalues", eigenvalues=(1e30, 0.5), width=2, activation="elu", depth=25,
        bias=0.1,
    ),
}  # fmt: skip


def growing_apart(**fields: Any) -> tuple[Experiment, Any]:
    """Two units that do not hear each other, a loss of the second alone, which is the small one."""
    experiment = Experiment(width=2, **fields)
    network = draw(experiment)
    return experiment, attrs.evolve(
        network,
        weights=np.diag([1e30, 0.5]),
        start=np.array([[1.0, 0.7]]),
        probe=np.array([[0.0, 1.0]]),
    )


def check(experiment: Experiment, network: Any) -> None:
    run, twin = simulate(experiment, [network]), Twin(experiment, network)
    hidden = [log10_norm(h) for h in twin.states]
    gradient = [log10_norm(g) for g in twin.gradients]
    np.testing.assert_allclose(run.hidden_log10[0], hidden, **CLOSE)
    np.testing.assert_allclose(run.gradient_log10[0], gradient, **CLOSE)
    assert run.hidden_nonfinite_step == run.gradient_nonfinite_step == (None,)
    shares = np.array([log10_norm(share) for share in twin.weight_gradients])
    # eʸ is nothing from y = −10²⁹⁰ on.
    inside = shares > -1e290 * math.log10(math.e)
    np.testing.assert_allclose(run.weight_gradient_log10[0][inside], shares[inside], **CLOSE)
    assert np.isneginf(run.weight_gradient_log10[0][~inside]).all()
    saturated = [float(np.mean(np.abs(s.astype(float)) < 0.1 * _largest(run))) for s in twin.slopes]
    np.testing.assert_allclose(run.saturation[0], saturated, atol=1e-12)
    if not experiment.skip:
        assert run.matrix_log10 is not None
        assert run.slope_log10 is not None
        parts = run.matrix_log10[0] + run.gradient_log10[0, 1:]
        np.testing.assert_allclose(parts, [log10_norm(one) for one in twin.matrix_only], **CLOSE)
        change = run.gradient_log10[0, :-1] - run.gradient_log10[0, 1:]
        np.testing.assert_allclose((run.matrix_log10 + run.slope_log10)[0], change, **CLOSE)


def _largest(run: Any) -> float:
    from tuisim.engine.base.facts import FACTS

    return FACTS[run.experiment.activation].largest_slope


@pytest.mark.parametrize("name", RNN)
def test_an_rnn_is_followed_wherever_its_numbers_lie(name: str) -> None:
    check(RNN[name], draw(RNN[name]))


@pytest.mark.parametrize(
    ("activation", "bias", "depth"),
    [("elu", 0.0, 25), ("relu", 0.0, 25), ("selu", 0.0, 25), ("leaky_relu", 0.0, 25),
     ("elu", 0.1, 25), ("softplus", 0.0, 25), ("relu", 0.1, 45)],
)  # fmt: skip
def test_a_small_unit_keeps_its_own_state_and_slope(
    activation: str, bias: float, depth: int
) -> None:
    """Its neighbour has grown past all that float64 holds beside it, and the loss ignores that."""
    check(*growing_apart(activation=activation, bias=bias, depth=depth))


def test_the_gradient_of_one_saturated_unit() -> None:
    """tanh(400 h) of one unit: the first slope is sech²(400 h_0), the other nine sech²(400)."""
    run = simulate(RNN["tanh, one unit"])
    h = abs(float(run.networks[0].start[0, 0]))
    slopes = [math.log10(4) - 2 * 400 * one / math.log(10) for one in (h, *[1.0] * 9)]
    expected = 10 * math.log10(400) + sum(slopes)
    assert run.gradient_log10[0, 0] == pytest.approx(expected, rel=1e-13)
    assert expected == pytest.approx(-3442.31, abs=0.01)
    assert run.regime == "vanishing"


@pytest.mark.parametrize(
    "name", ["relu grows", "elu grows", "selu grows", "gelu grows", "softplus grows",
             "tanh on a residual path", "layer norm on a residual path"]
)  # fmt: skip
def test_what_grows_past_float64_is_exploding(name: str) -> None:
    assert simulate(RNN[name]).regime == "exploding"


with toy.known():
    GATED: dict[str, Experiment] = {
    "lstm, relu grows": Experiment(cell="lstm", activation="relu", radius=1e40, width=2, depth=18),
    "lstm, elu with input": Experiment(
        cell="lstm", activation="elu", radius=1e40, width=2, depth=18, bias=0.5, drive="noise"
    ),
    "lstm, tanh saturates": Experiment(cell="lstm", radius=700, width=3, depth=12),
    "lstm, gates shut": Experiment(cell="lstm", forget_bias=-900, width=3, depth=12),
    "lstm, untied, batch": Experiment(
        cell="lstm", radius=700, width=2, depth=6, bias=200.0, tied=False, batch=2
    ),
    "gru, tanh saturates": Experiment(cell="gru", radius=700, width=3, depth=12),
    "gru, gates shut": Experiment(cell="gru", radius=3, bias=900.0, width=3, depth=12),
    "gru, relu in few steps": Experiment(
        cell="gru", activation="relu", radius=1e120, width=3, depth=8, bias=0.2, tied=False, seed=3
    ),
    "gru, untied, batch, input": Experiment(
        cell="gru", activation="softplus", radius=900, width=2, depth=6, tied=False, batch=2,
        drive="noise",
    ),
    "toy, tanh saturates": Experiment(cell="toy", radius=700, width=3, depth=12),
    "toy, the gate shuts": Experiment(cell="toy", radius=3, bias=900.0, width=3, depth=12),
    "toy, relu grows": Experiment(
        cell="toy", activation="relu", radius=1e120, width=3, depth=8, bias=0.2, tied=False, seed=3
    ),
    "toy, batch, input": Experiment(
        cell="toy", activation="softplus", radius=900, width=2, depth=6, tied=False, batch=2,
        drive="noise",
    ),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def a_cell_of_one_line() -> Iterator[None]:
    with toy.known():
        yield


@pytest.mark.parametrize("name", GATED)
def test_a_gated_cell_is_followed_wherever_its_numbers_lie(name: str) -> None:
    check_gated(GATED[name], draw(GATED[name]))


def check_gated(experiment: Experiment, network: Any) -> None:
    run, twin = simulate(experiment, [network]), GatedChain(experiment, network)
    hidden = [log10_norm(h) for h in twin.states]
    gradient = [log10_norm(g) for g in twin.gradients]
    np.testing.assert_allclose(run.hidden_log10[0], hidden, **CLOSE)
    np.testing.assert_allclose(run.gradient_log10[0], gradient, **CLOSE)
    shares = [log10_norm(twin.share(t)) for t in range(1, experiment.depth + 1)]
    np.testing.assert_allclose(run.weight_gradient_log10[0], shares, **CLOSE)
    if experiment.cell == "lstm":
        assert run.cell_log10 is not None
        assert run.cell_gradient_log10 is not None
        assert run.carried_log10 is not None
        np.testing.assert_allclose(run.cell_log10[0], [log10_norm(c) for c in twin.cells], **CLOSE)
        back = [log10_norm(g) for g in twin.cell_gradients]
        np.testing.assert_allclose(run.cell_gradient_log10[0], back, **CLOSE)
        carried = [
            log10_norm(v["f"] * g) for v, g in zip(twin.inner, twin.cell_gradients[1:], strict=True)
        ]
        found = run.carried_log10[0] + run.cell_gradient_log10[0, 1:]
        np.testing.assert_allclose(found, carried, **CLOSE)
    if experiment.cell == "gru":
        carried = [
            log10_norm(v["z"] * g) for v, g in zip(twin.inner, twin.gradients[1:], strict=True)
        ]
        parts = run.of_members("carried_part")
        assert parts is not None
        np.testing.assert_allclose(parts[0], carried, **CLOSE)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "selu"])
def test_a_unit_of_c_far_under_its_row_has_the_slope_of_its_side(activation: str) -> None:
    """f = σ(1), i = o = ½: c_t = f c + ¼ w φ(c), of which one unit fades 10³⁰⁸-fold faster."""
    experiment = Experiment(cell="lstm", activation=activation, width=2, depth=3300)
    network = draw(experiment)
    weights = np.zeros_like(network.weights)
    weights[2] = np.diag([1.075, 0.2])
    start, probe = np.array([[0.5, 0.5]]), np.array([[0.0, 1.0]])
    network = attrs.evolve(network, weights=weights, start=start, probe=probe)
    run = simulate(experiment, [network])
    slope = 1.0507009873554805 if activation == "selu" else 1.0
    f = 1 / (1 + math.exp(-1))
    # ∂L/∂c = ½φ′ at T and f + ¼ w φ′² a step, all of it on the unit's own path.
    late = math.log10(0.5 * slope) + math.log10(f + 0.25 * 0.2 * slope * slope) * 3000
    ours = run.cell_gradient_log10
    assert ours is not None
    assert ours[0, 300] == pytest.approx(late, rel=1e-9)
    assert run.regime == "vanishing"


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(activation="relu", bias=0.1, radius=6e6, depth=30, width=3),
        Experiment(radius=500, width=3, depth=12),
        Experiment(activation="elu", bias=0.1, radius=1e9, depth=20, width=3, skip=2),
        Experiment(residual=1e9, depth=20, width=3, norm="layer"),
        Experiment(cell="lstm", activation="relu", radius=1e9, width=2, depth=20),
        Experiment(cell="gru", radius=700, width=3, depth=12),
    ],
    ids=str,
)
def test_a_stream_is_a_long_run_there_too(experiment: Experiment) -> None:
    stream = Stream(experiment)
    steps = 4 * experiment.depth + 1
    long = attrs.evolve(experiment, depth=steps)
    if experiment.norm == "none" and experiment.skip == 0:
        network = stream.look().networks[0]
        network = attrs.evolve(network, drive=np.zeros_like(draw(long).drive))
        run = simulate(long, [network])
    else:
        run = simulate(long)
    for _ in range(steps):
        stream.advance(1)
    look = stream.look()
    np.testing.assert_allclose(
        look.hidden_log10[0], run.hidden_log10[0, look.first : look.now + 1], **CLOSE
    )
    back = run.gradient_log10[0, look.gradient_first :]
    np.testing.assert_allclose(look.gradient_log10[0], back, **CLOSE)


def test_a_stream_past_float64_goes_on_as_another_net() -> None:
    linear = Experiment(width=4, depth=20, activation="identity", radius=1e9)
    stream = Stream(linear)
    stream.advance(100)
    bounded = attrs.evolve(linear, activation="tanh")
    stream = stream.going_on_as(bounded)
    stream.advance(1)
    assert stream.look().hidden_log10[0, -1] == pytest.approx(math.log10(2), abs=1e-14)
    stream.kick()
    stream.advance(30)
    assert np.isfinite(stream.look().hidden_log10).all()


def test_the_surface_over_eigenvalues_has_a_gradient_there() -> None:
    """Of one step: L = ½‖φ(W h_0) − h*‖², with a slope of 10⁻⁷⁰⁰ about."""
    surface = EigenvalueSurface(
        Experiment(spectrum="symmetric", radius=1.0, width=2, depth=1, start_rms=1.0)
    )
    found = surface.evaluate(np.array([900.0]), np.array([900.0]))
    assert -2000 < found.gradient_log10[0] < -200
    # ∂L/∂x by its definition: Σ (h − h*)·φ′(a)·(Λ h_0).
    network = surface.network
    h = network.start[0]
    a = surface.matrix(900.0, 900.0) @ h
    goal = np.tanh(network.matrix @ h)
    logs = np.log10(np.abs(np.tanh(a) - goal)) + math.log10(4) - 2 * np.abs(a) / math.log(10)
    lifted = logs[:, np.newaxis] + np.log10(
        np.abs(np.stack([part.matrix @ h for part in surface.parts], axis=1))
    )
    assert found.side_log10[0].tolist() == pytest.approx(lifted.max(axis=0).tolist(), rel=1e-9)
