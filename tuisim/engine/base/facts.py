"""The activations as plain formulas and facts, for theory, help and tests.

A new one is an entry in FACTS, in the order of tuisim.values.activations.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from tuisim.values.experiment import ACTIVATIONS

Array = NDArray[np.float64]
Formula = Callable[[Array], Array]

#: Slope of the leaky relu for negative inputs.
LEAKY_SLOPE = 0.01

#: Klambauer et al. 2017, eq. 14, to full double precision.
SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717

_SQRT_HALF = math.sqrt(0.5)
_INV_SQRT_TWO_PI = 1 / math.sqrt(2 * math.pi)


@attrs.frozen(slots=False)
class Facts:
    """What is known of an activation φ without running it.

    Attributes:
        name: as in `tuisim.values.experiment.ACTIVATIONS`.
        largest_slope: sup |φ′| over the real line (γ of the bounds).
        left_slope, right_slope: the one-sided derivatives at 0; equal where φ has one.
        value_at_zero: φ(0).
        kinks: where φ is not analytic, in increasing order (elu's slope is continuous, its
            curvature is not).
        positively_homogeneous: φ(cx) = c φ(x) for every c > 0.
        slope_below, slope_above: the limits of φ′ at −∞ and +∞.
        value, slope: φ and φ′ of an array, element by element.
    """

    name: str
    largest_slope: float
    left_slope: float
    right_slope: float
    value_at_zero: float
    kinks: tuple[float, ...]
    positively_homogeneous: bool
    slope_below: float
    slope_above: float
    value: Formula = attrs.field(repr=False)
    slope: Formula = attrs.field(repr=False)

    @property
    def slope_at_zero(self) -> float | None:
        """φ′(0), or None where φ is not differentiable at 0."""
        return self.left_slope if self.left_slope == self.right_slope else None

    @property
    def smooth(self) -> bool:
        """Whether φ is analytic on the whole line."""
        return not self.kinks

    @cached_property
    def fades(self) -> bool:
        """Whether φ′ tends to 0 on a side and is 0 nowhere on it: only rounding makes it 0."""
        flat = self.left_slope == 0 or self.kinks not in ((), (0.0,))
        return not flat and 0 in (self.slope_below, self.slope_above)

    @property
    def rests(self) -> bool:
        """Whether 0 is a fixed point of φ near which φ is its own tangent."""
        return self.value_at_zero == 0 and self.slope_at_zero is not None


def value(name: str, x: ArrayLike) -> Array:
    """φ(x), element by element, nan where x is nan.

    Args:
        name: one of `tuisim.values.experiment.ACTIVATIONS`.
        x: any shape; ±inf gives the limit.

    Raises:
        ValueError: no such activation.
    """
    return _of(name).value(np.asarray(x, dtype=np.float64))


def slope(name: str, x: ArrayLike) -> Array:
    """φ′(x), element by element, nan where x is nan.

    At a kink it is what PyTorch takes: relu 0, leaky_relu 0.01 and selu their left slope at 0,
    hard_tanh 0 at exactly ±1.

    Args:
        name: one of `tuisim.values.experiment.ACTIVATIONS`.
        x: pre-activations of any shape; ±inf gives the limit.

    Raises:
        ValueError: no such activation.
    """
    return _of(name).slope(np.asarray(x, dtype=np.float64))


def _of(name: str) -> Facts:
    if name not in FACTS:
        raise ValueError(f"activation: got {name!r}, allowed: {', '.join(ACTIVATIONS)}")
    return FACTS[name]


def _nan_kept(x: Array, y: Array) -> Array:
    return np.where(np.isnan(x), np.nan, y)


def _stairs(below: float, above: float) -> Formula:
    return lambda x: _nan_kept(x, np.where(x > 0, above, below))


def _relu(x: Array) -> Array:
    return np.asarray(np.maximum(x, 0))


def _leaky_relu(x: Array) -> Array:
    return np.where(x > 0, x, LEAKY_SLOPE * x)


def _tanh(x: Array) -> Array:
    return np.asarray(np.tanh(x))


def _tanh_slope(x: Array) -> Array:
    # 1 − tanh² has no digit left where sech² is still 1e-16.
    e = np.exp(-2 * np.abs(x))
    return np.asarray(4 * e / (1 + e) ** 2)


def _sigmoid(x: Array) -> Array:
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x < 0, e, 1.0) / (1 + e))


def _sigmoid_slope(x: Array) -> Array:
    e = np.exp(-np.abs(x))
    return np.asarray(e / (1 + e) ** 2)


def _exponential(scale: float, left: float) -> tuple[Formula, Formula]:
    """scale·x above 0 and left·(eˣ − 1) below, and its slope."""
    return (
        lambda x: np.where(x > 0, scale * x, left * np.expm1(np.minimum(x, 0))),
        lambda x: _nan_kept(x, np.where(x > 0, scale, left * np.exp(np.minimum(x, 0)))),
    )


def _normal_cdf(x: Array) -> Array:
    # erfc keeps its relative accuracy in the left tail, where 1 + erf has none.
    tail = [math.erfc(-_SQRT_HALF * one) for one in x.ravel().tolist()]
    return 0.5 * np.array(tail, dtype=np.float64).reshape(x.shape)


def _gelu(x: Array) -> Array:
    finite = np.where(x == -np.inf, 0.0, x)
    return finite * _normal_cdf(x)


def _gelu_slope(x: Array) -> Array:
    finite = np.where(np.isinf(x), 0.0, x)
    # Squaring 1e200 overflows to inf on the way to the right answer, 0.
    with np.errstate(over="ignore"):
        density = _INV_SQRT_TWO_PI * np.exp(-0.5 * finite * finite)
    return _normal_cdf(x) + finite * density


def _softplus(x: Array) -> Array:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _hard_tanh(x: Array) -> Array:
    return np.asarray(np.clip(x, -1, 1))


def _hard_tanh_slope(x: Array) -> Array:
    return _nan_kept(x, np.where(np.abs(x) < 1, 1.0, 0.0))


# gelu: φ″(x) = (2 − x²) e^{−x²/2}/√(2π), so the slope is largest at x = √2, where it is
# Φ(√2) + √2 e^{−1}/√(2π) = (1 + erf 1)/2 + e^{−1}/√π. Its smallest slope, at −√2, is 1 minus that.
_GELU_LARGEST = (1 + math.erf(1)) / 2 + math.exp(-1) / math.sqrt(math.pi)
_SELU_LEFT = SELU_SCALE * SELU_ALPHA


#: By name: what is known, and behind it φ and φ′ in NumPy.
FACTS: dict[str, Facts] = {
    facts.name: facts
    for facts in (
        #     name       largest       left         right       φ(0)  kinks  homogeneous  −∞   +∞
        Facts("identity", 1.0, 1.0, 1.0, 0.0, (), True, 1.0, 1.0, np.copy, _stairs(1.0, 1.0)),
        Facts("tanh", 1.0, 1.0, 1.0, 0.0, (), False, 0.0, 0.0, _tanh, _tanh_slope),
        Facts("sigmoid", 0.25, 0.25, 0.25, 0.5, (), False, 0.0, 0.0, _sigmoid, _sigmoid_slope),
        Facts("relu", 1.0, 0.0, 1.0, 0.0, (0.0,), True, 0.0, 1.0, _relu, _stairs(0.0, 1.0)),
        Facts(
            "leaky_relu", 1.0, LEAKY_SLOPE, 1.0, 0.0, (0.0,), True, LEAKY_SLOPE, 1.0,
            _leaky_relu, _stairs(LEAKY_SLOPE, 1.0),
        ),
        Facts("elu", 1.0, 1.0, 1.0, 0.0, (0.0,), False, 0.0, 1.0, *_exponential(1.0, 1.0)),
        Facts(
            "selu", _SELU_LEFT, _SELU_LEFT, SELU_SCALE, 0.0, (0.0,), False, 0.0, SELU_SCALE,
            *_exponential(SELU_SCALE, _SELU_LEFT),
        ),
        Facts("gelu", _GELU_LARGEST, 0.5, 0.5, 0.0, (), False, 0.0, 1.0, _gelu, _gelu_slope),
        Facts("softplus", 1.0, 0.5, 0.5, math.log(2), (), False, 0.0, 1.0, _softplus, _sigmoid),
        Facts(
            "hard_tanh", 1.0, 1.0, 1.0, 0.0, (-1.0, 1.0), False, 0.0, 0.0,
            _hard_tanh, _hard_tanh_slope,
        ),
    )
}  # fmt: skip
