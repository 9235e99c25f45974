"""What a Keras model's configuration says of its layers: names, classes, activations, resets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

#: Models that hold others, and how deep.
_DEEPEST = 40
#: Layers with states, whichever of them we can run.
_RECURRENT = ("SimpleRNN", "LSTM", "GRU", "CuDNNLSTM", "CuDNNGRU", "RNN", "Bidirectional")
#: Layers that give what they read, once a net is trained.
_PASSING = (
    "InputLayer",
    "Dropout",
    "SpatialDropout1D",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "ActivityRegularization",
)
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
        uses: for each time that it is called, the paths of the layers whose outputs go in.
        model: the path of the model that it is in; last: of the layer whose output is its own,
            where it is a model itself.
    """

    path: str
    name: str
    kind: str
    said: Mapping[str, Any]
    uses: tuple[tuple[str, ...], ...] = ()
    model: str = ""
    last: str = ""

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
    if depth > _DEEPEST:
        return
    placed = _placed(model, start)
    paths = {name: path for path, name, _ in placed}
    before: tuple[tuple[str, ...], ...] = ()
    for path, name, layer in placed:
        inner = layer.get("config")
        if isinstance(inner, dict):
            # A Sequential says nothing: each layer reads the one before.
            uses = _uses(layer["inbound_nodes"], paths) if "inbound_nodes" in layer else before
            last = _last(layer, f"{path}/")
            yield Configured(path, name, layer["class_name"], inner, uses, start[:-1], last)
        before = ((path,),)
        yield from _walk(layer, f"{path}/", depth + 1)


def _placed(model: Any, start: str) -> list[tuple[str, str, dict[str, Any]]]:
    """The layers of a model: each its path, its name, and all that is said of it.

    A TimeDistributed is the model of the one layer that it calls at each place.
    """
    said = model.get("config") if isinstance(model, dict) else None
    layers, wrapped = said, False
    if isinstance(said, dict):
        wrapped = model.get("class_name") == "TimeDistributed"
        layers = [said.get("layer")] if wrapped else said.get("layers")
    used: dict[str, int] = {}
    found = []
    for layer in layers if isinstance(layers, list) else ():
        if not isinstance(layer, dict) or not isinstance(layer.get("class_name"), str):
            continue
        key, inner = _snake(layer["class_name"]), layer.get("config")
        used[key] = used.get(key, -1) + 1
        path = f"{start}layers/{key}" + (f"_{used[key]}" if used[key] else "")
        if wrapped:
            path = f"{start}layer"
        name = inner.get("name") if isinstance(inner, dict) else layer.get("name")
        found.append((path, str(name or key), layer))
    return found


def _uses(calls: Any, paths: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    found = calls if isinstance(calls, list) else []
    return tuple(tuple(paths.get(name, "") for name in _sources(call)) for call in found)


def _sources(said: Any) -> Iterator[str]:
    """The names in a call, its first argument first: Keras 3's tensors, or [name, node, tensor]."""
    if isinstance(said, dict):
        inner = said.get("config")
        history = inner.get("keras_history") if isinstance(inner, dict) else None
        if isinstance(history, list) and history:
            yield str(history[0])
            return
        for key, value in said.items():
            if key != "mask":
                yield from _sources(value)
    elif isinstance(said, list):
        if len(said) > 2 and isinstance(said[0], str) and isinstance(said[1], int):
            yield said[0]
            said = said[3:]
        for one in said:
            yield from _sources(one)


def _last(model: Any, start: str) -> str:
    """The path of the layer whose output is a model's own; empty for what is no such model."""
    placed = _placed(model, start)
    if not placed:
        return ""
    outputs = model["config"].get("output_layers") if isinstance(model["config"], dict) else None
    if outputs is None:
        return placed[-1][0]
    names = set(_sources(outputs))
    return {name: path for path, name, _ in placed}.get(names.pop(), "") if len(names) == 1 else ""


def read_from(layer: Configured, by_path: Mapping[str, Configured]) -> tuple[str, str]:
    """The path of the recurrent layer whose states a recurrent layer reads, and "".

    Else "" and what it reads in its place, a phrase, which is empty too where nothing recurrent
    lies below: then what it reads is the input.
    """
    at = layer
    for _ in by_path:
        calls = _calls(at, by_path)
        # What else goes into a recurrent layer is what it starts from.
        given = {call[:1] if at is layer else call for call in calls}
        paths = {path for call in given for path in call}
        if not paths:
            break
        lower = by_path.get(next(iter(paths)))
        while lower is not None and lower.last:
            lower = by_path.get(lower.last)
        if len(given) > 1 or len(paths) > 1 or lower is None:
            return "", "what several layers give" if _is_behind(paths, by_path) else ""
        if lower.kind in _RECURRENT:
            phrase = _unlike_states(lower)
            return "" if phrase else lower.path, phrase
        if lower.kind not in _PASSING:
            phrase = f"what {lower.kind} {lower.name!r} gives"
            return "", phrase if _is_behind({lower.path}, by_path) else ""
        at = lower
    return "", ""


def _calls(at: Configured, by_path: Mapping[str, Configured]) -> tuple[tuple[str, ...], ...]:
    """Where what goes in comes from; at the bottom of a model inside, from outside of it."""
    while not at.uses and at.model in by_path:
        at = by_path[at.model]
    return at.uses


def mask_of(layer: Configured, by_path: Mapping[str, Configured]) -> str:
    """The layer behind what a recurrent layer reads that may leave out steps, a phrase; or ""."""
    paths = {path for call in _calls(layer, by_path) for path in call[:1]}
    for one in _behind(paths, by_path):
        if one.kind == "Masking" or (one.kind == "Embedding" and one.said.get("mask_zero")):
            return f"{one.kind} {one.name!r}"
    return ""


def _is_behind(paths: set[str], by_path: Mapping[str, Configured]) -> bool:
    """Whether what these layers give hangs on a recurrent one, or is theirs."""
    return any(one.kind in _RECURRENT for one in _behind(paths, by_path))


def _behind(paths: set[str], by_path: Mapping[str, Configured]) -> Iterator[Configured]:
    """These layers, and all on which what they give hangs."""
    left, seen = list(paths), set()
    while left:
        path = left.pop()
        if path in seen or path not in by_path:
            continue
        seen.add(path)
        one = by_path[path]
        yield one
        left += [one.last, *(source for call in _calls(one, by_path) for source in call)]


def _unlike_states(layer: Configured) -> str:
    """How what a recurrent layer gives is unlike its states by time, both directions; or ""."""
    said = layer.said
    if layer.kind == "Bidirectional":
        way = said.get("merge_mode", "concat")
        if way != "concat":
            return f"both directions of {layer.name!r} by {way}"
        inner = said.get("layer")
        said = inner.get("config", {}) if isinstance(inner, dict) else {}
    if isinstance(said, dict) and said.get("go_backwards"):
        return f"what {layer.name!r} gives, from the last step to the first"
    whole = isinstance(said, dict) and said.get("return_sequences")
    return "" if whole else f"the last state of {layer.name!r} alone"


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
