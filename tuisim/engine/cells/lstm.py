"""The lstm cell: its forward kernel beside its backward kernel.

    i, f, o = σ(W_• h_{t−1} + b_• + x_•t) (f gets + forget_bias),  g = φ(W_g h_{t−1} + b_g + x_gt)
    c_t = f·c_{t−1} + i·g,   h_t = o·φ(c_t)

Hochreiter & Schmidhuber 1997; the forget gate is that of Gers, Schmidhuber & Cummins 2000.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.memory import empty
from tuisim.engine.base.panels import LANES
from tuisim.engine.cells import lstm_beyond
from tuisim.engine.cells.beyond import Records, records, steps_beyond
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
from tuisim.engine.kernels.jit import kernel
from tuisim.engine.kernels.lanes import load_some, store_some
from tuisim.engine.kernels.scales import any_near_kink, leaves, note_pair
from tuisim.engine.kernels.vectors import (
    NOTHING,
    careful_square_sum,
    log10_norm,
    log10_norms,
    multiply,
    power_of_two,
    settle,
)
from tuisim.values.experiment import Experiment

GATES = 4
I, F, G, O = range(GATES)  # noqa: E741
#: The rows of a step in `values` and `slopes`: its gates, and φ(c_t).
C = GATES
ROWS = GATES + 1


class Buffers(NamedTuple):
    """What the two passes write, for capacity C ≥ last steps; as CommonBuffers.

    values: (5·C, batch·n), i f g o and φ(c_t) of step t from row 5(t−1) on.
    cells, cell_gradients: (C+1, batch·n), c_t and ∂L/∂c_t; c_t is on the scale of h_t.
    """

    states: Array
    gradients: Array
    slopes: Array
    values: Array
    cells: Array
    cell_gradients: Array
    state_exponents: Array
    gradient_exponents: Array
    cell_gradient_exponents: Array
    hidden_log10: Array
    gradient_log10: Array
    cell_log10: Array
    cell_gradient_log10: Array
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
    """Compute h_t, c_t, gates, slopes and norms for first < t ≤ last from the state before.

    Args: as Cell.forward says; c_first is in the buffers.
    """
    p = Settings(*settings)
    states, _, slopes, values, cells, _, exponents, _, _, log10, _, cell_log10, _ = arrays
    size = states.shape[1]
    if start.shape[0] > 0:
        n = start.shape[1]
        for b in range(p.batch):
            for j in range(n):
                states[first, b * n + j] = start[b, j]
        exponents[first] = 0.0
        note_pair(states, cells, first, exponents, log10, cell_log10, p.scaling)
    a = np.empty((GATES, size))
    for t in range(first, last):
        step = t - first
        row = ROWS * t
        exponent = exponents[t]
        pre_activations(p, GATES, transposed, bias, states, t, step, a)
        if p.driven:
            for gate in range(GATES):
                add_input(drive, GATES * step + gate, a, gate)
        tangent = False
        carried = 1.0
        if exponent != 0.0:
            tangent = is_tangent(a, G, exponent)
            for gate in range(GATES):
                if gate != G or not tangent:
                    to_true(a, gate, exponent)
            if not tangent:
                carried = power_of_two(exponent)
                exponent = 0.0
        for i in range(size):
            a[F, i] += p.forget_bias
        sigmoid_into(a, I, values, row + I, slopes, row + I)
        sigmoid_into(a, F, values, row + F, slopes, row + F)
        sigmoid_into(a, O, values, row + O, slopes, row + O)
        if tangent:
            piecewise_into(a, G, values, row + G, slopes, row + G, p.slope_below, p.slope_above)
        else:
            activate(p.activation, a, G, values, row + G, slopes, row + G)
        for i in range(0, size, LANES):
            count = min(size - i, LANES)
            at = row * size + i
            kept = load_some(values, at + F * size, count) * (
                carried * load_some(cells, t * size + i, count)
            )
            put = load_some(values, at + I * size, count) * load_some(values, at + G * size, count)
            store_some(kept + put, cells, (t + 1) * size + i, count)
        if tangent:
            piecewise_into(
                cells, t + 1, values, row + C, slopes, row + C, p.slope_below, p.slope_above
            )
        else:
            activate(p.activation, cells, t + 1, values, row + C, slopes, row + C)
        if p.slope_below != p.slope_above and (any_near_kink(a, G) or any_near_kink(cells, t + 1)):
            return t
        if leaves_float64(p, slopes, row, GATES, ROWS):
            return t
        for i in range(0, size, LANES):
            count = min(size - i, LANES)
            at = row * size + i
            shown = load_some(values, at + O * size, count) * load_some(
                values, at + C * size, count
            )
            store_some(shown, states, (t + 1) * size + i, count)
        if tangent:
            to_true(values, row + G, exponent)
            to_true(values, row + C, exponent)
        exponents[t + 1] = exponent
        note_pair(states, cells, t + 1, exponents, log10, cell_log10, p.scaling)
        if leaves(log10, t) or leaves(cell_log10, t):
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
) -> None:
    """Compute ∂L/∂h_t, ∂L/∂c_t and their norms for first ≤ t < last from those at `last`.

    What reaches c_first by way of h_first is added when the steps before it are gone through; the
    oldest state has no such path, being given.

    Args: as Cell.backward says, without the last two.
    """
    p = Settings(*settings)
    (
        _,
        gradients,
        slopes,
        values,
        cells,
        cell_gradients,
        state_exponents,
        exponents,
        cell_exponents,
        _,
        log10,
        _,
        cell_log10,
    ) = arrays
    size = gradients.shape[1]
    if probe.shape[0] > 0:
        n = probe.shape[1]
        for b in range(p.batch):
            for j in range(n):
                gradients[last, b * n + j] = probe[b, j]
        exponents[last] = 0.0
        settle(gradients, last, exponents, log10)
        for i in range(size):
            cell_gradients[last, i] = 0.0
        cell_exponents[last] = NOTHING
    delta = np.empty((GATES, size))
    for t in range(last, first, -1):
        k = 0 * t if p.tied else GATES * (t - 1 - first)
        row = ROWS * (t - 1)
        exponent = max(exponents[t], cell_exponents[t])
        from_h = power_of_two(exponents[t] - exponent)
        from_c = power_of_two(cell_exponents[t] - exponent)
        before = power_of_two(state_exponents[t - 1])
        for i in range(0, size, LANES):
            count = min(size - i, LANES)
            at = row * size + i
            gh = from_h * load_some(gradients, t * size + i, count)
            gc = from_c * load_some(cell_gradients, t * size + i, count)
            through = load_some(values, at + O * size, count)
            gc = gc + gh * through * load_some(slopes, at + C * size, count)
            store_some(gc, cell_gradients, t * size + i, count)
            shown = gh * load_some(values, at + C * size, count)
            slope = load_some(slopes, at + O * size, count)
            store_some(shown * slope, delta, O * size + i, count)
            put = gc * load_some(values, at + G * size, count)
            slope = load_some(slopes, at + I * size, count)
            store_some(put * slope, delta, I * size + i, count)
            kept = gc * (before * load_some(cells, (t - 1) * size + i, count))
            slope = load_some(slopes, at + F * size, count)
            store_some(kept * slope, delta, F * size + i, count)
            taken = gc * load_some(values, at + I * size, count)
            slope = load_some(slopes, at + G * size, count)
            store_some(taken * slope, delta, G * size + i, count)
        for gate in range(GATES):
            multiply(matrices, k + gate, delta, gate, gradients, t - 1, p.batch, gate > 0)
        exponents[t - 1] = exponent
        settle(gradients, t - 1, exponents, log10)
        # A zero vector must not drag the other one's numbers up to its scale, and so to 0.
        if log10[t - 1] == -np.inf:
            exponents[t - 1] = NOTHING
        cell_exponents[t] = exponent
        settle(cell_gradients, t, cell_exponents, cell_log10)
        if cell_log10[t] == -np.inf:
            cell_exponents[t] = NOTHING
        for i in range(0, size, LANES):
            count = min(size - i, LANES)
            kept = load_some(values, (row + F) * size + i, count)
            kept = kept * load_some(cell_gradients, t * size + i, count)
            store_some(kept, cell_gradients, (t - 1) * size + i, count)
        cell_exponents[t - 1] = cell_exponents[t]
    if last > first:
        # Noted and left as it is: where the steps before follow, it is not whole yet.
        square, extra = careful_square_sum(cell_gradients, first)
        cell_log10[first] = log10_norm(square, cell_exponents[first] + extra)


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
        buffers[8][member],
        buffers[9][member],
        buffers[10][member],
        buffers[11][member],
        buffers[12][member],
    )
    log10 = arrays[10]
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


class Lstm(Gated):
    """Long short-term memory."""

    name = "lstm"
    _evaluated = ("gate", "gate", "φ", "gate", "φ")

    def allocate(
        self, experiment: Experiment, members: int, capacity: int, *, any_norm: bool = False
    ) -> Buffers:
        size = experiment.batch * experiment.width
        scales = np.empty((7, members, capacity + 1))
        cells = empty(members, capacity + 1, size)
        # Nothing was kept before the first step.
        cells[:, 0] = 0.0
        return Buffers(
            empty(members, capacity + 1, size),
            empty(members, capacity + 1, size),
            empty(members, capacity * ROWS, size),
            empty(members, capacity * ROWS, size),
            cells,
            empty(members, capacity + 1, size),
            scales[0],
            scales[1],
            scales[2],
            scales[3],
            scales[4],
            scales[5],
            scales[6],
            *records(members, capacity),
        )

    forward = staticmethod(forward)

    def backward(self, *arguments: Any) -> None:
        backward(*arguments[:-2])

    def passes(self, *arguments: Any) -> int:
        return passes(*[*arguments[:-2], arguments[-1]])

    def state_rows(self, buffers: Any) -> tuple[Array, ...]:
        return buffers.states, buffers.cells

    def carried_part(self, experiment: Experiment, network: Network, buffers: Any) -> Array:
        forget = buffers.values[F::ROWS]
        exponents = buffers.cell_gradient_exponents[1:]
        carried = log10_norms(forget * buffers.cell_gradients[1:], exponents)
        for t in steps_beyond(buffers):
            carried[t - 1] = lstm_beyond.carried_part(experiment, buffers, t)
        return carried

    def deltas(self, experiment: Experiment, network: Network, buffers: Any) -> tuple[Array, Array]:
        steps = experiment.depth
        values = buffers.values.reshape(steps, ROWS, -1)
        slopes = buffers.slopes.reshape(steps, ROWS, -1)
        scales = buffers.gradient_exponents[1:], buffers.cell_gradient_exponents[1:]
        exponents = np.maximum(*scales)
        down = [np.ldexp(1.0, (one - exponents).clip(-4000).astype(int)) for one in scales]
        gh = down[0][:, np.newaxis] * buffers.gradients[1:]
        gc = down[1][:, np.newaxis] * buffers.cell_gradients[1:]
        # Above 0 only where a record says more, below.
        before = np.ldexp(1.0, buffers.state_exponents[:-1].clip(-4000, 0).astype(int))
        with np.errstate(invalid="ignore"):
            through = (
                gc * values[:, G],
                gc * before[:, np.newaxis] * buffers.cells[:-1],
                gc * values[:, I],
                gh * values[:, C],
            )
        # Values of steps beyond float64 are inf here, until their records take the place.
        with np.errstate(invalid="ignore"):
            rows = np.stack(through, axis=1) * slopes[:, :GATES]
        for t in steps_beyond(buffers):
            of_step = lstm_beyond.deltas(experiment, buffers, t)
            exponents[t - 1] = max(one.top for one in of_step)
            rows[t - 1] = [one.over(exponents[t - 1]).ravel() for one in of_step]
        return self.by_row(experiment, rows), exponents

    _beyond = lstm_beyond

    def _named(self, buffers: Any) -> Buffers:
        return Buffers(*buffers)
