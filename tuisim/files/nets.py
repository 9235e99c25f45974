"""A layer as a file: under torch's names where torch has such a cell, else under our own.

torch.nn.RNN, LSTM and GRU take the first by `load_state_dict`: their biases are two, of which the
second stands within the reset of a gru's candidate.
"""

from __future__ import annotations

import io
import json
import shlex
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuisim.engine.trained.formats.own import WORDS
from tuisim.engine.trained.formats.safetensors import ABOUT, OURS
from tuisim.engine.trained.layer import ARRAYS, Layer
from tuisim.engine.trained.orders import ORDERS, gate_letters, reordered
from tuisim.values.command_line import command_line
from tuisim.values.experiment import FIELDS, Experiment

if TYPE_CHECKING:
    from tuisim.engine.base.memo import Array

#: What files of nets end in.
ENDINGS = (".npz", ".safetensors")

#: The φ that torch's cell has.
_TORCH = {"rnn": ("tanh", "relu"), "lstm": ("tanh",), "gru": ("tanh",)}
#: Fields of an experiment that torch's RNN has not.
_BEYOND = ("leak", "residual", "skip", "norm")


def net_bytes(layer: Layer, experiment: Experiment, ending: str) -> bytes:
    """The file of a layer that an experiment runs; `ending` is one of ENDINGS."""
    torch = not beyond_torch(layer, experiment)
    arrays = _by_torch(layer) if torch else _own_arrays(layer)
    texts = {} if torch else {name: str(getattr(layer, name)) for name in WORDS}
    if ending == ".safetensors":
        about = {"format": "pt"} if torch else dict([OURS]) | texts
        return _safetensors(arrays, about)
    out = io.BytesIO()
    members: dict[str, Any] = arrays | {name: np.array(text) for name, text in texts.items()}
    np.savez(out, **members)
    return out.getvalue()


def net_words(layer: Layer, experiment: Experiment, path: Path) -> str:
    """Under whose names a file of net_bytes has the arrays, and the command that runs it."""
    beyond = beyond_torch(layer, experiment)
    if beyond:
        whose = f"under tuisim's own names: torch's cell has no {beyond}"
    else:
        kind = {"rnn": "RNN"}.get(layer.cell, layer.cell.upper())
        relu = ", nonlinearity='relu'" if layer.activation == "relu" else ""
        net = f"{kind}({layer.input_width}, {layer.width}{relu})"
        whose = f"under torch's names, for torch.nn.{net}.load_state_dict; h_0 is not among them"
    below = sum(map(len, layer.below))
    if below:
        whose += f"; without the {below} below it, whose states it reads"
    return f"{whose}; {_command(layer, experiment, path, not beyond)} runs it"


def beyond_torch(layer: Layer, experiment: Experiment) -> str:
    """What of it torch's cell has not, in words; empty where it has all."""
    if layer.activation not in _TORCH[layer.cell]:
        return f"activation {layer.activation}"
    if layer.gate_activation != "sigmoid":
        return f"gates with {layer.gate_activation}"
    if layer.reset == "before":
        return "reset before the product"
    if layer.peepholes is not None:
        return "peepholes"
    if layer.reversed:
        return "reversed direction alone"
    on = (name for name in _BEYOND if getattr(experiment, name) != FIELDS[name].default)
    name = next(on, "")
    return f"{name} {getattr(experiment, name)}" if name else ""


def _command(layer: Layer, experiment: Experiment, path: Path, by_torch: bool) -> str:
    """The command that runs it as it was trained, but for what it hears."""
    kept = {name: getattr(experiment, name) for name in ("depth", "batch", *_BEYOND, "skip_share")}
    if by_torch and layer.activation == "relu":
        # Neither a name nor an array says so.
        kept["activation"] = layer.activation
    words = command_line(Experiment().adjusted(**kept)[0])
    # Torch's names say no other.
    name = "l0" if by_torch else layer.name
    return shlex.join(["tuisim", "--layer", f"{path}#{name}", *shlex.split(words)[1:]])


def _by_torch(layer: Layer) -> dict[str, Array]:
    def rows(array: Array) -> Array:
        order = ORDERS["torch", layer.cell]
        gates = reordered(np.array(array), gate_letters(layer.cell), order)
        return gates.reshape(-1, *array.shape[2:])

    return {
        "weight_ih_l0": rows(layer.input_weights),
        "weight_hh_l0": rows(layer.weights),
        "bias_ih_l0": rows(layer.bias),
        "bias_hh_l0": rows(layer.recurrent_bias),
    }


def _own_arrays(layer: Layer) -> dict[str, Array]:
    found = {name: getattr(layer, name) for name in ARRAYS}
    return {name: array for name, array in found.items() if array is not None}


def _safetensors(arrays: Mapping[str, Array], about: Mapping[str, str]) -> bytes:
    """Float64, as https://github.com/huggingface/safetensors says."""
    header: dict[str, object] = {ABOUT: about}
    body = b""
    for name, array in arrays.items():
        data = np.ascontiguousarray(array, "<f8").tobytes()
        offsets = [len(body), len(body) + len(data)]
        header[name] = {"dtype": "F64", "shape": list(array.shape), "data_offsets": offsets}
        body += data
    text = json.dumps(header).encode()
    # Its arrays begin at a multiple of eight.
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body
