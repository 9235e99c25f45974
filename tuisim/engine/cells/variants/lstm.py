"""The lstm cell with a trained layer's gates: hard ones, or such as hear c through peepholes.

    i, f = gate(W_• h_{t−1} + b_• + x_•t + p_•·c_{t−1}) (f gets + forget_bias)
    g = φ(W_g h_{t−1} + b_g + x_gt),  c_t = f·c_{t−1} + i·g
    o = gate(W_o h_{t−1} + b_o + x_ot + p_o·c_t),  h_t = o·φ(c_t)

Gers, Schraudolph & Schmidhuber 2002. The peepholes lie in a row behind the matrices, one gate's
after the other's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.gated import (
    LARGE,
    add_input,
    phi_into,
    pre_activations,
    scale_before,
    to_scale,
    to_true,
)
from tuisim.engine.cells.kind import Factor
from tuisim.engine.cells.lstm import (
    GATES,
    ROWS,
    Buffers,
    C,
    F,
    G,
    I,
    O,
    apart,
    keep_and_put,
    note,
    seed,
    show,
)
from tuisim.engine.cells.lstm import Lstm as Plain
from tuisim.engine.cells.network import Network
from tuisim.engine.cells.template import kernels
from tuisim.engine.cells.variants import lstm_beyond
from tuisim.engine.cells.variants.gates import (
    Settings,
    Varied,
    any_lost,
    gate_into,
)
from tuisim.engine.kernels.jit import part, uncounted
from tuisim.engine.kernels.lanes import AT_ONCE, load_some, store_some
from tuisim.engine.kernels.scales import any_entry, any_near_kink, leaves
from tuisim.engine.kernels.vectors import (
    NOTHING,
    careful_square_sum,
    log10_norm,
    multiply_sum,
    power_of_two,
    settle,
)
from tuisim.values.experiment import Experiment


@part
def _hear_cells(
    p: Settings, packed: Array, place: int, cells: Array, t: int, a: Array, gate: int, scale: float
) -> None:
    """a[gate] += p_place · c_t · scale."""
    n = a.shape[1] // p.batch
    for b in range(p.batch):
        for j in range(n):
            heard = packed[GATES, place * n + j] * (scale * cells[t, b * n + j])
            a[gate, b * n + j] += heard


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
    """h_{t+1} and c_{t+1}; arguments as tuisim.engine.cells.template says."""
    states, _, slopes, exponents, _, log10, _, values, cells, _, _, cell_log10, _ = arrays
    size = states.shape[1]
    row = ROWS * t
    pre_activations(p, GATES, transposed, bias, states, t, k, a)
    if p.driven:
        for gate in range(GATES):
            add_input(drive, x + gate, a, gate)
    # On one scale, as h and c are.
    _hear_cells(p, transposed, 0, cells, t, a, I, 1.0)
    _hear_cells(p, transposed, 1, cells, t, a, F, 1.0)
    tangent, carried, exponent = to_scale(a, GATES, G, exponents[t])
    for i in range(size):
        a[F, i] += p.gate_bias
    gate_into(p, a, I, values, row + I, slopes, row + I)
    gate_into(p, a, F, values, row + F, slopes, row + F)
    phi_into(p, tangent, a, G, values, row + G, slopes, row + G)
    keep_and_put(values, cells, t, carried)
    _hear_cells(p, transposed, 2, cells, t + 1, a, O, power_of_two(exponent))
    gate_into(p, a, O, values, row + O, slopes, row + O)
    phi_into(p, tangent, cells, t + 1, values, row + C, slopes, row + C)
    if p.slope_below != p.slope_above and (any_near_kink(a, G) or any_near_kink(cells, t + 1)):
        return False
    if any_lost(p, slopes, row, G, GATES, ROWS):
        return False
    show(values, states, t)
    if tangent:
        to_true(values, row + G, exponent)
        to_true(values, row + C, exponent)
    exponents[t + 1] = exponent
    note(p, arrays, t + 1)
    # A hard gate is 0 where it is shut.
    kept = p.hard == 0.0
    shown = log10[t + 1] == -np.inf and any_entry(values, row + C)
    if leaves(log10, exponents, t, kept and shown):
        return False
    return not leaves(cell_log10, exponents, t, kept)


@part
def _deltas(
    p: Settings,
    packed: Array,
    arrays: tuple[Array, ...],
    delta: Array,
    t: int,
    from_h: float,
    from_c: float,
    before: float,
) -> None:
    """δ of every gate, and ∂L/∂c_t whole, on the scale that both gradients are brought to."""
    _, gradients, slopes, _, _, _, _, values, cells, cell_gradients, _, _, _ = arrays
    size = gradients.shape[1]
    n = size // p.batch
    row = ROWS * (t - 1)
    for b in range(p.batch):
        for j in range(0, n, AT_ONCE):
            count = min(n - j, AT_ONCE)
            i = b * n + j
            at = row * size + i
            gh = from_h * load_some(gradients, t * size + i, count)
            gc = from_c * load_some(cell_gradients, t * size + i, count)
            through = load_some(values, at + O * size, count)
            gc = gc + gh * through * load_some(slopes, at + C * size, count)
            shown = gh * load_some(values, at + C * size, count)
            of_o = shown * load_some(slopes, at + O * size, count)
            store_some(of_o, delta, O * size + i, count)
            gc = gc + of_o * load_some(packed, GATES * packed.shape[1] + 2 * n + j, count)
            store_some(gc, cell_gradients, t * size + i, count)
            put = gc * load_some(values, at + G * size, count)
            slope = load_some(slopes, at + I * size, count)
            store_some(put * slope, delta, I * size + i, count)
            kept = gc * (before * load_some(cells, (t - 1) * size + i, count))
            slope = load_some(slopes, at + F * size, count)
            store_some(kept * slope, delta, F * size + i, count)
            taken = gc * load_some(values, at + I * size, count)
            slope = load_some(slopes, at + G * size, count)
            store_some(taken * slope, delta, G * size + i, count)


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
    """∂L/∂h_{t−1} and ∂L/∂c_{t−1}, as that of the plain cell."""
    gradients, exponents, log10 = arrays[1], arrays[4], arrays[6]
    values, cell_gradients, cell_exponents, cell_log10 = (
        arrays[7],
        arrays[9],
        arrays[10],
        arrays[12],
    )
    size = gradients.shape[1]
    n = size // p.batch
    row = ROWS * (t - 1)
    exponent: float = max(exponents[t], cell_exponents[t])
    from_h = power_of_two(exponents[t] - exponent)
    from_c = power_of_two(cell_exponents[t] - exponent)
    _deltas(p, matrices, arrays, delta, t, from_h, from_c, power_of_two(arrays[3][t - 1]))
    top, turned = int(np.int64(0)), t % 2 == 1
    multiply_sum(matrices, k, GATES, delta, top, gradients, t - 1, p.batch, False, turned)
    exponents[t - 1] = exponent
    settle(gradients, t - 1, exponents, log10)
    if log10[t - 1] == -np.inf:
        exponents[t - 1] = NOTHING
    cell_exponents[t] = exponent
    settle(cell_gradients, t, cell_exponents, cell_log10)
    # A gradient of 0 has no scale, and there δ_i and δ_f are 0 too.
    back = power_of_two(exponent - cell_exponents[t]) if cell_log10[t] != -np.inf else 0.0
    if cell_log10[t] == -np.inf:
        cell_exponents[t] = NOTHING
    for b in range(p.batch):
        for j in range(n):
            i = b * n + j
            heard = matrices[GATES, j] * delta[I, i] + matrices[GATES, n + j] * delta[F, i]
            kept = values[row + F, i] * cell_gradients[t, i]
            cell_gradients[t - 1, i] = kept + back * heard
    cell_exponents[t - 1] = cell_exponents[t]
    if t - 1 == first:
        # Noted and left as it is: where the steps before follow, it is not whole yet.
        square, extra = careful_square_sum(cell_gradients, first)
        cell_log10[first] = log10_norm(square, cell_exponents[first] + extra)
    return exponent


with uncounted():
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


class Lstm(Varied, Plain):
    """Long short-term memory with a trained layer's gates."""

    forward = staticmethod(forward)
    backward = staticmethod(backward)
    passes = staticmethod(passes)
    parts = parts
    _beyond = lstm_beyond

    def step_factors(
        self, experiment: Experiment, network: Network, buffers: Any, t: int
    ) -> tuple[Factor, ...]:
        n, p = experiment.width, _peepholes(network)
        second, first = super().step_factors(experiment, network, buffers, t)
        assert isinstance(first, np.ndarray)
        assert isinstance(second, np.ndarray)
        rows = slice((t - 1) * ROWS, t * ROWS)
        values, slopes = buffers.values[rows].clip(-LARGE, LARGE), buffers.slopes[rows]
        before = scale_before(buffers, t) * buffers.cells[t - 1]
        heard = values[G] * slopes[I] * p[0] + before * slopes[F] * p[1]
        first[n:, n:] += np.diag(heard)
        second[:n, n:] += np.diag(values[C] * slopes[O] * p[2])
        return second, first

    def pre_activations(
        self,
        experiment: Experiment,
        network: Network,
        states: Sequence[Array],
        first: int,
        last: int,
    ) -> dict[str, Array]:
        found = super().pre_activations(experiment, network, states, first, last)
        if network.peepholes is not None:
            p, c = network.peepholes, states[1]
            found["i"] += p[0] * c[first:last]
            found["f"] += p[1] * c[first:last]
            found["o"] += p[2] * c[first + 1 : last + 1]
        return found


def _peepholes(network: Network) -> Array:
    return np.zeros((3, network.start.shape[1])) if network.peepholes is None else network.peepholes


CELL = Lstm()
