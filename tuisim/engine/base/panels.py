"""The order in which matrices lie for products with vectors."""

from __future__ import annotations

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.memory import aligned_empty

#: Numbers that kernels treat side by side.
LANES = 8

#: Columns that a product adds up at a time: as many sums as a processor has registers for.
PANEL = 4 * LANES


def panels(matrices: Array) -> Array:
    """Matrices (k, n, n) in the order in which `multiply` reads them, (k, n·⌈n/8⌉·8), read-only.

    Panels of 32 columns, the rest in panels of 8, the last of these filled up with zeros; each
    panel lies row after row, so that a product is one walk from front to back.
    """
    k, n, _ = matrices.shape
    padded = -(-n // LANES) * LANES
    wide = n // PANEL * PANEL
    packed = aligned_empty(k, n * padded)
    _fill(packed[:, : n * wide], matrices[:, :, :wide], PANEL)
    rest = np.zeros((k, n, padded - wide))
    rest[:, :, : n - wide] = matrices[:, :, wide:]
    _fill(packed[:, n * wide :], rest, LANES)
    packed.flags.writeable = False
    return packed


def _fill(packed: Array, columns: Array, width: int) -> None:
    k, n, count = columns.shape
    by_panel = packed.reshape(k, count // width, n, width)
    by_panel[...] = columns.reshape(k, n, count // width, width).transpose(0, 2, 1, 3)
