"""Mean-field theory of wide gaussian nets: the length map and χ."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import attrs
import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from tuisim.engine.base.facts import FACTS, Facts, slope, value
from tuisim.engine.maths.quadrature import gaussian_mean

Array = NDArray[np.float64]

_LN10 = math.log(10)

# Where the activations change: each is flat, linear or exponentially close to it beyond.
_BREAKS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)

# The panels of ln q. Beyond ±_EDGE an average differs from its limit by e^{−40} at most; between
# _FINE and _EDGE by e^{−20}, so that wide panels do.
_FINE, _EDGE = 40.0, 80.0
_FINE_WIDTH, _WIDE_WIDTH = 2.0, 8.0
_POINTS = 21
_NODES = np.cos(np.pi * (np.arange(_POINTS) + 0.5) / _POINTS)
_FIT = np.linalg.inv(chebyshev.chebvander(_NODES, _POINTS - 1))

# Two lengths this close, relative to ln q, are one fixed point.
_SAME = 1e-15
_STRIDE = 0.25


@attrs.frozen(eq=False)
class MeanField:
    """What mean-field theory says of one net.

    Attributes:
        gradient_rate: ½ ln χ₁ at q*, nats per step back (−inf where χ₁ is 0).
        hidden_rate: what ½ ln q_t changes by per step once q_t has settled or runs away.
        variance: q*, the pre-activation variance that q_t tends to; 0 and inf are possible.
        gradient_log10, hidden_log10: (T+1,) of root mean squares, read-only.
    """

    gradient_rate: float
    hidden_rate: float
    variance: float
    gradient_log10: Array
    hidden_log10: Array


@functools.lru_cache(maxsize=16)
def mean_field(
    activation: str, gain: float, bias: float, start_rms: float, depth: int, entries: int
) -> MeanField:
    """The length map q_t = σ_w² E φ(√q_{t−1} z)² + σ_b² from q_0 = start_rms², and its χ.

    q_t is the variance of the pre-activation, so that ‖h_t‖² = entries · E φ(√q_t z)² and
    ‖g_{t−1}‖² = σ_w² E φ′(√q_t z)² ‖g_t‖². The first step sees the start itself:
    q_1 = σ_w² start_rms² + σ_b². Everything is kept as ln q, so neither end of float64 matters.
    Where the map has several fixed points, q* is the one that this start tends to.

    Args:
        activation: φ.
        gain: σ_w; the entries of W are N(0, σ_w²/n).
        bias: σ_b.
        start_rms: root mean square of the entries of h_0.
        depth: T.
        entries: n times the batch's rows.

    Source: Poole et al. 2016, eq. 3 (lengths); Schoenholz et al. 2017, section 4 (gradients).
    """
    table = averages(activation)
    log_gain = 2 * math.log(gain) if gain else -math.inf
    log_bias = 2 * math.log(bias) if bias else -math.inf
    first = _log_add(log_gain + 2 * math.log(start_rms), log_bias)

    lengths = _length_map(table, log_gain, log_bias, first, depth)
    fixed = _limit(table, log_gain, log_bias, first)
    start = math.log(start_rms)
    hidden = np.concatenate([[start], 0.5 * table.square_values(lengths)])
    hidden += 0.5 * math.log(entries)
    steps = 0.5 * (log_gain + table.square_slopes(lengths))
    gradient = np.concatenate([np.cumsum(steps[::-1])[::-1], [0.0]])
    for curve in (hidden, gradient):
        curve /= _LN10
        curve.setflags(write=False)

    gradient_rate = 0.5 * (log_gain + table.square_slope(fixed))
    # At a length that neither vanishes nor runs away nothing changes; at 0 and ∞ φ is linear on
    # each side, and a length changes by the same factor as a gradient.
    hidden_rate = gradient_rate if math.isinf(fixed) else 0.0
    if gain == 0 and not math.isinf(table.square_value(first)):
        hidden_rate = 0.0
    variance = math.exp(fixed) if fixed < 709 else math.inf
    return MeanField(gradient_rate, hidden_rate, variance, gradient, hidden)


def susceptibility(activation: str, gain: float, bias: float, start_rms: float = 1.0) -> float:
    """χ₁ = σ_w² E φ′(√q* z)², the mean factor of ‖gradient‖² per layer, at q*.

    Source: Schoenholz et al. 2017, section 3.
    """
    rate = mean_field(activation, gain, bias, start_rms, 1, 1).gradient_rate
    return math.exp(2 * rate) if rate < 354 else math.inf


def _log_add(a: float, b: float) -> float:
    """ln(e^a + e^b)."""
    low, high = (a, b) if a < b else (b, a)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


class Averages:
    """ln E φ(√q z)² and ln E φ′(√q z)² as functions of ln q, interpolated from quadrature.

    Neither depends on σ_w or σ_b, so the panels filled for one net serve all nets of that φ; a
    step of the length map costs a microsecond and not a quadrature. Both are analytic in ln q,
    also where φ has a kink. The interpolation is good to 1e-12.
    """

    def __init__(self, activation: str) -> None:
        self.activation = activation
        self.facts: Facts = FACTS[activation]
        self._panels: dict[tuple[float, float], tuple[list[float], list[float]]] = {}
        below = 0.5 * (self.facts.left_slope**2 + self.facts.right_slope**2)
        above = 0.5 * (self.facts.slope_below**2 + self.facts.slope_above**2)
        self.log_slopes_below = math.log(below)
        #: None where φ is bounded.
        self.log_slopes_above = math.log(above) if above else None

    def square_value(self, length: float) -> float:
        """ln E φ(√q z)² at length = ln q."""
        if self.facts.positively_homogeneous:
            return length + self.log_slopes_below
        if length < -_EDGE:
            if self.facts.value_at_zero:
                return 2 * math.log(self.facts.value_at_zero)
            return length + self.log_slopes_below
        if length > _EDGE:
            if self.log_slopes_above is not None:
                return length + self.log_slopes_above
            return self._at(_EDGE, 0)
        return self._at(length, 0)

    def square_slope(self, length: float) -> float:
        """ln E φ′(√q z)² at length = ln q."""
        if self.facts.positively_homogeneous or length < -_EDGE:
            return self.log_slopes_below
        if length > _EDGE:
            if self.log_slopes_above is not None:
                return self.log_slopes_above
            # The Gaussian is flat over the slope's whole support: a spike of width 1/√q.
            return self._at(_EDGE, 1) - 0.5 * (length - _EDGE)
        return self._at(length, 1)

    def square_values(self, lengths: Array) -> Array:
        """`square_value` of each of (k,) lengths."""
        return self._each(lengths, self.square_value)

    def square_slopes(self, lengths: Array) -> Array:
        """`square_slope` of each of (k,) lengths."""
        return self._each(lengths, self.square_slope)

    def _each(self, lengths: Array, of_one: Callable[[float], float]) -> Array:
        # Most maps settle within some tens of steps and then repeat one number to the end.
        settled = int(np.argmax(lengths == lengths[-1]))
        values = np.empty(lengths.size)
        values[:settled] = [of_one(one) for one in lengths[:settled].tolist()]
        values[settled:] = of_one(float(lengths[-1]))
        return values

    def _at(self, length: float, which: int) -> float:
        width = _FINE_WIDTH if abs(length) < _FINE else _WIDE_WIDTH
        left = min(math.floor(length / width) * width, _EDGE - width)
        panel = self._panels.get((left, width))
        if panel is None:
            panel = self._panels[left, width] = self._fill(left, width)
        u = 2 * (length - left) / width - 1
        total = 0.0
        for coefficient in panel[which]:
            total = total * u + coefficient
        # What varies is the distance from a straight line: so ln q costs no digits.
        return total + length if which == 0 and self._carries_length else total

    @property
    def _carries_length(self) -> bool:
        return self.facts.value_at_zero == 0

    def _fill(self, left: float, width: float) -> tuple[list[float], list[float]]:
        lengths = left + 0.5 * width * (_NODES + 1)
        averages = np.log(square_averages(self.activation, np.exp(lengths)))
        if self._carries_length:
            averages[0] -= lengths
        values, slopes = (
            chebyshev.cheb2poly(_FIT @ heights)[::-1].tolist() for heights in averages
        )
        return values, slopes


@functools.cache
def averages(activation: str) -> Averages:
    """The shared table of one activation."""
    return Averages(activation)


def square_averages(activation: str, variances: Array) -> Array:
    """E φ(√q z)² and E φ′(√q z)² by quadrature, relative error under 1e-11.

    Args:
        activation: φ.
        variances: (k,) of q > 0.

    Returns:
        (2, k).
    """
    breaks = sorted({*_BREAKS, *(kink for kink in FACTS[activation].kinks if kink > 0)})
    return gaussian_mean(
        (lambda x: value(activation, x) ** 2, lambda x: slope(activation, x) ** 2),
        variances,
        breaks,
    )


def _length_map(
    table: Averages, log_gain: float, log_bias: float, first: float, depth: int
) -> Array:
    """ln q_1 … ln q_T, (T,)."""
    lengths = np.empty(depth)
    length = first
    for step in range(depth):
        lengths[step] = length
        following = _log_add(log_gain + table.square_value(length), log_bias)
        change = following - length
        if following == length or abs(change) <= _SAME * max(1.0, abs(length)):
            lengths[step:] = length
            break
        if _runs_straight(table, length, change, log_bias):
            lengths[step:] = length + change * np.arange(depth - step)
            break
        length = following
    return lengths


def _runs_straight(table: Averages, length: float, change: float, log_bias: float) -> bool:
    """Whether ln q changes by the same amount in every step from here on."""
    if table.facts.positively_homogeneous and log_bias == -math.inf:
        return True
    if length < -_EDGE and change < 0:
        return log_bias == -math.inf and table.facts.value_at_zero == 0
    # A bias e^{−40} of the length no longer changes its last digit.
    return length > max(_EDGE, log_bias + 40) and change > 0 and table.log_slopes_above is not None


def _limit(table: Averages, log_gain: float, log_bias: float, first: float) -> float:
    """ln q* for the fixed point that the map tends to from `first`; −inf and inf are limits too.

    E φ(√q z)² increases with q for all our activations, so the lengths move one way only, and
    the first fixed point on that way is the limit.
    """
    facts = table.facts
    if facts.positively_homogeneous:
        return _linear_limit(log_gain + table.log_slopes_below, log_bias, first)

    def change(length: float) -> float:
        return _log_add(log_gain + table.square_value(length), log_bias) - length

    if not math.isfinite(first):
        return first
    way = change(first)
    if way == 0:
        return first
    near = min(max(first, -_EDGE), _EDGE)
    # Outside the panels the map is a constant or a straight line.
    if (way > 0 and first > _EDGE) or (way < 0 and first < -_EDGE) or way * change(near) < 0:
        return _outer_limit(table, log_gain, log_bias, first)
    far = near
    while way * change(far) > 0:
        near, far = far, far + math.copysign(_STRIDE, way)
        if abs(far) > _EDGE or _is_away(table, log_gain, log_bias, far, way):
            return _outer_limit(table, log_gain, log_bias, far)
    for _ in range(80):
        middle = 0.5 * (near + far)
        if middle in (near, far):
            break
        near, far = (middle, far) if way * change(middle) > 0 else (near, middle)
    return far


def _is_away(table: Averages, log_gain: float, log_bias: float, length: float, way: float) -> bool:
    """Whether no fixed point lies further along the way to 0 or ∞.

    There ln q changes by a constant in the end. E φ(√q z)²/q is monotone in q for all our
    activations, so that a length on its way, with nothing but that constant ahead, stays on it.
    """
    slopes = table.log_slopes_below if way < 0 else table.log_slopes_above
    if slopes is None or length * way < 0:
        return False
    if way < 0 and (table.facts.value_at_zero or log_bias > -math.inf):
        return False
    return way * (log_gain + slopes) > 0


def _outer_limit(table: Averages, log_gain: float, log_bias: float, length: float) -> float:
    facts = table.facts
    slopes = table.log_slopes_below if length < 0 else table.log_slopes_above
    if slopes is None or (length < 0 and facts.value_at_zero):
        return _log_add(log_gain + table.square_value(math.copysign(2 * _EDGE, length)), log_bias)
    return _linear_limit(log_gain + slopes, log_bias, length)


def _linear_limit(log_factor: float, log_bias: float, length: float) -> float:
    """The limit of q ← factor · q + bias², all in logs."""
    # σ_w = √2 squared is 2 plus one rounding: neither side of 1 is meant.
    if abs(log_factor) < 4e-16:
        return length if log_bias == -math.inf else math.inf
    if log_factor > 0:
        return math.inf if length > -math.inf else log_bias
    return log_bias - math.log(-math.expm1(log_factor))
