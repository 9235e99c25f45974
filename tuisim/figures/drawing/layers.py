"""What lies over the frame of a plot, rasterised: layers of dots, and single characters.

Pure functions of a figure and its canvas.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import attrs
import numpy as np

from tuisim.figures.drawing.figure import Figure, Role
from tuisim.figures.drawing.frame import ROLE_NUMBER, Roles
from tuisim.figures.drawing.ramp import decade_tone
from tuisim.figures.drawing.raster import Bits, Canvas, Dots, draw_band, draw_line, draw_points

#: The characters that a series is drawn with where there is no braille.
ASCII_MARKS = {"line": "*", "dashed": "o", "dotted": ".", "sparse": ".", "point": "."}
BAND_ASCII = ":"
GLYPHS = {"bullet": "•", "diamond": "◆"}


@attrs.frozen(eq=False)
class Layer:
    """A rasterised series or band: its bits (rows, columns) in the canvas.

    numbers: (rows, 1), of the role that it has in each row. behind: it gives way to others in the
    cells that they share. under: to curves alone: two in one cell would read as neither. name: a
    series' own.
    """

    bits: Bits
    numbers: Roles
    ascii: str
    played: bool
    behind: bool = False
    name: str = ""
    under: bool = False


@attrs.frozen
class Glyph:
    """A character in a cell of the canvas."""

    column: int
    row: int
    text: str
    role: Role
    played: bool
    name: str = ""


def layers_of(figure: Figure, canvas: Canvas) -> list[Layer]:
    """The bands and the curves of a figure, bands first."""
    bands = [
        Layer(
            draw_band(canvas, one.x, one.low, one.high),
            _numbers(canvas, one.role),
            BAND_ASCII,
            one.played,
            True,
        )
        for one in figure.bands
    ]
    curves = [
        Layer(
            draw_points(canvas, one.x, one.y)
            if one.marker == "point"
            else draw_line(canvas, one.x, one.y, one.marker),
            _tones(canvas, figure.y.log) if one.toned else _numbers(canvas, one.role),
            ASCII_MARKS[one.marker],
            one.played,
            one.behind,
            one.name,
            under=one.role == "theory",
        )
        for one in figure.series
        if one.marker not in GLYPHS
    ]
    return bands + curves


def glyphs_of(figure: Figure, canvas: Canvas) -> list[Glyph]:
    """The single characters of a figure: points, marks, the brackets about a cell."""
    return [*_points(figure, canvas), *_marks(figure, canvas), *_brackets(figure, canvas)]


def _numbers(canvas: Canvas, role: Role) -> Roles:
    return np.full((canvas.rows, 1), ROLE_NUMBER[role], np.uint8)


def _tones(canvas: Canvas, log: bool) -> Roles:
    """The colours of the decades that the rows are in: of a linear axis what they reach up to."""
    size = 1 if canvas.ascii else 4
    down = size * np.arange(canvas.rows) + ((size - 1) / 2 if log else -0.5)
    values = canvas.y_high - (canvas.y_high - canvas.y_low) * down / max(canvas.height - 1, 1)
    if not log:
        with np.errstate(divide="ignore"):
            values = np.log10(np.abs(values))
    roles = [ROLE_NUMBER[decade_tone(one)] for one in values.tolist()]
    return np.array(roles, np.uint8)[:, None]


def occupied(canvas: Canvas, layers: Sequence[Layer], glyphs: Sequence[Glyph]) -> Dots:
    """The cells of the canvas where something will be drawn, (rows, columns)."""
    taken = np.zeros((canvas.rows, canvas.columns), np.bool_)
    for layer in layers:
        taken |= layer.bits != 0
    for glyph in glyphs:
        if 0 <= glyph.row < canvas.rows and 0 <= glyph.column < canvas.columns:
            taken[glyph.row, glyph.column] = True
    return taken


def _points(figure: Figure, canvas: Canvas) -> Iterator[Glyph]:
    for one in figure.series:
        if one.marker in GLYPHS:
            for x, y in zip(one.x, one.y, strict=True):
                if math.isfinite(x) and math.isfinite(y):
                    column, row = canvas.column(x), canvas.row(y)
                    yield Glyph(column, row, GLYPHS[one.marker], one.role, one.played, one.name)


def _marks(figure: Figure, canvas: Canvas) -> Iterator[Glyph]:
    free = np.ones((canvas.rows, canvas.columns), np.bool_)
    for mark in figure.marks:
        first = canvas.column(mark.x)
        last = first if mark.until is None else canvas.column(mark.until)
        row = min(max(canvas.row(mark.y), 0), canvas.rows - 1)
        while mark.inward and 0 <= first < canvas.columns and not free[row, first]:
            first = last = first + mark.inward
        for column in range(max(first, 0), min(last, canvas.columns - 1) + 1):
            free[row, column] = False
            yield Glyph(column, row, mark.text, mark.role, mark.played)


def _brackets(figure: Figure, canvas: Canvas) -> Iterator[Glyph]:
    """Both sides of the marked cell: the cell itself has something to tell."""
    if figure.heat is not None and figure.heat.marked is not None:
        x, y = figure.heat.marked
        column, row = canvas.column(x), canvas.row(y)
        for side, text in ((-1, "["), (1, "]")):
            yield Glyph(column + side, row, text, "here", False)
