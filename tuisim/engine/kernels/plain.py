"""The arithmetic of tuisim.engine.maths.ordered in plain NumPy: no compiler, and the same bytes.

An operation on whole arrays rounds each entry once, on every machine and in every version; NumPy's
sums and products of matrices do not say in which order they add, so there are none here. Meant for
a start before kernels are there, and as what they are held against: wide matrices take long.
"""

from __future__ import annotations

import math

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.panels import LANES

Indices = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

#: Columns that `rotate` treats in one go.
WHOLE = 64


def _dots(a: Array, b: Array) -> Array:
    """Σ_k a[…, k] b[…, k] over the last axis: eight sums side by side, neighbours added last."""
    lanes = np.zeros((*np.broadcast_shapes(a.shape[:-1], b.shape[:-1]), LANES))
    for k in range(0, a.shape[-1], LANES):
        lanes += a[..., k : k + LANES] * b[..., k : k + LANES]
    while lanes.shape[-1] > 1:
        lanes = lanes[..., 0::2] + lanes[..., 1::2]
    return lanes[..., 0]


def dots(a: Array, first: int, last: int, start: int, v: Array, out: Array) -> None:
    """out[r, j] = Σ_{k ≥ start} a[first + r, k] v[j, k].

    Args:
        a: (any, m), of which the rows first … last − 1 are read.
        start: a multiple of a vector's length.
        v: (b, m).
        out: (at least last − first, b).
    """
    out[: last - first] = _dots(a[first:last, None, start:], v[None, :, start:])


def accumulate(a: Array, first: int, last: int, start: int, c: Array, v: Array) -> None:
    """a[first + r, k] += Σ_j c[r, j] v[j, k] for k ≥ start, one j after the other."""
    for j in range(v.shape[0]):
        a[first:last, start:] += c[: last - first, j, None] * v[j, start:]


def gather(left: Array, turned: bool, right: Array, out: Array) -> None:
    """out[i, k] += Σ_r left[r, i] right[r, k], one r after the other.

    Args:
        left: (rows, m), or (m, rows) where turned; m is any.
        right: (rows, n); out: (m, n).
    """
    for row, other in zip(left.T if turned else left, right, strict=True):
        out += row[:, None] * other


def _mirror(v: Array, i: int, pivot: int, start: int) -> tuple[float, float]:
    norm = math.sqrt(_dots(v[i, start:], v[i, start:]))
    if norm == 0.0:
        return 0.0, 0.0
    left = float(v[i, pivot])
    v[i, pivot] = left + math.copysign(norm, left)
    return 1.0 / (norm * (norm + abs(left))), -math.copysign(norm, left)


def _extend(v: Array, i: int, start: int, tau: float, factor: Array) -> None:
    inner, found = _dots(v[:i, start:], v[i, start:]), np.zeros(i)
    for k in range(i):
        found += factor[:i, k] * inner[k]
    factor[:i, i] = -tau * found
    factor[i, i] = -tau


def reflect(a: Array, first: int, count: int, v: Array, factor: Array, diagonal: Array) -> None:
    """Householder's reflections that clear `count` rows of a beyond the diagonal.

    A row x times all of them is x + x·vᵀ·factor·v (Schreiber & Van Loan 1989, "A storage-efficient
    WY representation").

    Args:
        a: (m, m); rows first … first + count − 1 are used up.
        v: (b, m) zeros; filled with the vectors of the reflections.
        factor: (b, b) zeros; filled above and on the diagonal.
        diagonal: (m,), filled with what is left of the rows on the diagonal.
    """
    for i in range(count):
        row = first + i
        v[i, row:] = a[row, row:]
        tau, diagonal[row] = _mirror(v, i, row, first)
        others = a[row + 1 : first + count, first:]
        others += (-tau * _dots(others, v[i, first:]))[:, None] * v[i, first:]
        _extend(v, i, first, tau, factor)


def tridiagonal(
    s: Array, first: int, count: int, v: Array, factor: Array, off: Array, w: Array
) -> None:
    """Reflections that make rows and columns first … of a symmetric matrix tridiagonal.

    Args:
        s: (m, m), what lies right of and below these rows is updated.
        v, factor: as in `reflect`.
        off: (m,), filled with the numbers beside the diagonal.
        w: (1, m), scratch.
    """
    for i in range(count):
        row = first + i
        begin = (row + 1) // LANES * LANES
        v[i, row + 1 :] = s[row, row + 1 :]
        tau, off[row] = _mirror(v, i, row + 1, first)
        w[0, row + 1 :] = tau * _dots(s[row + 1 :, begin:], v[i, begin:])
        w[0, begin : row + 1] = 0.0
        w[0, begin:] += (-0.5 * tau * _dots(w[0, begin:], v[i, begin:])) * v[i, begin:]
        x, y = v[i, row + 1 :, None], w[0, row + 1 :, None]
        s[row + 1 :, begin:] -= x * w[0, begin:] + y * v[i, begin:]
        _extend(v, i, first, tau, factor)


def implicit_ql(d: Array, e: Array, scale: float, places: Indices, turns: Array) -> int:
    """Rotations that take a symmetric tridiagonal matrix towards its eigenvalues.

    The implicit QR step with Wilkinson's shift (Golub & Van Loan, "Matrix computations", section
    8.3). Called until it returns 0: then d holds the eigenvalues.

    Args:
        d, e: (n,), the diagonal, and beside it e[:n − 1].
        scale: what the matrix's entries are small against by rounding, like its norm.
        places, turns: (room,) and (room, 2), room ≥ n; filled with the upper row of each rotation
            and its cosine and sine.

    Returns:
        how many there are.
    """
    count, high = 0, d.shape[0] - 1
    while high > 0:
        if abs(e[high - 1]) <= 2.0**-53 * scale:
            e[high - 1] = 0.0
            high -= 1
            continue
        low = high - 1
        while low > 0 and abs(e[low - 1]) > 2.0**-53 * scale:
            low -= 1
        if count + high - low > places.shape[0]:
            break
        half = 0.5 * (d[high - 1] - d[high])
        square = e[high - 1] * e[high - 1]
        root = math.sqrt(half * half + square)
        shift = d[high] - square / (half + math.copysign(root, half))
        x, z = d[low] - shift, e[low]
        for k in range(low, high):
            size = math.sqrt(x * x + z * z)
            c, s = 1.0, 0.0
            if size > 0.0:
                c, s = x / size, z / size
            if k > low:
                e[k - 1] = size
            upper, lower, beside = d[k], d[k + 1], e[k]
            across = 2.0 * (c * s) * beside
            d[k] = c * c * upper + across + s * s * lower
            d[k + 1] = s * s * upper - across + c * c * lower
            e[k] = c * s * (lower - upper) + (c * c - s * s) * beside
            if k + 1 < high:
                x, z = e[k], s * e[k + 1]
                e[k + 1] = c * e[k + 1]
            places[count] = k
            turns[count, 0], turns[count, 1] = c, s
            count += 1
    return count


rotations = implicit_ql


def rotate(rows: Array, places: Indices, turns: Array, count: int) -> None:
    """Turn rows places[i] and places[i] + 1 in their plane, for i = 0 … count − 1 in turn."""
    for i in range(count):
        k = int(places[i])
        c, s = float(turns[i, 0]), float(turns[i, 1])
        x, y = rows[k].copy(), rows[k + 1].copy()
        rows[k] = c * x + s * y
        rows[k + 1] = c * y - s * x
