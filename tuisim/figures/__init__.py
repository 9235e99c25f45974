"""Runs as figures, figures as text: pure functions. Never imports textual, click or numba.

May import the engine. Its rooms from the bottom up: drawing, words, views. Begin at
drawing/figure.py for what a figure is, at views/norms.py for the plainest one.
"""

from tuisim.figures.drawing.figure import Figure, Reveal
from tuisim.figures.drawing.text import draw_cells, draw_text
from tuisim.figures.views.norms import gradient_figure, hidden_figure, norm_reveals
from tuisim.figures.views.plane import eigenvalue_figure
from tuisim.figures.views.table import VIEWS, Panel, Scene, View
from tuisim.figures.words.verdict import status_line, verdict_line

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
