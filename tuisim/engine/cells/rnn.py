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
from typing import NamedTuple

import numpy as np

from tuisim.engine.activations import CODES, activate, piecewise_into
from tuisim.engine.facts import FACTS
from tuisim.engine.jit import kernel
from tuisim.engine.memo import Array
from tuisim.engine.network import Network
from tuisim.engine.vectors import (
    NOTHING,
    add_scaled,
    careful_square_sum,
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
_TINY = 1e-150
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


class Buffers(NamedTuple):
    """What the two passes write, for capacity C ≥ last steps.

    states, gradients: (C+1, batch·n), true value = row · 2**exponent.
    state_exponents, gradient_exponents: (C+1,).
    state_squares, state_square_exponents (and for gradients): (C+1,), ‖·‖² = s · 4**e.
    slopes: (C, batch·n), φ′(a_t) in row t−1.
    normalised: (C, batch·n) and inverse: (C, groups), with a norm only (else 0 rows): N's
        output, and one over the standard deviation.
    """

    states: Array
    state_exponents: Array
    state_squares: Array
    state_square_exponents: Array
    gradients: Array
    gradient_exponents: Array
    gradient_squares: Array
    gradient_square_exponents: Array
    slopes: Array
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
    groups = {"none": 0, "batch": experiment.width, "layer": experiment.batch}[experiment.norm]
    if any_norm:
        groups = max(experiment.width, experiment.batch)
    kept = capacity if groups else 0
    scales = np.zeros((6, members, capacity + 1))
    return Buffers(
        states=np.empty((members, capacity + 1, row)),
        state_exponents=scales[0],
        state_squares=scales[1],
        state_square_exponents=scales[2],
        gradients=np.empty((members, capacity + 1, row)),
        gradient_exponents=scales[3],
        gradient_squares=scales[4],
        gradient_square_exponents=scales[5],
        slopes=np.empty((members, capacity, row)),
        normalised=np.empty((members, kept, row)),
        inverse=np.empty((members, kept, groups)),
    )


@kernel
def _normalise(norm: int, a: Array, rows: int, normalised: Array, inverse: Array, t: int) -> None:
    """a = (a − mean)/√(variance + 1e-12) over rows (batch norm) or units (layer norm)."""
    n = a.shape[0] // rows
    groups, size, stride, unit = (n, rows, 1, n) if norm == BATCH_NORM else (rows, n, n, 1)
    for g in range(groups):
        total = 0.0
        for i in range(size):
            total += a[g * stride + i * unit]
        mean = total / size
        square = 0.0
        for i in range(size):
            off = a[g * stride + i * unit] - mean
            square += off * off
        scale = 1.0 / math.sqrt(square / size + _NORM_FLOOR)
        inverse[t, g] = scale
        for i in range(size):
            at = g * stride + i * unit
            a[at] = (a[at] - mean) * scale
            normalised[t, at] = a[at]


@kernel
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


@kernel
def begin(start: Array, first: int, buffers: Buffers, scaling: int) -> None:
    """Put h_first = start, (1, batch·n), into the buffers."""
    for i in range(start.shape[1]):
        buffers.states[first, i] = start[0, i]
    buffers.state_exponents[first] = 0.0
    _note_state(buffers, first, scaling)


@kernel
def _note_state(buffers: Buffers, t: int, scaling: int) -> None:
    """Note ‖h_t‖ and choose the scale in which h_t is kept."""
    exponents = buffers.state_exponents
    if scaling == HOMOGENEOUS:
        settle(buffers.states, t, exponents, buffers.state_squares, buffers.state_square_exponents)
        return
    square, extra = careful_square_sum(buffers.states, t)
    buffers.state_squares[t] = square
    buffers.state_square_exponents[t] = exponents[t] + extra
    if scaling == IEEE or not (square > 0.0) or math.isinf(square):
        return
    shift = extra + math.frexp(math.sqrt(square))[1]
    if exponents[t] + shift < math.log2(_TINY):
        rescale(buffers.states, t, shift)
        exponents[t] += shift
    elif exponents[t] != 0.0:
        rescale(buffers.states, t, -exponents[t])
        exponents[t] = 0.0


@kernel
def forward(
    p: Parameters,
    transposed: Array,
    bias: Array,
    drive: Array,
    buffers: Buffers,
    first: int,
    last: int,
) -> None:
    """Compute h_t, the slopes and the norms for first < t ≤ last from the states before.

    Args:
        p: Parameters.
        transposed: (1 or steps, n, n), every matrix transposed.
        bias: (1 or steps, n).
        drive: (steps, batch·n).
        buffers: Buffers; h_first and, with a skip, the states before it are there.
    """
    states, exponents = buffers.states, buffers.state_exponents
    size = states.shape[1]
    n = transposed.shape[1]
    source = np.empty((1, size))
    a = np.empty(size)
    for t in range(first, last):
        step = t - first
        k = 0 if p.tied else step
        exponent = exponents[t]
        if p.skip > 0:
            back = max(t + 1 - p.skip, 0)
            source[0, :] = 0.0
            scale = np.full(1, NOTHING)
            add_scaled(source, 0, scale, 1.0 - p.share, states[t], exponent)
            add_scaled(source, 0, scale, p.share, states[back], exponents[back])
            # The sum is kept on the scale of the larger: of the state that is carried over, or
            # of the input, which alone decides where nothing is carried and it is not zero.
            if p.carry != 0.0 or scale[0] == NOTHING:
                exponent = max(exponent, scale[0])
            else:
                exponent = scale[0]
            down = power_of_two(scale[0] - exponent)
            for i in range(size):
                source[0, i] *= down
            multiply(transposed, k, source, 0, a, p.batch)
        else:
            multiply(transposed, k, states, t, a, p.batch)
        if p.biased:
            for b in range(p.batch):
                for j in range(n):
                    a[b * n + j] += bias[k, j]
        if p.driven:
            for i in range(size):
                a[i] += drive[step, i]
        if p.norm != NO_NORM:
            _normalise(p.norm, a, p.batch, buffers.normalised, buffers.inverse, t)

        tangent = False
        if p.scaling == TANGENT and exponent != 0.0:
            largest = 0.0
            for i in range(size):
                largest = max(largest, abs(a[i]))
            tangent = largest * power_of_two(exponent) < _TANGENT_ROOM
            if not tangent:
                for i in range(size):
                    a[i] = math.ldexp(a[i], int(exponent))
        if tangent:
            piecewise_into(a, states, t + 1, buffers.slopes, t, p.slope_below, p.slope_above)
        else:
            activate(p.activation, a, states, t + 1, buffers.slopes, t)
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
        _note_state(buffers, t + 1, p.scaling)


@kernel
def _deltas(p: Parameters, buffers: Buffers, t: int, slopes: Array, row: int, delta: Array) -> None:
    """delta = Nᵀ (leak · slopes[row] · g_t): the gradient at W_t s_t, on the scale of g_t."""
    gradients = buffers.gradients
    for i in range(delta.shape[1]):
        delta[0, i] = p.leak * (slopes[row, i] * gradients[t, i])
    if p.norm != NO_NORM:
        _normalise_back(p.norm, delta, p.batch, buffers.normalised, buffers.inverse, t - 1)


@kernel
def seed_gradient(probe: Array, last: int, buffers: Buffers) -> None:
    """Put ∂L/∂h_last = probe, (1, batch·n), into the buffers."""
    for i in range(probe.shape[1]):
        buffers.gradients[last, i] = probe[0, i]
    buffers.gradient_exponents[last] = 0.0
    settle(
        buffers.gradients,
        last,
        buffers.gradient_exponents,
        buffers.gradient_squares,
        buffers.gradient_square_exponents,
    )


@kernel
def clear_gradients(buffers: Buffers, first: int, last: int) -> None:
    """Make the rows first ≤ t < last ready for `backward` to add to."""
    for t in range(first, last):
        buffers.gradient_exponents[t] = NOTHING
        for i in range(buffers.gradients.shape[1]):
            buffers.gradients[t, i] = 0.0


@kernel
def backward(
    p: Parameters,
    matrices: Array,
    buffers: Buffers,
    first: int,
    last: int,
    floor: int,
    adding: bool,
) -> None:
    """Compute ∂L/∂h_t and its norm for first ≤ t < last from ∂L/∂h_last.

    Args:
        p: Parameters.
        matrices: (1 or steps, n, n).
        buffers: Buffers after `forward` over the same steps.
        floor: the earliest state that counts as a node; what a skip connection would carry
            past it is dropped (truncated back-propagation).
        adding: rows may hold contributions already, so add to them. Needed wherever a skip
            connection reaches, and then the rows must have been cleared before.
    """
    gradients, exponents = buffers.gradients, buffers.gradient_exponents
    size = gradients.shape[1]
    delta = np.empty((1, size))
    v = np.empty(size)
    for t in range(last, first, -1):
        k = 0 if p.tied else t - 1 - first
        exponent = exponents[t]
        _deltas(p, buffers, t, buffers.slopes, t - 1, delta)
        multiply(matrices, k, delta, 0, v, p.batch)
        if adding:
            share = p.share if p.skip > 0 else 0.0
            add_scaled(gradients, t - 1, exponents, p.carry, gradients[t], exponent)
            add_scaled(gradients, t - 1, exponents, 1.0 - share, v, exponent)
            back = max(t - p.skip, 0)
            if back >= floor:
                add_scaled(gradients, back, exponents, share, v, exponent)
        else:
            exponents[t - 1] = exponent
            if p.carry != 0.0:
                for i in range(size):
                    gradients[t - 1, i] = p.carry * gradients[t, i] + v[i]
            else:
                for i in range(size):
                    gradients[t - 1, i] = v[i]
        settle(
            gradients,
            t - 1,
            exponents,
            buffers.gradient_squares,
            buffers.gradient_square_exponents,
        )


@kernel
def matrix_part(
    p: Parameters, matrices: Array, buffers: Buffers, squares: Array, square_exponents: Array
) -> None:
    """‖∂L/∂h_{t−1}‖ had every slope at step t been 1: ‖·‖² = squares[t−1] · 4**exponents.

    Args:
        squares, square_exponents: (T,), written.
    """
    size = buffers.gradients.shape[1]
    ones = np.ones((1, size))
    delta = np.empty((1, size))
    v = np.empty(size)
    pulled = np.empty((1, size))
    for t in range(buffers.slopes.shape[0], 0, -1):
        _deltas(p, buffers, t, ones, 0, delta)
        multiply(matrices, 0 if p.tied else t - 1, delta, 0, v, p.batch)
        for i in range(size):
            carried = p.carry * buffers.gradients[t, i] if p.carry != 0.0 else 0.0
            pulled[0, i] = carried + v[i]
        square, extra = careful_square_sum(pulled, 0)
        squares[t - 1] = square
        square_exponents[t - 1] = extra + buffers.gradient_exponents[t]


@kernel
def deltas(p: Parameters, buffers: Buffers, out: Array) -> None:
    """out[t−1] = ∂L/∂(W_t s_t) for every step, (T, batch·n), on the scale of g_t."""
    delta = np.empty((1, out.shape[1]))
    for t in range(1, out.shape[0] + 1):
        _deltas(p, buffers, t, buffers.slopes, t - 1, delta)
        for i in range(out.shape[1]):
            out[t - 1, i] = delta[0, i]


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


def run(experiment: Experiment, network: Network, buffers: Buffers) -> None:
    """Both passes of one member over all of its steps."""
    steps, row = buffers.slopes.shape
    p = parameters(experiment, network)
    begin(network.start.reshape(1, row), 0, buffers, p.scaling)
    run_forward(experiment, network, buffers, 0, 0, steps)
    adding = experiment.skip > 0
    if adding:
        clear_gradients(buffers, 0, steps)
    seed_gradient(network.probe.reshape(1, row), steps, buffers)
    run_backward(experiment, network, buffers, 0, 0, steps, 0, adding)


def run_forward(
    experiment: Experiment, network: Network, buffers: Buffers, done: int, first: int, last: int
) -> None:
    """`forward` over first < t ≤ last, the network's own first `done` steps being behind."""
    row = buffers.states.shape[1]
    by_step = 0 if experiment.tied else done
    forward(
        parameters(experiment, network),
        network.transposed[by_step:],
        network.bias.reshape(-1, experiment.width)[by_step:],
        network.drive.reshape(-1, row)[done:],
        buffers,
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
    matrices = network.weights_by_step[by_step:]
    backward(parameters(experiment, network), matrices, buffers, first, last, floor, adding)


def push(change: Array, t: int, buffers: Buffers) -> None:
    """Add a vector (batch·n,) to h_t and note its norm."""
    to_true_scale(buffers, t, t + 1)
    pushed = buffers.states[t : t + 1] + change
    # Read-only as drawn starts are: an array that may be written to is another signature.
    pushed.flags.writeable = False
    begin(pushed, t, buffers, IEEE)


def to_true_scale(buffers: Buffers, first: int, stop: int) -> None:
    """Bring the states first ≤ t < stop to their true values, 0 or inf beyond float64."""
    for t in range(first, stop):
        if buffers.state_exponents[t] != 0.0:
            with np.errstate(over="ignore", under="ignore"):
                shift = int(np.clip(buffers.state_exponents[t], -5000, 5000))
                buffers.states[t] = np.ldexp(buffers.states[t], shift)
            buffers.state_exponents[t] = 0.0
