"""The legend, the names of lines and of axes, on the emptiest cells; the number at a cursor."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import attrs
import numpy as np

from tuisim.figures.drawing.figure import Figure, Role, Series
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
_STRIP_SAMPLE = ("·░▒█", ".-=%")
_BAND_SAMPLE = ("⢕⢕⢕⢕", ":::::")

#: On so few rows a line lies beside the tick of another value, for which it would be taken.
_FEW_ROWS = 3

#: In the sample's place while the curve is hidden: a sign that takes no colour.
_OFF = "off  "


@attrs.frozen
class Entry:
    """Sample, role and name of what is drawn; `curve` is what Reveal calls it.

    What is never hidden has a curve of None, a band, which goes with any, an empty one.
    """

    sample: str
    role: Role
    name: str
    curve: str | None = None

    def texts(self, column: int, row: int) -> list[FrameText]:
        """The entry at a cell."""
        found = [
            FrameText(column + at, row, part, role, self.curve, _OFF[at : at + len(part)])
            for at, (part, role) in enumerate(_sampled(self.sample, self.role))
        ]
        name = f" {self.name}"
        column += len(self.sample)
        return [*found, FrameText(column, row, name, "label", self.curve, name)]


def legend_entries(figure: Figure, ascii: bool) -> list[Entry]:
    """Sample, role and name of what is drawn: what is played first, then from the top down.

    One curve alone needs no name; marks with a meaning always do.
    """
    series = [one for one in figure.series if one.name]
    ordered = [one for one in series if one.played]
    ordered += [one for one in reversed(series) if not one.played]
    entries: list[Entry] = [
        Entry(_SAMPLES[one.marker][ascii], "neutral" if one.toned else one.role, one.name, one.name)
        for one in ordered
    ]
    entries += [
        Entry(_BAND_SAMPLE[ascii], one.role, one.name, "") for one in figure.bands if one.name
    ]
    if len(entries) == 1 and ordered and ordered[0].played:
        entries = []
    if figure.strip is not None:
        entries.append(Entry(_STRIP_SAMPLE[ascii], "label", figure.strip.name))
    meanings: dict[str, Entry] = {}
    for mark in figure.marks:
        if mark.meaning:
            sample = ascii_text(mark.text)[0] if ascii else mark.text
            meanings.setdefault(mark.meaning, Entry(f" {sample}  ", mark.role, mark.meaning))
    entries += meanings.values()
    return [
        attrs.evolve(one, name=one_cell_each(ascii_text(one.name) if ascii else one.name))
        for one in entries
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
    return (*texts, *_plane_names(figure, canvas, taken))


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
    more = [Entry("", "label", f"and {left_out} more")] if left_out else []
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
    for rank, entry in enumerate(entries):
        across, down = divmod(rank, height)
        texts += entry.texts(column + sum(widths[:across]) + 2 * across, row + down)
    return texts


def _sampled(sample: str, role: Role) -> list[tuple[str, Role]]:
    """The sample in its colours: of a curve that has those of the ramp a few from either end."""
    if role != "neutral":
        return [(sample, role)]
    tones = [COLD[4], COLD[1], "neutral", HOT[1], HOT[4]]
    return list(zip(sample, tones, strict=False))


def legend_line(entries: list[Entry], first: int, width: int) -> list[FrameText]:
    """The entries in one line from this column on, where all have room in it; else nothing."""
    line: list[FrameText] = []
    at = first
    for entry in entries:
        line += entry.texts(at, 0)
        at += len(entry.sample) + 1 + len(entry.name) + 3
    return line if at - 3 <= first + width else []


def entry_at(texts: Sequence[FrameText], column: int, row: int) -> str:
    """The name of the curve whose entry, its sample or its name, is at a cell; "" for none."""
    found = (
        one.curve
        for one in texts
        if one.curve and one.row == row and one.column <= column < one.column + len(one.text)
    )
    return next(found, "")


def covers(texts: Sequence[FrameText], taken: Taken) -> bool:
    """Whether any of the texts lies on the cells of a curve."""
    return any(
        bool(taken[one.row, max(one.column, 0) : one.column + len(one.text)].any())
        for one in texts
        if one.text.strip()
    )


def _column_widths(entries: list[Entry], count: int) -> list[int]:
    height = -(-len(entries) // count)
    lengths = [len(one.sample) + 1 + len(one.name) for one in entries]
    return [max(lengths[first : first + height]) for first in range(0, len(lengths), height)]


def _line_names(
    figure: Figure, canvas: Canvas, taken: Taken, legend: list[FrameText]
) -> list[FrameText]:
    """Name each line across on it, or just over or under it where curves lie on it all the way.

    The name stands as far to the right as no curve is covered.
    """
    named = []
    written = {text.row for text in legend}
    lines = {canvas.row(one.value) for one in figure.references if not one.upright}
    for one in figure.references:
        row = canvas.row(one.value)
        if not one.name or one.upright or not 0 <= row < canvas.rows or row in written:
            continue
        name = f"{one.name} {one.words}" if one.words and canvas.rows <= _FEW_ROWS else one.name
        text = one_cell_each(ascii_text(name) if canvas.ascii else name)
        text = f" {text} "
        if len(text) + 4 > canvas.columns:
            continue
        beside = [near for near in (row - 1, row + 1) if 0 <= near < canvas.rows]
        rows = [row, *(near for near in beside if near not in written | lines)]
        # From the end where curves have least to say, the first place that covers none.
        places = [(at, end) for at in rows for end in range(canvas.columns - len(text) - 2, 1, -1)]
        row, column = min(
            places, key=lambda place: int(taken[place[0], place[1] :][: len(text)].sum())
        )
        named.append(FrameText(column, row, text, one.role))
        written.add(row)
    return named


def _plane_names(figure: Figure, canvas: Canvas, taken: Taken) -> list[FrameText]:
    """The names of axes without ticks: at the ends of the lines through 0, where nothing is."""
    if figure.x.ticks is not None or figure.y.ticks is not None or not figure.references:
        return []
    x, y = (ascii_text(one.label) if canvas.ascii else one.label for one in (figure.x, figure.y))
    right, middle, axis = canvas.columns - len(x) - 1, canvas.column(0.0) + 2, canvas.row(0.0)
    # Under the line, over it, and where a circle comes near to the edge, on the line itself.
    wanted = (
        [
            FrameText(column, row, x, "label")
            for row in (axis + 1, axis - 1, axis)
            for column in (right, right + 1)
        ],
        [FrameText(middle, row, y, "label") for row in (0, canvas.rows - 1)],
    )
    free = ((one for one in places if _has_room(one, canvas, taken)) for places in wanted)
    return [one for places in free for one in itertools.islice(places, 1)]


def _has_room(one: FrameText, canvas: Canvas, taken: Taken) -> bool:
    # A plane of a few cells has room for nothing else.
    return (
        bool(one.text)
        and one.column >= 0
        and 0 <= one.row < canvas.rows
        and canvas.columns >= 4 * len(one.text)
        and one.column + len(one.text) <= canvas.columns
        and not taken[one.row, one.column : one.column + len(one.text)].any()
    )


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
    symbol = x.rpartition(" ")[2]
    # Rather near a number than not at all.
    for shown, room in ((x, 4), (symbol, 4), (symbol, 2)):
        for start, stop in reversed(gaps):
            if shown and stop - start >= len(shown) + room:
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
