"""The one-unit recurrent net and its error surface over (w, b).

    h_t = φ(w h_{t−1} + b),   L = scale·(h_T − target)²

Sizes far outside float64 are kept: numbers are scaled by powers of two, as vectors elsewhere are.
"""

from __future__ import annotations

import math

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.kernels.jit import aside, kernel
from tuisim.engine.kernels.tails import PlainShape, Shape, activate_any, shape_of
from tuisim.engine.surfaces.landscape import FARTHEST, Losses
from tuisim.values.experiment import ACTIVATIONS

# A number keeps to 2**±_ROOM, so that a product with a parameter still fits into a float64.
_ROOM = 400
_MOST, _LEAST = 2.0**_ROOM, 2.0**-_ROOM

# The rows of what the kernel writes: h_T and its derivatives, each with its exponent.
_H, _BY_W, _BY_B = 0, 2, 4

_LOG10_2 = math.log10(2.0)


@aside
def _in_room(x: float, exponent: float) -> tuple[float, float]:
    """x · 2**exponent with x within the room; with exponent 0 wherever that is possible."""
    size = abs(x)
    if exponent == 0.0 and (_LEAST < size < _MOST or size == 0.0):
        return x, 0.0
    if size == 0.0 or not math.isfinite(x):
        return x, 0.0
    mantissa, own = math.frexp(x)
    whole = own + exponent
    if -_ROOM < whole < _ROOM:
        return math.ldexp(mantissa, int(whole)), 0.0
    return mantissa, whole


@aside
def _add(x: float, x_exponent: float, y: float, y_exponent: float) -> tuple[float, float]:
    """x · 2**x_exponent + y · 2**y_exponent, on the larger of the two scales."""
    if x == 0.0:
        return y, y_exponent
    # A zero has no scale, and must not lend one.
    if y == 0.0 or x_exponent == y_exponent:
        return x + y, x_exponent
    top = max(x_exponent, y_exponent)
    # Further down there is nothing left of a number in the room.
    x = math.ldexp(x, int(max(x_exponent - top, -4000.0)))
    y = math.ldexp(y, int(max(y_exponent - top, -4000.0)))
    return x + y, top


@kernel
def _run(
    shape: PlainShape,
    steps: int,
    start: float,
    w: Array,
    b: Array,
    out: Array,
) -> None:
    """h_T, ∂h_T/∂w and ∂h_T/∂b for each of k parameters, forwards in one pass.

    Args:
        shape: φ's Shape as a plain tuple.
        w, b: (1, k).
        out: (6, k), written: h_T, its exponent, and so for the derivatives.
    """
    count = w.shape[1]
    of_activation = Shape(*shape)
    a, exponents = np.empty((1, count)), np.empty((1, count))
    value, value_exponents = np.empty((1, count)), np.empty((1, count))
    slope, slope_exponents = np.empty((1, count)), np.empty((1, count))
    plain = np.empty((1, count))
    for i in range(count):
        for row in range(6):
            out[row, i] = 0.0
        out[_H, i], out[_H + 1, i] = _in_room(start, 0.0)
    for _ in range(steps):
        for i in range(count):
            x, e = _add(w[0, i] * out[_H, i], out[_H + 1, i], b[0, i], 0.0)
            a[0, i], exponents[0, i] = _in_room(x, e)
        activate_any(
            of_activation, a, exponents, value, value_exponents, slope, slope_exponents, plain
        )
        for i in range(count):
            # The derivatives first: they are of the state before.
            by_w, e_w = _add(out[_H, i], out[_H + 1, i], w[0, i] * out[_BY_W, i], out[_BY_W + 1, i])
            by_b, e_b = _add(1.0, 0.0, w[0, i] * out[_BY_B, i], out[_BY_B + 1, i])
            out[_H, i], out[_H + 1, i] = _in_room(value[0, i], value_exponents[0, i])
            by_w, by_b = slope[0, i] * by_w, slope[0, i] * by_b
            e = slope_exponents[0, i]
            out[_BY_W, i], out[_BY_W + 1, i] = _in_room(by_w, e_w + e)
            out[_BY_B, i], out[_BY_B + 1, i] = _in_room(by_b, e_b + e)


@attrs.frozen
class SquaredError:
    """The loss L = scale·(h_T − target)²."""

    target: float = attrs.field(default=0.7)
    scale: float = attrs.field(default=1.0)

    @target.validator
    def _check_target(self, attribute: object, value: float) -> None:
        if not math.isfinite(value):
            raise ValueError(f"target: got {value!r}, allowed: a finite number")

    @scale.validator
    def _check_scale(self, attribute: object, value: float) -> None:
        if not 0 < value < math.inf:
            raise ValueError(f"scale: got {value!r}, allowed: > 0")


@attrs.frozen
class OneUnit:
    """A recurrent net of one unit, as a surface over x = w and y = b.

    The defaults are the net of Pascanu et al. 2013, figure 6: σ, 50 steps, L = (h_50 − 0.7)².

    Attributes:
        activation: any of tuisim.values.experiment.ACTIVATIONS.
        steps: T.
        start: h_0.
        loss: what is lost.
    """

    activation: str = attrs.field(default="sigmoid")
    steps: int = attrs.field(default=50)
    start: float = attrs.field(default=0.5)
    loss: SquaredError = SquaredError()

    @activation.validator
    def _check_activation(self, attribute: object, value: str) -> None:
        if value not in ACTIVATIONS:
            raise ValueError(f"activation: got {value!r}, allowed: {', '.join(ACTIVATIONS)}")

    @steps.validator
    def _check_steps(self, attribute: object, value: int) -> None:
        if not 1 <= value <= 100_000:
            raise ValueError(f"steps: got {value!r}, allowed: 1…100000")

    @start.validator
    def _check_start(self, attribute: object, value: float) -> None:
        if not math.isfinite(value):
            raise ValueError(f"start: got {value!r}, allowed: a finite number")

    @property
    def at_a_time(self) -> int:
        """How many points take some milliseconds."""
        return max(1, 50_000 // self.steps)

    def losses(self, x: Array, y: Array) -> Array:
        """log10 L at (w, b) = (x, y), both (k,); (k,)."""
        return self.evaluate(x, y).loss_log10

    def final(self, x: Array, y: Array) -> Array:
        """h_T at (w, b) = (x, y), both (k,); (k,), ±inf or 0 where that leaves float64."""
        out = self._forward(x, y)
        return _float(out[_H], out[_H + 1])

    def evaluate(self, x: Array, y: Array) -> Losses:
        """Loss and gradient at (w, b) = (x, y), both (k,)."""
        out = self._forward(x, y)
        rest, exponent = _minus(out[_H], out[_H + 1], self.loss.target)
        with np.errstate(divide="ignore"):
            loss = 2 * (np.log10(np.abs(rest)) + exponent * _LOG10_2) + math.log10(self.loss.scale)
        # Factors of any size, whose product need not fit: their exponents go with the others.
        rest, down_rest = np.frexp(rest)
        scale, down_scale = math.frexp(self.loss.scale)
        gradients = 2 * scale * rest * out[[_BY_W, _BY_B]]
        exponents = out[[_BY_W + 1, _BY_B + 1]] + exponent + down_rest + down_scale
        return Losses(loss, np.ascontiguousarray(gradients.T), np.ascontiguousarray(exponents.T))

    def _forward(self, x: Array, y: Array) -> Array:
        w, b = (np.ascontiguousarray(one, np.float64).reshape(1, -1) for one in (x, y))
        for name, array in (("w", w), ("b", b)):
            if not (np.abs(array) <= FARTHEST).all():
                raise ValueError(f"{name}: allowed: numbers up to {FARTHEST:g} in size")
        out = np.empty((6, w.size))
        _run(shape_of(self.activation), self.steps, float(self.start), w, b, out)
        return out


def _minus(h: Array, exponents: Array, target: float) -> tuple[Array, Array]:
    """h · 2**exponents − target, on a scale on which it fits."""
    small = (exponents < 0) & (target != 0.0)
    h = np.where(small, _float(h, exponents), h)
    exponents = np.where(small, 0.0, exponents)
    down = (-exponents).clip(-4000, 0).astype(int)
    rest: Array = h - np.ldexp(target, down)
    return rest, exponents


def _float(h: Array, exponents: Array) -> Array:
    with np.errstate(over="ignore", under="ignore"):
        plain: Array = np.ldexp(h, exponents.clip(-5000, 5000).astype(int))
    return plain
