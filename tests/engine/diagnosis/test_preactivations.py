"""Pre-activations computed again: φ of them are the states, φ′ of them the slopes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings

from tests.support.strategies import experiments
from tuisim import Experiment, simulate
from tuisim.engine.base.facts import slope, value
from tuisim.engine.diagnosis import preactivations
from tuisim.engine.diagnosis.preactivations import BINS, pre_activations, spread


@given(experiments())
@settings(max_examples=150, deadline=None)
def test_they_reproduce_states_and_slopes(e: Experiment) -> None:
    run = simulate(e)
    shape = (e.depth, e.batch, e.width)
    for member in range(e.members):
        a = pre_activations(run, member=member)["a"].reshape(shape)
        states = run.states[member]
        carried = (1 - e.leak + e.residual) * states[:-1]
        # A slope that jumps at a kink is known only where rounding does not cross it.
        clear = np.abs(a) > 1e-9
        clear &= np.abs(np.abs(a) - 1) > 1e-9
        scale = max(1.0, float(np.abs(states).max()))
        np.testing.assert_allclose(
            carried + e.leak * value(e.activation, a), states[1:], rtol=1e-9, atol=1e-9 * scale
        )
        np.testing.assert_allclose(
            slope(e.activation, a)[clear],
            run.slopes[member][clear],
            rtol=1e-7,
            atol=1e-9 * max(1.0, float(np.abs(a).max())),
        )


def test_one_step_is_that_of_all() -> None:
    run = simulate(Experiment(width=5, depth=7, batch=3, skip=2, drive="noise", members=2))
    whole = pre_activations(run, member=1)["a"].reshape(7, 3, 5)
    for step in range(1, 8):
        assert np.array_equal(pre_activations(run, step, member=1)["a"], whole[step - 1])


@pytest.mark.parametrize("step", [0, 8, -1])
def test_steps_that_there_are_not(step: int) -> None:
    run = simulate(Experiment(width=2, depth=7))
    with pytest.raises(ValueError, match=f"step: got {step}, allowed: 1…7, or None for all"):
        pre_activations(run, step)


def test_the_spread_counts_every_one(monkeypatch: pytest.MonkeyPatch) -> None:
    # Steps in chunks of two, as for a deep net.
    monkeypatch.setattr(preactivations, "_CHUNK_BYTES", 2 * 8 * 2 * 6)
    run = simulate(Experiment(width=6, depth=9, batch=2, radius=4, members=3))
    told: list[tuple[int, int]] = []
    found = spread(run, lambda done, total: told.append((done, total)))
    values = np.stack([pre_activations(run, member=one)["a"] for one in range(3)])
    by_step = values.reshape(3, 9, 12).transpose(1, 0, 2).reshape(9, 36)
    edge = found.edges[-1]
    assert found.edges[0] == -edge
    assert found.counts.shape == (9, BINS)
    assert (found.counts.sum(axis=1) == 36).all()
    for step, row in enumerate(by_step):
        clipped = np.clip(row, -edge, np.nextafter(edge, 0))
        assert np.array_equal(found.counts[step], np.histogram(clipped, found.edges)[0])
    assert np.array_equal(found.beyond, (np.abs(by_step) > edge).sum(axis=1))
    assert found.rms == pytest.approx(np.sqrt((by_step**2).mean(axis=1)), rel=1e-12)
    assert found.slope == pytest.approx(slope("tanh", by_step).mean(axis=1), rel=1e-12)
    assert told[-1] == (27, 27)
    assert not found.missing.any()


def test_the_bins_end_at_round_numbers() -> None:
    assert spread(simulate(Experiment(radius=0.5))).edges[-1] == 3
    assert spread(simulate(Experiment(radius=12, width=64))).edges[-1] == 40
    assert spread(simulate(Experiment(activation="relu", radius=9))).edges[-1] == 100


def test_what_is_no_number_is_in_no_bin_and_a_tiny_rms_is_not_zero() -> None:
    found = spread(simulate(Experiment(activation="softplus", radius=30, depth=300)))
    assert found.missing[-1] == 32
    assert found.counts[-1].sum() == 0
    assert np.isnan(found.slope[-1])
    small = spread(simulate(Experiment(start_rms=1e-200, depth=5)))
    assert small.rms == pytest.approx(1e-200 * 0.9 ** np.arange(1, 6), rel=1e-9)


@pytest.mark.parametrize("size", [1e-300, 1e-161, 1e-141, 1.0, 1e149, 1e153, 1e300])
def test_the_rms_is_right_where_squares_leave_float64(size: float) -> None:
    run = simulate(Experiment(activation="identity", start_rms=size, depth=3, width=9))
    rows = [[float(one) for one in row] for row in pre_activations(run)["a"]]
    assert spread(run).rms == pytest.approx([math.hypot(*row) / 3 for row in rows], rel=1e-12)


@pytest.mark.parametrize("radius", [0.3, 0.05])
@pytest.mark.parametrize("width", [8, 33])
def test_however_small_what_is_negative_lies_left_of_zero(radius: float, width: int) -> None:
    run = simulate(Experiment(width=width, radius=radius, depth=100))
    found = spread(run)
    middle = BINS // 2
    assert found.edges[middle] == 0
    a = pre_activations(run)["a"].reshape(100, width)
    assert np.array_equal(found.counts[:, :middle].sum(axis=1), (a < 0).sum(axis=1))
    assert np.array_equal(found.counts[:, middle:].sum(axis=1), (a >= 0).sum(axis=1))
    assert (found.counts[-1, [middle - 1, middle]] > 0).all()


@pytest.mark.parametrize("e", [Experiment(radius=6, width=40), Experiment(cell="lstm", radius=3)])
def test_bins_are_mirror_images(e: Experiment) -> None:
    """A value and its negative lie in bins as far from the middle, unless on an edge."""
    found = spread(simulate(e))
    assert np.array_equal(found.edges, -found.edges[::-1])
    values = pre_activations(simulate(e))["a" if e.cell == "rnn" else "g"].ravel()
    for sign in (1, -1):
        clipped = np.clip(sign * values, found.edges[0], np.nextafter(found.edges[-1], 0))
        expected = np.histogram(clipped, found.edges)[0]
        assert np.array_equal(found.counts.sum(axis=0)[::sign], expected)
