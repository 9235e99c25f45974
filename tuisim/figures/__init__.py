"""Runs as figures, figures as text: pure functions. Never imports textual, click or numba.

May import the engine. Its rooms from the bottom up: drawing, words, views. Begin at
drawing/figure.py for what a figure is, at views/norms.py for the plainest one.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuisim.figures.drawing.figure import Figure, Reveal
    from tuisim.figures.drawing.text import draw_cells, draw_text
    from tuisim.figures.views.norms import gradient_figure, hidden_figure, norm_reveals
    from tuisim.figures.views.plane import eigenvalue_figure
    from tuisim.figures.views.table import VIEWS, Panel, Scene, View
    from tuisim.figures.words.status import status_line
    from tuisim.figures.words.verdict import verdict_line

__all__ = [
    "VIEWS",
    "Figure",
    "Panel",
    "Reveal",
    "Scene",
    "View",
    "draw_cells",
    "draw_text",
    "eigenvalue_figure",
    "gradient_figure",
    "hidden_figure",
    "norm_reveals",
    "status_line",
    "verdict_line",
]

# A line of words needs no numpy, which takes half as long to import as Textual.
_HOMES = {
    "VIEWS": "views.table",
    "Figure": "drawing.figure",
    "Panel": "views.table",
    "Reveal": "drawing.figure",
    "Scene": "views.table",
    "View": "views.table",
    "draw_cells": "drawing.text",
    "draw_text": "drawing.text",
    "eigenvalue_figure": "views.plane",
    "gradient_figure": "views.norms",
    "hidden_figure": "views.norms",
    "norm_reveals": "views.norms",
    "status_line": "words.status",
    "verdict_line": "words.verdict",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
