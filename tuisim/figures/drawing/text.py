"""Figures as rows of text, for a pipe, a test and the app alike."""

from __future__ import annotations

from tuisim.figures.drawing.cells import Cells
from tuisim.figures.drawing.drawing import Drawing
from tuisim.figures.drawing.figure import WHOLE, Figure, Reveal


def draw_cells(
    figure: Figure,
    columns: int,
    rows: int,
    ascii: bool = False,
    reveal: Reveal = WHOLE,
    border: bool | None = None,
    blocks: bool = False,
) -> Cells:
    """Draw a figure as a grid of columns × rows cells, each a character and a role.

    Args:
        ascii: no character outside ASCII.
        reveal: how much is uncovered, and the cursor.
        border: a rounded border; None draws one where there is room.
        blocks: heat maps as half blocks of colour, where colours will be shown.
    """
    drawing = Drawing(figure, columns, rows, ascii=ascii, border=border, blocks=blocks)
    return drawing.cells(reveal)


def draw_text(
    figure: Figure,
    columns: int,
    rows: int,
    ascii: bool = False,
    reveal: Reveal = WHOLE,
    border: bool | None = None,
) -> list[str]:
    """Draw a figure as `rows` lines of plain text, each exactly `columns` cells wide."""
    return draw_cells(figure, columns, rows, ascii, reveal, border).text()
