"""The order in which matrices lie for products with vectors."""

from __future__ import annotations

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.memory import aligned_empty

#: Numbers that kernels treat side by side.
LANES = 8

#: Columns that a product adds up at a time: as many sums as a processor has registers for.
PANEL = 4 * LANES

#: A step's matrices of more bytes than a core's own cache wait for memory and not for arithmetic.
_LARGE = 2 << 20


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


#: Panels by whether their matrices are transposed, each beside the array that these are in.
Packed = dict[bool, tuple[Array, Array]]


def packed_once(weights: Array, packed: Packed, *, transposed: bool, gates: int) -> Array:
    """Panels of read-only weights (…, n, n), each transposed or not, by whoever asks first.

    To pack them takes as long as dozens of steps. Of other weights than the first nothing is kept:
    it would outlive them.

    Args:
        gates: how many matrices a step has; those of one alone are not `narrowed`.
    """
    weights_of, found = packed.get(transposed, (None, None))
    if found is not None and weights_of is weights:
        return found
    matrices = weights.reshape(-1, *weights.shape[-2:])
    found = panels(matrices.transpose(0, 2, 1) if transposed else matrices)
    if gates > 1 and gates * matrices[0].nbytes >= _LARGE:
        found = narrowed(found, matrices.shape[1])
    packed.setdefault(transposed, (weights, found))
    return found


def narrowed(packed: Array, n: int) -> Array:
    """Panels as float32 where that loses nothing, as most files hold them, seen as float64.

    A product then makes the same numbers of half the bytes: rows of `packed` (k, n²/2) are shorter
    than their matrices. As they are where n leaves a rest beside whole panels.
    """
    # Whatever holds more digits shows that at once.
    if n % PANEL or not _narrow(packed[:1, :PANEL]) or not _narrow(packed):
        return packed
    found = aligned_empty(len(packed), packed.shape[1] // 2)
    found.view(np.float32)[...] = packed
    found.flags.writeable = False
    return found


def _narrow(numbers: Array) -> bool:
    limits = np.finfo(np.float32)
    size = np.abs(numbers)
    # Subnormal numbers are 0 to a thread that some library has told so.
    held = (size == 0.0) | ((size >= limits.tiny) & (size <= limits.max))
    return bool(held.all() and (numbers.astype(np.float32) == numbers).all())


def _fill(packed: Array, columns: Array, width: int) -> None:
    k, n, count = columns.shape
    by_panel = packed.reshape(k, count // width, n, width)
    by_panel[...] = columns.reshape(k, n, count // width, width).transpose(0, 2, 1, 3)
