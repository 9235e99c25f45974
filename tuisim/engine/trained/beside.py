"""Layers and inputs that lie in no file, as an npz and back: what a session needs beside it."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from tuisim.engine.trained.asking import Asking
from tuisim.engine.trained.finding import find_layer, find_signal, keep_signal
from tuisim.engine.trained.formats.archives import Archive
from tuisim.engine.trained.formats.npz import read_npz
from tuisim.engine.trained.formats.own import WORDS
from tuisim.engine.trained.layer import ARRAYS, LAYERS, Layer
from tuisim.engine.trained.reading import DAMAGED
from tuisim.values.experiment import Experiment
from tuisim.values.layered import heard_in_memory, layer_in_memory, split

#: Bytes of the arrays that are written.
MOST_BYTES = 256 << 20

_INPUT = ".heard"


def packed(experiments: Iterable[Experiment]) -> bytes:
    """The npz of what these have in memory alone: the first of them first, up to MOST_BYTES.

    A layer's fields are named DIGEST.FIELD, an input DIGEST.heard. What lies below a layer stands
    before it as DIGEST.NAME.FIELD, and its `reads` has the DIGEST#NAME of those right below.
    """
    found: dict[str, Any] = {}
    room = MOST_BYTES
    for one in dict.fromkeys(experiments):
        members = {name: array for name, array in _members(one).items() if name not in found}
        size = sum(array.nbytes for array in members.values())
        if size <= room and is_there(one):
            found |= members
            room -= size
    out = io.BytesIO()
    np.savez(out, **found)
    return out.getvalue()


def put_back(path: Path, experiments: Iterable[Experiment]) -> None:
    """Keep in memory what the npz holds for these.

    Raises:
        ValueError: the file is damaged.
        OSError: it cannot be read.
    """
    experiments = tuple(experiments)
    inputs = {(one.input, one.input_digest) for one in experiments if heard_in_memory(one)}
    try:
        layers = {one.digest: one for one in _linked(read_npz(Archive(path), Asking()))}
        for one in filter(layer_in_memory, experiments):
            if one.layer_digest in layers:
                # One that is the same under two names is there once.
                name = split(one.layer)[1]
                layer = attrs.evolve(layers[one.layer_digest], name=name)
                LAYERS.put(one.layer_digest, name, layer)
        with np.load(path, allow_pickle=False) as arrays:
            for name, digest in inputs:
                if digest + _INPUT in arrays:
                    keep_signal(name[1:].removesuffix(".npy"), arrays[digest + _INPUT])
    except (*DAMAGED, ValueError, KeyError) as error:
        said = " ".join(str(error).split())[:100]
        raise ValueError(f"{path}: the file is damaged ({said})") from None


def is_there(experiment: Experiment) -> bool:
    """Whether what an experiment has in memory alone is there."""
    try:
        if layer_in_memory(experiment):
            find_layer(experiment.layer, experiment.layer_digest)
        if heard_in_memory(experiment):
            find_signal(experiment.input, experiment.input_digest)
    except ValueError:
        return False
    return True


def _members(e: Experiment) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if layer_in_memory(e):
        layer = LAYERS.find(e.layer_digest, split(e.layer)[1])
        if layer is not None:
            for lower in itertools.chain.from_iterable(layer.below):
                found |= _fields(f"{lower.own_digest}.{lower.name}", lower)
            found |= _fields(e.layer_digest, layer)
    if heard_in_memory(e) and is_there(e):
        found[e.input_digest + _INPUT] = find_signal(e.input, e.input_digest)
    return found


def _fields(prefix: str, layer: Layer) -> dict[str, Any]:
    """A layer's members, by their names in the npz."""
    said = {name: getattr(layer, name) for name in (*ARRAYS, *WORDS)}
    said["between"] = layer.between or None
    said["assumed"] = layer.assumed or None
    said["reads"] = [_key(one) for one in layer.below[-1]] if layer.below else None
    return {f"{prefix}.{name}": np.asarray(one) for name, one in said.items() if one is not None}


def _key(layer: Layer) -> str:
    return f"{layer.own_digest}#{layer.name}"


def _linked(layers: Iterable[Layer]) -> Iterable[Layer]:
    """Each upon the layers that its `reads` names, which come before it."""
    found: dict[str, Layer] = {}
    for layer in layers:
        lower = tuple(found[one] for one in layer.reads)
        below = (*lower[0].below, lower) if lower else ()
        whole = attrs.evolve(layer, reads=(), below=below)
        found[_key(whole)] = whole
    return found.values()
