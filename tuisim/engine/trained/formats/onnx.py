"""ONNX files, without onnx: RNN, GRU, LSTM and DynamicQuantizeLSTM nodes, also inside branches.

Written after the operators' own words (ONNX, "Operators"; ONNX Runtime, "Contrib operators").
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.trained.building import Parts, built, too_large, without_arrays
from tuisim.engine.trained.formats.graph import Folder, Graph, Node
from tuisim.engine.trained.formats.moves import behind, read_from
from tuisim.engine.trained.formats.protobuf import Budget, Piece
from tuisim.engine.trained.layer import Layer
from tuisim.engine.trained.orders import PEEPHOLES, PEEPHOLES_ONNX, reordered
from tuisim.values.cells import CELLS

_CELLS = {"RNN": "rnn", "GRU": "gru", "LSTM": "lstm", "DynamicQuantizeLSTM": "lstm"}
_WAYS = {"forward": [""], "reverse": [".reversed"], "bidirectional": ["", ".reversed"]}
#: The activations of one direction where a node names none.
_DEFAULTS = {"rnn": ["Tanh"], "gru": ["Sigmoid", "Tanh"], "lstm": ["Sigmoid", "Tanh", "Tanh"]}
#: What has to be given: the operators whose defaults count are gone from ONNX, and onnxruntime
#: takes 0, by which every state is the same whatever goes in.
_GIVEN = math.nan
#: Operator in lower case → what alpha and beta are where none is given; None where it takes none.
_TAKEN: Mapping[str, tuple[float | None, float | None]] = {
    "affine": (_GIVEN, 0.0),
    "elu": (1.0, None),
    "hardsigmoid": (0.2, 0.5),
    "leakyrelu": (0.01, None),
    "scaledtanh": (_GIVEN, _GIVEN),
    "thresholdedrelu": (1.0, None),
}
#: With alpha and beta as single precision has them → ours.
_ACTIVATIONS: Mapping[tuple[str, float | None, float | None], str] = {
    ("tanh", None, None): "tanh",
    ("sigmoid", None, None): "sigmoid",
    ("relu", None, None): "relu",
    ("softplus", None, None): "softplus",
    ("affine", 1.0, 0.0): "identity",
    ("elu", 1.0, None): "elu",
    ("leakyrelu", 0.01, None): "leaky_relu",
    ("scaledtanh", 1.0, 1.0): "tanh",
    ("thresholdedrelu", 0.0, None): "relu",
    ("hardsigmoid", 0.2, 0.5): "hard_sigmoid_0.2",
    ("hardsigmoid", 0.166667, 0.5): "hard_sigmoid_1/6",
}

_NO_NODE = (
    "no recurrent node (RNN, GRU, LSTM) is in it: what torch's exporter makes of nn.RNN, and "
    "Keras's of every layer, is unrolled; take what it was exported from, a state_dict or .keras"
)


class _Refused(Exception):
    """A reason why a layer cannot be run."""


def is_onnx(path: Path, head: bytes) -> bool:
    """Whether a file that begins so is taken for a model: by its name, or its first fields."""
    return path.suffix.lower() == ".onnx" or (
        head[:1] == b"\x08" and head[2:3] in (b"\x12", b"\x3a")
    )


def read_onnx(path: Path) -> tuple[list[Layer], set[Path]]:
    """Every layer of a model, and the files beside it that hold their arrays.

    Raises:
        ValueError: the file is damaged, a file beside it is missing, or it has no recurrent node.
    """
    folder = Folder(path.parent)
    with path.open("rb") as file:
        model = Piece(file, 0, path.stat().st_size, Budget()).message()
        graphs = [Graph(piece, folder) for piece in model.pieces(7)[-1:]]
        every = [node for graph in graphs for node in graph.all_nodes()]
        nodes = [node for node in every if node.kind in _CELLS]
        if not nodes:
            raise ValueError(_NO_NODE if graphs else "the file holds no graph of ONNX")
        after = behind(every, tuple(_CELLS))
        names: dict[str, int] = {}
        found: list[Layer] = []
        made: dict[int, list[str]] = {}
        for count, node in enumerate(nodes):
            name = node.name or f"{node.kind}_{count}"
            names[name] = names.get(name, 0) + 1
            # Both branches of an If may use a name.
            layers = _layers(node, name if names[name] == 1 else f"{name}_{names[name]}")
            made[id(node)] = [one.name for one in layers]
            lower, between = read_from(node, after, tuple(_CELLS))
            reads = made.get(id(lower), ())
            found += [attrs.evolve(one, reads=reads, between=between) for one in layers]
    return found, folder.read


def _layers(node: Node, name: str) -> list[Layer]:
    cell, attributes = _CELLS[node.kind], node.attributes
    direction = attributes["direction"].word if "direction" in attributes else "forward"
    width = attributes["hidden_size"].integer if "hidden_size" in attributes else 0
    stored = node.graph.shape(node.inputs[1]) if node.is_given(1) else None
    ways = _WAYS.get(direction.lower(), [""])
    try:
        if direction.lower() not in _WAYS:
            raise _Refused(f"direction {direction!r}")
        weights, recurrent, said = _matrices(node, cell, len(ways))
    except _Refused as reason:
        inputs = stored[2] if stored is not None and len(stored) == 3 else 0
        if node.kind == "DynamicQuantizeLSTM" and stored is not None and len(stored) == 3:
            inputs = stored[1]
        return [without_arrays(f"{name}{way}", cell, width, inputs, str(reason)) for way in ways]
    arrays = _Arrays(node, cell, weights, recurrent, said)
    return [_layer(arrays, f"{name}{way}", place, len(ways)) for place, way in enumerate(ways)]


@attrs.frozen(eq=False)
class _Arrays:
    """The matrices of a node: (dirs, gates·n, m) and (dirs, gates·n, n), and how they came."""

    node: Node
    cell: str
    weights: Array
    recurrent: Array
    said: tuple[str, ...]


def _matrices(node: Node, cell: str, dirs: int) -> tuple[Array, Array, tuple[str, ...]]:
    if reason := _too_large(node, cell):
        raise _Refused(reason)
    quantised = node.kind == "DynamicQuantizeLSTM"
    found = []
    for place, scale in ((1, 8), (2, 10)):
        array = node.array(place)
        if array is None:
            raise _Refused(f"its {'WR'[place - 1]} is not in the file, but worked out as it runs")
        if array.ndim != 3:
            raise _Refused(f"its {'WR'[place - 1]} has the shape {array.shape}")
        found.append(_dequantised(node, array, scale) if quantised else array)
    weights, recurrent = found
    rows = recurrent.shape[2] * len(CELLS[cell].gates)
    if recurrent.shape[:2] != (dirs, rows) or weights.shape[:2] != (dirs, rows):
        raise _Refused(f"its W and R have the shapes {weights.shape} and {recurrent.shape}")
    said = "quantised: W is the stored whole numbers times their scale; as it runs, its input and "
    return weights, recurrent, (f"{said}state are rounded to 8 bits too",) * quantised


def _too_large(node: Node, cell: str) -> str:
    shapes = [node.graph.shape(name) for name in node.inputs[1:3]]
    if any(one is None or len(one) != 3 for one in shapes):
        return ""
    first, second = (one for one in shapes if one is not None)
    if node.kind == "DynamicQuantizeLSTM":
        return too_large(cell, second[1], first[1])
    return too_large(cell, second[2], first[2])


def _dequantised(node: Node, stored: Array, place: int) -> Array:
    """(dirs, gates·n, ·) from whole numbers (dirs, ·, gates·n), a scale a direction or a row."""
    dirs = stored.shape[0]
    parts = []
    for at in (place, place + 1):
        one = node.array(at)
        if one is None:
            raise _Refused("its scales are not in the file")
        if one.size not in (1, dirs, dirs * stored.shape[2]):
            raise _Refused(f"its scales have the shape {one.shape}")
        parts.append(one.reshape(-1 if one.size == 1 else dirs, 1, one.size // dirs or 1))
    scale, zero = parts
    found: Array = np.ascontiguousarray(((stored - zero) * scale).transpose(0, 2, 1))
    return found


def _layer(arrays: _Arrays, name: str, place: int, dirs: int) -> Layer:
    node, cell = arrays.node, arrays.cell
    width, inputs = arrays.recurrent.shape[2], arrays.weights.shape[2]
    gates = len(CELLS[cell].gates)
    refused, assumed = _refused(node), list(arrays.said)
    if node.is_given(4):
        assumed.append("sequence_lens: where a row ends before the input does; every step taken")
    known: dict[str, Any] = {}
    try:
        known = _activations(node, cell, place, dirs)
    except _Refused as reason:
        refused.append(str(reason))
    try:
        if cell == "gru":
            after = node.attributes.get("linear_before_reset")
            known["reset"] = "after" if after is not None and after.integer else "before"
        bias = _optional(node, 3, (dirs, 2 * gates * width))
        first, second = (np.zeros((2, gates, width)) if bias is None else bias[place]).reshape(
            2, gates, width
        )
        if cell == "lstm":
            holes = _optional(node, 7, (dirs, len(PEEPHOLES) * width))
            if holes is not None and holes[place].any():
                rows = holes[place].reshape(len(PEEPHOLES), width)
                known["peepholes"] = reordered(rows, PEEPHOLES_ONNX, PEEPHOLES)
        for at, field in ((5, "start"), (6, "cell_start"))[: 2 if cell == "lstm" else 1]:
            start = _start(node, at, place, dirs, width, assumed)
            if start is not None:
                known[field] = start
    except _Refused as reason:
        return without_arrays(name, cell, width, inputs, str(reason))
    known |= {"assumed": tuple(assumed), "refused": tuple(refused)}
    parts = Parts(
        "onnx",
        cell,
        arrays.recurrent[place].reshape(gates, width, width),
        arrays.weights[place].reshape(gates, width, inputs),
        first,
        second,
        known,
    )
    return built(name, parts)


def _refused(node: Node) -> list[str]:
    found = []
    if "clip" in node.attributes and node.attributes["clip"].real:
        found.append(f"clip: pre-activations are held within ±{node.attributes['clip'].real:g}")
    coupled = node.attributes.get("input_forget")
    if coupled is not None and coupled.integer:
        found.append("coupled gates: the forget gate is 1 minus the input gate (input_forget)")
    return found


def _optional(node: Node, place: int, shape: tuple[int, ...]) -> Array | None:
    if not node.is_given(place):
        return None
    found = node.array(place)
    what = {3: "bias", 7: "peepholes"}[place]
    if found is None:
        raise _Refused(f"{what}: not in the file, but worked out as it runs")
    if found.shape != shape:
        raise _Refused(f"{what} of shape {found.shape}, not {shape}")
    return found


def _start(
    node: Node, at: int, place: int, dirs: int, width: int, assumed: list[str]
) -> Array | None:
    """h_0 or c_0, where the file holds it."""
    if not node.is_given(at):
        return None
    found, what = node.array(at), {5: "h_0", 6: "c_0"}[at]
    if found is None:
        assumed.append(f"{what}: comes as the net runs; 0 taken")
        return None
    if not found.any():
        return None
    # By layout 1 the batch comes first.
    if found.size == dirs * width and found.shape in ((dirs, 1, width), (1, dirs, width)):
        row: Array = found.reshape(dirs, width)[place]
        return row
    assumed.append(f"{what}: one of shape {found.shape} for all rows; 0 taken")
    return None


def _activations(node: Node, cell: str, place: int, dirs: int) -> dict[str, str]:
    named = node.attributes.get("activations")
    words = named.words if named is not None else _DEFAULTS[cell] * dirs
    count = len(_DEFAULTS[cell])
    if len(words) != count * dirs:
        raise _Refused(f"activations: {len(words)} of them for {dirs} directions")
    alphas, betas = (
        iter(node.attributes[name].reals if name in node.attributes else [])
        for name in ("activation_alpha", "activation_beta")
    )
    found = []
    for word in words:
        # Values go to those that take one, in their order.
        alpha, beta = _TAKEN.get(word.lower(), (None, None))
        alpha = alpha if alpha is None else next(alphas, alpha)
        beta = beta if beta is None else next(betas, beta)
        rounded = [None if one is None else round(one, 6) for one in (alpha, beta)]
        key = word.lower(), rounded[0], rounded[1]
        found.append((_ACTIVATIONS.get(key, ""), _written(word, alpha, beta)))
    mine = found[place * count : (place + 1) * count]
    for ours, written in mine:
        if not ours:
            raise _Refused(f"activation {written}, which is none of ours")
    (phi, written), squash = mine[-1], mine[0]
    if phi.startswith("hard_sigmoid"):
        raise _Refused(f"activation {written} of the candidate, which is none of ours")
    if cell == "rnn":
        return {"activation": phi}
    if not squash[0].endswith("sigmoid") and not squash[0].startswith("hard_sigmoid"):
        raise _Refused(f"activation {squash[1]} of the gates, which is none of ours")
    if mine[1][0] != phi:
        raise _Refused(f"activation {mine[1][1]} of the candidate and {written} of c_t")
    return {"activation": phi, "gate_activation": squash[0]}


def _written(word: str, alpha: float | None, beta: float | None) -> str:
    lacking = [name for name, one in (("alpha", alpha), ("beta", beta)) if one is _GIVEN]
    if lacking:
        return f"{word} without its {' and '.join(lacking)}, for which onnxruntime takes 0"
    given = [f"{one:g}" for one in (alpha, beta) if one is not None]
    return f"{word}({', '.join(given)})" if given else word
