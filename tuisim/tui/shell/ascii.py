"""AsciiCells: what Textual itself draws (borders, arrows, scrollbars) in ASCII."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tuisim.terminal.terminal import ascii_cells


class AsciiCells(LineFilter):
    """Puts a stand-in of the same width in the place of each character outside ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments in ASCII."""
        return [
            one if one.text.isascii() else Segment(ascii_cells(one.text), one.style, one.control)
            for one in segments
        ]
