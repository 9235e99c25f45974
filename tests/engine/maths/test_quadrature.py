"""Gaussian averages against mpmath: every activation, every scale, and the spike at 1/√q."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from tests.support.activations import TRUTH
from tuisim.engine.base.facts import FACTS, slope
from tuisim.engine.maths.quadrature import gaussian_mean
from tuisim.engine.theory.meanfield import square_averages
from tuisim.values.experiment import ACTIVATIONS

#: φ′ by hand, in mpmath; independent of tuisim.engine.base.facts.
SLOPES = {
    "identity": lambda x: mpmath.mpf(1),
    "tanh": lambda x: mpmath.sech(x) ** 2,
    "sigmoid": lambda x: 1 / (2 + 2 * mpmath.cosh(x)),
    "relu": lambda x: mpmath.mpf(x > 0),
    "leaky_relu": lambda x: mpmath.mpf(1) if x > 0 else mpmath.mpf(0.01),
    "elu": lambda x: mpmath.mpf(1) if x > 0 else mpmath.exp(x),
    "selu": lambda x: (
        mpmath.mpf("1.0507009873554804934193349852946")
        * (1 if x > 0 else mpmath.mpf("1.6732632423543772848170429916717") * mpmath.exp(x))
    ),
    "gelu": lambda x: mpmath.ncdf(x) + x * mpmath.npdf(x),
    "softplus": lambda x: 1 / (1 + mpmath.exp(-x)),
    "hard_tanh": lambda x: mpmath.mpf(abs(x) < 1),
}


def true_average(function, q: float) -> float:  # type: ignore[no-untyped-def]
    """E f(√q z)² in x, cut at every scale of the Gaussian and of the function."""
    root = math.sqrt(q)
    cuts = {0.0, *(s * k * root for s in (-1, 1) for k in (1, 2.5, 4.5, 7, 11))}
    cuts |= {s * x for s in (-1, 1) for x in (1.0, 3.0, 8.0, 20.0, 45.0) if x < 11 * root}
    with mpmath.workdps(16):
        return float(
            mpmath.quad(
                lambda x: function(x) ** 2 * mpmath.exp(-x * x / (2 * q)), sorted(cuts), maxdegree=5
            )
            / mpmath.sqrt(2 * mpmath.pi * q)
        )


@pytest.mark.parametrize("gain", [0.01, 0.7, 8.0, 100.0])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_averages_against_mpmath(name: str, gain: float) -> None:
    q = gain * gain
    squares, slopes = square_averages(name, np.array([q]))[:, 0]
    assert squares == pytest.approx(true_average(TRUTH[name], q), rel=1e-10, abs=0)
    assert slopes == pytest.approx(true_average(SLOPES[name], q), rel=1e-10, abs=0)


def test_the_spike_that_fixed_nodes_miss() -> None:
    # E φ′² → ∫ sech⁴ / √(2πq) = (4/3)/√(2πq): with q = 1e8 the slope is a spike 1e-4 wide in z.
    q = 1e8
    expected = 4 / 3 / math.sqrt(2 * math.pi * q)
    got = float(square_averages("tanh", np.array([q]))[1, 0])
    assert got == pytest.approx(expected, rel=1e-7)
    nodes, weights = np.polynomial.hermite_e.hermegauss(100)
    fixed = float(weights @ slope("tanh", math.sqrt(q) * nodes) ** 2) / math.sqrt(2 * math.pi)
    assert abs(fixed / expected - 1) > 0.5


@pytest.mark.parametrize("q", [0.3, 1.0, 9.0])
def test_pieces_are_halved_where_no_break_helps(q: float) -> None:
    # P(|x| < 1.2345) with no break near the jumps: only halving finds them.
    (got,) = gaussian_mean([lambda x: (np.abs(x) < 1.2345) + 0.0], np.array([q]), (), 1e-9)
    assert float(got[0]) == pytest.approx(math.erf(1.2345 / math.sqrt(2 * q)), rel=1e-8)


def test_several_functions_and_scales_at_once() -> None:
    q = np.array([1e-300, 1e-3, 2.0, 1e300])
    got = gaussian_mean([lambda x: x * x, lambda x: 1 + 0 * x], q, FACTS["identity"].kinks)
    assert got.shape == (2, 4)
    assert np.allclose(got[0], q, rtol=1e-13, atol=0)
    assert np.allclose(got[1], 1, rtol=1e-13)


def test_a_function_that_never_settles_is_refused() -> None:
    noise = np.random.default_rng(0)
    with pytest.raises(ArithmeticError, match="rough wherever it is cut"):
        gaussian_mean([lambda x: noise.random(x.shape)], np.array([1.0]), ())
