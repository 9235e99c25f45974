"""Cells: what a drawn figure is on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from tuisim.figures.drawing.figure import ROLES, Role
from tuisim.figures.drawing.frame import ROLE_NUMBER, Chars, Roles

_TITLE = ROLE_NUMBER["title"]


@attrs.frozen(eq=False)
class Cells:
    """Characters and numbers of roles (indices of ROLES), both of shape (rows, columns)."""

    chars: Chars
    roles: Roles

    def text(self) -> list[str]:
        """The rows as plain text, each as long as it is wide."""
        return [_joined(row) for row in self.chars]

    def runs(self, row: int) -> Iterator[tuple[str, Role]]:
        """A row as the longest pieces of one role each.

        Blank cells go with what is before them, since each change of colour costs 40 bytes on a
        terminal; only a title, which may be drawn reversed, does not run on.
        """
        # No NumPy for so few: it hands the interpreter to other threads, and waits to get it back.
        text, roles = _joined(self.chars[row]), self.roles[row].tolist()
        start, present = 0, roles[0] if roles else 0
        for place, role in enumerate(roles):
            if role != present and (role or present == _TITLE):
                yield text[start:place], ROLES[present]
                start, present = place, role
        if roles:
            yield text[start:], ROLES[present]

    def changed_spans(self, before: Cells) -> list[tuple[int, int, int]]:
        """(row, start, stop) of the cells that differ from another grid of the same shape.

        A row whose changes lie far apart is one span still: the codes to place the second one cost
        about as much as what is between.
        """
        differs = (self.chars != before.chars) | (self.roles != before.roles)
        rows = np.nonzero(differs.any(axis=1))[0]
        if not rows.size:
            return []
        starts = differs[rows].argmax(axis=1)
        stops = differs.shape[1] - differs[rows, ::-1].argmax(axis=1)
        return list(zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=True))


def _joined(chars: Chars) -> str:
    """A row of characters as one text."""
    return chars.tobytes().decode("utf-32-le")
