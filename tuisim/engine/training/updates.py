"""Whole updates of a net that is trained, compiled for each cell.

The passes are the cell's own steps, with products that treat four rows of a batch at a time; what
is outside the range in which these are as good as the careful ones is left to
tuisim.engine.training.backprop.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.cell import Cell
from tuisim.engine.cells.table import CELLS
from tuisim.engine.cells.template import copied, exchanged
from tuisim.engine.kernels.fused import add_product, multiply_fused, pack
from tuisim.engine.kernels.jit import aside, caller, is_part, kernel, part
from tuisim.engine.kernels.vectors import NOTHING, add_scaled, multiply_sum, power_of_two, settle
from tuisim.engine.training.descent import Rules, descend
from tuisim.engine.training.judging import judge
from tuisim.engine.training.room import Room
from tuisim.values.cells import CELLS as LINES

# In whose places a cell's own come.
gates = 0
Settings: Any = None
forth: Any = None
back: Any = None
step_back: Any = None
note: Any = None
seed: Any = None
room: Any = None
room_back: Any = None
deltas_in: Any = None
hear: Any = None
at_input: Any = None

#: log10 of norms between which the gradient can be added up at its true scale.
_LOW, _HIGH = -140.0, 100.0


@part
def is_ordinary(log10: Array, each: bool) -> bool:
    """Whether the largest norm is of an ordinary size, or each that is not 0."""
    largest = -math.inf
    for t in range(log10.shape[0]):
        x = log10[t]
        if not x < _HIGH or (each and -math.inf < x < _LOW):
            return False
        largest = max(largest, x)
    return each or largest > _LOW


def unfold(r: Room, theta: Array, n: int, channels: int, outputs: int) -> None:
    """Put the parameters in the order in which products read them."""
    zero = int(np.int64(0))
    b = gates * n * n
    into = b + gates * n
    out = into + gates * n * channels
    for gate in range(gates):
        pack(theta, gate * n * n, n, n, True, r.forth, gate)
        pack(theta, gate * n * n, n, n, False, r.back, gate)
        pack(theta, into + gate * n * channels, n, channels, True, r.inputs, gate)
        for j in range(n):
            r.bias[gate, j] = theta[0, b + gate * n + j]
    pack(theta, out, outputs, n, True, r.outputs, zero)


def drive_with(r: Room, inputs: Array, u: int, rows: int, n: int, channels: int) -> None:
    """r.drive = W_in u_t for every step and gate."""
    zero, one = int(np.int64(0)), int(np.int64(1))
    at = u * inputs.shape[1]
    for row in range(r.drive.shape[0]):
        t, gate = row // gates, row % gates
        add_product(
            inputs, at + t * rows * channels, channels, one, r.inputs, gate * r.inputs.shape[1],
            zero, r.drive, row * rows * n, n, rows, n, channels, zero,
        )  # fmt: skip


def answer(
    p: Rules, r: Room, theta: Array, states: Array, targets: Array, u: int, n: int
) -> tuple[float, float]:
    """Loss and accuracy, and the gradient of W_out and b_out and at the states."""
    zero, one = int(np.int64(0)), int(np.int64(1))
    count, outputs = r.answers.shape
    last = theta.shape[1] - outputs
    at = states.shape[0] * states.shape[1] - count * n
    add_product(
        states, at, n, one, r.outputs, zero, zero, r.answers, zero, outputs, count, outputs, n,
        zero,
    )  # fmt: skip
    for row in range(count):
        for j in range(outputs):
            r.answers[row, j] += theta[0, last + j]
    loss, accuracy = judge(p.within, r.answers, targets, u, r.errors)
    first = last - outputs * n
    add_product(
        r.errors, zero, outputs, one, theta, first, n, r.parts, zero, n, count, n, outputs, zero
    )
    add_product(
        r.errors, zero, one, outputs, states, at, n, r.gradient, first, n, outputs, n, count, zero
    )
    for j in range(outputs):
        r.gradient[0, last + j] = 0.0
        for row in range(count):
            r.gradient[0, last + j] += r.errors[row, j]
    return loss, accuracy


def keep_deltas(into: Array, delta: Array, at: int, exponent: float) -> None:
    """into[gate, at:] = δ of a step at its true scale."""
    scale = power_of_two(exponent)
    for gate in range(gates):
        for i in range(delta.shape[1]):
            into[gate, at + i] = scale * delta[gate, i]


def gather(r: Room, rows: int, inputs: Array, at: int, n: int, channels: int) -> None:
    """Add what the rows that are kept give to the gradients of W, b and W_in.

    Args:
        inputs: theirs lie from `at` of inputs.ravel() on.
    """
    zero, one = int(np.int64(0)), int(np.int64(1))
    for gate in range(gates):
        first = gate * r.delta.shape[1]
        add_product(
            r.delta, first, one, n, r.heard, zero, n, r.gradient, gate * n * n, n, n, n, rows, one
        )
        add_product(
            r.ones, zero, one, zero, r.delta, first, n, r.gradient, gates * n * n + gate * n, n,
            one, n, rows, one,
        )  # fmt: skip
        add_product(
            inputs, at, one, channels, r.entering, first, n, r.by_channel, gate * channels * n, n,
            channels, n, rows, one,
        )  # fmt: skip


def back_through(
    p: Any,
    r: Room,
    arrays: tuple[Array, ...],
    inputs: Array,
    u: int,
    n: int,
    channels: int,
    adding: bool,
) -> None:
    """The backward pass from the loss's own parts, and what it gives to W, b and W_in."""
    zero = int(np.int64(0))
    gradients, exponents, log10 = arrays[1], arrays[4], arrays[6]
    steps, size, asked = gradients.shape[0] - 1, gradients.shape[1], r.parts.shape[0]
    rows = size // n
    for i in range(gates * (n * n + n)):
        r.gradient[0, i] = 0.0
    for gate in range(gates):
        for i in range(channels * n):
            r.by_channel[gate, i] = 0.0
    if adding:
        for t in range(steps):
            exponents[t] = NOTHING
            for i in range(size):
                gradients[t, i] = 0.0
    for i in range(size):
        gradients[steps, i] = r.parts[asked - 1, i]
    exponents[steps] = 0.0
    seed(arrays, steps)
    work = room_back(p, arrays, zero, steps)
    low = high = steps
    for t in range(steps, 0, -1):
        if t == low:
            low, high = max(t - r.heard.shape[1] // size, 0), t
        exponent = step_back(p, r.back, arrays, work, t, zero, zero, zero, adding)
        at = (t - 1 - low) * size
        hear(p, arrays, t, r.heard, at)
        delta = deltas_in(work)
        keep_deltas(r.delta, delta, at, exponent)
        at_input(p, arrays, t, delta)
        keep_deltas(r.entering, delta, at, exponent)
        part_of = t - 1 - (steps - asked) - 1
        if part_of >= 0:
            add_scaled(gradients, t - 1, exponents, 1.0, r.parts, part_of, 0.0)
            settle(gradients, t - 1, exponents, log10)
            work = room_back(p, arrays, zero, t - 1)
        if t - 1 == low:
            first = u * inputs.shape[1] + low * rows * channels
            gather(r, (high - low) * rows, inputs, first, n, channels)
    into = gates * (n * n + n)
    for gate in range(gates):
        for c in range(channels):
            for j in range(n):
                place = into + (gate * n + j) * channels + c
                r.gradient[0, place] = r.by_channel[gate, c * n + j]


def updates(
    settings: tuple[Any, ...],
    rules: tuple[Any, ...],
    start: Array,
    begin: tuple[Array, ...],
    averaged: int,
    inputs: Array,
    targets: Array,
    adding: bool,
    arrays: tuple[Array, ...],
    rooms: tuple[Array, ...],
    end: tuple[Array, ...],
    numbers: Array,
    curves: Array,
) -> int:
    """Make updates, one a batch; returns how many there were before one that is out of range.

    Args:
        settings, rules: as the cell's and as Rules.
        start: (B, n), h_0.
        begin, end: θ, velocity and squares, (1, size) each, no squares with SGD.
        averaged: how many updates are in the velocity and the squares.
        inputs: (U, T·B·channels); targets: (U, K·B), numbers or classes.
        adding: whether a skip connection reaches back.
        arrays: the cell's buffers, without records; rooms: as Room.
        numbers: (U, 5), of each update loss, accuracy, ‖g‖, ‖g‖ after clipping, ‖Δθ‖/‖θ‖.
        curves: (U, 2, T+1), log10 ‖h_t‖ and log10 ‖∂L/∂h_t‖; none where U is 0.
    """
    p, q, r = Settings(*settings), Rules(*rules), Room(*rooms)
    theta, velocity, squares = end
    zero = int(np.int64(0))
    for i in range(theta.shape[1]):
        theta[0, i] = begin[0][0, i]
        velocity[0, i] = begin[1][0, i]
    for i in range(squares.shape[1]):
        squares[0, i] = begin[2][0, i]
    states, steps = arrays[0], arrays[0].shape[0] - 1
    rows, n = start.shape
    channels = inputs.shape[1] // (steps * rows)
    outputs = r.answers.shape[1]
    work = room(p, states.shape[1])
    for b in range(rows):
        for j in range(n):
            states[zero, b * n + j] = start[b, j]
    for u in range(inputs.shape[0]):
        unfold(r, theta, n, channels, outputs)
        drive_with(r, inputs, u, rows, n, channels)
        arrays[3][zero] = 0.0
        note(p, arrays, zero)
        reached = forth(p, r.forth, r.bias, r.drive, arrays, work, zero, steps)
        if reached < steps or not is_ordinary(arrays[5], True):
            return u
        loss, accuracy = answer(q, r, theta, states, targets, u, n)
        if not math.isfinite(loss):
            return u
        back_through(p, r, arrays, inputs, u, n, channels, adding)
        if not is_ordinary(arrays[6], False):
            return u
        for i in range(theta.shape[1]):
            r.theta[0, i] = theta[0, i]
            r.velocity[0, i] = velocity[0, i]
        for i in range(squares.shape[1]):
            r.squares[0, i] = squares[0, i]
        found = numbers[u, 2:]
        if not descend(q, averaged + u, r.theta, r.velocity, r.squares, r.gradient, found):
            return u
        numbers[u, 0] = loss
        numbers[u, 1] = accuracy
        for i in range(theta.shape[1]):
            theta[0, i] = r.theta[0, i]
            velocity[0, i] = r.velocity[0, i]
        for i in range(squares.shape[1]):
            squares[0, i] = r.squares[0, i]
        if curves.shape[0] > 0:
            for t in range(steps + 1):
                curves[u, 0, t] = arrays[5][t]
                curves[u, 1, t] = arrays[6][t]
    return inputs.shape[0]


_TEMPLATES = (
    (unfold, aside),
    (drive_with, aside),
    (keep_deltas, part),
    (gather, aside),
    (back_through, caller),
)


def _compiled(cell: Cell) -> Any:
    names: dict[str, Any] = {"__name__": type(cell).__module__}
    for name, one in cell.parts.items():
        names[name] = exchanged(one, multiply_sum, multiply_fused) if is_part(one) else one
    for template, compiled in _TEMPLATES:
        names[template.__name__] = compiled(copied(template, names))
    names["answer"] = aside(answer)
    return kernel(copied(updates, names))


class _Updates(dict[str, Any]):
    """The kernel of every cell that has a line, one that got it later too."""

    def __missing__(self, name: str) -> Any:
        self[name] = _compiled(CELLS[name])
        return self[name]


UPDATES = _Updates()
for _name in LINES:
    UPDATES[_name]
