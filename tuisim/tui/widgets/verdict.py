"""Verdict: the badge on top of a view."""

from __future__ import annotations

import math

from textual.geometry import Size

from tuisim.figures.drawing.cells import Cells
from tuisim.figures.words.badge import Badge, badge_cells, badge_line
from tuisim.tui.widgets.celled import Celled

#: Nobody reads numbers that change faster, and they are half of what a frame would send.
_STAYS_SECONDS = 0.25


class Verdict(Celled):
    """Shows a Badge in as many rows as it is high."""

    DEFAULT_CSS = "Verdict { width: 1fr; height: 1; }"

    def __init__(self, *, ascii: bool = False, id: str | None = None) -> None:
        """Of nothing yet."""
        super().__init__(id=id)
        self._ascii = ascii
        self._badge: Badge | None = None
        self._drawn: tuple[Badge, Size, Cells] | None = None
        self._until = -math.inf

    @property
    def cells(self) -> Cells | None:
        """The badge as it is drawn."""
        badge, size = self._badge, self.size
        if badge is None or not size:
            return None
        if self._drawn is None or self._drawn[:2] != (badge, size):
            self._strips.clear()
            self._drawn = badge, size, badge_cells(badge, *size, self._ascii)
        return self._drawn[2]

    @property
    def content(self) -> str:
        """The badge as words, as many as one line has room for."""
        width = self.size.width
        return "" if self._badge is None else badge_line(self._badge, width, self._ascii)

    def due(self, now: float) -> bool:
        """Whether another one is to be shown at this time, in seconds, of what streams."""
        if now < self._until:
            return False
        self._until = now + _STAYS_SECONDS
        return True

    def show(self, badge: Badge) -> None:
        """Show another one."""
        if badge != self._badge:
            before = self._drawn[2] if self._drawn is not None else None
            self._badge = badge
            self.changed(before)
