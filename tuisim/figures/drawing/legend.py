"""The legend, the names of lines and of axes, on the emptiest cells; the number at a cursor."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from tuisim.figures.drawing.figure import Figure, Role, Series, Span
from tuisim.figures.drawing.frame import Chars, FrameText
from tuisim.figures.drawing.numbers import ascii_text, format_log10, format_value, one_cell_each
from tuisim.figures.drawing.ramp import COLD, HOT
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
_SAMPLE = max(len(one) for pair in _SAMPLES.values() for one in pair)
_STRIP_SAMPLE = ("·░▒█", ".-=%")
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
    entries: list[Entry] = [
        (_SAMPLES[one.marker][ascii], "neutral" if one.toned else one.role, one.name)
        for one in ordered
    ]
    entries += [(_BAND_SAMPLE[ascii], one.role, one.name) for one in figure.bands if one.name]
    if len(entries) == 1 and ordered and ordered[0].played:
        entries = []
    if figure.strip is not None:
        entries.append((_STRIP_SAMPLE[ascii], "label", figure.strip.name))
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


def legend_texts(
    figure: Figure, canvas: Canvas, taken: Taken, below: bool = False
) -> tuple[FrameText, ...]:
    """The legend and the names of reference lines as texts on the canvas.

    Args:
        taken: (rows, columns), the cells of curves; the legend goes where it covers fewest.
        below: whether the legend stands under the plot and not here.
    """
    taken = taken.copy()
    texts = _message_lines(figure.message, canvas)
    entries = [] if below else legend_entries(figure, canvas.ascii)
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
        texts += [
            FrameText(at + place, row + down, part, shown)
            for place, (part, shown) in enumerate(_sampled(sample, role))
        ]
        texts.append(FrameText(at + len(sample), row + down, f" {name}", "label"))
    return texts


def _sampled(sample: str, role: Role) -> list[tuple[str, Role]]:
    """The sample in its colours: of a curve that has those of the ramp a few from either end."""
    if role != "neutral":
        return [(sample, role)]
    tones = [COLD[4], COLD[1], "neutral", HOT[1], HOT[4]]
    return list(zip(sample, tones, strict=False))


def legend_line(entries: list[Entry], width: int) -> list[Span]:
    """The entries in a line under the plot, where all have room there; else nothing."""
    line: list[Span] = []
    for sample, role, name in entries:
        line += [(part, shown, "blank") for part, shown in _sampled(sample, role)]
        line.append((f" {name}   ", "label", "blank"))
    return line if sum(len(text) for text, _, _ in line) <= width + 3 else []


def entry_at(texts: Sequence[FrameText], figure: Figure, column: int, row: int) -> str:
    """The name of the curve whose entry, its sample or its name, is at a cell; "" for none."""
    for one in figure.series:
        plain = one_cell_each(one.name)
        for text in texts:
            first, stop = text.column - _SAMPLE, text.column + len(text.text)
            named = text.text.strip() in (plain, one_cell_each(ascii_text(one.name)))
            if one.name and named and text.row == row and first <= column < stop:
                return one.name
    return ""


def covers(texts: Sequence[FrameText], taken: Taken) -> bool:
    """Whether any of the texts lies on the cells of a curve."""
    return any(
        bool(taken[one.row, max(one.column, 0) : one.column + len(one.text)].any())
        for one in texts
        if one.text.strip()
    )


def _column_widths(entries: list[Entry], count: int) -> list[int]:
    height = -(-len(entries) // count)
    lengths = [len(sample) + 1 + len(name) for sample, _, name in entries]
    return [max(lengths[first : first + height]) for first in range(0, len(lengths), height)]


def _line_names(
    figure: Figure, canvas: Canvas, taken: Taken, legend: list[FrameText]
) -> list[FrameText]:
    """Name each line across on the line itself, as far to the right as no curve is covered."""
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
        # From the end where curves have least to say, the first place that covers none.
        places = range(canvas.columns - len(text) - 2, 1, -1)
        column = min(places, key=lambda end: int(taken[row, end : end + len(text)].sum()))
        named.append(FrameText(column, row, text, one.role))
        written.add(row)
    return named


def axis_names(labels: Chars, x: str, y: str) -> list[tuple[int, str]]:
    """Where the names of the axes have room in the row of the labels across, and what of them.

    That of the axis across stands in the last gap between two labels with room for it, whole or
    its last word alone, the symbol: "time step t" or "t". That of the other stands under it.
    """
    text = "".join(labels)
    gaps = [(one.start(), one.end()) for one in re.finditer(r"(?<=\S) +(?=\S)", text)]
    found = []
    margin = len(text) - len(text.lstrip())
    if y and margin > len(y) + 1:
        found.append((1, y))
    for shown in dict.fromkeys((x, x.rpartition(" ")[2])):
        for start, stop in reversed(gaps):
            if shown and stop - start >= len(shown) + 4:
                return [*found, (start + (stop - start - len(shown)) // 2, shown)]
    return found


def readout(figure: Figure, cursor: float | None) -> str:
    """The value of the played series at the cursor in words: "37: 0.039", "" where none can be."""
    if cursor is None or figure.x.ticks is None:
        return ""
    for one in figure.series:
        if one.played and one.x.size:
            log10 = one.y if figure.y.log else one.log10
            at = _nearest(one, cursor)
            text = format_value(float(one.y[at])) if log10 is None else format_log10(log10[at])
            return f"{cursor:g}: {text}"
    return f"{cursor:g}"


def value_at(series: Series, x: float) -> float:
    """The y of the point whose x is nearest."""
    return float(series.y[_nearest(series, x)])


def _nearest(series: Series, x: float) -> int:
    return int(np.argmin(np.abs(series.x - x)))
