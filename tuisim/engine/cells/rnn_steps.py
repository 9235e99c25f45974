"""What the rnn cell's kernels share: their numbers, s_t, and the way back through a step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.kernels.careful import (
    WORK,
    cancelled_product,
    place,
    pull_back_carefully,
    suspicious,
)
from tuisim.engine.kernels.jit import aside, part
from tuisim.engine.kernels.normalisation import BATCH_NORM, NO_NORM, normalise_back
from tuisim.engine.kernels.radial import radial_deltas, radial_step
from tuisim.engine.kernels.scales import any_entry
from tuisim.engine.kernels.vectors import (
    NOTHING,
    add_scaled,
    faint,
    multiply_sum,
    power_of_two,
    raise_to_one,
)

#: Rows of the work array that `pull_back` takes.
ROOM = WORK + 3
#: Numbers under this have lost digits.
_LEAST = 2.0**-1022


class Parameters(NamedTuple):
    """The numbers of an experiment that the kernels need.

    radial: in how many groups a norm makes the gradient along the state what
        tuisim.engine.kernels.radial says, 0 where it does not.
    """

    activation: int
    batch: int
    carry: float
    leak: float
    skip: int
    share: float
    norm: int
    tied: bool
    biased: bool
    driven: bool
    scaling: int
    slope_below: float
    slope_above: float
    fades: bool
    radial: int


@aside
def mix(
    p: Parameters, states: Array, exponents: Array, t: int, source: Array, scale: Array
) -> float:
    """source[0] = s_{t+1}, the state's and an earlier state's share; returns its exponent."""
    back = max(t + 1 - p.skip, 0)
    for i in range(source.shape[1]):
        source[0, i] = 0.0
    scale[0] = NOTHING
    top = int(np.int64(0))
    add_scaled(source, top, scale, 1.0 - p.share, states, t, exponents[t])
    add_scaled(source, top, scale, p.share, states, back, exponents[back])
    # The sum is kept on the scale of the larger: of the state that is carried over, or of the
    # input, which alone decides where nothing is carried and it is not zero.
    exponent: float = scale[0]
    if p.carry != 0.0 or exponent == NOTHING:
        exponent = max(exponents[t], exponent)
    down = power_of_two(scale[0] - exponent)
    for i in range(source.shape[1]):
        source[0, i] *= down
    return exponent


@aside
def underflows(p: Parameters, a: Array, transposed: Array, k: int, source: Array, row: int) -> bool:
    """Whether all of a is 0 though W s, s = source[row], has terms, which float64 does not hold.

    Terms that it holds may cancel, or a norm take them out: then a is 0.
    """
    if any_entry(a, int(np.int64(0))):
        return False
    size = a.shape[1]
    n = size // p.batch
    for at in range(size):
        if source[row, at] != 0.0:
            for j in range(n):
                w = transposed[k, place(n, at % n, j)]
                if w != 0.0 and abs(w * source[row, at]) < _LEAST:
                    return True
    return False


@part
def hear(p: Parameters, arrays: tuple[Array, ...], t: int, out: Array, at: int) -> None:
    """out.ravel()[at:] = s_t where no state is on a scale; with batch norm less its first row."""
    states = arrays[0]
    size = states.shape[1]
    back = max(t - p.skip, 0)
    for i in range(size):
        out[0, at + i] = states[t - 1, i]
        if p.skip > 0:
            out[0, at + i] = (1.0 - p.share) * states[t - 1, i] + p.share * states[back, i]
    if p.norm == BATCH_NORM:
        # δ adds up to zero over the rows, so what all of them share would only cancel.
        n = size // p.batch
        for i in range(size - 1, -1, -1):
            out[0, at + i] -= out[0, at + i % n]


@part
def deltas(p: Parameters, gradients: Array, t: int, slopes: Array, row: int, delta: Array) -> None:
    """delta = leak · slopes[row] · g_t: the gradient at a_t, on the scale of g_t."""
    for i in range(delta.shape[1]):
        delta[0, i] = p.leak * (slopes[row, i] * gradients[t, i])


@aside
def _mend_cancelled(
    p: Parameters,
    matrices: Array,
    k: int,
    arrays: tuple[Array, ...],
    slopes: Array,
    row: int,
    t: int,
    room: tuple[Array, ...],
    into: Array,
    into_row: int,
    follows: bool,
) -> None:
    """Do what `pull_back` does once more, in twofold numbers, where an entry of it cancelled."""
    states, gradients, _, state_exponents, exponents, _, _, normalised, inverse, offset = arrays
    delta, _, work, radial = room
    raw = work[WORK + 2 : WORK + 3]
    deltas(p, gradients, t, slopes, row, raw)
    if follows:
        radial_deltas(
            states, t, state_exponents[t], slopes, row, p.radial, radial, raw, exponents[t]
        )
    if not cancelled_product(
        p.norm, matrices, k, raw, into, into_row, p.batch, normalised, inverse, t - 1, work
    ):
        return
    for i in range(delta.shape[1]):
        delta[0, i] = raw[0, i]
    source, heard = states, t - 1
    if p.skip > 0:
        source, heard = work[WORK : WORK + 1], int(np.int64(0))
        mix(p, states, state_exponents, t - 1, source, work[WORK + 1])
    added = p.biased or p.driven
    pull_back_carefully(
        p.norm, matrices, k, source, heard, added, offset, t - 1, delta, into, into_row, p.batch,
        work,
    )  # fmt: skip


@part
def pull_back(
    p: Parameters,
    matrices: Array,
    k: int,
    arrays: tuple[Array, ...],
    slopes: Array,
    row: int,
    t: int,
    room: tuple[Array, ...],
    into: Array,
    into_row: int,
    follows: bool,
) -> float:
    """delta = Nᵀ (leak · slopes[row] · g_t), into[into_row] = W_tᵀ delta; returns their exponent.

    Args:
        slopes: the buffers', or others.
        room: delta and v (1, batch·n); a norm's (ROOM, batch·n); `radial`, as
            tuisim.engine.kernels.radial has it.
        follows: whether there is `radial`.
    """
    states, gradients, _, state_exponents, exponents, _, _, normalised, inverse, offset = arrays
    delta, _, _, radial = room
    top = int(np.int64(0))
    exponent: float = exponents[t]
    deltas(p, gradients, t, slopes, row, delta)
    if follows:
        exponent = radial_deltas(
            states, t, state_exponents[t], slopes, row, p.radial, radial, delta, exponent
        )
    most = 0.0
    if p.norm != NO_NORM:
        most = normalise_back(p.norm, delta, p.batch, normalised, inverse, t - 1)
    one, turned = int(np.int64(1)), t % 2 == 1
    multiply_sum(matrices, k, one, delta, top, into, into_row, p.batch, False, turned)
    if p.norm == NO_NORM and faint(into, into_row):
        raised = raise_to_one(delta)
        if raised != 0.0:
            multiply_sum(matrices, k, one, delta, top, into, into_row, p.batch, False, turned)
            exponent += raised
    small = False
    if p.norm != NO_NORM and state_exponents[t - 1] == 0.0:
        small = suspicious(into, into_row, p.norm, p.batch, most, states, t - 1)
    if small:
        _mend_cancelled(p, matrices, k, arrays, slopes, row, t, room, into, into_row, follows)
    if follows:
        back = max(t - max(p.skip, 1), 0)
        added = p.biased or p.driven
        radial_step(
            states, into, into_row, delta, exponent, added, offset, inverse, t, back, p.radial,
            radial,
        )  # fmt: skip
    return exponent
