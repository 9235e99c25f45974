"""The rnn cell taken apart at its states: a step's Jacobian as factors, and pre-activations."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.kind import Factor
from tuisim.engine.cells.network import Network
from tuisim.engine.kernels.normalisation import NORM_FLOOR
from tuisim.values.experiment import Experiment


def step_factors(
    experiment: Experiment, network: Network, buffers: Any, t: int
) -> tuple[Factor, ...]:
    """carry·I + leak·diag(φ′)·N′·W, N′ the Jacobian of layer norm or the identity."""
    record = buffers.beyond[t]
    if record is not None and record.slopes and experiment.leak == 1.0 and not experiment.residual:
        return _beyond(experiment, network, buffers, t)
    weights = network.weights_by_step[0 if experiment.tied else t - 1]
    slopes = experiment.leak * buffers.slopes[t - 1]
    carry = 1.0 - experiment.leak + experiment.residual
    if experiment.norm == "none":
        jacobian = slopes[:, None] * weights
        return (jacobian + carry * np.eye(experiment.width) if carry else jacobian,)
    normalised, inverse = buffers.normalised[t - 1], buffers.inverse[t - 1, 0]
    basis, sizes = _layer_norm(normalised, inverse)
    outer, inner = (slopes * inverse)[:, None] * basis, basis.T @ weights
    if carry == 0.0:
        return outer, sizes, inner
    return (outer @ (sizes[:, None] * inner) + carry * np.eye(experiment.width),)


def _beyond(experiment: Experiment, network: Network, buffers: Any, t: int) -> tuple[Factor, ...]:
    """diag(φ′)·N′·W where slopes, or one over a standard deviation, leave float64."""
    weights = network.weights_by_step[0 if experiment.tied else t - 1]
    record = buffers.beyond[t]
    slopes = record.slopes[0].reshape(-1)
    if experiment.norm == "none":
        return slopes, weights
    unit, inverse = record.values
    basis, sizes = _layer_norm(unit.floats().reshape(-1), float(inverse.floats()[0, 0]))
    return slopes * inverse.reshape(-1), basis, sizes, basis.T @ weights


def _layer_norm(normalised: Array, inverse: float) -> tuple[Array, Array]:
    """N′ · σ = I − 11ᵀ/n − ââᵀ/n as basis · diag(sizes) · basisᵀ.

    Everything along 1 is lost, and along â all but 1 − |â|²/n = 1e-12/σ², which is no
    difference to take between two numbers near 1.

    Args:
        normalised: (n,), â. inverse: 1/σ.

    Returns:
        basis (n, n − 1), orthonormal, and sizes (n − 1,).
    """
    plane = _orthogonal_to_ones(normalised.size)
    sizes = np.ones(plane.shape[1])
    sizes[-1:] = NORM_FLOOR * inverse * inverse
    along = normalised @ plane
    length = float(np.linalg.norm(along))
    if length == 0.0:
        return plane, sizes
    # The reflection that turns the last axis onto â.
    along = along / length
    along[-1] += math.copysign(1.0, along[-1])
    return plane - np.outer(plane @ along, along / abs(along[-1])), sizes


@functools.lru_cache(maxsize=8)
def _orthogonal_to_ones(n: int) -> Array:
    """Orthonormal columns (n, n − 1) that 1 is orthogonal to: those of a reflection."""
    mirror = np.full(n, 1.0 / math.sqrt(n))
    mirror[0] += 1.0
    plane: Array = (np.eye(n) - np.outer(mirror, mirror / mirror[0]))[:, 1:]
    plane.flags.writeable = False
    return plane


def pre_activations(
    e: Experiment, network: Network, states: Sequence[Array], first: int, last: int
) -> dict[str, Array]:
    """a_t = N(W_t s_t + b_t + x_t) for first < t ≤ last, (steps, batch, n)."""
    h = states[0]
    source = h[first:last]
    if e.skip:
        back = np.maximum(np.arange(first + 1, last + 1) - e.skip, 0)
        source = (1 - e.skip_share) * source + e.skip_share * h[back]
    with np.errstate(over="ignore", invalid="ignore"):
        if e.tied:
            a = source @ network.weights.T + network.bias
        else:
            a = np.matmul(source, network.weights[first:last].transpose(0, 2, 1))
            a += network.bias[first:last, np.newaxis]
        a += network.drive[first:last]
        if e.norm != "none":
            axis = 1 if e.norm == "batch" else 2
            a -= a.mean(axis=axis, keepdims=True)
            a /= np.sqrt((a * a).mean(axis=axis, keepdims=True) + NORM_FLOOR)
    return {"a": a}
