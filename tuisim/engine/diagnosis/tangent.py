"""The Jacobian of one step of each cell, as factors.

A step's Jacobian ∂h_t/∂h_{t−1} (of the joint state, where a cell carries more than h) is handed
over as matrices whose product it is: what is nearly singular by construction lies in a diagonal
factor, where it keeps its digits.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells import gru, gru_beyond, lstm
from tuisim.engine.cells.beyond import state
from tuisim.engine.cells.network import Network
from tuisim.engine.kernels.normalisation import NORM_FLOOR
from tuisim.engine.kernels.tails import ZERO
from tuisim.engine.maths.extended import Extended
from tuisim.values.experiment import Experiment

#: (experiment, network, one member's buffers, t) → the factors for 1 ≤ t ≤ T, leftmost first: each
#: (rows, columns), or (rows,) for a diagonal one.
StepFactors = Callable[[Experiment, Network, Any, int], tuple["Factor", ...]]

#: A factor: (rows, columns), or (rows,) for a diagonal one, of numbers of any size if need be.
Factor = Array | Extended

# A value past float64 stands beside a gate's slope of 0, and 0 times it is to be 0.
_LARGE = 1e300


class Tangent(NamedTuple):
    """What the tangent dynamics need of a cell.

    Attributes:
        vectors: how many vectors of n numbers a state is made of, h first.
        factors: those of a step's Jacobian.
    """

    vectors: int
    factors: StepFactors


def step_jacobian(experiment: Experiment, network: Network, buffers: Any, t: int) -> Array:
    """∂h_t/∂h_{t−1} of the joint state, (m, m) with m = vectors·n, for 1 ≤ t ≤ T.

    Args:
        buffers: one member's, after the forward pass; batch 1, no skip, no batch norm.
    """
    product = np.eye(TANGENTS[experiment.cell].vectors * experiment.width)
    for factor in reversed(TANGENTS[experiment.cell].factors(experiment, network, buffers, t)):
        factor = factor.floats() if isinstance(factor, Extended) else factor
        product = factor[:, None] * product if factor.ndim == 1 else factor @ product
    return product


def _rnn(experiment: Experiment, network: Network, buffers: Any, t: int) -> tuple[Factor, ...]:
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


def _lstm(experiment: Experiment, network: Network, buffers: Any, t: int) -> tuple[Array, ...]:
    """(h, c) ↦ c_t, then h_t = o·φ(c_t): the second step's Jacobian times the first one's."""
    n = experiment.width
    rows = slice((t - 1) * lstm.ROWS, t * lstm.ROWS)
    values, slopes = buffers.values[rows], buffers.slopes[rows]
    weights = _gates(experiment, network, t)
    values = values.clip(-_LARGE, _LARGE)
    before = math.ldexp(1.0, int(min(max(buffers.state_exponents[t - 1], -4000), 990)))
    put = values[lstm.G] * slopes[lstm.I]
    kept = before * buffers.cells[t - 1] * slopes[lstm.F]
    taken = values[lstm.I] * slopes[lstm.G]
    first = np.zeros((2 * n, 2 * n))
    first[:n, :n] = (values[lstm.C] * slopes[lstm.O])[:, None] * weights[lstm.O]
    first[n:, :n] = (
        put[:, None] * weights[lstm.I]
        + kept[:, None] * weights[lstm.F]
        + taken[:, None] * weights[lstm.G]
    )
    first[n:, n:] = np.diag(values[lstm.F])
    second = np.eye(2 * n)
    second[:n, n:] = np.diag(values[lstm.O] * slopes[lstm.C])
    return second, first


def _gru(experiment: Experiment, network: Network, buffers: Any, t: int) -> tuple[Factor, ...]:
    """diag(z) + diag((h − m)σ′_z) W_z + diag((1 − z)φ′) (diag(r) W_m + diag(qσ′_r) W_r)."""
    record = buffers.beyond[t]
    if record is not None and record.slopes:
        return _gru_beyond(experiment, network, buffers, t)
    values = buffers.values[(t - 1) * gru.ROWS : t * gru.ROWS]
    slopes = buffers.slopes[(t - 1) * gru.GATES : t * gru.GATES]
    weights = _gates(experiment, network, t)
    z = values[gru.Z]
    values = values.clip(-_LARGE, _LARGE)
    before = math.ldexp(1.0, int(min(max(buffers.state_exponents[t - 1], -4000), 990)))
    # 1 − z with all its digits.
    rest = np.where(z > 0.5, slopes[gru.Z] / np.where(z > 0.5, z, 1.0), 1.0 - z)
    inner = rest * slopes[gru.M]
    old = (before * buffers.states[t - 1] - values[gru.M]) * slopes[gru.Z]
    jacobian = (
        old[:, None] * weights[gru.Z]
        + (inner * values[gru.R])[:, None] * weights[gru.M]
        + (inner * values[gru.Q] * slopes[gru.R])[:, None] * weights[gru.R]
    )
    return (jacobian + np.diag(z),)


def _gru_beyond(
    experiment: Experiment, network: Network, buffers: Any, t: int
) -> tuple[Factor, ...]:
    """The same with rows of any size: their scales on a diagonal."""
    (r, z, m, q, rest), slopes = gru_beyond.evaluated(experiment, buffers, t)
    inner = rest * slopes[gru.M]
    old = (state(experiment, buffers, t - 1) + -m) * slopes[gru.Z]
    jacobian = Extended.of(np.diag(z.m.reshape(-1)), z.e.reshape(-1, 1))
    through = (inner * q * slopes[gru.R], old, inner * r)
    for part, matrix in zip(through, _gates(experiment, network, t), strict=True):
        jacobian = jacobian + part.reshape(-1, 1) * Extended.of(matrix)
    top = jacobian.e.max(axis=1)
    # A row of zeros has no scale.
    top = np.where(top == ZERO, 0.0, top)
    return Extended.of(np.ones_like(top), top), jacobian.over(top[:, np.newaxis])


def _gates(experiment: Experiment, network: Network, t: int) -> Array:
    """The matrices of step t, (gates, n, n)."""
    first = 0 if experiment.tied else (t - 1) * network.gates
    return network.weights_by_step[first : first + network.gates]


#: Cell name → its tangent.
TANGENTS: dict[str, Tangent] = {
    "rnn": Tangent(1, _rnn),
    "lstm": Tangent(2, _lstm),
    "gru": Tangent(1, _gru),
}
