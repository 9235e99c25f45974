"""What cells share where a step leaves float64.

Every such step leaves a record of numbers of any size. Its rows in the buffers hold what of them
a common scale can.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.network import Network
from tuisim.engine.kernels.scales import APART, HOMOGENEOUS, TANGENT
from tuisim.engine.kernels.tails import ZERO
from tuisim.engine.kernels.vectors import NOTHING
from tuisim.engine.maths.extended import Extended, product
from tuisim.values.experiment import Experiment

#: Of each step None or what is known of it beyond its rows, (…, C+1) of objects.
Records = np.ndarray[tuple[int, ...], np.dtype[np.object_]]

#: Exponents of rows that kernels can go on with: no square, and no entry beside others, is lost.
_ROOM, _SPREAD = 490.0, 900.0
#: How far apart those of a gradient may be, which slopes as small are to be multiplied with.
_SPREAD_BACK = -math.log2(APART)


class Step(NamedTuple):
    """The record of step t.

    Attributes:
        states: what the cell carries on, (B, n) each; none where the buffers' rows hold all of it.
        values, slopes: (B, n) each, those of the step, in an order of the cell's own; none where
            the buffers' are the step's.
    """

    states: tuple[Extended, ...]
    values: tuple[Extended, ...]
    slopes: tuple[Extended, ...]


def records(members: int, capacity: int) -> tuple[Records, Records]:
    """No record of any step, of states and of gradients, (members, capacity + 1) each."""
    both = np.empty((2, members, capacity + 1), np.object_)
    return both[0], both[1]


def clear_records(buffers: Any) -> None:
    """Forget the records of a run before, in whose buffers the next one begins anew."""
    buffers.beyond[:] = None
    buffers.gradients_beyond[:] = None


def kernel_arrays(buffers: Any) -> tuple[Array, ...]:
    """What kernels take of buffers: all but the records, which come last."""
    return buffers[:-2]  # type: ignore[no-any-return]


def steps_beyond(buffers: Any) -> Iterator[int]:
    """Steps of which a record says more than the rows do, of slopes or of a gradient."""
    some = buffers.beyond[1:].astype(bool) | buffers.gradients_beyond[1:].astype(bool)
    with np.errstate(invalid="ignore"):
        yield from (np.flatnonzero(some) + 1).tolist()


def common_exponent(parts: tuple[Extended, ...], scaling: int) -> float | None:
    """The exponent of rows that hold all of these as kernels may read them, None where none is."""
    exponents = np.concatenate([part.e.ravel() for part in parts])
    there = exponents[exponents != ZERO]
    if there.size == 0 or not all(np.isfinite(part.m).all() for part in parts):
        return 0.0
    top, low = float(there.max()), float(there.min())
    if low > -_ROOM and top < _ROOM:
        return 0.0
    if top - low > _SPREAD:
        return None
    return top if scaling == HOMOGENEOUS or (scaling == TANGENT and top < -_ROOM) else None


def rows(experiment: Experiment, flat: Array, exponents: Array, t: int) -> Extended:
    """Row t of a buffer, (B, n)."""
    row = flat[t].reshape(experiment.batch, experiment.width)
    return Extended.of(row, float(exponents[t]))


def put(part: Extended, flat: Array, exponents: Array, t: int, exponent: float | None) -> None:
    """Write a row, on the scale given or on that of its largest entry."""
    if exponent is None:
        # A zero has no scale, and must not lend one.
        exponent = part.top if part.m.any() else NOTHING
    exponents[t] = exponent
    down = (part.e - exponent).clip(-5000, 5000).astype(int)
    with np.errstate(over="ignore", under="ignore"):
        flat[t] = np.ldexp(part.m, down).ravel()


def by_row(*parts: Extended) -> tuple[list[Array], Array]:
    """Numbers (B, n) on scales that each row of a batch has for itself, and these, (B,).

    A row that is hundreds of decades under another may be multiplied with as much more.
    """
    top = np.stack([part.e.max(axis=1) for part in parts]).max(axis=0)
    return [part.over(top[:, np.newaxis]) for part in parts], top


def of_rows(exponents: Array, batch: int) -> Array:
    """The exponents (T,) of steps for every row of a batch, (T, B), to be written to."""
    return np.repeat(exponents[:, np.newaxis], batch, axis=1)


def state(
    experiment: Experiment, buffers: Any, t: int, which: int = 0, flat: Array | None = None
) -> Extended:
    """h_t, (B, n), or what else the cell carries on: its place in records, and its buffer."""
    record = buffers.beyond[t]
    if record is not None and record.states:
        return record.states[which].reshape(experiment.batch, experiment.width)  # type: ignore[no-any-return]
    return rows(experiment, buffers.states if flat is None else flat, buffers.state_exponents, t)


class GradientRows(NamedTuple):
    """Where the gradient in one part of the state lies: rows (C+1, any), exponents, norms."""

    flat: Array
    exponents: Array
    log10: Array


def gradient_rows(buffers: Any) -> GradientRows:
    """Those of ∂L/∂h."""
    return GradientRows(buffers.gradients, buffers.gradient_exponents, buffers.gradient_log10)


def gradient(
    experiment: Experiment, buffers: Any, t: int, which: int = 0, of: GradientRows | None = None
) -> Extended:
    """∂L/∂h_t, (B, n), or that in another part of the state: its place in records, and its rows."""
    record = buffers.gradients_beyond[t]
    if record is not None:
        return record[which]  # type: ignore[no-any-return]
    found = of or gradient_rows(buffers)
    return rows(experiment, found.flat, found.exponents, t)


def put_gradient(
    part: Extended, buffers: Any, t: int, *others: tuple[Extended, GradientRows]
) -> None:
    """Write ∂L/∂h_t, and of other parts of the state with their rows, and note their norms."""
    parts = (part, *(one for one, _ in others))
    for one, of in ((part, gradient_rows(buffers)), *others):
        put(one, of.flat, of.exponents, t, None)
        of.log10[t] = one.log10_norm
    buffers.gradients_beyond[t] = parts if _apart(parts) else None


def _apart(parts: tuple[Extended, ...]) -> bool:
    """Whether entries of a gradient have no scale on which kernels would keep all of them."""
    exponents = np.concatenate([part.e.ravel() for part in parts])
    there = exponents[exponents != ZERO]
    if there.size == 0 or not all(np.isfinite(part.m).all() for part in parts):
        return False
    return bool(there.max() - there.min() > _SPREAD_BACK)


def forth(network: Network, x: Extended, k: int) -> Extended:
    """W_k x."""
    return product(x, network.transposed_panels, network.weights_by_step[k].T, k)


def back(network: Network, x: Extended, k: int) -> Extended:
    """W_kᵀ x."""
    return product(x, network.panels, network.weights_by_step[k], k)
