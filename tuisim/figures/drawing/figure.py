"""Figure: what a plot shows, as plain data."""

from __future__ import annotations

import math
from typing import Literal

import attrs
import numpy as np

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

#: What a thing in a plot stands for; the theme turns it into a colour in one place.
Role = Literal[
    "blank",
    "frame",
    "label",
    "title",
    "readout",
    "hidden",
    "gradient",
    "cell",
    "theory",
    "pinned",
    "band",
    "limit",
    "guide",
    "cursor",
    "eigenvalue",
    "selected",
    "warning",
    # On a field of colour: where theory's line runs, and where the net is.
    "contour",
    "here",
    "loss",
    "accuracy",
    # The ramp: from the smallest over 1 to the largest.
    "cold6",
    "cold5",
    "cold4",
    "cold3",
    "cold2",
    "cold1",
    "neutral",
    "hot1",
    "hot2",
    "hot3",
    "hot4",
    "hot5",
    "hot6",
    # Verdicts, in the engine's own words.
    "vanishing",
    "stable",
    "exploding",
    "dead",
    "not a number",
    # Curves side by side: one without a remedy, and the others.
    "plain",
    "hue1",
    "hue2",
    "hue3",
    "hue4",
    "hue5",
    "hue6",
    "hue7",
]

ROLES: tuple[Role, ...] = Role.__args__  # type: ignore[attr-defined]

#: A part of a line of text: the text, its role, the role of what lies behind it.
Span = tuple[str, Role, Role]

#: How a series is drawn: joined (solid, dashed, and two densities of dots, the patterns being
#: fixed to the canvas), or its points alone as a single dot, a bullet or a diamond each.
Marker = Literal["line", "dashed", "dotted", "sparse", "point", "bullet", "diamond"]


@attrs.frozen
class Axis:
    """One axis: a label, its limits and its ticks in *drawn* units.

    A log axis is drawn linearly in log10: limits, ticks and data are log10 values,
    and only the tick labels (`1e-3` or 10⁻³) say so.

    Without ticks they are chosen when the figure is drawn, for the room there is;
    `ticks=None` leaves the axis out.
    """

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...] | None = ()
    log: bool = False


@attrs.frozen(eq=False)
class Series:
    """One curve. x and y are float64 of shape (points,); what is not finite breaks the line.

    A played series is the one that a Reveal uncovers step by step. A toned one has at each place
    the colour of the ramp for the decade it is in. One that lies behind is not seen in cells where
    another is.

    log10: of y, (points,), where y lies on a linear axis but may be past float64.
    """

    name: str
    x: Floats
    y: Floats
    role: Role
    marker: Marker = "line"
    played: bool = False
    log10: Floats | None = None
    toned: bool = False
    behind: bool = False


@attrs.frozen(eq=False)
class Band:
    """The area between two curves (the quartiles over members), each of shape (points,)."""

    name: str
    x: Floats
    low: Floats
    high: Floats
    role: Role = "band"
    played: bool = False


@attrs.frozen
class Reference:
    """A straight line over the whole plot (a float16 limit, an axis), across or upright.

    `words` are its value, said with the name where rows are too few to read it off the axis.
    """

    name: str
    value: float
    role: Role
    upright: bool = False
    words: str = ""


@attrs.frozen
class Mark:
    """A single character at a point: × for an exact zero on the floor, ∞ where inf begins.

    With `until` the character is repeated from x to there. Where another mark is, one with an
    `inward` stands so many columns further on: 2 to the right, −2 to the left.
    """

    x: float
    y: float
    text: str
    role: Role
    meaning: str = ""
    until: float | None = None
    played: bool = False
    inward: int = 0


@attrs.frozen(eq=False)
class Heat:
    """A value for each cell of a grid over the axes, drawn as a level of a ramp.

    values: (rows, columns), the first row at the lowest y and the first column at the lowest x;
        nan cells are hatched where `missing` says what they are, else blank. What lies beyond
        low…high has the ramp's first or last character.
    x_edges, y_edges: (columns + 1,) and (rows + 1,), ascending, in drawn units.
    bounds: rising, where the levels begin, and where the last one ends; what lies beyond is of the
        first or the last.
    words: the number at each bound, as the legend has it.
    turn: the bound that is 0, between cold and hot levels; None for a ramp that rises throughout.
    marked: a point whose cell is set in brackets.

    Curves and marks lie over it. In ASCII a "line" or "dashed" curve differs from every level.
    """

    name: str
    values: Floats
    x_edges: Floats
    y_edges: Floats
    bounds: tuple[float, ...]
    words: tuple[str, ...]
    turn: int | None = None
    marked: tuple[float, float] | None = None
    missing: str = ""


@attrs.frozen(eq=False)
class Strip:
    """Sizes by step, as characters and colours in the line of the axis across.

    x ascending and log10 of the sizes, (points,); −inf is exactly zero. How dark a character is
    says how much of the largest there is, its colour of which decade it is.
    """

    name: str
    x: Floats
    log10: Floats


@attrs.frozen(eq=False)
class Figure:
    """A plot as data: the app, a pipe and a test all draw the same one."""

    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...] = ()
    bands: tuple[Band, ...] = ()
    references: tuple[Reference, ...] = ()
    marks: tuple[Mark, ...] = ()
    notes: tuple[str, ...] = ()
    #: One unit is as long across as upright (the complex plane).
    equal: bool = False
    #: Said in the middle of the canvas, in as many lines as it takes: why nothing is drawn.
    message: str = ""
    heat: Heat | None = None
    strip: Strip | None = None
    #: The message says it all in a line: the room is better given to what stands beside it.
    brief: bool = False


def blank_figure(title: str, message: str, brief: bool = False) -> Figure:
    """A figure of nothing but words."""
    bare = Axis("", 0.0, 1.0, ticks=None)
    return Figure(title, bare, bare, message=message, brief=brief)


@attrs.frozen
class Reveal:
    """How much of the played things is uncovered, and where the cursor stands.

    Played series, bands and marks are drawn for low ≤ x ≤ high only; the rest is drawn whole.
    The cursor is a dot on each played curve, its value beside the title and, with `line`, an
    upright line. With `alone` only the curve of that name is drawn. A Reveal is no part of the
    Figure, so playing moves it without building anew.
    """

    low: float = -math.inf
    high: float = math.inf
    cursor: float | None = None
    line: bool = True
    alone: str = ""

    def shows(self, name: str) -> bool:
        """Whether what has this name is drawn."""
        return self.alone in ("", name)


#: All of it, and no cursor.
WHOLE = Reveal()
