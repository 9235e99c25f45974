"""A Layer's fields by our own names, as an npz or a safetensors file holds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tuisim.engine.trained.layer import ARRAYS, Layer, given_away
from tuisim.engine.trained.stored import Stored

#: What beside a layer's arrays is a text, and what several.
WORDS = ("name", "cell", "activation", "gate_activation", "reset")
SENTENCES = ("assumed", "refused", "reads")
#: What is a text too, but only on its way from another process.
PHRASES = ("between",)


def own_layers(arrays: Mapping[str, Stored], texts: Mapping[str, Any]) -> list[Layer]:
    """Every layer under our names: one for each text `cell`, which a prefix may stand before.

    Raises:
        ValueError: one lacks an array, or has a field that is not allowed.
    """
    own = [name.removesuffix("cell") for name in texts if name.rpartition(".")[2] == "cell"]
    return [_own(prefix, arrays, texts) for prefix in own]


def _own(prefix: str, arrays: Mapping[str, Stored], texts: Mapping[str, Any]) -> Layer:
    found: dict[str, Any] = {"name": prefix.rstrip(".") or "layer"}
    for field in (*WORDS, *PHRASES):
        if prefix + field in texts:
            found[field] = str(texts[prefix + field])
    for field in SENTENCES:
        if prefix + field in texts:
            found[field] = tuple(str(one) for one in np.atleast_1d(texts[prefix + field]))
    for field in ARRAYS:
        if prefix + field in arrays:
            found[field] = given_away(arrays[prefix + field].read())
    for field in ("weights", "input_weights"):
        if field not in found:
            raise ValueError(f"{prefix}{field} is missing")
    return Layer(**found)
