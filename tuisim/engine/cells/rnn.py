"""The rnn cell: its forward kernel beside its backward kernel. May import the engine.

    s_t = (1 − skip_share)·h_{t−1} + skip_share·h_{max(t−skip, 0)}
    a_t = N(W_t s_t + b_t + x_t)
    h_t = (1 − leak + residual)·h_{t−1} + leak·φ(a_t)

Arrays hold a batch flattened to rows of batch·n numbers. Both kernels work on the steps
first < t ≤ last of arrays that may hold more, so that a net can run on in pieces; the arrays
of the network begin at the piece's first step.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.activations import CODES, TANH, activate, piecewise_into, tanh_into
from tuisim.engine.facts import FACTS
from tuisim.engine.jit import aside, kernel, part
from tuisim.engine.memo import Array
from tuisim.engine.memory import empty
from tuisim.engine.network import Network
from tuisim.engine.vectors import (
    NOTHING,
    add_scaled,
    careful_square_sum,
    log10_norm,
    multiply,
    power_of_two,
    rescale,
    settle,
)
from tuisim.experiment import NORMS, Experiment

NO_NORM, BATCH_NORM, LAYER_NORM = range(3)

#: How the forward pass keeps numbers in range: as IEEE does; by scaling every state (φ is
#: positively homogeneous); by scaling states too small for φ to differ from its tangents.
IEEE, HOMOGENEOUS, TANGENT = range(3)

_NORM_FLOOR = 1e-12
# States under this norm go over to their own scale, long before squares underflow.
_TINY_SQUARED = 1e-300
_LOG2_TINY = math.log2(1e-150)
# Pre-activations up to this size meet φ's tangents to the last bit.
_TANGENT_ROOM = 1e-60


class Parameters(NamedTuple):
    """The numbers of an experiment that the kernels need."""

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


def parameters(experiment: Experiment, network: Network) -> Parameters:
    """Gather what the kernels need from an experiment and its network."""
    facts = FACTS[experiment.activation]
    plain = experiment.norm == "none" and not network.biased and not network.driven
    scaling = IEEE
    if plain and facts.positively_homogeneous:
        scaling = HOMOGENEOUS
    elif plain and facts.value_at_zero == 0.0:
        scaling = TANGENT
    return Parameters(
        activation=CODES[experiment.activation],
        batch=experiment.batch,
        carry=1.0 - experiment.leak + experiment.residual,
        leak=experiment.leak,
        skip=experiment.skip,
        share=experiment.skip_share,
        norm=NORMS.index(experiment.norm),
        tied=experiment.tied,
        biased=network.biased,
        driven=network.driven,
        scaling=scaling,
        slope_below=facts.left_slope,
        slope_above=facts.right_slope,
    )


#: For kernels that are to take no step.
_SILENT = Parameters(0, 1, 0.0, 1.0, 0, 0.0, NO_NORM, True, False, False, IEEE, 1.0, 1.0)


class Buffers(NamedTuple):
    """What the two passes write, for capacity C ≥ last steps.

    states, gradients: (C+1, batch·n), true value = row · 2**exponent.
    slopes: (C, batch·n), φ′(a_t) in row t−1.
    state_exponents, gradient_exponents: (C+1,).
    hidden_log10, gradient_log10: (C+1,), of the norms.
    normalised: (C, batch·n) and inverse: (C, at least groups), with a norm only (else 0 rows): N's
        output, and one over the standard deviation.
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


def allocate(
    experiment: Experiment, members: int, capacity: int, *, any_norm: bool = False
) -> Buffers:
    """Buffers for `capacity` steps, every array with a leading axis of members.

    Args:
        any_norm: room for either norm, whatever the experiment has.
    """
    row = experiment.batch * experiment.width
    groups = kept = 0
    if any_norm or experiment.norm != "none":
        groups, kept = max(experiment.width, experiment.batch), capacity
    scales = np.empty((4, members, capacity + 1))
    return Buffers(
        empty(members, capacity + 1, row),
        empty(members, capacity + 1, row),
        empty(members, capacity, row),
        scales[0],
        scales[1],
        scales[2],
        scales[3],
        np.empty((members, kept, row)),
        np.empty((members, kept, groups)),
    )


@aside
def _normalise(norm: int, a: Array, rows: int, normalised: Array, inverse: Array, t: int) -> None:
    """a = (a − mean)/√(variance + 1e-12) over rows (batch norm) or units (layer norm)."""
    n = a.shape[1] // rows
    groups, size, stride, unit = (n, rows, 1, n) if norm == BATCH_NORM else (rows, n, n, 1)
    for g in range(groups):
        total = 0.0
        for i in range(size):
            total += a[0, g * stride + i * unit]
        mean = total / size
        square = 0.0
        for i in range(size):
            off = a[0, g * stride + i * unit] - mean
            square += off * off
        scale = 1.0 / math.sqrt(square / size + _NORM_FLOOR)
        inverse[t, g] = scale
        for i in range(size):
            at = g * stride + i * unit
            a[0, at] = (a[0, at] - mean) * scale
            normalised[t, at] = a[0, at]


@aside
def _normalise_back(
    norm: int, delta: Array, rows: int, normalised: Array, inverse: Array, t: int
) -> None:
    """delta = Nᵀ delta: scale·(δ − mean δ − â·mean(δâ)) in each group."""
    n = delta.shape[1] // rows
    groups, size, stride, unit = (n, rows, 1, n) if norm == BATCH_NORM else (rows, n, n, 1)
    for g in range(groups):
        total = 0.0
        along = 0.0
        for i in range(size):
            at = g * stride + i * unit
            total += delta[0, at]
            along += delta[0, at] * normalised[t, at]
        mean = total / size
        slope = along / size
        for i in range(size):
            at = g * stride + i * unit
            delta[0, at] = inverse[t, g] * (delta[0, at] - mean - normalised[t, at] * slope)


@part
def _note_state(states: Array, t: int, exponents: Array, log10: Array, scaling: int) -> None:
    """Note log10 ‖h_t‖ and choose the scale in which h_t is kept."""
    if scaling == HOMOGENEOUS:
        settle(states, t, exponents, log10)
        return
    square, extra = careful_square_sum(states, t)
    log10[t] = log10_norm(square, exponents[t] + extra)
    if scaling == IEEE or not (square > 0.0) or math.isinf(square):
        return
    # The common case: a state of ordinary size on no scale of its own.
    if exponents[t] == 0.0 and extra == 0.0 and square > _TINY_SQUARED:
        return
    shift = extra + math.frexp(math.sqrt(square))[1]
    if exponents[t] + shift < _LOG2_TINY:
        rescale(states, t, shift)
        exponents[t] += shift
    elif exponents[t] != 0.0:
        rescale(states, t, -exponents[t])
        exponents[t] = 0.0


@aside
def _mix(
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
) -> None:
    """Compute h_t, the slopes and the norms for first < t ≤ last from the states before.

    Args:
        settings, arrays: Parameters and Buffers as plain tuples, which cross over from Python
            in a third of the time.
        transposed: panels of every matrix transposed, 1 or steps of them.
        bias: (1 or steps, n).
        drive: (steps, batch·n).
        start: (1, batch·n), h_first; or (0, batch·n) where h_first and, with a skip, the
            states before it are in the
    """
    p = Parameters(*settings)
    # Out of the tuple once and for all: taking an array out counts a reference, atomically.
    states, _, slopes, exponents, _, log10, _, normalised, inverse = arrays
    size = states.shape[1]
    n = start.shape[1]
    if start.shape[0] > 0:
        for b in range(p.batch):
            for j in range(n):
                states[first, b * n + j] = start[b, j]
        exponents[first] = 0.0
        _note_state(states, first, exponents, log10, p.scaling)
    a = np.empty((1, size))
    source = np.empty((1, size))
    scale = np.empty(1)
    # A literal 0 would have every part compiled once more for it.
    top = int(np.int64(0))
    for t in range(first, last):
        step = t - first
        k = top if p.tied else step
        if p.skip > 0:
            exponent = _mix(p, states, exponents, t, source, scale)
            multiply(transposed, k, source, top, a, top, p.batch)
        else:
            exponent = exponents[t]
            multiply(transposed, k, states, t, a, top, p.batch)
        if p.biased:
            for b in range(p.batch):
                for j in range(n):
                    a[0, b * n + j] += bias[k, j]
        if p.driven:
            for b in range(p.batch):
                for j in range(n):
                    a[0, b * n + j] += drive[step, b, j]
        if p.norm != NO_NORM:
            _normalise(p.norm, a, p.batch, normalised, inverse, t)

        tangent = False
        if p.scaling == TANGENT and exponent != 0.0:
            largest = 0.0
            for i in range(size):
                largest = max(largest, abs(a[0, i]))
            tangent = largest * power_of_two(exponent) < _TANGENT_ROOM
            if not tangent:
                for i in range(size):
                    a[0, i] = math.ldexp(a[0, i], int(exponent))
        if tangent:
            piecewise_into(a, states, t + 1, slopes, t, p.slope_below, p.slope_above)
        elif p.activation == TANH:
            # What `activate` would do, without a call.
            tanh_into(a, states, t + 1, slopes, t)
            exponent = 0.0
        else:
            activate(p.activation, a, states, t + 1, slopes, t)
            if p.scaling == TANGENT:
                exponent = 0.0
        exponents[t + 1] = exponent

        if p.leak != 1.0:
            for i in range(size):
                states[t + 1, i] *= p.leak
        # Not 0·h: an infinite state would turn into nan.
        if p.carry != 0.0:
            carry = p.carry * power_of_two(exponents[t] - exponent)
            for i in range(size):
                states[t + 1, i] += carry * states[t, i]
        _note_state(states, t + 1, exponents, log10, p.scaling)


@part
def _deltas(
    p: Parameters,
    gradients: Array,
    t: int,
    slopes: Array,
    row: int,
    normalised: Array,
    inverse: Array,
    delta: Array,
) -> None:
    """delta = Nᵀ (leak · slopes[row] · g_t): the gradient at W_t s_t, on the scale of g_t."""
    for i in range(delta.shape[1]):
        delta[0, i] = p.leak * (slopes[row, i] * gradients[t, i])
    if p.norm != NO_NORM:
        _normalise_back(p.norm, delta, p.batch, normalised, inverse, t - 1)


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

    Args:
        settings, arrays: Parameters, and Buffers after `forward` over the same steps.
        matrices: panels of 1 or steps matrices.
        probe: (1, batch·n), ∂L/∂h_last; or (0, batch·n) where that is in the
        floor: the earliest state that counts as a node; what a skip connection would carry
            past it is dropped (truncated back-propagation).
        adding: rows may hold contributions already, so add to them. Needed wherever a skip
            connection reaches, and then the rows must have been cleared before.
    """
    p = Parameters(*settings)
    _, gradients, slopes, _, exponents, _, log10, normalised, inverse = arrays
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
    for t in range(last, first, -1):
        k = top if p.tied else t - 1 - first
        exponent = exponents[t]
        _deltas(p, gradients, t, slopes, t - 1, normalised, inverse, delta)
        if adding:
            multiply(matrices, k, delta, top, v, top, p.batch)
            share = p.share if p.skip > 0 else 0.0
            add_scaled(gradients, t - 1, exponents, p.carry, gradients, t, exponent)
            add_scaled(gradients, t - 1, exponents, 1.0 - share, v, top, exponent)
            back = max(t - p.skip, 0)
            if back >= floor:
                add_scaled(gradients, back, exponents, share, v, top, exponent)
        else:
            multiply(matrices, k, delta, top, gradients, t - 1, p.batch)
            exponents[t - 1] = exponent
            if p.carry != 0.0:
                for i in range(size):
                    gradients[t - 1, i] += p.carry * gradients[t, i]
        settle(gradients, t - 1, exponents, log10)


@kernel
def _matrix_part(
    settings: tuple[Any, ...], matrices: Array, arrays: tuple[Array, ...], log10: Array
) -> None:
    p = Parameters(*settings)
    _, gradients, slopes, _, exponents, _, _, normalised, inverse = arrays
    size = gradients.shape[1]
    ones = np.ones((1, size))
    delta = np.empty((1, size))
    pulled = np.empty((1, size))
    top = int(np.int64(0))
    for t in range(slopes.shape[0], 0, -1):
        _deltas(p, gradients, t, ones, top, normalised, inverse, delta)
        multiply(matrices, top if p.tied else t - 1, delta, top, pulled, top, p.batch)
        if p.carry != 0.0:
            for i in range(size):
                pulled[0, i] += p.carry * gradients[t, i]
        square, extra = careful_square_sum(pulled, top)
        log10[t - 1] = log10_norm(square, extra + exponents[t])


@kernel
def _all_deltas(settings: tuple[Any, ...], arrays: tuple[Array, ...], out: Array) -> None:
    p = Parameters(*settings)
    _, gradients, slopes, _, _, _, _, normalised, inverse = arrays
    delta = np.empty((1, out.shape[1]))
    for t in range(1, out.shape[0] + 1):
        _deltas(p, gradients, t, slopes, t - 1, normalised, inverse, delta)
        for i in range(out.shape[1]):
            out[t - 1, i] = delta[0, i]


def matrix_part(experiment: Experiment, network: Network, buffers: Buffers) -> Array:
    """log10 ‖∂L/∂h_{t−1}‖ had every slope at step t been 1, (T,)."""
    log10 = np.empty(buffers.slopes.shape[0])
    settings = tuple(parameters(experiment, network))
    _matrix_part(settings, network.panels, tuple(buffers), log10)
    return log10


def deltas(experiment: Experiment, network: Network, buffers: Buffers) -> Array:
    """∂L/∂(W_t s_t) in row t − 1 for every step, (T, batch·n), on the scale of g_t."""
    out = np.empty(buffers.slopes.shape)
    _all_deltas(tuple(parameters(experiment, network)), tuple(buffers), out)
    return out


def sources(experiment: Experiment, buffers: Buffers) -> tuple[Array, Array]:
    """What W_t is multiplied with: rows s_t of (T, batch·n), and their exponents (T,)."""
    states, exponents = buffers.states[:-1], buffers.state_exponents[:-1]
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


def run(experiment: Experiment, network: Network, arrays: tuple[Array, ...]) -> None:
    """Both passes of one member over all of its steps; `arrays` are its Buffers."""
    steps = experiment.depth
    settings = tuple(parameters(experiment, network))
    bias = network.bias.reshape(-1, experiment.width)
    forward(
        settings, network.transposed_panels, bias, network.drive, network.start, arrays, 0, steps
    )
    adding = experiment.skip > 0
    if adding:
        clear_gradients(Buffers(*arrays), 0, steps)
    matrices, probe = network.panels, network.probe
    backward(settings, matrices, probe, arrays, 0, steps, 0, adding)


def run_forward(
    experiment: Experiment, network: Network, buffers: Buffers, done: int, first: int, last: int
) -> None:
    """`forward` over first < t ≤ last, the network's own first `done` steps being behind."""
    by_step = 0 if experiment.tied else done
    forward(
        tuple(parameters(experiment, network)),
        network.transposed_panels[by_step:],
        network.bias.reshape(-1, experiment.width)[by_step:],
        network.drive[done:],
        network.start[:0],
        tuple(buffers),
        first,
        last,
    )


def run_backward(
    experiment: Experiment,
    network: Network,
    buffers: Buffers,
    done: int,
    first: int,
    last: int,
    floor: int,
    adding: bool,
) -> None:
    """`backward` over first ≤ t < last, the network's own first `done` steps being behind."""
    by_step = 0 if experiment.tied else done
    settings, arrays = tuple(parameters(experiment, network)), tuple(buffers)
    matrices = network.panels[by_step:]
    backward(settings, matrices, network.probe[:0], arrays, first, last, floor, adding)


def begin(start: Array, first: int, buffers: Buffers, scaling: int) -> None:
    """Put h_first = start, (1, batch·n), into the buffers."""
    settings = tuple(_SILENT._replace(scaling=scaling))
    none, row = _read_only(np.empty((0, 0, 0))), _read_only(start)
    forward(settings, row[:0], row[:0], none, row, tuple(buffers), first, first)


def seed_gradient(probe: Array, last: int, buffers: Buffers) -> None:
    """Put ∂L/∂h_last = probe, (1, batch·n), into the buffers."""
    row = _read_only(probe)
    backward(tuple(_SILENT), row[:0], row, tuple(buffers), last, last, 0, False)


def clear_gradients(buffers: Buffers, first: int, last: int) -> None:
    """Make the rows first ≤ t < last ready for `backward` to add to."""
    buffers.gradient_exponents[first:last] = NOTHING
    buffers.gradients[first:last] = 0.0


def push(change: Array, t: int, buffers: Buffers) -> None:
    """Add a vector (batch·n,) to h_t and note its norm."""
    to_true_scale(buffers, t, t + 1)
    begin(buffers.states[t : t + 1] + change, t, buffers, IEEE)


def to_true_scale(buffers: Buffers, first: int, stop: int) -> None:
    """Bring the states first ≤ t < stop to their true values, 0 or inf beyond float64."""
    for t in range(first, stop):
        if buffers.state_exponents[t] != 0.0:
            with np.errstate(over="ignore", under="ignore"):
                shift = int(np.clip(buffers.state_exponents[t], -5000, 5000))
                buffers.states[t] = np.ldexp(buffers.states[t], shift)
            buffers.state_exponents[t] = 0.0


def _read_only(array: Array) -> Array:
    # As networks' arrays are: one that may be written to would have the kernel compiled anew.
    view = array.view()
    view.flags.writeable = False
    return view
