"""The gru cell: its forward kernel beside its backward kernel.

    r, z = σ(W_• h_{t−1} + b_• + x_•t) (z gets + update_bias)
    m = φ(r·(W_m h_{t−1} + b_m) + x_mt)
    h_t = (1 − z)·m + z·h_{t−1}

Cho et al. 2014, with the reset gate after the product, as cuDNN and PyTorch have it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.base.facts import value
from tuisim.engine.base.memo import Array
from tuisim.engine.base.memory import empty
from tuisim.engine.cells.beyond import gru_beyond
from tuisim.engine.cells.beyond.common import Records, by_row, kernel_arrays, steps_beyond
from tuisim.engine.cells.gated import (
    LARGE,
    Gated,
    Settings,
    add_input,
    leaves_float64,
    phi_into,
    pre_activations,
    rest,
    rest_of,
    scale_before,
    to_scale,
    to_true,
)
from tuisim.engine.cells.kind import Factor
from tuisim.engine.cells.network import Network
from tuisim.engine.cells.template import kernels
from tuisim.engine.kernels.activations import sigmoid_into
from tuisim.engine.kernels.jit import kernel, part, plainly
from tuisim.engine.kernels.lanes import AT_ONCE, load_some, store_some
from tuisim.engine.kernels.scales import any_near_kink, leaves, note_state
from tuisim.engine.kernels.vectors import log10_norms, multiply_sum, power_of_two, settle
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
    state_exponents: Array
    gradient_exponents: Array
    hidden_log10: Array
    gradient_log10: Array
    values: Array
    beyond: Records
    gradients_beyond: Records


@part
def _step(
    p: Settings,
    transposed: Array,
    bias: Array,
    drive: Array,
    arrays: tuple[Array, ...],
    a: Array,
    t: int,
    k: int,
    x: int,
) -> bool:
    """h_{t+1}; arguments as tuisim.engine.cells.template says."""
    states, _, slopes, exponents, _, log10, _, values = arrays
    size = states.shape[1]
    row = ROWS * t
    slope_row = GATES * t
    pre_activations(p, GATES, transposed, bias, states, t, k, a)
    if p.driven:
        add_input(drive, x + R, a, R)
        add_input(drive, x + Z, a, Z)
    tangent, carried, exponent = to_scale(a, GATES, M, exponents[t])
    if p.gate_bias != 0.0:
        for i in range(size):
            a[Z, i] += p.gate_bias
    sigmoid_into(a, R, values, row + R, slopes, slope_row + R)
    sigmoid_into(a, Z, values, row + Z, slopes, slope_row + Z)
    for i in range(0, size, AT_ONCE):
        count = min(size - i, AT_ONCE)
        q = load_some(a, M * size + i, count)
        store_some(q, values, (row + Q) * size + i, count)
        r = load_some(values, (row + R) * size + i, count)
        store_some(r * q, a, M * size + i, count)
    if p.driven:
        add_input(drive, x + M, a, M)
    phi_into(p, tangent, a, M, values, row + M, slopes, slope_row + M)
    if p.slope_below != p.slope_above and any_near_kink(a, M):
        return False
    if leaves_float64(p, slopes, slope_row, M, GATES, GATES):
        return False
    for i in range(0, size, AT_ONCE):
        count = min(size - i, AT_ONCE)
        z = load_some(values, (row + Z) * size + i, count)
        rest = rest_of(z, load_some(slopes, (slope_row + Z) * size + i, count))
        new = rest * load_some(values, (row + M) * size + i, count)
        old = z * (carried * load_some(states, t * size + i, count))
        store_some(new + old, states, (t + 1) * size + i, count)
    if tangent:
        to_true(values, row + M, exponent)
        to_true(values, row + Q, exponent)
    exponents[t + 1] = exponent
    note_state(states, t + 1, exponents, log10, p.scaling)
    return not leaves(log10, exponents, t, True)


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
    for i in range(0, size, AT_ONCE):
        count = min(size - i, AT_ONCE)
        at = row + i
        slope_at = slope_row + i
        g = load_some(gradients, t * size + i, count)
        z = load_some(values, at + Z * size, count)
        m = load_some(values, at + M * size, count)
        z_slope = load_some(slopes, slope_at + Z * size, count)
        h = before * load_some(states, (t - 1) * size + i, count)
        store_some(g * (h - m) * z_slope, delta, (out + Z) * size + i, count)
        inner = g * rest_of(z, z_slope) * load_some(slopes, slope_at + M * size, count)
        r = load_some(values, at + R * size, count)
        store_some(inner * r, delta, (out + M) * size + i, count)
        q = load_some(values, at + Q * size, count)
        r_slope = load_some(slopes, slope_at + R * size, count)
        store_some(inner * q * r_slope, delta, (out + R) * size + i, count)


@part
def _step_back(
    p: Settings,
    matrices: Array,
    arrays: tuple[Array, ...],
    delta: Array,
    t: int,
    first: int,
    k: int,
    floor: int,
    adding: bool,
) -> float:
    """∂L/∂h_{t−1}; arguments as tuisim.engine.cells.template says."""
    states, gradients, slopes, state_exponents, exponents, _, log10, values = arrays
    size = gradients.shape[1]
    top = int(np.int64(0))
    before = power_of_two(state_exponents[t - 1])
    _deltas(gradients, t, states, before, values, slopes, delta, top)
    for i in range(0, size, AT_ONCE):
        count = min(size - i, AT_ONCE)
        z = load_some(values, (ROWS * (t - 1) + Z) * size + i, count)
        kept = z * load_some(gradients, t * size + i, count)
        store_some(kept, gradients, (t - 1) * size + i, count)
    turned = t % 2 == 1
    multiply_sum(matrices, k, GATES, delta, top, gradients, t - 1, p.batch, True, turned)
    exponents[t - 1] = exponents[t]
    settle(gradients, t - 1, exponents, log10)
    of_delta: float = exponents[t]
    return of_delta


@part
def _at_input(p: Settings, arrays: tuple[Array, ...], t: int, delta: Array) -> None:
    """δ of the candidate before it goes through the reset gate, behind which x_mt is added."""
    _, gradients, slopes, _, _, _, _, values = arrays
    size = gradients.shape[1]
    slope_row = GATES * (t - 1) * size
    for i in range(0, size, AT_ONCE):
        count = min(size - i, AT_ONCE)
        z = load_some(values, (ROWS * (t - 1) + Z) * size + i, count)
        rest = rest_of(z, load_some(slopes, slope_row + Z * size + i, count))
        inner = load_some(gradients, t * size + i, count) * rest
        inner = inner * load_some(slopes, slope_row + M * size + i, count)
        store_some(inner, delta, M * size + i, count)


forward, backward, passes, parts = kernels(
    __name__,
    Buffers,
    Settings=Settings,
    gates=GATES,
    step=_step,
    step_back=_step_back,
    at_input=_at_input,
)


def _seconds(arrays: Any, out: Array) -> float:
    return len(out) * (2e-5 + 1e-7 * out.shape[1])


@kernel
@plainly(seconds=_seconds)
def _all_deltas(arrays: tuple[Array, ...], out: Array) -> None:
    states, gradients, slopes, state_exponents, _, _, _, values = arrays
    for t in range(1, gradients.shape[0]):
        before = power_of_two(state_exponents[t - 1])
        _deltas(gradients, t, states, before, values, slopes, out, GATES * (t - 1))


class Gru(Gated):
    """Gated recurrent unit."""

    name = "gru"
    buffers = Buffers
    evaluated = ("gate", "gate", "φ")

    def own_arrays(
        self, experiment: Experiment, members: int, capacity: int, any_norm: bool
    ) -> tuple[Array, ...]:
        return (empty(members, capacity * ROWS, experiment.batch * experiment.width),)

    forward = staticmethod(forward)
    backward = staticmethod(backward)
    passes = staticmethod(passes)
    parts = parts

    def carried_part(self, experiment: Experiment, network: Network, buffers: Any) -> Array:
        update = buffers.values[Z::ROWS]
        carried = log10_norms(update * buffers.gradients[1:], buffers.gradient_exponents[1:])
        for t in steps_beyond(buffers):
            carried[t - 1] = gru_beyond.carried_part(experiment, buffers, t)
        return carried

    def deltas(self, experiment: Experiment, network: Network, buffers: Any) -> tuple[Array, Array]:
        steps, size = experiment.depth, experiment.batch * experiment.width
        out = np.empty((steps * GATES, size))
        _all_deltas(kernel_arrays(buffers), out)
        rows, exponents = out.reshape(steps, GATES, size), buffers.gradient_exponents[1:].copy()
        return self.by_row(experiment, buffers, rows, exponents)

    def input_deltas(self, experiment: Experiment, buffers: Any, deltas: Array) -> Array:
        # x_mt is added behind the reset gate, which W_m h_{t−1} goes through.
        size = experiment.batch * experiment.width
        z = buffers.values.reshape(-1, ROWS, size)[:, Z]
        slopes = buffers.slopes.reshape(-1, GATES, size)
        behind = buffers.gradients[1:] * rest(z, slopes[:, Z]) * slopes[:, M]
        own = deltas.copy()
        own[..., M * experiment.width :] = behind.reshape(*deltas.shape[:2], experiment.width)
        return own

    def drive_deltas(
        self, experiment: Experiment, network: Network, buffers: Any
    ) -> tuple[Array, Array]:
        deltas, exponents = self.deltas(experiment, network, buffers)
        rows = self.input_deltas(experiment, buffers, deltas)
        for t in steps_beyond(buffers):
            of_step = gru_beyond.drive_deltas(experiment, buffers, t)
            scaled, exponents[t - 1] = by_row(*of_step)
            rows[t - 1] = np.concatenate(scaled, axis=1)
        return rows, exponents

    def step_factors(
        self, experiment: Experiment, network: Network, buffers: Any, t: int
    ) -> tuple[Factor, ...]:
        """diag(z) + diag((h − m)σ′_z) W_z + diag((1 − z)φ′) (diag(r) W_m + diag(qσ′_r) W_r)."""
        weights = network.matrices_at(t, experiment.tied)
        record = buffers.beyond[t]
        if record is not None and record.slopes:
            return gru_beyond.factors(experiment, buffers, t, weights)
        values = buffers.values[(t - 1) * ROWS : t * ROWS]
        slopes = buffers.slopes[(t - 1) * GATES : t * GATES]
        z = values[Z]
        values = values.clip(-LARGE, LARGE)
        inner = rest(z, slopes[Z]) * slopes[M]
        old = (scale_before(buffers, t) * buffers.states[t - 1] - values[M]) * slopes[Z]
        jacobian = (
            old[:, None] * weights[Z]
            + (inner * values[R])[:, None] * weights[M]
            + (inner * values[Q] * slopes[R])[:, None] * weights[R]
        )
        return (jacobian + np.diag(z),)

    def with_input(
        self, experiment: Experiment, name: str, a: Array, x: Array, found: dict[str, Array]
    ) -> Array:
        # The reset gate stands before what the candidate hears of the state.
        if name == "m":
            return a * value("sigmoid", found["r"]) + x
        return a + x + experiment.update_bias if name == "z" else a + x

    _beyond = gru_beyond
    kept_by = "update_bias"


CELL = Gru()
