"""A trained layer as a frozen value: its arrays in our order of gates, and what is known of it."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.trained.digests import FileDigest
from tuisim.engine.trained.orders import PEEPHOLES
from tuisim.engine.trained.shelf import Shelf
from tuisim.values.activations import WRITTEN
from tuisim.values.cells import CELLS
from tuisim.values.experiment import Experiment

#: The slopes of hard gates, clip(slope·a + ½, 0, 1), by name.
HARD_SLOPES = {"hard_sigmoid_0.2": 0.2, "hard_sigmoid_1/6": 1.0 / 6.0}
#: What a gate may be squashed by: the logistic function, or a hard one by its slope.
GATE_ACTIVATIONS = ("sigmoid", *HARD_SLOPES)
#: Where a gru's reset gate acts: on the product with the recurrent matrix, or on h before it.
RESETS = ("after", "before")
#: The fields of a layer that are arrays.
ARRAYS = (
    "weights",
    "input_weights",
    "bias",
    "recurrent_bias",
    "peepholes",
    "start",
    "cell_start",
)


def _array(value: Any) -> Array:
    ready = isinstance(value, np.ndarray) and value.dtype == np.float64 and value.flags.c_contiguous
    # What somebody may write into is copied: a digest is of what was there.
    if ready and not value.flags.writeable:
        return value  # type: ignore[no-any-return]
    return given_away(np.array(value, dtype=np.float64, order="C"))


def given_away(array: Array) -> Array:
    """The same array, read-only from now on: such a one a Layer takes without a copy."""
    array.flags.writeable = False
    return array


def arrays(default: Any = attrs.NOTHING) -> Any:
    """A field that takes an array of numbers, and keeps it as read-only float64."""
    return attrs.field(default=default, converter=attrs.converters.optional(_array), repr=False)


def _sentences(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


def _zeros(layer: Layer) -> Array:
    return np.zeros(layer.width)


def _zero_rows(layer: Layer) -> Array:
    return np.zeros((len(layer.weights), layer.width))


@attrs.frozen(eq=False, slots=False)
class Layer:
    """A recurrent layer, read-only float64, in our order of gates: a for an rnn, i f g o, r z m.

    Shapes, n units and m inputs:
        weights: (gates, n, n). input_weights: (gates, n, m). bias, recurrent_bias: (gates, n), the
        second inside the product: only a gru that resets after it needs both.
        peepholes: (3, n) for i f o, or None. start, cell_start: (n,), h_0 and c_0.

    Attributes:
        name: its path in the file without the parameter, `.reversed` last where it reads backwards.
        activation: φ, of the candidate and of c_t; gate_activation: one of GATE_ACTIVATIONS.
        reset: "after" or "before" the product, for a gru.
        format: "torch", "safetensors", "keras", "onnx" or "npz"; path: the file's, or "".
        assumed: sentences, each on something that the file does not say, and what was taken.
        refused: sentences, each a reason why the layer cannot be run; a layer that is refused may
            lack its arrays, and then has 0 gates.

    Raises:
        ValueError: a name that is not allowed, or an array of another shape.
    """

    name: str
    cell: str
    weights: Array = arrays()
    input_weights: Array = arrays()
    bias: Array = arrays(attrs.Factory(_zero_rows, takes_self=True))
    recurrent_bias: Array = arrays(attrs.Factory(_zero_rows, takes_self=True))
    peepholes: Array | None = arrays(None)
    start: Array = arrays(attrs.Factory(_zeros, takes_self=True))
    cell_start: Array = arrays(attrs.Factory(_zeros, takes_self=True))
    activation: str = "tanh"
    gate_activation: str = "sigmoid"
    reset: str = "after"
    format: str = ""
    path: str = ""
    assumed: tuple[str, ...] = attrs.field(default=(), converter=_sentences)
    refused: tuple[str, ...] = attrs.field(default=(), converter=_sentences)
    #: The names of the layers whose states it reads, side by side, where the file says so.
    reads: tuple[str, ...] = attrs.field(default=(), converter=_sentences)
    #: What it reads where that is more than such states, a phrase: then it has no stack.
    between: str = ""
    #: The levels below it in its stack, from the bottom, both directions of each.
    below: tuple[tuple[Layer, ...], ...] = attrs.field(default=(), repr=False)
    #: Gives the digest of the file, which of a large one takes seconds.
    _digested: FileDigest | None = attrs.field(default=None, repr=False, alias="_digested")

    @property
    def width(self) -> int:
        """How many units n."""
        return int(self.weights.shape[1])

    @property
    def input_width(self) -> int:
        """How many inputs m."""
        return int(self.input_weights.shape[2])

    @property
    def reversed(self) -> bool:
        """Whether it reads its input backwards."""
        return self.name.rpartition(".")[2] == "reversed"

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file and of those it lies in; of its own fields where there is none.

        Raises:
            ValueError: the file changed since the layer was read.
        """
        return self.own_digest if self._digested is None else self._digested()

    @property
    def files(self) -> tuple[str | os.PathLike[str], ...]:
        """The file, then those beside it that its arrays lie in."""
        return () if self._digested is None else self._digested.paths

    @cached_property
    def own_digest(self) -> str:
        """SHA-256 of what runs: of the fields that do, and of the layers below."""
        found = hashlib.sha256()
        for one in attrs.fields(Layer):
            value = getattr(self, one.name)
            if isinstance(value, np.ndarray):
                found.update(f"{one.name} {value.shape} ".encode() + value.tobytes())
            elif one.name in ("cell", "activation", "gate_activation", "reset"):
                found.update(f"{one.name} {value} ".encode())
        for below in itertools.chain.from_iterable(self.below):
            found.update(f"{below.name} {below.own_digest} ".encode())
        return found.hexdigest()

    def fields(self) -> dict[str, Any]:
        """The fields of an experiment with this layer as it was trained.

        Raises:
            ValueError: the layer cannot be run.
        """
        if self.refused:
            raise ValueError(f"layer: {self.name} cannot be run: {'; '.join(self.refused)}")
        LAYERS.put(self.digest, self.name, self)
        named = {"layer": f"{self.path}#{self.name}", "layer_digest": self.digest}
        return self.trained_fields | named

    @property
    def trained_fields(self) -> dict[str, Any]:
        """What an experiment with this layer has as it was trained, but for where that lies."""
        return {
            "cell": self.cell,
            "width": self.width,
            "activation": self.activation,
            "spectrum": "layer",
            "radius": 1.0,
            "forget_bias": 0.0,
        }

    def experiment(self, **changes: Any) -> Experiment:
        """An experiment with this layer: as it was trained, but for the changes.

        It is kept in memory from now on, so that the experiment needs no file.

        Raises:
            ValueError: the layer cannot be run, or a change is not allowed.
        """
        return Experiment(**(self.fields() | changes))

    def __attrs_post_init__(self) -> None:
        for field, allowed in (
            ("cell", tuple(CELLS)),
            ("activation", tuple(WRITTEN)),
            ("gate_activation", GATE_ACTIVATIONS),
            ("reset", RESETS),
        ):
            got = getattr(self, field)
            if got not in allowed:
                raise ValueError(f"{field}: got {got!r}, allowed: {', '.join(allowed)}")
        gates = len(CELLS[self.cell].gates)
        if self.weights.ndim != 3 or (self.weights.size == 0 and self.refused):
            gates = 0
        if self.weights.ndim != 3 or self.input_weights.ndim != 3:
            raise ValueError("weights, input_weights: allowed: (gates, n, n) and (gates, n, m)")
        n, m = self.width, self.input_width
        for field, shape in (
            ("weights", (gates, n, n)),
            ("input_weights", (gates, n, m)),
            ("bias", (gates, n)),
            ("recurrent_bias", (gates, n)),
            ("peepholes", (len(PEEPHOLES), n)),
            ("start", (n,)),
            ("cell_start", (n,)),
        ):
            array = getattr(self, field)
            if array is not None and array.shape != shape:
                raise ValueError(f"{field}: got shape {array.shape}, allowed: {shape}")


def _bytes(layer: Layer) -> int:
    return layer.weights.nbytes + layer.input_weights.nbytes if layer.path else 0


#: Layers that experiments were made with.
LAYERS: Shelf[Layer] = Shelf(_bytes)
