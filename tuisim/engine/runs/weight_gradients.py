"""Weight gradients from what each step adds: δ_t, s_t and scales.

A step's share is δ_tᵀ s_t · 2**exponent_t: factors far outside float64 still have a product.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.panels import LANES
from tuisim.engine.kernels.jit import kernel, plainly
from tuisim.engine.kernels.lanes import largest_lane, load, magnitude, store, where_less, zeros
from tuisim.engine.kernels.vectors import NOTHING, careful_square_sum, power_of_two
from tuisim.engine.maths.ordered import as_kernels_take_it, gathered

# Bytes of (steps, n, n) products that are formed at a time.
_CHUNK_BYTES = 16 << 20
# Rows of a batch that are added up all steps at a time.
_FEW_ROWS = 8


def balanced(rows: Array, exponents: Array) -> tuple[Array, Array]:
    """Rows (T, B, any) · 2**exponents, (T, B), with the largest entry of each brought near 1."""
    flat = _flat(rows)
    largest = np.empty(len(flat))
    _largest(flat, largest)
    largest = largest.reshape(exponents.shape)
    # No lower, so that the factor is a float: what is subnormal comes near enough.
    shift = np.where(np.isfinite(largest), np.frexp(largest)[1].clip(-1022), 0)
    # A row of zeros has no scale, and must not lend one to a sum.
    exponents = np.where(largest == 0.0, NOTHING, exponents + shift)
    return _scaled(rows, -1.0 * shift), exponents


def by_step(rows: Array, exponents: Array) -> tuple[Array, Array]:
    """Rows (T, B, any) · 2**exponents, (T, B), on the scale of each step's largest, (T,)."""
    top = exponents.max(axis=1)
    down = exponents - top[:, np.newaxis]
    return _scaled(rows, down) if down.any() else rows, top


def balanced_pair(
    delta: Array, back: Array, source: Array, up: Array
) -> tuple[Array, Array, Array]:
    """δ (T, B, m), s (T, B, n) and the exponents (T,) of their products, from exponents (T, B).

    A row whose δ is hundreds of decades under another's may hear as much more: it is in their
    products that rows of a batch are compared.
    """
    delta, back = balanced(delta, back)
    source, up = balanced(source, up)
    delta, exponents = by_step(delta, back + up)
    return delta, source, exponents


def _flat(rows: Array) -> Array:
    return as_kernels_take_it(rows.reshape(-1, rows.shape[-1]))


def _seconds(rows: Array, *_: Array) -> float:
    return 1e-5 * len(rows) + 2e-7 * rows.size


@kernel
@plainly(seconds=_seconds)
def _largest(rows: Array, found: Array) -> None:
    """found[t] = max |rows[t]|, whatever is nan left out."""
    n = rows.shape[1]
    wide = n - n % LANES
    for t in range(rows.shape[0]):
        top = zeros()
        for at in range(t * n, t * n + wide, LANES):
            size = magnitude(load(rows, at))
            top = where_less(top, size, size, top)
        found[t] = largest_lane(top)
        for i in range(wide, n):
            found[t] = max(found[t], abs(rows[t, i]))


@kernel
@plainly(seconds=_seconds)
def _scale(rows: Array, exponents: Array, out: Array) -> None:
    """out[t] = rows[t] · 2**exponents[t]."""
    n = rows.shape[1]
    wide = n - n % LANES
    for t in range(rows.shape[0]):
        factor = power_of_two(exponents[t])
        for at in range(t * n, t * n + wide, LANES):
            store(load(rows, at) * factor, out, at)
        for i in range(wide, n):
            out[t, i] = rows[t, i] * factor


def _scaled(rows: Array, exponents: Array) -> Array:
    """Rows (…, any) · 2**exponents (…): by powers of two, so exactly."""
    out = np.empty(rows.shape)
    _scale(_flat(rows), as_kernels_take_it(exponents.ravel()), _flat(out))
    return out


def summed(delta: Array, source: Array, exponents: Array) -> tuple[Array, float]:
    """Σ_t δ_tᵀ s_t · 2**exponents as (m, n) · 2**exponent: one product of matrices.

    Args:
        delta: (T, B, m); source: (T, B, n); exponents: (T,), or (T, B).
    """
    # Terms too small beside the largest vanish in the sum as they would anyway.
    top = float(exponents.max())
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        by_exponent = delta.reshape(exponents.size, -1)
        rows = _scaled(by_exponent, exponents.ravel() - top).reshape(-1, delta.shape[2])
        return gathered(rows, source.reshape(-1, source.shape[2])), top


def true_sum(delta: Array, source: Array, exponents: Array) -> Array:
    """The same at its true scale, (m, n), 0 or inf where that leaves float64."""
    total, top = summed(delta, source, exponents)
    with np.errstate(over="ignore", under="ignore"):
        whole: Array = np.ldexp(total, int(max(min(top, 5000), -5000)))
    return whole


@kernel
@plainly(seconds=_seconds)
def _norm(row: Array) -> float:
    square, exponent = careful_square_sum(row, int(np.int64(0)))
    return math.sqrt(square) * power_of_two(exponent)


def norm(array: Array) -> float:
    """The square root of the sum of squares, where the squares leave float64 too."""
    found: float = _norm(as_kernels_take_it(array.reshape(1, -1)))
    return found


class Clipped(NamedTuple):
    """The norm of a block, that of its entries clipped to ±a limit, and the cosine between them.

    before, after: to be multiplied with 2**top and 2**low.
    """

    before: float
    top: float
    after: float
    low: float
    cosine: float


def clipping(block: Array, exponents: Array, limit: float) -> Clipped:
    """What becomes of block · 2**exponents where its entries are clipped to ±limit.

    Args:
        block: (…, m, n); exponents: (…, 1, 1).
    """
    top = float(exponents.max())
    # Under a small limit the smallest entries count like the largest: on the limit's own scale.
    low = min(top, float(math.frexp(limit)[1]))
    with np.errstate(over="ignore", under="ignore"):
        whole, near = _raised(block, exponents - top), _raised(block, exponents - low)
        cap = _raised(np.array(limit), np.array(-low))
        clipped = near.clip(-cap, cap)
    before, after = norm(whole), norm(clipped)
    cosine = math.nan
    if 0.0 < before < math.inf:
        cosine = float(((whole / before) * (clipped / after)).sum())
    return Clipped(before, top, after, low, cosine)


def _raised(numbers: Array, exponents: Array) -> Array:
    """numbers · 2**exponents, 0 or inf where that leaves float64."""
    if not exponents.any():
        return numbers
    raised: Array = np.ldexp(numbers, exponents.clip(-5000, 5000).astype(int))
    return raised


def joined(norms: Array, exponents: Array) -> tuple[float, Array]:
    """The norm of what has blocks with norms · 2**exponents, (k,), and their shares of it."""
    top = exponents.max()
    with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
        beside = _raised(norms, exponents - top)
        whole = norm(beside)
        return float(np.ldexp(whole, int(top.clip(-5000, 5000)))), beside / whole


def blocks(delta: Array, source: Array) -> Iterator[Array]:
    """∂L/∂W_t as (steps, n, n), a bounded number of steps at a time."""
    steps, _, width = delta.shape
    size = max(1, _CHUNK_BYTES // (8 * width * width))
    for first in range(0, steps, size):
        part = slice(first, first + size)
        with np.errstate(invalid="ignore"):
            yield _of_steps(delta[part], source[part])


def _of_steps(delta: Array, source: Array) -> Array:
    """δ_tᵀ s_t of each step, (steps, m, n), the rows of a batch added up in their order."""
    if delta.shape[1] > _FEW_ROWS:
        return np.stack([gathered(*step) for step in zip(delta, source, strict=True)])
    block = np.zeros((len(delta), delta.shape[2], source.shape[2]))
    for row in range(delta.shape[1]):
        block += delta[:, row, :, np.newaxis] * source[:, row, np.newaxis, :]
    return block


def whole_gradients(
    factors: tuple[Array, Array, Array], tied: bool
) -> Iterator[tuple[Array, Array]]:
    """The whole weight gradient: one (m, n) where tied, else blocks of steps (k, m, n).

    Each with the exponents of its steps, (1, 1) or (k, 1, 1).
    """
    delta, source, exponents = factors
    if tied:
        total, top = summed(delta, source, exponents)
        yield total, np.full((1, 1), top)
        return
    first = 0
    for block in blocks(delta, source):
        yield block, exponents[first : first + len(block), np.newaxis, np.newaxis]
        first += len(block)
