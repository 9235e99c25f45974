"""The rnn cell: its forward kernel beside its backward kernel. May import the engine.

    s_t = (1 − skip_share)·h_{t−1} + skip_share·h_{max(t−skip, 0)}
    a_t = N(W_t s_t + b_t + x_t)
    h_t = (1 − leak + residual)·h_{t−1} + leak·φ(a_t)

Arrays hold a batch flattened to rows of batch·n numbers.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.activations import CODES, HARD_TANH, TANH, activate, piecewise_into, tanh_into
from tuisim.engine.careful import WORK, normalise_carefully
from tuisim.engine.cells import rnn_beyond
from tuisim.engine.cells.beyond import Records, kernel_arrays, put, records, steps_beyond
from tuisim.engine.cells.cell import Cell
from tuisim.engine.cells.rnn_steps import ROOM, Parameters, deltas, mix, through_norm
from tuisim.engine.facts import FACTS
from tuisim.engine.jit import kernel
from tuisim.engine.memo import Array
from tuisim.engine.memory import empty
from tuisim.engine.network import Network
from tuisim.engine.normalisation import LAYER_NORM, NO_NORM, keep_inside, normalise
from tuisim.engine.radial import begin_radial, no_radial, radial_rows
from tuisim.engine.scales import (
    IEEE,
    TANGENT,
    TANGENT_ROOM,
    any_faded,
    any_near_kink,
    leaves,
    note_state,
    scaling_of,
)
from tuisim.engine.vectors import (
    NOTHING,
    add_scaled,
    careful_square_sum,
    log10_norm,
    multiply,
    power_of_two,
    settle,
)
from tuisim.experiment import NORMS, Experiment

_SCALING = Parameters._fields.index("scaling")
_SILENT = Parameters(0, 1, 0.0, 1.0, 0, 0.0, NO_NORM, True, False, False, IEEE, 1.0, 1.0, False, 0)


class Buffers(NamedTuple):
    """What the two passes write, for capacity C ≥ last steps.

    states, gradients: (C+1, batch·n), true value = row · 2**exponent.
    slopes: (C, batch·n), φ′(a_t) in row t−1.
    state_exponents, gradient_exponents: (C+1,).
    hidden_log10, gradient_log10: (C+1,), of the norms.
    normalised, offset: (C, batch·n) and inverse: (C, at least groups), with a norm only (else 0
        rows): N's output, b_t + x_t, and one over the standard deviation.
    beyond, gradients_beyond: (C+1,), as CommonBuffers; no kernel sees these two.
    """

    states: Array
    gradients: Array
    slopes: Array
    state_exponents: Array
    gradient_exponents: Array
    hidden_log10: Array
    gradient_log10: Array
    normalised: Array
    inverse: Array
    offset: Array
    beyond: Records
    gradients_beyond: Records


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
    radial: Array = delta
    if p.radial > 0:
        radial = no_radial(last + 1, p.radial)
        for t in range(max(last - p.skip, first), last + 1):
            if t == last or exponents[t] != NOTHING:
                begin_radial(states, gradients, t, state_exponents, exponents, p.radial, radial)
    for t in range(last, first, -1):
        k = top if p.tied else t - 1 - first
        exponent = exponents[t]
        if normed:
            exponent = through_norm(
                p, matrices, k, states, state_exponents, gradients, exponent, slopes, t - 1, t,
                normalised, inverse, offset, p.radial > 0, radial, delta, v, top, work,
            )  # fmt: skip
        else:
            deltas(p, gradients, t, slopes, t - 1, delta)
            if adding:
                multiply(matrices, k, delta, top, v, top, p.batch, False)
            else:
                multiply(matrices, k, delta, top, gradients, t - 1, p.batch, False)
        if adding:
            share = p.share if p.skip > 0 else 0.0
            add_scaled(gradients, t - 1, exponents, p.carry, gradients, t, exponent)
            add_scaled(gradients, t - 1, exponents, 1.0 - share, v, top, exponent)
            back = max(t - p.skip, 0)
            if back >= floor:
                add_scaled(gradients, back, exponents, share, v, top, exponent)
        else:
            if normed:
                for i in range(size):
                    gradients[t - 1, i] = v[0, i]
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
def _matrix_part(
    settings: tuple[Any, ...], matrices: Array, arrays: tuple[Array, ...], log10: Array
) -> None:
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
def _all_deltas(
    settings: tuple[Any, ...],
    matrices: Array,
    arrays: tuple[Array, ...],
    out: Array,
    out_exponents: Array,
) -> None:
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


class Rnn(Cell):
    """The plain recurrent cell with what can be added to it."""

    name = "rnn"

    def allocate(
        self, experiment: Experiment, members: int, capacity: int, *, any_norm: bool = False
    ) -> Buffers:
        row = experiment.batch * experiment.width
        groups = kept = 0
        if any_norm or experiment.norm != "none":
            groups, kept = max(experiment.width, experiment.batch), capacity
        scales = np.empty((4, members, capacity + 1))
        normalised = np.empty((members, kept, row))
        return Buffers(
            empty(members, capacity + 1, row),
            empty(members, capacity + 1, row),
            empty(members, capacity, row),
            scales[0],
            scales[1],
            scales[2],
            scales[3],
            normalised,
            np.empty((members, kept, groups)) if kept else normalised,
            np.empty((members, kept, row)),
            records(members, capacity),
            records(members, capacity),
        )

    def settings(self, experiment: Experiment, network: Network) -> tuple[Any, ...]:
        e, facts = experiment, FACTS[experiment.activation]
        biased, driven = network.biased, network.driven
        plain = e.norm == "none" and not biased and not driven
        # Nothing but φ(N(W h)), in groups that each are one run of numbers.
        alone = e.leak == 1.0 and not e.residual and facts.positively_homogeneous
        alone = alone and (e.skip == 0 or e.skip_share == 1.0)
        groups = {"layer": e.batch, "batch": int(e.width == 1)}
        radial = groups.get(e.norm, 0) if alone else 0
        # As Parameters has them, and without making one: that would cost more than a short step.
        return (
            CODES[e.activation],
            e.batch,
            1.0 - e.leak + e.residual,
            e.leak,
            e.skip,
            e.skip_share,
            NORMS.index(e.norm),
            e.tied,
            biased,
            driven,
            scaling_of(facts, plain, homogeneous=True),
            facts.left_slope,
            facts.right_slope,
            facts.fades,
            radial,
        )

    def silent(self, scaling: int) -> tuple[Any, ...]:
        return tuple(_SILENT._replace(scaling=scaling))

    forward = staticmethod(forward)
    backward = staticmethod(backward)
    passes = staticmethod(passes)

    def largest_slopes(self, experiment: Experiment) -> Array:
        return np.array([FACTS[experiment.activation].largest_slope])

    def matrix_part(self, experiment: Experiment, network: Network, buffers: Any) -> Array:
        log10 = np.empty(buffers.slopes.shape[0])
        settings = self.settings(experiment, network)
        _matrix_part(settings, network.panels, kernel_arrays(buffers), log10)
        for t in steps_beyond(buffers):
            log10[t - 1] = rnn_beyond.matrix_part(experiment, network, buffers, t)
        return log10

    def deltas(self, experiment: Experiment, network: Network, buffers: Any) -> tuple[Array, Array]:
        out, exponents = np.empty(buffers.slopes.shape), np.empty(buffers.slopes.shape[0])
        settings = self.settings(experiment, network)
        _all_deltas(settings, network.panels, kernel_arrays(buffers), out, exponents)
        for t in steps_beyond(buffers):
            put(rnn_beyond.delta(experiment, buffers, t), out, exponents, t - 1, None)
        return out.reshape(-1, experiment.batch, experiment.width), exponents

    def sources(self, experiment: Experiment, buffers: Any) -> tuple[Array, Array]:
        states, exponents = self._mixed(experiment, buffers)
        if experiment.norm != "batch":
            return states, exponents
        # δ adds up to zero over the rows, so what all of them share would only cancel.
        rows = states.reshape(-1, experiment.batch, experiment.width)
        return (rows - rows[:, :1]).reshape(states.shape), exponents

    def _mixed(self, experiment: Experiment, buffers: Any) -> tuple[Array, Array]:
        states, exponents = super().sources(experiment, buffers)
        if experiment.skip == 0:
            return states, exponents
        back = np.maximum(np.arange(1, states.shape[0] + 1) - experiment.skip, 0)
        # A zero state, or one of which nothing is taken, must not lend its scale to the sum.
        scales = np.where(states.any(axis=1), exponents, NOTHING)
        share = experiment.skip_share
        shared = np.maximum(
            scales if share < 1.0 else np.full_like(scales, NOTHING),
            scales[back] if share > 0.0 else np.full_like(scales, NOTHING),
        )
        near = np.ldexp(1.0 - share, (scales - shared).clip(-4000, 0).astype(int))
        far = np.ldexp(share, (scales[back] - shared).clip(-4000, 0).astype(int))
        return near[:, np.newaxis] * states + far[:, np.newaxis] * states[back], shared

    def step_beyond(
        self, experiment: Experiment, network: Network, buffers: Any, done: int, t: int
    ) -> None:
        scaling = self.settings(experiment, network)[_SCALING]
        rnn_beyond.step(experiment, network, buffers, done, t, scaling)

    step_back_beyond = staticmethod(rnn_beyond.step_back)  # type: ignore[assignment]

    def _named(self, buffers: Any) -> Buffers:
        return Buffers(*buffers)
