"""The net linearised at rest, against runs near it and closed forms."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest

from tests.support.theories import LINEARISED, LN10, of, plain_run
from tuisim.engine.base.facts import slope
from tuisim.engine.cells.network import draw
from tuisim.engine.theory.theory import linearised
from tuisim.values.experiment import Experiment


@pytest.mark.parametrize("activation", ["tanh", "elu", "gelu", "hard_tanh"])
@pytest.mark.parametrize(("leak", "residual"), [(1.0, 0.0), (0.4, 0.0), (0.7, 0.15)])
def test_the_linearised_rate_is_met_near_rest(
    activation: str, leak: float, residual: float
) -> None:
    e = Experiment(
        width=5,
        depth=240,
        activation=activation,
        spectrum="eigenvalues",
        eigenvalues=(0.8, 0.5, 0.3 + 0.2j, 0.3 - 0.2j, 0.1),
        leak=leak,
        residual=residual,
        start_rms=1e-9,
    )
    network = draw(e)
    hidden, gradient = plain_run(e, network)
    found = of(LINEARISED, e, [network])
    factor = 1 - leak + residual + leak * (0.5 if activation == "gelu" else 1.0) * 0.8
    assert found.gradient_rate == found.hidden_rate == pytest.approx(math.log(factor), rel=1e-12)
    # Interior steps: the other modes have died, the state is still far from any bend.
    assert np.allclose(-np.diff(gradient)[60:120] * LN10, found.gradient_rate, atol=1e-6)
    assert np.allclose(np.diff(hidden)[100:180] * LN10, found.hidden_rate, atol=1e-6)


@pytest.mark.parametrize("activation", ["sigmoid", "softplus"])
def test_where_phi_does_not_rest_only_the_gradient_is_linearised(activation: str) -> None:
    found = of(LINEARISED, Experiment(activation=activation, radius=0.5))
    expected = math.log(0.5 * float(slope(activation, 0.0)))
    assert found.gradient_rate == pytest.approx(expected, rel=1e-12)
    assert found.gradient_log10 is not None
    assert found.hidden_rate is found.hidden_log10 is None
    assert "no rest at 0" in found.warning
    assert found.average == "local to a pre-activation of 0"


def test_linearised_by_eigenvalues_and_not_by_singular_values() -> None:
    e = Experiment(width=16, departure=2.0, radius=0.9)
    assert linearised(e).gradient_rate == pytest.approx(math.log(0.9), rel=1e-9)
    leaky = attrs.evolve(e, leak=0.25, departure=0.0)
    network = draw(leaky)
    angles = np.angle(np.linalg.eigvals(network.weights))
    expected = np.log(np.abs(0.75 + 0.25 * 0.9 * np.exp(1j * angles)).max())
    assert linearised(leaky, [network]).gradient_rate == pytest.approx(expected, rel=1e-10)


def test_a_linearised_rate_of_nothing_is_a_curve_without_nan() -> None:
    found = linearised(Experiment(radius=0, depth=3))
    assert found.gradient_rate == -math.inf
    assert found.gradient_log10 is not None
    assert found.gradient_log10.tolist() == [-math.inf] * 3 + [0.0]
