"""The passes that every cell makes over its own two steps, compiled for each cell.

numba keeps no kernel that was given functions, as arguments or by a closure. So what stands here
are templates over global names, each of which is copied for a cell with its own parts in their
place: what numba sees is a free function of the cell's own module.

The parts of a cell, p being its settings and `arrays` its buffers, those of CommonBuffers first:

    Settings    the NamedTuple that the settings make, with batch, tied and scaling
    gates       how many matrices a step has
    step        (p, transposed, bias, drive, arrays, room, t, k, x) → whether h_{t+1} is there:
                from h_t, with matrices and bias rows from k on and drive rows from x on
    step_back   (p, matrices, arrays, room, t, first, k, floor, adding) → the exponent of the δ
                that it leaves in its room: from ∂L/∂h_t to ∂L/∂h_{t−1}, in the last of its steps
                to that of `first`

and, where they are not as here, `note`, `seed`, `apart`, `room`, `room_back`, and what training
asks of a step back: `deltas_in`, `hear` and `at_input`.
"""

from __future__ import annotations

import math
import types
from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.kernels.jit import is_part, kernel, maker, part, plainly, remade
from tuisim.engine.kernels.scales import any_apart, note_state
from tuisim.engine.kernels.vectors import NOTHING, settle

# In whose places a cell's own come.
gates = 0
Settings: Any = None
step: Any = None
step_back: Any = None
views: Any = None


class Kernels(NamedTuple):
    """The kernels of a cell; what each takes, Kind says.

    parts: all that they are made of, by name, for kernels of others' own.
    """

    forward: Any
    backward: Any
    passes: Any
    parts: dict[str, Any]


def note(p: Any, arrays: tuple[Array, ...], t: int) -> None:
    """Note the norm of a state that was put into the buffers, and choose its scale."""
    note_state(arrays[0], t, arrays[3], arrays[5], p.scaling)


def seed(arrays: tuple[Array, ...], t: int) -> None:
    """Put what there is of a gradient beside ∂L/∂h_t into the buffers, and note its norm."""
    settle(arrays[1], t, arrays[4], arrays[6])


def apart(p: Any, arrays: tuple[Array, ...], t: int) -> bool:
    """Whether entries of the gradient at t are about to be lost beside others."""
    return any_apart(arrays[1], t)


def room(p: Any, size: int) -> Any:
    """What `step` works in: here a row a gate."""
    return np.empty((gates, size))


def room_back(p: Any, arrays: tuple[Array, ...], first: int, last: int) -> Any:
    """What `step_back` works in: here a row a gate."""
    return np.empty((gates, arrays[1].shape[1]))


def deltas_in(room: Any) -> Any:
    """The rows of δ = ∂L/∂(W_gate s_t), (gates, batch·n), in the room of `step_back`."""
    return room


def hear(p: Any, arrays: tuple[Array, ...], t: int, out: Array, at: int) -> None:
    """out.ravel()[at:] = s_t, what the matrices of step t were multiplied with, on no scale."""
    states = arrays[0]
    for i in range(states.shape[1]):
        out[0, at + i] = states[t - 1, i]


def at_input(p: Any, arrays: tuple[Array, ...], t: int, delta: Array) -> None:
    """Make of δ the gradient at x_t, on the same scale: here they are the same."""


def forth(
    p: Any,
    transposed: Array,
    bias: Array,
    drive: Array,
    arrays: tuple[Array, ...],
    work: Any,
    first: int,
    last: int,
) -> int:
    """The steps first < t ≤ last; returns the one that they came to."""
    # A literal 0 would have every part compiled once more for it.
    top = int(np.int64(0))
    for t in range(first, last):
        x = gates * (t - first)
        if not step(p, transposed, bias, drive, arrays, work, t, top if p.tied else x, x):
            return t
    return last


def back(
    p: Any,
    matrices: Array,
    arrays: tuple[Array, ...],
    work: Any,
    first: int,
    last: int,
    floor: int,
    adding: bool,
) -> int:
    """The steps back from `last` to `first`; returns the one that they came to."""
    top = int(np.int64(0))
    for t in range(last, first, -1):
        k = top if p.tied else gates * (t - 1 - first)
        step_back(p, matrices, arrays, work, t, first, k, floor, adding)
        if apart(p, arrays, t - 1):
            return t - 1
    return first


def plain_seconds(steps: int, matrices: Array, size: int, batch: int) -> float:
    """About what so many steps, one way, take plainly for each matrix of a step."""
    by_step = 5.5e-5 + 1.2e-5 * (batch - 1) + 5e-7 * size
    return steps * (by_step + 6e-9 * batch * matrices.shape[1])


def _forward_seconds(
    settings: Any, transposed: Array, bias: Any, drive: Any, start: Any, arrays: Any, *steps: int
) -> float:
    first, last = steps
    batch = Settings(*settings).batch
    return gates * plain_seconds(last - first, transposed, arrays[0].shape[1], batch)


def _backward_seconds(
    settings: Any,
    matrices: Array,
    probe: Any,
    arrays: Any,
    first: int,
    last: int,
    floor: int,
    adding: bool,
) -> float:
    # What is added to cannot be begun anew.
    if adding:
        return math.inf
    batch = Settings(*settings).batch
    return gates * plain_seconds(last - first, matrices, arrays[0].shape[1], batch)


def _passes_seconds(
    settings: Any, operands: Any, buffers: Any, member: int, depths: Any, *_: Any
) -> float:
    steps, batch = int(depths.max() + depths.sum()), Settings(*settings).batch
    return gates * plain_seconds(steps, operands[0], buffers[0].shape[-1], batch)


@plainly(seconds=_forward_seconds)
def forward(
    settings: tuple[Any, ...],
    transposed: Array,
    bias: Array,
    drive: Array,
    start: Array,
    arrays: tuple[Array, ...],
    first: int,
    last: int,
) -> int:
    """Compute the states and all that belongs to a step for first < t ≤ last; as Kind.forward.

    Settings and arrays are plain tuples, which cross over from Python in a third of the time.
    """
    p = Settings(*settings)
    if start.shape[0] > 0:
        states, n = arrays[0], start.shape[1]
        for b in range(p.batch):
            for j in range(n):
                states[first, b * n + j] = start[b, j]
        arrays[3][first] = 0.0
        note(p, arrays, first)
    return forth(p, transposed, bias, drive, arrays, room(p, arrays[0].shape[1]), first, last)


@plainly(seconds=_backward_seconds)
def backward(
    settings: tuple[Any, ...],
    matrices: Array,
    probe: Array,
    arrays: tuple[Array, ...],
    first: int,
    last: int,
    floor: int,
    adding: bool,
) -> int:
    """Compute the gradients for first ≤ t < last from those at `last`; as Kind.backward."""
    p = Settings(*settings)
    if probe.shape[0] > 0:
        gradients, n = arrays[1], probe.shape[1]
        for b in range(p.batch):
            for j in range(n):
                gradients[last, b * n + j] = probe[b, j]
        arrays[4][last] = 0.0
        seed(arrays, last)
    work = room_back(p, arrays, first, last)
    return back(p, matrices, arrays, work, first, last, floor, adding)


@plainly(seconds=_passes_seconds)
def passes(
    settings: tuple[Any, ...],
    operands: tuple[Array, ...],
    buffers: tuple[Array, ...],
    member: int,
    depths: Array,
    adding: bool,
    ends: Array,
) -> int:
    """Do both passes of one member; as Kind.passes."""
    transposed, bias, drive, start, matrices, probe = operands
    arrays = views(buffers, member)
    gradients, exponents, log10 = arrays[1], arrays[4], arrays[6]
    top = int(np.int64(0))
    reached = forward(settings, transposed, bias, drive, start, arrays, top, int(depths.max()))
    if reached < depths.max():
        return reached
    for k in range(depths.shape[0]):
        last = depths[k]
        if adding:
            for t in range(last):
                exponents[t] = NOTHING
                for i in range(gradients.shape[1]):
                    gradients[t, i] = 0.0
        if backward(settings, matrices, probe, arrays, top, last, top, adding) > 0:
            return -1
        if ends.shape[0] > 0:
            ends[k, 0] = log10[0]
            ends[k, 1] = log10[last]
    return reached


def kernels(module: str, buffers: type[Any], **own: Any) -> Kernels:
    """The kernels of a cell, from its module's name, its kind of buffers and its parts."""
    # Of the buffers' arrays kernels take all but the two of records.
    names = {"views": _views(len(buffers._fields) - 2), **own}
    for template, compiled in (*_PARTS, *((one, kernel) for one in _KERNELS)):
        name = template.__name__
        if name not in names:
            names[name] = compiled(copied(template, {"__name__": module, **names}))
    return Kernels(names["forward"], names["backward"], names["passes"], names)


_PARTS = (
    (note, part),
    (seed, part),
    (apart, part),
    (room, maker),
    (room_back, maker),
    (deltas_in, maker),
    (hear, part),
    (at_input, part),
    (forth, part),
    (back, part),
)
_KERNELS = (forward, backward, passes)


def copied(template: Any, names: dict[str, Any]) -> Any:
    """The same function with these names among its globals."""
    copy = types.FunctionType(template.__code__, template.__globals__ | names, template.__name__)
    copy.__annotations__ = template.__annotations__
    seconds = getattr(template, "seconds", None)
    return plainly(seconds=seconds and copied(seconds, names))(copy)


def exchanged(compiled: Any, old: Any, new: Any) -> Any:
    """A compiled part with another in the place of one that it, or a part of it, calls."""
    if compiled is old:
        return new
    function = compiled.py_func
    others = {}
    for name in function.__code__.co_names:
        one = function.__globals__.get(name)
        if is_part(one) and (other := exchanged(one, old, new)) is not one:
            others[name] = other
    return remade(compiled, copied(function, others)) if others else compiled


def _views(count: int) -> Any:
    """The part that takes one member's arrays out of so many; no loop makes a tuple there."""
    each = ", ".join(f"buffers[{place}][member]" for place in range(count))
    names: dict[str, Any] = {}
    exec(f"def views(buffers, member): return ({each},)", names)
    return maker(names["views"])
