"""A layer run forward in NumPy, for the layers below one that is looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tuisim.engine.base.blas import one_blas_thread
from tuisim.engine.base.facts import value
from tuisim.engine.base.memo import Array
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.trained.layer import HARD_SLOPES, Layer


def as_read(layer: Layer, signal: Array) -> Array:
    """A signal (T, any) in the order in which the layer reads it."""
    return signal[::-1] if layer.reversed else signal


def fed(layer: Layer, read: Array) -> Array:
    """W_in x_t for every gate, (T, gates, batch, n).

    Args:
        read: (T, batch, m), in the order in which the layer reads.
    """
    steps, rows, inputs = read.shape
    gates, n = layer.weights.shape[:2]
    matrix = layer.input_weights.reshape(gates * n, inputs)
    found = np.empty((steps, gates, rows, n))
    # Of a single row the product lies as its gates do.
    out = found.reshape(steps, gates * n) if rows == 1 else None
    with one_blas_thread():
        product = np.matmul(read.reshape(steps * rows, inputs), matrix.T, out=out)
    if rows > 1:
        found[...] = product.reshape(steps, rows, gates, n).transpose(0, 2, 1, 3)
    # As a network takes it without a copy.
    found.flags.writeable = False
    return found


def run_levels(levels: Sequence[Sequence[Layer]], signal: Array) -> Array:
    """What the uppermost of these levels gives, both directions side by side, (T, batch, any)."""
    with one_blas_thread():
        for level in levels:
            signal = np.concatenate([_states(one, signal) for one in level], axis=2)
    return signal


def _states(layer: Layer, signal: Array) -> Array:
    """h_t by the time of the input, (T, batch, n)."""
    drive = fed(layer, as_read(layer, signal)) + layer.bias[:, np.newaxis]
    rows = signal.shape[1]
    h, c = (np.tile(one, (rows, 1)) for one in (layer.start, layer.cell_start))
    found = np.empty((len(signal), rows, layer.width))
    step = _STEPS[layer.cell]
    for t, x in enumerate(drive):
        check_stop()
        h, c = step(layer, x, h, c)
        found[t] = h
    return as_read(layer, found)


def _rnn(layer: Layer, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
    return value(layer.activation, h @ layer.weights[0].T + layer.recurrent_bias[0] + x[0]), c


def _gru(layer: Layer, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
    inner = layer.recurrent_bias
    gate = layer.gate_activation
    r, z = (gate_of(gate, h @ layer.weights[k].T + inner[k] + x[k]) for k in (0, 1))
    if layer.reset == "before":
        m = (r * h) @ layer.weights[2].T + inner[2] + x[2]
    else:
        m = r * (h @ layer.weights[2].T + inner[2]) + x[2]
    return (1.0 - z) * value(layer.activation, m) + z * h, c


def _lstm(layer: Layer, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
    i, f, g, o = (h @ layer.weights[k].T + layer.recurrent_bias[k] + x[k] for k in range(4))
    p = np.zeros((3, 1)) if layer.peepholes is None else layer.peepholes
    gate = layer.gate_activation
    kept = gate_of(gate, f + p[1] * c) * c
    c = kept + gate_of(gate, i + p[0] * c) * value(layer.activation, g)
    return gate_of(gate, o + p[2] * c) * value(layer.activation, c), c


_STEPS = {"rnn": _rnn, "gru": _gru, "lstm": _lstm}


def gate_of(activation: str, a: Array) -> Array:
    """A gate of whole arrays, by the name of what it is squashed by."""
    slope = HARD_SLOPES.get(activation)
    return np.asarray(value("sigmoid", a)) if slope is None else np.clip(slope * a + 0.5, 0.0, 1.0)
