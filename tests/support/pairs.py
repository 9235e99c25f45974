"""Pairs of terminals: one is written everything and the other what changes, and both show it."""

from __future__ import annotations

import pyte

from tuisim.tui.shell.shown import Shown

COLUMNS, ROWS = 24, 6


def seen(screen: pyte.Screen) -> list[list[object]]:
    """What a viewer sees: of a blank neither the colour of the character nor its weight."""
    rows = []
    for y in range(screen.lines):
        cells = (screen.buffer[y][x] for x in range(screen.columns))
        rows.append(
            [
                (one.bg, one.reverse, one.underscore)
                if one.data == " " and not (one.reverse or one.underscore)
                else one
                for one in cells
            ]
        )
    return rows


class Pair:
    """A terminal that is written everything, and one that is written the changes."""

    def __init__(self, columns: int = COLUMNS, rows: int = ROWS) -> None:
        self.shown = Shown(columns, rows)
        self.screens = pyte.Screen(columns, rows), pyte.Screen(columns, rows)
        self.streams = [pyte.Stream(one) for one in self.screens]
        self.written = ""

    def write(self, data: str) -> str:
        self.written = self.shown.changes(data)
        # A terminal's line feed goes to the first column, as a tty makes of it.
        for stream, text in zip(self.streams, (data, self.written), strict=True):
            stream.feed(text.replace("\n", "\r\n"))
        return self.written

    def agree(self) -> None:
        plain, ours = self.screens
        assert seen(ours) == seen(plain)
        assert (ours.cursor.y, ours.cursor.x) == (plain.cursor.y, plain.cursor.x)
        assert ours.cursor.attrs == pyte.Screen(1, 1).cursor.attrs
