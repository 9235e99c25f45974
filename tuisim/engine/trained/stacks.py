"""Which layers lie below one another: l0, l1, … of one prefix, as torch names them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

import attrs

from tuisim.engine.trained.layer import Layer

# A word that ends in l and a number, like model1, says no level.
_NAME = re.compile(r"(?P<prefix>(?:.*[._/])?)l(?P<level>[0-9]{1,4})(\.reversed)?", re.DOTALL)


def stacked(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """The same layers, each with the levels below it; with none where these do not fit."""
    found = list(layers)
    levels: dict[tuple[str, int], list[int]] = {}
    for index, layer in enumerate(found):
        place = place_of(layer.name)
        if place is not None:
            levels.setdefault(place, []).append(index)
    for (prefix, level), indices in sorted(levels.items(), key=lambda one: one[0][1]):
        lower = [levels.get((prefix, one), []) for one in range(level)]
        below = tuple(tuple(_directions(found[one] for one in each)) for each in lower)
        for index in indices:
            if below and _fits(below, found[index]):
                found[index] = attrs.evolve(found[index], below=below)
    return tuple(found)


def place_of(name: str) -> tuple[str, int] | None:
    """The prefix and the level in a name that says them."""
    match = _NAME.fullmatch(name)
    return None if match is None else (match["prefix"], int(match["level"]))


def _directions(layers: Iterable[Layer]) -> list[Layer]:
    return sorted(layers, key=lambda one: one.reversed)


def _fits(below: tuple[tuple[Layer, ...], ...], layer: Layer) -> bool:
    """Whether each level reads as many numbers as the one below it gives."""
    levels = [*below, (layer,)]
    for lower, upper in itertools.pairwise(levels):
        if not lower or any(one.refused for one in lower):
            return False
        given = sum(one.width for one in lower)
        if any(one.input_width != given for one in upper):
            return False
    return True
