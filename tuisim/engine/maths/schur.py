"""Real Schur forms: of an orthogonal matrix, and the eigenvectors of a triangular one.

LAPACK finds these, too, with other last digits on another processor. All is real arithmetic on
whole arrays: NumPy's products of complex numbers round in other places on other machines.
"""

from __future__ import annotations

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.maths.ordered import (
    norms,
    ordered_sum,
    orthonormal,
    product_transposed,
    symmetric_eigenbasis,
)

Complex = np.ndarray[tuple[int, ...], np.dtype[np.complex128]]

#: Sums of distances of what belongs together are rounding's, under this a unit.
_ALIKE = 1e-12
_EPSILON = float(np.finfo(float).eps)
#: A vector that has grown past this is made small again, by a power of two.
_LARGE, _SMALLER = 2.0**200, 2.0**-400


def real_schur(orthogonal: Array) -> tuple[Array, Array, Complex]:
    """Orthonormal columns in which an orthogonal matrix is made of 1×1 and 2×2 blocks.

    Blocks stand by their angle on the circle, and vectors have their phase fixed. The symmetric
    part Q + Qᵀ has the same planes, and a real eigenbasis.

    Args:
        orthogonal: (n, n), as drawn from Haar's measure: no angle comes twice.

    Returns:
        basis (n, n); paired (n,), 1 at the first column of a 2×2 block [[cos, sin], [−sin, cos]];
        and the eigenvalues (n,) of the columns, of a pair the one with the positive imaginary
        part first.
    """
    n = orthogonal.shape[0]
    cosines, rows = symmetric_eigenbasis(0.5 * orthogonal + 0.5 * orthogonal.T)
    turned = product_transposed(rows, orthogonal)
    found = np.empty((n, n))
    paired = np.zeros(n)
    first = _first_of_pairs(cosines)
    alone = np.setdiff1d(np.arange(n), np.concatenate([first, first + 1]))
    paired[first] = 1.0
    u, qu = rows[first], turned[first]
    cos = ordered_sum(u * qu)
    w = cos[:, None] * u - qu
    sin = norms(w)
    # Q (u + iw) = e^{iθ} (u + iw).
    found[first], found[first + 1] = in_phase(u, w / sin[:, None])
    found[alone] = in_phase(rows[alone], np.zeros((alone.size, n)))[0]
    real, imaginary = np.empty(n), np.zeros(n)
    # Rounding leaves them a little off the circle.
    size = np.sqrt(cos * cos + sin * sin)
    real[first] = real[first + 1] = cos / size
    imaginary[first], imaginary[first + 1] = sin / size, -sin / size
    real[alone] = np.where(cosines[alone] < 0.0, -1.0, 1.0)
    # Planes whose angles nearly coincide are orthogonal up to rounding over the gap.
    basis = np.ascontiguousarray(orthonormal(found).T)
    return basis, paired, real + 1j * imaginary


def _first_of_pairs(cosines: Array) -> np.ndarray:
    """Which of the falling cosines are the first of two equal ones: an eigenvalue ±1 is alone."""
    n = cosines.shape[0]
    choices = [np.arange(begin, n - 1, 2) for begin in (0, 1)]
    apart = [float(ordered_sum(np.append(0.0, cosines[k] - cosines[k + 1]))) for k in choices]
    return choices[0 if apart[0] <= max(apart[1], _ALIKE * n) else 1]


def in_phase(real: Array, imaginary: Array) -> tuple[Array, Array]:
    """Rows (k, n) of complex numbers, turned so that the largest of each is a positive real."""
    rounded = np.round(real, 9) ** 2 + np.round(imaginary, 9) ** 2
    at = np.argmax(rounded, axis=1)[:, None]
    x, y = np.take_along_axis(real, at, 1), np.take_along_axis(imaginary, at, 1)
    size = np.sqrt(x * x + y * y)
    return (real * x + imaginary * y) / size, (imaginary * x - real * y) / size


def triangular_eigenvectors(
    t: Array, paired: Array, values: Complex, chosen: np.ndarray
) -> tuple[Array, Array]:
    """Eigenvectors of a matrix with 1×1 and 2×2 blocks on its diagonal and nothing below them.

    By back-substitution. Where eigenvalues coincide a pivot of rounding's size takes the place of
    0, as LAPACK does it: the vectors of a defective matrix nearly agree.

    Args:
        t: (n, n).
        paired: (n,), 1 where a 2×2 block begins.
        values: (n,), the eigenvalues in the order of the diagonal.
        chosen: (k,), rising: which are wanted.

    Returns:
        real and imaginary parts, columns (n, k) of no particular length.
    """
    n = t.shape[0]
    if not t.any():
        # Of 0 every vector is one.
        return np.eye(n)[:, chosen], np.zeros((n, chosen.size))
    exponent = int(np.frexp(np.abs(t).max())[1])
    t = np.ldexp(t, -exponent)
    wanted_real = np.ldexp(values.real[chosen], -exponent)
    wanted_imaginary = np.ldexp(values.imag[chosen], -exponent)
    second = np.concatenate([[0.0], paired[:-1]]) > 0
    begins = chosen - second[chosen]
    y, left = np.zeros((2, n, chosen.size)), np.zeros((2, n, chosen.size))
    at = n - 1
    while at >= 0:
        top = at - 1 if second[at] else at
        own = np.flatnonzero(begins == top)
        y[0, top, own] = 1.0
        if top < at:
            # The quotient of two numbers of one size, which may be 0.
            y[1, at, own] = np.copysign(1.0, wanted_imaginary[own]) * np.copysign(1.0, t[top, at])
        after = int(np.searchsorted(begins, top, side="right"))
        if after < chosen.size:
            here = slice(after, None)
            block, known = t[top : at + 1, top : at + 1], left[:, top : at + 1, here]
            solved = _solve_pair if top < at else _solve_one
            y[:, top : at + 1, here] = solved(
                block, wanted_real[here], wanted_imaginary[here], known
            )
        active = slice(int(np.searchsorted(begins, top)), None)
        for row in range(top, at + 1):
            left[:, :top, active] -= t[:top, row, None] * y[:, row, None, active]
        large = np.abs(y[:, top : at + 1, active]).max(axis=(0, 1)) > _LARGE
        if large.any():
            factor = np.where(large, _SMALLER, 1.0)
            y[:, :, active] *= factor
            left[:, :, active] *= factor
        at = top - 1
    return y[0], y[1]


def _solve_one(block: Array, real: Array, imaginary: Array, left: Array) -> Array:
    """(t − λ) y = left, one number a column; left and y (2, 1, k)."""
    return _quotient(left[0], left[1], block[0, 0] - real, -imaginary)


def _solve_pair(block: Array, real: Array, imaginary: Array, left: Array) -> Array:
    """(block − λ) y = left by Cramer's rule, two numbers a column; left and y (2, 2, k)."""
    a, b = block[0, 0] - real, block[1, 1] - real
    (x0, x1), (y0, y1) = left
    # (a − iλ_i)(b − iλ_i) − t01 t10
    det = a * b - imaginary * imaginary - block[0, 1] * block[1, 0]
    det_imaginary = -imaginary * (a + b)
    top = b * x0 + imaginary * y0 - block[0, 1] * x1
    top_imaginary = b * y0 - imaginary * x0 - block[0, 1] * y1
    low = a * x1 + imaginary * y1 - block[1, 0] * x0
    low_imaginary = a * y1 - imaginary * x1 - block[1, 0] * y0
    return _quotient(
        np.stack([top, low]), np.stack([top_imaginary, low_imaginary]), det, det_imaginary
    )


def _quotient(x: Array, y: Array, a: Array, b: Array) -> Array:
    """(x + iy)/(a + ib), (2, …), the divisor at least as large as rounding."""
    square = a * a + b * b
    lost = square < _EPSILON * _EPSILON
    a, b = np.where(lost, _EPSILON, a), np.where(lost, 0.0, b)
    square = np.where(lost, _EPSILON * _EPSILON, square)
    return np.stack([(x * a + y * b) / square, (y * a - x * b) / square])
