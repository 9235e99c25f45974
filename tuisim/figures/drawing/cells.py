"""Cells: what a drawn figure is on a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs
import numpy as np

from tuisim.figures.drawing.figure import ROLES, Role
from tuisim.figures.drawing.frame import ROLE_NUMBER, Chars, Roles
from tuisim.figures.drawing.raster import Dots

_ENDING = (ROLE_NUMBER["title"], ROLE_NUMBER["here"])
_EACH = [re.escape(bytes([number])) for number in range(len(ROLES))]
#: By the role that they begin with: cells of one alone, and with the blanks that go with it.
_SAME = [re.compile(b"%b*" % one) for one in _EACH]
_RUN = [
    _SAME[number] if number in _ENDING else re.compile(rb"[%b\0]*" % one)
    for number, one in enumerate(_EACH)
]


@attrs.frozen(eq=False)
class Cells:
    """Characters and numbers of roles (indices of ROLES), both of shape (rows, columns).

    grounds: the roles of what lies behind the characters, likewise; 0, or None for all of them,
        is the ground of the whole.
    """

    chars: Chars
    roles: Roles
    grounds: Roles | None = None

    def text(self) -> list[str]:
        """The rows as plain text, each as long as it is wide."""
        return [_joined(row) for row in self.chars]

    def runs(self, row: int) -> Iterator[tuple[str, Role, Role]]:
        """A row as the longest pieces of one role and one ground each: text, role, ground.

        Blank cells go with what is before them, since each change of colour costs 40 bytes on a
        terminal; only what may be drawn reversed, a title, or has a ground of its own does not run
        on.
        """
        # No NumPy for so few: it hands the interpreter to other threads, and waits to get it back.
        text, roles = _joined(self.chars[row]), self.roles[row].tobytes()
        grounds = None if self.grounds is None else self.grounds[row].tobytes()
        start = end = 0
        while start < len(roles):
            if start == end:
                # Of one ground, up to here.
                end = len(roles) if grounds is None else _stop(_SAME, grounds, start, len(roles))
            stop = _stop(_RUN, roles, start, end)
            behind = 0 if grounds is None else grounds[start]
            yield text[start:stop], ROLES[roles[start]], ROLES[behind]
            start = stop

    def changed_spans(self, before: Cells) -> list[tuple[int, int, int]]:
        """(row, start, stop) of the cells that differ from another grid of the same shape.

        A row whose changes lie far apart is one span still: the codes to place the second one cost
        about as much as what is between.
        """
        differs = (self.chars != before.chars) | (self.roles != before.roles)
        if self.grounds is not before.grounds:
            differs |= _filled(self.grounds, differs) != _filled(before.grounds, differs)
        rows = np.nonzero(differs.any(axis=1))[0]
        if not rows.size:
            return []
        starts = differs[rows].argmax(axis=1)
        stops = differs.shape[1] - differs[rows, ::-1].argmax(axis=1)
        return list(zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=True))


def _filled(grounds: Roles | None, like: Dots) -> Roles:
    return np.zeros(like.shape, np.uint8) if grounds is None else grounds


def _stop(patterns: list[re.Pattern[bytes]], roles: bytes, start: int, end: int) -> int:
    """Where the run that begins at `start` stops."""
    found = patterns[roles[start]].match(roles, start, end)
    assert found is not None
    return found.end()


def _joined(chars: Chars) -> str:
    """A row of characters as one text."""
    return chars.tobytes().decode("utf-32-le")
