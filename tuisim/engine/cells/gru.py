"""The gru cell: its forward kernel beside its backward kernel.

    r, z = σ(W_• h_{t−1} + b_• + x_•t),  m = φ(r·(W_m h_{t−1} + b_m) + x_mt)
    h_t = (1 − z)·m + z·h_{t−1}

Cho et al. 2014, with the reset gate after the product, as cuDNN and PyTorch have it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.memory import empty
from tuisim.engine.base.panels import LANES
from tuisim.engine.cells import gru_beyond
from tuisim.engine.cells.beyond import Records, kernel_arrays, records, steps_beyond
from tuisim.engine.cells.gated import (
    Gated,
    Settings,
    add_input,
    is_tangent,
    leaves_float64,
    pre_activations,
    to_true,
)
from tuisim.engine.cells.network import Network
from tuisim.engine.kernels.activations import activate, piecewise_into, sigmoid_into
from tuisim.engine.kernels.jit import kernel, part
from tuisim.engine.kernels.lanes import Lanes, load_some, store_some, where_less
from tuisim.engine.kernels.scales import any_near_kink, leaves, note_state
from tuisim.engine.kernels.vectors import multiply, power_of_two, settle
from tuisim.values.experiment import Experiment

GATES = 3
R, Z, M = range(GATES)
#: The rows of a step in `values`: its gates, and W_m h_{t−1} + b_m.
Q = GATES
ROWS = GATES + 1


class Buffers(NamedTuple):
    """What the two passes write, for capacity C ≥ last steps; as CommonBuffers.

    values: (4·C, batch·n), r z m and W_m h_{t−1} + b_m of step t from row 4(t−1) on.
    """

    states: Array
    gradients: Array
    slopes: Array
    values: Array
    state_exponents: Array
    gradient_exponents: Array
    hidden_log10: Array
    gradient_log10: Array
    beyond: Records
    gradients_beyond: Records


@part
def _rest(z: Lanes, slope: Lanes) -> Lanes:
    """1 − z with all its digits: σ(−a) is σ′(a)/σ(a)."""
    rest: Lanes = where_less(0.5, z, slope / where_less(0.5, z, z, 1.0), 1.0 - z)
    return rest


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
    """Compute h_t, gates, slopes and norms for first < t ≤ last from the state before.

    Args: as Cell.forward says.
    """
    p = Settings(*settings)
    states, _, slopes, values, exponents, _, log10, _ = arrays
    size = states.shape[1]
    if start.shape[0] > 0:
        n = start.shape[1]
        for b in range(p.batch):
            for j in range(n):
                states[first, b * n + j] = start[b, j]
        exponents[first] = 0.0
        note_state(states, first, exponents, log10, p.scaling)
    a = np.empty((GATES, size))
    for t in range(first, last):
        step = t - first
        row = ROWS * t
        slope_row = GATES * t
        exponent = exponents[t]
        pre_activations(p, GATES, transposed, bias, states, t, step, a)
        if p.driven:
            add_input(drive, GATES * step + R, a, R)
            add_input(drive, GATES * step + Z, a, Z)
        tangent = False
        carried = 1.0
        if exponent != 0.0:
            tangent = is_tangent(a, M, exponent)
            for gate in range(GATES):
                if gate != M or not tangent:
                    to_true(a, gate, exponent)
            if not tangent:
                carried = power_of_two(exponent)
                exponent = 0.0
        sigmoid_into(a, R, values, row + R, slopes, slope_row + R)
        sigmoid_into(a, Z, values, row + Z, slopes, slope_row + Z)
        for i in range(0, size, LANES):
            count = min(size - i, LANES)
            q = load_some(a, M * size + i, count)
            store_some(q, values, (row + Q) * size + i, count)
            r = load_some(values, (row + R) * size + i, count)
            store_some(r * q, a, M * size + i, count)
        if p.driven:
            add_input(drive, GATES * step + M, a, M)
        if tangent:
            piecewise_into(
                a, M, values, row + M, slopes, slope_row + M, p.slope_below, p.slope_above
            )
        else:
            activate(p.activation, a, M, values, row + M, slopes, slope_row + M)
        if p.slope_below != p.slope_above and any_near_kink(a, M):
            return t
        if leaves_float64(p, slopes, slope_row, GATES, GATES):
            return t
        for i in range(0, size, LANES):
            count = min(size - i, LANES)
            z = load_some(values, (row + Z) * size + i, count)
            rest = _rest(z, load_some(slopes, (slope_row + Z) * size + i, count))
            new = rest * load_some(values, (row + M) * size + i, count)
            old = z * (carried * load_some(states, t * size + i, count))
            store_some(new + old, states, (t + 1) * size + i, count)
        if tangent:
            to_true(values, row + M, exponent)
            to_true(values, row + Q, exponent)
        exponents[t + 1] = exponent
        note_state(states, t + 1, exponents, log10, p.scaling)
        if leaves(log10, t):
            return t
    return last


@part
def _deltas(
    gradients: Array,
    t: int,
    states: Array,
    before: float,
    values: Array,
    slopes: Array,
    delta: Array,
    out: int,
) -> None:
    """delta[out + gate] = ∂L/∂(W_gate h_{t−1}) on the scale of g_t = gradients[t]."""
    size = gradients.shape[1]
    row = ROWS * (t - 1) * size
    slope_row = GATES * (t - 1) * size
    for i in range(0, size, LANES):
        count = min(size - i, LANES)
        at = row + i
        slope_at = slope_row + i
        g = load_some(gradients, t * size + i, count)
        z = load_some(values, at + Z * size, count)
        m = load_some(values, at + M * size, count)
        z_slope = load_some(slopes, slope_at + Z * size, count)
        h = before * load_some(states, (t - 1) * size + i, count)
        store_some(g * (h - m) * z_slope, delta, (out + Z) * size + i, count)
        inner = g * _rest(z, z_slope) * load_some(slopes, slope_at + M * size, count)
        r = load_some(values, at + R * size, count)
        store_some(inner * r, delta, (out + M) * size + i, count)
        q = load_some(values, at + Q * size, count)
        r_slope = load_some(slopes, slope_at + R * size, count)
        store_some(inner * q * r_slope, delta, (out + R) * size + i, count)


@kernel
def backward(
    settings: tuple[Any, ...],
    matrices: Array,
    probe: Array,
    arrays: tuple[Array, ...],
    first: int,
    last: int,
) -> None:
    """Compute ∂L/∂h_t and its norm for first ≤ t < last from ∂L/∂h_last.

    Args: as Cell.backward says, without the last two.
    """
    p = Settings(*settings)
    states, gradients, slopes, values, state_exponents, exponents, _, log10 = arrays
    size = gradients.shape[1]
    if probe.shape[0] > 0:
        n = probe.shape[1]
        for b in range(p.batch):
            for j in range(n):
                gradients[last, b * n + j] = probe[b, j]
        exponents[last] = 0.0
        settle(gradients, last, exponents, log10)
    delta = np.empty((GATES, size))
    top = int(np.int64(0))
    for t in range(last, first, -1):
        k = 0 * t if p.tied else GATES * (t - 1 - first)
        before = power_of_two(state_exponents[t - 1])
        _deltas(gradients, t, states, before, values, slopes, delta, top)
        for i in range(0, size, LANES):
            count = min(size - i, LANES)
            z = load_some(values, (ROWS * (t - 1) + Z) * size + i, count)
            kept = z * load_some(gradients, t * size + i, count)
            store_some(kept, gradients, (t - 1) * size + i, count)
        for gate in range(GATES):
            multiply(matrices, k + gate, delta, gate, gradients, t - 1, p.batch, True)
        exponents[t - 1] = exponents[t]
        settle(gradients, t - 1, exponents, log10)


@kernel
def passes(
    settings: tuple[Any, ...],
    operands: tuple[Array, ...],
    buffers: tuple[Array, ...],
    member: int,
    depths: Array,
    ends: Array,
) -> int:
    """Do both passes of one member, as Cell.passes says, without `adding`."""
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
    )
    log10 = arrays[7]
    top = int(np.int64(0))
    reached = forward(settings, transposed, bias, drive, start, arrays, top, int(depths.max()))
    if reached < depths.max():
        return reached
    for k in range(depths.shape[0]):
        last = depths[k]
        backward(settings, matrices, probe, arrays, top, last)
        if ends.shape[0] > 0:
            ends[k, 0] = log10[0]
            ends[k, 1] = log10[last]
    return reached


@kernel
def _all_deltas(arrays: tuple[Array, ...], out: Array) -> None:
    states, gradients, slopes, values, state_exponents, _, _, _ = arrays
    for t in range(1, gradients.shape[0]):
        before = power_of_two(state_exponents[t - 1])
        _deltas(gradients, t, states, before, values, slopes, out, GATES * (t - 1))


class Gru(Gated):
    """Gated recurrent unit."""

    name = "gru"
    _evaluated = ("gate", "gate", "φ")

    def allocate(
        self, experiment: Experiment, members: int, capacity: int, *, any_norm: bool = False
    ) -> Buffers:
        size = experiment.batch * experiment.width
        scales = np.empty((4, members, capacity + 1))
        return Buffers(
            empty(members, capacity + 1, size),
            empty(members, capacity + 1, size),
            empty(members, capacity * GATES, size),
            empty(members, capacity * ROWS, size),
            scales[0],
            scales[1],
            scales[2],
            scales[3],
            *records(members, capacity),
        )

    forward = staticmethod(forward)

    def backward(self, *arguments: Any) -> None:
        backward(*arguments[:-2])

    def passes(self, *arguments: Any) -> int:
        return passes(*[*arguments[:-2], arguments[-1]])

    def deltas(self, experiment: Experiment, network: Network, buffers: Any) -> tuple[Array, Array]:
        steps, size = experiment.depth, experiment.batch * experiment.width
        out = np.empty((steps * GATES, size))
        _all_deltas(kernel_arrays(buffers), out)
        rows, exponents = out.reshape(steps, GATES, size), buffers.gradient_exponents[1:].copy()
        for t in steps_beyond(buffers):
            of_step = gru_beyond.deltas(experiment, buffers, t)
            exponents[t - 1] = max(one.top for one in of_step)
            rows[t - 1] = [one.over(exponents[t - 1]).ravel() for one in of_step]
        return self.by_row(experiment, rows), exponents

    def input_deltas(self, experiment: Experiment, buffers: Any, deltas: Array) -> Array:
        # x_mt is added behind the reset gate, which W_m h_{t−1} goes through.
        size = experiment.batch * experiment.width
        z = buffers.values.reshape(-1, ROWS, size)[:, Z]
        slopes = buffers.slopes.reshape(-1, GATES, size)
        # As the kernel has it: 1 − z with all its digits.
        kept = z > 0.5
        rest = np.where(kept, slopes[:, Z] / np.where(kept, z, 1.0), 1.0 - z)
        behind = buffers.gradients[1:] * rest * slopes[:, M]
        own = deltas.copy()
        own[..., M * experiment.width :] = behind.reshape(*deltas.shape[:2], experiment.width)
        return own

    _beyond = gru_beyond

    def _named(self, buffers: Any) -> Buffers:
        return Buffers(*buffers)
