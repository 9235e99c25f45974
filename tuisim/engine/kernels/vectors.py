"""Compiled vector work that every cell shares: products, norms, scales.

A scaled vector is an array row and an exponent: its true value is row · 2**exponent. Scales
are powers of two, so scaling is exact, and a norm far outside float64 still has a logarithm.
"""

from __future__ import annotations

import math

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.panels import LANES, PANEL
from tuisim.engine.kernels.jit import aside, kernel, part, plainly
from tuisim.engine.kernels.lanes import (
    load,
    load_narrow,
    load_some,
    store,
    store_some,
    total,
    zeros,
)

#: A scaled row is rescaled once its norm leaves 2**±_ROOM, so that one step with a huge
#: matrix still fits into a float64.
_ROOM_SQUARED = 2.0**32

_LOG10_2 = math.log10(2.0)

_FAINT = 1e-150

#: The exponent of a row to which nothing has been added.
NOTHING = -1e300


def _multiply_sum(
    matrices: Array,
    k: int,
    count: int,
    x: Array,
    t: int,
    products: Array,
    row: int,
    batch: int,
    adding: bool,
    turned: bool,
) -> None:
    """`multiply_sum` with all columns at a time."""
    n = x.shape[1] // batch
    wide = n // PANEL * PANEL
    narrow = matrices.shape[1] < n * n
    for one in range(count):
        matrix = matrices[k + one]
        if narrow:
            matrix = matrix.view(np.float32).astype(np.float64)
        panels = matrix[: n * wide].reshape(-1, n, PANEL)
        rest = matrix[n * wide :].reshape(-1, n, LANES)
        for b in range(batch):
            heard = x[t + one, b * n : (b + 1) * n, np.newaxis]
            out = products[row, b * n : (b + 1) * n]
            for columns, block, paired in (
                (slice(wide), panels, False),
                (slice(wide, n), rest, True),
            ):
                terms = heard * block
                if paired:
                    pairs = terms[:, : n - 1 : 2] + terms[:, 1::2]
                    terms = np.concatenate((pairs, terms[:, n - n % 2 :]), axis=1)
                if adding or one > 0:
                    before = np.zeros((len(block), 1, block.shape[2]))
                    before.reshape(-1)[: out[columns].size] = out[columns]
                    terms = np.concatenate((before, terms), axis=1)
                # An accumulation is made one after the other, as a sum need not be.
                sums = np.add.accumulate(terms, axis=1, out=terms)[:, -1]
                if not (adding or one > 0):
                    # As if it had begun with 0: of −0 alone too the sum is 0.
                    sums = sums + 0.0
                out[columns] = sums.reshape(-1)[: out[columns].size]


@part
@plainly(_multiply_sum)
def multiply_sum(
    matrices: Array,
    k: int,
    count: int,
    x: Array,
    t: int,
    products: Array,
    row: int,
    batch: int,
    adding: bool,
    turned: bool,
) -> None:
    """products[row, b] = Σ x[t + i, b] · matrices[k + i] over i < count; += where adding.

    Every sum runs over a matrix's rows in order, one matrix after the other, whatever the machine's
    vectors are.

    Args:
        matrices: as tuisim.engine.base.panels packs them, narrow ones too.
        x: (any, batch·n), read from row t on.
        products: (any, batch·n), written in row `row`.
        turned: take the last panels first, which changes no bit. Where steps take turns, what a
            cache still holds of matrices larger than itself is what the next step begins with.
    """
    n = x.shape[1] // batch
    wide = n - n % PANEL
    narrow = matrices.shape[1] < n * n
    width = 2 * matrices.shape[1] if narrow else matrices.shape[1]
    # Of a batch each row reads a matrix once more, which the smallest cache may hold: one by one.
    each = 1 if batch > 1 else count
    for begin in range(0, count, each):
        more = adding or begin > 0
        for b in range(batch):
            first = b * n
            out = row * batch * n + first
            done = 0
            while done < wide:
                j = wide - PANEL - done if turned else done
                s0 = s1 = s2 = s3 = zeros()
                if more:
                    s0 = load(products, out + j)
                    s1 = load(products, out + j + LANES)
                    s2 = load(products, out + j + 2 * LANES)
                    s3 = load(products, out + j + 3 * LANES)
                for one in range(begin, begin + each):
                    at = (k + one) * width + j * n
                    if narrow:
                        for i in range(first, first + n):
                            xi = x[t + one, i]
                            s0 = s0 + xi * load_narrow(matrices, at)
                            s1 = s1 + xi * load_narrow(matrices, at + LANES)
                            s2 = s2 + xi * load_narrow(matrices, at + 2 * LANES)
                            s3 = s3 + xi * load_narrow(matrices, at + 3 * LANES)
                            at += PANEL
                        continue
                    for i in range(first, first + n):
                        xi = x[t + one, i]
                        s0 = s0 + xi * load(matrices, at)
                        s1 = s1 + xi * load(matrices, at + LANES)
                        s2 = s2 + xi * load(matrices, at + 2 * LANES)
                        s3 = s3 + xi * load(matrices, at + 3 * LANES)
                        at += PANEL
                store(s0, products, out + j)
                store(s1, products, out + j + LANES)
                store(s2, products, out + j + 2 * LANES)
                store(s3, products, out + j + 3 * LANES)
                done += PANEL
            j = wide
            while j < n:
                # Two rows at a time: a single sum has nothing to do while an addition is under way.
                s0 = load_some(products, out + j, min(n - j, LANES)) if more else zeros()
                for one in range(begin, begin + each):
                    at = (k + one) * width + j * n
                    for i in range(first, first + n - 1, 2):
                        pair = x[t + one, i] * load(matrices, at)
                        pair = pair + x[t + one, i + 1] * load(matrices, at + LANES)
                        s0 = s0 + pair
                        at += 2 * LANES
                    if n % 2 == 1:
                        s0 = s0 + x[t + one, first + n - 1] * load(matrices, at)
                if j + LANES <= n:
                    store(s0, products, out + j)
                else:
                    store_some(s0, products, out + j, n - j)
                j += LANES


@part
def multiply(
    matrices: Array,
    k: int,
    x: Array,
    t: int,
    products: Array,
    row: int,
    batch: int,
    adding: bool,
) -> None:
    """products[row, b] = x[t, b] · matrices[k]; += where adding; arguments as `multiply_sum`'s."""
    one = int(np.int64(1))
    multiply_sum(matrices, k, one, x, t, products, row, batch, adding, False)


@part
def power_of_two(exponent: float) -> float:
    """2**exponent for a whole float, 0 or inf where that is outside float64."""
    return math.ldexp(1.0, int(min(max(exponent, -4000.0), 4000.0)))


def _square_sum(x: Array, t: int) -> float:
    """`square_sum` with all lanes at a time."""
    n = x.shape[1]
    wide = n - n % LANES
    squares = x[t] * x[t]
    square = zeros()
    if wide:
        square = total(np.add.accumulate(squares[:wide].reshape(-1, LANES), axis=0)[-1])
    for one in squares[wide:]:
        square = square + one
    return square  # type: ignore[no-any-return]


@part
@plainly(_square_sum)
def square_sum(x: Array, t: int) -> float:
    """Σ x[t]² in eight partial sums: one chain of additions would cost four cycles each."""
    n = x.shape[1]
    wide = n - n % LANES
    sums = zeros()
    for i in range(t * n, t * n + wide, LANES):
        lanes = load(x, i)
        sums = sums + lanes * lanes
    square: float = total(sums)
    for i in range(wide, n):
        square += x[t, i] * x[t, i]
    return square


@aside
def _scaled_square_sum(x: Array, t: int) -> tuple[float, float]:
    largest = 0.0
    for i in range(x.shape[1]):
        size = abs(x[t, i])
        if math.isnan(size):
            return math.nan, 0.0
        largest = max(largest, size)
    if largest == 0.0 or math.isinf(largest):
        return largest, 0.0
    exponent = math.frexp(largest)[1]
    scaled_sum = 0.0
    for i in range(x.shape[1]):
        # In two halves: 2**-exponent alone overflows for the smallest subnormals.
        scaled = math.ldexp(x[t, i], -exponent)
        scaled_sum += scaled * scaled
    return scaled_sum, float(exponent)


@part
def careful_square_sum(x: Array, t: int) -> tuple[float, float]:
    """(s, e) with Σ x[t]² = s · 4**e, right where the squares leave float64.

    inf where an entry is, nan where one is, (0, 0) for exact zeros.
    """
    plain = square_sum(x, t)
    if 1e-280 < plain < 1e300:
        return plain, 0.0
    return _scaled_square_sum(x, t)


@aside
def rescale(x: Array, t: int, shift: float) -> None:
    """x[t] *= 2**−shift."""
    for i in range(x.shape[1]):
        x[t, i] = math.ldexp(x[t, i], -int(shift))


@part
def faint(x: Array, t: int) -> bool:
    """Whether all of x[t] is so small that it may be what is left of products that underflow."""
    i, n = 0, x.shape[1]
    while i < n and abs(x[t, i]) < _FAINT:
        i += 1
    return i == n


@aside
def raise_to_one(x: Array) -> float:
    """Bring the largest entry of all rows of x near 1; returns the exponent that they have then."""
    largest = 0.0
    for t in range(x.shape[0]):
        for i in range(x.shape[1]):
            largest = max(largest, abs(x[t, i]))
    if not 0.0 < largest < math.inf:
        return 0.0
    shift = float(math.frexp(largest)[1])
    for t in range(x.shape[0]):
        rescale(x, t, shift)
    return shift


@part
def log10_norm(square: float, exponent: float) -> float:
    """log10 √(square · 4**exponent): −inf for an exact zero, inf and nan as themselves."""
    # By way of log2, which takes a third of log10's time.
    return _LOG10_2 * (0.5 * math.log2(square) + exponent)


def _norms_seconds(rows: Array, found: Array) -> float:
    return 1e-5 * len(rows)


@kernel
@plainly(seconds=_norms_seconds)
def _log10_norms(rows: Array, found: Array) -> None:
    """found[t], the exponent of rows[t], becomes log10 of the scaled row's norm."""
    for t in range(rows.shape[0]):
        square, extra = careful_square_sum(rows, t)
        found[t] = log10_norm(square, found[t] + extra)


def log10_norms(rows: Array, exponents: Array | float = 0.0) -> Array:
    """log10 of the norms of scaled rows (R, any), (R,); −inf, inf and nan as in `log10_norm`.

    NumPy's norms and logarithms have other last digits on other processors.
    """
    found = np.empty(len(rows))
    found[:] = exponents
    _log10_norms(np.require(rows, np.float64, ["C", "W"]), found)
    return found


@part
def settle(x: Array, t: int, exponents: Array, log10: Array) -> None:
    """Note log10 of the norm of the scaled row x[t]; rescale it where it left the room."""
    square, extra = careful_square_sum(x, t)
    log10[t] = log10_norm(square, exponents[t] + extra)
    if extra == 0.0 and (1.0 / _ROOM_SQUARED < square < _ROOM_SQUARED):
        return
    if square > 0.0 and math.isfinite(square):
        shift = extra + math.frexp(math.sqrt(square))[1]
        rescale(x, t, shift)
        exponents[t] += shift


@aside
def add_scaled(
    x: Array, t: int, exponents: Array, weight: float, v: Array, row: int, exponent: float
) -> None:
    """x[t] · 2**exponents[t] += weight · v[row] · 2**exponent, on the larger of the two scales."""
    if weight == 0.0:
        return
    size = x.shape[1]
    empty = True
    for i in range(size):
        if v[row, i] != 0.0:
            empty = False
            break
    # A zero vector must not drag a row of tiny numbers up to its scale and so to 0.
    if empty:
        return
    if exponents[t] < exponent:
        down = power_of_two(exponents[t] - exponent)
        for i in range(size):
            x[t, i] *= down
        exponents[t] = exponent
    factor = weight * power_of_two(exponent - exponents[t])
    for i in range(size):
        x[t, i] += factor * v[row, i]
