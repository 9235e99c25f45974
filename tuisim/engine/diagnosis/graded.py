"""Long products of matrices in graded form, and their singular values.

A product whose singular values lie hundreds of decades apart is kept as Y · diag(2**e) · X: Y is
well conditioned, the exponents e have no end, and X has orthonormal rows. No entry of a product
says anything of its small singular values; these three factors do. Rounding in X is as harmless
as in the last factor; in Y, to which factors are still to come, it is carried along.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.panels import LANES
from tuisim.engine.kernels.refined import over_triangle, rounded_off
from tuisim.engine.kernels.triangles import Triangle, orthogonalise_rows, triangle
from tuisim.engine.maths.extended import Extended, alike

_LOG10_2 = math.log10(2.0)

#: Rows of a factor that are within 2**_ALIKE of each other cost six digits, of twice sixteen.
_ALIKE = 20
#: Corrections of orthonormal columns up to this size leave them well conditioned.
_REFINABLE = 2.0**-4


class Graded(NamedTuple):
    """The product (y + rest) · diag(2**exponents) · x of rank r.

    y: (m, r), well conditioned. rest: (m, r), the digits of y beyond a float64's, as far as known.
    exponents: (r,), whole numbers. x: (r, n), orthonormal rows. sizes: (m, r), at most 1, what
    each entry of y was computed from, of which it has lost no more than its rounding.
    """

    y: Array
    rest: Array
    exponents: Array
    x: Array
    sizes: Array


def projection(m: int, n: int) -> Graded:
    """The first n columns of the (m, m) identity."""
    return Graded(np.eye(m, n), np.zeros((m, n)), np.zeros(n), np.eye(n), np.eye(m, n))


def pulled_back(product: Graded, factor: Array | Extended) -> Graded:
    """factorᵀ · product, every singular value kept to the digits that the factor's allow.

    A factor diag(d)·B with rows of very different sizes d, as slopes make them, is taken apart:
    a dense matrix between B and d would blur the small ones.

    Args:
        factor: (m, any), or (m,) for a diagonal one; finite.
    """
    if isinstance(factor, Extended):
        return _scaled_by_any(product, factor)
    if factor.ndim == 1:
        return _scaled(product, factor)
    rows: Array = factor
    sizes = np.abs(rows).max(axis=1, initial=0.0)
    scales = np.frexp(sizes)[1]
    scale = _exponent(sizes)
    if sizes.any() and not (sizes > np.ldexp(1.0, scale - _ALIKE)).all():
        product = _scaled(product, np.where(sizes > 0.0, np.ldexp(1.0, scales), 0.0))
        rows, scale = np.ldexp(rows, -scales[:, None]), 0
    rows = np.ldexp(rows, -scale)
    a = rows.T @ product.y
    rest = rounded_off(rows.T, product.y, a) + rows.T @ product.rest
    return _graded(a, rest, np.abs(rows).T @ product.sizes, product, scale)


def _scaled(product: Graded, diagonal: Array) -> Graded:
    """diag(diagonal) · product."""
    scale = _exponent(diagonal)
    diagonal = np.ldexp(diagonal, -scale)
    a = diagonal[:, None] * product.y
    sizes = np.abs(diagonal)[:, None] * product.sizes
    return _graded(a, diagonal[:, None] * product.rest, sizes, product, scale)


def _scaled_by_any(product: Graded, diagonal: Extended) -> Graded:
    """diag(diagonal) · product, its rows as far apart as may be."""
    blocks = alike(diagonal.e)
    if len(blocks) == 1:
        scaled = _scaled(product, diagonal.over(diagonal.top))
        return scaled._replace(exponents=scaled.exponents + diagonal.top)
    # What is taken out of a row by others has the row's own rounding.
    sizes = np.repeat(product.sizes.max(axis=1, keepdims=True), product.exponents.size, axis=1)
    a = diagonal.m[:, None] * product.y
    left = _staggered(a, sizes, diagonal, blocks, product.exponents)
    return _turned(left, np.zeros_like(left.q), product, 0)


def _staggered(
    a: Array, sizes: Array, diagonal: Extended, blocks: list[Array], scales: Array
) -> Triangle:
    """As `triangle` for rows a[i] · 2**e[i] that no float64 holds beside each other.

    Block by block: what the larger rows have taken out of the columns is taken out of the smaller
    ones on their own scale; in q they do not meet, being nothing beside one another.
    """
    m, k = a.shape
    q, lost, exponents = np.zeros((m, 0)), np.zeros((m, 0)), np.zeros(0)
    rows, upper = np.zeros((0, k)), np.zeros((0, k))
    order, done = np.arange(k), 0
    for block in blocks:
        top = float(diagonal.e[block].max())
        down = diagonal.over(top)[block]
        part = np.ldexp(a[block], (diagonal.e[block] - top).astype(int)[:, None])[:, order]
        if done:
            taken = over_triangle(part[:, :done], upper[:, :done])
            part = part[:, done:] - taken @ upper[:, done:]
        found = triangle(part, np.abs(down)[:, None] * sizes[block, done:], scales[order[done:]])
        rank = found.exponents.size
        turn = np.concatenate([np.arange(done), done + found.order])
        order = order[turn]
        below = np.zeros((rank, done))
        rows = np.vstack([rows[:, turn], np.hstack([below, found.rows])])
        upper = np.vstack([upper[:, turn], np.hstack([below, found.upper])])
        placed = np.zeros((2, m, rank))
        placed[:, block] = found.q, found.sizes
        q, lost = np.hstack([q, placed[0]]), np.hstack([lost, placed[1]])
        done += rank
        exponents = np.concatenate([exponents, found.exponents + top])
        if done == k:
            break
    return Triangle(q, exponents, rows, order, upper, lost)


def log10_singular_values(product: Graded, rows: int) -> Array:
    """log10 of the singular values of the product's first `rows` rows, largest first.

    What x, orthonormal, leaves comes down to a triangular factor with graded rows (Drmač and
    Veselić 2008), which one-sided Jacobi takes apart with a high relative accuracy for every
    singular value.

    Returns:
        (n,) for a product of n columns, −inf where the rank is lower.
    """
    found = np.full(product.x.shape[1], -math.inf)
    left = triangle(product.y[:rows], product.sizes[:rows], product.exponents)
    rank, k = left.rows.shape
    padded = np.zeros((rank, -(-k // LANES) * LANES))
    padded[:, :k] = left.rows
    log2 = np.empty(rank)
    orthogonalise_rows(padded, left.exponents, log2)
    found[:rank] = np.sort(log2)[::-1] * _LOG10_2
    return found


def _exponent(sizes: Array) -> int:
    """The exponent of the largest."""
    return math.frexp(float(np.abs(sizes).max(initial=0.0)))[1]


def _graded(a: Array, rest: Array, sizes: Array, product: Graded, scale: int) -> Graded:
    """(a + rest) · diag(2**exponents) · x · 2**scale in graded form.

    A triangle is taken out on either side. Were it on the left alone, x would gather them all, and
    singular values that are alike would leave it with rows that come to be parallel.
    """
    left = triangle(a, sizes, product.exponents)
    # A triangle made exact by what is added to its q; without use where rows of `a` are so
    # different that the triangle's own rounding is more than that of its small rows.
    error = rounded_off(left.q, left.upper, a[:, left.order]) - rest[:, left.order]
    more = over_triangle(error[:, : left.exponents.size], left.upper)
    refinable = np.abs(more).max(axis=0, initial=0.0) * more.shape[1] < _REFINABLE
    more = np.where(refinable, more, 0.0)
    return _turned(left, more, product, scale)


def _turned(left: Triangle, more: Array, product: Graded, scale: int) -> Graded:
    """(q − more) · diag(2**exponents) · rows · x · 2**scale in graded form."""
    x = left.rows @ product.x[left.order]
    right = triangle(x.T, np.zeros_like(x.T), left.exponents)
    q, back = left.q[:, right.order], np.ascontiguousarray(right.rows.T)
    more = more[:, right.order] @ back
    y = q @ back - more
    return Graded(
        y,
        rounded_off(q, back, y) - more,
        right.exponents + scale,
        np.ascontiguousarray(right.q.T),
        np.minimum(left.sizes[:, right.order] @ np.abs(back), 1.0),
    )
