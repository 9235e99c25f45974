"""An error surface as a heat map with paths of descent over it, and its numbers in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

from tuisim.figures.drawing.curves import decades, finite_ends, steps_of
from tuisim.figures.drawing.drawing import Drawing
from tuisim.figures.drawing.figure import (
    Axis,
    Figure,
    Floats,
    Heat,
    Mark,
    Marker,
    Role,
    Series,
    blank_figure,
)
from tuisim.figures.drawing.heat import even_levels
from tuisim.figures.drawing.numbers import format_log10, format_value
from tuisim.figures.views.ways import ways
from tuisim.figures.words.status import Piece, fit_pieces

if TYPE_CHECKING:
    from tuisim.engine.surfaces.landscape import Losses, Path

#: The share of the points that may lie under the ramp's first level: a valley has no bottom on a
#: log scale, and would else take all levels for itself.
_VALLEY = 0.02

#: So many of a path's newest steps are bright.
_BRIGHT = 4

#: Losses within so many decades say nothing over the steps.
_FLAT = 0.01

#: The least step of the ramp, in decades, and how many there are at most.
_LEAST_STEP = 0.05
_LEVELS = 12


#: (x low, x high, y low, y high).
Window = tuple[float, float, float, float]
Edges = tuple[Floats, Floats]

#: The wall of the one-unit net, with the valley that ends at it.
UNIT_WINDOW: Window = (3.5, 5.5, -3.0, -1.5)

#: The parameters of that net, and of one two of whose eigenvalues are scaled.
UNIT_NAMES, NET_NAMES = ("w", "b"), ("x", "y")

#: A window this much smaller than where it lies has cells that float64 cannot tell apart.
_NARROWEST = 1e-6

#: Slopes from 1 up to ten to this power are written out, with three digits after the point.
_WRITTEN_OUT = 9


@attrs.frozen
class Hand:
    """How a path of descent is drawn: its signs, its colour, its curves, its name."""

    sign: str
    now: str
    role: Role
    path: Marker
    loss: Marker
    name: str


#: No sign is one of the ramp's characters, in either character set. A clipped path may rattle along
#: a wall: its losses, joined, would be one blot.
HANDS: dict[Literal["clipped", "plain"], Hand] = {
    "plain": Hand("x", "X", "warning", "line", "line", "not clipped"),
    "clipped": Hand("o", "O", "hidden", "dashed", "bullet", "clipped"),
}


def hand_of(path: Path) -> Hand:
    """How this path is drawn."""
    return HANDS["plain" if path.threshold is None else "clipped"]


@attrs.frozen(eq=False)
class Ground:
    """What a surface's heat map is drawn from.

    Attributes:
        title: of the picture.
        names: of the two parameters.
        x_edges, y_edges: (columns + 1,) and (rows + 1,), those of the grid's cells.
        loss_log10: (rows, columns), nan where it is not known yet.
        start: where the paths begin.
        cursor: the point whose cell is marked.
    """

    title: str
    names: tuple[str, str]
    x_edges: Floats
    y_edges: Floats
    loss_log10: Floats
    start: tuple[float, float] | None = None
    cursor: tuple[float, float] | None = None


def window_about(start: tuple[float, float]) -> Window:
    """UNIT_WINDOW where the start lies in it, else one of that size with it in the middle."""
    if is_within(start, UNIT_WINDOW):
        return UNIT_WINDOW
    x_low, x_high, y_low, y_high = UNIT_WINDOW
    x, y = start
    across = max((x_high - x_low) / 2, abs(x) * _NARROWEST)
    up = max((y_high - y_low) / 2, abs(y) * _NARROWEST)
    return x - across, x + across, y - up, y + up


def is_window(window: Window) -> bool:
    """Whether there is room for a picture's cells between the ends."""
    pairs = (window[:2], window[2:])
    return all(
        high - low > _NARROWEST * max(abs(low), abs(high), _NARROWEST) for low, high in pairs
    )


def is_within(point: tuple[float, float], window: Window) -> bool:
    """Whether a point lies in a window or on its edge."""
    x_low, x_high, y_low, y_high = window
    return x_low <= point[0] <= x_high and y_low <= point[1] <= y_high


def edges_of(window: Window, cells: tuple[int, int]) -> Edges:
    """Those of (columns, rows) equal cells: (columns + 1,) and (rows + 1,)."""
    x_low, x_high, y_low, y_high = window
    return np.linspace(x_low, x_high, cells[0] + 1), np.linspace(y_low, y_high, cells[1] + 1)


def cells_of(
    window: Window, columns: int, rows: int, *, ascii: bool = False, border: bool | None = None
) -> tuple[int, int]:
    """How many cells across and up a picture of this size has, 0 where there is no room for it.

    Args:
        ascii, border: as Drawing has them.
    """
    edges = edges_of(window, (1, 1))
    figure = landscape_figure(ground_of(("", ""), edges, np.full((1, 1), np.nan)))
    drawing = Drawing(figure, columns, rows, ascii=ascii, border=border)
    return (drawing.canvas.columns, drawing.canvas.rows) if drawing.has_canvas else (0, 0)


def ground_of(
    names: tuple[str, str],
    edges: Edges,
    loss_log10: Floats,
    start: tuple[float, float] | None = None,
    cursor: tuple[float, float] | None = None,
) -> Ground:
    """A Ground with the title that says of what net it is, and which way its parameters lie."""
    net = "one unit" if names == UNIT_NAMES else "this net"
    title = f"loss, {net}: {names[0]} across, {names[1]} up"
    return Ground(title, names, *edges, loss_log10, start, cursor)


def landscape_figure(
    ground: Ground, paths: Sequence[Path] = (), step: int | None = None, coming: str = ""
) -> Figure:
    """The heat map of log10 L with the paths up to a step over it; whole where step is None.

    Args:
        coming: how far the losses are; in the middle while there are none, else behind the title.
    """
    blank = bool(np.isnan(ground.loss_log10).all())
    bounds = _bounds(ground.loss_log10)
    words = tuple(map(_bound_words, bounds))
    series: list[Series] = []
    marks: list[Mark] = []
    for path in paths:
        hand, shown = hand_of(path), path.points[: shown_steps(path, step) + 1]
        series.append(Series("", shown[:, 0], shown[:, 1], "contour", hand.path))
        # The newest steps are the bright ones: where the path comes from and where it goes.
        newest = len(shown) - 1 - _BRIGHT
        marks += [
            Mark(float(x), float(y), hand.sign, "here" if at > newest else "contour")
            for at, (x, y) in enumerate(shown[:-1])
        ]
        marks += ways(shown, (ground.x_edges, ground.y_edges), newest)
        marks.append(Mark(float(shown[-1, 0]), float(shown[-1, 1]), hand.now, "here"))
    if ground.start is not None:
        marks.append(Mark(*ground.start, "S", "here"))
    # A mark is drawn on the edge where it lies beyond it, which would be a lie here.
    x, y = ground.x_edges, ground.y_edges
    inside = [mark for mark in marks if y[0] <= mark.y <= y[-1]]
    return Figure(
        title=f"{ground.title}, {coming}" if coming and not blank else ground.title,
        message=coming if blank else "",
        x=Axis(ground.names[0], float(x[0]), float(x[-1])),
        y=Axis(ground.names[1], float(y[0]), float(y[-1])),
        series=tuple(series),
        marks=tuple(inside),
        heat=Heat("loss", ground.loss_log10, x, y, bounds, words, marked=ground.cursor),
    )


def _bounds(loss_log10: Floats) -> tuple[float, ...]:
    """Where the levels of the ramp begin, in log10."""
    finite = loss_log10[np.isfinite(loss_log10)]
    if not finite.size:
        return even_levels(-6.0, 0.0, most=_LEVELS)
    low, high = float(np.quantile(finite, _VALLEY)), float(finite.max())
    return even_levels(low, max(high, low + 5 * _LEAST_STEP), most=_LEVELS)


def _bound_words(log10: float) -> str:
    # Whole decades are 1 and halves 3, as on log paper; anything else needs another digit.
    halves = abs(2 * log10 - round(2 * log10)) < 1e-6
    return format_log10(log10, 1 if halves else 2)


def shown_steps(path: Path, step: int | None) -> int:
    """The step that a path stands at when so many were taken; None for all."""
    return path.steps if step is None else min(step, path.steps)


def descent_figure(paths: Sequence[Path], step: int | None = None) -> Figure:
    """The loss of the paths over the steps of descent, up to a step."""
    series, marks = [], []
    for path in paths:
        hand, at = hand_of(path), shown_steps(path, step)
        x, y = steps_of(path.loss_log10)[: at + 1], path.loss_log10[: at + 1]
        series.append(Series(f"{hand.sign} {hand.name}", x, y, hand.role, hand.loss))
        if math.isfinite(y[-1]):
            marks.append(Mark(float(x[-1]), float(y[-1]), hand.now, hand.role))
    ends = [found for found in (finite_ends(path.loss_log10) for path in paths) if found]
    if ends and max(one for _, one in ends) - min(one for one, _ in ends) < _FLAT:
        words = f"flat: it stays at {format_log10(ends[0][0])}"
        return blank_figure("loss over the steps", words, brief=True)
    low, high = (
        min((one for one, _ in ends), default=-1.0),
        max((one for _, one in ends), default=0.0),
    )
    low, high = decades(low, high)
    longest = max([1, *(path.steps for path in paths)])
    return Figure(
        title="loss over the steps",
        x=Axis("update", 0.0, float(longest)),
        y=Axis("", low, high, log=True),
        series=tuple(series),
        marks=tuple(marks),
    )


def cursor_parts(
    names: tuple[str, str],
    point: tuple[float, float],
    loss_log10: float,
    gradient_log10: float,
    gradient: tuple[float, float],
) -> tuple[str, ...]:
    """Loss and gradient at the cursor, the least important part last."""
    return (
        f"[ ] {names[0]} {parameter(point[0])}, {names[1]} {parameter(point[1])}",
        f"loss {format_log10(loss_log10, 3)}",
        f"gradient {format_log10(gradient_log10, 3)}",
        f"({format_value(gradient[0], 3)}, {format_value(gradient[1], 3)})",
    )


def path_line(
    path: Path,
    window: Window | None = None,
    step: int | None = None,
    width: int | None = None,
    ascii: bool = False,
) -> str:
    """Where a path stands at a step; why it ended stays longest where there is little room.

    Args:
        window: the picture's, which the path may leave; None for none.
    """
    hand, at = hand_of(path), shown_steps(path, step)
    name = hand.name if path.threshold is None else f"clipped at {path.threshold:g}"
    x, y = (parameter(float(one)) for one in path.points[at])
    pieces = [
        Piece(f" {hand.sign}  {name:<15} step {at}: {x}, {y}"),
        Piece(f"loss {format_log10(float(path.loss_log10[at]))}", "", 1),
        Piece(f"gradient {format_log10(float(path.gradient_log10[at]))}", "", 3),
    ]
    if path.ended and at == path.steps:
        pieces.append(Piece(path.ended))
    gone = None if window is None else _first_outside(path.points[: at + 1], window)
    if gone == 0:
        pieces.append(Piece("starts outside the picture", "starts outside", 2))
    elif gone is not None and window is not None and is_within(tuple(path.points[at]), window):
        words = f"left the picture at step {gone}, is back"
        pieces.append(Piece(words, f"out at step {gone}, back", 2))
    elif gone is not None:
        pieces.append(Piece(f"leaves the picture at step {gone}", f"leaves at step {gone}", 2))
    count = int(path.clipped[:at].sum())
    if count:
        pieces.append(Piece(f"{count} clipped", "", 4))
    return fit_pieces(pieces, width, ascii, "  ")


def _first_outside(points: Floats, window: Window) -> int | None:
    """The first of the points (k, 2) that is not in the window, if any."""
    outside = (not is_within((float(x), float(y)), window) for x, y in points)
    return next((at for at, gone in enumerate(outside) if gone), None)


def start_line(
    names: tuple[str, str],
    point: tuple[float, float],
    losses: Losses,
    width: int | None = None,
    ascii: bool = False,
) -> str:
    """Loss and gradient where descent begins, in digits enough to be compared."""
    pieces = [
        Piece(f" S  at the start: {parameter(point[0])}, {parameter(point[1])}"),
        Piece(f"loss {format_log10(float(losses.loss_log10[0]), 4)}", "", 1),
    ]
    for side, name in enumerate(names):
        slope, log10 = float(losses.gradient[0, side]), float(losses.side_log10[0, side])
        sign = "-" if losses.gradients[0, side] < 0 else ""
        words = f"{slope:.3f}" if 0 <= log10 < _WRITTEN_OUT else sign + format_log10(log10, 4)
        pieces.append(Piece(f"∂L/∂{name} {words}"))
    return fit_pieces(pieces, width, ascii, "  ")


def fitting(parts: Sequence[str], width: int, ascii: bool = False) -> str:
    """As many parts as fit: half a number would be a wrong one."""
    pieces = [Piece(part, rank=place) for place, part in enumerate(parts)]
    return fit_pieces(pieces, width, ascii, "  ")


def parameter(value: float) -> str:
    """A parameter in words: 4.970, -2.200, 3.1·10⁸."""
    return f"{value:.3f}" if abs(value) < 1000 else format_value(value)
