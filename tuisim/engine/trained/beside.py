"""Layers and inputs that lie in no file, as an npz and back: what a session needs beside it."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from tuisim.engine.trained.asking import Asking
from tuisim.engine.trained.finding import find_layer, find_signal, keep_signal
from tuisim.engine.trained.formats.archives import Archive
from tuisim.engine.trained.formats.npz import read_npz
from tuisim.engine.trained.formats.own import WORDS
from tuisim.engine.trained.layer import ARRAYS, LAYERS
from tuisim.engine.trained.reading import DAMAGED
from tuisim.values.experiment import Experiment
from tuisim.values.layered import heard_in_memory, layer_in_memory, split

#: Bytes of the arrays that are written.
MOST_BYTES = 256 << 20

_INPUT = ".heard"


def packed(experiments: Iterable[Experiment]) -> bytes:
    """The npz of what these have in memory alone: the first of them first, up to MOST_BYTES.

    A layer's fields are named DIGEST.FIELD, an input DIGEST.heard.
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
    inputs = {(one.input, one.input_digest) for one in experiments if heard_in_memory(one)}
    try:
        for layer in read_npz(Archive(path), Asking()):
            LAYERS.put(layer.digest, layer.name, layer)
        with np.load(path, allow_pickle=False) as arrays:
            for name, digest in inputs:
                if digest + _INPUT in arrays:
                    keep_signal(name[1:].removesuffix(".npy"), arrays[digest + _INPUT])
    except (*DAMAGED, ValueError) as error:
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
        for name in (*ARRAYS, *WORDS) if layer is not None else ():
            value = getattr(layer, name)
            if value is not None:
                found[f"{e.layer_digest}.{name}"] = np.asarray(value)
    if heard_in_memory(e) and is_there(e):
        found[e.input_digest + _INPUT] = find_signal(e.input, e.input_digest)
    return found
