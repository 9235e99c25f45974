"""Painting: what Textual's compositor changed, told to the terminal's cells without codes between.

Textual writes a change as text, from the left edge of what holds it on, with a style and its end
around each piece; to find the cells in that again took a fifth of a frame.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate
from textual.strip import Strip

from tuisim.tui.shell.shown import MoreThanCellsError, Piece

_STYLED = re.compile(r"\x1b\[([0-9;]+)mx\x1b\[0m")


class Painter:
    """Whose styles are written in a console's colours; each is asked for once."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._written = lru_cache(1024)(self._rendered)

    def pieces(self, update: ChopsUpdate) -> Iterator[Piece]:
        """What an update changes, a row after the other.

        Raises:
            MoreThanCellsError: it does more than put characters of one cell into cells.
        """
        for row, first, last in update.spans:
            ends, chops = update.chop_ends[row], update.chops[row]
            for end, (start, strip) in zip(ends, chops.items(), strict=False):
                if strip is not None and start < last and end > first:
                    yield from self._within(strip, row, start, first, min(last, end))

    def _within(self, strip: Strip, row: int, start: int, first: int, last: int) -> Iterator[Piece]:
        """What of a strip lies in the columns from `first` up to `last`."""
        column = start
        for text, style, _ in strip:
            stop = column + len(text)
            if stop > first and column < last:
                shown = text[max(first - column, 0) : last - column]
                yield row, max(column, first), shown, self._written(style)
            column = stop
        if column != start + strip.cell_length:
            # Some character takes two cells or none, and what is behind it lies elsewhere.
            raise MoreThanCellsError

    def _rendered(self, style: Style | None) -> str:
        """The parameters of SGR that Textual writes for a style."""
        text = Strip([Segment("x", style)]).render(self._console)
        styled = _STYLED.fullmatch(text)
        if styled is None and text != "x":
            raise MoreThanCellsError
        return styled[1] if styled else ""


class Painted(CompositorUpdate):
    """An update that is painted where it can be, in place of being written."""

    def __init__(
        self, update: ChopsUpdate, painter: Painter, paint: Callable[[Iterator[Piece]], bool]
    ) -> None:
        """An update; `paint` is the driver's, and says whether it could."""
        self._update, self._painter, self._paint = update, painter, paint

    def render_segments(self, console: Console) -> str:
        """Paint it; what is left to be written."""
        painted = self._paint(self._painter.pieces(self._update))
        return "" if painted else self._update.render_segments(console)
