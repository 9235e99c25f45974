"""Steps of the gru cell with a trained layer's gates that leave float64, in numbers of any size.

The equations, and the order of the gates, are those of tuisim.engine.cells.variants.gru.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.beyond import gru_beyond as plain
from tuisim.engine.cells.beyond.common import back, forth, gradient, put_gradient, state
from tuisim.engine.cells.gated import any_size_factors, pre_activations_beyond
from tuisim.engine.cells.kind import Factor
from tuisim.engine.cells.network import Network
from tuisim.engine.cells.variants.gates import gate_beyond, hard_slope, rest_of_gates
from tuisim.engine.maths.extended import Extended, activated
from tuisim.values.experiment import Experiment

_GATES = 3
_R, _Z, _M = range(_GATES)


def step(e: Experiment, network: Network, buffers: Any, done: int, t: int, scaling: int) -> None:
    """h_{t+1} from h_t, the network's own first `done` steps being behind."""
    h, hard = state(e, buffers, t), hard_slope(network)
    (a_r, a_z, q), (x_r, x_z, x_m) = pre_activations_beyond(e, network, h, done)
    more = Extended.of(np.full((e.batch, e.width), e.update_bias))
    r, r_slope, _ = gate_beyond(hard, a_r + x_r)
    z, z_slope, closed = gate_beyond(hard, a_z + x_z + more)
    if network.reset == "before":
        q = r * h
        own = np.broadcast_to(network.inside[_M], (e.batch, e.width))
        a_m = forth(network, q, _M) + Extended.of(own)
    else:
        a_m = r * q
    m, m_slope = activated(e.activation, a_m + x_m)
    h = closed * m + z * h
    plain.note(buffers, t, h, (r, z, m, q, closed), (r_slope, z_slope, m_slope), scaling)


def _evaluated(
    e: Experiment, network: Network, buffers: Any, t: int
) -> tuple[tuple[Extended, ...], ...]:
    """As the plain cell's; in place of q there is r·h_{t−1} with a reset before the product."""
    hard = hard_slope(network)
    return plain.evaluated(e, buffers, t, lambda z, slope: rest_of_gates(hard, z, slope))


def heard(e: Experiment, network: Network, buffers: Any, t: int) -> Extended:
    """r·h_{t−1}, (B, n), of a gru that resets before the product."""
    return _evaluated(e, network, buffers, t)[0][3]


def factors(
    e: Experiment, network: Network, buffers: Any, t: int, weights: Array
) -> tuple[Factor, ...]:
    """A step's Jacobian with rows of any size: their scales on a diagonal."""
    (r, z, m, q, closed), (r_slope, z_slope, m_slope) = _evaluated(e, network, buffers, t)
    h, inner = state(e, buffers, t - 1), closed * m_slope
    old = (h + -m) * z_slope
    if network.reset == "after":
        return any_size_factors(z, (inner * q * r_slope, old, inner * r), weights)
    inside = np.diag(r.floats()[0]) + (h * r_slope).floats().T * weights[_R]
    matrices = np.stack([weights[_Z], weights[_M] @ inside])
    return any_size_factors(z, (old, inner), matrices)


def _deltas(
    e: Experiment, network: Network, buffers: Any, t: int
) -> tuple[Extended, Extended, Extended, Extended]:
    """∂L/∂(W_gate s_t), (B, n) each, and W_mᵀ δ_m."""
    (r, _, m, q, closed), (r_slope, z_slope, m_slope) = _evaluated(e, network, buffers, t)
    g, h = gradient(e, buffers, t), state(e, buffers, t - 1)
    inner = g * closed * m_slope
    of_z = g * (h + -m) * z_slope
    if network.reset == "after":
        return inner * q * r_slope, of_z, inner * r, back(network, inner * r, _M)
    pulled = back(network, inner, _M)
    return pulled * h * r_slope, of_z, inner, pulled


def deltas(e: Experiment, network: Network, buffers: Any, t: int) -> tuple[Extended, ...]:
    """∂L/∂(W_gate s_t), (B, n) each."""
    return _deltas(e, network, buffers, t)[:_GATES]


def drive_deltas(
    e: Experiment, network: Network, buffers: Any, t: int
) -> tuple[Extended, Extended, Extended]:
    """∂L/∂x_gate, (B, n) each: the candidate's is added behind a reset after the product."""
    (_, _, _, _, closed), (_, _, m_slope) = _evaluated(e, network, buffers, t)
    of_r, of_z, _, _ = _deltas(e, network, buffers, t)
    return of_r, of_z, gradient(e, buffers, t) * closed * m_slope


def step_back(
    e: Experiment, network: Network, buffers: Any, done: int, t: int, floor: int, adding: bool
) -> None:
    """∂L/∂h_{t−1} from ∂L/∂h_t."""
    values, _ = _evaluated(e, network, buffers, t)
    of_r, of_z, _, pulled = _deltas(e, network, buffers, t)
    if network.reset == "before":
        pulled = values[_R] * pulled
    whole = values[_Z] * gradient(e, buffers, t) + pulled
    put_gradient(whole + back(network, of_r, _R) + back(network, of_z, _Z), buffers, t - 1)
