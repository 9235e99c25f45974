"""Which layers lie below one another: as the file says, or l0, l1, … of one prefix (torch)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

import attrs

from tuisim.engine.trained.layer import Layer

# A word that ends in l and a number, like model1, says no level.
_NAME = re.compile(r"(?P<prefix>(?:.*[._/])?)l(?P<level>[0-9]{1,4})(\.reversed)?", re.DOTALL)
# Formats that say what each layer reads, whose names are a person's own.
_SAYING = ("keras", "onnx")


def stacked(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """The same layers, each with the levels below it; where these do not fit, `between` says so."""
    return tuple(_by_names(_as_said(layers)))


def _as_said(layers: Iterable[Layer]) -> list[Layer]:
    """By what each reads; a file has a layer after those that it reads."""
    found: dict[str, Layer] = {}
    done = []
    for layer in layers:
        if layer.reads:
            lower = tuple(found[one] for one in layer.reads if one in found)
            under = next((one for one in lower if one.between), None)
            if under is not None:
                phrase = f"{under.name}, which reads {under.between}"
                layer = attrs.evolve(layer, between=phrase)
            else:
                whole = len(lower) == len(layer.reads)
                layer = _upon((*lower[0].below, lower) if whole else (), layer)
        found.setdefault(layer.name, layer)
        done.append(layer)
    return done


def _by_names(found: list[Layer]) -> list[Layer]:
    levels: dict[tuple[str, int], list[int]] = {}
    for index, layer in enumerate(found):
        place = None if layer.format in _SAYING else place_of(layer.name)
        if place is not None and not (layer.below or layer.between):
            levels.setdefault(place, []).append(index)
    for (prefix, level), indices in sorted(levels.items(), key=lambda one: one[0][1]):
        lower = [levels.get((prefix, one), []) for one in range(level)]
        below = tuple(tuple(_directions(found[one] for one in each)) for each in lower)
        for index in indices if level else ():
            found[index] = _upon(below, found[index])
    return found


def _upon(below: tuple[tuple[Layer, ...], ...], layer: Layer) -> Layer:
    if below and _fits(below, layer):
        return attrs.evolve(layer, below=below)
    return attrs.evolve(layer, between="layers that are not in the file or cannot be run")


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
        if not lower or any(one.refused or one.between for one in lower):
            return False
        given = sum(one.width for one in lower)
        if any(one.input_width != given for one in upper):
            return False
    return True
