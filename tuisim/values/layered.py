"""What an experiment with a trained layer has more: its fields, and what they go with."""

from __future__ import annotations

import re
from typing import Any

import attrs

from tuisim.values.fields import default_of, refusal

#: Words of `input` that name no file.
SIGNALS = ("none", "noise")

_LAYER = "FILE#NAME, or empty"
_INPUT = "none, noise, or FILE.npy"
_DIGEST = "64 hexadecimal digits, or empty"
_HEX = re.compile(r"[0-9a-f]{64}")


def split(layer: str) -> tuple[str, str]:
    """The path and the name in the file: a name has no #, a path may."""
    path, _, name = layer.rpartition("#")
    return path, name


def layer_in_memory(experiment: Any) -> bool:
    """Whether its layer lies in no file, as one that was taken out of its training."""
    return bool(experiment.layer) and not split(experiment.layer)[0]


def heard_in_memory(experiment: Any) -> bool:
    """Whether its input lies in no file."""
    return bool(experiment.input.startswith("#"))


def _text(name: str, default: str, help: str, allowed: str, convert: Any) -> Any:
    metadata = {"help": help, "allowed": allowed, "kind": "text"}
    return attrs.field(default=default, converter=convert, metadata=metadata)


def layer(name: str, help: str) -> Any:
    """A field that takes "PATH#NAME", or nothing."""

    def convert(value: object) -> str:
        # `none` is how every other field that may be empty is typed.
        if isinstance(value, str) and value in ("", "none"):
            return ""
        whole = isinstance(value, str) and "#" in value and not value.endswith("#")
        if not isinstance(value, str) or not whole or _is_unwritable(value):
            raise refusal(name, value, _LAYER)
        return value

    return _text(name, "", help, _LAYER, convert)


def signal(name: str, help: str) -> Any:
    """A field that takes a word of SIGNALS, or the path of an array."""

    def convert(value: object) -> str:
        named = isinstance(value, str) and (value in SIGNALS or value.lower().endswith(".npy"))
        if not isinstance(value, str) or not named or _is_unwritable(value):
            raise refusal(name, value, _INPUT)
        return value

    return _text(name, "none", help, _INPUT, convert)


def digest(name: str, help: str) -> Any:
    """A field that takes a SHA-256, or nothing."""

    def convert(value: object) -> str:
        if isinstance(value, str) and value in ("", "none"):
            return ""
        if not isinstance(value, str) or not _HEX.fullmatch(value.lower()):
            raise refusal(name, value, _DIGEST)
        return value.lower()

    return _text(name, "", help, _DIGEST, convert)


def _is_unwritable(text: str) -> bool:
    """Whether a terminal, or a line of a file, would take it for more than a name."""
    return not text.isprintable()


#: Fields that a layer decides itself: nothing is drawn for them.
DECIDED = ("bias", "departure", "start_eigenvector", "start_rms", "tied")
#: Fields that mean nothing without a layer.
LAYERED = ("layer", "input", "layer_digest", "input_digest")


def layer_message(e: Any) -> str | None:
    """What is wrong between a layer, or none, and other fields."""
    if not e.layer:
        if e.spectrum == "layer":
            return "spectrum: got 'layer' without a layer, allowed: with FILE#NAME in layer"
        for name in LAYERED:
            got, allowed = getattr(e, name), default_of(e, name)
            if got != allowed:
                return f"{name}: got {got!r} without a layer, allowed: {allowed!r}"
        return None
    if e.spectrum != "layer":
        return f"spectrum: got {e.spectrum!r} with a layer, allowed: 'layer'"
    for name in DECIDED:
        got, allowed = getattr(e, name), default_of(e, name)
        if got != allowed:
            return f"{name}: got {got!r} with a layer, allowed: {allowed!r} (it has its own)"
    if e.input_digest and e.input in SIGNALS:
        return f"input_digest: got one with input {e.input!r}, allowed: with FILE.npy in input"
    return None


def layer_resets(e: Any, asked: frozenset[str]) -> dict[str, Any]:
    """The fields to reset: the layer goes where something that it cannot have was asked for."""
    without = {name: default_of(e, name) for name in LAYERED}
    if e.spectrum == "layer":
        without["spectrum"] = default_of(e, "spectrum")
    if not e.layer:
        return without
    unlike = {name for name in DECIDED if getattr(e, name) != default_of(e, name)}
    if e.spectrum != "layer":
        unlike.add("spectrum")
    if asked & unlike and "layer" not in asked:
        return without
    kept = {name: default_of(e, name) for name in DECIDED} | {"spectrum": "layer"}
    return kept | ({"input_digest": ""} if e.input in SIGNALS else {})
