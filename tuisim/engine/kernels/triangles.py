"""Triangles whose rows lie on scales of their own, compiled: pivoted QR and one-sided Jacobi."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.panels import LANES
from tuisim.engine.kernels.jit import aside, kernel, part
from tuisim.engine.kernels.lanes import load, store, total, zeros
from tuisim.engine.kernels.vectors import power_of_two

_EPSILON = 2.0**-52

#: Sizes between which squares keep all their digits beside one another.
_SMALL, _LARGE = 1e-200, 1e200
#: One-sided Jacobi converges quadratically; more sweeps than this have never been needed.
_SWEEPS = 40
#: What is smaller than its row by 2**_NEGLIGIBLE changes no digit, and only slows its arithmetic
#: down once it is subnormal.
_NEGLIGIBLE = -128.0


def rounding(rows: int) -> float:
    """How small what is left of a column of so many rows is to be taken for zero."""
    return 4.0 * math.sqrt(rows) * _EPSILON


class Triangle(NamedTuple):
    """a · diag(2**scales), its columns in `order`, as q · diag(2**exponents) · rows.

    q: (m, r), orthonormal columns. exponents: (r,). rows: (r, k), an upper triangle with diagonal
    near 1. order: (k,). upper: (r, k), such that q · upper = a, columns in order. sizes: (m, r),
    what each entry of q was computed from, of which it has lost no more than its rounding.
    """

    q: Array
    exponents: Array
    rows: Array
    order: np.ndarray
    upper: Array
    sizes: Array


def triangle(a: Array, sizes: Array, scales: Array) -> Triangle:
    """The triangle of a · diag(2**scales).

    Rows from the largest to the smallest and columns as they come out largest: then a Householder
    QR is right for each row and each column on its own scale (Cox and Higham 1998).

    Args:
        sizes: (m, k), what each entry of `a` was computed from; what is left of a column and lies
            under their rounding is zero.
    """
    m, k = a.shape
    places = np.argsort(-np.abs(a).max(axis=1, initial=0.0), kind="stable")
    work = np.ascontiguousarray(a[places])
    limits = rounding(m) * sizes[places]
    column_exponents, row_exponents = scales.copy(), np.zeros(min(m, k))
    order, factors = np.arange(k), np.zeros(min(m, k))
    rank = _reflect(work, limits, column_exponents, row_exponents, order, factors)
    q, rows = np.zeros((m, rank)), np.zeros((rank, k))
    _unpack(work, column_exponents, row_exponents, factors, q, rows)
    placed, lost = np.empty_like(q), np.empty_like(q)
    placed[places] = q
    lost[places] = limits[:, :rank] / rounding(m)
    upper = np.triu(work[:rank], 1)
    np.fill_diagonal(upper, factors)
    return Triangle(placed, row_exponents[:rank], rows, order, upper, lost)


@part
def _ratio(exponent: float) -> float:
    """2**exponent, 0 where that is negligible beside 1."""
    return 0.0 if exponent < _NEGLIGIBLE else power_of_two(exponent)


@part
def _columns_square(a: Array, first: int, squares: Array) -> None:
    """squares[j] = Σ a[i, j]² over rows and columns from `first` on."""
    for j in range(first, a.shape[1]):
        squares[j] = 0.0
    for i in range(first, a.shape[0]):
        for j in range(first, a.shape[1]):
            squares[j] += a[i, j] * a[i, j]


@aside
def _rescale_rows(a: Array, limits: Array, first: int) -> float:
    """Bring the largest entry of what is left near 1; returns the exponent taken out."""
    largest = 0.0
    for i in range(first, a.shape[0]):
        for j in range(first, a.shape[1]):
            largest = max(largest, abs(a[i, j]))
    if largest == 0.0:
        return 0.0
    exponent = math.frexp(largest)[1]
    for i in range(a.shape[0]):
        for j in range(first, a.shape[1]):
            limits[i, j] = math.ldexp(limits[i, j], -exponent)
    for i in range(first, a.shape[0]):
        for j in range(first, a.shape[1]):
            a[i, j] = math.ldexp(a[i, j], -exponent)
    return float(exponent)


@part
def _pivot(a: Array, limits: Array, exponents: Array, first: int, squares: Array) -> int:
    """The largest of the columns left, −1 where all are zero; clears those that are rounding."""
    while True:
        found, most = -1, -math.inf
        for j in range(first, a.shape[1]):
            size = 0.5 * math.log2(squares[j]) + exponents[j]
            if size > most:
                found, most = j, size
        if found < 0:
            return found
        for i in range(first, a.shape[0]):
            if abs(a[i, found]) > limits[i, found]:
                return found
        for i in range(first, a.shape[0]):
            a[i, found] = 0.0
        squares[found] = 0.0


@kernel
def _reflect(
    a: Array,
    limits: Array,
    exponents: Array,
    row_exponents: Array,
    order: np.ndarray,
    factors: Array,
) -> int:
    """Householder QR of a · diag(2**exponents) with column pivoting, in place; returns the rank.

    Args:
        a: (m, k); the reflectors below and on the diagonal, the triangle above it.
        limits: (m, k), under which an entry is rounding, permuted as the columns are; written:
            how much of it there is in the orthonormal columns.
        exponents, order: (k,), permuted as the columns are.
        row_exponents: (at most k,), written: the triangle's rows are to be scaled by them.
        factors: the same, written: the triangle's diagonal.
    """
    m, k = a.shape
    squares, products = np.empty(k), np.empty(k)
    shift = 0.0
    for s in range(min(m, k)):
        _columns_square(a, s, squares)
        largest = 0.0
        for j in range(s, k):
            largest = max(largest, squares[j])
        if not _SMALL < largest < _LARGE:
            shift += _rescale_rows(a, limits, s)
            _columns_square(a, s, squares)
        found = _pivot(a, limits, exponents, s, squares)
        if found < 0:
            return s
        if found != s:
            for i in range(m):
                a[i, s], a[i, found] = a[i, found], a[i, s]
                limits[i, s], limits[i, found] = limits[i, found], limits[i, s]
            exponents[s], exponents[found] = exponents[found], exponents[s]
            order[s], order[found] = order[found], order[s]
            squares[s] = squares[found]
        norm = math.copysign(math.sqrt(squares[s]), a[s, s])
        # v = a_s + sign·‖a_s‖ e_s adds numbers of one sign, and H = I − v vᵀ/(norm·v_s).
        a[s, s] += norm
        factors[s], row_exponents[s] = -norm, shift
        for j in range(s + 1, k):
            products[j] = 0.0
        for i in range(s, m):
            for j in range(s + 1, k):
                products[j] += a[i, s] * a[i, j]
        down = 1.0 / (norm * a[s, s])
        for i in range(s, m):
            weight = a[i, s] * down
            for j in range(s + 1, k):
                a[i, j] -= weight * products[j]
        # What a column has lost, those lose too out of which it is taken (Gram and Schmidt).
        for i in range(m):
            if limits[i, s] != 0.0:
                limits[i, s] /= abs(norm)
                for j in range(s + 1, k):
                    limits[i, j] += limits[i, s] * abs(a[s, j])
    return min(m, k)


@kernel
def _unpack(
    a: Array,
    exponents: Array,
    row_exponents: Array,
    factors: Array,
    q: Array,
    triangle: Array,
) -> None:
    """After `_reflect`: the orthonormal columns, and the triangle with rows near 1.

    Args:
        row_exponents: read and written, the scale of each row of the triangle.
        q: (m, rank), triangle: (rank, k), both zeros.
    """
    m, rank = q.shape
    products = np.empty(rank)
    for s in range(rank - 1, -1, -1):
        q[s, s] = 1.0
        for j in range(s, rank):
            products[j] = 0.0
        for i in range(s, m):
            for j in range(s, rank):
                products[j] += a[i, s] * q[i, j]
        down = -1.0 / (factors[s] * a[s, s])
        for i in range(s, m):
            weight = a[i, s] * down
            for j in range(s, rank):
                q[i, j] -= weight * products[j]
    for s in range(rank):
        exponent = math.frexp(factors[s])[1]
        triangle[s, s] = math.ldexp(factors[s], -exponent)
        for j in range(s + 1, triangle.shape[1]):
            # A column of zeros may be on any scale: 0 times what leaves float64 is no number.
            if a[s, j] != 0.0:
                triangle[s, j] = a[s, j] * _ratio(exponents[j] - exponents[s] - exponent)
        row_exponents[s] += exponents[s] + exponent


@part
def _dot(x: Array, i: int, j: int) -> float:
    """x[i] · x[j], rows filled up to whole lanes."""
    width = x.shape[1]
    sums = zeros()
    for at in range(0, width, LANES):
        sums = sums + load(x, i * width + at) * load(x, j * width + at)
    dot: float = total(sums)
    return dot


@kernel
def orthogonalise_rows(x: Array, exponents: Array, log2: Array) -> None:
    """One-sided Jacobi on the rows x[i] · 2**exponents[i]; log2 of the norms that come out.

    Rotations act on rows near 1, with the ratio of two rows' scales in the angle: a row far
    smaller than another loses its part along it, and leaves it as it is.

    Args:
        x: (k, k filled up to lanes with zeros), overwritten.
    """
    k, width = x.shape
    tolerance = _EPSILON * math.sqrt(k)
    for _ in range(_SWEEPS):
        turned = False
        for i in range(k):
            size = math.sqrt(_dot(x, i, i))
            if size > 0.0:
                exponent = math.frexp(size)[1]
                exponents[i] += exponent
                down = math.ldexp(1.0, -exponent)
                for at in range(width):
                    x[i, at] *= down
        for i in range(k - 1):
            for j in range(i + 1, k):
                # The larger of the two stays nearly as it is.
                big, small = (i, j) if exponents[i] >= exponents[j] else (j, i)
                a, b, c = _dot(x, big, big), _dot(x, small, small), _dot(x, big, small)
                if abs(c) <= tolerance * math.sqrt(a * b):
                    continue
                turned = True
                ratio = _ratio(exponents[small] - exponents[big])
                gap = 0.5 * (b * ratio * ratio - a)
                across = c * ratio
                # tan θ = ratio·lean, the smaller root of tan² + 2·gap/across·tan − 1 = 0.
                lean = c / (gap + math.copysign(math.hypot(gap, across), gap))
                tangent = lean * ratio
                cosine = 1.0 / math.sqrt(1.0 + tangent * tangent)
                back = tangent * ratio
                for at in range(0, width, LANES):
                    high, low = load(x, big * width + at), load(x, small * width + at)
                    store(cosine * (high - back * low), x, big * width + at)
                    store(cosine * (low + lean * high), x, small * width + at)
        if not turned:
            break
    for i in range(k):
        log2[i] = 0.5 * math.log2(_dot(x, i, i)) + exponents[i]
