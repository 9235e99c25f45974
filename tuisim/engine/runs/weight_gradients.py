"""Weight gradients from what each step adds: δ_t, s_t and scales.

A step's share is δ_tᵀ s_t · 2**exponent_t: factors far outside float64 still have a product.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

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
    """Rows (T, B, any) · 2**exponents with the largest entry of each step brought near 1."""
    steps = as_kernels_take_it(rows.reshape(len(rows), -1))
    largest = np.empty(len(rows))
    _largest(steps, largest)
    # No lower, so that the factor is a float: what is subnormal comes near enough.
    shift = np.where(np.isfinite(largest), np.frexp(largest)[1].clip(-1022), 0)
    # A row of zeros has no scale, and must not lend one to a sum.
    exponents = np.where(largest == 0.0, NOTHING, exponents + shift)
    return _scaled(steps, -1.0 * shift).reshape(rows.shape), exponents


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
    """Rows (T, any) · 2**exponents: by powers of two, so exactly."""
    out = np.empty(rows.shape)
    _scale(rows, exponents, out)
    return out


def summed(delta: Array, source: Array, exponents: Array) -> tuple[Array, float]:
    """Σ_t δ_tᵀ s_t · 2**exponents as (m, n) · 2**exponent: one product of matrices.

    Args:
        delta: (T, B, m); source: (T, B, n); exponents: (T,).
    """
    # Terms too small beside the largest vanish in the sum as they would anyway.
    top = float(exponents.max())
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        flat = as_kernels_take_it(delta.reshape(len(delta), -1))
        rows = _scaled(flat, exponents - top).reshape(-1, delta.shape[2])
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


def clipping(block: Array, limit: float) -> tuple[float, float, float]:
    """The norms of a block and of its entries clipped to ±limit, and the cosine between them."""
    clipped = block.clip(-limit, limit)
    before, after = norm(block), norm(clipped)
    if not 0.0 < before < math.inf:
        return before, after, math.nan
    return before, after, float(((block / before) * (clipped / after)).sum())


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


def whole_gradients(factors: tuple[Array, Array, Array], tied: bool) -> Iterator[Array]:
    """The whole weight gradient at its true scale: one (n, n) where tied, else blocks of steps."""
    delta, source, exponents = factors
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if tied:
            yield true_sum(delta, source, exponents)
            return
        first = 0
        for block in blocks(delta, source):
            part = exponents[first : first + len(block)].clip(-5000, 5000).astype(int)
            first += len(block)
            yield np.ldexp(block, part[:, None, None])
