"""Echo state networks: states, readout, memory and NARMA-10 against independent computations."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from tuisim.engine.cells.beyond import rnn_beyond
from tuisim.engine.cells.network import Network, draw
from tuisim.engine.maths.spectrum import Stream, generator
from tuisim.engine.reservoirs.reservoir import (
    MemoryCapacity,
    Protocol,
    draw_reservoir,
    fit_readout,
    memory_capacity,
    narma10,
    narma_series,
    nrmse,
    reservoir_states,
)
from tuisim.values import presets
from tuisim.values.experiment import Experiment

SHORT = Protocol(washout=100, train=600, test=500)


def reservoir(width: int = 20, **changes: Any) -> Experiment:
    return Experiment(width=width, spectrum="reservoir", **changes)


def naive_states(e: Experiment, network: Network, signal: np.ndarray) -> np.ndarray:
    """h_1 … h_L by the textbook's equation."""
    w, w_in, b = network.weights, network.drive[0, 0], network.bias
    states = [network.start[0]]
    for t, u in enumerate(signal):
        h = states[-1]
        source = h
        if e.skip:
            source = (1 - e.skip_share) * h + e.skip_share * states[max(t + 1 - e.skip, 0)]
        states.append((1 - e.leak + e.residual) * h + e.leak * np.tanh(w @ source + w_in * u + b))
    return np.array(states[1:])


def test_states_are_those_of_the_textbook() -> None:
    e = reservoir(leak=0.7, bias=0.3, drive_gain=0.4, members=2, residual=0.05, skip=7)
    signals = np.random.default_rng(1).uniform(-1, 1, (2, 60))
    states = reservoir_states(e, signals)
    assert states.shape == (2, 60, 20)
    for member in range(2):
        expected = naive_states(e, draw_reservoir(e, member), signals[member])
        assert states[member] == pytest.approx(expected, abs=1e-12)
    # Fewer steps than the skip is long.
    assert np.array_equal(reservoir_states(e, signals[:, :4]), states[:, :4])


def test_the_input_goes_where_the_drive_goes() -> None:
    e = reservoir(drive="sine", drive_gain=0.4, depth=30)
    signal = np.sin(2 * np.pi * np.arange(1, 31) / 25)
    drive = signal[:, None] * draw_reservoir(e).drive[0, 0]
    assert drive == pytest.approx(draw(e).drive[:, 0], abs=1e-15)
    assert np.array_equal(draw_reservoir(e).weights, draw(e).weights)


@pytest.mark.parametrize("ridge", [1e-3, 1.0, 100.0])
def test_the_readout_solves_the_normal_equations(ridge: float) -> None:
    random = np.random.default_rng(2)
    x, y = random.standard_normal((80, 7)) + 3, random.standard_normal((80, 2)) - 1
    readout = fit_readout(x, y, ridge)
    # With a column of ones that goes unpenalised.
    ones = np.column_stack([x, np.ones(80)])
    penalty = ridge * np.diag([1.0] * 7 + [0.0])
    expected = np.linalg.solve(ones.T @ ones + penalty, ones.T @ y)
    assert readout.weights == pytest.approx(expected[:-1], abs=1e-11)
    assert readout.intercept == pytest.approx(expected[-1], abs=1e-11)
    assert readout(x) == pytest.approx(ones @ expected, abs=1e-11)


def test_the_readout_without_a_ridge_is_least_squares() -> None:
    random = np.random.default_rng(3)
    x, y = random.standard_normal((50, 4)), random.standard_normal((50, 1))
    # A column twice, and one that does not vary: the pseudo-inverse takes the shortest weights.
    x = np.column_stack([x, x[:, 0], np.full(50, 2.0)])
    centred = x - x.mean(axis=0)
    expected = np.linalg.lstsq(centred, y - y.mean(), rcond=1e-12)[0]
    readout = fit_readout(x, y, 0.0)
    assert readout.weights == pytest.approx(expected, abs=1e-12)
    assert readout.weights[4] == pytest.approx(readout.weights[0])


def delay_line(e: Experiment) -> Network:
    """h_t = (u_t, u_{t−1} … u_{t−n+1})."""
    network = draw_reservoir(e)
    w_in = np.zeros_like(network.drive)
    w_in[0, 0, 0] = 1.0
    return attrs.evolve(network, weights=np.eye(e.width, k=-1), drive=w_in)


def test_a_delay_line_remembers_its_length_and_no_more() -> None:
    e = Experiment(width=12, activation="identity")
    memory = memory_capacity(e, [delay_line(e)], delays=30, protocol=SHORT)
    assert memory.capacity[0, :11] == pytest.approx(1.0, abs=1e-9)
    assert (memory.capacity[0, 11:] < memory.threshold).all()
    # The twelfth unit holds u_t, which the readout is given anyway.
    assert memory.total == pytest.approx(11.0, abs=1e-8)


def linear_capacity(e: Experiment, delays: int) -> np.ndarray:
    """MC_k of a linear reservoir: e_kᵀ P e_k, P onto the span of u_t's and the states' filters."""
    network = draw_reservoir(e)
    filters = [network.drive[0, 0]]
    step = (1 - e.leak) * np.eye(e.width) + e.leak * network.weights
    for _ in range(600):
        filters.append(step @ filters[-1])
    columns = np.array(filters)
    now = np.zeros((len(columns), 1))
    now[0] = 1.0
    q = np.linalg.qr(np.hstack([now, columns / np.linalg.norm(columns, axis=0)]))[0]
    found: np.ndarray = (q**2).sum(axis=1)[1 : delays + 1]
    return found


@pytest.mark.parametrize(
    "changes",
    [
        {"spectrum": "reservoir", "radius": 0.9},
        {"spectrum": "orthogonal", "radius": 0.8},
        {"spectrum": "gaussian", "radius": 0.7, "leak": 0.8},
    ],
)
def test_a_linear_reservoir_against_its_closed_form(changes: Any) -> None:
    e = Experiment(width=6, activation="identity", **changes)
    protocol = Protocol(ridge=0.0, train=8000, test=8000)
    memory = memory_capacity(e, delays=60, protocol=protocol)
    expected = linear_capacity(e, 400)
    assert expected.sum() == pytest.approx(6.0, abs=1e-3)
    # A squared correlation r² of N pairs has a spread of 2r(1 − r²)/√N < 0.77/√N.
    assert memory.capacity[0] == pytest.approx(expected[:60], abs=4 * 0.77 / 8000**0.5)
    assert memory.total[0] == pytest.approx(6.0, abs=0.2)


@pytest.mark.parametrize(
    ("changes", "least"),
    [
        ({"radius": 0.9, "activation": "identity"}, 15),
        ({"spectrum": "orthogonal", "radius": 0.9, "activation": "identity"}, 19),
        ({"radius": 0.9, "drive_gain": 0.1}, 12),
        ({"radius": 0.9}, 7),
        ({"radius": 0.9, "activation": "relu", "bias": 0.5, "drive_gain": 0.3}, 2),
        ({"radius": 1.1, "activation": "hard_tanh", "leak": 0.6}, 5),
    ],
)
def test_the_total_is_at_most_the_width(changes: Any, least: float) -> None:
    e = Experiment(**({"width": 20, "spectrum": "reservoir", "members": 3} | changes))
    total = memory_capacity(e).total
    assert total.shape == (3,)
    # Jaeger's bound holds for the correlations themselves; these are measured.
    assert (total < 20.1).all()
    assert (total > least).all()


def test_chance_alone_is_one_over_the_test_steps_and_does_not_count() -> None:
    memory = memory_capacity(reservoir(drive_gain=0.0), delays=400)
    assert memory.capacity.sum() == pytest.approx(400 / 4000, rel=0.35)
    assert memory.total == 0.0
    # As many weights as a tenth of the training steps would explain as much of anything there.
    wide = memory_capacity(
        reservoir(60, radius=0.3), delays=100, protocol=Protocol(train=600, test=4000)
    )
    assert wide.capacity[0, 50:].mean() < 3 / 4000


def test_the_threshold_is_the_tail_of_chi_squared() -> None:
    from scipy.stats import chi2

    memory = memory_capacity(reservoir(), delays=5, protocol=SHORT)
    assert memory.threshold == pytest.approx(chi2.isf(1e-4, 1) / 500, rel=1e-5)
    counted = MemoryCapacity(
        memory.experiment, SHORT, np.arange(1, 4), np.array([[0.9, 0.1, 0.02]]), 0.03
    )
    assert counted.total == pytest.approx([1.0])


def test_narma_series_against_a_naive_loop() -> None:
    u = 0.5 * np.random.default_rng(4).random(300)
    y = [0.0] * (len(u) + 1)
    for t in range(len(u)):
        total = 0.0
        for i in range(10):
            total += y[t - i] if t >= i else 0.0
        y[t + 1] = 0.3 * y[t] + 0.05 * y[t] * total + 0.1
        if t >= 9:
            y[t + 1] += 1.5 * u[t - 9] * u[t]
    assert narma_series(u) == pytest.approx(y, abs=1e-14)
    # By hand: 0.1, then 0.3·0.1 + 0.05·0.1·0.1 + 0.1.
    assert narma_series(np.zeros(2)) == pytest.approx([0.0, 0.1, 0.1305])


def test_a_sequence_that_runs_off_gives_way_to_another() -> None:
    e = reservoir(seed=17)
    lengths = Protocol()
    for task in (1, 2):
        u = 0.5 * generator(17, 0, Stream.TASK_INPUT, task).random(lengths.steps)
        y = narma_series(u)
        assert np.isfinite(y).all() == (task == 2)
    assert narma10(e).target[0] == pytest.approx(y[1:][-lengths.test :], abs=0)


def test_narma10_against_least_squares_of_the_naive_states() -> None:
    e = reservoir(drive_gain=0.3, bias=0.1, leak=0.9)
    protocol = attrs.evolve(SHORT, ridge=1e-3)
    found = narma10(e, protocol=protocol)
    u = 0.5 * generator(e.seed, 0, Stream.TASK_INPUT, 1).random(protocol.steps)
    y = narma_series(u)
    states = naive_states(e, draw_reservoir(e), u)
    x = np.column_stack([u, states])
    learn, held = slice(100, 700), slice(700, 1200)
    mean, target_mean = x[learn].mean(axis=0), y[1:][learn].mean()
    # A ridge is more data: rows √ridge·I with targets of 0.
    rows = np.vstack([x[learn] - mean, np.sqrt(1e-3) * np.eye(21)])
    aims = np.concatenate([y[1:][learn] - target_mean, np.zeros(21)])
    weights = np.linalg.lstsq(rows, aims, rcond=None)[0]
    output = (x[held] - mean) @ weights + target_mean
    assert found.output[0] == pytest.approx(output, abs=1e-9)
    assert np.array_equal(found.target[0], y[1:][held])
    error = np.sqrt(np.mean((output - y[1:][held]) ** 2)) / np.std(y[1:][held])
    assert found.nrmse[0] == pytest.approx(error, abs=1e-9)
    # What needs no reservoir.
    last = np.sqrt(np.mean((y[:-1][held] - y[1:][held]) ** 2)) / np.std(y[1:][held])
    assert found.last_nrmse[0] == pytest.approx(last)
    ten = np.array([u[t - 9 : t + 1] for t in range(100, 1200)])
    ones = np.column_stack([ten, np.ones(1100)])
    weights = np.linalg.lstsq(ones[:600], y[1:][learn], rcond=None)[0]
    assert found.inputs_nrmse[0] == pytest.approx(
        nrmse(ones[600:] @ weights, y[1:][held]), abs=1e-4
    )


@pytest.mark.parametrize("seed", [0, 1, 2, 10])
def test_a_good_reservoir_at_narma10(seed: int) -> None:
    found = narma10(attrs.evolve(presets.preset("echo-state"), seed=seed))
    # Measured over these seeds: 0.256 … 0.270.
    assert 0.2 < found.nrmse[0] < 0.32
    assert found.mean_nrmse[0] == pytest.approx(1.0, abs=0.02)
    assert 0.55 < found.inputs_nrmse[0] < 0.65
    assert 0.8 < found.last_nrmse[0] < 0.9


def test_the_mean_has_an_error_of_one() -> None:
    target = np.random.default_rng(5).random(100)
    assert nrmse(np.full(100, target.mean()), target) == pytest.approx(1.0)
    assert nrmse(target, target) == 0.0


def test_a_seed_and_a_member_decide_everything() -> None:
    e = reservoir(members=2)
    first, again = memory_capacity(e, protocol=SHORT), memory_capacity(e, protocol=SHORT)
    assert np.array_equal(first.capacity, again.capacity)
    alone = memory_capacity(attrs.evolve(e, members=1), protocol=SHORT)
    assert alone.capacity[0] == pytest.approx(first.capacity[0], abs=1e-12)
    other = memory_capacity(attrs.evolve(e, seed=1), protocol=SHORT)
    assert not np.allclose(first.capacity, other.capacity)
    assert not np.allclose(first.capacity[0], first.capacity[1])
    # The tasks decide depth and drive.
    driven = memory_capacity(attrs.evolve(e, depth=7, drive="noise"), protocol=SHORT)
    assert np.array_equal(driven.capacity, first.capacity)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tied": False}, "tied: got False, allowed: True"),
        ({"batch": 4}, "batch: got 4, allowed: 1"),
        ({"cell": "lstm"}, "cell: got 'lstm', allowed: rnn"),
        ({"activation": "identity", "radius": 3.0}, "radius: got 3.0, allowed: one at which"),
    ],
)
@pytest.mark.parametrize("task", [memory_capacity, narma10])
def test_what_is_no_reservoir_is_refused(task: Any, changes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        task(reservoir(**changes))


def test_a_state_that_leaves_float64_is_not_followed_to_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    beyond = []
    step = rnn_beyond.step
    monkeypatch.setattr(rnn_beyond, "step", lambda *of: beyond.append(of) or step(*of))
    monkeypatch.setattr(rnn_beyond, "step_back", lambda *_: pytest.fail("no gradient is used"))
    e = reservoir(activation="identity", radius=3.0, members=2)
    with pytest.raises(ValueError, match=r"not from step 6\d\d on"):
        memory_capacity(e)
    assert 0 < len(beyond) < 2 * 200
    # What fades leaves it too, and is nothing to be refused.
    fading = reservoir_states(reservoir(activation="identity", radius=1e-3), np.zeros((1, 130)))
    assert (fading[0, -1] == 0).all()


def test_bad_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="train: got 1, allowed: ≥ 2"):
        Protocol(train=1)
    with pytest.raises(ValueError, match="ridge: got -1, allowed: ≥ 0"):
        Protocol(ridge=-1)
    with pytest.raises(ValueError, match="got 200500 steps, allowed: 1…100000"):
        Protocol(train=100_000, test=100_000)
    with pytest.raises(ValueError, match="delays: got 101, allowed: 1…washout, which is 100"):
        memory_capacity(reservoir(), delays=101, protocol=SHORT)
    with pytest.raises(ValueError, match="washout: got 0, allowed: ≥ 1 for memory"):
        memory_capacity(reservoir(), protocol=Protocol(washout=0))
    with pytest.raises(ValueError, match="washout: got 8, allowed: ≥ 9"):
        narma10(reservoir(), protocol=Protocol(washout=8))
    with pytest.raises(ValueError, match=r"network.drive: got shape \(100, 1, 20\)"):
        memory_capacity(reservoir(), [draw(reservoir())], protocol=SHORT)
    with pytest.raises(ValueError, match="networks, signals: got 2, 1, allowed: 1"):
        memory_capacity(reservoir(), [draw_reservoir(reservoir())] * 2, protocol=SHORT)
