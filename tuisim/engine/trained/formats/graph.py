"""ONNX graphs: nodes, the arrays that go into them, and arrays made from others by simple nodes.

The numbers of fields are those of onnx.proto; those of data types, of TensorProto.DataType.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.trained.formats.protobuf import Message, Piece
from tuisim.engine.trained.stored import DTYPES, Region, widened_in_parts

#: Data type → how NumPy reads it; bfloat16 by its name.
_TYPES: Mapping[int, str] = {
    1: "float32",
    2: "<u1",
    3: "<i1",
    6: "<i4",
    7: "<i8",
    10: "float16",
    11: "float64",
    16: "bfloat16",
}
#: How deep graphs lie in one another, and nodes behind an array.
_DEEPEST = 40
#: Numbers of an array made from others.
_LARGEST = 1 << 26


@attrs.frozen(eq=False)
class Folder:
    """Where files beside the model lie, and those that arrays were read from."""

    path: Path
    read: set[Path] = attrs.Factory(set)


@attrs.frozen(eq=False)
class Tensor:
    """An array in the file, or in a file beside it."""

    message: Message
    folder: Folder

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The sizes of its axes."""
        return tuple(self.message.integers(1))

    def read(self) -> Array:
        """The numbers as float64.

        Raises:
            ValueError: a type that is not known here, damage, or a file beside it is missing.
        """
        kind = _TYPES.get(self.message.integer(2))
        if kind is None:
            raise ValueError(f"an array of the data type {self.message.integer(2)}")
        item = np.dtype(DTYPES.get(kind, kind)).itemsize
        if min(self.shape, default=0) < 0 or math.prod(self.shape) > _LARGEST:
            raise ValueError(f"an array of the shape {self.shape}")
        size = item * math.prod(self.shape)
        part = self._part(size, kind)
        if kind in DTYPES:
            return widened_in_parts(part, kind, self.shape)
        return np.frombuffer(part(0, size), kind).reshape(self.shape).astype(np.float64)

    def _part(self, size: int, kind: str) -> Callable[[int, int], bytes]:
        """What gives so many bytes from an offset on."""
        if self.message.integer(14) == 1:
            return self._beside(size).read
        raw = self.message.pieces(9)
        data = b"" if raw else self._typed(kind)
        held = raw[-1].length if raw else len(data)
        if held != size:
            raise ValueError(f"an array of the shape {self.shape} has {held} bytes")
        return raw[-1].read if raw else lambda at, count: data[at : at + count]

    def _typed(self, kind: str) -> bytes:
        # The fields of one type each: float, double, 64-bit, and all that fits into 32 bits.
        field = {"float32": 4, "float64": 10, "<i8": 7}.get(kind, 5)
        if field in (4, 10):
            return b"".join(one.read() for one in self.message.pieces(field))
        whole = np.array(self.message.integers(field), dtype=np.int64)
        narrow = "<u2" if kind in ("float16", "bfloat16") else kind
        return whole.astype(narrow).tobytes()

    def _beside(self, size: int) -> Region:
        said = {entry.text(1): entry.text(2) for entry in self.message.messages(13)}
        name = said.get("location", "")
        path = self.folder.path / name
        if not name or Path(name).is_absolute() or ".." in Path(name).parts:
            raise ValueError(f"its arrays are said to lie in {name!r}, which is not beside it")
        if not path.is_file():
            raise ValueError(f"its arrays lie in {name}, which is missing beside it")
        start = int(said.get("offset", "0"))
        length = int(said.get("length", size))
        if start < 0 or length != size:
            raise ValueError(f"its arrays in {name} are {length} bytes where {size} belong")
        self.folder.read.add(path)
        return Region(path, start, length)


@attrs.frozen(eq=False)
class Attribute:
    """An attribute of a node; which of its values counts, whoever asks knows."""

    message: Message

    @property
    def real(self) -> float:
        """One number."""
        return float(np.frombuffer(self.message.pieces(2)[-1].read(), "<f4")[0])

    @property
    def reals(self) -> list[float]:
        """Several."""
        data = b"".join(one.read() for one in self.message.pieces(7))
        return [float(one) for one in np.frombuffer(data, "<f4")]

    @property
    def integer(self) -> int:
        """One whole number."""
        return self.message.integer(3)

    @property
    def integers(self) -> list[int]:
        """Several."""
        return self.message.integers(8)

    @property
    def word(self) -> str:
        """A text."""
        return self.message.text(4)

    @property
    def words(self) -> list[str]:
        """Several."""
        return self.message.texts(9)

    @property
    def graphs(self) -> list[Piece]:
        """Graphs: the branches of an If, the body of a Loop."""
        return [*self.message.pieces(6), *self.message.pieces(11)]


@attrs.frozen(eq=False)
class Node:
    """A node, and the graph that it is in."""

    message: Message
    graph: Graph

    @cached_property
    def kind(self) -> str:
        """The operator."""
        return self.message.text(4)

    @cached_property
    def name(self) -> str:
        """Its name, which may be empty."""
        return self.message.text(3)

    @cached_property
    def inputs(self) -> list[str]:
        """The names of what goes in, "" for what is left out."""
        return self.message.texts(1)

    @cached_property
    def outputs(self) -> list[str]:
        """The names of what comes out, likewise."""
        return self.message.texts(2)

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """By their names."""
        return {one.text(1): Attribute(one) for one in self.message.messages(5)}

    @cached_property
    def graphs(self) -> list[Graph]:
        """The graphs inside it."""
        if self.kind not in ("If", "Loop", "Scan"):
            return []
        pieces = [piece for one in self.attributes.values() for piece in one.graphs]
        return [Graph(piece, self.graph.folder, self.graph) for piece in pieces]

    def array(self, place: int) -> Array | None:
        """What goes in at a place, where the file holds it; None where it comes at run time."""
        name = self.inputs[place] if place < len(self.inputs) else ""
        return self.graph.array(name) if name else None

    def is_given(self, place: int) -> bool:
        """Whether something goes in at a place."""
        return place < len(self.inputs) and bool(self.inputs[place])


class Graph:
    """A graph, which sees the names of the one around it."""

    def __init__(self, piece: Piece, folder: Folder, around: Graph | None = None) -> None:
        message = piece.message()
        self.folder, self.around = folder, around
        self.depth: int = 0 if around is None else around.depth + 1
        self.nodes = [Node(one, self) for one in message.messages(1)]
        #: The names of what comes out.
        self.outputs = [one.text(1) for one in message.messages(12)]
        self._tensors = {
            one.text(8): Tensor(one, folder) for one in (p.message() for p in message.pieces(5))
        }

    @cached_property
    def _makers(self) -> dict[str, Node]:
        return {name: node for node in self.nodes for name in node.outputs if name}

    def maker(self, name: str) -> Node | None:
        """The node that gives an array; None where it is stored, or comes from outside."""
        if name in self._makers:
            return self._makers[name]
        if name in self._tensors or self.around is None:
            return None
        return self.around.maker(name)

    def all_nodes(self) -> Iterator[Node]:
        """The nodes here and in the graphs inside, in the file's order; an If after its branches.

        Raises:
            ValueError: graphs lie in one another too deep.
        """
        if self.depth > _DEEPEST:
            raise ValueError(f"graphs lie in one another over {_DEEPEST} deep")
        for node in self.nodes:
            for graph in node.graphs:
                yield from graph.all_nodes()
            yield node

    def shape(self, name: str) -> tuple[int, ...] | None:
        """The shape of an array that is stored as it is, without reading it."""
        if name in self._tensors:
            return self._tensors[name].shape
        if name in self._makers or self.around is None:
            return None
        return self.around.shape(name)

    def array(self, name: str) -> Array | None:
        """An array that the file holds, or makes of such by simple nodes; None for others.

        It is nobody else's, and may be written to.

        Raises:
            ValueError: it cannot be read, or is made too deep.
        """
        return self._array(name, 0, {})

    def _array(self, name: str, depth: int, found: dict[Any, Array | None]) -> Array | None:
        # What a node takes twice is worked out once, however deep such nodes lie.
        key = id(self), name
        if key not in found:
            found[key] = self._worked_out(name, depth, found)
        return found[key]

    def _worked_out(self, name: str, depth: int, found: dict[Any, Array | None]) -> Array | None:
        if depth > _DEEPEST:
            raise ValueError(f"an array is made by over {_DEEPEST} nodes")
        if name in self._tensors:
            return self._tensors[name].read()
        node = self._makers.get(name)
        if node is None:
            return None if self.around is None else self.around._array(name, depth + 1, found)
        if node.kind == "Constant":
            return _constant(node)
        if node.kind not in _MADE:
            return None
        parts = [self._array(one, depth + 1, found) for one in node.inputs if one]
        if node.kind == "Expand":
            del parts[1:]
        known = [one for one in parts if one is not None]
        if len(known) != len(parts):
            return None
        if sum(one.size for one in known) > _LARGEST:
            raise ValueError("an array is made of others that are too large")
        try:
            return _MADE[node.kind](node, known) if known else None
        except (IndexError, TypeError, OverflowError, KeyError, MemoryError) as error:
            raise ValueError(f"{node.kind} of {name!r} fails ({type(error).__name__})") from None


def _constant(node: Node) -> Array | None:
    attributes = node.attributes
    if "value" in attributes:
        tensors = attributes["value"].message.messages(5)
        return Tensor(tensors[-1], node.graph.folder).read() if tensors else None
    if "value_float" in attributes:
        return np.array(attributes["value_float"].real)
    if "value_floats" in attributes:
        return np.array(attributes["value_floats"].reals)
    if "value_int" in attributes:
        return np.array(float(attributes["value_int"].integer))
    if "value_ints" in attributes:
        return np.array(attributes["value_ints"].integers, dtype=np.float64)
    return None


def _axes(node: Node, parts: list[Array], name: str = "axes") -> tuple[int, ...]:
    """Axes as an attribute, or as the second input that they became."""
    if name in node.attributes:
        return tuple(node.attributes[name].integers)
    return tuple(int(one) for one in parts[1].ravel()) if len(parts) > 1 else ()


def _cast(node: Node, parts: list[Array]) -> Array | None:
    kind = _TYPES.get(node.attributes["to"].integer)
    if kind in ("float32", "float16"):
        return parts[0].astype(kind).astype(np.float64)
    return parts[0] if kind == "float64" else None


def _unsqueeze(node: Node, parts: list[Array]) -> Array:
    return np.expand_dims(parts[0], _axes(node, parts))


def _squeeze(node: Node, parts: list[Array]) -> Array:
    return np.squeeze(parts[0], _axes(node, parts) or None)


def _transpose(node: Node, parts: list[Array]) -> Array:
    return np.transpose(parts[0], _axes(node, [], "perm") or None)


def _reshape(node: Node, parts: list[Array]) -> Array:
    shape = [int(one) for one in parts[1].ravel()]
    kept = [parts[0].shape[at] if one == 0 else one for at, one in enumerate(shape)]
    return parts[0].reshape(kept)


def _slice(node: Node, parts: list[Array]) -> Array:
    if len(parts) < 3:
        starts, ends = (node.attributes[one].integers for one in ("starts", "ends"))
        axes = list(_axes(node, [])) or list(range(len(starts)))
        steps = [1] * len(starts)
    else:
        starts, ends, axes, steps = (
            [int(one) for one in (parts[at].ravel() if at < len(parts) else rest)]
            for at, rest in ((1, ()), (2, ()), (3, range(parts[1].size)), (4, [1] * parts[1].size))
        )
    taken: list[Any] = [slice(None)] * parts[0].ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        taken[axis] = slice(start, end, step)
    found: Array = parts[0][tuple(taken)]
    return found


def _concat(node: Node, parts: list[Array]) -> Array:
    return np.concatenate(parts, axis=node.attributes["axis"].integer)


def _same(node: Node, parts: list[Array]) -> Array:
    return parts[0]


#: Nodes that only move numbers; what Expand repeats, whoever asks repeats as often as it needs.
_MADE: Mapping[str, Callable[[Node, list[Array]], Array | None]] = {
    "Identity": _same,
    "Expand": _same,
    "Cast": _cast,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Concat": _concat,
    "Transpose": _transpose,
    "Reshape": _reshape,
    "Slice": _slice,
}
