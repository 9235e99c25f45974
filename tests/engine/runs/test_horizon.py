"""The horizon: measured on the curve, against closed forms, loops, and runs as long as it says."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuisim.engine.runs.simulate import simulate
from tuisim.engine.runs.stream import Stream
from tuisim.engine.runs.verdicts import horizon, median, member_regimes, verdict
from tuisim.figures.words.rates import horizon_steps, horizon_words
from tuisim.values import presets
from tuisim.values.experiment import Experiment


def crossing(log10: np.ndarray) -> int | None:
    """The first step back with a median a thousandfold off, counted by hand."""

    def middle(values: np.ndarray) -> float:
        ordered = sorted(values.tolist())
        return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2

    last = middle(log10[:, -1])
    for back in range(log10.shape[1]):
        # A thousandth but for rounding is one.
        if 10.0 ** abs(middle(log10[:, -1 - back]) - last) >= 1000.0 * (1 - 1e-8):
            return back
    return None


@pytest.mark.parametrize("radius", [0.1, 0.5, 0.9, 0.95, 1.05, 1.1, 3.0])
def test_of_an_orthogonal_linear_net_it_is_the_logarithm(radius: float) -> None:
    run = simulate(Experiment(activation="identity", radius=radius, depth=200))
    exact = 3 / abs(math.log10(radius))
    assert run.horizon == math.ceil(exact - 1e-9)


@given(st.lists(st.floats(-9, 9), min_size=1, max_size=30), st.integers(1, 4))
def test_it_is_the_first_crossing_of_the_median(drops: list[float], members: int) -> None:
    curve = np.cumsum([0.0, *drops])[::-1]
    log10 = curve + 0.1 * np.arange(members)[:, np.newaxis]
    assert horizon(log10) == crossing(log10)


def test_a_thousandth_but_for_rounding_is_one() -> None:
    assert horizon(np.array([[-4.0, np.nextafter(-3.0, 0.0), -2.0, -1.0, 0.0]])) == 3


@pytest.mark.parametrize(
    ("experiment", "words"),
    [
        (Experiment(), "10⁻³ after 66 steps"),
        (Experiment(depth=50), "> 50 steps"),
        # A tail under chaos is not straight: what one rate says is never reached.
        (Experiment(radius=1.13, depth=935), "> 935 steps"),
        (Experiment(radius=1.13, depth=2000), "> 2000 steps"),
        (presets.preset("leaky"), "> 100 steps"),
        (presets.preset("residual"), "> 100 steps"),
        (Experiment(radius=0.0), "0 within a step"),
        (Experiment(activation="identity", radius=2.0), "10³ after 10 steps"),
    ],
)
def test_the_words_are_true_of_the_curve(experiment: Experiment, words: str) -> None:
    run = simulate(experiment)
    assert horizon_words(run) == words
    assert run.horizon == crossing(run.gradient_log10)
    short = words.split(" after ")[-1].removesuffix(" steps")
    assert horizon_steps(run) == (short if run.horizon != 1 else "1")


def test_a_run_cut_there_has_just_crossed() -> None:
    """The gradient depends on its distance from T alone where the state is at rest."""
    linear = Experiment(activation="identity", spectrum="gaussian", radius=0.8, depth=300)
    found = simulate(linear).horizon
    assert found is not None
    end = simulate(attrs.evolve(linear, depth=found)).gradient_log10[0, 0]
    before = simulate(attrs.evolve(linear, depth=found - 1)).gradient_log10[0, 0]
    assert end <= -3 < before


def test_a_stream_has_that_of_its_window() -> None:
    stream = Stream(Experiment(activation="identity", radius=0.9, depth=80))
    stream.advance(40)
    assert horizon_words(stream.look().newest) == "> 40 steps"
    stream.advance(60)
    assert stream.look().newest.horizon == math.ceil(3 / -math.log10(0.9))


def test_what_is_no_number_has_none() -> None:
    broken = np.full((1, 11), np.nan)
    broken[0, -1] = 0.0
    assert horizon(broken) is None


def test_members_whose_fates_differ() -> None:
    ends = np.array([-np.inf, -5.0, -np.inf, 1.0])
    assert member_regimes(ends) == ("dead", "vanishing", "dead", "stable")
    assert verdict(ends) == "dead"
    # Between an exact zero and an infinity no member is "not a number".
    assert verdict(np.array([-np.inf, np.inf])) == "dead"
    assert median(np.array([[-np.inf, 1.0, np.nan], [np.inf, 3.0, 1.0]]))[:2].tolist() == [
        -np.inf,
        2.0,
    ]
    assert verdict(np.array([np.nan, 1.0, 2.0])) == "not a number"
