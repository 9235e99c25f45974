"""Error surfaces over two parameters: losses on a grid, and descent on them.

A surface is a net of which two numbers are free: see tuisim.engine.surfaces.one_unit and
.eigensurface. Pascanu et al. 2013, "On the difficulty of training recurrent neural networks"
(section 3.2, figure 6): where gradients explode, the surface has a wall that plain descent is
thrown off by.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.stopping import check_stop

#: How many cells apart the first losses of a grid are; a power of two.
COARSEST = 8

#: A parameter beyond this has left every surface.
FARTHEST = 1e90

#: A path of more steps would take minutes.
MOST_STEPS = 100_000

_LOG10_2 = math.log10(2.0)


@attrs.frozen(eq=False)
class Losses:
    """Losses and exact gradients at k points.

    Attributes:
        loss_log10: (k,), log10 L; −inf where it is exactly zero.
        gradients, exponents: (k, 2); the gradient is gradients · 2**exponents, each side on a
            scale of its own.
    """

    loss_log10: Array
    gradients: Array
    exponents: Array

    @property
    def gradient(self) -> Array:
        """(∂L/∂x, ∂L/∂y), (k, 2); ±inf or 0 where that leaves float64."""
        exponents = self.exponents.clip(-5000, 5000).astype(int)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            gradient: Array = np.ldexp(self.gradients, exponents)
        return gradient

    @property
    def side_log10(self) -> Array:
        """log10 |∂L/∂x| and log10 |∂L/∂y|, (k, 2), wherever their sizes lie."""
        with np.errstate(divide="ignore"):
            sides: Array = np.log10(np.abs(self.gradients))
        return sides + self.exponents * _LOG10_2

    @property
    def gradient_log10(self) -> Array:
        """log10 ‖(∂L/∂x, ∂L/∂y)‖, (k,), wherever its size lies; −inf for an exact zero."""
        sides, exponents = self._together
        with np.errstate(divide="ignore"):
            norms: Array = np.log10(np.hypot(sides[:, 0], sides[:, 1]))
        return norms + exponents * _LOG10_2

    @property
    def direction(self) -> Array:
        """The gradient over its norm, (k, 2); nan where it is zero."""
        sides = self._together[0]
        with np.errstate(invalid="ignore"):
            direction: Array = sides / np.hypot(sides[:, :1], sides[:, 1:])
        return direction

    @property
    def _together(self) -> tuple[Array, Array]:
        """Both sides on the scale of the larger, (k, 2), and its exponent (k,)."""
        sides, own = np.frexp(self.gradients)
        # A zero has no scale, and must not lend one.
        exponents = np.where(sides == 0.0, -np.inf, own + self.exponents)
        top = exponents.max(axis=1)
        top = np.where(np.isneginf(top), 0.0, top)
        down = (exponents - top[:, np.newaxis]).clip(-4000, 0).astype(int)
        return np.ldexp(sides, down), top


class Surface(Protocol):
    """A loss over two parameters."""

    @property
    def at_a_time(self) -> int:
        """How many points take some milliseconds."""

    def losses(self, x: Array, y: Array) -> Array:
        """log10 L at the points (k,), (k,)."""

    def evaluate(self, x: Array, y: Array) -> Losses:
        """Losses and gradients at the points (k,), (k,)."""


def middles(edges: Array) -> Array:
    """The middle of each cell between edges (k + 1,); (k,)."""
    between: Array = 0.5 * (edges[:-1] + edges[1:])
    return between


def loss_grid(surface: Surface, x: Array, y: Array) -> Iterator[tuple[Array, int]]:
    """log10 L at all (x, y), coarse first: yields the grid (rows, columns) as it fills.

    With each grid comes how many of its points have a loss of their own.

    Until a point has one it shows that of the coarser point below and left of it; nan
    where there is none yet. The last grid has all.

    Args:
        x, y: (columns,) and (rows,).

    Raises:
        StoppedError: the caller made its work stoppable, and asked for that.
    """
    known = np.full((y.size, x.size), np.nan)
    stride, done = COARSEST, 0
    while stride:
        rows, columns = np.mgrid[0 : y.size : stride, 0 : x.size : stride].reshape(2, -1)
        if stride < COARSEST:
            fresh = (rows % (2 * stride) != 0) | (columns % (2 * stride) != 0)
            rows, columns = rows[fresh], columns[fresh]
        for first in range(0, rows.size, surface.at_a_time):
            check_stop()
            part = slice(first, first + surface.at_a_time)
            found = surface.losses(x[columns[part]], y[rows[part]])
            for row, column, loss in zip(rows[part], columns[part], found, strict=True):
                known[row : row + stride, column : column + stride] = loss
            done += found.size
            yield known.copy(), done
        stride //= 2


@attrs.frozen(eq=False)
class Path:
    """Descent from a start, the start being step 0; k steps were taken.

    Attributes:
        learning_rate, threshold: what it was made with; a threshold of None clips nothing.
        points: (k + 1, 2).
        loss_log10, gradient_log10: (k + 1,) at the points, the gradient before clipping.
        clipped: (k + 1,) bool, whether the gradient at a point is over the threshold.
        ended: why it ended before its last step; empty where it did not.
    """

    learning_rate: float
    threshold: float | None
    points: Array
    loss_log10: Array
    gradient_log10: Array
    clipped: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    ended: str

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.points) - 1


def descend(
    surface: Surface,
    start: tuple[float, float],
    learning_rate: float,
    threshold: float | None = None,
    steps: int = 100,
) -> Path:
    """Plain gradient descent, z ← z − η·g, with g clipped by its norm where there is a threshold.

    There is one example, so each step of SGD sees the whole loss. (Pascanu et al. 2013,
    algorithm 1: where ‖g‖ ≥ threshold, g ← threshold·g/‖g‖.)

    Raises:
        ValueError: a start, learning rate, threshold or number of steps that makes no sense.
        StoppedError: the caller made its work stoppable, and asked for that.
    """
    _check(start, learning_rate, threshold, steps)
    points = [np.array(start, np.float64)]
    losses, norms = [], []
    ended = ""
    for step in range(steps + 1):
        check_stop()
        at = surface.evaluate(points[-1][:1], points[-1][1:])
        losses.append(float(at.loss_log10[0]))
        norms.append(float(at.gradient_log10[0]))
        if step == steps:
            break
        ended = "its gradient is not a number" if math.isnan(norms[-1]) else ""
        if not ended:
            point = points[-1] - learning_rate * _clipped(at, norms[-1], threshold)
            if np.abs(point).max() <= FARTHEST:
                points.append(point)
                continue
            ended = f"step {step + 1} left for beyond 1e{math.log10(FARTHEST):.0f}"
        break
    gradient_log10 = np.array(norms)
    limit = math.inf if threshold is None else math.log10(threshold)
    return Path(
        learning_rate=learning_rate,
        threshold=threshold,
        points=np.array(points),
        loss_log10=np.array(losses),
        gradient_log10=gradient_log10,
        clipped=gradient_log10 > limit,
        ended=ended,
    )


def _clipped(at: Losses, norm_log10: float, threshold: float | None) -> Array:
    """The gradient (2,) with its norm at most the threshold, which may be all that fits."""
    if threshold is None or norm_log10 <= math.log10(threshold):
        gradient: Array = at.gradient[0]
        return gradient
    return np.asarray(threshold * at.direction[0])


def _check(
    start: tuple[float, float], learning_rate: float, threshold: float | None, steps: int
) -> None:
    if not all(abs(one) <= FARTHEST for one in start):
        raise ValueError(f"start: got {start!r}, allowed: two numbers up to {FARTHEST:g}")
    if not 0 < learning_rate < math.inf:
        raise ValueError(f"learning_rate: got {learning_rate!r}, allowed: > 0")
    if threshold is not None and not 0 < threshold < math.inf:
        raise ValueError(f"clip_threshold: got {threshold!r}, allowed: > 0")
    if not 0 <= steps <= MOST_STEPS:
        raise ValueError(f"steps: got {steps!r}, allowed: 0…{MOST_STEPS}")
