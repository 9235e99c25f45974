"""Other eigenvalues for a matrix that is not normal: the blocks of its real Schur form exchanged.

The form's basis is that of the QR decomposition of its eigenvectors, and only what changes is
added: with its own eigenvalues a matrix stays the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.maths.schur import Complex
from tuisim.values.eigenvalues import conjugate_units

#: Eigenvalues of a block: one real, or one of a pair by its positive imaginary part.
_Unit = complex


def with_eigenvalues(matrix: Array, eigenvalues: Sequence[complex]) -> Array:
    """W (n, n) with these eigenvalues: the blocks on the diagonal of its real Schur form exchanged.

    What stands above them is kept. Each takes the place of the nearest that is left of its kind, so
    that one that is moved leaves the others where they are.

    Raises:
        ValueError: W has entries that are not finite.
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
    change = np.zeros_like(form)
    at = 0
    for old, new in places:
        size = sum(2 if values[index].imag else 1 for index in old)
        place = slice(at, at + size), slice(at, at + size)
        if not _alike(values[old], new):
            change[place] = _block(form[place], values[old], new) - form[place]
        at += size
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


def _block(block: Array, old: Complex, new: Sequence[_Unit]) -> Array:
    """A block with the eigenvalues `new` in place of `old`."""
    if len(old) == len(new) == 1 and not new[0].imag:
        return np.array([[new[0].real]])
    if len(old) == len(new) == 1:
        # B − re has the eigenvalues ±i·im.
        turned = (block - old[0].real * np.eye(2)) / old[0].imag
        return np.asarray(new[0].real * np.eye(2) + new[0].imag * turned)
    upper = float(block[0, 1])
    if len(new) == 2:
        return np.array([[new[0].real, upper], [0.0, new[1].real]])
    re, im = new[0].real, new[0].imag
    upper = upper if abs(upper) > im else im
    return np.array([[re, upper], [-im * im / upper, re]])
