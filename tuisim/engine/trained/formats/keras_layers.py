"""From the arrays of a Keras layer to ours: kernels go by columns there, and by rows here.

Written after keras/src/layers/rnn (LSTMCell.call, GRUCell.call) and, for the layout of cuDNN, the
conversion of weights in Keras 2 (hdf5_format).
"""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.trained.asking import Asking
from tuisim.engine.trained.building import Parts, built, too_large, without_arrays
from tuisim.engine.trained.formats.keras_config import (
    Configured,
    activation,
    gate_activation,
    plain_name,
)
from tuisim.engine.trained.layer import Layer
from tuisim.engine.trained.orders import BY_GATES
from tuisim.values.cells import CELLS

_KINDS = {
    "SimpleRNN": "rnn",
    "SimpleRNNCell": "rnn",
    "LSTM": "lstm",
    "LSTMCell": "lstm",
    "CuDNNLSTM": "lstm",
    "GRU": "gru",
    "GRUCell": "gru",
    "CuDNNGRU": "gru",
}


#: How many bytes deflate makes of one at most.
_MOST_PACKED = 1040


class _Refused(Exception):
    """A reason why a layer cannot be run."""


@attrs.frozen(eq=False)
class Stem:
    """What a file has of a recurrent layer: arrays as h5py gives them, and its configuration.

    Attributes:
        way: ".reversed" for the second direction of a Bidirectional.
        stacked: whether these are the arrays of a StackedRNNCells.
    """

    name: str
    way: str
    said: Configured | None
    stacked: bool
    kernel: Any
    recurrent: Any
    bias: Any


def keras_layer(stem: Stem, version: str, asking: Asking) -> Layer:
    """The layer.

    Args:
        version: of the Keras that wrote the file, or "".

    Raises:
        ValueError: an array cannot be read.
    """
    said = None if stem.said is None else stem.said.recurrent(bool(stem.way))
    name = f"{stem.name}{'.reversed' if _reads_backwards(stem) else ''}"
    kernel, recurrent = _shape(stem.kernel), _shape(stem.recurrent)
    width = recurrent[0] if recurrent else 0
    gates = recurrent[1] // width if len(recurrent) == 2 and width else 0
    cell = BY_GATES.get(gates, "rnn")
    inputs = kernel[0] if len(kernel) == 2 else 0
    try:
        if stem.stacked:
            raise _Refused("StackedRNNCells: several cells within one time step")
        if said is not None and said.kind and _KINDS.get(said.kind) != cell:
            raise _Refused(f"{said.kind}, which is no SimpleRNN, LSTM or GRU of Keras")
        rows = width * len(CELLS[cell].gates)
        if recurrent != (width, rows) or kernel != (inputs, rows):
            raise _Refused(f"kernels of shapes {kernel} and {recurrent}")
        if reason := too_large(cell, width, inputs):
            raise _Refused(reason)
        assumed: list[str] = []
        bias = _bias(stem, cell, width)
        # cuDNN has tanh and the logistic function alone.
        cudnn = bias is not None and bias.shape == (2 * rows,)
        known = {} if cudnn else _known(said, cell, version, asking, assumed)
        if cell == "gru":
            doubled = None if bias is None else bias.size == 2 * rows
            known["reset"] = _reset(said, doubled, asking, assumed)
    except _Refused as reason:
        return without_arrays(name, cell, width, inputs, str(reason))
    if cudnn:
        assumed.append(f"a bias of {2 * rows} numbers: cuDNN's layout, put into Keras's own")
    if stem.said is not None and any(len(call) > 1 for call in stem.said.uses):
        states = {"lstm": "h_0 and c_0"}.get(cell, "h_0")
        assumed.append(f"{states}: from elsewhere in the net as it runs; 0 taken")
    known["assumed"] = tuple(assumed)
    first, second = _biases(bias, cell, width)
    parts = Parts(
        "keras",
        cell,
        _by_gates(stem.recurrent, cell, width, width, "transposed" if cudnn else ""),
        _by_gates(stem.kernel, cell, width, inputs, "reshaped" if cudnn else ""),
        first,
        second,
        known,
    )
    return built(name, parts)


def _reads_backwards(stem: Stem) -> bool:
    """Whether a layer does; Keras has both directions of a Bidirectional differ in it."""
    first = None if stem.said is None else stem.said.recurrent(reverse=False)
    return bool(stem.way) != bool(first is not None and first.said.get("go_backwards"))


def _shape(array: Any) -> tuple[int, ...]:
    return () if array is None or array.shape is None else tuple(array.shape)


def _by_gates(stored: Any, cell: str, width: int, columns: int, cudnn: str) -> Array:
    """A kernel (columns, gates·n) as matrices (gates, n, columns), read gate by gate."""
    gates = len(CELLS[cell].gates)
    found = np.empty((gates, width, columns))
    for gate in range(gates):
        part = _numbers(stored, (slice(None), slice(gate * width, (gate + 1) * width)))
        # cuDNN goes by rows as we do: its numbers stand in our order already.
        found[gate] = part.reshape(width, columns) if cudnn == "reshaped" else part.T
        if cudnn == "transposed":
            found[gate] = part
    return found


def _numbers(stored: Any, place: Any) -> Array:
    held = stored.id.get_storage_size() * (_MOST_PACKED if stored.chunks else 1)
    if math.prod(stored.shape) * stored.dtype.itemsize > held:
        raise ValueError(f"the file is cut off: it lacks numbers of an array of {stored.shape}")
    if stored.dtype.kind == "V" and stored.dtype.itemsize == 2:
        # Whoever wrote it had bfloat16, which HDF5 has not.
        raw = stored[place].view("<u2").astype(np.uint32)
        return np.asarray((raw << 16).view(np.float32).astype(np.float64))
    if stored.dtype.kind != "f":
        raise ValueError(f"an array of {stored.dtype}, not of floating-point numbers")
    # A signalling nan is not a number, and no more than that.
    with np.errstate(invalid="ignore"):
        return np.asarray(stored[place], dtype=np.float64)


def _bias(stem: Stem, cell: str, width: int) -> Array | None:
    if stem.bias is None:
        return None
    rows = width * len(CELLS[cell].gates)
    allowed: list[tuple[int, ...]] = [(rows,)]
    if cell != "rnn":
        allowed.append((2 * rows,))
    if cell == "gru":
        allowed.append((2, rows))
    if _shape(stem.bias) not in allowed:
        raise _Refused(f"bias of shape {_shape(stem.bias)}")
    return _numbers(stem.bias, ())


def _biases(bias: Array | None, cell: str, width: int) -> tuple[Array | None, Array | None]:
    """That of the input and that of the recurrent product, each (gates, n)."""
    if bias is None:
        return None, None
    shape = len(CELLS[cell].gates), width
    halves = bias.reshape(-1, *shape)
    return halves[0], halves[1] if len(halves) == 2 else None


def _known(
    said: Configured | None,
    cell: str,
    version: str,
    asking: Asking,
    assumed: list[str],
) -> dict[str, Any]:
    """The activations that the layer's configuration says, or that are assumed."""
    known: dict[str, Any] = {}
    configured = {} if said is None else said.said
    if said is not None and said.kind.startswith("CuDNN"):
        return known
    if "activation" in configured:
        known["activation"] = activation(configured["activation"])
        if not known["activation"]:
            raise _Refused(f"activation {plain_name(configured['activation'])}, none of ours")
    else:
        known["activation"] = asking.word("activation", "tanh", assumed)
    if cell == "rnn":
        return known
    if "recurrent_activation" in configured:
        gates = gate_activation(configured["recurrent_activation"], version)
        if not gates:
            word = plain_name(configured["recurrent_activation"])
            raise _Refused(f"activation {word} of the gates, none of ours")
        known["gate_activation"] = gates
    else:
        known["gate_activation"] = asking.word("gates", _former_gates(version), assumed)
    return known


def _reset(
    said: Configured | None, doubled: bool | None, asking: Asking, assumed: list[str]
) -> str:
    """Where a gru resets, which its bias shows: behind the product it has a second one."""
    if doubled is not None:
        return "after" if doubled else "before"
    if said is not None and "reset_after" in said.said:
        return "after" if said.said["reset_after"] else "before"
    return asking.word("reset", "after", assumed)


def _former_gates(version: str) -> str:
    """The gates' activation by default, which Keras changed with version 2.3.

    What calls itself 2.2.4-tf has one or the other.
    """
    numbers = version.partition("-")[0].split(".")[:2]
    former = version and "-" not in version and all(one.isdigit() for one in numbers)
    return "hard_sigmoid_0.2" if former and tuple(map(int, numbers)) < (2, 3) else "sigmoid"
