"""Heat maps as cells of a ramp, with the ramp's own legend.

A level has a character of its own in either character set, so colour is never what tells it.
"""

from __future__ import annotations

from itertools import zip_longest

import numpy as np

from tuisim.figures.drawing.figure import Floats, Heat, Role
from tuisim.figures.drawing.numbers import ascii_text, format_log10, nice_step
from tuisim.figures.drawing.raster import Canvas

Levels = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

#: From the lowest level to the highest. None is blank, which a missing value is, and none of the
#: second is what curves are drawn with in ASCII.
RAMP = "·:░▒▓█"
ASCII_RAMP = ".:-=#%"
LEVELS = len(RAMP)

#: The colour of each level.
HEAT_ROLES: tuple[Role, ...] = ("low", "low", "middle", "middle", "high", "high")


def level_range(low: float, high: float, log: bool = False) -> tuple[float, float]:
    """The ends of a ramp over low…high whose levels begin at round numbers.

    Args:
        log: the values are log10 ones, and whole decades the roundest numbers.
    """
    step = nice_step(max(high - low, 1e-9), LEVELS)
    step = max(step, 1.0) if log else step
    while True:
        first = np.floor(low / step + 1e-9) * step
        if first + LEVELS * step >= high - 1e-9 * step:
            return float(first), float(first + LEVELS * step)
        step = nice_step(1.5 * LEVELS * step, LEVELS)


def draw_heat(canvas: Canvas, heat: Heat) -> Levels:
    """The level of each cell of the canvas, (rows, columns); −1 where there is no value.

    A cell shows the value at its middle, so that a grid as fine as the canvas is shown whole.
    """
    ascii = canvas.ascii
    columns, rows = np.arange(canvas.columns), np.arange(canvas.rows)
    across = (columns if ascii else 2 * columns + 0.5) / max(canvas.width - 1, 1)
    down = (rows if ascii else 4 * rows + 1.5) / max(canvas.height - 1, 1)
    x = canvas.x_low + (canvas.x_high - canvas.x_low) * across
    y = canvas.y_high - (canvas.y_high - canvas.y_low) * down
    i, j = _cells(heat.y_edges, y), _cells(heat.x_edges, x)
    shown = np.where((i[:, None] < 0) | (j < 0), np.nan, heat.values[i[:, None], j])
    return levels(shown, heat)


def levels(values: Floats, heat: Heat) -> Levels:
    """The level of each value: 0 … LEVELS − 1, beyond the ends the nearest, −1 for nan."""
    share = (np.clip(values, heat.low, heat.high) - heat.low) / (heat.high - heat.low)
    found = np.where(np.isnan(share), -1.0, np.floor(share * LEVELS + 1e-9))
    return np.minimum(found, LEVELS - 1).astype(np.int64)


def _cells(edges: Floats, at: Floats) -> Levels:
    """The cell of a grid that each coordinate lies in, −1 outside; the last one has both edges."""
    slack = 1e-9 * abs(float(edges[-1] - edges[0]))
    found = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, edges.size - 2)
    outside = (at < edges[0] - slack) | (at > edges[-1] + slack)
    return np.where(outside, -1, found).astype(np.int64)


def heat_legend(heat: Heat, width: int, ascii: bool) -> str:
    """The ramp with the number at which each level begins, as much of that as there is room for."""
    ramp = ASCII_RAMP if ascii else RAMP
    span = heat.high - heat.low
    edges = (heat.low + span / LEVELS * np.arange(LEVELS + 1)).tolist()
    # What rounding leaves of a zero is none.
    edges = [0.0 if abs(edge) < 1e-9 * span else edge for edge in edges]
    words = [_log_edge(edge) if heat.log else f"{edge:.4g}" for edge in edges]
    name = heat.name
    if ascii:
        words, name = [ascii_text(word) for word in words], ascii_text(name)
    words = words[: 1 + sum(edge <= heat.most + 1e-9 * span for edge in edges[1:])]
    pairs = zip_longest(words, ramp, fillvalue="")
    whole = " ".join(one for pair in pairs for one in pair if one)
    short = f"{words[0]} {ramp} {words[-1]}"
    for text in (f"{name}: {whole}", whole, f"{name}: {short}"):
        if len(text) <= width:
            return text
    return short


def _log_edge(log10: float) -> str:
    # Whole decades are 1 and halves 3, as on log paper; anything else needs another digit.
    halves = abs(2 * log10 - round(2 * log10)) < 1e-6
    return format_log10(log10, 1 if halves else 2)
