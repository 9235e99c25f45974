"""What a view with a screen of its own was left with, as frozen values; and as TOML and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import attrs

from tuisim.values import toml
from tuisim.values.experiment import FIELDS
from tuisim.values.measured import MEASURED
from tuisim.values.plan import PLAN_FIELDS

#: Of the one-unit net, and of two eigenvalues of the net.
SURFACES = ("unit", "net")
#: Beyond this no error surface has anything to show.
_FARTHEST = 1e6

Numbers = tuple[float, ...]

#: Of the eigenvalues of largest modulus so many are gone through by twos.
MOST_PARTS = 8
PAIRS = MOST_PARTS * (MOST_PARTS - 1) // 2


@attrs.frozen
class MapLeft:
    """View 7: the fields across and up, and what is measured."""

    x: str = "radius"
    y: str = "depth"
    measure: str = "gradient_rate"


@attrs.frozen
class SurfaceLeft:
    """A place on an error surface.

    Attributes:
        window: what is shown, x from and to, y from and to.
        start: where descent begins.
        cursor: where the numbers are read.
        rate, threshold: of the descent.
    """

    window: Numbers
    start: Numbers
    cursor: Numbers
    rate: float
    threshold: float


@attrs.frozen
class CliffLeft:
    """View 9: which surface, which two eigenvalues, and the places on those that were looked at."""

    surface: str = "unit"
    pair: int = 0
    unit: SurfaceLeft | None = None
    net: SurfaceLeft | None = None


def map_entries(left: MapLeft) -> list[str]:
    """The lines of a [map]; none where nothing was chosen."""
    return _lines("map", {} if left == MapLeft() else attrs.asdict(left))


def cliff_entries(left: CliffLeft) -> list[str]:
    """The lines of a [cliff] and its surfaces; none where nothing was chosen."""
    if left == CliffLeft():
        return []
    lines = _lines("cliff", {"surface": left.surface, "pair": left.pair})
    for name in SURFACES:
        place = getattr(left, name)
        lines += _lines(f"cliff.{name}", {} if place is None else attrs.asdict(place))
    return lines


def map_of(table: Mapping[str, Any]) -> MapLeft:
    """A [map] that was read.

    Raises:
        ValueError: an entry is none, or wrong; in one line.
    """
    _check_names("map", table, attrs.fields_dict(MapLeft))
    left = MapLeft(**table)
    allowed = {**FIELDS, **PLAN_FIELDS}
    for name, value, choices in (
        ("x", left.x, allowed),
        ("y", left.y, allowed),
        ("measure", left.measure, MEASURED),
    ):
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"[map]: {name}: got {value!r}, allowed: {', '.join(choices)}")
    return left


def cliff_of(table: Mapping[str, Any]) -> CliffLeft:
    """A [cliff] that was read.

    Raises:
        ValueError: as `map_of`.
    """
    _check_names("cliff", table, attrs.fields_dict(CliffLeft))
    surface, pair = table.get("surface", "unit"), table.get("pair", 0)
    if surface not in SURFACES:
        raise ValueError(f"[cliff]: surface: got {surface!r}, allowed: {', '.join(SURFACES)}")
    if type(pair) is not int or not 0 <= pair < PAIRS:
        raise ValueError(f"[cliff]: pair: got {pair!r}, allowed: 0…{PAIRS - 1}")
    places = {name: _surface_of(f"cliff.{name}", table[name]) for name in SURFACES if name in table}
    return CliffLeft(surface, pair, **places)


def _surface_of(where: str, table: Any) -> SurfaceLeft:
    names = attrs.fields_dict(SurfaceLeft)
    if not isinstance(table, dict) or set(table) != set(names):
        raise ValueError(f"[{where}]: got {table!r:.40}, allowed: {', '.join(names)}")
    for name, count in (("window", 4), ("start", 2), ("cursor", 2)):
        value = table[name]
        if not isinstance(value, list) or len(value) != count or not all(map(_is_near, value)):
            raise ValueError(f"[{where}]: {name}: got {value!r:.60}, allowed: {count} numbers")
    x_low, x_high, y_low, y_high = table["window"]
    if not (x_low < x_high and y_low < y_high):
        raise ValueError(f"[{where}]: window: got {table['window']}, allowed: from under to, twice")
    for name in ("rate", "threshold"):
        if not _is_near(table[name]) or table[name] <= 0:
            raise ValueError(f"[{where}]: {name}: got {table[name]!r}, allowed: > 0")
    given = {name: tuple(map(float, table[name])) for name in ("window", "start", "cursor")}
    return SurfaceLeft(**given, rate=float(table["rate"]), threshold=float(table["threshold"]))


def _is_near(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and abs(value) <= _FARTHEST


def _check_names(where: str, table: Any, names: Mapping[str, Any]) -> None:
    if not isinstance(table, Mapping):
        raise ValueError(f"{where}: got {table!r:.40}, allowed: a table like [{where}]")
    for name in table:
        if name not in names:
            raise ValueError(f"[{where}]: {name}: no such entry, allowed: {', '.join(names)}")


def _lines(heading: str, values: Mapping[str, Any]) -> list[str]:
    return [f"[{heading}]", *(f"{name} = {_value(one)}" for name, one in values.items())] * bool(
        values
    )


def _value(value: Any) -> str:
    if isinstance(value, str):
        return toml.quoted(value)
    return repr(list(value)) if isinstance(value, tuple) else repr(value)
