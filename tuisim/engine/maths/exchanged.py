"""Other eigenvalues for a matrix that is not normal: the blocks of its real Schur form exchanged.

The form's basis is that of the QR decomposition of its eigenvectors, and only what changes is
added: with its own eigenvalues a matrix stays the same to the last bit. Where eigenvectors nearly
coincide, as a defective matrix's do, that basis is none of a Schur form, and is refused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tuisim.engine.base.blas import one_blas_thread
from tuisim.engine.base.memo import Array
from tuisim.engine.maths.schur import Complex
from tuisim.values.eigenvalues import conjugate_units

#: Eigenvalues of a block: one real, or one of a pair by its positive imaginary part.
_Unit = complex
#: Of ‖W‖, what rounding leaves below the blocks: 3e-15 with 128 units, 7e-15 with 512.
_ROUNDING = 1e-12
#: A pair's block is scaled as it stands, its eigenvectors kept, unless these nearly coincide: then
#: that would make it huge.
_APART = 1e-6


@one_blas_thread()
def with_eigenvalues(matrix: Array, eigenvalues: Sequence[complex]) -> Array:
    """W (n, n) with these eigenvalues: the blocks on the diagonal of its real Schur form exchanged.

    What stands above them is kept. Each takes the place of the nearest that is left of its kind, so
    that one that is moved leaves the others where they are.

    Raises:
        ValueError: W has entries that are not finite, or eigenvectors that nearly coincide.
    """
    if not np.isfinite(matrix).all():
        raise ValueError("eigenvalues: got some for a W that is not finite, allowed: none")
    values, vectors = np.linalg.eig(matrix)
    places = _matched(values, [unit[0] for unit in conjugate_units(tuple(eigenvalues))])
    columns: list[Array] = []
    for old, _ in places:
        for index in old:
            columns.append(vectors[:, index].real)
            if values[index].imag:
                columns.append(vectors[:, index].imag)
    basis = np.linalg.qr(np.stack(columns, axis=1))[0]
    form = basis.T @ matrix @ basis
    change, below = np.zeros_like(form), np.zeros(form.shape, np.bool_)
    at = 0
    for old, new in places:
        size = sum(2 if values[index].imag else 1 for index in old)
        place = slice(at, at + size), slice(at, at + size)
        if not _alike(values[old], new):
            paired = len(old) < size
            change[place] = _block(form[place], paired, new) - form[place]
        at += size
        below[at:, place[1]] = True
    if not change.any():
        return matrix
    if np.linalg.norm(form[below]) > _ROUNDING * np.linalg.norm(matrix):
        raise ValueError(
            "eigenvalues: got some for a W with eigenvectors that nearly coincide (a defective "
            "one), allowed: none"
        )
    return np.asarray(matrix + basis @ change @ basis.T)


def _matched(values: Complex, wanted: Sequence[_Unit]) -> list[tuple[list[int], list[_Unit]]]:
    """Places in `values` that make a block, and what its eigenvalues are to be."""
    found: list[tuple[list[int], list[_Unit]]] = []
    left: dict[bool, list[int]] = {}
    rest: dict[bool, list[_Unit]] = {}
    for paired in (False, True):
        old = [k for k, one in enumerate(values) if (one.imag > 0) == paired and one.imag >= 0]
        new = [one for one in wanted if bool(one.imag) == paired]
        cost = np.abs(np.subtract.outer(values[old], np.array(new, complex)))
        for _ in range(min(len(old), len(new))):
            i, j = np.unravel_index(np.argmin(cost), cost.shape)
            found.append(([old[i]], [new[j]]))
            cost[i], cost[:, j] = np.inf, np.inf
        used = {one[0][0] for one in found}
        left[paired] = [k for k in old if k not in used]
        rest[paired] = _without(new, [one[1][0] for one in found])
    # As many of one kind too many as twice the other's, or half of them.
    for index in left[True]:
        found.append(([index], [rest[False].pop(), rest[False].pop()]))
    for pair in rest[True]:
        found.append(([left[False].pop(), left[False].pop()], [pair]))
    return found


def _without(units: Sequence[_Unit], gone: Sequence[_Unit]) -> list[_Unit]:
    kept = list(units)
    for one in gone:
        if one in kept:
            kept.remove(one)
    return kept


def _alike(old: Complex, new: Sequence[_Unit]) -> bool:
    """Whether a block has what it is to have, as far as two ways of finding it agree."""
    size = max(float(np.abs(old).max()), 1e-300)
    return len(old) == len(new) and bool(np.abs(old - np.array(new)).max() <= 1e-9 * size)


def _block(block: Array, paired: bool, new: Sequence[_Unit]) -> Array:
    """A block, of a pair or of one or two reals, with the eigenvalues `new` in their place."""
    if len(block) == 1:
        return np.array([[new[0].real]])
    upper = float(block[0, 1])
    if len(new) == 2:
        return np.array([[new[0].real, upper], [0.0, new[1].real]])
    re, im = new[0].real, new[0].imag
    turned = block - 0.5 * np.trace(block) * np.eye(2)
    # Its own eigenvalues are ±i·√det; LAPACK's are known to fewer digits where they nearly meet.
    own = turned[0, 0] * turned[1, 1] - turned[0, 1] * turned[1, 0]
    if paired and own > _APART * np.abs(turned).max() ** 2:
        return np.asarray(re * np.eye(2) + im / math.sqrt(own) * turned)
    upper = upper if abs(upper) > im else im
    return np.array([[re, upper], [-im * im / upper, re]])
