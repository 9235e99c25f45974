"""QR, products, sums and a symmetric eigenbasis whose every digit is a matter of IEEE 754 alone.

LAPACK and BLAS add in another order on another processor, in another version and with another
number of threads, and a chaotic net makes 10²³ of 10²¹ of that. What is drawn is made here: every
sum runs in an order that is written down, no product is fused with a sum, and of a processor only +
− × ÷ √ are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.kernels import plain, reflections
from tuisim.engine.kernels.plain import Indices

#: Reflections that are applied together, and rows that a cache holds meanwhile. The first decides
#: the last digits of every draw.
PANEL = 32
_ROWS = 64
#: Row lengths are multiples of it: two vectors.
_PAIR = 16


def added(values: Iterable[float]) -> float:
    """The sum, one after the other: Python's own has other last digits from 3.12 on."""
    total = 0.0
    for one in values:
        total += one
    return total


class Arithmetic(NamedTuple):
    """How the innermost loops are done; tuisim.engine.kernels.plain says what each does."""

    dots: Callable[[Array, int, int, int, Array, Array], None]
    accumulate: Callable[[Array, int, int, int, Array, Array], None]
    gather: Callable[[Array, bool, Array, Array], None]
    reflect: Callable[[Array, int, int, Array, Array, Array], None]
    tridiagonal: Callable[[Array, int, int, Array, Array, Array, Array], None]
    rotations: Callable[[Array, Array, float, Indices, Array], int]
    rotate: Callable[[Array, Indices, Array, int], None]


#: Plainly while that takes no time, else compiled.
KERNELS = Arithmetic(*(getattr(reflections, name) for name in Arithmetic._fields))
PLAIN = Arithmetic(*(getattr(plain, name) for name in Arithmetic._fields))


def compiled() -> Arithmetic:
    """What numba makes of it."""
    return Arithmetic(*(getattr(reflections, name).compiled for name in Arithmetic._fields))


def ordered_sum(values: Array) -> Array:
    """The sum over the last axis, halves added to one another until one number is left."""
    values = np.asarray(values, np.float64)
    while values.shape[-1] > 1:
        half = -(-values.shape[-1] // 2)
        folded = values[..., :half].copy()
        folded[..., : values.shape[-1] - half] += values[..., half:]
        values = folded
    return np.asarray(values[..., 0])


def norms(rows: Array) -> Array:
    """The Euclidean norms (…) of rows (…, n)."""
    return np.asarray(np.sqrt(ordered_sum(rows * rows)))


def orthonormal(rows: Array, arithmetic: Arithmetic | None = None) -> Array:
    """Rows q_i that are orthonormal, with rows_i = Σ_{j ≤ i} r_ij q_j and every r_ii > 0.

    QR of the transposed matrix, by Householder's reflections in panels.

    Args:
        rows: (n, n).

    Returns:
        (n, n).
    """
    does = arithmetic or KERNELS
    n = rows.shape[0]
    if n == 1:
        # A reflection would leave its rounding on ±1.
        return np.asarray(np.copysign(1.0, rows))
    a = _padded(rows)
    m = a.shape[0]
    diagonal = np.zeros(m)
    panels: list[_Panel] = []
    for first in range(0, n, PANEL):
        panel = _Panel(first, m)
        does.reflect(a, first, min(PANEL, n - first), panel.v, panel.factor, diagonal)
        _apply(does, a, first + panel.v.shape[0], panel, panel.factor)
        panels.append(panel)
    found = _together(does, panels, m)[:n, :n]
    return np.asarray(found * np.where(diagonal[:n] < 0.0, -1.0, 1.0)[:, None])


def product(left: Array, right: Array, arithmetic: Arithmetic | None = None) -> Array:
    """left · right of two (n, n) matrices, the sum over k running from 0."""
    does = arithmetic or KERNELS
    n = left.shape[0]
    a, b = _padded(left), _padded(right)
    out = np.zeros_like(a)
    for k in range(0, a.shape[0], PANEL):
        columns = np.ascontiguousarray(a[:, k : k + PANEL])
        for first, last in _blocks(0, a.shape[0]):
            does.accumulate(out, first, last, 0, columns[first:last], b[k : k + PANEL])
    return out[:n, :n].copy()


def product_transposed(left: Array, right: Array, arithmetic: Arithmetic | None = None) -> Array:
    """left · rightᵀ of two (n, n) matrices, the sum over k in eight parts side by side."""
    does = arithmetic or KERNELS
    n = left.shape[0]
    a, b = _padded(left), _padded(right)
    out = np.empty_like(a)
    for j in range(0, a.shape[0], PANEL):
        rows = b[j : j + PANEL]
        part = np.empty((_ROWS, rows.shape[0]))
        for first, last in _blocks(0, a.shape[0]):
            does.dots(a, first, last, 0, rows, part)
            out[first:last, j : j + PANEL] = part[: last - first]
    return out[:n, :n].copy()


def gathered(left: Array, right: Array, arithmetic: Arithmetic | None = None) -> Array:
    """leftᵀ · right of (rows, m) and (rows, n), the sum over rows running from the first."""
    (rows, m), n = left.shape, right.shape[1]
    if n < _PAIR < m:
        # The same terms in the same order, and fewer columns to fill up.
        return gathered(right, left, arithmetic).T
    does = arithmetic or KERNELS
    turned = not left.flags.c_contiguous
    # Columns in whole vectors; of those that were added nothing is kept.
    wide = -(-n // _PAIR) * _PAIR
    out = np.zeros((m, wide))
    does.gather(
        as_kernels_take_it(left.T if turned else left), turned, _widened(right, rows, wide), out
    )
    return out if wide == n else out[:, :n].copy()


def symmetric_eigenbasis(
    matrix: Array, arithmetic: Arithmetic | None = None
) -> tuple[Array, Array]:
    """Eigenvalues (n,) of a symmetric matrix, falling, and orthonormal eigenvectors as rows.

    To a tridiagonal matrix by reflections, and from there by QR steps.
    """
    does = arithmetic or KERNELS
    n = matrix.shape[0]
    s = _padded(matrix)
    m = s.shape[0]
    beside, scratch = np.zeros(m), np.zeros((1, m))
    panels: list[_Panel] = []
    for first in range(0, n - 2, PANEL):
        check_stop()
        panel = _Panel(first, m)
        count = min(PANEL, n - 2 - first)
        does.tridiagonal(s, first, count, panel.v, panel.factor, beside, scratch)
        panels.append(panel)
    if n > 1:
        beside[n - 2] = s[n - 2, n - 1]
    values, beside = np.diagonal(s)[:n].copy(), beside[:n].copy()
    rows = _together(does, panels, m)
    room = PANEL * n
    places, turns = np.empty(room, dtype=np.int64), np.empty((room, 2))
    scale = float(np.abs(values).max() + np.abs(beside).max())
    while count := does.rotations(values, beside, scale, places, turns):
        check_stop()
        does.rotate(rows, places, turns, count)
    order = np.argsort(-values, kind="stable")
    return values[order], np.asarray(rows[:n, :n][order])


class _Panel:
    """Up to PANEL reflections, of rows that are zero before the column `first`."""

    def __init__(self, first: int, m: int) -> None:
        self.first = first
        count = min(PANEL, m - first)
        self.v, self.factor = np.zeros((count, m)), np.zeros((count, count))


def _together(does: Arithmetic, panels: list[_Panel], m: int) -> Array:
    """The product H_last ⋯ H_0 of all reflections, (m, m)."""
    rows = np.eye(m)
    for panel in reversed(panels):
        _apply(does, rows, panel.first, panel, np.ascontiguousarray(panel.factor.T))
    return rows


def _apply(does: Arithmetic, a: Array, begin: int, panel: _Panel, factor: Array) -> None:
    """Rows of a from `begin` on, x += x·vᵀ·factor·v."""
    check_stop()
    c = np.empty((_ROWS, factor.shape[0]))
    for first, last in _blocks(begin, a.shape[0]):
        does.dots(a, first, last, panel.first, panel.v, c)
        turned = np.zeros_like(c)
        does.accumulate(turned, 0, last - first, 0, c, factor)
        does.accumulate(a, first, last, panel.first, turned, panel.v)


def _blocks(begin: int, end: int) -> Iterator[tuple[int, int]]:
    for first in range(begin, end, _ROWS):
        yield first, min(first + _ROWS, end)


def _padded(matrix: Array) -> Array:
    """The matrix in the corner of a square of zeros whose rows are whole vectors."""
    m = _whole(matrix.shape[0])
    return _widened(matrix, m, m, fresh=True)


def as_kernels_take_it(matrix: Array) -> Array:
    """Itself or a copy: a kernel would be compiled anew for an array that can only be read."""
    flags = matrix.flags
    ready = flags.c_contiguous and flags.writeable and matrix.dtype == np.float64
    return matrix if ready else np.array(matrix, np.float64, order="C")


def _widened(matrix: Array, rows: int, columns: int, fresh: bool = False) -> Array:
    """The matrix in the corner of zeros of so many rows and columns; itself where that will do."""
    if not fresh and (rows, columns) == matrix.shape:
        return as_kernels_take_it(matrix)
    wide = np.zeros((rows, columns))
    wide[: matrix.shape[0], : matrix.shape[1]] = matrix
    return wide


def _whole(n: int) -> int:
    m = -(-n // _PAIR) * _PAIR
    # Rows a power of two apart would share the same few places of a cache.
    return m + (_PAIR if m % 256 == 0 else 0)
