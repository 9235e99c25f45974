"""What rounding took from a product or a QR, to twice the precision.

Errors inside a long product of nearly defective matrices grow with a high power of its length.
"""

from __future__ import annotations

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.panels import LANES
from tuisim.engine.kernels.jit import kernel, part
from tuisim.engine.kernels.lanes import load, store, zeros

#: Veltkamp's constant: x·_SPLIT rounds the upper half of x's digits off.
_SPLIT = 2.0**27 + 1.0


def rounded_off(a: Array, b: Array, c: Array) -> Array:
    """a · b − c of matrices, where c is nearly a · b, with few digits lost.

    Args:
        a: (m, k). b: (k, n). c: (m, n). Entries far from the limits of float64.
    """
    (m, k), n = a.shape, b.shape[1]
    width = -(-n // LANES) * LANES
    factor, target, out = np.zeros((k, width)), np.zeros((m, width)), np.empty((m, width))
    factor[:, :n], target[:, :n] = b, c
    shifted = _SPLIT * factor
    upper = shifted - (shifted - factor)
    _residual(np.ascontiguousarray(a), factor, upper, factor - upper, target, out)
    return out[:, :n]


def over_triangle(rows: Array, triangle: Array) -> Array:
    """rows · triangle⁻¹ for rows (m, k) and an upper triangle (k, k)."""
    result = np.array(rows, order="C")
    _substitute(result, np.ascontiguousarray(triangle))
    return result


@part
def _upper_half(x: float) -> float:
    shifted = _SPLIT * x
    return shifted - (shifted - x)


@kernel
def _residual(a: Array, b: Array, upper: Array, lower: Array, c: Array, out: Array) -> None:
    """out = a · b − c, sums and products with their errors (Ogita, Rump and Oishi 2005, Dot2).

    Args:
        a: (m, k). b = upper + lower: (k, n), each product of halves being exact, n whole lanes.
        c, out: (m, n).
    """
    m, k = a.shape
    width = b.shape[1]
    for i in range(m):
        for j in range(0, width, LANES):
            total = zeros() - load(c, i * width + j)
            error = zeros()
            for s in range(k):
                x = a[i, s]
                high = _upper_half(x)
                low = x - high
                at = s * width + j
                above, below = load(upper, at), load(lower, at)
                product = x * load(b, at)
                error = error + (
                    ((high * above - product) + high * below + low * above) + low * below
                )
                following = total + product
                back = following - total
                error = error + ((total - (following - back)) + (product - back))
                total = following
            store(total + error, out, i * width + j)


@kernel
def _substitute(rows: Array, triangle: Array) -> None:
    """rows ← rows · triangle⁻¹, in place."""
    k = triangle.shape[0]
    for i in range(rows.shape[0]):
        for s in range(k):
            x = rows[i, s] / triangle[s, s]
            rows[i, s] = x
            for j in range(s + 1, k):
                rows[i, j] -= x * triangle[s, j]
