"""Runs as figures, figures as text: pure functions. Never imports textual, click or numba."""

from tuisim.figures.figure import Figure, Reveal
from tuisim.figures.norms import gradient_figure, hidden_figure, norm_reveals
from tuisim.figures.plane import eigenvalue_figure
from tuisim.figures.text import draw_cells, draw_text
from tuisim.figures.verdict import status_line, verdict_line
from tuisim.figures.views import VIEWS, Panel, Scene, View

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
