"""A line of words on a screen, sent to the terminal only where it is another."""

from __future__ import annotations

from rich.cells import cell_len
from textual.widgets import Static


def put(line: Static, text: str, *, wraps: bool = False, across: bool = False) -> None:
    """Show a text where it is not there already.

    Laying out the screen anew, which only another extent needs, takes as long as drawing a plot.

    Args:
        wraps: whether it may take more lines than are written, or fewer.
        across: whether the line is as wide as its text.
    """
    before = str(line.content)
    if before != text:
        line.update(text, layout=wraps or _extent(before, across) != _extent(text, across))


def _extent(text: str, across: bool) -> tuple[int, int]:
    """Lines, of which nothing takes one too, and where it matters the cells of the longest."""
    lines = text.split("\n")
    return len(lines), max(map(cell_len, lines)) if across else 0
