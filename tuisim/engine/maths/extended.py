"""Arrays of numbers of any size, m · 2**e entry by entry.

Where slopes or states leave float64, no scale of a whole row holds one unit's 10⁻³⁰⁰⁰ beside its
neighbour's 1; these do. They take tens of times as long, and only the steps that need it.
"""

from __future__ import annotations

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.kernels.jit import kernel, plainly
from tuisim.engine.kernels.normalisation import BELOW_ONE, NEAR_ONE, NORM_FLOOR
from tuisim.engine.kernels.tails import ZERO, evaluate_any
from tuisim.engine.kernels.vectors import log10_norms, multiply
from tuisim.engine.maths.ordered import ordered_sum
from tuisim.values.experiment import Experiment

#: What is smaller than 2**_LOST beside 1 is nothing.
_LOST = -1100
#: Numbers of one float64 array keep their digits up to 2**_SPREAD times as large as one another.
_SPREAD = 600.0
#: A product this small beside its factors may be what other units than the largest make of it.
_DOUBTFUL = 2.0**-400


@attrs.frozen(eq=False)
class Extended:
    """m · 2**e.

    Attributes:
        m: ½ ≤ |m| < 1, or 0, or ±inf or nan.
        e: m's shape, whole numbers; ZERO where m is 0, 0 where it is not finite.
    """

    m: Array
    e: Array

    @classmethod
    def of(cls, numbers: Array, exponents: Array | float = 0.0) -> Extended:
        """numbers · 2**exponents."""
        m, own = np.frexp(numbers)
        e = np.where(m == 0.0, ZERO, np.where(np.isfinite(m), exponents + own, 0.0))
        return cls(m, e)

    def __mul__(self, other: Extended | float) -> Extended:
        if isinstance(other, Extended):
            return Extended.of(self.m * other.m, self.e + other.e)
        return Extended.of(self.m * other, self.e)

    def __add__(self, other: Extended) -> Extended:
        top = np.maximum(self.e, other.e)
        return Extended.of(self.over(top) + other.over(top), top)

    def __neg__(self) -> Extended:
        return Extended(-self.m, self.e)

    def over(self, exponent: Array | float) -> Array:
        """The same numbers · 2**−exponent, for exponents as large as theirs."""
        plain: Array = np.ldexp(self.m, (self.e - exponent).clip(_LOST, 0).astype(int))
        return plain

    def floats(self) -> Array:
        """As float64, 0 or inf beyond."""
        with np.errstate(over="ignore", under="ignore"):
            plain: Array = np.ldexp(self.m, self.e.clip(-5000, 5000).astype(int))
        return plain

    def __getitem__(self, rows: slice) -> Extended:
        return Extended(self.m[rows], self.e[rows])

    def reshape(self, *shape: int) -> Extended:
        """As NumPy's."""
        return Extended(self.m.reshape(shape), self.e.reshape(shape))

    @property
    def top(self) -> float:
        """The largest exponent; ZERO where all are zero."""
        return float(self.e.max())

    @property
    def log10_norm(self) -> float:
        """log10 of the root of the sum of squares, −inf for zeros."""
        return float(log10_norms(self.over(self.top).reshape(1, -1), self.top)[0])


def alike(exponents: Array) -> list[Array]:
    """Places of exponents (n,) in blocks that one float64 array holds, the largest first."""
    order = np.argsort(-exponents, kind="stable")
    blocks: list[Array] = []
    while order.size:
        inside = exponents[order] >= exponents[order[0]] - _SPREAD
        blocks.append(order[inside])
        order = order[~inside]
    return blocks


def _seconds(matrices: Array, k: int, x: Array, batch: int, out: Array) -> float:
    return batch * (3e-5 + 6e-9 * matrices.shape[1])


@kernel
@plainly(seconds=_seconds)
def _products(matrices: Array, k: int, x: Array, batch: int, out: Array) -> None:
    top = int(np.int64(0))
    multiply(matrices, k, x, top, out, top, batch, False)


def product(x: Extended, panels: Array, matrix: Array, k: int) -> Extended:
    """x · matrix for x (B, n), by the kernels' own product.

    Args:
        matrix: (n, n), what panels[k] holds.
    """
    top = x.e.max(axis=1, keepdims=True)
    scaled = np.ascontiguousarray(x.over(top))
    if not scaled.any():
        return Extended.of(np.zeros_like(scaled))
    found: Array = np.empty((1, scaled.size))
    _products(panels, k, scaled.reshape(1, -1), len(scaled), found)
    found = found.reshape(scaled.shape)
    whole = Extended.of(found, top)
    # The largest entries may have no weight there: then it is the small ones that count.
    doubtful = (np.abs(found) <= _DOUBTFUL) | ~np.isfinite(found)
    doubtful &= np.isfinite(scaled).all(axis=1, keepdims=True)
    for row, unit in zip(*np.nonzero(doubtful), strict=True):
        terms = Extended(x.m[row], x.e[row]) * Extended.of(matrix[:, unit])
        largest = terms.top
        total = Extended.of(ordered_sum(terms.over(largest)), largest)
        whole.m[row, unit], whole.e[row, unit] = total.m, total.e
    return whole


def activated(name: str, a: Extended) -> tuple[Extended, Extended]:
    """φ(a) and φ′(a)."""
    value, slope = evaluate_any(name, a.m, a.e)
    return Extended(*value), Extended(*slope)


def _groups(experiment: Experiment) -> int:
    """The axis of (B, n) along which a norm takes its means."""
    return 0 if experiment.norm == "batch" else 1


def _mean(x: Array, axis: int) -> Array:
    """The mean along an axis, which is kept, in an order of our own."""
    return np.expand_dims(ordered_sum(np.moveaxis(x, axis, -1)), axis) / x.shape[axis]


def normalised(experiment: Experiment, a: Extended) -> tuple[Extended, Extended]:
    """N(a) (B, n), and one over the standard deviation of each group."""
    axis = _groups(experiment)
    top = a.e.max(axis=axis, keepdims=True)
    scaled = a.over(top)
    # From the first one on: nothing is left of those that are all the same, and of two the same.
    off = scaled - scaled.take([0], axis)
    off -= _mean(off, axis)
    variance = _mean(off * off, axis)
    floor = Extended.of(np.full_like(variance, NORM_FLOOR), -2.0 * top)
    square = Extended.of(variance) + floor
    # An even exponent has a root.
    odd = np.mod(square.e, 2.0)
    root = Extended.of(1.0 / np.sqrt(np.ldexp(square.m, odd.astype(int))), -(square.e - odd) / 2)
    unit = Extended.of(off) * root
    if experiment.activation == "hard_tanh":
        unit = _kept_inside(unit, axis)
    return unit, Extended(root.m, root.e - top)


def _kept_inside(unit: Extended, axis: int) -> Extended:
    """Under hard tanh's kink, as `keep_inside` of tuisim.engine.kernels.normalisation has them."""
    size = np.abs(unit.floats())
    square = _mean(size * size, axis)
    on = (np.abs(size - 1.0) < NEAR_ONE) & (size * size <= square + NEAR_ONE)
    m = np.where(on, np.copysign(BELOW_ONE, unit.m), unit.m)
    return Extended(m, np.where(on, 0.0, unit.e))


def normalised_back(
    experiment: Experiment, delta: Extended, unit: Extended, inverse: Extended
) -> Extended:
    """Nᵀ delta: inverse·(δ − mean δ − â·mean(δâ)) in each group.

    Of what lies along â the floor under the root leaves a share of 1e-12·inverse², which is no
    difference to take between two numbers near 1: it is added to what lies across.
    """
    axis = _groups(experiment)
    top = delta.e.max(axis=axis, keepdims=True)
    # Of â the direction alone counts, so that no square leaves float64.
    d, u = delta.over(top), unit.over(unit.e.max(axis=axis, keepdims=True))
    square = _mean(u * u, axis)
    share = _mean(d * u, axis) / np.where(square == 0.0, 1.0, square)
    across = d - _mean(d, axis) - u * share
    # Of two entries the mean and the size are all that there is.
    if d.shape[axis] <= 2:
        across = np.where(square == 0.0, across, 0.0)
    along = Extended.of(u * share, top) * (inverse * inverse * NORM_FLOOR)
    return (Extended.of(across, top) + along) * inverse
