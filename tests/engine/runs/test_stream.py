"""A stream gives what one long run gives, bit for bit, and its gradient is of its window alone."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
import pytest

from tuisim.engine.cells.network import Network, draw
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.runs.stream import Stream, StreamRun
from tuisim.values.experiment import Experiment

WINDOW = 40
NET = Experiment(width=6, depth=WINDOW, radius=1.1)

EXPERIMENTS = {
    "plain": NET,
    "untied": attrs.evolve(NET, tied=False),
    "untied with bias": attrs.evolve(NET, tied=False, bias=0.3, spectrum="gaussian"),
    "skip": attrs.evolve(NET, skip=7, skip_share=0.4),
    "skip over the whole window": attrs.evolve(NET, skip=WINDOW, tied=False),
    "batch norm": attrs.evolve(NET, norm="batch", batch=5),
    "layer norm, untied": attrs.evolve(NET, norm="layer", batch=2, tied=False),
    "noise": attrs.evolve(NET, drive="noise", drive_gain=0.5),
    "sine and leak": attrs.evolve(NET, drive="sine", leak=0.3, residual=0.2),
    "impulse": attrs.evolve(NET, drive="impulse", drive_gain=2.0),
    "linear, exploding": attrs.evolve(NET, activation="identity", radius=30.0),
    "linear, vanishing": attrs.evolve(NET, activation="identity", radius=0.01),
    "relu": attrs.evolve(NET, activation="relu", spectrum="gaussian", radius=1.4, width=24),
    "members": attrs.evolve(NET, members=3, departure=0.4),
    "eigenvector": attrs.evolve(NET, start_eigenvector=2, start_rms=0.1),
}


def ahead(stream: Stream, steps: int, by: int) -> StreamRun:
    """Run on by so many steps in pieces, looking after each."""
    while steps > 0:
        stream.advance(min(by, steps))
        look = stream.look()
        steps -= by
    return look


def long_run(experiment: Experiment, steps: int) -> Any:
    """One run over so many steps, the skip and all else as they are."""
    return simulate(attrs.evolve(experiment, depth=steps))


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("by", [1, 7, WINDOW])
def test_a_stream_is_one_long_run_in_pieces(name: str, by: int) -> None:
    experiment = EXPERIMENTS[name]
    steps = 6 * WINDOW + 3
    run = long_run(experiment, steps)
    stream = Stream(experiment)
    for now in range(by, steps + 1, by):
        stream.advance(by)
        look = stream.look()
        assert look.now == now
        seen = run.hidden_log10[:, look.first : look.now + 1]
        np.testing.assert_array_equal(look.hidden_log10, seen)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_gradient_is_that_of_a_run_over_the_window(name: str) -> None:
    """Truncated back-propagation: the same states with their own probe at the newest step."""
    experiment = EXPERIMENTS[name]
    steps = WINDOW
    stream = Stream(experiment)
    look = ahead(stream, steps, 9)
    run = long_run(experiment, steps)
    assert look.window == WINDOW
    np.testing.assert_array_equal(look.gradient_log10, run.gradient_log10)


class Twin:
    """One member of a stream by plain NumPy, each step with the arrays that made it."""

    def __init__(self, start: np.ndarray) -> None:
        self.states = [start.copy()]
        self.slopes: list[np.ndarray] = []
        self.steps: list[tuple[Experiment, np.ndarray]] = []

    def run(self, e: Experiment, network: Network, count: int, done: int = 0) -> None:
        """Steps of a tanh or linear net with leak and skip; `done` of the network's are behind."""
        for step in range(count):
            t = len(self.states)
            here = done + step
            weights = network.weights if e.tied else network.weights[here]
            bias = network.bias if e.tied else network.bias[here]
            before = self.states[t - 1]
            source = before
            if e.skip:
                source = (1 - e.skip_share) * before
                source = source + e.skip_share * self.states[max(t - e.skip, 0)]
            a = source @ weights.T + bias + network.drive[here]
            if e.activation == "tanh":
                value, slope = np.tanh(a), 1 / np.cosh(a) ** 2
            else:
                assert e.activation == "identity"
                value, slope = a, np.ones_like(a)
            self.states.append((1 - e.leak + e.residual) * before + e.leak * value)
            self.slopes.append(slope)
            self.steps.append((e, weights))

    def gradient_log10(self, probe: np.ndarray, window: int) -> np.ndarray:
        """log10 ‖∂L/∂h_t‖ of L = probe·h_now for the newest `window` steps, oldest first."""
        now = len(self.states) - 1
        oldest = now - window
        gradients = {t: np.zeros_like(probe) for t in range(oldest, now)}
        gradients[now] = probe
        for t in range(now, oldest, -1):
            e, weights = self.steps[t - 1]
            through = (e.leak * self.slopes[t - 1] * gradients[t]) @ weights
            share = e.skip_share if e.skip else 0.0
            gradients[t - 1] = gradients[t - 1] + (1 - e.leak + e.residual) * gradients[t]
            gradients[t - 1] = gradients[t - 1] + (1 - share) * through
            back = max(t - e.skip, 0)
            if e.skip and back >= oldest:
                gradients[back] = gradients[back] + share * through
        norms = [np.linalg.norm(gradients[t]) for t in range(oldest, now + 1)]
        return np.log10(norms)


@pytest.mark.parametrize("name", ["plain", "untied with bias", "skip", "noise", "sine and leak"])
@pytest.mark.parametrize("steps", [WINDOW + 1, 2 * WINDOW, 3 * WINDOW + 7, 5 * WINDOW - 1])
def test_the_gradient_ends_at_the_window_however_long_the_stream(name: str, steps: int) -> None:
    experiment = EXPERIMENTS[name]
    network = draw(attrs.evolve(experiment, depth=6 * WINDOW))
    twin = Twin(network.start)
    twin.run(experiment, network, steps)
    look = ahead(Stream(experiment), steps, 17)
    assert look.window == WINDOW
    gradient = twin.gradient_log10(network.probe, WINDOW)
    np.testing.assert_allclose(look.gradient_log10[0], gradient, atol=1e-10)


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("radius", {"radius": 0.7}),
    ("activation", {"activation": "identity"}),
    ("leak and residual", {"leak": 0.4, "residual": 0.1}),
    ("a skip begins", {"skip": 5, "skip_share": 0.6}),
    ("a skip ends", {"skip": 0}),
    ("spectrum", {"spectrum": "symmetric"}),
    ("departure", {"departure": 0.8}),
    ("seed", {"seed": 9}),
]


@pytest.mark.parametrize(("name", "changes"), CHANGES, ids=[name for name, _ in CHANGES])
@pytest.mark.parametrize("after", [3, WINDOW - 1, WINDOW, WINDOW + 11])
def test_a_change_midway_drives_the_net_from_then_on(
    name: str, changes: dict[str, Any], after: int
) -> None:
    begin = attrs.evolve(NET, skip=3) if name == "a skip ends" else NET
    changed = attrs.evolve(begin, **changes)
    stream = Stream(begin)
    twin = Twin(draw(begin).start)
    twin.run(begin, draw(begin), 30)
    stream.advance(30)
    stream = stream.going_on_as(changed)
    stream.advance(after)
    twin.run(changed, draw(attrs.evolve(changed, depth=200)), after, done=30)
    look = stream.look()
    assert look.experiment == changed
    assert look.now == 30 + after
    expected = [math.log10(np.linalg.norm(state)) for state in twin.states]
    np.testing.assert_allclose(look.hidden_log10[0], expected[look.first :], atol=1e-11)
    gradient = twin.gradient_log10(draw(changed).probe, look.window)
    np.testing.assert_allclose(look.gradient_log10[0], gradient, atol=1e-10)


def test_three_changes_in_one_window() -> None:
    stages = [NET, attrs.evolve(NET, radius=0.5), attrs.evolve(NET, leak=0.5, skip=4),
              attrs.evolve(NET, activation="identity", radius=1.0)]  # fmt: skip
    stream = Stream(NET)
    twin = Twin(draw(NET).start)
    for place, stage in enumerate(stages):
        stream = stream.going_on_as(stage)
        stream.advance(9)
        twin.run(stage, draw(attrs.evolve(stage, depth=200)), 9, done=9 * place)
    look = stream.look()
    gradient = twin.gradient_log10(draw(stages[-1]).probe, look.window)
    np.testing.assert_allclose(look.gradient_log10[0], gradient, atol=1e-10)


def test_an_untied_net_changed_midway_draws_the_steps_that_a_long_run_has() -> None:
    begin = attrs.evolve(NET, tied=False, spectrum="gaussian", bias=0.2)
    changed = attrs.evolve(begin, radius=0.9)
    stream = Stream(begin)
    stream.advance(25)
    stream = stream.going_on_as(changed)
    stream.advance(WINDOW)
    deep = 25 + WINDOW
    twin = Twin(draw(begin).start)
    twin.run(begin, draw(attrs.evolve(begin, depth=deep)), 25)
    twin.run(changed, draw(attrs.evolve(changed, depth=deep)), WINDOW, done=25)
    look = stream.look()
    expected = [math.log10(np.linalg.norm(state)) for state in twin.states]
    np.testing.assert_allclose(look.hidden_log10[0], expected, atol=1e-11)


def test_the_same_experiment_is_no_change() -> None:
    stream = Stream(NET)
    stream.advance(5)
    assert stream.going_on_as(attrs.evolve(NET)) is stream


def test_a_linear_net_that_becomes_bounded_starts_from_its_true_state() -> None:
    """A state kept on a scale of its own must not be read as its mantissa."""
    linear = attrs.evolve(NET, activation="identity", radius=3.0)
    stream = Stream(linear)
    stream.advance(200)
    before = stream.look().hidden_log10[0, -1]
    assert before == pytest.approx(200 * math.log10(3) + 0.5 * math.log10(6), abs=1e-9)
    stream = stream.going_on_as(NET)
    stream.advance(1)
    # All units of tanh are at ±1.
    assert stream.look().hidden_log10[0, -1] == pytest.approx(0.5 * math.log10(6), abs=1e-6)


# Rolling.


def test_a_stream_keeps_two_windows_and_no_more() -> None:
    stream = Stream(NET)
    sizes = set()
    for _ in range(25):
        stream.advance(WINDOW)
        look = stream.look()
        assert look.hidden_log10.shape[1] <= 2 * WINDOW + 1
        sizes.add(look.hidden_log10.shape[1])
    assert sizes == {WINDOW + 1, 2 * WINDOW + 1}
    assert look.now == 25 * WINDOW
    assert len(stream._segments) <= 4


def test_a_look_is_frozen() -> None:
    stream = Stream(NET)
    look = ahead(stream, 50, 50)
    hidden, gradient = look.hidden_log10.copy(), look.gradient_log10.copy()
    ahead(stream, 200, 13)
    np.testing.assert_array_equal(look.hidden_log10, hidden)
    np.testing.assert_array_equal(look.gradient_log10, gradient)


def test_advancing_by_more_than_there_is_room_for_is_the_same() -> None:
    one, other = Stream(NET), Stream(NET)
    one.advance(10 * WINDOW + 3)
    ahead(other, 10 * WINDOW + 3, 11)
    np.testing.assert_array_equal(one.look().hidden_log10, other.look().hidden_log10)
    np.testing.assert_array_equal(one.look().gradient_log10, other.look().gradient_log10)


def test_the_window_grows_with_a_young_stream() -> None:
    stream = Stream(NET)
    look = stream.look()
    assert (look.now, look.window, look.first) == (0, 0, 0)
    assert look.gradient_log10 == pytest.approx(0.0, abs=1e-15)
    assert look.gradient_rate == 0.0
    assert look.hidden_rate == 0.0
    look = ahead(stream, 5, 5)
    assert (look.now, look.window, look.gradient_first) == (5, 5, 0)
    look = ahead(stream, 3 * WINDOW, 20)
    assert (look.window, look.gradient_first) == (WINDOW, 2 * WINDOW + 5)
    newest = look.newest
    assert newest.hidden_log10.shape == newest.gradient_log10.shape == (1, WINDOW + 1)
    assert newest.now == look.now


def test_the_page_holds_now_and_turns_by_half() -> None:
    stream = Stream(NET)
    pages = []
    for now in range(1, 5 * WINDOW):
        stream.advance(1)
        low, high = stream.look().page
        assert high - low == WINDOW
        assert low <= now <= high
        assert low % (WINDOW // 2) == 0
        pages.append(low)
    assert pages == sorted(pages)
    assert len({*pages}) == 9


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_shortest_windows_stream(depth: int) -> None:
    stream = Stream(attrs.evolve(NET, depth=depth))
    run = long_run(NET, 30)
    for now in range(1, 31):
        stream.advance(1)
        look = stream.look()
        assert look.now == now
        np.testing.assert_array_equal(look.hidden_log10, run.hidden_log10[:, look.first : now + 1])
        low, high = look.page
        assert low <= now <= high


def test_rates_and_verdict_are_of_the_window() -> None:
    linear = attrs.evolve(NET, activation="identity", radius=1.5)
    look = ahead(Stream(linear), 100, 30)
    assert look.gradient_rate == pytest.approx(math.log(1.5), abs=1e-12)
    assert look.hidden_rate == pytest.approx(math.log(1.5), abs=1e-12)
    assert look.regime == "exploding"
    # As a run's: the change, wherever it begins.
    twice = attrs.evolve(look, gradient_log10=look.gradient_log10 + math.log10(2))
    assert twice.gradient_rate == pytest.approx(math.log(1.5), abs=1e-12)
    look = ahead(Stream(attrs.evolve(linear, radius=0.5)), 100, 30)
    assert look.regime == "vanishing"


# Kicks and other windows.


def test_a_kick_moves_the_state_by_a_vector_of_the_starts_size() -> None:
    settled = attrs.evolve(NET, activation="identity", radius=1e-3, start_rms=0.5)
    stream = Stream(settled)
    before = ahead(stream, 60, 60)
    stream.kick()
    after = stream.look()
    assert after.now == before.now
    np.testing.assert_array_equal(after.hidden_log10[:, :-1], before.hidden_log10[:, :-1])
    # The state was next to nothing, so that it is the kick itself.
    assert after.hidden_log10[0, -1] == pytest.approx(math.log10(0.5 * math.sqrt(6)), abs=1e-12)


def test_kicks_differ_and_are_of_the_seed() -> None:
    def kicked(seed: int) -> np.ndarray:
        stream = Stream(attrs.evolve(NET, seed=seed, radius=0.5))
        for _ in range(3):
            stream.advance(10)
            stream.kick()
        stream.advance(10)
        hidden: np.ndarray = stream.look().hidden_log10
        return hidden

    np.testing.assert_array_equal(kicked(4), kicked(4))
    assert (kicked(4) != kicked(5)).any()
    levels = kicked(4)[0, [10, 20, 30]]
    assert len({*levels.tolist()}) == 3


@pytest.mark.parametrize("skip", [0, 5])
@pytest.mark.parametrize("depth", [9, 55])
def test_another_window_keeps_the_past(depth: int, skip: int) -> None:
    net = attrs.evolve(NET, skip=skip)
    whole = long_run(net, 300)
    stream = Stream(net)
    stream.advance(71)
    assert stream.going_on_as(attrs.evolve(net, depth=depth)) is stream
    for now in (71, 90, 160):
        stream.advance(now - stream.look().now)
        look = stream.look()
        assert look.now == now
        np.testing.assert_array_equal(
            look.hidden_log10, whole.hidden_log10[:, look.first : now + 1]
        )
        # Under a skip connection the window cuts paths, which a run of its own length does too.
        if not skip:
            back = long_run(net, now).gradient_log10[:, now - look.window :]
            np.testing.assert_array_equal(look.gradient_log10, back)
    assert look.window == depth


@pytest.mark.parametrize("changes", [{"width": 12}, {"batch": 3}, {"members": 2}])
def test_states_of_another_shape_begin_anew(changes: dict[str, Any]) -> None:
    stream = Stream(NET)
    stream.advance(70)
    other = attrs.evolve(NET, **changes)
    fresh = stream.going_on_as(other)
    assert fresh is not stream
    np.testing.assert_array_equal(fresh.look().hidden_log10, Stream(other).look().hidden_log10)


def test_a_norm_can_begin_midway() -> None:
    plain = attrs.evolve(NET, batch=4)
    stream = Stream(plain)
    stream.advance(20)
    for norm in ("layer", "batch", "none"):
        stream = stream.going_on_as(attrs.evolve(plain, norm=norm))
        stream.advance(15)
        look = stream.look()
        assert np.isfinite(look.hidden_log10).all()
        assert np.isfinite(look.gradient_log10).all()


def test_a_long_stream_of_a_chaotic_net_stays_exact() -> None:
    chaotic = attrs.evolve(NET, width=16, spectrum="gaussian", radius=2.5, depth=25)
    run = long_run(chaotic, 2000)
    look = ahead(Stream(chaotic), 2000, 25)
    np.testing.assert_array_equal(look.hidden_log10, run.hidden_log10[:, look.first :])
