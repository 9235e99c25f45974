"""Steps of the lstm cell that leave float64, in numbers of any size.

The equations, and the order of the gates, are those of tuisim.engine.cells.lstm.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tuisim.engine.cells.beyond.common import (
    GradientRows,
    Step,
    common_exponent,
    gradient,
    put,
    put_gradient,
    state,
)
from tuisim.engine.cells.gated import note_step, of_step, pre_activations_beyond, pulled_back_beyond
from tuisim.engine.cells.network import Network
from tuisim.engine.maths.extended import Extended, activated
from tuisim.values.experiment import Experiment

# i f g o and φ(c).
_ROWS = 5


def step(e: Experiment, network: Network, buffers: Any, done: int, t: int, scaling: int) -> None:
    """h_{t+1} and c_{t+1} from those of t, the network's own first `done` steps being behind."""
    h, c = state(e, buffers, t), cell(e, buffers, t)
    sums, inputs = pre_activations_beyond(e, network, h, done)
    a_i, a_f, a_g, a_o = (a + x for a, x in zip(sums, inputs, strict=True))
    bias = Extended.of(np.full_like(a_f.m, e.forget_bias))
    (i, i_slope), (f, f_slope) = activated("sigmoid", a_i), activated("sigmoid", a_f + bias)
    (g, g_slope), (o, o_slope) = activated(e.activation, a_g), activated("sigmoid", a_o)
    c = f * c + i * g
    shown, c_slope = activated(e.activation, c)
    values, slopes = (i, f, g, o, shown), (i_slope, f_slope, g_slope, o_slope, c_slope)
    note(buffers, t, o * shown, c, values, slopes, scaling)


def note(
    buffers: Any,
    t: int,
    h: Extended,
    c: Extended,
    values: tuple[Extended, ...],
    slopes: tuple[Extended, ...],
    scaling: int,
) -> None:
    """Write h_{t+1} and c_{t+1}, and what their step came over, and leave a record."""
    note_step(buffers.values, t, values)
    note_step(buffers.slopes, t, slopes)
    exponent = common_exponent((h, c), scaling)
    on = max(h.top, c.top, -1e9) if exponent is None else exponent
    put(c, buffers.cells, buffers.state_exponents, t + 1, on)
    put(h, buffers.states, buffers.state_exponents, t + 1, on)
    buffers.hidden_log10[t + 1], buffers.cell_log10[t + 1] = h.log10_norm, c.log10_norm
    buffers.beyond[t + 1] = Step((h, c) if exponent is None else (), values, slopes)


def cell(e: Experiment, buffers: Any, t: int) -> Extended:
    """c_t, (B, n)."""
    return state(e, buffers, t, 1, buffers.cells)


def cell_gradient(e: Experiment, buffers: Any, t: int) -> Extended:
    """∂L/∂c_t, as far as it is known, (B, n)."""
    return gradient(e, buffers, t, 1, cell_rows(buffers))


def cell_rows(buffers: Any) -> GradientRows:
    """Where ∂L/∂c lies."""
    found = buffers.cell_gradients, buffers.cell_gradient_exponents, buffers.cell_gradient_log10
    return GradientRows(*found)


def evaluated(e: Experiment, buffers: Any, t: int) -> tuple[tuple[Extended, ...], ...]:
    """Values i f g o φ(c), and slopes, (B, n) each."""
    record = buffers.beyond[t] or Step((), (), ())
    values = of_step(e, buffers.values, record.values, t, _ROWS)
    return values, of_step(e, buffers.slopes, record.slopes, t, _ROWS)


def deltas(e: Experiment, buffers: Any, t: int) -> tuple[Extended, ...]:
    """∂L/∂(W_gate h_{t−1}), (B, n) each, once ∂L/∂c_t is whole."""
    (i, _, g, _, shown), slopes = evaluated(e, buffers, t)
    gh, gc = gradient(e, buffers, t), cell_gradient(e, buffers, t)
    through = (gc * g, gc * cell(e, buffers, t - 1), gc * i, gh * shown)
    return tuple(one * slope for one, slope in zip(through, slopes, strict=False))


def carried_part(e: Experiment, buffers: Any, t: int) -> float:
    """log10 ‖f_t · ∂L/∂c_t‖."""
    return (evaluated(e, buffers, t)[0][1] * cell_gradient(e, buffers, t)).log10_norm


def step_back(
    e: Experiment, network: Network, buffers: Any, done: int, t: int, floor: int, adding: bool
) -> None:
    """∂L/∂h_{t−1} and ∂L/∂c_{t−1} as far as it is known, from those of t."""
    (_, f, _, o, _), slopes = evaluated(e, buffers, t)
    gh, of_c = gradient(e, buffers, t), cell_rows(buffers)
    gc = cell_gradient(e, buffers, t) + gh * o * slopes[4]
    put_gradient(gh, buffers, t, (gc, of_c))
    gh = pulled_back_beyond(e, network, deltas(e, buffers, t), done)
    put_gradient(gh, buffers, t - 1, (f * gc, of_c))
