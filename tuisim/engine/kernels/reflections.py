"""The arithmetic of tuisim.engine.maths.ordered, compiled.

Each function does what its twin in tuisim.engine.kernels.plain does, operation by operation.
Arrays are C-contiguous, and their rows whole multiples of two vectors long.
"""

from __future__ import annotations

import math
from typing import Any

from tuisim.engine.base.memo import Array
from tuisim.engine.base.panels import LANES
from tuisim.engine.kernels import plain
from tuisim.engine.kernels.jit import kernel, part, plainly
from tuisim.engine.kernels.lanes import load, store, total, zeros
from tuisim.engine.kernels.plain import WHOLE, Indices, implicit_ql

#: Seconds of a number that NumPy goes over, and of a step of Python's.
_NUMBER, _STEP = 2e-9, 8e-6


def _dots_seconds(a: Array, first: int, last: int, start: int, v: Array, out: Array) -> float:
    m = a.shape[1] - start
    return _NUMBER * (last - first) * len(v) * m + _STEP * (1 + m // LANES)


def _accumulate_seconds(a: Array, first: int, last: int, start: int, c: Any, v: Array) -> float:
    return len(v) * (_NUMBER * (last - first) * (a.shape[1] - start) + _STEP)


def _gather_seconds(left: Array, turned: bool, right: Array, out: Array) -> float:
    return len(right) * (_NUMBER * out.size + _STEP)


def _reflect_seconds(a: Array, first: int, count: int, *_: Any) -> float:
    return count * (_NUMBER * count * a.shape[1] + 6 * _STEP)


def _tridiagonal_seconds(s: Array, first: int, count: int, *_: Any) -> float:
    return count * (4 * _NUMBER * s.size + 12 * _STEP)


def _rotations_seconds(d: Array, *_: Any) -> float:
    return len(d) ** 2 * _STEP


def _rotate_seconds(rows: Array, places: Any, turns: Any, count: int) -> float:
    return count * (_NUMBER * rows.shape[1] + _STEP)


#: Rows whose numbers a cache holds while others are gathered.
_HELD = 128


@part
def _dot(a: Array, row: int, start: int, b: Array, other: int) -> float:
    """Σ_{k ≥ start} a[row, k] b[other, k]: eight sums side by side, neighbours added at the end."""
    m = a.shape[1]
    sums = zeros()
    for k in range(start, m, LANES):
        sums = sums + load(a, row * m + k) * load(b, other * m + k)
    found: float = total(sums)
    return found


@part
def _add(a: Array, row: int, start: int, factor: float, b: Array, other: int) -> None:
    """a[row, k] += factor · b[other, k] for k ≥ start."""
    m = a.shape[1]
    for k in range(start, m, LANES):
        at = row * m + k
        store(load(a, at) + factor * load(b, other * m + k), a, at)


@kernel
@plainly(plain.dots, _dots_seconds)
def dots(a: Array, first: int, last: int, start: int, v: Array, out: Array) -> None:
    """See tuisim.engine.kernels.plain."""
    m = a.shape[1]
    for r in range(first, last, 2):
        for j in range(0, v.shape[0], 4):
            s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = zeros()
            x, y, at = r * m + start, (r + 1) * m + start, j * m + start
            for _ in range(start, m, LANES):
                v0, v1 = load(v, at), load(v, at + m)
                v2, v3 = load(v, at + 2 * m), load(v, at + 3 * m)
                left, right = load(a, x), load(a, y)
                s0 = s0 + left * v0
                s1 = s1 + left * v1
                s2 = s2 + left * v2
                s3 = s3 + left * v3
                t0 = t0 + right * v0
                t1 = t1 + right * v1
                t2 = t2 + right * v2
                t3 = t3 + right * v3
                x += LANES
                y += LANES
                at += LANES
            row = r - first
            out[row, j], out[row, j + 1] = total(s0), total(s1)
            out[row, j + 2], out[row, j + 3] = total(s2), total(s3)
            out[row + 1, j], out[row + 1, j + 1] = total(t0), total(t1)
            out[row + 1, j + 2], out[row + 1, j + 3] = total(t2), total(t3)


@part
def _add_to_four(
    out: Array,
    places: tuple[int, int, int, int],
    factors: Array,
    at: tuple[int, int, int, int],
    apart: int,
    rows: Array,
    place: int,
    count: int,
) -> None:
    """Add to two vectors of four rows each their own factors times the same `count` rows.

    Args:
        places: where the four pairs of vectors lie in `out`.
        factors: (any,); those of the first row stand at `at`, those of the next ones `apart`.
        place: where the pair of the first row lies in `rows`.
    """
    w, x, y, z = places
    cw, cx, cy, cz = at
    w0, w1 = load(out, w), load(out, w + LANES)
    x0, x1 = load(out, x), load(out, x + LANES)
    y0, y1 = load(out, y), load(out, y + LANES)
    z0, z1 = load(out, z), load(out, z + LANES)
    for _ in range(count):
        v0, v1 = load(rows, place), load(rows, place + LANES)
        c0, c1, c2, c3 = factors[cw], factors[cx], factors[cy], factors[cz]
        w0 = w0 + c0 * v0
        w1 = w1 + c0 * v1
        x0 = x0 + c1 * v0
        x1 = x1 + c1 * v1
        y0 = y0 + c2 * v0
        y1 = y1 + c2 * v1
        z0 = z0 + c3 * v0
        z1 = z1 + c3 * v1
        place += rows.shape[1]
        cw, cx, cy, cz = cw + apart, cx + apart, cy + apart, cz + apart
    store(w0, out, w)
    store(w1, out, w + LANES)
    store(x0, out, x)
    store(x1, out, x + LANES)
    store(y0, out, y)
    store(y1, out, y + LANES)
    store(z0, out, z)
    store(z1, out, z + LANES)


@kernel
@plainly(plain.accumulate, _accumulate_seconds)
def accumulate(a: Array, first: int, last: int, start: int, c: Array, v: Array) -> None:
    """See tuisim.engine.kernels.plain."""
    m, count = a.shape[1], v.shape[0]
    each = c.shape[1]
    factors = c.reshape(c.size)
    for r in range(first, last, 4):
        at = (r - first) * each
        for k in range(start, m, 2 * LANES):
            places = r * m + k, (r + 1) * m + k, (r + 2) * m + k, (r + 3) * m + k
            starts = at, at + each, at + 2 * each, at + 3 * each
            _add_to_four(a, places, factors, starts, 1, v, k, count)


@kernel
@plainly(plain.gather, _gather_seconds)
def gather(left: Array, turned: bool, right: Array, out: Array) -> None:
    """See tuisim.engine.kernels.plain."""
    (rows, n), m = right.shape, out.shape[0]
    by_row, by_column = (1, rows) if turned else (m, 1)
    factors = left.reshape(left.size)
    for begin in range(0, rows, _HELD):
        count = min(begin + _HELD, rows) - begin
        for i in range(0, m, 4):
            # Past the last one it is done again, with the same numbers.
            i1, i2, i3 = min(i + 1, m - 1), min(i + 2, m - 1), min(i + 3, m - 1)
            c = begin * by_row
            starts = c + i * by_column, c + i1 * by_column, c + i2 * by_column, c + i3 * by_column
            for k in range(0, n, 2 * LANES):
                places = i * n + k, i1 * n + k, i2 * n + k, i3 * n + k
                _add_to_four(out, places, factors, starts, by_row, right, begin * n + k, count)


@part
def _mirror(v: Array, i: int, pivot: int, start: int) -> tuple[float, float]:
    """Turn v[i] into the vector of a reflection; its τ, and what it makes of the pivot."""
    norm = math.sqrt(_dot(v, i, start, v, i))
    if norm == 0.0:
        return 0.0, 0.0
    left = v[i, pivot]
    v[i, pivot] = left + math.copysign(norm, left)
    return 1.0 / (norm * (norm + abs(left))), -math.copysign(norm, left)


@part
def _extend(v: Array, i: int, start: int, tau: float, factor: Array) -> None:
    """Column i of the factor, of the reflections 0 … i together."""
    for k in range(i):
        factor[i, k] = _dot(v, k, start, v, i)
    for row in range(i):
        found = 0.0
        for k in range(i):
            found += factor[row, k] * factor[i, k]
        factor[row, i] = -tau * found
    for k in range(i):
        factor[i, k] = 0.0
    factor[i, i] = -tau


@kernel
@plainly(plain.reflect, _reflect_seconds)
def reflect(a: Array, first: int, count: int, v: Array, factor: Array, diagonal: Array) -> None:
    """See tuisim.engine.kernels.plain."""
    m = a.shape[1]
    for i in range(count):
        row = first + i
        for k in range(row, m):
            v[i, k] = a[row, k]
        tau, diagonal[row] = _mirror(v, i, row, first)
        for other in range(row + 1, first + count):
            _add(a, other, first, -tau * _dot(a, other, first, v, i), v, i)
        _extend(v, i, first, tau, factor)


@kernel
@plainly(plain.tridiagonal, _tridiagonal_seconds)
def tridiagonal(
    s: Array, first: int, count: int, v: Array, factor: Array, off: Array, w: Array
) -> None:
    """See tuisim.engine.kernels.plain."""
    m = s.shape[1]
    for i in range(count):
        row = first + i
        begin = (row + 1) // LANES * LANES
        for k in range(row + 1, m):
            v[i, k] = s[row, k]
        tau, off[row] = _mirror(v, i, row + 1, first)
        for other in range(row + 1, m):
            w[0, other] = tau * _dot(s, other, begin, v, i)
        for k in range(begin, row + 1):
            w[0, k] = 0.0
        _add(w, 0, begin, -0.5 * tau * _dot(w, 0, begin, v, i), v, i)
        for other in range(row + 1, m):
            x, y, at = v[i, other], w[0, other], other * m
            for k in range(begin, m, LANES):
                change = x * load(w, k) + y * load(v, i * m + k)
                store(load(s, at + k) - change, s, at + k)
        _extend(v, i, first, tau, factor)


#: One source for both: it is a matter of single numbers.
rotations = kernel(plainly(seconds=_rotations_seconds)(implicit_ql))


@kernel
@plainly(plain.rotate, _rotate_seconds)
def rotate(rows: Array, places: Indices, turns: Array, count: int) -> None:
    """See tuisim.engine.kernels.plain."""
    m = rows.shape[1]
    # Strips that a cache holds: a column knows of no other.
    for strip in range(0, m, WHOLE):
        end = min(strip + WHOLE, m)
        for i in range(count):
            c, s = turns[i, 0], turns[i, 1]
            at = places[i] * m
            for k in range(at + strip, at + end, LANES):
                x, y = load(rows, k), load(rows, k + m)
                store(c * x + s * y, rows, k)
                store(c * y - s * x, rows, k + m)
