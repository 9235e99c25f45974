"""guarded: a figure, or in its place why it cannot be drawn."""

from __future__ import annotations

from collections.abc import Callable

from tuisim.figures.drawing.figure import Figure, blank_figure
from tuisim.terminal import faults


def guarded(title: str, make: Callable[[], Figure]) -> Figure:
    """The figure that `make` makes; where that fails the words for it, and the app goes on."""
    try:
        return make()
    except Exception as error:
        return blank_figure(title, faults.words(error))
