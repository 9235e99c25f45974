"""The spectral radius of a drawn matrix, rounded once.

LAPACK's is off by some last digits, other ones on other processors. An eigenvalue is found there,
and its error by a Rayleigh quotient in twice the digits: what is left of the error is the product
of those of both eigenvectors, 10⁻²⁶ or so, and is gone when the sum is rounded.
"""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.maths.eigenvalues import eigenvalues_of
from tuisim.engine.maths.schur import Complex

#: Twice float64's digits and some.
_DIGITS = 50
#: Off the eigenvalue by so much of itself the shifted matrix can be inverted.
_BESIDE = 1.0 + 2.0**-40
#: Splits a float64 in halves whose products are exact (Veltkamp 1968; Dekker 1971).
_SPLITTER = 2.0**27 + 1.0


def spectral_radius(matrix: Array) -> float:
    """The largest modulus of an eigenvalue of a matrix (n, n), correctly rounded.

    But for one draw in many millions, where the true value lies half-way between two floats.
    """
    values = eigenvalues_of(matrix)
    value = complex(values[np.argmax(np.abs(values))])
    x, y = _eigenvector(matrix, value), _eigenvector(matrix.T, value)
    residual = _residual(matrix, value, x)
    change = complex((y * residual).sum() / (y * x).sum())
    with localcontext() as context:
        context.prec = _DIGITS
        real = Decimal(value.real) + Decimal(change.real)
        imaginary = Decimal(value.imag) + Decimal(change.imag)
        return float((real * real + imaginary * imaginary).sqrt())


def _eigenvector(matrix: Array, value: complex) -> Complex:
    """By inverse iteration, (n,)."""
    n = matrix.shape[0]
    shifted = matrix - value * _BESIDE * np.eye(n)
    vector: Complex = np.ones(n, dtype=np.complex128)
    for _ in range(2):
        vector = np.linalg.solve(shifted, vector).astype(np.complex128)
        vector /= np.abs(vector).max()
    return vector


def _residual(matrix: Array, value: complex, x: Complex) -> Complex:
    """matrix · x − value · x, (n,), summed in twice the digits."""
    n = matrix.shape[0]

    def summed(row: Array, first: float, one: Array, second: float, other: Array) -> Array:
        left = np.hstack([matrix, np.full((n, 1), first), np.full((n, 1), second)])
        right = np.hstack([np.broadcast_to(row, (n, n)), one[:, None], other[:, None]])
        return _sum(*_product(left, right))

    a, b = value.real, value.imag
    real = summed(x.real, -a, x.real, b, x.imag)
    imaginary = summed(x.imag, -a, x.imag, -b, x.real)
    return np.asarray(real + 1j * imaginary)


def _halves(a: Array) -> tuple[Array, Array]:
    scaled = _SPLITTER * a
    high = scaled - (scaled - a)
    return high, a - high


def _product(a: Array, b: Array) -> tuple[Array, Array]:
    """a · b and what rounding took from it."""
    product = a * b
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    rest = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, rest


def _sum(terms: Array, rests: Array) -> Array:
    """Σ (terms + rests) over the last axis, by halves, what rounding takes kept beside it."""
    while terms.shape[-1] > 1:
        if terms.shape[-1] % 2:
            terms = np.concatenate([terms, np.zeros((*terms.shape[:-1], 1))], axis=-1)
            rests = np.concatenate([rests, np.zeros((*rests.shape[:-1], 1))], axis=-1)
        half = terms.shape[-1] // 2
        a, b = terms[..., :half], terms[..., half:]
        terms = a + b
        # Knuth, "The art of computer programming", volume 2, section 4.2.2.
        part = terms - a
        rest = (a - (terms - part)) + (b - part)
        rests = rest + (rests[..., :half] + rests[..., half:])
    return np.asarray(terms[..., 0] + rests[..., 0])
