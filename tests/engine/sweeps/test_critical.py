"""Theory's critical line over a grid, held against closed forms and quadratures of its own."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import digamma

from tuisim.engine.sweeps.axes import SweepAxis
from tuisim.engine.sweeps.critical import critical_line
from tuisim.engine.sweeps.grid import Grid
from tuisim.values.experiment import Experiment

GAUSSIAN = Experiment(spectrum="gaussian", tied=False, width=8)
DEPTHS = SweepAxis.parse("depth=10:50:3")
RADII = SweepAxis.parse("radius=0.5:2:16")


def grid(e: Experiment, x: SweepAxis | str, y: SweepAxis | str) -> Grid:
    axes = [SweepAxis.parse(one) if isinstance(one, str) else one for one in (x, y)]
    return Grid(e, *axes, "gradient_rate")


def average(f: object) -> float:
    """E f(z) over a standard normal z."""
    density = 1 / math.sqrt(2 * math.pi)
    return quad(lambda z: density * math.exp(-z * z / 2) * f(z), -9, 9, epsabs=1e-13)[0]  # type: ignore[operator]


def critical_gain(bias: float) -> float:
    """σ_w with σ_w² E φ′(√q z)² = 1 at q = σ_w² E φ(√q z)² + σ_b², for tanh."""

    def excess(q: float) -> float:
        square = average(lambda z: math.tanh(math.sqrt(q) * z) ** 2)
        slope = average(lambda z: math.cosh(math.sqrt(q) * z) ** -4)
        # At the fixed point σ_w² = (q − σ_b²) / E φ²; there χ₁ − 1:
        return (q - bias**2) / square * slope - 1

    q = brentq(excess, bias**2 + 1e-6, 5.0, xtol=1e-14)
    return math.sqrt(1 / average(lambda z: math.cosh(math.sqrt(q) * z) ** -4))


def test_the_edge_of_chaos_of_a_tanh_net() -> None:
    biases = SweepAxis("bias", (0.1, math.sqrt(0.05), 0.3, 0.5))
    line = critical_line(grid(GAUSSIAN, RADII, biases))
    assert line.name == "mean field"
    ((x, y),) = line.curves
    assert y.tolist() == list(biases.values)
    np.testing.assert_allclose(x, [critical_gain(one) for one in y], rtol=0, atol=1e-6)
    # Schoenholz et al. 2017, section 5: (σ_w², σ_b²) = (1.7603, 0.05) is critical.
    assert x[1] ** 2 == pytest.approx(1.7603, abs=2e-3)


def test_relu_is_critical_at_the_root_of_two_whatever_the_bias() -> None:
    # He et al. 2015: σ_w²/2 a layer.
    e = attrs.evolve(GAUSSIAN, activation="relu")
    ((x, _),) = critical_line(grid(e, RADII, "bias=0.1:0.5:3")).curves
    np.testing.assert_allclose(x, math.sqrt(2), rtol=0, atol=1e-6)


def test_the_line_of_a_net_about_its_rest_is_upright_over_depths() -> None:
    line = critical_line(grid(Experiment(width=8), "radius=0.55:1.55:11", DEPTHS))
    assert line.name == "linearised"
    ((x, y),) = line.curves
    np.testing.assert_allclose(x, 1.0, rtol=0, atol=1e-6)
    assert y.tolist() == [10, 30, 50]


def test_a_value_of_the_axis_on_the_line_is_hit() -> None:
    ((x, _),) = critical_line(grid(Experiment(width=8), "radius=0.5:1.5:5", DEPTHS)).curves
    np.testing.assert_allclose(x, 1.0, rtol=0, atol=1e-12)


def test_a_leaky_net_needs_a_larger_radius_of_rotations() -> None:
    # |1 − α + α·λ| = 1 at λ = ±iρ is (1 − α)² + α²ρ² = 1.
    e = Experiment(width=2, spectrum="eigenvalues", eigenvalues=(1j, -1j))
    ((x, _),) = critical_line(grid(e, "radius=0.6:3:7", "leak=0.4,0.8")).curves
    expected = [math.sqrt(1 - (1 - leak) ** 2) / leak for leak in (0.4, 0.8)]
    np.testing.assert_allclose(x, expected, rtol=0, atol=1e-6)


def test_with_the_depth_across_the_line_lies() -> None:
    ((x, y),) = critical_line(grid(Experiment(width=8), DEPTHS, "radius=0.55:1.55:11")).curves
    assert x.tolist() == [10, 30, 50]
    np.testing.assert_allclose(y, 1.0, rtol=0, atol=1e-6)


def test_rows_of_choices_have_a_crossing_each_or_none() -> None:
    line = critical_line(grid(GAUSSIAN, RADII, "activation=relu,sigmoid,identity"))
    ((x, y),) = line.curves
    assert y.tolist() == [0, 1, 2]
    assert line.name == "mean field, mean log, gaussian linear"
    # A linear net's log norm drifts by ½ [ψ(n/2) + ln(2σ_w²/n)] a step (Newman 1986).
    linear = math.exp(-0.5 * (digamma(4) + math.log(2 / 8)))
    np.testing.assert_allclose(x[[0, 2]], [math.sqrt(2), linear], rtol=0, atol=1e-6)
    assert math.isnan(x[1])


def test_a_descending_axis_has_the_same_line() -> None:
    ((x, _),) = critical_line(grid(Experiment(width=8), "radius=1.55:0.55:11", DEPTHS)).curves
    np.testing.assert_allclose(x, 1.0, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("e", "x", "y", "why"),
    [
        (Experiment(tied=False), RADII, DEPTHS, "there is no theory of a long run"),
        (Experiment(width=8), "radius=0.2:0.8:4", DEPTHS, "theory crosses 0 nowhere here"),
        (Experiment(width=8), "cell=rnn,gru", DEPTHS, "a critical line is of numbers, not of dep"),
        (Experiment(width=8), "cell=rnn,gru", "tied=true,false", "a critical line is of numbers"),
    ],
)
def test_where_there_is_none_it_says_why(
    e: Experiment, x: SweepAxis | str, y: SweepAxis | str, why: str
) -> None:
    line = critical_line(grid(e, x, y))
    assert not line.curves
    assert line.why.startswith(why)
