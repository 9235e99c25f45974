"""The kernels of the rnn cell, forward beside backward.

    s_t = (1 − skip_share)·h_{t−1} + skip_share·h_{max(t−skip, 0)}
    a_t = N(W_t s_t + b_t + x_t)
    h_t = (1 − leak + residual)·h_{t−1} + leak·φ(a_t)

Arrays hold a batch flattened to rows of batch·n numbers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.rnn_steps import (
    ROOM,
    Parameters,
    deltas,
    mend_cancelled,
    mix,
    through_norm,
)
from tuisim.engine.kernels.activations import HARD_TANH, TANH, activate, piecewise_into, tanh_into
from tuisim.engine.kernels.careful import WORK, normalise_carefully, suspicious
from tuisim.engine.kernels.jit import kernel
from tuisim.engine.kernels.normalisation import (
    LAYER_NORM,
    NO_NORM,
    keep_inside,
    normalise,
    normalise_back,
)
from tuisim.engine.kernels.radial import (
    begin_radial,
    no_radial,
    radial_deltas,
    radial_rows,
    radial_step,
)
from tuisim.engine.kernels.scales import (
    TANGENT,
    TANGENT_ROOM,
    any_faded,
    any_near_kink,
    leaves,
    note_state,
)
from tuisim.engine.kernels.vectors import (
    NOTHING,
    add_scaled,
    careful_square_sum,
    log10_norm,
    multiply,
    power_of_two,
    settle,
)


@kernel
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
    """Compute h_t, the slopes and the norms for first < t ≤ last from the states before.

    Args, and what it returns: as Cell.forward says. Settings and arrays are Parameters and
        Buffers as plain tuples, which cross over from Python in a third of the time.
    """
    p = Parameters(*settings)
    # Out of the tuple once and for all: taking an array out counts a reference, atomically.
    states, _, slopes, exponents, _, log10, _, normalised, inverse, offset = arrays
    size = states.shape[1]
    n = start.shape[1]
    if start.shape[0] > 0:
        for b in range(p.batch):
            for j in range(n):
                states[first, b * n + j] = start[b, j]
        exponents[first] = 0.0
        note_state(states, first, exponents, log10, p.scaling)
    a = np.empty((1, size))
    source = np.empty((1, size))
    scale = np.empty(1)
    work = np.empty((WORK, size)) if p.norm != NO_NORM else a
    # A literal 0 would have every part compiled once more for it.
    top = int(np.int64(0))
    for t in range(first, last):
        step = t - first
        k = top if p.tied else step
        if p.skip > 0:
            exponent = mix(p, states, exponents, t, source, scale)
            multiply(transposed, k, source, top, a, top, p.batch, False)
        else:
            exponent = exponents[t]
            multiply(transposed, k, states, t, a, top, p.batch, False)
        if p.biased:
            for b in range(p.batch):
                for j in range(n):
                    a[0, b * n + j] += bias[k, j]
        if p.driven:
            for i in range(size):
                a[0, i] += drive[step, i]
        if p.norm != NO_NORM:
            cancelled = normalise(p.norm, a, p.batch, normalised, inverse, t)
            if not inverse[t, : size // n if p.norm == LAYER_NORM else n].all():
                return t
            added = p.biased or p.driven
            if added:
                for at in range(size):
                    offset[t, at] = bias[k, at % n] if p.biased else 0.0
                    if p.driven:
                        offset[t, at] += drive[step, at]
            if cancelled and exponent == 0.0:
                heard, row = (source, top) if p.skip > 0 else (states, t)
                normalise_carefully(
                    p.norm, transposed, k, heard, row, added, offset, a, p.batch, normalised,
                    inverse, t, work,
                )  # fmt: skip
            if p.activation == HARD_TANH:
                keep_inside(p.norm, a, p.batch)
        if p.slope_below != p.slope_above and any_near_kink(a, top):
            return t

        tangent = False
        if p.scaling == TANGENT and exponent != 0.0:
            largest = 0.0
            for i in range(size):
                largest = max(largest, abs(a[0, i]))
            tangent = largest * power_of_two(exponent) < TANGENT_ROOM
            if not tangent:
                for i in range(size):
                    a[0, i] = math.ldexp(a[0, i], int(exponent))
        if tangent:
            piecewise_into(a, top, states, t + 1, slopes, t, p.slope_below, p.slope_above)
        elif p.activation == TANH:
            # What `activate` would do, without a call.
            tanh_into(a, top, states, t + 1, slopes, t)
            exponent = 0.0
        else:
            activate(p.activation, a, top, states, t + 1, slopes, t)
            if p.scaling == TANGENT:
                exponent = 0.0
        if p.fades and any_faded(slopes, t):
            return t
        exponents[t + 1] = exponent

        if p.leak != 1.0:
            for i in range(size):
                states[t + 1, i] *= p.leak
        # Not 0·h: an infinite state would turn into nan.
        if p.carry != 0.0:
            carry = p.carry * power_of_two(exponents[t] - exponent)
            for i in range(size):
                states[t + 1, i] += carry * states[t, i]
        note_state(states, t + 1, exponents, log10, p.scaling)
        if leaves(log10, t):
            return t
    return last


@kernel
def backward(
    settings: tuple[Any, ...],
    matrices: Array,
    probe: Array,
    arrays: tuple[Array, ...],
    first: int,
    last: int,
    floor: int,
    adding: bool,
) -> None:
    """Compute ∂L/∂h_t and its norm for first ≤ t < last from ∂L/∂h_last.

    Args: as Cell.backward says, the buffers being those after `forward` over the same steps.
    """
    p = Parameters(*settings)
    states, gradients, slopes, state_exponents, exponents, _, log10, normalised, inverse, offset = (
        arrays
    )
    size = gradients.shape[1]
    if probe.shape[0] > 0:
        n = probe.shape[1]
        for b in range(p.batch):
            for j in range(n):
                gradients[last, b * n + j] = probe[b, j]
        exponents[last] = 0.0
        settle(gradients, last, exponents, log10)
    delta = np.empty((1, size))
    v = np.empty((1, size))
    top = int(np.int64(0))
    normed = p.norm != NO_NORM
    work = np.empty((ROOM, size)) if normed else delta
    # Where nothing else comes to a row, the product is written there at once.
    into: Array = v if adding else gradients
    radial: Array = delta
    if p.radial > 0:
        radial = no_radial(last + 1, p.radial)
        for t in range(max(last - p.skip, first), last + 1):
            if t == last or exponents[t] != NOTHING:
                begin_radial(states, gradients, t, state_exponents, exponents, p.radial, radial)
    for t in range(last, first, -1):
        k = top if p.tied else t - 1 - first
        exponent = exponents[t]
        row = top if adding else t - 1
        deltas(p, gradients, t, slopes, t - 1, delta)
        if p.radial > 0:
            exponent = radial_deltas(
                states, t, state_exponents[t], slopes, t - 1, p.radial, radial, delta, exponent
            )
        most = 0.0
        if normed:
            most = normalise_back(p.norm, delta, p.batch, normalised, inverse, t - 1)
        multiply(matrices, k, delta, top, into, row, p.batch, False)
        small = False
        if normed and state_exponents[t - 1] == 0.0:
            small = suspicious(into, row, p.norm, p.batch, most, states, t - 1)
        if small:
            mend_cancelled(
                p, matrices, k, states, state_exponents, gradients, exponents[t], slopes, t - 1, t,
                normalised, inverse, offset, p.radial > 0, radial, delta, into, row, work,
            )  # fmt: skip
        if p.radial > 0:
            back = max(t - max(p.skip, 1), 0)
            added = p.biased or p.driven
            radial_step(delta, exponent, added, offset, inverse, t, back, p.radial, radial)
        if adding:
            share = p.share if p.skip > 0 else 0.0
            add_scaled(gradients, t - 1, exponents, p.carry, gradients, t, exponent)
            add_scaled(gradients, t - 1, exponents, 1.0 - share, v, top, exponent)
            back = max(t - p.skip, 0)
            if back >= floor:
                add_scaled(gradients, back, exponents, share, v, top, exponent)
        else:
            exponents[t - 1] = exponent
            if p.carry != 0.0:
                for i in range(size):
                    gradients[t - 1, i] += p.carry * gradients[t, i]
        if p.radial > 0:
            back = max(t - max(p.skip, 1), 0)
            radial_rows(
                states, gradients, back, state_exponents[back], exponents[back], p.radial, radial
            )
        settle(gradients, t - 1, exponents, log10)


@kernel
def passes(
    settings: tuple[Any, ...],
    operands: tuple[Array, ...],
    buffers: tuple[Array, ...],
    member: int,
    depths: Array,
    adding: bool,
    ends: Array,
) -> int:
    """Do both passes of one member; arguments, and what it returns, as Cell.passes says."""
    transposed, bias, drive, start, matrices, probe = operands
    arrays = (
        buffers[0][member],
        buffers[1][member],
        buffers[2][member],
        buffers[3][member],
        buffers[4][member],
        buffers[5][member],
        buffers[6][member],
        buffers[7][member],
        buffers[8][member],
        buffers[9][member],
    )
    _, gradients, _, _, exponents, _, log10, _, _, _ = arrays
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
        backward(settings, matrices, probe, arrays, top, last, top, adding)
        if ends.shape[0] > 0:
            ends[k, 0] = log10[0]
            ends[k, 1] = log10[last]
    return reached


@kernel
def matrix_parts(
    settings: tuple[Any, ...], matrices: Array, arrays: tuple[Array, ...], log10: Array
) -> None:
    """log10 ‖∂L/∂h_{t−1}‖ had every slope at step t been 1, (T,)."""
    p = Parameters(*settings)
    states, gradients, slopes, state_exponents, exponents, _, _, normalised, inverse, offset = (
        arrays
    )
    size = gradients.shape[1]
    ones = np.ones((1, size))
    delta = np.empty((1, size))
    pulled = np.empty((1, size))
    normed = p.norm != NO_NORM
    work = np.empty((ROOM, size)) if normed else delta
    top = int(np.int64(0))
    for t in range(slopes.shape[0], 0, -1):
        k = top if p.tied else t - 1
        if normed:
            through_norm(
                p, matrices, k, states, state_exponents, gradients, exponents[t], ones, top, t,
                normalised, inverse, offset, False, ones, delta, pulled, top, work,
            )  # fmt: skip
        else:
            deltas(p, gradients, t, ones, top, delta)
            multiply(matrices, k, delta, top, pulled, top, p.batch, False)
        if p.carry != 0.0:
            for i in range(size):
                pulled[0, i] += p.carry * gradients[t, i]
        square, extra = careful_square_sum(pulled, top)
        log10[t - 1] = log10_norm(square, extra + exponents[t])


@kernel
def all_deltas(
    settings: tuple[Any, ...],
    matrices: Array,
    arrays: tuple[Array, ...],
    out: Array,
    out_exponents: Array,
) -> None:
    """∂L/∂(W_t s_t) of every step, (T, batch·n), and exponents (T,)."""
    p = Parameters(*settings)
    states, gradients, slopes, state_exponents, exponents, _, _, normalised, inverse, offset = (
        arrays
    )
    last, size = out.shape
    delta = np.empty((1, size))
    v = np.empty((1, size))
    normed = p.norm != NO_NORM
    work = np.empty((ROOM, size)) if normed else delta
    top = int(np.int64(0))
    radial: Array = delta
    if p.radial > 0:
        radial = no_radial(last + 1, p.radial)
        begin_radial(states, gradients, last, state_exponents, exponents, p.radial, radial)
    for t in range(last, 0, -1):
        exponent = exponents[t]
        if normed:
            exponent = through_norm(
                p, matrices, top if p.tied else t - 1, states, state_exponents, gradients, exponent,
                slopes, t - 1, t, normalised, inverse, offset, p.radial > 0, radial, delta, v, top,
                work,
            )  # fmt: skip
        else:
            deltas(p, gradients, t, slopes, t - 1, delta)
        out_exponents[t - 1] = exponent
        for i in range(size):
            out[t - 1, i] = delta[0, i]
