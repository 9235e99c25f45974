"""The Jacobian of one step of each cell, as factors. May import the engine.

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

from tuisim.engine.memo import Array
from tuisim.engine.network import Network
from tuisim.experiment import Experiment

#: Added to the variance under the root of a norm.
_NORM_FLOOR = 1e-12

#: (experiment, network, one member's buffers, t) → the factors for 1 ≤ t ≤ T, leftmost first: each
#: (rows, columns), or (rows,) for a diagonal one.
StepFactors = Callable[[Experiment, Network, Any, int], tuple[Array, ...]]


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
        product = factor[:, None] * product if factor.ndim == 1 else factor @ product
    return product


def _rnn(experiment: Experiment, network: Network, buffers: Any, t: int) -> tuple[Array, ...]:
    """carry·I + leak·diag(φ′)·N′·W, N′ the Jacobian of layer norm or the identity."""
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
    sizes[-1:] = _NORM_FLOOR * inverse * inverse
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


#: Cell name → its tangent; a cell that is not here has no singular values and exponents.
TANGENTS: dict[str, Tangent] = {"rnn": Tangent(1, _rnn)}
