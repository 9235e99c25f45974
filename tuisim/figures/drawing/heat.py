"""Heat maps as cells of a ramp, with the ramp's own legend.

With colours a cell shows two values over one another, as half blocks; without, a character each,
of which every few levels have one of their own.
"""

from __future__ import annotations

import math
from itertools import groupby
from typing import TypeVar

import attrs
import numpy as np

from tuisim.figures.drawing.figure import Floats, Heat, Role, Span, Strip
from tuisim.figures.drawing.frame import ROLE_NUMBER, Chars, Roles
from tuisim.figures.drawing.numbers import ascii_text, nice_step
from tuisim.figures.drawing.ramp import COLD, HOT, TONES, decade_tone
from tuisim.figures.drawing.raster import Canvas

Levels = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

T = TypeVar("T")


@attrs.frozen
class Signs:
    """The characters of a ramp: of one that rises, and of both sides of one that turns, from 0 on.

    None is blank, which a missing value is, and none of ASCII's is what curves are drawn with.
    """

    rising: str
    below: str
    above: str


UNICODE = Signs("·:░▒▓█", "·-=", "░▒█")
ASCII = Signs(".:-=#%", ".-=", ":#%")

#: The most levels that a ramp has: as many as there are colours.
LEVELS = len(COLD) + len(HOT)


def even_levels(
    low: float, high: float, log: bool = False, most: int = LEVELS
) -> tuple[float, ...]:
    """The bounds of at most so many levels over low…high that begin at round numbers.

    Args:
        log: the values are log10 ones, and whole decades the roundest numbers.
    """
    step = nice_step(max(high - low, 1e-9), most)
    step = max(step, 1.0) if log else step
    while True:
        first = math.floor(low / step + 1e-9)
        last = max(math.ceil(high / step - 1e-9), first + 1)
        if last - first <= most:
            return tuple(one * step for one in range(first, last + 1))
        step = nice_step(1.5 * most * step, most)


def draw_heat(canvas: Canvas, heat: Heat, halves: int = 1) -> Levels:
    """The level of each cell of the canvas, (halves · rows, columns); −1 where there is no value.

    A cell, or either half of it, shows the value at its middle, so that a grid as fine as the
    canvas is shown whole.
    """
    columns = np.arange(canvas.columns)
    dots, first = (1, 0.0) if canvas.ascii else (4, 1.5)
    rows = np.arange(halves * canvas.rows)
    across = (columns if canvas.ascii else 2 * columns + 0.5) / max(canvas.width - 1, 1)
    lines = dots * rows / halves + (first if halves == 1 else 0.5)
    down = lines / max(canvas.height - 1, 1)
    x = canvas.x_low + (canvas.x_high - canvas.x_low) * across
    y = canvas.y_high - (canvas.y_high - canvas.y_low) * down
    i, j = _cells(heat.y_edges, y), _cells(heat.x_edges, x)
    shown = np.where((i[:, None] < 0) | (j < 0), np.nan, heat.values[i[:, None], j])
    return levels(shown, heat)


def put_heat(
    canvas: Canvas, heat: Heat, blocks: bool, chars: Chars, roles: Roles, grounds: Roles
) -> None:
    """Write a map into the cells of a canvas, (rows, columns) each, under what stands there.

    Args:
        blocks: two values in a cell, by colour, in place of a character for one.
    """
    # Straight lines of the frame stay over it.
    free = chars == " "
    if blocks:
        numbers = np.array([*(ROLE_NUMBER[role] for role in tones(heat)), 0], np.uint8)
        # The last of the numbers is that of the level −1.
        halves = numbers[draw_heat(canvas, heat, 2)]
        upper, lower = halves[0::2], halves[1::2]
        two = free & (upper != lower)
        chars[two], roles[two], grounds[:] = "▀", upper[two], lower
        # No colour is none to write with.
        under = two & (upper == 0)
        chars[under], roles[under], grounds[under] = "▄", lower[under], 0
        missing = free & (upper == 0) & (lower == 0)
    else:
        found = draw_heat(canvas, heat)
        filled = (found >= 0) & free
        chars[filled] = np.array(characters(heat, canvas.ascii), "<U1")[found[filled]]
        roles[filled] = ROLE_NUMBER["label"]
        missing = free & (found < 0)
    if heat.missing:
        chars[missing], roles[missing] = hatch(canvas.ascii), ROLE_NUMBER["guide"]


def levels(values: Floats, heat: Heat) -> Levels:
    """The level of each value, 0 and on: beyond the ends the nearest, −1 for nan."""
    bounds = np.array(heat.bounds)
    slack = 1e-9 * (bounds[-1] - bounds[0])
    found = np.searchsorted(bounds, np.nan_to_num(values, nan=0.0) + slack, side="right") - 1
    return np.where(np.isnan(values), -1, np.clip(found, 0, bounds.size - 2)).astype(np.int64)


def tones(heat: Heat) -> list[Role]:
    """The colour of each level: of the whole ramp, or of what there is on either side of 0."""
    return _spread(heat, [*TONES[: len(COLD)], *HOT], COLD, HOT)


def characters(heat: Heat, ascii: bool) -> list[str]:
    """The character of each level."""
    signs = ASCII if ascii else UNICODE
    return _spread(heat, list(signs.rising), list(signs.below), list(signs.above))


def _spread(heat: Heat, rising: list[T], below: list[T], above: list[T]) -> list[T]:
    count, turn = len(heat.bounds) - 1, heat.turn
    if turn is None:
        return [rising[int((rank + 0.5) * len(rising) / count)] for rank in range(count)]
    # The same distance from 0 looks the same on either side.
    most = max(turn, count - turn)
    found = []
    for rank in range(count):
        side, far = (below, turn - rank) if rank < turn else (above, rank - turn + 1)
        found.append(side[math.ceil(far * len(side) / most) - 1])
    return found


def hatch(ascii: bool) -> str:
    """The character of a cell that has no value, which none of the ramp's is."""
    return "/" if ascii else "╱"


#: Of a strip from the least share of the largest to the most, and how many decades under the
#: largest each but the first begins.
STRIP, STRIP_ASCII = "·:░▒▓█", ".:-=#%"
_SHARES = (8.0, 4.0, 2.0, 1.0, 0.5)


def draw_strip(
    canvas: Canvas, strip: Strip, chars: Chars, roles: Roles, shown: tuple[float, float]
) -> None:
    """Write a strip into the line of the axis across, (columns,), between its ticks.

    A column has the largest of its points; × is exactly zero, ? not a number.

    Args:
        shown: the x between which it is uncovered.
    """
    line, ramp = ("-", STRIP_ASCII) if canvas.ascii else ("─", STRIP)
    finite = strip.log10[np.isfinite(strip.log10)]
    top = float(finite.max()) if finite.size else 0.0
    inside = canvas.revealed(*shown) != 0
    dots = 1.0 if canvas.ascii else 2.0
    edges = (dots * np.arange(canvas.columns + 1) - 0.5) / max(canvas.width - 1, 1)
    edges = canvas.x_low + (canvas.x_high - canvas.x_low) * edges
    places = np.searchsorted(strip.x, edges)
    for column in np.flatnonzero((chars == line) & inside).tolist():
        first, stop = int(places[column]), int(places[column + 1])
        if first == stop:
            # Fewer points than columns: each reaches half way to the next.
            middle = 0.5 * (edges[column] + edges[column + 1])
            first = int(np.argmin(np.abs(strip.x - middle)))
            if abs(strip.x[first] - middle) > 0.5:
                continue
            stop = first + 1
        log10 = float(strip.log10[first:stop].max())
        if math.isfinite(log10):
            level = sum(log10 >= top - one for one in _SHARES)
            chars[column], role = ramp[level], decade_tone(log10)
        elif log10 > 0:
            chars[column], role = ramp[-1], decade_tone(log10)
        else:
            zero = "x" if canvas.ascii else "×"
            chars[column], role = "?" if math.isnan(log10) else zero, "warning"
        roles[column] = ROLE_NUMBER[role]


def _cells(edges: Floats, at: Floats) -> Levels:
    """The cell of a grid that each coordinate lies in, −1 outside; the last one has both edges."""
    slack = 1e-9 * abs(float(edges[-1] - edges[0]))
    found = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, edges.size - 2)
    outside = (at < edges[0] - slack) | (at > edges[-1] + slack)
    return np.where(outside, -1, found).astype(np.int64)


def heat_legend(heat: Heat, width: int, ascii: bool, blocks: bool = False) -> list[Span]:
    """The ramp with the number at which each level begins, as much of that as there is room for."""
    words = [ascii_text(one) if ascii else one for one in heat.words]
    name = f"{ascii_text(heat.name) if ascii else heat.name}: "
    samples: list[Span] = [(one, "label", "blank") for one in characters(heat, ascii)]
    if blocks:
        samples = [("   ", "blank", tone) for tone in tones(heat)]
    gone = ascii_text(heat.missing) if ascii else heat.missing
    end: list[Span] = [(f"  {2 * hatch(ascii)} {gone}", "guide", "blank")] if gone else []
    # Where neighbours look the same only the first says where it begins.
    starts = [rank for rank, one in enumerate(samples) if rank == 0 or one != samples[rank - 1]]
    ends = {0, len(samples), *([] if heat.turn is None else [heat.turn])}
    full = _line(words, samples, starts, {*starts, *ends})
    few = _line(words, samples, starts, ends)
    fewest = _line(words, samples, starts, {0, len(samples)})
    for text in ([(name, "label", "blank"), *full], full, [(name, "label", "blank"), *few], few):
        if sum(len(part) for part, _, _ in (*text, *end)) <= width:
            return [*text, *end]
    return [*fewest, *end]


def _line(words: list[str], samples: list[Span], starts: list[int], said: set[int]) -> list[Span]:
    line: list[Span] = []
    for rank in range(len(samples) + 1):
        if rank in said and words[rank]:
            between = f"{' ' * bool(line)}{words[rank]}{' ' * (rank < len(samples))}"
            line.append((between, "label", "blank"))
        if rank in starts:
            line.append(samples[rank])
    return [
        ("".join(text for text, _, _ in parts), role, ground)
        for (role, ground), parts in groupby(line, key=lambda one: one[1:])
    ]
