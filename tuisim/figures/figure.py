"""Figure: what a plot shows, as plain data. Imports attrs and numpy only."""

from __future__ import annotations

from typing import Literal

import attrs
import numpy as np

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

#: What a thing in a plot stands for; the theme turns it into a colour in one place.
Role = Literal["hidden", "gradient", "theory", "pinned", "limit", "cursor", "eigenvalue", "frame"]

#: How a series is drawn: a joined curve, a dashed curve, a sparse dotted curve, or single points.
Marker = Literal["line", "dashed", "dotted", "point"]


@attrs.frozen
class Axis:
    """One axis: a label, its limits and its ticks in *drawn* units.

    A log axis is drawn linearly in log10: limits, ticks and data are log10 values,
    and only the tick labels (`1e-3` or 10⁻³) say so.
    """

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    log: bool = False


@attrs.frozen(eq=False)
class Series:
    """One curve. x and y are float64 of shape (points,); nan in y breaks the line."""

    name: str
    x: Floats
    y: Floats
    role: Role
    marker: Marker = "line"


@attrs.frozen(eq=False)
class Band:
    """The area between two curves (the quartiles over members), each of shape (points,)."""

    name: str
    x: Floats
    low: Floats
    high: Floats
    role: Role


@attrs.frozen
class Reference:
    """A straight line over the whole plot (a float16 limit, the cursor), across or upright."""

    name: str
    value: float
    role: Role
    upright: bool = False


@attrs.frozen
class Mark:
    """A single character at a point: × for an exact zero on the floor, ∞ where inf begins."""

    x: float
    y: float
    text: str
    role: Role
    meaning: str = ""


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
