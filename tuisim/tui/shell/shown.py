"""Shown: what a terminal shows by now, so that only cells that are others are written to it.

Textual writes a changed region whole, from the left edge of its widget on, and every piece of one
colour with all of its style and an end to it: seven bytes of ten are style. Imports Rich's widths
of characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from rich.cells import get_character_cell_size

#: A piece in one style and its end; a text; where to go on; another style; a line feed; the rest.
_TOKEN = re.compile(
    r"\x1b\[([0-9;]+)m([^\x00-\x1f\x7f-\x9f]+)\x1b\[0m|([^\x00-\x1f\x7f-\x9f]+)"
    r"|\x1b\[(\d+);(\d+)H|\x1b\[([0-9;]*)m|(\n)|(.)",
    re.DOTALL,
)
_STYLED, _TEXT, _PLACE, _STYLE, _LINE = 2, 3, 5, 6, 7
#: Most of what is written: it takes one cell a character.
NARROW = re.compile(r"[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0373\u03b1-\u03c9\u2070-\u2071"
                    r"\u2074-\u208e\u2190-\u21ff\u2500-\u25cf\u2800-\u28ff]*")  # fmt: skip
_RESET = "\x1b[0m"
#: What shows on a blank too: underlined, reversed, struck through.
_ON_BLANKS = frozenset({"4", "7", "9"})
#: Bytes that are written again where placing the cursor behind them would take as many.
_BRIDGE = 4


class Style(NamedTuple):
    """Parameters of SGR: other than colours, of the foreground, of the background."""

    attributes: str = ""
    foreground: str = ""
    background: str = ""


PLAIN = Style()

#: A character and its style; None for what nobody knows.
Cell = tuple[str, Style] | None


#: Row and column, from 0, a text and the parameters of SGR that it is written with.
Piece = tuple[int, int, str, str]


class MoreThanCellsError(Exception):
    """What is to be written does not only put characters of one cell into cells."""


@lru_cache(1024)
def _style(parameters: str) -> Style:
    attributes, colours = [], {"38": "", "48": ""}
    left = parameters.split(";") if parameters else []
    while left:
        one = left[0]
        if one in colours:
            long = {"2": 5, "5": 3}.get(left[1] if len(left) > 1 else "", 0)
            if not 0 < long <= len(left):
                raise MoreThanCellsError
            colours[one], left = ";".join(left[:long]), left[long:]
            continue
        if re.fullmatch(r"3[0-79]|9[0-7]", one):
            colours["38"] = one
        elif re.fullmatch(r"4[0-79]|10[0-7]", one):
            colours["48"] = one
        elif re.fullmatch(r"[1-9]", one):
            attributes.append(one)
        elif one not in ("", "0"):
            raise MoreThanCellsError
        else:
            attributes, colours = [], {"38": "", "48": ""}
        left = left[1:]
    return Style(";".join(attributes), colours["38"], colours["48"])


@lru_cache(1024)
def _of_blanks(style: Style) -> Style:
    """What of a style a blank shows."""
    if _ON_BLANKS & set(style.attributes.split(";")):
        return style
    return Style(background=style.background)


@lru_cache(4096)
def _change(before: Style, after: Style) -> str:
    """The shortest code from one style to another."""
    if before == after:
        return ""
    whole = ";".join(part for part in ("0", *after) if part)
    if before.attributes != after.attributes:
        return f"\x1b[{whole}m"
    parts = [
        now or default
        for was, now, default in zip(before[1:], after[1:], ("39", "49"), strict=True)
        if was != now
    ]
    return f"\x1b[{min(';'.join(parts), whole, key=len)}m"


class Shown:
    """The cells of a terminal of so many columns and rows, none of them known at first."""

    def __init__(self, columns: int, rows: int) -> None:
        self.forget(columns, rows)

    def forget(self, columns: int, rows: int) -> None:
        """Nothing is known of what the terminal shows, whose size is this."""
        self._columns = columns
        self._cells: list[list[Cell]] = [[None] * columns for _ in range(rows)]

    def know_nothing(self) -> None:
        """Forget what it shows, and keep its size."""
        self.forget(self._columns, len(self._cells))

    def changes(self, data: str) -> str:
        """What to write for `data`, to show the same: all of it where it does other things too.

        Args:
            data: whole sequences, and no style left on at their end.
        """
        try:
            changed, end = self._take_in(data)
        except MoreThanCellsError:
            self.know_nothing()
            return data
        return self._written(changed, end)

    def painted(self, pieces: Iterable[Piece]) -> str | None:
        """What to write for pieces of rows; None where they do more than put characters into cells.

        Nothing is known of the terminal then.
        """
        changed: dict[int, list[int]] = {}
        seen = 0
        try:
            for row, column, text, parameters in pieces:
                self._put(text, _style(parameters), row, column, changed)
                seen += len(text)
        except MoreThanCellsError:
            self.know_nothing()
            return None
        return self._written(self._all_if_whole(changed, seen), None)

    def _all_if_whole(self, changed: dict[int, list[int]], seen: int) -> dict[int, list[int]]:
        """The columns of each row that are to be written, of so many cells that are painted."""
        if seen < self._columns * len(self._cells):
            return changed
        # Who else wrote to the terminal is painted over when all of it is.
        return {one: list(range(self._columns)) for one in range(len(self._cells))}

    def _take_in(self, data: str) -> tuple[dict[int, list[int]], tuple[int, int] | None]:
        """Rows with the columns that are to be written, and where the cursor is put at the end."""
        changed: dict[int, list[int]] = {}
        style, row, column, moved, seen = PLAIN, -1, 0, False, 0
        for token in _TOKEN.finditer(data):
            kind = token.lastindex
            if kind in (_STYLED, _TEXT):
                text = token[kind]
                shown = style if kind == _TEXT else _folded(style, token[1])
                self._put(text, shown, row, column, changed)
                if kind == _STYLED:
                    style = PLAIN
                column, moved = column + len(text), False
                seen += len(text)
            elif kind == _PLACE:
                row, column, moved = int(token[4]) - 1, int(token[5]) - 1, True
            elif kind == _LINE:
                row, column, moved = row + 1, 0, True
            elif kind == _STYLE:
                style = _folded(style, token[_STYLE])
            else:
                raise MoreThanCellsError
        if style != PLAIN:
            raise MoreThanCellsError
        return self._all_if_whole(changed, seen), (row + 1, column + 1) if moved else None

    def _put(
        self, text: str, style: Style, row: int, column: int, changed: dict[int, list[int]]
    ) -> None:
        stop = column + len(text)
        if not (0 <= row < len(self._cells) and column >= 0 and stop <= self._columns):
            raise MoreThanCellsError
        if not (NARROW.fullmatch(text) or all(get_character_cell_size(one) == 1 for one in text)):
            raise MoreThanCellsError
        blank = _of_blanks(style)
        cells: list[Cell] = [(one, blank if one == " " else style) for one in text]
        before = self._cells[row]
        if before[column:stop] == cells:
            return
        here = changed.setdefault(row, [])
        for place, cell in enumerate(cells, column):
            if before[place] != cell:
                before[place] = cell
                here.append(place)

    def _written(self, changed: dict[int, list[int]], end: tuple[int, int] | None) -> str:
        # A change of colour costs more than placing the cursor: each style has its turn.
        by_style: dict[Style, list[tuple[int, int, str]]] = {}
        for row in sorted(changed):
            for column, text, style in self._runs(row, sorted(set(changed[row]))):
                by_style.setdefault(style, []).append((row, column, text))
        out, pen, cursor = [], PLAIN, (-1, 0)
        for style, runs in by_style.items():
            out.append(_change(pen, style))
            pen = style
            for row, column, text in runs:
                out += (_move(cursor, (row, column)), text)
                # Behind the last column, where terminals differ, no place is looked for.
                cursor = (row, column + len(text))
        out.append(_change(pen, PLAIN) and _RESET)
        if end is not None and cursor != (end[0] - 1, end[1] - 1):
            out.append("\x1b[{};{}H".format(*end))
        return "".join(out)

    def _runs(self, row: int, columns: list[int]) -> Iterator[tuple[int, str, Style]]:
        """(column, text, style) of pieces that together hold these columns of a row."""
        cells = self._cells[row]
        start, stop, style, solid = -1, -1, PLAIN, False
        for column in columns:
            cell = cells[column]
            if cell is None:
                continue
            near = start >= 0 and column - stop <= _BRIDGE
            gap = cells[stop:column] if near else []
            fits = near and (not gap or _bytes(gap) <= _BRIDGE)
            for one in (*gap, cell) if fits else ():
                joined = one and _joined(style, solid, one)
                if not joined:
                    fits = False
                    break
                style, solid = joined
            if not fits:
                if start >= 0:
                    yield start, self._text(row, start, stop), style
                start, style, solid = column, cell[1], cell[0] != " "
            stop = column + 1
        if start >= 0:
            yield start, self._text(row, start, stop), style

    def _text(self, row: int, start: int, stop: int) -> str:
        return "".join(cell[0] for cell in self._cells[row][start:stop] if cell)


def _folded(style: Style, parameters: str) -> Style:
    after = _style(parameters)
    if style != PLAIN and after != PLAIN:
        # Added to what is on: Textual ends each style first.
        raise MoreThanCellsError
    return after


def _joined(style: Style, solid: bool, cell: tuple[str, Style]) -> tuple[Style, bool] | None:
    """The style of a run and a cell, and whether it has more than blanks; None where two differ."""
    if cell[0] == " ":
        return (style, solid) if cell[1] == _of_blanks(style) else None
    if solid:
        return (style, True) if cell[1] == style else None
    return (cell[1], True) if _of_blanks(cell[1]) == style else None


def _bytes(cells: list[Cell]) -> int:
    return sum(len(cell[0].encode()) if cell else _BRIDGE + 1 for cell in cells)


def _move(cursor: tuple[int, int], place: tuple[int, int]) -> str:
    """The shortest code that brings the cursor to a place."""
    (row, column), (wanted_row, wanted) = cursor, place
    if cursor == place:
        return ""
    if row == wanted_row and column < wanted:
        ahead = wanted - column
        return f"\x1b[{ahead}C" if ahead > 1 else "\x1b[C"
    return f"\x1b[{wanted_row + 1};{wanted + 1}H" if wanted else f"\x1b[{wanted_row + 1}H"
