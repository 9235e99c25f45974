"""What a Keras model's configuration says of its layers: names, classes, activations, resets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

#: Models that hold others, and how deep.
_DEEPEST = 40
#: Keras's names of activations → ours; its leaky_relu has another slope.
_ACTIVATIONS = {
    "linear": "identity",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "relu": "relu",
    "elu": "elu",
    "selu": "selu",
    "gelu": "gelu",
    "softplus": "softplus",
    "hard_tanh": "hard_tanh",
}


@attrs.frozen(eq=False)
class Configured:
    """A layer in a configuration.

    Attributes:
        path: where Keras 3 stores its arrays: `layers/lstm_1`, by class and order.
        name: the user's own.
        kind: its class.
        said: its configuration.
    """

    path: str
    name: str
    kind: str
    said: Mapping[str, Any]

    def recurrent(self, reverse: bool) -> Configured:
        """The layer of a direction that is wrapped, or the cell that is, with this name."""
        inner = self
        if self.kind == "Bidirectional":
            wrapped = self.said.get("backward_layer") if reverse else None
            inner = self._inner(wrapped or self.said.get("layer"))
        if inner.kind == "RNN":
            cell = inner._inner(inner.said.get("cell"))
            # The direction is the layer's, all else the cell's.
            backwards = {"go_backwards": inner.said.get("go_backwards", False)}
            return attrs.evolve(cell, said={**cell.said, **backwards})
        return inner

    def _inner(self, found: Any) -> Configured:
        if not isinstance(found, dict) or not isinstance(found.get("config"), dict):
            return attrs.evolve(self, kind="", said={})
        return attrs.evolve(self, kind=str(found.get("class_name", "")), said=found["config"])


def configured(text: str) -> list[Configured]:
    """Every layer of a configuration, also those of models inside.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return list(_walk(json.loads(text), "", 0))
    except RecursionError:
        raise ValueError("the model's configuration is nested too deep") from None


def _walk(model: Any, start: str, depth: int) -> Iterator[Configured]:
    said = model.get("config") if isinstance(model, dict) else None
    layers = said.get("layers") if isinstance(said, dict) else said
    if not isinstance(layers, list) or depth > _DEEPEST:
        return
    used: dict[str, int] = {}
    for layer in layers:
        if not isinstance(layer, dict) or not isinstance(layer.get("class_name"), str):
            continue
        kind, inner = layer["class_name"], layer.get("config")
        key = _snake(kind)
        used[key] = used.get(key, -1) + 1
        path = f"{start}layers/{key}" + (f"_{used[key]}" if used[key] else "")
        name = inner.get("name") if isinstance(inner, dict) else layer.get("name")
        if isinstance(inner, dict):
            yield Configured(path, str(name or key), kind, inner)
        yield from _walk(layer, f"{path}/", depth + 1)


def _snake(name: str) -> str:
    """lstm for LSTM, simple_rnn for SimpleRNN, conv_lstm2d for ConvLSTM2D."""
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


def activation(value: Any) -> str:
    """Our name of φ, or ""; what is no plain name is a function or a layer of its own."""
    return _ACTIVATIONS.get(plain_name(value), "")


def gate_activation(value: Any, version: str) -> str:
    """Our name of the gates' activation, or "": Keras 3's hard sigmoid has another slope."""
    name = plain_name(value)
    if name == "hard_sigmoid":
        if not version:
            return ""
        return "hard_sigmoid_0.2" if version.startswith(("0", "1", "2")) else "hard_sigmoid_1/6"
    return name if name == "sigmoid" else ""


def plain_name(value: Any) -> str:
    """The name of an activation as a configuration gives it; one that is none is the identity."""
    if isinstance(value, dict) and value.get("class_name") == "function":
        value = value.get("config")
    return "linear" if value is None else value if isinstance(value, str) else "of its own"
