"""From the arrays of a format to a Layer: into our order of gates, biases joined, limits held."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.trained.layer import Layer, given_away
from tuisim.engine.trained.orders import gate_letters, ours
from tuisim.values.cells import CELLS
from tuisim.values.experiment import FIELDS

#: Bytes of a layer's arrays in float64; what is larger is not read.
MOST_BYTES = 2 << 30
#: Units that an experiment allows.
MOST_UNITS = int(FIELDS["width"].metadata["limits"][1])


@attrs.frozen(eq=False)
class Parts:
    """The arrays of a layer as a format has them, its gates in the format's own order.

    Shapes as on Layer. `bias` acts beside the product with the input and `recurrent_bias` beside
    that with the state; `known` are the other fields of Layer, in its own words.
    """

    order: str
    cell: str
    weights: Array
    input_weights: Array
    bias: Array | None = None
    recurrent_bias: Array | None = None
    known: dict[str, Any] = attrs.Factory(dict)


def too_large(cell: str, width: int, inputs: int) -> str:
    """Why a layer of this size is not read, or ""."""
    if width > MOST_UNITS:
        return f"{width} units; at most {MOST_UNITS} can be run"
    if width < 1 or inputs < 0:
        return f"{width} units and {inputs} inputs"
    size = 8 * len(CELLS[cell].gates) * width * (width + inputs)
    return f"its arrays take {size >> 20} MiB; at most {MOST_BYTES >> 20}" * (size > MOST_BYTES)


def built(name: str, parts: Parts, forget_bias: float = 0.0) -> Layer:
    """The layer of these parts.

    Args:
        forget_bias: what the framework adds to the forget gate as it runs.
    """
    cell = parts.cell
    weights = ours(parts.order, cell, parts.weights)
    zeros = np.zeros(weights.shape[:2])
    first = zeros if parts.bias is None else ours(parts.order, cell, parts.bias)
    second = (
        zeros if parts.recurrent_bias is None else ours(parts.order, cell, parts.recurrent_bias)
    )
    inside = np.zeros_like(zeros)
    if cell == "gru" and parts.known.get("reset") == "after":
        candidate = gate_letters(cell).index(CELLS[cell].candidate)
        inside[candidate] = second[candidate]
    bias = first + second - inside
    if cell == "gru" and parts.known.get("reset") == "after":
        # Added and taken away again, it would have left its rounding.
        bias[candidate] = first[candidate]
    if cell == "lstm":
        bias[gate_letters(cell).index("f")] += forget_bias
    return Layer(
        name,
        cell,
        given_away(weights),
        given_away(ours(parts.order, cell, parts.input_weights)),
        bias=bias,
        recurrent_bias=inside,
        **parts.known,
    )


def without_arrays(
    name: str, cell: str, width: int, inputs: int, refused: str, **known: Any
) -> Layer:
    """A layer that cannot be run, and whose arrays were not read."""
    n, m = max(width, 0), max(inputs, 0)
    return Layer(name, cell, np.empty((0, n, n)), np.empty((0, n, m)), refused=(refused,), **known)
