"""Products of matrices for training's own kernels, compiled: four rows and four lanes at a time.

Each sum runs over k in order, a product and an addition being rounded once (`llvm.fma`): the same
bits on every processor, slowly on one that has no such instruction.
"""

from __future__ import annotations

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.panels import LANES, PANEL
from tuisim.engine.kernels.jit import aside, part
from tuisim.engine.kernels.lanes import (
    everywhere,
    fused,
    load,
    load_some,
    store,
    store_some,
    zeros,
)


@aside
def add_product(
    left: Array,
    left_at: int,
    row: int,
    step: int,
    right: Array,
    right_at: int,
    right_row: int,
    out: Array,
    out_at: int,
    out_row: int,
    m: int,
    n: int,
    terms: int,
    adding: int,
) -> None:
    """out[i, j] = Σ_k left[i, k] · right[k, j] for i < m, j < n, k < terms; += where adding, 1.

    Args:
        left: entry (i, k) lies at left_at + i·row + k·step of left.ravel().
        right: entry (k, j) lies at right_at + k·right_row + j of right.ravel(); with right_row 0
            as tuisim.engine.base.panels packs it.
        out: entry (i, j) lies at out_at + i·out_row + j of out.ravel().
    """
    j = 0
    while j + PANEL <= n:
        begin, stride = right_at + j, right_row
        if right_row == 0:
            begin, stride = right_at + j * terms, PANEL
        i = 0
        while i + 4 <= m:
            o0 = out_at + i * out_row + j
            o1, o2, o3 = o0 + out_row, o0 + 2 * out_row, o0 + 3 * out_row
            a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = zeros()
            c0 = c1 = c2 = c3 = d0 = d1 = d2 = d3 = zeros()
            if adding > 0:
                a0, a1 = load(out, o0), load(out, o0 + LANES)
                a2, a3 = load(out, o0 + 2 * LANES), load(out, o0 + 3 * LANES)
                b0, b1 = load(out, o1), load(out, o1 + LANES)
                b2, b3 = load(out, o1 + 2 * LANES), load(out, o1 + 3 * LANES)
                c0, c1 = load(out, o2), load(out, o2 + LANES)
                c2, c3 = load(out, o2 + 2 * LANES), load(out, o2 + 3 * LANES)
                d0, d1 = load(out, o3), load(out, o3 + LANES)
                d2, d3 = load(out, o3 + 2 * LANES), load(out, o3 + 3 * LANES)
            at, x = begin, left_at + i * row
            for _ in range(terms):
                r0, r1 = load(right, at), load(right, at + LANES)
                r2, r3 = load(right, at + 2 * LANES), load(right, at + 3 * LANES)
                one = everywhere(left, x)
                a0, a1 = fused(one, r0, a0), fused(one, r1, a1)
                a2, a3 = fused(one, r2, a2), fused(one, r3, a3)
                one = everywhere(left, x + row)
                b0, b1 = fused(one, r0, b0), fused(one, r1, b1)
                b2, b3 = fused(one, r2, b2), fused(one, r3, b3)
                one = everywhere(left, x + 2 * row)
                c0, c1 = fused(one, r0, c0), fused(one, r1, c1)
                c2, c3 = fused(one, r2, c2), fused(one, r3, c3)
                one = everywhere(left, x + 3 * row)
                d0, d1 = fused(one, r0, d0), fused(one, r1, d1)
                d2, d3 = fused(one, r2, d2), fused(one, r3, d3)
                at += stride
                x += step
            store(a0, out, o0)
            store(a1, out, o0 + LANES)
            store(a2, out, o0 + 2 * LANES)
            store(a3, out, o0 + 3 * LANES)
            store(b0, out, o1)
            store(b1, out, o1 + LANES)
            store(b2, out, o1 + 2 * LANES)
            store(b3, out, o1 + 3 * LANES)
            store(c0, out, o2)
            store(c1, out, o2 + LANES)
            store(c2, out, o2 + 2 * LANES)
            store(c3, out, o2 + 3 * LANES)
            store(d0, out, o3)
            store(d1, out, o3 + LANES)
            store(d2, out, o3 + 2 * LANES)
            store(d3, out, o3 + 3 * LANES)
            i += 4
        while i < m:
            o0 = out_at + i * out_row + j
            a0 = a1 = a2 = a3 = zeros()
            if adding > 0:
                a0, a1 = load(out, o0), load(out, o0 + LANES)
                a2, a3 = load(out, o0 + 2 * LANES), load(out, o0 + 3 * LANES)
            at, x = begin, left_at + i * row
            for _ in range(terms):
                one = everywhere(left, x)
                a0 = fused(one, load(right, at), a0)
                a1 = fused(one, load(right, at + LANES), a1)
                a2 = fused(one, load(right, at + 2 * LANES), a2)
                a3 = fused(one, load(right, at + 3 * LANES), a3)
                at += stride
                x += step
            store(a0, out, o0)
            store(a1, out, o0 + LANES)
            store(a2, out, o0 + 2 * LANES)
            store(a3, out, o0 + 3 * LANES)
            i += 1
        j += PANEL
    while j < n:
        count = min(n - j, LANES)
        begin, stride = right_at + j, right_row
        if right_row == 0:
            begin, stride = right_at + j * terms, LANES
        i = 0
        while i + 4 <= m:
            o0 = out_at + i * out_row + j
            o1, o2, o3 = o0 + out_row, o0 + 2 * out_row, o0 + 3 * out_row
            a0 = b0 = c0 = d0 = zeros()
            if adding > 0:
                a0, b0 = load_some(out, o0, count), load_some(out, o1, count)
                c0, d0 = load_some(out, o2, count), load_some(out, o3, count)
            at, x = begin, left_at + i * row
            for _ in range(terms):
                r0 = load_some(right, at, count)
                a0 = fused(everywhere(left, x), r0, a0)
                b0 = fused(everywhere(left, x + row), r0, b0)
                c0 = fused(everywhere(left, x + 2 * row), r0, c0)
                d0 = fused(everywhere(left, x + 3 * row), r0, d0)
                at += stride
                x += step
            store_some(a0, out, o0, count)
            store_some(b0, out, o1, count)
            store_some(c0, out, o2, count)
            store_some(d0, out, o3, count)
            i += 4
        while i < m:
            o0 = out_at + i * out_row + j
            a0 = load_some(out, o0, count) if adding > 0 else zeros()
            at, x = begin, left_at + i * row
            for _ in range(terms):
                a0 = fused(everywhere(left, x), load_some(right, at, count), a0)
                at += stride
                x += step
            store_some(a0, out, o0, count)
            i += 1
        j += LANES


@part
def multiply_fused(
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
    """As `multiply_sum` of tuisim.engine.kernels.vectors, products and additions rounded once."""
    # Literals would have it compiled once more for each of them.
    zero, one = int(np.int64(0)), int(np.int64(1))
    size = x.shape[1]
    n = size // batch
    for i in range(count):
        add_product(
            x, (t + i) * size, n, one, matrices, (k + i) * matrices.shape[1], zero, products,
            row * size, n, batch, n, n, one if adding or i > 0 else zero,
        )  # fmt: skip


@aside
def pack(source: Array, at: int, m: int, n: int, transposed: bool, packed: Array, k: int) -> None:
    """packed[k] = the matrix (m, n) in source[0, at:], or its transpose (n, m), among panels.

    The order is that of tuisim.engine.base.panels.
    """
    rows, columns = (n, m) if transposed else (m, n)
    row, column = (1, n) if transposed else (n, 1)
    j = 0
    while j < columns:
        width = PANEL if j + PANEL <= columns else LANES
        for i in range(rows):
            begin = j * rows + i * width
            for lane in range(width):
                inside = j + lane < columns
                x = source[0, at + i * row + (j + lane) * column] if inside else 0.0
                packed[k, begin + lane] = x
        j += width
