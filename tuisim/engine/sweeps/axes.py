"""SweepAxis: the values that one field goes through.

A field of an Experiment, of the Plan that its nets are trained with, or `remedy`, whose values are
the names in tuisim.values.remedies.

Written out: `radius=0.5:1.5:61` is 61 values from 0.5 to 1.5, evenly spaced; with `:log` behind
it they have even ratios; `depth=10,20,50` and `activation=tanh,relu` list them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from tuisim.values import toml
from tuisim.values.experiment import FIELDS
from tuisim.values.plan import PLAN_FIELDS, read_plan
from tuisim.values.remedies import REMEDIES, remedy_named

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

#: More than any screen or paper has room for.
MOST_VALUES = 10_000

SPELLING = "FIELD=FIRST:LAST:COUNT, FIELD=FIRST:LAST:COUNT:log or FIELD=VALUE,VALUE,…"

# 0.1 + 2 · 0.1 is 0.30000000000000004, which nobody asked for.
_DIGITS = 12


#: The axis whose values are remedies.
REMEDY = "remedy"

#: Each field that an axis can go through, with what is known of it.
AXES: Mapping[str, Mapping[str, Any]] = {
    **{name: one.metadata for name, one in FIELDS.items() if name != "eigenvalues"},
    **{name: one.metadata for name, one in PLAN_FIELDS.items()},
    REMEDY: {"choices": tuple(REMEDIES), "allowed": ", ".join(REMEDIES)},
}


def _swept(instance: Any, attribute: Any, field: Any) -> None:
    if field not in AXES:
        raise ValueError(f"axis: got {field!r}, allowed: {', '.join(AXES)}")


def _checked(field: str, value: Any) -> Any:
    """The value as its field keeps it."""
    if field == REMEDY:
        return remedy_named(value)
    if field in PLAN_FIELDS:
        convert = PLAN_FIELDS[field].converter
        assert callable(convert)
        return convert(value)
    return toml.checked(field, value)


def _read(field: str, text: str) -> Any:
    """What was typed for a value."""
    if field == REMEDY:
        return remedy_named(text)
    return read_plan(field, text) if field in PLAN_FIELDS else toml.read(field, text)


def _tuple(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(values)


@attrs.frozen
class SweepAxis:
    """A field and the values that it goes through, each of them one that the field allows.

    Raises:
        ValueError: no field that can be swept, a value that it does not allow, one value twice,
            none, or more than MOST_VALUES.
    """

    field: str = attrs.field(validator=_swept)
    values: tuple[Any, ...] = attrs.field(converter=_tuple)

    def __attrs_post_init__(self) -> None:
        if not 1 <= len(self.values) <= MOST_VALUES:
            raise ValueError(f"{self.field}: got {len(self.values)} values, allowed: {_COUNT}")
        values = tuple(_checked(self.field, _plain(one)) for one in self.values)
        twice = [one for place, one in enumerate(values) if one in values[:place]]
        if len(values) <= _FEW and twice:
            raise ValueError(f"{self.field}: got {twice[0]!r} twice, allowed: each value once")
        if len(set(values)) < len(values):
            raise ValueError(
                f"{self.field}: got {len(values)} values of which {len(set(values))} differ, "
                "allowed: each value once"
            )
        object.__setattr__(self, "values", values)

    @classmethod
    def linear(cls, field: str, first: float, last: float, count: int) -> SweepAxis:
        """`count` evenly spaced values from first to last; whole for a field that is."""
        return cls(field, _spaced(field, first, last, count, geometric=False))

    @classmethod
    def geometric(cls, field: str, first: float, last: float, count: int) -> SweepAxis:
        """`count` values from first to last, each the same factor above the one before."""
        return cls(field, _spaced(field, first, last, count, geometric=True))

    @classmethod
    def parse(cls, text: str) -> SweepAxis:
        """The axis that was typed, as this module's first lines say."""
        field, sign, typed = text.partition("=")
        if not sign or not typed:
            raise ValueError(f"axis: got {text!r}, allowed: {SPELLING}")
        field = field.strip().replace("-", "_")
        parts = typed.split(":")
        if len(parts) == 1:
            _swept(None, None, field)
            return cls(field, [_read(field, one.strip()) for one in typed.split(",")])
        if len(parts) not in (3, 4) or parts[3:] not in ([], ["log"]):
            raise ValueError(f"{field}: got {typed!r}, allowed: {SPELLING}")
        try:
            first, last, count = float(parts[0]), float(parts[1]), int(parts[2])
        except ValueError:
            raise ValueError(f"{field}: got {typed!r}, allowed: {SPELLING}") from None
        return (cls.geometric if parts[3:] else cls.linear)(field, first, last, count)

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers, so that what lies between two of them has a meaning."""
        return all(
            isinstance(one, int | float) and not isinstance(one, bool) for one in self.values
        )

    def coordinates(self) -> Floats:
        """Where the values stand on a line, (values,): as numbers, or one after the other."""
        if self.numeric:
            return np.array(self.values, np.float64)
        return np.arange(len(self.values), dtype=np.float64)

    def spelled(self) -> str:
        """The axis as it can be typed, every value of it."""
        return f"{self.field}={','.join(spelled(one) for one in self.values)}"


_COUNT = f"1…{MOST_VALUES}"
# Comparing each value with all before it takes a while for more.
_FEW = 1000


def as_axis(given: SweepAxis | str) -> SweepAxis:
    """An axis, or what was typed for one."""
    return SweepAxis.parse(given) if isinstance(given, str) else given


def _spaced(
    field: str, first: float, last: float, count: int, *, geometric: bool
) -> Sequence[float]:
    _swept(None, None, field)
    kind = AXES[field].get("kind")
    if kind not in ("whole", "real"):
        raise ValueError(f"{field}: got a range, allowed: a list of {AXES[field]['allowed']}")
    if not (math.isfinite(first) and math.isfinite(last) and first != last):
        raise ValueError(f"{field}: got {first:g}:{last:g}, allowed: two numbers that differ")
    if not 2 <= count <= MOST_VALUES:
        raise ValueError(f"{field}: got {count} values, allowed: 2…{MOST_VALUES}")
    if geometric and not (first > 0 and last > 0):
        raise ValueError(f"{field}: got {first:g}:{last:g}, allowed: > 0 for even ratios")
    found = (np.geomspace if geometric else np.linspace)(first, last, count).tolist()
    if kind == "whole":
        return [round(one) for one in found]
    return [first, *(float(f"{one:.{_DIGITS}g}") for one in found[1:-1]), last]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def spelled(value: Any) -> str:
    """A value as it can be typed: false, none, echo-state."""
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value).replace(" ", "-")
