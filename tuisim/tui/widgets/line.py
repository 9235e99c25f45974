"""A line of words on a screen, sent to the terminal only where it is another."""

from __future__ import annotations

from rich.cells import cell_len
from textual.reactive import Reactive
from textual.visual import VisualType
from textual.widgets import Static

from tuisim.figures.drawing.wrapping import wrapped


class Line(Static):
    """Words as they are: without markup, and so without anything to click."""

    # Else Textual looks for links in each piece of a line that it draws: a tenth of a frame.
    auto_links = Reactive(False)

    def __init__(
        self, content: VisualType = "", *, id: str | None = None, classes: str | None = None
    ) -> None:
        """Begin with these words."""
        super().__init__(content, id=id, classes=classes, markup=False)


def put(line: Static, text: str, *, wraps: bool = False, across: bool = False) -> None:
    """Show a text where it is not there already.

    Laying out the screen anew, which only another extent needs, takes as long as drawing a plot.

    Args:
        wraps: whether it takes more lines than are written where these are too long.
        across: whether the line is as wide as its text.
    """
    before = str(line.content)
    if before != text:
        room = line.size.width if wraps else None
        known = room is None or room > 0
        same = known and _extent(before, room, across) == _extent(text, room, across)
        if same:
            line.update(text, layout=False)
        else:
            lay_out(line, text)


def lay_out(line: Static, content: VisualType) -> None:
    """Show what may be of another extent.

    Textual knows an extent by the number of times that a layout was asked for, and counts only
    once where it is asked again before it was idle: a layout between (the terminal has another
    size, say) would leave this with the extent of what stood there for that moment.
    """
    line._layout_updates += 1
    line.update(content)


def _extent(text: str, room: int | None, across: bool) -> tuple[int, int]:
    """Lines, of which nothing takes one too, and where it matters the cells of the longest."""
    lines = text.split("\n")
    rows = len(lines) if room is None else sum(len(wrapped(one, room)) or 1 for one in lines)
    return rows, max(map(cell_len, lines)) if across else 0
