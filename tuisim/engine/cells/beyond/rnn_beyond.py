"""Steps of the rnn cell that leave float64, in numbers of any size.

The equations are those of tuisim.engine.cells.rnn.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tuisim.engine.cells.beyond.common import (
    Step,
    back,
    common_exponent,
    forth,
    gradient,
    put,
    put_gradient,
    state,
)
from tuisim.engine.cells.network import Network
from tuisim.engine.maths.extended import Extended, activated, normalised, normalised_back
from tuisim.values.experiment import Experiment


def step(e: Experiment, network: Network, buffers: Any, done: int, t: int, scaling: int) -> None:
    """h_{t+1} from h_t, the network's own first `done` steps being behind."""
    k = 0 if e.tied else done
    h = state(e, buffers, t)
    source, drive = _source(e, buffers, t), network.drive_rows[done].reshape(e.batch, e.width)
    # What all rows share batch norm takes out again: what is left would be lost beside it.
    batch_norm = e.norm == "batch"
    if batch_norm:
        source, drive = source + -source[:1], drive - drive[:1]
    a = forth(network, source, k)
    if network.biased and not batch_norm:
        a = a + Extended.of(np.broadcast_to(network.bias_rows[k], (e.batch, e.width)))
    if network.driven:
        a = a + Extended.of(drive)
    values: tuple[Extended, ...] = ()
    if e.norm != "none":
        a, inverse = normalised(e, a)
        values = a, inverse
        buffers.normalised[t] = a.floats().ravel()
        buffers.inverse[t, : inverse.m.size] = inverse.floats().ravel()
    value, slope = activated(e.activation, a)
    new, carry = value * e.leak, 1.0 - e.leak + e.residual
    if carry != 0.0:
        new = new + h * carry
    buffers.slopes[t] = slope.floats().ravel()
    exponent = common_exponent((new,), scaling)
    put(new, buffers.states, buffers.state_exponents, t + 1, exponent)
    buffers.hidden_log10[t + 1] = new.log10_norm
    buffers.beyond[t + 1] = Step((new,) if exponent is None else (), values, (slope,))


def _source(e: Experiment, buffers: Any, t: int) -> Extended:
    """s_{t+1}."""
    if e.skip == 0:
        return state(e, buffers, t)
    near, far = 1.0 - e.skip_share, e.skip_share
    shares = [(near, t), (far, max(t + 1 - e.skip, 0))]
    first, *rest = [state(e, buffers, at) * share for share, at in shares if share != 0.0]
    return first + rest[0] if rest else first


def delta(e: Experiment, buffers: Any, t: int, slope: Extended | None = None) -> Extended:
    """∂L/∂(W_t s_t), (B, n), with the slopes of step t or others."""
    record = buffers.beyond[t]
    if slope is None:
        kept = record is not None and record.slopes
        slope = record.slopes[0] if kept else Extended.of(_of_step(e, buffers.slopes, t))
    found = gradient(e, buffers, t) * slope * e.leak
    if e.norm == "none":
        return found
    if record is not None and record.values:
        return normalised_back(e, found, *record.values)
    groups = (1, e.width) if e.norm == "batch" else (e.batch, 1)
    inverse = buffers.inverse[t - 1, : max(groups)].reshape(groups)
    unit = _of_step(e, buffers.normalised, t)
    return normalised_back(e, found, Extended.of(unit), Extended.of(inverse))


def _of_step(e: Experiment, flat: Any, t: int) -> Any:
    return flat[t - 1].reshape(e.batch, e.width)


def matrix_part(e: Experiment, network: Network, buffers: Any, t: int) -> float:
    """log10 ‖∂L/∂h_{t−1}‖ had every slope at step t been 1."""
    one = Extended.of(np.ones((e.batch, e.width)))
    pulled = back(network, delta(e, buffers, t, one), 0 if e.tied else t - 1)
    carry = 1.0 - e.leak + e.residual
    return (pulled + gradient(e, buffers, t) * carry if carry else pulled).log10_norm


def step_back(
    e: Experiment, network: Network, buffers: Any, done: int, t: int, floor: int, adding: bool
) -> None:
    """∂L/∂h_{t−1} from ∂L/∂h_t; arguments as Cell.backward says."""
    pulled = back(network, delta(e, buffers, t), 0 if e.tied else done)
    carry, share = 1.0 - e.leak + e.residual, e.skip_share if e.skip else 0.0
    new = pulled if share == 0.0 else pulled * (1.0 - share)
    if carry != 0.0:
        new = new + gradient(e, buffers, t) * carry
    if adding:
        new = new + gradient(e, buffers, t - 1)
    put_gradient(new, buffers, t - 1)
    far = max(t - e.skip, 0)
    if share != 0.0 and far >= floor:
        put_gradient(gradient(e, buffers, far) + pulled * share, buffers, far)
