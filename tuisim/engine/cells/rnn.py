"""The rnn cell: its step forth beside its step back.

    s_t = (1 − skip_share)·h_{t−1} + skip_share·h_{max(t−skip, 0)}
    a_t = N(W_t s_t + b_t + x_t)
    h_t = (1 − leak + residual)·h_{t−1} + leak·φ(a_t)

Arrays hold a batch flattened to rows of batch·n numbers.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.base.facts import FACTS
from tuisim.engine.base.memo import Array
from tuisim.engine.cells import rnn_parts, rnn_tangent
from tuisim.engine.cells.beyond import rnn_beyond
from tuisim.engine.cells.beyond.common import Records, by_row, kernel_arrays, of_rows, steps_beyond
from tuisim.engine.cells.cell import Cell
from tuisim.engine.cells.network import Network
from tuisim.engine.cells.rnn_steps import ROOM, Parameters, hear, mix, pull_back, underflows
from tuisim.engine.cells.template import kernels
from tuisim.engine.kernels.activations import (
    CODES,
    HARD_TANH,
    TANH,
    activate,
    piecewise_into,
    tanh_into,
)
from tuisim.engine.kernels.careful import WORK, normalise_carefully
from tuisim.engine.kernels.jit import maker, part
from tuisim.engine.kernels.normalisation import LAYER_NORM, NO_NORM, keep_inside, normalise
from tuisim.engine.kernels.radial import begin_radial, no_radial, radial_rows
from tuisim.engine.kernels.scales import (
    IEEE,
    TANGENT,
    TANGENT_ROOM,
    any_apart,
    any_faded,
    any_near_kink,
    leaves,
    note_state,
    scaling_of,
)
from tuisim.engine.kernels.vectors import (
    NOTHING,
    add_scaled,
    multiply,
    multiply_sum,
    power_of_two,
    raise_to_one,
    settle,
)
from tuisim.values.experiment import NORMS, Experiment

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


@maker
def _room(p: Parameters, size: int) -> tuple[Array, ...]:
    """a, s_t, its exponent, and what a norm works in."""
    a = np.empty((1, size))
    work = np.empty((WORK, size)) if p.norm != NO_NORM else a
    return a, np.empty((1, size)), np.empty(1), work


@part
def _step(
    p: Parameters,
    transposed: Array,
    bias: Array,
    drive: Array,
    arrays: tuple[Array, ...],
    room: tuple[Array, ...],
    t: int,
    k: int,
    x: int,
) -> bool:
    """h_{t+1}; arguments as tuisim.engine.cells.template says."""
    states, _, slopes, exponents, _, log10, _, normalised, inverse, offset = arrays
    a, source, scale, work = room
    size = states.shape[1]
    n = size // p.batch
    # A literal 0 would have every part compiled once more for it.
    top = int(np.int64(0))
    if p.skip > 0:
        exponent = mix(p, states, exponents, t, source, scale)
        multiply(transposed, k, source, top, a, top, p.batch, False)
    else:
        exponent = exponents[t]
        one, turned = int(np.int64(1)), t % 2 == 1
        multiply_sum(transposed, k, one, states, t, a, top, p.batch, False, turned)
    if p.biased:
        for b in range(p.batch):
            for j in range(n):
                a[0, b * n + j] += bias[k, j]
    if p.driven:
        for i in range(size):
            a[0, i] += drive[x, i]
    if p.norm != NO_NORM:
        cancelled = normalise(p.norm, a, p.batch, normalised, inverse, t)
        if not inverse[t, : size // n if p.norm == LAYER_NORM else n].all():
            return False
        added = p.biased or p.driven
        if added:
            for at in range(size):
                offset[t, at] = bias[k, at % n] if p.biased else 0.0
                if p.driven:
                    offset[t, at] += drive[x, at]
        if cancelled and exponent == 0.0:
            heard, row = (source, top) if p.skip > 0 else (states, t)
            normalise_carefully(
                p.norm, transposed, k, heard, row, added, offset, a, p.batch, normalised,
                inverse, t, work,
            )  # fmt: skip
        if p.activation == HARD_TANH:
            keep_inside(p.norm, a, p.batch)
    if p.slope_below != p.slope_above and any_near_kink(a, top):
        return False

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
        return False
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
    kept = p.carry != 0.0
    if log10[t + 1] == -math.inf and not kept:
        heard, row = (source, top) if p.skip > 0 else (states, t)
        kept = underflows(p, a, transposed, k, heard, row)
    return not leaves(log10, exponents, t, kept)


@maker
def _room_back(
    p: Parameters, arrays: tuple[Array, ...], first: int, last: int
) -> tuple[Array, ...]:
    """δ, Wᵀδ, what a norm works in, and h·g where that is followed."""
    states, gradients, _, state_exponents, exponents, _, _, _, _, _ = arrays
    size = gradients.shape[1]
    delta = np.empty((1, size))
    work = np.empty((ROOM, size)) if p.norm != NO_NORM else delta
    radial: Array = delta
    if p.radial > 0:
        radial = no_radial(last + 1, p.radial)
        for t in range(max(last - p.skip, first), last + 1):
            if t == last or exponents[t] != NOTHING:
                begin_radial(states, gradients, t, state_exponents, exponents, p.radial, radial)
    return delta, np.empty((1, size)), work, radial


@part
def _step_back(
    p: Parameters,
    matrices: Array,
    arrays: tuple[Array, ...],
    room: tuple[Array, ...],
    t: int,
    first: int,
    k: int,
    floor: int,
    adding: bool,
) -> float:
    """∂L/∂h_{t−1}; arguments as tuisim.engine.cells.template says."""
    states, gradients, slopes, state_exponents, exponents, _, log10, _, _, _ = arrays
    _, v, _, radial = room
    top = int(np.int64(0))
    # Where nothing else comes to a row, the product is written there at once.
    into: Array = v if adding else gradients
    row = top if adding else t - 1
    follows = p.radial > 0
    exponent = pull_back(p, matrices, k, arrays, slopes, t - 1, t, room, into, row, follows)
    if adding:
        share = p.share if p.skip > 0 else 0.0
        # A small share of little would be nothing.
        raised = raise_to_one(v)
        add_scaled(gradients, t - 1, exponents, p.carry, gradients, t, exponents[t])
        add_scaled(gradients, t - 1, exponents, 1.0 - share, v, top, exponent + raised)
        back = max(t - p.skip, 0)
        if back >= floor:
            add_scaled(gradients, back, exponents, share, v, top, exponent + raised)
    else:
        exponents[t - 1] = exponent
        if exponent != exponents[t]:
            add_scaled(gradients, t - 1, exponents, p.carry, gradients, t, exponents[t])
        elif p.carry != 0.0:
            for i in range(gradients.shape[1]):
                gradients[t - 1, i] += p.carry * gradients[t, i]
    if follows:
        back = max(t - max(p.skip, 1), 0)
        radial_rows(
            states, gradients, back, state_exponents[back], exponents[back], p.radial, radial
        )
    settle(gradients, t - 1, exponents, log10)
    return exponent


@part
def _apart(p: Parameters, arrays: tuple[Array, ...], t: int) -> bool:
    """As the template's; a norm mixes all entries, and its kernels lose less than others would."""
    return p.norm == NO_NORM and any_apart(arrays[1], t)


@maker
def _deltas_in(room: tuple[Array, ...]) -> Array:
    return room[0]


forward, backward, passes, parts = kernels(
    __name__,
    Buffers,
    Settings=Parameters,
    gates=1,
    room=_room,
    step=_step,
    room_back=_room_back,
    step_back=_step_back,
    apart=_apart,
    deltas_in=_deltas_in,
    hear=hear,
)


@lru_cache(64)
def _no_rows(members: int, size: int) -> Array:
    return np.empty((members, 0, size))


def _radial_groups(e: Experiment) -> int:
    """`Parameters.radial` of a norm behind an activation that is positively homogeneous."""
    # Nothing but φ(N(W h)), in groups that each are one run of numbers.
    alone = e.leak == 1.0 and not e.residual and (e.skip == 0 or e.skip_share in (0.0, 1.0))
    groups = {"layer": e.batch, "batch": int(e.width == 1)}
    return groups[e.norm] if alone else 0


class Rnn(Cell):
    """The plain recurrent cell with what can be added to it."""

    name = "rnn"
    buffers = Buffers
    evaluated = ("φ",)

    def own_arrays(
        self, experiment: Experiment, members: int, capacity: int, any_norm: bool
    ) -> tuple[Array, ...]:
        size = experiment.batch * experiment.width
        if not any_norm and experiment.norm == "none":
            none = _no_rows(members, size)
            return none, none, none
        groups = max(experiment.width, experiment.batch)
        rows = members, capacity, size
        return np.empty(rows), np.empty((members, capacity, groups)), np.empty(rows)

    def settings(self, experiment: Experiment, network: Network) -> tuple[Any, ...]:
        e, facts = experiment, FACTS[experiment.activation]
        biased, driven = network.biased, network.driven
        plain = e.norm == "none" and not biased and not driven
        follows = e.norm != "none" and facts.positively_homogeneous
        # As Parameters has them, and without making one: that would cost more than a short step.
        return (
            CODES[e.activation],
            e.batch,
            1.0 - e.leak + e.residual,
            e.leak,
            e.skip if e.skip_share else 0,
            e.skip_share,
            NORMS.index(e.norm),
            e.tied,
            biased,
            driven,
            scaling_of(facts, plain, homogeneous=True),
            facts.left_slope,
            facts.right_slope,
            facts.fades,
            _radial_groups(e) if follows else 0,
        )

    def silent(self, scaling: int) -> tuple[Any, ...]:
        return tuple(_SILENT._replace(scaling=scaling))

    forward = staticmethod(forward)
    backward = staticmethod(backward)
    passes = staticmethod(passes)
    parts = parts

    def matrix_part(self, experiment: Experiment, network: Network, buffers: Any) -> Array:
        log10 = np.empty(buffers.slopes.shape[0])
        settings = self.settings(experiment, network)
        rnn_parts.matrix_parts(settings, network.panels, kernel_arrays(buffers), log10)
        for t in steps_beyond(buffers):
            log10[t - 1] = rnn_beyond.matrix_part(experiment, network, buffers, t)
        return log10

    def deltas(self, experiment: Experiment, network: Network, buffers: Any) -> tuple[Array, Array]:
        e, out = experiment, np.empty(buffers.slopes.shape)
        exponents = np.empty(e.depth)
        settings = self.settings(e, network)
        rnn_parts.all_deltas(settings, network.panels, kernel_arrays(buffers), out, exponents)
        rows, scales = out.reshape(-1, e.batch, e.width), of_rows(exponents, e.batch)
        for t in steps_beyond(buffers):
            (rows[t - 1],), scales[t - 1] = by_row(rnn_beyond.delta(e, buffers, t))
        return rows, scales

    def sources(self, experiment: Experiment, buffers: Any) -> tuple[Array, Array]:
        rows, exponents = self._mixed(experiment, buffers)
        if experiment.norm != "batch":
            return rows, exponents
        # δ adds up to zero over the rows, so what all of them share would only cancel.
        top = exponents.max(axis=1, keepdims=True)
        if (down := exponents - top).any():
            rows = np.ldexp(rows, down.clip(-4000).astype(int)[..., np.newaxis])
        return rows - rows[:, :1], np.broadcast_to(top, exponents.shape)

    def _mixed(self, experiment: Experiment, buffers: Any) -> tuple[Array, Array]:
        rows, exponents = super().sources(experiment, buffers)
        if experiment.skip == 0:
            return rows, exponents
        back = np.maximum(np.arange(1, len(rows) + 1) - experiment.skip, 0)
        # A zero state, or one of which nothing is taken, must not lend its scale to the sum.
        scales = np.where(rows.any(axis=2), exponents, NOTHING)
        share = experiment.skip_share
        shared = np.maximum(
            scales if share < 1.0 else np.full_like(scales, NOTHING),
            scales[back] if share > 0.0 else np.full_like(scales, NOTHING),
        )
        near = np.ldexp(1.0 - share, (scales - shared).clip(-4000, 0).astype(int))
        far = np.ldexp(share, (scales[back] - shared).clip(-4000, 0).astype(int))
        return near[..., np.newaxis] * rows + far[..., np.newaxis] * rows[back], shared

    def step_beyond(
        self, experiment: Experiment, network: Network, buffers: Any, done: int, t: int
    ) -> None:
        scaling = self.settings(experiment, network)[_SCALING]
        rnn_beyond.step(experiment, network, buffers, done, t, scaling)

    step_back_beyond = staticmethod(rnn_beyond.step_back)  # type: ignore[assignment]
    step_factors = staticmethod(rnn_tangent.step_factors)
    pre_activations = staticmethod(rnn_tangent.pre_activations)  # type: ignore[assignment]


CELL = Rnn()
