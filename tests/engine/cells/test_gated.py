"""The gated cells against a twin in 50 digits, closed forms, and PyTorch where it is installed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support import toy
from tests.support.gated_twin import GatedTwin
from tests.support.strategies import experiments
from tests.support.twin import log10_norm, mp, norm
from tuisim.engine.base.facts import FACTS
from tuisim.engine.base.gates import candidate_place
from tuisim.engine.cells.network import draw
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.runs.stream import Stream
from tuisim.values.experiment import ACTIVATIONS, Experiment

CELLS = ("lstm", "gru", "toy")
CLOSE = 1e-9
PLAIN = {"leak": 1.0, "residual": 0.0, "skip": 0, "norm": "none"}


@pytest.fixture(scope="module", autouse=True)
def a_cell_of_one_line() -> Iterator[None]:
    with toy.known():
        yield


@st.composite
def gated(draw: st.DrawFn, cells: tuple[str, ...] = CELLS, **fixed: Any) -> Experiment:
    """A random experiment of a gated cell, small enough for differences."""
    cell = draw(st.sampled_from(cells))
    e = draw(experiments(max_width=3, max_depth=4, **(PLAIN | fixed)))
    bias = draw(st.just(1.0) | st.integers(-32, 32).map(lambda k: k / 16))
    return attrs.evolve(e, cell=cell, batch=min(e.batch, 2), forget_bias=bias)


def twins(experiment: Experiment) -> list[GatedTwin]:
    """One a member; left out is what rounding decides at a kink."""
    found = [GatedTwin(experiment, draw(experiment, k)) for k in range(experiment.members)]
    kinks = FACTS[experiment.activation].kinks
    for twin in found:
        for t in range(1, experiment.depth + 1):
            h, c = twin.states[t]
            inner = [] if c is None else list(c.flat)
            gate = candidate_place(len(twin.weights[0]))
            linear = twin.linear(twin.states[t - 1][0], t, gate)
            inner += list((linear + twin.drive[t - 1][gate]).flat)
            assume(not any(abs(x - kink) < 1e-10 for x in inner for kink in kinks))
            # Of a state that stands still m − h is nothing but rounding.
            pairs = zip(h.flat, twin.states[t - 1][0].flat, strict=True)
            assume(c is not None or not any(abs(x - y) < 1e-6 * abs(x) for x, y in pairs))
            # To move c_t the twin divides by φ(c_t).
            assume(c is None or all(abs(x) > 1e-12 for x in h.flat))
    return found


def assert_close(ours: Any, exact: Any, what: str) -> None:
    scale = float(norm(exact))
    error = float(norm(ours.astype(object) - exact))
    assert error <= CLOSE * max(scale, 1e-300), f"{what}: off by {error} of {scale}"


@settings(max_examples=60, deadline=None)
@given(gated())
def test_states_gradients_and_their_norms(experiment: Experiment) -> None:
    run = simulate(experiment)
    for member, twin in enumerate(twins(experiment)):
        for t in range(experiment.depth + 1):
            h, c = twin.states[t]
            gradient = twin.gradient(t)
            assert_close(run.states[member, t], h, f"h_{t}")
            assert_close(run.gradients[member, t], gradient, f"∂L/∂h_{t}")
            expected = [log10_norm(h), log10_norm(gradient)]
            ours = [run.hidden_log10[member, t], run.gradient_log10[member, t]]
            if c is not None:
                assert run.cell_log10 is not None
                assert run.cell_gradient_log10 is not None
                expected += [log10_norm(c), log10_norm(twin.gradient(t, 1))]
                ours += [run.cell_log10[member, t], run.cell_gradient_log10[member, t]]
            np.testing.assert_allclose(ours, expected, rtol=CLOSE, atol=CLOSE)


@settings(max_examples=25, deadline=None)
@given(gated(clip="value"))
def test_weight_gradients_of_all_gates_together(experiment: Experiment) -> None:
    run = simulate(experiment)
    for member, twin in enumerate(twins(experiment)):
        shares = [twin.weight_gradient(t) for t in range(1, experiment.depth + 1)]
        size = float(mp.sqrt(mp.fsum(norm(share) ** 2 for share in shares)))
        for t, share in enumerate(shares):
            ours = 10 ** run.weight_gradient_log10[member, t]
            assert abs(ours - float(norm(share))) <= CLOSE * max(size, 1e-200)
        whole = np.stack([sum(shares[1:], shares[0])] if experiment.tied else shares)
        limit = mp.mpf(experiment.clip_threshold)
        before, after = float(norm(whole)), float(norm(np.clip(whole, -limit, limit)))
        assert abs(run.weight_gradient_norm[member] - before) <= CLOSE * size
        assert abs(run.clipped_weight_gradient_norm[member] - after) <= CLOSE * size


@settings(max_examples=25, deadline=None)
@given(gated())
def test_saturation_counts_every_activation_of_a_step(experiment: Experiment) -> None:
    run = simulate(experiment)
    phi = FACTS[experiment.activation].largest_slope
    gates = {"lstm": [0.25, 0.25, phi, 0.25], "gru": [0.25, 0.25], "toy": [0.25]}[experiment.cell]
    largest = [*gates, phi]
    for member, twin in enumerate(twins(experiment)):
        for t, slopes in enumerate(twin.slopes):
            small = [
                abs(float(slope)) < 0.1 * most
                for most, rows in zip(largest, slopes, strict=True)
                for slope in rows.flat
            ]
            assert run.saturation[member, t] == pytest.approx(sum(small) / len(small), abs=1e-12)


@pytest.mark.parametrize("forget_bias", [1.0, math.log(99.0), -2.0])
def test_an_lstm_without_weights_is_its_carousel(forget_bias: float) -> None:
    """∂L/∂c_0 is σ(forget_bias)ᵀ of its end value."""
    run = simulate(Experiment(cell="lstm", radius=0, forget_bias=forget_bias))
    assert run.cell_gradient_log10 is not None
    curve = run.cell_gradient_log10[0]
    factor = 10 ** (curve[0] - curve[-1])
    assert factor == pytest.approx((1 + math.exp(-forget_bias)) ** -100.0, rel=1e-12)
    if forget_bias == 1.0:
        assert factor == pytest.approx(2.4844e-14, rel=1e-4)
    if forget_bias == math.log(99.0):
        # (1 − 1/T)ᵀ for a forget gate of 1 − 1/T.
        assert factor == pytest.approx(math.exp(-1), rel=0.01)
    assert (run.gradient_log10[0, :-1] == -np.inf).all()
    carried, rest = run.carried_log10, run.rest_log10
    assert carried is not None
    assert rest is not None
    np.testing.assert_allclose(carried[0], -math.log10(1 + math.exp(-forget_bias)), rtol=1e-12)
    np.testing.assert_allclose(rest[0], 0, atol=1e-12)


def test_a_gru_without_weights_halves_its_state_however_long() -> None:
    run = simulate(Experiment(cell="gru", radius=0, depth=5000))
    steps = np.arange(5001)
    start = run.hidden_log10[0, 0]
    np.testing.assert_allclose(run.hidden_log10[0], start - steps * math.log10(2), rtol=1e-12)
    np.testing.assert_allclose(run.gradient_log10[0], (steps - 5000) * math.log10(2), rtol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("activation", ["tanh", "relu", "leaky_relu", "identity", "gelu"])
def test_norms_far_under_float64(cell: str, activation: str) -> None:
    """Through the range where float64 has no numbers, and out of it again by way of no bias."""
    e = Experiment(
        cell=cell, activation=activation, width=3, depth=45, radius=1e-9, forget_bias=-30.0
    )
    if cell != "lstm":
        e = attrs.evolve(e, start_rms=1e-300)
    run = simulate(e)
    twin = GatedTwin(e, run.networks[0])
    hidden = [log10_norm(h) for h, _ in twin.states]
    assert min(hidden) < -310
    np.testing.assert_allclose(run.hidden_log10[0], hidden, rtol=1e-9, atol=1e-9)
    for t in (0, 20, 44):
        gradient = log10_norm(twin.gradient(t)) if hidden[t] > -14 else None
        if gradient is not None:
            assert run.gradient_log10[0, t] == pytest.approx(gradient, rel=1e-9)


def test_a_state_that_grows_out_of_the_tiny_range() -> None:
    e = Experiment(cell="gru", width=4, depth=1200, radius=8.0, start_rms=1e-280, seed=3)
    run = simulate(e)
    assert run.hidden_log10[0, 0] < -270
    assert run.hidden_log10[0, -1] > -2
    twin = GatedTwin(attrs.evolve(e, depth=400), draw(attrs.evolve(e, depth=400)))
    hidden = [log10_norm(h) for h, _ in twin.states]
    np.testing.assert_allclose(run.hidden_log10[0, :401], hidden, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_wide_nets_of_every_activation_in_plain_numpy(cell: str, activation: str) -> None:
    """Widths that fill panels and their rest, in batches; gradients by a directional difference."""
    e = Experiment(
        cell=cell,
        activation=activation,
        width=41,
        depth=12,
        batch=3,
        bias=0.3,
        drive="noise",
        radius=0.7,
        tied=False,
        spectrum="gaussian",
    )
    network = draw(e)
    run = simulate(e, [network])
    rng = np.random.default_rng(1)
    direction, step = rng.standard_normal(network.start.shape), 1e-6
    ends = [
        float(
            (
                network.probe
                * simulate(
                    e, [attrs.evolve(network, start=network.start + sign * step * direction)]
                ).states[0, -1]
            ).sum()
        )
        for sign in (1, -1)
    ]
    slope = float((run.gradients[0, 0] * direction).sum())
    assert slope == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("cell", CELLS)
def test_a_stream_is_one_long_run_bit_for_bit(cell: str, tied: bool) -> None:
    e = Experiment(
        cell=cell, width=6, depth=20, tied=tied, bias=0.2, drive="noise", batch=2, radius=1.1
    )
    long = attrs.evolve(e, depth=75)
    run = simulate(long)
    stream = Stream(e)
    for now in range(5, 76, 5):
        stream.advance(5)
        look = stream.look()
        assert look.now == now
        seen = run.hidden_log10[:, look.first : look.now + 1]
        np.testing.assert_array_equal(look.hidden_log10, seen)
    window = attrs.evolve(e, depth=20)
    first = simulate(window)
    stream = Stream(e)
    stream.advance(20)
    np.testing.assert_array_equal(stream.look().gradient_log10, first.gradient_log10)


@pytest.mark.parametrize("cell", CELLS)
def test_a_streams_gradient_is_that_of_a_net_begun_at_its_window(cell: str) -> None:
    e = Experiment(cell=cell, width=5, depth=10, activation="tanh", radius=1.3)
    stream = Stream(e)
    stream.advance(34)
    look = stream.look()
    twin = GatedTwin(attrs.evolve(e, depth=34), draw(attrs.evolve(e, depth=34)))
    for t in (24, 27, 33):
        expected = log10_norm(twin.gradient(t))
        assert look.gradient_log10[0, t - 24] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("cell", CELLS)
def test_a_kick_moves_the_state_and_leaves_what_the_cell_keeps(cell: str) -> None:
    e = Experiment(cell=cell, width=5, depth=10)
    kicked, quiet = Stream(e), Stream(e)
    for one in (kicked, quiet):
        one.advance(7)
    kicked.kick()
    before, after = quiet._buffers, kicked._buffers
    assert np.linalg.norm(after.states[0, 7] - before.states[0, 7]) == pytest.approx(
        math.sqrt(5), rel=1e-12
    )
    if cell == "lstm":
        np.testing.assert_array_equal(after.cells[0, 7], before.cells[0, 7])


def test_the_candidate_has_the_matrix_of_the_rnn() -> None:
    rnn = draw(Experiment(departure=0.4)).weights
    for cell in ("lstm", "gru"):
        network = draw(Experiment(departure=0.4, cell=cell))
        np.testing.assert_array_equal(network.weights[2], rnn)
        np.testing.assert_array_equal(network.matrix, rnn)
        others = [network.weights[k] for k in range(len(network.weights)) if k != 2]
        for other in others:
            assert not np.allclose(other, rnn)
            moduli = np.abs(np.linalg.eigvals(other))
            np.testing.assert_allclose(moduli, 0.9, atol=1e-6)


def test_gates_get_the_same_signal_in_directions_of_their_own() -> None:
    drive = draw(Experiment(cell="lstm", drive="noise", batch=2)).drive
    assert drive.shape == (100, 4, 2, 32)
    ratio = drive / drive[:, :1, :, :1]
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[:1, :, :1], ratio.shape), rtol=1e-9)
    assert not np.allclose(drive[:, 0], drive[:, 1])


def test_autograd_agrees() -> None:
    """PyTorch's own cells, where it is installed."""
    torch = pytest.importorskip("torch")
    for cell in ("lstm", "gru"):
        e = Experiment(
            cell=cell,
            width=7,
            depth=9,
            batch=2,
            bias=0.3,
            forget_bias=0.0,
            drive="none",
            radius=1.2,
        )
        run = simulate(e)
        network = run.networks[0]
        # Of PyTorch's gates, i f g o and r z n, the second r z n adds b_hn inside the reset.
        make = torch.nn.LSTMCell if cell == "lstm" else torch.nn.GRUCell
        module = make(1, 7, dtype=torch.float64)
        with torch.no_grad():
            module.weight_hh.copy_(torch.tensor(network.weights.reshape(-1, 7)))
            module.bias_hh.copy_(torch.tensor(network.bias.reshape(-1)))
            module.weight_ih.zero_()
            module.bias_ih.zero_()
        nothing = torch.zeros(2, 1, dtype=torch.float64)
        h = torch.tensor(network.start, requires_grad=True)
        c = torch.zeros_like(h)
        nodes = [h]
        for _ in range(e.depth):
            if cell == "lstm":
                h, c = module(nothing, (h, c))
            else:
                h = module(nothing, h)
            h.retain_grad()
            nodes.append(h)
        (torch.tensor(network.probe) * h).sum().backward()
        for t, node in enumerate(nodes):
            np.testing.assert_allclose(run.states[0, t], node.detach().numpy(), atol=1e-12)
            np.testing.assert_allclose(run.gradients[0, t], node.grad.numpy(), atol=1e-12)
        whole = float(module.weight_hh.grad.norm())
        assert run.weight_gradient_norm[0] == pytest.approx(whole, rel=1e-10)
