"""Which way a path of descent goes, as signs on its steps."""

from __future__ import annotations

import itertools

import numpy as np

from tuisim.figures.drawing.figure import Floats, Mark, Role

#: A step across so many cells, or half as many rows, has a sign of which way it goes; of shorter
#: ones so many cells together.
_LONG, _FAR = 4.0, 10.0
_WAYS = "▶▲◀▼"


def ways(points: Floats, edges: tuple[Floats, Floats], newest: int) -> list[Mark]:
    """Which way a path goes: amid what is seen of each long step, and on short ones now and then.

    Args:
        points: (steps + 1, 2).
        edges: of the picture's cells, (columns + 1,) and (rows + 1,).
        newest: the step before the bright ones.
    """
    corner, second = (np.array([one[at] for one in edges]) for at in (0, 1))
    cell, cells = second - corner, np.array([one.size - 1.0 for one in edges])
    at = (points - corner) / cell
    taken = {tuple(one) for one in np.floor(at).tolist()}
    marks, since = [], at[0]
    for step, (begin, end) in enumerate(itertools.pairwise(at)):
        seen = _seen_part(begin, end, cells)
        if seen is None:
            continue
        role: Role = "here" if step >= newest else "contour"
        middle = begin + (end - begin) * 0.5 * (seen[0] + seen[1])
        if _size((end - begin) * (seen[1] - seen[0])) >= _LONG:
            place = tuple(np.floor(middle).tolist())
            if place not in taken:
                taken |= {(place[0] + side, place[1]) for side in (-1.0, 0.0, 1.0)}
                marks.append(_way(end - begin, corner + cell * middle, role))
            since = end
        elif seen[1] == 1.0 and _size(end - since) >= _FAR:
            marks.append(_way(end - since, corner + cell * end, role))
            since = end
    return marks


def _size(way: Floats) -> float:
    """How far it is in cells, of which one is twice as high as it is wide."""
    return max(abs(float(way[0])), 2.0 * abs(float(way[1])))


def _way(way: Floats, at: Floats, role: Role) -> Mark:
    """A sign of the way from one place to another, in cells."""
    across, up = float(way[0]), 2.0 * float(way[1])
    side = (0 if across > 0 else 2) if abs(across) >= abs(up) else (1 if up > 0 else 3)
    return Mark(float(at[0]), float(at[1]), _WAYS[side], role)


def _seen_part(begin: Floats, end: Floats, cells: Floats) -> tuple[float, float] | None:
    """The shares of the way at which a step enters and leaves the picture, None where never.

    Args:
        begin, end: (2,), in cells from its corner. cells: (2,), its size.
    """
    first, last = 0.0, 1.0
    for a, b, size in zip(begin.tolist(), end.tolist(), cells.tolist(), strict=True):
        if a == b:
            if not 0 <= a <= size:
                return None
            continue
        near, far = sorted((-a / (b - a), (size - a) / (b - a)))
        first, last = max(first, near), min(last, far)
    return (first, last) if first < last else None
