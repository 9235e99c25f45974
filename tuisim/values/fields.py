"""Makers of checked fields: each converts, or refuses with its name."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Collection
from typing import Any

import attrs


def refusal(name: str, got: object, allowed: str) -> ValueError:
    """The error for a value that a field does not allow."""
    return ValueError(f"{name}: got {got!r}, allowed: {allowed}")


def default_of(value: Any, name: str) -> Any:
    """What this field of a value has where nothing is said of it."""
    kind: Any = type(value)
    return _defaults(kind)[name]


@functools.cache
def _defaults(kind: Any) -> dict[str, Any]:
    # attrs makes its table anew each time, which took a third of making a layer's experiment.
    return {name: one.default for name, one in attrs.fields_dict(kind).items()}


def choice(name: str, choices: Collection[str], help: str, default: str | None = None) -> Any:
    """A field that takes one of a few words, the first of them if no other default is given."""
    words = tuple(choices)

    def convert(value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            raise refusal(name, value, ", ".join(choices))
        return value

    return attrs.field(
        default=default or words[0],
        converter=convert,
        metadata={"help": help, "choices": words, "allowed": ", ".join(words)},
    )


def number(
    name: str,
    default: float | None,
    help: str,
    allowed: str,
    accepts: Callable[[Any], bool],
    *,
    whole: bool = False,
    optional: bool = False,
    limits: tuple[float, float] = (-math.inf, math.inf),
) -> Any:
    """A field that takes a number: `accepts` decides, `limits` are where keys stop."""
    # What is not whole may lie in the range, as 2.5 does.
    sort = f"{allowed} (a whole number)" if whole and "whole" not in allowed else allowed

    def convert(value: Any) -> float | None:
        if value is None and optional:
            return None
        try:
            if isinstance(value, bool | str | bytes):
                raise TypeError
            found = operator.index(value) if whole else float(value)
        except (TypeError, ValueError, OverflowError):
            raise refusal(name, value, sort) from None
        if not (whole or math.isfinite(found)) or not accepts(found):
            raise refusal(name, value, allowed)
        # -0.0 equals 0.0, so it must not reach a curve or a saved file as something else.
        return found if whole else found + 0.0

    kind = "whole" if whole else "real"
    return attrs.field(
        default=default,
        converter=convert,
        metadata={
            "help": help,
            "allowed": allowed,
            "kind": kind,
            "optional": optional,
            "limits": limits,
        },
    )


def flag(name: str, default: bool, help: str) -> Any:
    """A field that takes true or false."""

    def convert(value: object) -> bool:
        if value is True or value is False:
            return bool(value)
        raise refusal(name, value, "true, false")

    return attrs.field(
        default=default,
        converter=convert,
        metadata={"help": help, "kind": "flag", "allowed": "true, false"},
    )
