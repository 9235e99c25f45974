"""Steps of the gru cell that leave float64, in numbers of any size.

The equations, and the order of the gates, are those of tuisim.engine.cells.gru.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.beyond.common import (
    Step,
    common_exponent,
    gradient,
    put,
    put_gradient,
    state,
)
from tuisim.engine.cells.gated import (
    any_size_factors,
    note_step,
    of_step,
    pre_activations_beyond,
    pulled_back_beyond,
    rest,
)
from tuisim.engine.cells.kind import Factor
from tuisim.engine.cells.network import Network
from tuisim.engine.maths.extended import Extended, activated
from tuisim.values.experiment import Experiment

# r z m and W_m h + b_m in values; of slopes one less.
_ROWS, _GATES = 4, 3


def step(e: Experiment, network: Network, buffers: Any, done: int, t: int, scaling: int) -> None:
    """h_{t+1} from h_t, the network's own first `done` steps being behind."""
    h = state(e, buffers, t)
    (a_r, a_z, q), (x_r, x_z, x_m) = pre_activations_beyond(e, network, h, done)
    a_z = a_z + x_z + Extended.of(np.full((e.batch, e.width), e.update_bias))
    (r, r_slope), (z, z_slope) = activated("sigmoid", a_r + x_r), activated("sigmoid", a_z)
    m, m_slope = activated(e.activation, r * q + x_m)
    closed = activated("sigmoid", -a_z)[0]
    h = closed * m + z * h
    note(buffers, t, h, (r, z, m, q, closed), (r_slope, z_slope, m_slope), scaling)


def note(
    buffers: Any,
    t: int,
    h: Extended,
    values: tuple[Extended, ...],
    slopes: tuple[Extended, ...],
    scaling: int,
) -> None:
    """Write h_{t+1}, and what its step came over, and leave a record.

    Args:
        values, slopes: as `evaluated` gives them.
    """
    note_step(buffers.values, t, values[:_ROWS])
    note_step(buffers.slopes, t, slopes)
    exponent = common_exponent((h,), scaling)
    put(h, buffers.states, buffers.state_exponents, t + 1, exponent)
    buffers.hidden_log10[t + 1] = h.log10_norm
    buffers.beyond[t + 1] = Step((h,) if exponent is None else (), values, slopes)


def evaluated(
    e: Experiment, buffers: Any, t: int, rest_of: Callable[[Array, Array], Array] = rest
) -> tuple[tuple[Extended, ...], ...]:
    """Values r z m q, 1 − z behind them, and slopes, (B, n) each.

    Args:
        rest_of: 1 − z of z and its slope.
    """
    record = buffers.beyond[t] or Step((), (), ())
    values = of_step(e, buffers.values, record.values, t, _ROWS)
    slopes = of_step(e, buffers.slopes, record.slopes, t, _GATES)
    if len(values) == _ROWS:
        values = (*values, Extended.of(rest_of(values[1].floats(), slopes[1].floats())))
    return values, slopes


def factors(e: Experiment, buffers: Any, t: int, weights: Array) -> tuple[Factor, ...]:
    """A step's Jacobian with rows of any size: their scales on a diagonal."""
    (r, z, m, q, closed), (r_slope, z_slope, m_slope) = evaluated(e, buffers, t)
    inner = closed * m_slope
    old = (state(e, buffers, t - 1) + -m) * z_slope
    return any_size_factors(z, (inner * q * r_slope, old, inner * r), weights)


def deltas(e: Experiment, buffers: Any, t: int) -> tuple[Extended, ...]:
    """∂L/∂(W_gate h_{t−1}), (B, n) each."""
    of_r, of_z, inner = drive_deltas(e, buffers, t)
    return of_r, of_z, inner * evaluated(e, buffers, t)[0][0]


def drive_deltas(e: Experiment, buffers: Any, t: int) -> tuple[Extended, ...]:
    """∂L/∂x_gate, (B, n) each: the candidate's is added behind the reset gate."""
    (_, _, m, q, closed), (r_slope, z_slope, m_slope) = evaluated(e, buffers, t)
    g = gradient(e, buffers, t)
    inner = g * closed * m_slope
    return inner * q * r_slope, g * (state(e, buffers, t - 1) + -m) * z_slope, inner


def carried_part(e: Experiment, buffers: Any, t: int) -> float:
    """log10 ‖z_t · ∂L/∂h_t‖."""
    return (evaluated(e, buffers, t)[0][1] * gradient(e, buffers, t)).log10_norm


def step_back(
    e: Experiment, network: Network, buffers: Any, done: int, t: int, floor: int, adding: bool
) -> None:
    """∂L/∂h_{t−1} from ∂L/∂h_t."""
    z = evaluated(e, buffers, t)[0][1]
    new = z * gradient(e, buffers, t)
    put_gradient(new + pulled_back_beyond(e, network, deltas(e, buffers, t), done), buffers, t - 1)
