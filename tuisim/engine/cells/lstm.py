"""The lstm cell: its forward kernel beside its backward kernel.

    i, f, o = σ(W_• h_{t−1} + b_• + x_•t) (f gets + forget_bias),  g = φ(W_g h_{t−1} + b_g + x_gt)
    c_t = f·c_{t−1} + i·g,   h_t = o·φ(c_t)

Hochreiter & Schmidhuber 1997; the forget gate is that of Gers, Schmidhuber & Cummins 2000.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.memory import empty
from tuisim.engine.cells.beyond import lstm_beyond
from tuisim.engine.cells.beyond.common import Records, steps_beyond
from tuisim.engine.cells.gated import (
    LARGE,
    Gated,
    Settings,
    add_input,
    leaves_float64,
    phi_into,
    pre_activations,
    scale_before,
    to_scale,
    to_true,
)
from tuisim.engine.cells.kind import Factor
from tuisim.engine.cells.network import Network
from tuisim.engine.cells.template import kernels
from tuisim.engine.kernels.activations import sigmoid_into
from tuisim.engine.kernels.jit import part
from tuisim.engine.kernels.lanes import AT_ONCE, load_some, store_some
from tuisim.engine.kernels.scales import (
    APART,
    any_apart,
    any_entry,
    any_near_kink,
    leaves,
    note_pair,
)
from tuisim.engine.kernels.vectors import (
    NOTHING,
    careful_square_sum,
    faint,
    log10_norm,
    log10_norms,
    multiply_sum,
    power_of_two,
    raise_to_one,
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
    state_exponents: Array
    gradient_exponents: Array
    hidden_log10: Array
    gradient_log10: Array
    values: Array
    cells: Array
    cell_gradients: Array
    cell_gradient_exponents: Array
    cell_log10: Array
    cell_gradient_log10: Array
    beyond: Records
    gradients_beyond: Records


@part
def note(p: Settings, arrays: tuple[Array, ...], t: int) -> None:
    """As the template's, of h_t and c_t together."""
    note_pair(arrays[0], arrays[8], t, arrays[3], arrays[5], arrays[11], p.scaling)


@part
def seed(arrays: tuple[Array, ...], t: int) -> None:
    """As the template's: there is no gradient at c_t yet."""
    _, gradients, _, _, exponents, _, log10, _, _, cell_gradients, cell_exponents, _, _ = arrays
    settle(gradients, t, exponents, log10)
    for i in range(cell_gradients.shape[1]):
        cell_gradients[t, i] = 0.0
    cell_exponents[t] = NOTHING


@part
def apart(p: Settings, arrays: tuple[Array, ...], t: int) -> bool:
    """As the template's, of both gradients: that at c_t is not whole yet, that at c_{t+1} is."""
    of_h, of_c = arrays[4][t], arrays[10][t]
    far = abs(of_h - of_c) > -math.log2(APART) and min(of_h, of_c) != NOTHING
    return far or any_apart(arrays[1], t) or any_apart(arrays[9], t + 1)


@part
def keep_and_put(values: Array, cells: Array, t: int, carried: float) -> None:
    """c_{t+1} = f·carried·c_t + i·g."""
    size, row = cells.shape[1], ROWS * t
    for i in range(0, size, AT_ONCE):
        count = min(size - i, AT_ONCE)
        at = row * size + i
        kept = load_some(values, at + F * size, count) * (
            carried * load_some(cells, t * size + i, count)
        )
        put = load_some(values, at + I * size, count) * load_some(values, at + G * size, count)
        store_some(kept + put, cells, (t + 1) * size + i, count)


@part
def show(values: Array, states: Array, t: int) -> None:
    """h_{t+1} = o·φ(c_{t+1})."""
    size, row = states.shape[1], ROWS * t
    for i in range(0, size, AT_ONCE):
        count = min(size - i, AT_ONCE)
        at = row * size + i
        shown = load_some(values, at + O * size, count) * load_some(values, at + C * size, count)
        store_some(shown, states, (t + 1) * size + i, count)


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
    """h_{t+1} and c_{t+1}; arguments as tuisim.engine.cells.template says."""
    states, _, slopes, exponents, _, log10, _, values, cells, _, _, cell_log10, _ = arrays
    size = states.shape[1]
    row = ROWS * t
    pre_activations(p, GATES, transposed, bias, states, t, k, a)
    if p.driven:
        for gate in range(GATES):
            add_input(drive, x + gate, a, gate)
    tangent, carried, exponent = to_scale(a, GATES, G, exponents[t])
    for i in range(size):
        a[F, i] += p.gate_bias
    sigmoid_into(a, I, values, row + I, slopes, row + I)
    sigmoid_into(a, F, values, row + F, slopes, row + F)
    sigmoid_into(a, O, values, row + O, slopes, row + O)
    phi_into(p, tangent, a, G, values, row + G, slopes, row + G)
    keep_and_put(values, cells, t, carried)
    phi_into(p, tangent, cells, t + 1, values, row + C, slopes, row + C)
    if p.slope_below != p.slope_above and (any_near_kink(a, G) or any_near_kink(cells, t + 1)):
        return False
    if leaves_float64(p, slopes, row, G, GATES, ROWS):
        return False
    show(values, states, t)
    if tangent:
        to_true(values, row + G, exponent)
        to_true(values, row + C, exponent)
    exponents[t + 1] = exponent
    note_pair(states, cells, t + 1, exponents, log10, cell_log10, p.scaling)
    # φ(c) may truly be 0, of which o shows nothing.
    shown = log10[t + 1] == -np.inf and any_entry(values, row + C)
    return not (leaves(log10, exponents, t, shown) or leaves(cell_log10, exponents, t, True))


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
    """∂L/∂h_{t−1} and ∂L/∂c_{t−1}; arguments as tuisim.engine.cells.template says.

    What reaches c_first by way of h_first is added when the steps before it are gone through; the
    oldest state has no such path, being given.
    """
    (
        _,
        gradients,
        slopes,
        state_exponents,
        exponents,
        _,
        log10,
        values,
        cells,
        cell_gradients,
        cell_exponents,
        _,
        cell_log10,
    ) = arrays
    size = gradients.shape[1]
    row = ROWS * (t - 1)
    exponent: float = max(exponents[t], cell_exponents[t])
    from_h = power_of_two(exponents[t] - exponent)
    from_c = power_of_two(cell_exponents[t] - exponent)
    before = power_of_two(state_exponents[t - 1])
    for i in range(0, size, AT_ONCE):
        count = min(size - i, AT_ONCE)
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
    top, turned = int(np.int64(0)), t % 2 == 1
    multiply_sum(matrices, k, GATES, delta, top, gradients, t - 1, p.batch, False, turned)
    of_delta = exponent
    if faint(gradients, t - 1):
        raised = raise_to_one(delta)
        if raised != 0.0:
            multiply_sum(matrices, k, GATES, delta, top, gradients, t - 1, p.batch, False, turned)
            of_delta += raised
    exponents[t - 1] = of_delta
    settle(gradients, t - 1, exponents, log10)
    # A zero vector must not drag the other one's numbers up to its scale, and so to 0.
    if log10[t - 1] == -np.inf:
        exponents[t - 1] = NOTHING
    cell_exponents[t] = exponent
    settle(cell_gradients, t, cell_exponents, cell_log10)
    if cell_log10[t] == -np.inf:
        cell_exponents[t] = NOTHING
    for i in range(0, size, AT_ONCE):
        count = min(size - i, AT_ONCE)
        kept = load_some(values, (row + F) * size + i, count)
        kept = kept * load_some(cell_gradients, t * size + i, count)
        store_some(kept, cell_gradients, (t - 1) * size + i, count)
    cell_exponents[t - 1] = cell_exponents[t]
    if t - 1 == first:
        # Noted and left as it is: where the steps before follow, it is not whole yet.
        square, extra = careful_square_sum(cell_gradients, first)
        cell_log10[first] = log10_norm(square, cell_exponents[first] + extra)
    return of_delta


forward, backward, passes, parts = kernels(
    __name__,
    Buffers,
    Settings=Settings,
    gates=GATES,
    note=note,
    seed=seed,
    apart=apart,
    step=_step,
    step_back=_step_back,
)


class Lstm(Gated):
    """Long short-term memory."""

    name = "lstm"
    buffers = Buffers
    evaluated = ("gate", "gate", "φ", "gate", "φ")
    vectors = 2

    def own_arrays(
        self, experiment: Experiment, members: int, capacity: int, any_norm: bool
    ) -> tuple[Array, ...]:
        size, by_step = experiment.batch * experiment.width, (members, capacity + 1)
        cells = empty(*by_step, size)
        # Nothing was kept before the first step.
        cells[:, 0] = 0.0
        values = empty(members, capacity * ROWS, size)
        curves = np.empty(by_step), np.empty(by_step), np.empty(by_step)
        return values, cells, empty(*by_step, size), *curves

    def put_beside_start(self, network: Network, buffers: Any) -> None:
        if network.cell_start is not None:
            buffers.cells[0] = network.cell_start.ravel()

    forward = staticmethod(forward)
    backward = staticmethod(backward)
    passes = staticmethod(passes)
    parts = parts

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
        return self.by_row(experiment, buffers, rows, exponents)

    def step_factors(
        self, experiment: Experiment, network: Network, buffers: Any, t: int
    ) -> tuple[Factor, ...]:
        """(h, c) ↦ c_t, then h_t = o·φ(c_t): the second step's Jacobian times the first one's."""
        n = experiment.width
        rows = slice((t - 1) * ROWS, t * ROWS)
        values, slopes = buffers.values[rows].clip(-LARGE, LARGE), buffers.slopes[rows]
        weights = network.matrices_at(t, experiment.tied)
        put = values[G] * slopes[I]
        kept = scale_before(buffers, t) * buffers.cells[t - 1] * slopes[F]
        taken = values[I] * slopes[G]
        first = np.zeros((2 * n, 2 * n))
        first[:n, :n] = (values[C] * slopes[O])[:, None] * weights[O]
        first[n:, :n] = (
            put[:, None] * weights[I] + kept[:, None] * weights[F] + taken[:, None] * weights[G]
        )
        first[n:, n:] = np.diag(values[F])
        second = np.eye(2 * n)
        second[:n, n:] = np.diag(values[O] * slopes[C])
        return second, first

    def with_input(
        self, experiment: Experiment, name: str, a: Array, x: Array, found: dict[str, Array]
    ) -> Array:
        return a + x + experiment.forget_bias if name == "f" else a + x

    _beyond = lstm_beyond
    kept_by = "forget_bias"


CELL = Lstm()
