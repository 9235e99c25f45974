"""A layer with one part of it changed: a gate that hears nothing, or rounded arrays."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.maths.rounding import rounded
from tuisim.engine.trained.layer import ARRAYS, HARD_SLOPES, Layer
from tuisim.engine.trained.orders import PEEPHOLES, gate_letters


def on_bias(layer: Layer, gate: str) -> Layer:
    """The layer with a gate (by its letter) that hears neither state nor input nor cell."""
    place = gate_letters(layer.cell).index(gate)
    peepholes = layer.peepholes
    if peepholes is not None and gate in PEEPHOLES:
        peepholes = _with(peepholes, PEEPHOLES.index(gate), 0.0)
    return _changed(
        layer,
        weights=_with(layer.weights, place, 0.0),
        input_weights=_with(layer.input_weights, place, 0.0),
        peepholes=peepholes,
    )


def pinned(layer: Layer, gate: str, at: float, added: float = 0.0) -> Layer:
    """The layer with a gate (by its letter) that is open by `at`, between 0 and 1, always.

    Args:
        added: what an experiment adds to the gate's bias.
    """
    place = gate_letters(layer.cell).index(gate)
    slope = HARD_SLOPES.get(layer.gate_activation)
    bias = math.log(at / (1.0 - at)) if slope is None else (at - 0.5) / slope
    return _changed(
        on_bias(layer, gate),
        bias=_with(layer.bias, place, bias - added),
        recurrent_bias=_with(layer.recurrent_bias, place, 0.0),
    )


def kept_in(layer: Layer, format: str) -> Layer:
    """The layer with all its arrays rounded to a format of `maths.rounding`."""
    arrays = {name: getattr(layer, name) for name in ARRAYS}
    return _changed(
        layer,
        **{name: one if one is None else rounded(one, format) for name, one in arrays.items()},
    )


def _with(array: Array, place: int, value: float) -> Array:
    found = np.array(array)
    found[place] = value
    return found


def _changed(layer: Layer, **arrays: Any) -> Layer:
    # It is in no file, so that its digest is that of its own arrays.
    return attrs.evolve(layer, path="", _digested=None, **arrays)
