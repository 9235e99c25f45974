"""The activations' formulas and facts against mpmath, their limits and their kinks."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from tests.support.activations import TRUTH
from tuisim.engine.base.facts import FACTS, slope, value
from tuisim.values.experiment import ACTIVATIONS

mpmath.mp.dps = 40

POINTS = [-30.0, -18.0, -9.5, -3.0, -1.4, -0.3, -1e-3, -1e-9, 1e-9, 1e-3, 0.3, 1.4, 3.0, 18.0, 30.0]


def test_every_activation_has_its_facts_and_formulas() -> None:
    assert tuple(FACTS) == ACTIVATIONS
    assert set(TRUTH) == set(ACTIVATIONS)
    for name in ACTIVATIONS:
        assert FACTS[name].name == name


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("x", POINTS)
def test_value_and_slope_against_high_precision(name: str, x: float) -> None:
    # A rounded argument moves gelu's Gaussian tail by x² roundings; nothing moves the others.
    loose = 4e-15 + (x * x * 3e-16 if name == "gelu" else 0)
    with mpmath.workdps(60):
        expected = float(TRUTH[name](mpmath.mpf(x)))
        expected_slope = float(mpmath.diff(TRUTH[name], mpmath.mpf(x), h=mpmath.mpf("1e-25")))
    assert float(value(name, x)) == pytest.approx(expected, rel=loose, abs=0)
    assert float(slope(name, x)) == pytest.approx(expected_slope, rel=loose, abs=1e-300)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_facts_agree_with_the_formulas(name: str) -> None:
    facts = FACTS[name]
    assert float(value(name, 0.0)) == pytest.approx(facts.value_at_zero, rel=1e-15)
    step = 1e-9
    assert float(slope(name, -step)) == pytest.approx(facts.left_slope, abs=3e-9)
    assert float(slope(name, step)) == pytest.approx(facts.right_slope, abs=3e-9)
    assert float(slope(name, -math.inf)) == facts.slope_below
    assert float(slope(name, math.inf)) == facts.slope_above
    grid = np.linspace(-40, 40, 160_001)
    largest = float(np.abs(slope(name, grid)).max())
    assert largest <= facts.largest_slope
    assert largest == pytest.approx(facts.largest_slope, rel=1e-7)
    if facts.positively_homogeneous:
        assert np.allclose(value(name, 7.5 * grid), 7.5 * value(name, grid), rtol=1e-15, atol=0)
    else:
        assert not np.allclose(value(name, 7.5 * grid), 7.5 * value(name, grid), rtol=1e-3)


def test_published_largest_slopes() -> None:
    assert FACTS["gelu"].largest_slope == pytest.approx(1.1289, abs=5e-5)
    assert FACTS["selu"].largest_slope == pytest.approx(1.7581, abs=5e-5)
    assert FACTS["sigmoid"].largest_slope == 0.25
    best = mpmath.diff(TRUTH["gelu"], mpmath.sqrt(2))
    assert FACTS["gelu"].largest_slope == pytest.approx(float(best), rel=1e-15)
    assert all(
        FACTS[name].largest_slope == 1
        for name in ACTIVATIONS
        if name not in ("gelu", "selu", "sigmoid")
    )


def test_which_are_differentiable_at_zero_and_rest_there() -> None:
    kinked = {name for name in ACTIVATIONS if FACTS[name].slope_at_zero is None}
    assert kinked == {"relu", "leaky_relu", "selu"}
    resting = {name for name in ACTIVATIONS if FACTS[name].rests}
    assert resting == {"identity", "tanh", "elu", "gelu", "hard_tanh"}
    smooth = {name for name in ACTIVATIONS if FACTS[name].smooth}
    assert smooth == {"identity", "tanh", "sigmoid", "gelu", "softplus"}


def test_slopes_at_kinks_are_pytorchs() -> None:
    assert float(slope("relu", 0.0)) == 0
    assert float(slope("leaky_relu", 0.0)) == 0.01
    assert float(slope("elu", 0.0)) == 1
    assert float(slope("selu", 0.0)) == FACTS["selu"].left_slope
    assert slope("hard_tanh", [-1.0, 1.0]).tolist() == [0, 0]
    assert slope("hard_tanh", [np.nextafter(-1, 0), np.nextafter(1, 0)]).tolist() == [1, 1]


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.filterwarnings("error")
def test_nan_is_never_hidden_and_infinity_gives_the_limit(name: str) -> None:
    x = np.array([[np.nan, -np.inf], [np.inf, 1e200]])
    y, s = value(name, x), slope(name, x)
    assert np.isnan(y).tolist() == np.isnan(s).tolist() == [[True, False], [False, False]]
    below = {"identity": -math.inf, "leaky_relu": -math.inf, "tanh": -1, "hard_tanh": -1, "elu": -1}
    assert y[0, 1] == pytest.approx(below.get(name, -FACTS["selu"].left_slope * (name == "selu")))
    assert y[1, 0] == (math.inf if FACTS[name].slope_above else 1)


def test_an_unknown_activation_is_named() -> None:
    with pytest.raises(ValueError, match="activation: got 'swish', allowed: identity, tanh"):
        value("swish", 0.0)
    with pytest.raises(ValueError, match="swish"):
        slope("swish", 0.0)
