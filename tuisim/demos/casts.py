"""Casts: a recorded screen as asciicast, version 2 or 3; no time and no environment in it.

https://docs.asciinema.org/manual/asciicast/v2/ and v3.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from tuisim.testing.pictures import Row

Version = Literal[2, 3]

_BEGIN, _END = "\x1b[?25l\x1b[2J", "\x1b[?25h"


class Cast:
    """Events of a terminal in their order: what is written to it, and marks."""

    def __init__(self, size: tuple[int, int], title: str, version: Version = 2) -> None:
        """Nothing yet, on a terminal of so many columns and rows."""
        self._size, self._title, self._version = size, title, version
        self._events: list[tuple[float, str, str]] = []
        self._rows: Sequence[Row] = ()

    def show(self, seconds: float, rows: Sequence[Row]) -> None:
        """Let the screen look so; of a row what differs from before is written."""
        before = self._rows or [()] * len(rows)
        changed = "".join(
            f"\x1b[{number};{column}H{text}"
            for number, (old, row) in enumerate(zip(before, rows, strict=True), 1)
            for column, text in _change(old, row)
        )
        if changed:
            self._events.append((seconds, "o", changed if self._rows else _BEGIN + changed))
        self._rows = tuple(rows)

    def mark(self, seconds: float, name: str) -> None:
        """Put a mark here."""
        self._events.append((seconds, "m", name))

    def text(self, seconds: float) -> str:
        """The file, of a recording that lasts so long."""
        columns, rows = self._size
        term = {"cols": columns, "rows": rows}
        size = {"term": term} if self._version == 3 else {"width": columns, "height": rows}
        lines = [_line({"version": self._version, **size, "title": self._title})]
        before = 0
        for time, code, data in [*self._events, (seconds, "o", _END)]:
            now = round(1000 * time)
            told = now - before if self._version == 3 else now
            lines.append(_line([told / 1000, code, data]))
            before = now
        return "".join(lines)


def _change(before: Row, row: Row) -> list[tuple[int, str]]:
    """Where a row begins to differ, from column 1, and what stands there up to where it ends to."""
    if before == row:
        return []
    first = _alike(before, row)
    # A piece that is alike from the left must not count from the right too.
    last = min(_alike(before[::-1], row[::-1]), len(row) - first, len(before) - first)
    column = 1 + sum(cells for _, cells in row[:first])
    return [(column, "".join(code for code, _ in row[first : len(row) - last]))]


def _alike(one: Row, other: Row) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
