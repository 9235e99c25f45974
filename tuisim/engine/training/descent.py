"""The step of an update once its gradient is there, compiled: clipping, decay, SGD or Adam."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.kernels.jit import aside, kernel
from tuisim.engine.kernels.vectors import careful_square_sum, power_of_two
from tuisim.values.experiment import CLIPS, Experiment
from tuisim.values.plan import Plan

#: As torch.optim.Adam has them.
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8

_BY_NORM, _BY_VALUE = CLIPS.index("norm"), CLIPS.index("value")


#: θ, velocity and squares, (1, size) each; of SGD there are no squares, (1, 0).
Vectors = tuple[Array, ...]


class Rules(NamedTuple):
    """The numbers of a plan that kernels need.

    clip: a place in CLIPS; clip_threshold: its limit.
    within: how near a right number lies; 0 where outputs are logits of classes.
    """

    clip: int
    clip_threshold: float
    adam: bool
    learning_rate: float
    momentum: float
    l2: float
    within: float


def rules_of(experiment: Experiment, plan: Plan, within: float) -> Rules:
    """The rules of a net's training."""
    return Rules(
        CLIPS.index(experiment.clip),
        experiment.clip_threshold,
        plan.optimizer == "adam",
        plan.learning_rate,
        plan.momentum,
        plan.l2,
        within,
    )


@aside
def descend(
    p: Rules,
    averaged: int,
    theta: Array,
    velocity: Array,
    squares: Array,
    gradient: Array,
    found: Array,
) -> bool:
    """θ, what momentum or Adam keep, and norms, from the gradient; False where one is not finite.

    Args:
        averaged: how many updates are in the velocity and the squares.
        theta, velocity, squares, gradient: (1, size), written to; of SGD no squares are read.
        found: what becomes of (‖g‖, ‖g‖ after clipping, ‖Δθ‖/‖θ‖).
    """
    top = int(np.int64(0))
    size = theta.shape[1]
    found[0] = found[1] = _norm(gradient)
    if p.clip == _BY_VALUE:
        for i in range(size):
            gradient[0, i] = min(max(gradient[0, i], -p.clip_threshold), p.clip_threshold)
        found[1] = _norm(gradient)
    elif p.clip == _BY_NORM and found[0] > p.clip_threshold:
        factor = p.clip_threshold / found[0]
        for i in range(size):
            gradient[0, i] *= factor
        found[1] = _norm(gradient)
    before = _norm(theta)
    for i in range(size):
        gradient[0, i] += p.l2 * theta[0, i]
    if p.adam:
        count = float(averaged + 1)
        rate = p.learning_rate / (1.0 - BETA_1**count)
        root = math.sqrt(1.0 - BETA_2**count)
        for i in range(size):
            g = gradient[0, i]
            velocity[0, i] += (1.0 - BETA_1) * (g - velocity[0, i])
            squares[0, i] = BETA_2 * squares[0, i] + (1.0 - BETA_2) * (g * g)
            change = velocity[0, i] / (math.sqrt(squares[0, i]) / root + EPSILON)
            gradient[0, i] = rate * change
    else:
        for i in range(size):
            velocity[0, i] = p.momentum * velocity[0, i] + gradient[0, i]
            gradient[0, i] = p.learning_rate * velocity[0, i]
    for i in range(size):
        theta[0, i] -= gradient[0, i]
    found[2] = _norm(gradient) / before
    square = careful_square_sum(theta, top)[0]
    if p.adam:
        square += careful_square_sum(squares, top)[0]
    return math.isfinite(square)


@kernel
def _descended(
    rules: tuple[Any, ...],
    averaged: int,
    begin: tuple[Array, ...],
    gradient: Array,
    end: tuple[Array, ...],
    found: Array,
) -> bool:
    """`descend` into other arrays."""
    theta, velocity, squares = end
    size, top = theta.shape[1], int(np.int64(0))
    moved = np.empty((1, size))
    for i in range(size):
        theta[top, i] = begin[0][top, i]
        velocity[top, i] = begin[1][top, i]
        moved[top, i] = gradient[top, i]
    for i in range(squares.shape[1]):
        squares[top, i] = begin[2][top, i]
    return descend(Rules(*rules), averaged, theta, velocity, squares, moved, found)


class Moved(NamedTuple):
    """Where a step led.

    vectors: θ, velocity and squares, (1, size) each; numbers: ‖g‖, ‖g‖ after clipping, ‖Δθ‖/‖θ‖;
    finite: whether the vectors are.
    """

    vectors: Vectors
    numbers: tuple[float, float, float]
    finite: bool


def step(rules: Rules, averaged: int, vectors: Vectors, gradient: Array) -> Moved:
    """One step from a gradient (size,); `descend` says the rest."""
    ends = tuple(np.empty(one.shape) for one in vectors)
    found = np.empty(3)
    row = fixed(gradient.reshape(1, -1))
    finite = _descended(tuple(rules), averaged, vectors, row, ends, found)
    before, after, ratio = found.tolist()
    return Moved(tuple(map(fixed, ends)), (before, after, ratio), bool(finite))


def fixed(array: Array) -> Array:
    """The same array, which is not written to any more."""
    array.flags.writeable = False
    return array


@aside
def _norm(row: Array) -> float:
    square, exponent = careful_square_sum(row, int(np.int64(0)))
    return math.sqrt(square) * power_of_two(exponent)
