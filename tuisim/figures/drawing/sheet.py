"""Sheet: what a figure is drawn on, so that any thread can draw for a widget that it never sees."""

from __future__ import annotations

import attrs

from tuisim.figures.drawing.drawing import Drawing
from tuisim.figures.drawing.figure import WHOLE, Figure, Reveal


@attrs.frozen
class Sheet:
    """What a plot has to draw on: its size in cells, and how it draws."""

    columns: int
    rows: int
    ascii: bool
    border: bool | None
    blocks: bool = False

    def draw(self, figure: Figure, reveal: Reveal = WHOLE) -> Drawing:
        """Lay the figure out, and draw it; in any thread."""
        drawing = Drawing(
            figure,
            self.columns,
            self.rows,
            ascii=self.ascii,
            border=self.border,
            blocks=self.blocks,
        )
        drawing.cells(reveal)
        return drawing

    def fits(self, drawing: Drawing) -> bool:
        """Whether a drawing was made for such a sheet."""
        made_for = (drawing.columns, drawing.rows, drawing.ascii, drawing.blocks)
        return made_for == (self.columns, self.rows, self.ascii, self.blocks)
