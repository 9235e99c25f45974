"""The gru cell with a trained layer's gates: hard ones, or a reset before the product.

r, z = gate(W_• h_{t−1} + b_• + x_•t)
m = φ(r·(W_m h_{t−1} + b_m) + x_mt), or before the product φ(W_m (r·h_{t−1}) + b_m + x_mt)
h_t = (1 − z)·m + z·h_{t−1}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.beyond.common import by_row, steps_beyond
from tuisim.engine.cells.gated import (
    LARGE,
    add_input,
    is_tangent,
    phi_into,
    pre_activations,
    scale_before,
    to_true,
)
from tuisim.engine.cells.gru import GATES, ROWS, Buffers, M, Q, R, Z
from tuisim.engine.cells.gru import Gru as Plain
from tuisim.engine.cells.kind import Factor
from tuisim.engine.cells.network import Network
from tuisim.engine.cells.template import kernels
from tuisim.engine.cells.variants import gru_beyond
from tuisim.engine.cells.variants.gates import (
    Settings,
    Varied,
    any_lost,
    gate_into,
    hard_slope,
    rest_of_gate,
    rest_of_gates,
)
from tuisim.engine.kernels.jit import maker, part, uncounted
from tuisim.engine.kernels.lanes import AT_ONCE, load_some, store_some
from tuisim.engine.kernels.scales import any_near_kink, leaves, note_state
from tuisim.engine.kernels.vectors import multiply, power_of_two, settle
from tuisim.engine.trained.running import gate_of
from tuisim.values.experiment import Experiment


@maker
def _room(p: Settings, size: int) -> Array:
    """A row a gate, and one for r·h."""
    return np.empty((GATES + 1, size))


@part
def _candidate(
    p: Settings,
    transposed: Array,
    bias: Array,
    states: Array,
    values: Array,
    a: Array,
    t: int,
    k: int,
) -> None:
    """a[M] = what the candidate hears of the state, values' row Q beside it."""
    size = states.shape[1]
    n = size // p.batch
    row = ROWS * t
    if p.before:
        for i in range(size):
            a[Q, i] = values[row + R, i] * states[t, i]
        multiply(transposed, k + M, a, Q, a, M, p.batch, False)
        if p.biased:
            for b in range(p.batch):
                for j in range(n):
                    a[M, b * n + j] += bias[k + M, j]
        for i in range(size):
            values[row + Q, i] = a[Q, i]
    else:
        for i in range(size):
            values[row + Q, i] = a[M, i]
            a[M, i] = values[row + R, i] * a[M, i]


@part
def _step(
    p: Any,
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
    row, slope_row = ROWS * t, GATES * t
    exponent = exponents[t]
    pre_activations(p, M if p.before else GATES, transposed, bias, states, t, k, a)
    if p.driven:
        add_input(drive, x + R, a, R)
        add_input(drive, x + Z, a, Z)
    if exponent != 0.0:
        to_true(a, R, exponent)
        to_true(a, Z, exponent)
    if p.gate_bias != 0.0:
        for i in range(size):
            a[Z, i] += p.gate_bias
    gate_into(p, a, R, values, row + R, slopes, slope_row + R)
    gate_into(p, a, Z, values, row + Z, slopes, slope_row + Z)
    _candidate(p, transposed, bias, states, values, a, t, k)
    tangent, carried = False, 1.0
    if exponent != 0.0:
        tangent = is_tangent(a, M, exponent)
        if not tangent:
            to_true(a, M, exponent)
            to_true(values, row + Q, exponent)
            carried, exponent = power_of_two(exponent), 0.0
    if p.driven:
        add_input(drive, x + M, a, M)
    phi_into(p, tangent, a, M, values, row + M, slopes, slope_row + M)
    if p.slope_below != p.slope_above and any_near_kink(a, M):
        return False
    if any_lost(p, slopes, slope_row, M, GATES, GATES):
        return False
    for i in range(0, size, AT_ONCE):
        count = min(size - i, AT_ONCE)
        z = load_some(values, (row + Z) * size + i, count)
        rest = rest_of_gate(p, z, load_some(slopes, (slope_row + Z) * size + i, count))
        new = rest * load_some(values, (row + M) * size + i, count)
        old = z * (carried * load_some(states, t * size + i, count))
        store_some(new + old, states, (t + 1) * size + i, count)
    if tangent:
        to_true(values, row + M, exponent)
        to_true(values, row + Q, exponent)
    exponents[t + 1] = exponent
    note_state(states, t + 1, exponents, log10, p.scaling)
    return not leaves(log10, exponents, t, p.hard == 0.0)


@maker
def _room_back(p: Settings, arrays: tuple[Array, ...], first: int, last: int) -> Array:
    """A row a gate, and one for W_mᵀ δ_m."""
    return np.empty((GATES + 1, arrays[1].shape[1]))


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
    row, slope_row = ROWS * (t - 1) * size, GATES * (t - 1) * size
    before = power_of_two(state_exponents[t - 1])
    for i in range(0, size, AT_ONCE):
        count = min(size - i, AT_ONCE)
        g = load_some(gradients, t * size + i, count)
        z = load_some(values, row + Z * size + i, count)
        z_slope = load_some(slopes, slope_row + Z * size + i, count)
        m = load_some(values, row + M * size + i, count)
        h = before * load_some(states, (t - 1) * size + i, count)
        store_some(g * (h - m) * z_slope, delta, Z * size + i, count)
        rest = rest_of_gate(p, z, z_slope)
        inner = g * rest * load_some(slopes, slope_row + M * size + i, count)
        r = load_some(values, row + R * size + i, count)
        r_slope = load_some(slopes, slope_row + R * size + i, count)
        if p.before:
            store_some(inner, delta, M * size + i, count)
        else:
            store_some(inner * r, delta, M * size + i, count)
            q = load_some(values, row + Q * size + i, count)
            store_some(inner * q * r_slope, delta, R * size + i, count)
        store_some(z * g, gradients, (t - 1) * size + i, count)
    if p.before:
        multiply(matrices, k + M, delta, M, delta, Q, p.batch, False)
        for i in range(0, size, AT_ONCE):
            count = min(size - i, AT_ONCE)
            heard = load_some(delta, Q * size + i, count)
            h = before * load_some(states, (t - 1) * size + i, count)
            r_slope = load_some(slopes, slope_row + R * size + i, count)
            store_some(heard * h * r_slope, delta, R * size + i, count)
            r = load_some(values, row + R * size + i, count)
            whole = load_some(gradients, (t - 1) * size + i, count) + heard * r
            store_some(whole, gradients, (t - 1) * size + i, count)
    else:
        multiply(matrices, k + M, delta, M, gradients, t - 1, p.batch, True)
    multiply(matrices, k + R, delta, R, gradients, t - 1, p.batch, True)
    multiply(matrices, k + Z, delta, Z, gradients, t - 1, p.batch, True)
    exponents[t - 1] = exponents[t]
    settle(gradients, t - 1, exponents, log10)
    of_delta: float = exponents[t]
    return of_delta


with uncounted():
    forward, backward, passes, parts = kernels(
        __name__,
        Buffers,
        Settings=Settings,
        gates=GATES,
        room=_room,
        room_back=_room_back,
        step=_step,
        step_back=_step_back,
    )


class Gru(Varied, Plain):
    """Gated recurrent unit with a trained layer's gates."""

    forward = staticmethod(forward)
    backward = staticmethod(backward)
    passes = staticmethod(passes)
    parts = parts
    _beyond = gru_beyond

    def _inner(
        self, experiment: Experiment, network: Network, buffers: Any
    ) -> tuple[Array, Array, Array]:
        """Values and slopes (T, rows, batch·n), and ∂L/∂(what φ is applied to)."""
        size = experiment.batch * experiment.width
        values = buffers.values.reshape(experiment.depth, ROWS, size)
        slopes = buffers.slopes.reshape(experiment.depth, GATES, size)
        rest = rest_of_gates(hard_slope(network), values[:, Z], slopes[:, Z])
        return values, slopes, buffers.gradients[1:] * rest * slopes[:, M]

    def deltas(self, experiment: Experiment, network: Network, buffers: Any) -> tuple[Array, Array]:
        with np.errstate(invalid="ignore", over="ignore"):
            values, slopes, inner = self._inner(experiment, network, buffers)
            up = buffers.state_exponents[:-1].clip(-4000, 990).astype(int)
            h = np.ldexp(1.0, up)[:, np.newaxis] * buffers.states[:-1]
            of_z = buffers.gradients[1:] * (h - values[:, M]) * slopes[:, Z]
            if network.reset == "before":
                shape = experiment.depth, experiment.batch, experiment.width
                heard = (inner.reshape(shape) @ network.weights[M]).reshape(inner.shape)
                of_r, of_m = heard * h * slopes[:, R], inner
            else:
                of_r, of_m = inner * values[:, Q] * slopes[:, R], inner * values[:, R]
            rows = np.stack([of_r, of_z, of_m], axis=1)
        exponents = buffers.gradient_exponents[1:].copy()
        return self.by_row(
            experiment,
            buffers,
            rows,
            exponents,
            lambda t: gru_beyond.deltas(experiment, network, buffers, t),
        )

    def drive_deltas(
        self, experiment: Experiment, network: Network, buffers: Any
    ) -> tuple[Array, Array]:
        deltas, exponents = self.deltas(experiment, network, buffers)
        if network.reset == "before":
            return deltas, exponents
        n = experiment.width
        with np.errstate(invalid="ignore", over="ignore"):
            inner = self._inner(experiment, network, buffers)[2]
        rows = deltas.copy()
        rows[..., M * n :] = inner.reshape(*deltas.shape[:2], n)
        for t in steps_beyond(buffers):
            of_step = gru_beyond.drive_deltas(experiment, network, buffers, t)
            scaled, exponents[t - 1] = by_row(*of_step)
            rows[t - 1] = np.concatenate(scaled, axis=1)
        return rows, exponents

    def own_sources(
        self, experiment: Experiment, network: Network, buffers: Any
    ) -> tuple[Array, Array] | None:
        if network.reset != "before":
            return None
        e = experiment
        heard = buffers.values.reshape(e.depth, ROWS, e.batch, e.width)[:, Q].copy()
        exponents = np.zeros((e.depth, e.batch))
        for t in steps_beyond(buffers):
            r_h = gru_beyond.heard(e, network, buffers, t)
            (heard[t - 1],), exponents[t - 1] = by_row(r_h)
        return heard, exponents

    def step_factors(
        self, experiment: Experiment, network: Network, buffers: Any, t: int
    ) -> tuple[Factor, ...]:
        """diag(z) + diag((h − m)z′) W_z + diag((1 − z)φ′) of what the candidate hears.

        That is diag(r) W_m + diag(q r′) W_r, or W_m (diag(r) + diag(h r′) W_r).
        """
        weights = network.matrices_at(t, experiment.tied)
        record = buffers.beyond[t]
        if record is not None and record.slopes:
            return gru_beyond.factors(experiment, network, buffers, t, weights)
        values = buffers.values[(t - 1) * ROWS : t * ROWS]
        slopes = buffers.slopes[(t - 1) * GATES : t * GATES]
        z, h = values[Z], scale_before(buffers, t) * buffers.states[t - 1]
        inner = rest_of_gates(hard_slope(network), z, slopes[Z]) * slopes[M]
        values = values.clip(-LARGE, LARGE)
        jacobian = ((h - values[M]) * slopes[Z])[:, None] * weights[Z] + np.diag(z)
        if network.reset == "before":
            heard = np.diag(values[R]) + (h * slopes[R])[:, None] * weights[R]
            return (jacobian + inner[:, None] * (weights[M] @ heard),)
        jacobian += (inner * values[R])[:, None] * weights[M]
        jacobian += (inner * values[Q] * slopes[R])[:, None] * weights[R]
        return (jacobian,)

    def pre_activations(
        self,
        experiment: Experiment,
        network: Network,
        states: Sequence[Array],
        first: int,
        last: int,
    ) -> dict[str, Array]:
        source, found, x = states[0][first:last], {}, network.beside[first:last]
        for gate, name in ((R, "r"), (Z, "z")):
            found[name] = source @ network.weights[gate].T + network.inside[gate] + x[:, gate]
        found["z"] += experiment.update_bias
        r = gate_of(network.gate_activation, found["r"])
        inner, own = network.weights[M].T, network.inside[M]
        if network.reset == "before":
            found["m"] = (r * source) @ inner + own + x[:, M]
        else:
            found["m"] = r * (source @ inner + own) + x[:, M]
        return found


CELL = Gru()
