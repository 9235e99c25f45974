"""Curves to braille or ASCII cells, vectorised.

A canvas of columns × rows cells has 2 × 4 dots a cell in braille and one in ASCII. A value v on
limits low…high falls on dot floor(½ + (dots − 1)(v − low)/(high − low)), as plotext has it.
Everything that could shimmer while a curve grows is anchored to the canvas: the bins that thin
out many points are its dot columns, and dashes are a pattern over the dots, not along the curve.
"""

from __future__ import annotations

import math

import attrs
import numpy as np

from tuisim.figures.drawing.figure import Floats, Marker

Bits = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
Dots = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
Whole = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

#: Bits of a braille cell by dot row (top first) and dot column; U+2800 + bits is the character.
BRAILLE = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.uint8)
LEFT_HALF, RIGHT_HALF = np.uint8(0x47), np.uint8(0xB8)

#: Which dots are drawn, by their column where the curve is shallow and by their row where it is
#: steep. (A pattern over the plane would be in step with curves of some slope, and hide them.)
_PATTERNS: dict[str, tuple[int, ...]] = {
    "dashed": (1, 1, 1, 1, 0, 0),
    "dotted": (1, 0),
    "sparse": (1, 0, 0, 0),
}
#: The same for cells of ASCII, where a character is coarse already.
_ASCII_PATTERNS: dict[str, tuple[int, ...]] = {"dashed": (1, 0), "sparse": (1, 0, 0)}

#: Coordinates beyond this many dots are as good as infinite, and their differences stay finite.
_FAR = 1e9


@attrs.frozen
class Canvas:
    """The area that curves are drawn on: its size in cells and its limits in drawn units.

    Dashes are counted from the left and the top edge; where it is centred from both axes, so that
    mirror images are drawn as such.
    """

    columns: int
    rows: int
    x_low: float
    x_high: float
    y_low: float
    y_high: float
    ascii: bool = False
    centred: bool = False

    @property
    def width(self) -> int:
        """Dots across."""
        return self.columns if self.ascii else 2 * self.columns

    @property
    def height(self) -> int:
        """Dots upright."""
        return self.rows if self.ascii else 4 * self.rows

    def across(self, x: Floats) -> Floats:
        """Values to dots from the left edge, not rounded, at most 1e9 away; nan stays nan."""
        return _scaled(x, self.x_low, self.x_high, self.width)

    def upright(self, y: Floats) -> Floats:
        """Values to dots from the top edge, not rounded, at most 1e9 away; nan stays nan."""
        return (self.height - 1) - _scaled(y, self.y_low, self.y_high, self.height)

    def column(self, x: float) -> int:
        """The cell column of x, which may lie outside."""
        dot = math.floor(_placed(x, self.x_low, self.x_high, self.width) + 0.5)
        return dot if self.ascii else dot // 2

    def row(self, y: float) -> int:
        """The cell row of y, counted from the top, which may lie outside."""
        above = self.height - 1 - math.floor(_placed(y, self.y_low, self.y_high, self.height) + 0.5)
        return above if self.ascii else above // 4

    def at(self, column: int, row: int) -> tuple[float, float]:
        """x and y in the middle of a cell."""
        wide, high = (1, 1) if self.ascii else (2, 4)
        across = wide * column + (wide - 1) / 2
        above = self.height - 1 - (high * row + (high - 1) / 2)
        return (
            self.x_low + (self.x_high - self.x_low) * across / max(self.width - 1, 1),
            self.y_low + (self.y_high - self.y_low) * above / max(self.height - 1, 1),
        )

    def snapped(self, value: float, across: bool) -> float:
        """The x or y in the middle of the cell that a value's dot lies in.

        Ticks and lines would else be a cell off the curves: cells and dots round differently.
        """
        if across:
            cell, cells, low, high = self.column(value), self.columns, self.x_low, self.x_high
        else:
            cell, cells, low, high = self.row(value), self.rows, self.y_high, self.y_low
        return low if cells == 1 else low + (high - low) * cell / (cells - 1)

    def revealed(self, low: float, high: float) -> Bits:
        """A mask of bits for each cell column, (columns,): the dots whose x is in low…high."""
        ends = np.nan_to_num(np.array([low, high]), posinf=1e300, neginf=-1e300)
        first, last = _nearest(self.across(ends))
        dots = np.arange(self.width)
        inside = (dots >= first) & (dots <= last)
        if self.ascii:
            return np.where(inside, np.uint8(0xFF), np.uint8(0))
        left: Bits = np.where(inside[0::2], LEFT_HALF, np.uint8(0))
        right: Bits = np.where(inside[1::2], RIGHT_HALF, np.uint8(0))
        return np.bitwise_or(left, right)


def equal_limits(
    limits: tuple[float, float, float, float], columns: int, rows: int, ascii: bool
) -> tuple[float, float, float, float]:
    """Widen limits so that one unit is as long across as upright, a cell being 1 × 2.

    What lies in the middle of them lies in that of a cell, so that a number and its negative are as
    many cells away from it: of an even number of columns or rows one is left over at the far end.
    """
    x_low, x_high, y_low, y_high = limits
    # Canvas.width and .height in units of a quarter of a row: a dot of braille, half a column.
    x_dot, x_dots = (2, columns) if ascii else (1, 2 * columns)
    y_dot, y_dots = (4, rows) if ascii else (1, 4 * rows)
    across, upright = max(x_dot * (x_dots - 1), 1), max(y_dot * (y_dots - 1), 1)
    x_over, y_over = 2 * (columns % 2 == 0), 4 * (rows % 2 == 0)
    unit = max(
        (x_high - x_low) / max(across - x_over, 1), (y_high - y_low) / max(upright - y_over, 1)
    )
    # A hair more: round numbers shall not lie halfway between dots, where all are rounded one way.
    unit *= 1 + 1e-6
    x, y = (x_low + x_high) / 2, (y_low + y_high) / 2
    x_first, y_first = x - unit * (across - x_over) / 2, y - unit * (upright - y_over) / 2
    return x_first, x_first + unit * across, y_first, y_first + unit * upright


def _scaled(values: Floats, low: float, high: float, dots: int) -> Floats:
    with np.errstate(over="ignore", invalid="ignore"):
        # Divided first: the values may be near the end of float64.
        placed = (values / (high - low) - low / (high - low)) * (dots - 1)
        return np.clip(placed, -_FAR, _FAR)


def _placed(value: float, low: float, high: float, dots: int) -> float:
    """A finite value as `_scaled` and `_nearest` have it, without NumPy's cost for one number."""
    placed = (value / (high - low) - low / (high - low)) * (dots - 1)
    return round(min(max(placed, -_FAR), _FAR) * 1e8) / 1e8


def _nearest(dots: Floats) -> Whole:
    # Rounded to 8 digits first, as plotext does, so that 9.4999999999 is 9.5 on both.
    return np.floor(np.round(dots, 8) + 0.5).astype(np.int64)


def _nearest_upright(dots: Floats) -> Whole:
    # Counted from the top a half must fall upwards, as it does for plotext from the bottom.
    return np.ceil(np.round(dots, 8) - 0.5).astype(np.int64)


def draw_line(canvas: Canvas, x: Floats, y: Floats, marker: Marker = "line") -> Bits:
    """The joined curve through the points, clipped to the canvas.

    Args:
        x, y: (points,), float64; a point that is not finite breaks the line.
    Returns:
        bits (rows, columns); in ASCII 255 where the curve is.
    """
    dots = np.zeros((canvas.height, canvas.width), np.bool_)
    pattern = (_ASCII_PATTERNS if canvas.ascii else _PATTERNS).get(marker, (1,))
    u, v, piece = _points(canvas, x, y)
    if u.size:
        joined = piece[1:] == piece[:-1]
        alone = ~np.append(joined, False) & ~np.insert(joined, 0, False)
        _set(dots, _nearest(u[alone]), _nearest_upright(v[alone]))
        ends = (u[:-1][joined], v[:-1][joined], u[1:][joined], v[1:][joined])
        origin = (0.0, 0.0)
        if canvas.centred:
            origin = float(canvas.across(np.zeros(1))[0]), float(canvas.upright(np.zeros(1))[0])
        _draw_segments(dots, ends, np.array(pattern, np.bool_), origin)
    return pack(canvas, dots)


def draw_points(canvas: Canvas, x: Floats, y: Floats) -> Bits:
    """The points alone, a dot each: bits (rows, columns)."""
    dots = np.zeros((canvas.height, canvas.width), np.bool_)
    u, v, _ = _points(canvas, x, y, thin=False)
    _set(dots, _nearest(u), _nearest_upright(v))
    return pack(canvas, dots)


def draw_band(canvas: Canvas, x: Floats, low: Floats, high: Floats) -> Bits:
    """The area between two curves over ascending x, as a light dither: bits (rows, columns).

    A lower edge of −inf reaches the floor and an upper edge of inf the ceiling; nan leaves a gap.
    """
    columns = np.arange(canvas.width, dtype=np.float64)
    u = canvas.across(x)
    if u.size == 0:
        return np.zeros((canvas.rows, canvas.columns), np.uint8)
    top = np.interp(columns, u, canvas.upright(high), left=np.nan, right=np.nan)
    bottom = np.interp(columns, u, canvas.upright(low), left=np.nan, right=np.nan)
    rows = np.arange(canvas.height)[:, None]
    with np.errstate(invalid="ignore"):
        inside = (rows >= np.ceil(top - 0.5)) & (rows <= np.ceil(bottom - 0.5))
    if not canvas.ascii:
        slant = np.arange(canvas.width)[None, :] + 2 * np.arange(canvas.height)[:, None]
        inside &= slant % 4 == 0
    return pack(canvas, inside)


def pack(canvas: Canvas, dots: Dots) -> Bits:
    """Dots (height, width) as bits of cells (rows, columns)."""
    if canvas.ascii:
        return np.where(dots, np.uint8(0xFF), np.uint8(0))
    bits = np.zeros((canvas.rows, canvas.columns), np.uint8)
    for row in range(4):
        for column in range(2):
            bits |= dots[row::4, column::2] * BRAILLE[row, column]
    return bits


def _points(
    canvas: Canvas, x: Floats, y: Floats, thin: bool = True
) -> tuple[Floats, Floats, Whole]:
    """Finite points in dots, and the number of the unbroken piece that each belongs to."""
    finite = np.isfinite(x) & np.isfinite(y)
    piece: Whole = np.cumsum(~finite, dtype=np.int64)[finite]
    u, v = canvas.across(x[finite]), canvas.upright(y[finite])
    # However few they are: a curve that grows must not be drawn otherwise from some length on.
    if thin and u.size > 1 and bool((u[1:] >= u[:-1]).all()):
        return _thinned(u, v, piece)
    return u, v, piece


def _thinned(u: Floats, v: Floats, piece: Whole) -> tuple[Floats, Floats, Whole]:
    """First, lowest, highest and last point of each dot column: all that its drawing depends on.

    (Jugel et al. 2014, "M4: a visualization-oriented time series data aggregation".)
    """
    column = _nearest(u)
    new = (column[1:] != column[:-1]) | (piece[1:] != piece[:-1])
    first = np.concatenate([[0], np.nonzero(new)[0] + 1])
    last = np.append(first[1:] - 1, u.size - 1)
    across = np.stack([u[first], u[first], u[last], u[last]], axis=1)
    upright = np.stack(
        [v[first], np.minimum.reduceat(v, first), np.maximum.reduceat(v, first), v[last]], axis=1
    )
    u, v, piece = across.ravel(), upright.ravel(), np.repeat(piece[first], 4)
    kept = np.append(True, (u[1:] != u[:-1]) | (v[1:] != v[:-1]) | (piece[1:] != piece[:-1]))
    return u[kept], v[kept], piece[kept]


def _draw_segments(
    dots: Dots,
    ends: tuple[Floats, Floats, Floats, Floats],
    pattern: Dots,
    origin: tuple[float, float],
) -> None:
    height, width = dots.shape
    u0, v0, u1, v1 = _clipped(*ends, width, height)
    a, b = np.clip(_nearest(u0), 0, width - 1), np.clip(_nearest(u1), 0, width - 1)
    c = np.clip(_nearest_upright(v0), 0, height - 1)
    d = np.clip(_nearest_upright(v1), 0, height - 1)
    steps = np.maximum(np.abs(b - a), np.abs(d - c))
    # Each segment gives its steps + 1 dots; all segments at once.
    counts = steps + 1
    total = int(counts.sum())
    if total == 0:
        return
    step = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    share = step / np.repeat(np.maximum(steps, 1), counts)
    column = _nearest(np.repeat(a, counts) + np.repeat(b - a, counts) * share)
    row = _nearest_upright(np.repeat(c, counts) + np.repeat(d - c, counts) * share)
    if pattern.size > 1:
        shallow = np.repeat(np.abs(b - a) >= np.abs(d - c), counts)
        along = np.where(shallow, np.abs(column - origin[0]), np.abs(row - origin[1]))
        # The middle of a centred canvas lies on a dot or halfway between two.
        drawn = pattern[(along + 0.25).astype(np.int64) % pattern.size]
        column, row = column[drawn], row[drawn]
    _set(dots, column, row)


def _clipped(
    u0: Floats, v0: Floats, u1: Floats, v1: Floats, width: int, height: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """What of the segments lies within half a dot of the canvas (Liang and Barsky 1984)."""
    across, upright = np.concatenate([u0, u1]), np.concatenate([v0, v1])
    if across.size == 0 or (
        (across.min() >= -0.5 and across.max() <= width - 0.5)
        and (upright.min() >= -0.5 and upright.max() <= height - 0.5)
    ):
        return u0, v0, u1, v1
    du, dv = u1 - u0, v1 - v0
    enter, leave = np.zeros_like(u0), np.ones_like(u0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for slope, start, low, high in ((du, u0, -0.5, width - 0.5), (dv, v0, -0.5, height - 0.5)):
            one, other = (low - start) / slope, (high - start) / slope
            # A segment along an edge's direction is inside for all of its length or for none.
            still, inside = slope == 0, (start >= low) & (start <= high)
            near = np.where(still, np.where(inside, -np.inf, np.inf), np.minimum(one, other))
            far = np.where(still, np.where(inside, np.inf, -np.inf), np.maximum(one, other))
            enter, leave = np.maximum(enter, near), np.minimum(leave, far)
    kept = enter <= leave
    u0, v0, du, dv, enter, leave = (one[kept] for one in (u0, v0, du, dv, enter, leave))
    # Ends that are inside stay as they are, to the last bit.
    return (
        np.where(enter > 0, u0 + enter * du, u0),
        np.where(enter > 0, v0 + enter * dv, v0),
        np.where(leave < 1, u0 + leave * du, u1[kept]),
        np.where(leave < 1, v0 + leave * dv, v1[kept]),
    )


def _set(dots: Dots, column: Whole, row: Whole) -> None:
    height, width = dots.shape
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    dots[row[inside], column[inside]] = True
