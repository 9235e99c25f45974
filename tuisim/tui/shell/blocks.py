"""BlockCells: curves in quarters of a cell, for fonts that have no braille."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

#: Quarters of a cell that are full: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
_QUARTERS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
#: The dots of a braille character in each quarter, in the same order.
_DOTS = (0x03, 0x18, 0x44, 0xA0)

BLOCKS = {
    0x2800 + bits: _QUARTERS[sum(1 << rank for rank, dots in enumerate(_DOTS) if bits & dots)]
    for bits in range(256)
}


class BlockCells(LineFilter):
    """Puts the quarters of a cell in which dots are in the place of braille."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without braille."""
        return [
            one
            if one.text.isascii()
            else Segment(one.text.translate(BLOCKS), one.style, one.control)
            for one in segments
        ]
