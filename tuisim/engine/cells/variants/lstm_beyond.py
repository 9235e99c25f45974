"""Steps of the lstm cell with a trained layer's gates that leave float64, in numbers of any size.

The equations, and the order of the gates, are those of tuisim.engine.cells.variants.lstm.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tuisim.engine.cells.beyond import lstm_beyond as plain
from tuisim.engine.cells.beyond.common import gradient, put_gradient, state
from tuisim.engine.cells.gated import pre_activations_beyond, pulled_back_beyond
from tuisim.engine.cells.network import Network
from tuisim.engine.cells.variants.gates import gate_beyond, hard_slope
from tuisim.engine.maths.extended import Extended, activated
from tuisim.values.experiment import Experiment

deltas, carried_part = plain.deltas, plain.carried_part


def step(e: Experiment, network: Network, buffers: Any, done: int, t: int, scaling: int) -> None:
    """h_{t+1} and c_{t+1} from those of t, the network's own first `done` steps being behind."""
    h, c, hard = state(e, buffers, t), plain.cell(e, buffers, t), hard_slope(network)
    p_i, p_f, p_o = _peepholes(e, network)
    sums, inputs = pre_activations_beyond(e, network, h, done)
    a_i, a_f, a_g, a_o = (a + x for a, x in zip(sums, inputs, strict=True))
    bias = Extended.of(np.full_like(a_f.m, e.forget_bias))
    i, i_slope, _ = gate_beyond(hard, a_i + p_i * c)
    f, f_slope, _ = gate_beyond(hard, a_f + bias + p_f * c)
    g, g_slope = activated(e.activation, a_g)
    c = f * c + i * g
    o, o_slope, _ = gate_beyond(hard, a_o + p_o * c)
    shown, c_slope = activated(e.activation, c)
    values, slopes = (i, f, g, o, shown), (i_slope, f_slope, g_slope, o_slope, c_slope)
    plain.note(buffers, t, o * shown, c, values, slopes, scaling)


def step_back(
    e: Experiment, network: Network, buffers: Any, done: int, t: int, floor: int, adding: bool
) -> None:
    """∂L/∂h_{t−1} and ∂L/∂c_{t−1} as far as it is known, from those of t."""
    (_, f, _, o, shown), slopes = plain.evaluated(e, buffers, t)
    p_i, p_f, p_o = _peepholes(e, network)
    gh, of_c = gradient(e, buffers, t), plain.cell_rows(buffers)
    of_o = gh * shown * slopes[3]
    gc = plain.cell_gradient(e, buffers, t) + gh * o * slopes[4] + of_o * p_o
    put_gradient(gh, buffers, t, (gc, of_c))
    of_gates = deltas(e, buffers, t)
    gh = pulled_back_beyond(e, network, of_gates, done)
    heard = of_gates[0] * p_i + of_gates[1] * p_f
    put_gradient(gh, buffers, t - 1, (f * gc + heard, of_c))


def _peepholes(e: Experiment, network: Network) -> list[Extended]:
    """p of i, f and o, (B, n) each."""
    shape = e.batch, e.width
    found = np.zeros((3, e.width)) if network.peepholes is None else network.peepholes
    return [Extended.of(np.broadcast_to(one, shape)) for one in found]
