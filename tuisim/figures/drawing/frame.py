"""The frame of a plot (axes, ticks, labels, lines, legend), drawn by plotext and cached.

plotext's public functions share one global figure that measures the terminal and clips to it.
Its monitor class, one plot without a terminal, has neither trouble: a fresh one is used for each
frame, its matrix of characters read directly, and a role's number passed as the colour. These
private names are held by a contract test.
"""

from __future__ import annotations

from functools import lru_cache

import attrs
import numpy as np

from tuisim.figures.drawing.figure import ROLES, Role
from tuisim.figures.drawing.numbers import ascii_text

Chars = np.ndarray[tuple[int, ...], np.dtype[np.str_]]
Roles = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

ROLE_NUMBER: dict[Role, int] = {role: number for number, role in enumerate(ROLES)}


@attrs.frozen
class FrameLine:
    """A straight line over the canvas in drawn units."""

    value: float
    role: Role
    upright: bool = False


@attrs.frozen
class FrameText:
    """A text on the canvas, its first character at a cell counted from the top left.

    Of an entry of the legend `curve` is the name of what it is for, and `off` is written in its
    place while that is hidden.
    """

    column: int
    row: int
    text: str
    role: Role
    curve: str | None = None
    off: str = ""

    def shown(self, is_off: bool) -> tuple[str, Role]:
        """What is written, and its role."""
        return (self.off, "guide") if is_off else (self.text, self.role)


@attrs.frozen
class FrameKey:
    """All that a frame depends on; equal keys share one drawing.

    x_ticks and y_ticks of None leave that axis out. Labels are as wide as they are long.
    """

    columns: int
    rows: int
    x_low: float
    x_high: float
    y_low: float
    y_high: float
    x_ticks: tuple[tuple[float, str], ...] | None
    y_ticks: tuple[tuple[float, str], ...] | None
    lines: tuple[FrameLine, ...] = ()
    texts: tuple[FrameText, ...] = ()
    ascii: bool = False

    @property
    def left(self) -> int:
        """Columns that labels and axis take on the left."""
        if self.y_ticks is None:
            return 0
        return max((len(label) for _, label in self.y_ticks), default=0) + 1

    @property
    def below(self) -> int:
        """Rows that axis and labels take below."""
        if self.x_ticks is None:
            return 0
        return 2 if self.x_ticks else 1

    @property
    def canvas_columns(self) -> int:
        return self.columns - self.left

    @property
    def canvas_rows(self) -> int:
        return self.rows - self.below


@lru_cache(maxsize=256)
def draw_frame(key: FrameKey) -> tuple[Chars, Roles]:
    """The frame as characters and numbers of roles, both (rows, columns) and not to be written to.

    Raises:
        ValueError: no room for a canvas of one cell.
    """
    if key.canvas_columns < 1 or key.canvas_rows < 1:
        raise ValueError(f"no room for a canvas in {key.columns} × {key.rows} cells")
    from plotext._date import date_class
    from plotext._monitor import monitor_class

    plot = monitor_class()
    plot.set_date(date_class())
    plot.set_size([key.columns, key.rows])
    frame = ROLE_NUMBER["frame"]
    plot.set_axes_color("default")
    plot.set_canvas_color("default")
    plot.set_ticks_color(frame)
    plot.set_xaxes(key.x_ticks is not None, False)
    plot.set_yaxes(key.y_ticks is not None, False)
    plot.set_xlim(key.x_low, key.x_high)
    plot.set_ylim(key.y_low, key.y_high)
    # Axes are drawn only where a signal uses them: one point, well outside.
    plot.draw([2 * key.x_low - key.x_high - 1], [2 * key.y_low - key.y_high - 1], marker=" ")
    plot.set_xticks(*_split(key.x_ticks))
    plot.set_yticks(*_split(key.y_ticks))
    for line in key.lines:
        draw = plot.draw_vertical_line if line.upright else plot.draw_horizontal_line
        draw(line.value, color=ROLE_NUMBER[line.role])
    for text in key.texts:
        x = _at(text.column, key.x_low, key.x_high, key.canvas_columns)
        y = _at(key.canvas_rows - 1 - text.row, key.y_low, key.y_high, key.canvas_rows)
        plot.draw_text(text.text, x, y, color=ROLE_NUMBER[text.role], alignment="left")
    plot.build_plot()

    chars = np.array(plot.matrix.marker[::-1], dtype="<U1").reshape(key.rows, key.columns)
    numbers = [
        [colour if isinstance(colour, int) else 0 for colour in row]
        for row in plot.matrix.fullground[::-1]
    ]
    roles = np.array(numbers, np.uint8).reshape(key.rows, key.columns)
    if key.x_ticks:
        _complete_labels(key, chars, roles)
    _recolour(key, chars, roles)
    chars.flags.writeable = roles.flags.writeable = False
    return chars, roles


def _split(ticks: tuple[tuple[float, str], ...] | None) -> tuple[list[float], list[str]]:
    ticks = ticks or ()
    return [value for value, _ in ticks], [label for _, label in ticks]


def _at(cell: int, low: float, high: float, cells: int) -> float:
    return low if cells == 1 else low + (high - low) * cell / (cells - 1)


def _complete_labels(key: FrameKey, chars: Chars, roles: Roles) -> None:
    """Write the labels across that plotext dropped (often the last) where there is room."""
    axis, labels = key.rows - 2, key.rows - 1
    for value, label in key.x_ticks or ():
        share = (value - key.x_low) / (key.x_high - key.x_low)
        column = int(np.floor(0.5 + (key.canvas_columns - 1) * share))
        if not 0 <= column < key.canvas_columns or chars[axis, key.left + column] == "┬":
            continue
        first = key.left + column - len(label) // 2
        first = max(0, min(first, key.columns - len(label)))
        around = chars[labels, max(first - 1, 0) : first + len(label) + 1]
        if first + len(label) <= key.columns and bool((around == " ").all()):
            chars[labels, first : first + len(label)] = list(label)
            chars[axis, key.left + column] = "┬"


def _recolour(key: FrameKey, chars: Chars, roles: Roles) -> None:
    label = ROLE_NUMBER["label"]
    if key.left:
        roles[:, : key.left - 1] = label
    if key.below == 2:
        roles[-1] = label
    canvas = (slice(0, key.canvas_rows), slice(key.left, None))
    limit = roles[canvas] == ROLE_NUMBER["limit"]
    across = limit & (chars[canvas] == "─")
    # Broken, so that a limit is not taken for an axis or a curve.
    chars[canvas][across] = "╌"
    guide = roles[canvas] == ROLE_NUMBER["guide"]
    chars[canvas][guide & (chars[canvas] == "─")] = "╌"
    chars[canvas][guide & (chars[canvas] == "│")] = "╎"
    roles[chars == " "] = 0
    if key.ascii:
        spaced = np.zeros(chars.shape, np.bool_)
        spaced[:, 1::2] = True
        chars[spaced & (chars == "╌")] = " "
        for symbol in np.unique(chars):
            if not symbol.isascii():
                plain = {"╌": "-", "╎": "|"}.get(str(symbol)) or ascii_text(str(symbol))
                chars[chars == symbol] = plain[0]
