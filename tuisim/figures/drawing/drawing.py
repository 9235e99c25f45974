"""A Figure laid out for a size in cells: frame below, curves over it.

A Drawing does once what depends on the figure and the size (ticks, legend, frame, rasterised
curves); `cells` then puts them together for each Reveal, which is what playing changes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs
import numpy as np

from tuisim.figures.drawing.cells import Cells
from tuisim.figures.drawing.figure import WHOLE, Axis, Figure, Reveal, Role, Span
from tuisim.figures.drawing.frame import (
    ROLE_NUMBER,
    Chars,
    FrameKey,
    FrameLine,
    FrameText,
    Roles,
    draw_frame,
)
from tuisim.figures.drawing.heat import draw_strip, heat_legend, put_heat
from tuisim.figures.drawing.layers import glyphs_of, layers_of, occupied
from tuisim.figures.drawing.legend import (
    axis_names,
    covers,
    entry_at,
    legend_entries,
    legend_line,
    legend_texts,
    readout,
    value_at,
)
from tuisim.figures.drawing.numbers import (
    across_ticks,
    ascii_text,
    one_cell_each,
    upright_axis,
)
from tuisim.figures.drawing.raster import Canvas, Dots, equal_limits
from tuisim.figures.drawing.wrapping import shortened

Ticks = tuple[tuple[float, str], ...] | None

#: Both plots of a screen begin at the same column while their labels are no longer than this.
_LABEL_WIDTH = 5
#: From these sizes on a plot has a border of its own, and below those not even axes.
_BORDER = (40, 7)
_BARE_BORDER = (20, 8)
_AXES = (14, 4)
#: With so many rows a legend for which there is no free place goes under the plot.
_LEGEND_BELOW = 9


class Drawing:
    """A figure laid out for columns × rows cells.

    Args:
        figure: what to draw.
        columns, rows: the size in cells, at least 0 each.
        ascii: no character outside ASCII.
        border: a rounded border with the title in it; None draws one where there is room.
        blocks: heat maps as half blocks of colour; in ASCII there are none.
    """

    def __init__(
        self,
        figure: Figure,
        columns: int,
        rows: int,
        *,
        ascii: bool = False,
        border: bool | None = None,
        blocks: bool = False,
    ) -> None:
        self.blocks = blocks and not ascii
        self.figure, self.columns, self.rows, self.ascii = figure, columns, rows, ascii
        least = _BORDER if figure.y.ticks is not None else _BARE_BORDER
        roomy = columns >= least[0] and rows >= least[1]
        high = rows >= (3 if figure.brief else 4)
        wanted = roomy or figure.brief if border is None else border
        self.border = wanted and columns >= 6 and high
        self.titled = self.border or rows >= 5
        self._drawn: tuple[Reveal, Cells] | None = None
        self._lay_out()

    def _lay_out(self, legend: Sequence[FrameText] = ()) -> None:
        """Lay it out, with this line of a legend under the plot."""
        figure, edge, ascii = self.figure, int(self.border), self.ascii
        self._left = 0
        columns, rows = self.columns - 3 * edge, self.rows - int(self.titled)
        width = self.columns - 4 * edge
        self._notes: list[list[Span]] = [
            [(shortened(_whole_parts(self._plain(note), width), width, ascii), "label", "blank")]
            for note in figure.notes
        ]
        if legend:
            self._notes.insert(0, [])
        if figure.heat is not None:
            self._notes.insert(0, heat_legend(figure.heat, width, self.ascii, self.blocks))
        if rows - edge - len(self._notes) < 4:
            self._notes = []
        rows -= len(self._notes)
        below = self.rows - edge - len(self._notes) + int(figure.heat is not None)
        self._legend = [attrs.evolve(one, row=below) for one in legend if self._notes]
        axes = self.columns >= _AXES[0] and self.rows >= _AXES[1]
        x_axis = figure.x if axes and figure.x.ticks is not None else None
        y_axis = figure.y if axes and figure.y.ticks is not None else None
        if edge and not (x_axis and not self._notes):
            # Labels lie on the border; without any it needs a row of its own.
            rows -= 1
        self._labels_on_border = bool(edge and x_axis and not self._notes)
        self._named, below = x_axis is not None, 2 if x_axis else 0
        x = figure.x
        low, high, y_ticks = self._y_ticks(y_axis, rows - below)
        x_ticks = self._x_ticks(x_axis, columns, y_ticks)
        self._origin = (edge, int(self.titled))
        limits = (x.low, x.high, low, high)
        if columns < 1 or rows - below < 1:
            self._frame = None
            self._texts: tuple[FrameText, ...] = ()
            return
        left = max((len(label) for _, label in y_ticks or ()), default=0) + 1
        left = 0 if y_ticks is None else left
        if columns - left < 1:
            y_ticks, left = None, 0
        if figure.equal:
            limits = equal_limits(limits, columns - left, rows - below, self.ascii)
        self.canvas = Canvas(columns - left, rows - below, *limits, self.ascii, figure.equal)
        self._left = left
        self._layers = layers_of(figure, self.canvas)
        self._glyphs = glyphs_of(figure, self.canvas)
        taken = occupied(self.canvas, self._layers, self._glyphs)
        lines = tuple(
            FrameLine(self.canvas.snapped(one.value, one.upright), one.role, one.upright)
            for one in figure.references
            if self._in_range(one.value, one.upright)
        )
        texts = legend_texts(figure, self.canvas, taken, bool(legend))
        if not legend and self.rows >= _LEGEND_BELOW and covers(texts, taken):
            line = legend_line(legend_entries(figure, ascii), 2 * edge, width)
            if line:
                self._lay_out(line)
                return
        x_ticks, y_ticks = self._snapped(x_ticks, True), self._snapped(y_ticks, False)
        key = FrameKey(columns, rows, *limits, x_ticks, y_ticks, lines, texts, self.ascii)
        self._frame = draw_frame(key)
        self._texts = texts

    @property
    def has_canvas(self) -> bool:
        """Whether there is room for a cell of the plot itself."""
        return self._frame is not None

    def at(self, column: int, row: int) -> tuple[float, float] | None:
        """x and y at a cell of the drawing, None where it is none of the canvas."""
        column, row = column - self._origin[0] - self._left, row - self._origin[1]
        canvas = self.canvas if self.has_canvas else None
        inside = canvas and 0 <= column < canvas.columns and 0 <= row < canvas.rows
        return canvas.at(column, row) if canvas and inside else None

    def entry_at(self, column: int, row: int) -> str:
        """The name of the curve whose entry of the legend is at a cell; empty where none is."""
        across, down = self._origin[0] + self._left, self._origin[1]
        texts = [
            attrs.evolve(one, column=one.column + across, row=one.row + down) for one in self._texts
        ]
        return entry_at([*texts, *self._legend], column, row)

    def _snapped(self, ticks: Ticks, across: bool) -> Ticks:
        if ticks is None:
            return None
        return tuple(
            (self.canvas.snapped(value, across), label)
            for value, label in ticks
            if self._in_range(value, across)
        )

    def _plain(self, text: str) -> str:
        return one_cell_each(ascii_text(text) if self.ascii else text)

    def _in_range(self, value: float, across: bool) -> bool:
        canvas = self.canvas
        low, high = (canvas.x_low, canvas.x_high) if across else (canvas.y_low, canvas.y_high)
        slack = 1e-9 * (high - low)
        return low - slack <= value <= high + slack

    def _y_ticks(self, axis: Axis | None, rows: int) -> tuple[float, float, Ticks]:
        """The limits that the axis has on so many rows, and its ticks."""
        low, high = self.figure.y.low, self.figure.y.high
        if axis is None:
            return low, high, None
        ticks = axis.ticks
        if not ticks:
            dots = 1 if self.ascii else 4
            bottom, top, ticks = upright_axis(low, high, rows, axis.log, dots)
            # A field fills its limits, and in a plane a unit is as long up as across.
            if self.figure.heat is None and not self.figure.equal:
                low, high = bottom, top
        labels = [self._plain(label) for _, label in ticks]
        roomy = self.columns >= 60
        width = max([_LABEL_WIDTH if roomy else 0, *(len(label) for label in labels)])
        gap = " " if roomy else ""
        shown = (label.rjust(width) + gap for label in labels)
        return low, high, tuple(zip((value for value, _ in ticks), shown, strict=True))

    def _x_ticks(self, axis: Axis | None, columns: int, y_ticks: Ticks) -> Ticks:
        if axis is None:
            return None
        left = max((len(label) for _, label in y_ticks or ()), default=-1) + 1
        ticks = axis.ticks or across_ticks(axis.low, axis.high, columns - left)
        return tuple((value, self._plain(label)) for value, label in ticks)

    def cells(self, reveal: Reveal = WHOLE) -> Cells:
        """The grid of cells, (rows, columns), with as much uncovered as `reveal` says.

        The newest is kept, so that another thread than that which shows it can have it drawn.
        """
        if self._drawn is None or self._drawn[0] != reveal:
            self._drawn = reveal, self._cells(reveal)
        return self._drawn[1]

    def _cells(self, reveal: Reveal) -> Cells:
        chars = np.full((self.rows, self.columns), " ", "<U1")
        roles, grounds = (np.zeros((self.rows, self.columns), np.uint8) for _ in range(2))
        if self.border:
            self._draw_border(chars, roles)
        if self.titled:
            self._draw_title(chars, roles, reveal)
        if self._frame is not None:
            self._draw_plot(chars, roles, grounds, reveal)
        for index, note in enumerate(self._notes):
            row = self.rows - int(self.border) - len(self._notes) + index
            column = 2 * int(self.border)
            for text, role, ground in note:
                shown = text[: max(self.columns - 2 * int(self.border) - column, 0)]
                _write(chars, roles, row, column, shown, role)
                grounds[row, column : column + len(shown)] = ROLE_NUMBER[ground]
                column += len(shown)
        for entry in self._legend:
            _write_text(chars, roles, entry, reveal)
        return Cells(chars, roles, grounds if self.blocks and self.figure.heat else None)

    def _draw_border(self, chars: Chars, roles: Roles) -> None:
        corners, across, upright = (
            (list("++++"), "-", "|") if self.ascii else (list("╭╮╰╯"), "─", "│")
        )
        chars[[0, -1], :] = across
        chars[:, [0, -1]] = upright
        chars[[0, 0, -1, -1], [0, -1, 0, -1]] = corners
        roles[[0, -1], :] = roles[:, [0, -1]] = ROLE_NUMBER["frame"]

    def _draw_title(self, chars: Chars, roles: Roles, reveal: Reveal) -> None:
        first, last = (2, self.columns - 2) if self.border else (0, self.columns)
        title = shortened(self._plain(self.figure.title), last - first, self.ascii)
        text = self._plain(readout(self.figure, reveal.cursor))
        space = " " * int(self.border)
        _write(chars, roles, 0, first - len(space), f"{space}{title}{space}", "title")
        # Beside the title, not at the far end: Textual sends a changed row from its left edge.
        start = first + len(title) + 2 + len(space)
        if text and start + len(text) + len(space) <= last:
            _write(chars, roles, 0, start - len(space), f"{space}{text}{space}", "readout")

    def _draw_plot(self, chars: Chars, roles: Roles, grounds: Roles, reveal: Reveal) -> None:
        assert self._frame is not None
        column, row = self._origin
        frame_chars, frame_roles = self._frame
        height, width = frame_chars.shape
        if self._named:
            frame_chars, frame_roles = frame_chars.copy(), frame_roles.copy()
            x, y = self._plain(self.figure.x.label), self._plain(self.figure.y.label)
            up = y and f"{y} {'^' if self.ascii else '↑'}"
            for at, text in axis_names(frame_chars[-1], x, up):
                _write(frame_chars, frame_roles, -1, at, text, "label")
        if self._labels_on_border:
            labels, numbers = frame_chars[-1], frame_roles[-1]
            shown = labels != " "
            # Borders right up to a label read as a minus sign.
            shown |= np.append(shown[1:], False) | np.insert(shown[:-1], 0, False)
            target = (row + height - 1, slice(column, column + width))
            chars[target] = np.where(shown, labels, chars[target])
            roles[target] = np.where(shown, numbers, roles[target])
            frame_chars, frame_roles = frame_chars[:-1], frame_roles[:-1]
            height -= 1
        area = (slice(row, row + height), slice(column, column + width))
        chars[area], roles[area] = frame_chars, frame_roles
        canvas = (
            slice(row, row + self.canvas.rows),
            slice(column + self._left, column + width),
        )
        if self.figure.heat is not None:
            plane = chars[canvas], roles[canvas], grounds[canvas]
            put_heat(self.canvas, self.figure.heat, self.blocks, *plane)
        if self.figure.strip is not None and self._named:
            line, shown = (row + self.canvas.rows, canvas[1]), (reveal.low, reveal.high)
            draw_strip(self.canvas, self.figure.strip, chars[line], roles[line], shown)
        self._draw_curves(chars[canvas], roles[canvas], reveal)

    def _draw_curves(self, chars: Chars, roles: Roles, reveal: Reveal) -> None:
        """Draw into views of the canvas area, (rows, columns)."""
        shown = self.canvas.revealed(reveal.low, reveal.high)
        bits, shaded = np.zeros(chars.shape, np.uint8), np.zeros(chars.shape, np.uint8)
        layers = [
            (one, one.bits & shown if one.played else one.bits)
            for one in self._layers
            if reveal.shows(one.name)
        ]
        over = [here for layer, here in layers if not (layer.behind or layer.under)]
        free = np.bitwise_or.reduce(over) == 0 if over else np.ones(chars.shape, np.bool_)
        for layer, here in layers:
            if layer.under:
                here = np.where(free, here, 0)
            drawn = here != 0
            if layer.behind:
                shaded |= here
            else:
                bits |= here
            roles[drawn] = np.broadcast_to(layer.numbers, drawn.shape)[drawn]
            if self.ascii:
                chars[drawn] = layer.ascii
        # Dots of curves in one cell are joined; those of a band, or bars, would only fray a curve.
        bits = np.where(bits != 0, bits, shaded)
        curves = bits != 0
        if not self.ascii:
            chars[curves] = _BRAILLE_CHARS[bits[curves]]
        for glyph in self._glyphs:
            column, row = glyph.column, glyph.row
            inside = 0 <= row < chars.shape[0] and 0 <= column < chars.shape[1]
            uncovered = inside and (shown[column] or not glyph.played)
            if uncovered and (not glyph.name or reveal.shows(glyph.name)):
                chars[row, column] = ascii_text(glyph.text)[0] if self.ascii else glyph.text
                roles[row, column] = ROLE_NUMBER[glyph.role]
                curves[row, column] = True
        for text in self._texts:
            # A text keeps its place over curves: half a word tells nothing.
            _write_text(chars, roles, text, reveal)
            curves[text.row, text.column : text.column + len(text.text)] = True
        if reveal.cursor is not None and self.figure.x.ticks is not None:
            self._draw_cursor(chars, roles, curves, reveal)

    def _draw_cursor(self, chars: Chars, roles: Roles, curves: Dots, reveal: Reveal) -> None:
        assert reveal.cursor is not None
        column = self.canvas.column(reveal.cursor)
        if not 0 <= column < chars.shape[1]:
            return
        if reveal.line:
            free = ~curves[:, column]
            chars[free, column] = "|" if self.ascii else "│"
            roles[free, column] = ROLE_NUMBER["cursor"]
        for one in self.figure.series:
            drawn = one.played and one.x.size and reveal.shows(one.name)
            y = value_at(one, reveal.cursor) if drawn else math.nan
            row = self.canvas.row(y) if math.isfinite(y) else -1
            if 0 <= row < chars.shape[0]:
                chars[row, column] = "@" if self.ascii else "●"
                roles[row, column] = ROLE_NUMBER["readout"]


def _whole_parts(note: str, width: int) -> str:
    """As many parts of a note (two spaces apart) as fit: half a number would be a wrong one."""
    while len(note) > width and "  " in note:
        note = note.rpartition("  ")[0]
    return note


def _write_text(chars: Chars, roles: Roles, text: FrameText, reveal: Reveal) -> None:
    hidden = text.curve is not None and not reveal.shows(text.curve)
    _write(chars, roles, text.row, text.column, *text.shown(hidden))


_BRAILLE_CHARS = np.array([chr(0x2800 + bits) for bits in range(256)], "<U1")


def _write(chars: Chars, roles: Roles, row: int, column: int, text: str, role: Role) -> None:
    room = chars.shape[1] - column
    text = text[: max(room, 0)]
    chars[row, column : column + len(text)] = list(text)
    roles[row, column : column + len(text)] = ROLE_NUMBER[role]
