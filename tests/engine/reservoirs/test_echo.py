"""The distance of two trajectories against 120 digits, the kernels and closed forms."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.twin import ACTIVATIONS as EXACT
from tests.support.twin import Twin, log10_norm, mp
from tuisim.engine.cells.network import draw
from tuisim.engine.reservoirs.echo import StateDistance, other_start, rise, state_distance
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import ACTIVATIONS, Experiment


def small(**changes: Any) -> Experiment:
    fields = {"width": 3, "depth": 40, "spectrum": "reservoir", "bias": 0.3, "drive": "noise"}
    return Experiment(**(fields | changes))


@pytest.mark.parametrize(
    "changes",
    [
        *({"activation": one, "radius": 0.3} for one in ACTIVATIONS),
        # Far out, where φ has come to its limit in every digit.
        *({"activation": one, "drive_gain": 20.0, "depth": 15} for one in ACTIVATIONS),
        {"leak": 0.6, "residual": 0.1, "drive": "sine"},
        {"radius": 0.5, "skip": 3, "skip_share": 0.7},
        {"radius": 0.5, "skip": 2, "skip_share": 1.0, "leak": 0.5},
        {"radius": 0.5, "norm": "layer", "width": 4},
        {"radius": 3.0, "depth": 15},
    ],
)
def test_true_distances_far_below_the_states_rounding(changes: Any) -> None:
    e = small(**changes)
    network = draw(e)
    with mp.workdps(120):
        one = Twin(e, network).states
        two = Twin(e, attrs.evolve(network, start=other_start(e, network)[None])).states
        expected = [log10_norm(a - b) for a, b in zip(one, two, strict=True)]
    found = state_distance(e).distance_log10[0]
    assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("exponent", [0, -20, -1000])
def test_differences_of_the_activation_without_cancellation(activation: str, exponent: int) -> None:
    # Far out on both sides, on either side of 0, and over it in steps of every size.
    points = [-60, -25, -19, -3, -0.7, -1e-7, -1e-300, 1e-7, 0.4, 1 - 1e-6, 2.5, 19, 25, 60]
    steps = [s * m for m in (1e-14, 3e-6, 3e-4, 0.3, 2, 5) for s in (1, -1)]
    a, d = (grid.ravel() for grid in np.meshgrid(points, steps))
    found = rise(activation, a, d, exponent)
    function = EXACT[activation][0]
    with mp.workdps(400):
        scale = mp.mpf(2) ** exponent
        expected = np.array(
            [
                float((function(mp.mpf(x) + mp.mpf(y) * scale) - function(mp.mpf(x))) / scale)
                for x, y in zip(a.tolist(), d.tolist(), strict=True)
            ]
        )
    slack = 1e-10 * np.abs(d) if activation == "gelu" else 0.0
    wrong = np.abs(found - expected) > 2e-10 * np.abs(expected) + slack
    assert not wrong.any(), (a[wrong], d[wrong], found[wrong], expected[wrong])


def test_two_rows_of_the_kernels_keep_that_distance() -> None:
    e = Experiment(spectrum="reservoir", width=50, depth=300, drive="noise", leak=0.8)
    network = draw(e)
    pair = attrs.evolve(
        network,
        start=np.vstack([network.start, other_start(e, network)]),
        drive=np.repeat(network.drive, 2, axis=1),
        probe=np.repeat(network.probe, 2, axis=0),
    )
    states = simulate(attrs.evolve(e, batch=2), [pair]).states[0]
    with np.errstate(divide="ignore"):
        expected = np.log10(np.linalg.norm(states[:, 0] - states[:, 1], axis=1))
    found = state_distance(e)
    above = expected > -9
    assert above.sum() > 50
    assert found.distance_log10[0][above] == pytest.approx(expected[above], abs=1e-6)
    # Beside one another they cannot come closer than rounding.
    assert found.distance_log10[0, -1] < -25
    assert expected[-1] == -np.inf or expected[-1] > -18


@pytest.mark.parametrize("radius", [0.3, 1.0, 2.5])
def test_a_linear_net_scales_the_distance_by_its_radius(radius: float) -> None:
    e = Experiment(activation="identity", radius=radius, depth=1500)
    found = state_distance(e)
    line = found.distance_log10[0, 0] + np.arange(1501) * math.log10(radius)
    assert found.distance_log10[0] == pytest.approx(line, abs=1e-9)
    assert found.rate == pytest.approx(math.log(radius), abs=1e-12)
    assert found.verdict == ("converges" if radius < 1 else "does not converge")


@pytest.mark.parametrize("drive", ["none", "sine", "noise"])
def test_a_contraction_is_bounded_by_its_largest_singular_value(drive: str) -> None:
    # Jaeger 2001, proposition 3a: σ₁ < 1 is enough for the echo state property.
    e = Experiment(spectrum="reservoir", radius=0.4, leak=0.7, drive=drive, members=3, depth=60)
    found = state_distance(e).distance_log10
    for member in range(3):
        largest = np.linalg.norm(draw(e, member).weights, 2)
        assert largest < 1
        bound = np.arange(61) * math.log10(1 - 0.7 + 0.7 * largest)
        assert (found[member] <= found[member, 0] + bound + 1e-9).all()


@pytest.mark.parametrize("seed", range(4))
def test_below_radius_one_it_converges_and_at_two_it_does_not(seed: int) -> None:
    e = Experiment(spectrum="reservoir", width=100, seed=seed)
    still = state_distance(attrs.evolve(e, radius=0.9))
    assert still.verdict == "converges"
    # Small distances are multiplied by W in the end.
    assert still.rate == pytest.approx(math.log(0.9), abs=0.05)
    wild = state_distance(attrs.evolve(e, radius=2.0))
    assert wild.verdict == "does not converge"
    assert wild.distance_log10[0, 20:].min() > -0.5
    # Input alone can hold the same net (Rajan, Abbott & Sompolinsky 2010).
    held = state_distance(attrs.evolve(e, radius=2.0, drive="noise", drive_gain=10.0))
    assert held.verdict == "converges"


def test_equal_is_equal() -> None:
    found = state_distance(small(activation="hard_tanh", drive_gain=50.0))
    assert found.distance_log10[0, -1] == -np.inf
    assert (found.verdict, found.rate) == ("converges", -math.inf)


def test_a_state_that_is_no_number_has_no_distance() -> None:
    e = Experiment(activation="relu", spectrum="identity", radius=1e10, depth=60, width=8)
    assert state_distance(e).verdict == "not a number"


def test_a_single_unit_has_two_starts() -> None:
    for seed in range(4):
        e = Experiment(width=1, seed=seed, radius=0.5)
        assert state_distance(e).distance_log10[0, 0] == pytest.approx(math.log10(2))


def test_the_other_start_is_of_the_first_ones_size() -> None:
    e = Experiment(start_rms=3.0, start_eigenvector=0)
    other = other_start(e, draw(e))
    assert np.sqrt(np.mean(other**2)) == pytest.approx(3.0)
    assert abs(float(other @ draw(e).start[0])) < 0.9 * 9 * 32


def test_rate_and_verdict_are_the_median_members() -> None:
    curves = np.array([[0.0, -1, -2], [1, -1, -3], [0, 0, -9]])
    found = StateDistance(Experiment(depth=2), curves)
    assert found.rate == pytest.approx(-4 * math.log(10) / 2)
    assert found.verdict == "converges"
    assert StateDistance(Experiment(depth=2), curves[:1]).verdict == "does not converge"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tied": False}, "tied: got False, allowed: True"),
        ({"batch": 2}, "batch: got 2, allowed: 1"),
        ({"cell": "gru"}, "cell: got 'gru', allowed: rnn"),
    ],
)
def test_what_is_no_reservoir_is_refused(changes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        state_distance(Experiment(**changes))
