"""Where the legend and the names of lines go: on the emptiest cells."""

from __future__ import annotations

import numpy as np

from tuisim.figures.drawing.figure import Figure, Role
from tuisim.figures.drawing.frame import FrameText
from tuisim.figures.drawing.numbers import ascii_text, one_cell_each
from tuisim.figures.drawing.raster import Canvas
from tuisim.figures.drawing.wrapping import paragraph

Taken = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

#: A sample of each marker, four or five cells long.
_SAMPLES = {
    "line": ("⠒⠒⠒⠒", "*****"),
    "dashed": ("⠒⠒ ⠒", "o o o"),
    "dotted": ("⠂⠂⠂⠂", "....."),
    "sparse": ("⠂ ⠂ ", ".  . "),
    "point": (" ⠂  ", "  .  "),
    "bullet": (" •  ", "  o  "),
    "diamond": (" ◆  ", "  @  "),
}
_BAND_SAMPLE = ("⢕⢕⢕⢕", ":::::")

#: On so few rows a line lies beside the tick of another value, for which it would be taken.
_FEW_ROWS = 3

Entry = tuple[str, Role, str]


def legend_entries(figure: Figure, ascii: bool) -> list[Entry]:
    """Sample, role and name of what is drawn: what is played first, then from the top down.

    One curve alone needs no name; marks with a meaning always do.
    """
    series = [one for one in figure.series if one.name]
    ordered = [one for one in series if one.played]
    ordered += [one for one in reversed(series) if not one.played]
    entries: list[Entry] = [(_SAMPLES[one.marker][ascii], one.role, one.name) for one in ordered]
    entries += [(_BAND_SAMPLE[ascii], one.role, one.name) for one in figure.bands if one.name]
    if len(entries) == 1 and entries[0][1] == figure.series[0].role and ordered[0].played:
        entries = []
    meanings: dict[str, Entry] = {}
    for mark in figure.marks:
        if mark.meaning:
            sample = ascii_text(mark.text)[0] if ascii else mark.text
            meanings.setdefault(mark.meaning, (f" {sample}  ", mark.role, mark.meaning))
    entries += meanings.values()
    return [
        (sample, role, one_cell_each(ascii_text(name) if ascii else name))
        for sample, role, name in entries
    ]


def legend_texts(figure: Figure, canvas: Canvas, taken: Taken) -> tuple[FrameText, ...]:
    """The legend and the names of reference lines as texts on the canvas.

    Args:
        taken: (rows, columns), the cells of curves; the legend goes where it covers fewest.
    """
    taken = taken.copy()
    texts = _message_lines(figure.message, canvas)
    entries = legend_entries(figure, canvas.ascii)
    if entries:
        lined = taken.copy()
        for one in figure.references:
            if not one.upright and 0 <= canvas.row(one.value) < canvas.rows:
                lined[canvas.row(one.value)] = True
        block = _place_block(entries, canvas, lined)
        for text in block:
            taken[text.row, text.column : text.column + len(text.text)] = True
        texts += block
    texts += _line_names(figure, canvas, taken, texts)
    return tuple(texts)


def _message_lines(message: str, canvas: Canvas) -> list[FrameText]:
    """The message in the middle of the canvas, its end left out where there is no room."""
    text = one_cell_each(ascii_text(message) if canvas.ascii else message)
    lines = paragraph(text, max(canvas.columns - 2, 1), canvas.rows, canvas.ascii)
    row, width = (canvas.rows - len(lines)) // 2, max(map(len, lines), default=0)
    column = (canvas.columns - width) // 2
    return [FrameText(column, row + at, line, "label") for at, line in enumerate(lines)]


def _place_block(
    entries: list[Entry], canvas: Canvas, taken: Taken, left_out: int = 0
) -> list[FrameText]:
    """The entries where they cover fewest cells: in a column, a row, or in several columns.

    What there is no room for even so is counted.
    """
    more: list[Entry] = [("", "label", f"and {left_out} more")] if left_out else []
    shown = [*entries, *more]
    # Columns are the better reading; a row only wins where it covers less.
    block = _best_place(shown, (1, len(shown)), canvas, taken)
    for columns in range(2, len(shown)):
        block = block or _best_place(shown, (columns,), canvas, taken)
    if block:
        return block
    # One name of many is no legend.
    return _place_block(entries[:-1], canvas, taken, left_out + 1) if len(entries) > 2 else []


def _best_place(
    entries: list[Entry], columns: tuple[int, ...], canvas: Canvas, taken: Taken
) -> list[FrameText]:
    """The entries in the best of these numbers of columns, at the best place; none without room."""
    best: tuple[int, int, int, int, int] | None = None
    for order, count in enumerate(columns):
        widths = _column_widths(entries, count)
        width, height = sum(widths) + 2 * (len(widths) - 1), -(-len(entries) // count)
        # Under half of the canvas, or the legend would be the picture.
        if width + 2 > canvas.columns or (height > 1 and 2 * height > canvas.rows):
            continue
        right, low = canvas.columns - width - 1, canvas.rows - height
        middle = (canvas.columns - width) // 2
        anchors = [(0, right), (0, 1), (low, right), (low, 1), (0, middle), (low, middle)]
        for rank, (row, column) in enumerate(anchors):
            covered = int(taken[row : row + height, column - 1 : column + width + 1].sum())
            place = (covered, order * 10 + rank, row, column, count)
            if best is None or place < best:
                best = place
    if best is None:
        return []
    *_, row, column, count = best
    height = -(-len(entries) // count)
    widths = _column_widths(entries, count)
    texts = []
    for rank, (sample, role, name) in enumerate(entries):
        across, down = divmod(rank, height)
        at = column + sum(widths[:across]) + 2 * across
        texts.append(FrameText(at, row + down, sample, role))
        texts.append(FrameText(at + len(sample), row + down, f" {name}", "label"))
    return texts


def _column_widths(entries: list[Entry], count: int) -> list[int]:
    height = -(-len(entries) // count)
    lengths = [len(sample) + 1 + len(name) for sample, _, name in entries]
    return [max(lengths[first : first + height]) for first in range(0, len(lengths), height)]


def _line_names(
    figure: Figure, canvas: Canvas, taken: Taken, legend: list[FrameText]
) -> list[FrameText]:
    """Name each line across on the line itself, at the end where fewer curve cells are covered."""
    named = []
    written = {text.row for text in legend}
    for one in figure.references:
        row = canvas.row(one.value)
        if not one.name or one.upright or not 0 <= row < canvas.rows or row in written:
            continue
        name = f"{one.name} {one.words}" if one.words and canvas.rows <= _FEW_ROWS else one.name
        text = one_cell_each(ascii_text(name) if canvas.ascii else name)
        text = f" {text} "
        if len(text) + 4 > canvas.columns:
            continue
        ends = (canvas.columns - len(text) - 2, 2)
        column = min(ends, key=lambda end: int(taken[row, end : end + len(text)].sum()))
        named.append(FrameText(column, row, text, one.role))
        written.add(row)
    return named
