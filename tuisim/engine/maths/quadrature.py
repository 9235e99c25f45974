"""Gaussian averages of functions of one variable, by adaptive quadrature."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Gauss–Kronrod (7, 15), Piessens et al., QUADPACK (1983), routine QK15: nodes from 1 down to 0,
# the weights of the 15 points, and of the 7 points that are every second of them.
_HALF_NODES = (
    0.991455371120812639206854697526329,
    0.949107912342758524526189684047851,
    0.864864423359769072789712788640926,
    0.741531185599394439863864773280788,
    0.586087235467691130294144838258730,
    0.405845151377397166906606412076961,
    0.207784955007898467600689403773245,
    0.0,
)
_HALF_KRONROD = (
    0.022935322010529224963732008058970,
    0.063092092629978553290700663189204,
    0.104790010322250183839876322541518,
    0.140653259715525918745189590510238,
    0.169004726639267902826583426598550,
    0.190350578064785409913256402421014,
    0.204432940075298892414161999234649,
    0.209482141084727828012999174891714,
)
_HALF_GAUSS = (
    0.129484966168869693270611432679082,
    0.279705391489276667901467771423780,
    0.381830050505118944950369775488975,
    0.417959183673469387755102040816327,
)
_NODES = np.array([-x for x in _HALF_NODES[:-1]] + list(_HALF_NODES[::-1]))
_KRONROD = np.array(_HALF_KRONROD[:-1] + _HALF_KRONROD[::-1])
_GAUSS = np.zeros(15)
_GAUSS[1::2] = _HALF_GAUSS[:-1] + _HALF_GAUSS[::-1]

# e^{−½·10²} is 2e-22: what lies beyond does not reach the last digit of any average of a function
# that grows no faster than its square.
_REACH = 10.0
_Z_BREAKS = (0.0, 1.0, 2.0, 3.5, 5.0, 7.0, _REACH)
# Far beyond what any activation needs; a function that asks for more is not smooth anywhere.
_ROUNDS, _MOST_PIECES = 60, 100_000


def gaussian_mean(
    functions: Sequence[Callable[[Array], Array]],
    variances: Array,
    breaks: Sequence[float],
    tolerance: float = 1e-9,
) -> Array:
    """E f(x) for x ~ N(0, q), for several f and several q at once.

    The line is cut where the Gaussian changes (z = x/√q of order 1) and where the functions do
    (x in ± `breaks`, which lie at 1/√q in z: a spike when q is large), and each piece is halved
    until its two rules agree. Fixed Gauss–Hermite nodes step over such a spike.

    Args:
        functions: each takes and returns an array; smooth between the breaks, of one sign (so
            that a relative error means something), growing at most like x².
        variances: (k,) of q > 0.
        breaks: positive x at which the functions have kinks or change their scale; 0 is added.
        tolerance: the difference of the 7- and 15-point rules, relative to the whole average,
            under which a piece is kept; the 15-point value is better by several digits.

    Returns:
        (len(functions), k).

    Raises:
        ArithmeticError: pieces were still rough when there were 100,000 of them, or 60 halvings.
    """
    roots = np.sqrt(np.asarray(variances, dtype=np.float64))
    positive = np.concatenate(
        [
            np.broadcast_to(np.array(_Z_BREAKS), (roots.size, len(_Z_BREAKS))),
            np.minimum(np.array(breaks)[None, :] / roots[:, None], _REACH),
        ],
        axis=1,
    )
    edges = np.sort(np.concatenate([-positive, positive], axis=1), axis=1)
    left, right = edges[:, :-1].ravel(), edges[:, 1:].ravel()
    owner = np.repeat(np.arange(roots.size), edges.shape[1] - 1)
    kept = right > left
    left, right, owner = left[kept], right[kept], owner[kept]

    done = np.zeros((len(functions), roots.size))
    for _ in range(_ROUNDS):
        half = 0.5 * (right - left)
        z = 0.5 * (right + left)[:, None] + half[:, None] * _NODES
        weight = np.exp(-0.5 * z * z) * (half / math.sqrt(2 * math.pi))[:, None]
        x = z * roots[owner][:, None]
        pieces = np.empty((len(functions), left.size))
        rough = np.zeros(left.size, dtype=bool)
        for index, function in enumerate(functions):
            heights = function(x) * weight
            pieces[index] = heights @ _KRONROD
            gap = np.abs(pieces[index] - heights @ _GAUSS)
            total = done[index] + _sum_by(owner, pieces[index], roots.size)
            rough |= gap > tolerance * np.abs(total)[owner]
        for index in range(len(functions)):
            done[index] += _sum_by(owner[~rough], pieces[index, ~rough], roots.size)
        if not rough.any():
            return done
        left, right, owner = left[rough], right[rough], owner[rough]
        if left.size > _MOST_PIECES:
            break
        middle = 0.5 * (left + right)
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
        owner = np.concatenate([owner, owner])
    raise ArithmeticError("gaussian_mean: the function is rough wherever it is cut")


def _sum_by(owner: NDArray[np.intp], pieces: Array, size: int) -> Array:
    return np.bincount(owner, weights=pieces, minlength=size).astype(np.float64, copy=False)
