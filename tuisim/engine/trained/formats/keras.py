"""Keras's files, without Keras: `.keras`, and HDF5 of versions 2 and 3, whole or of weights only.

Up to version 2 arrays lie under the user's names of layers; from 3 on (and in every `.keras`) under
class and order, and the names beside them or in the configuration. Both are read by h5py.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import attrs

from tuisim.engine.trained.asking import Asking
from tuisim.engine.trained.formats.archives import Archive
from tuisim.engine.trained.formats.keras_config import Configured, configured, mask_of, read_from
from tuisim.engine.trained.formats.keras_layers import Stem, keras_layer
from tuisim.engine.trained.layer import Layer

#: Bytes of a configuration.
_LONGEST = 64 << 20
#: Groups and arrays that are looked at.
_MOST = 200_000
_WRAPPED = {"forward_layer": "", "backward_layer": ".reversed"}
_BACKWARD = re.compile(r"(?:^|/)backward_")
_FORWARD = re.compile(r"(.*/)forward_")
#: Parts of a path up to version 2 that are none of the user's names.
_OWN = re.compile(r"(?:forward_|backward_)|\w+_cells?(?:_\d+)?$")
_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")


@contextmanager
def _opened(file: Path | IO[bytes]) -> Iterator[Any]:
    """The file as h5py has it; what its library says of a damaged one becomes a ValueError."""
    import h5py

    try:
        with h5py.File(file, "r") as found:
            yield found
    except (OSError, RuntimeError, KeyError, TypeError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())[:120]
        raise ValueError(f"the file is damaged ({said or type(error).__name__})") from None


class _Window(io.RawIOBase):
    """A member of an archive as a file of its own, read by need."""

    def __init__(self, archive: Archive, name: str) -> None:
        self._archive, self._name, self._at = archive, name, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        size = self._archive.size(self._name)
        self._at = offset + {0: 0, 1: self._at, 2: size}[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        count = max(min(len(buffer), self._archive.size(self._name) - self._at), 0)
        buffer[:count] = self._archive.part(self._name, self._at, count)
        self._at += count
        return count


def read_keras_file(path: Path, asking: Asking) -> list[Layer]:
    """Every layer of a `.keras` or HDF5 file.

    Raises:
        ValueError: the file is damaged.
        ImportError: h5py is not installed.
    """
    with path.open("rb") as file:
        zipped = file.read(2) == b"PK"
    return _read_archive(Archive(path), asking) if zipped else _read_hdf5(path, asking)


def _read_archive(archive: Archive, asking: Asking) -> list[Layer]:
    about = json.loads(archive.read("metadata.json", _LONGEST))
    version = about.get("keras_version") if isinstance(about, dict) else None
    config = archive.read("config.json", _LONGEST).decode("utf-8", "replace")
    window: Any = io.BufferedReader(_Window(archive, "model.weights.h5"))
    with _opened(window) as file:
        configurations = configured(config)
        stems = _by_order(file, configurations)
        return _layers(stems, configurations, str(version or ""), asking)


def _read_hdf5(path: Path, asking: Asking) -> list[Layer]:
    with _opened(path) as file:
        weights = file.get("model_weights", file)
        text = _text(file.attrs.get("model_config", ""))
        configurations = configured(text) if text else []
        version = _text(weights.attrs.get("keras_version", file.attrs.get("keras_version", "")))
        if "layer_names" in weights.attrs:
            stems = _by_name(weights, {one.name: one for one in configurations})
        else:
            stems = _by_order(file, configurations)
        return _layers(stems, configurations, version, asking)


def _layers(
    stems: Iterator[Stem], configurations: list[Configured], version: str, asking: Asking
) -> list[Layer]:
    by_path = {one.path: one for one in configurations}
    made = [(stem.said, keras_layer(stem, version, asking)) for stem in stems]
    names: dict[str, list[str]] = {}
    for said, layer in made:
        names.setdefault("" if said is None else said.path, []).append(layer.name)
    found = []
    for said, layer in made:
        if said is not None:
            lower, between = read_from(said, by_path)
            # Whose arrays are not there has no name here.
            reads = names.get(lower, [lower]) if lower else ()
            layer = attrs.evolve(layer, reads=reads, between=between)
            if mask := mask_of(said, by_path):
                sentence = f"steps that {mask} leaves out as the net runs: every step taken"
                layer = attrs.evolve(layer, assumed=(*layer.assumed, sentence))
        found.append(layer)
    return found


def _text(value: Any) -> str:
    found = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return found if isinstance(found, str) and len(found) <= _LONGEST else ""


def _arrays(group: Any) -> Iterator[tuple[str, Any]]:
    """Every array in a group by its path; what another file holds is left alone."""
    import h5py

    left: list[tuple[str, Any]] = [("", group)]
    for _ in range(_MOST):
        if not left:
            return
        path, one = left.pop()
        if isinstance(one, h5py.Dataset):
            if not one.external and not one.is_virtual:
                yield path, one
        elif isinstance(one, h5py.Group) and path.count("/") < 60:
            names = [name for name in one if isinstance(one.get(name, getlink=True), h5py.HardLink)]
            start = f"{path}/" if path else ""
            left.extend((f"{start}{name}", one[name]) for name in reversed(names))
    raise ValueError(f"the file has over {_MOST} groups and arrays")


def _by_name(weights: Any, configurations: dict[str, Configured]) -> Iterator[Stem]:
    """Layers of a file up to version 2: a group each, arrays by their parameters."""
    for given in weights.attrs["layer_names"]:
        name = _text(given)
        if name not in weights:
            continue
        found: dict[str, dict[str, Any]] = {}
        for path, array in _arrays(weights[name]):
            place, _, parameter = path.rpartition("/")
            found.setdefault(place, {})[parameter.partition(":")[0]] = array
        places = [place for place, arrays in found.items() if "recurrent_kernel" in arrays]
        stacked = any("stacked_rnn_cells" in place for place in places)
        backward = _backward(places)
        for place in sorted(places[:1] if stacked else places, key=backward.__contains__):
            way = ".reversed" if place in backward else ""
            arrays = found[place]
            own = [arrays.get(one) for one in ("kernel", "recurrent_kernel", "bias")]
            inner = _inner_name(place, name, configurations, len(places))
            said = configurations.get(inner or name)
            yield Stem(f"{name}.{inner}" if inner else name, way, said, stacked, *own)


def _backward(places: Iterable[str]) -> set[str]:
    """The places of directions that read backwards, of which one that was given has its own name.

    Then it stands beside the `forward_` one.
    """
    beside = {match[1] for match in map(_FORWARD.match, places) if match}
    return {
        place
        for place in places
        if _BACKWARD.search(place)
        or (place.startswith(tuple(beside)) and not _FORWARD.match(place))
    }


def _inner_name(place: str, name: str, configurations: dict[str, Configured], places: int) -> str:
    """The name of a layer of a model inside, which is one group and its layers within; else ""."""
    whole = configurations.get(name)
    if whole is not None and whole.kind in ("Bidirectional", "RNN"):
        return ""
    parts = [one for one in place.split("/") if one != name]
    named = [one for one in parts if one in configurations]
    if not configurations and places > 1:
        named = [one for one in parts if not _OWN.match(one)]
    return named[-1] if named else ""


def _by_order(file: Any, configurations: list[Configured]) -> Iterator[Stem]:
    """Layers of a file from version 3 on: `…/cell/vars/0`, `1` and `2`."""
    by_path = {one.path: one for one in configurations}
    found: dict[str, dict[str, Any]] = {}
    for path, array in _arrays(file):
        if match := re.fullmatch(r"(.*)/cell/(?:(cells)/[^/]+/)?vars/([012])", path):
            arrays = found.setdefault(match[1], {})
            arrays.setdefault(match[3], array)
            if match[2]:
                arrays["stacked"] = array
    places = {one.path: place for place, one in enumerate(configurations)}

    def order(path: str) -> tuple[int, str, bool]:
        """By the model's own order, else by number; both directions in theirs."""
        owner, _, last = path.rpartition("/")
        owner = (owner if last in _WRAPPED else path).replace(_CONTAINERS[1], _CONTAINERS[0])
        numbered = re.sub(r"\d+", lambda number: number[0].zfill(9), owner)
        return places.get(owner, len(places)), numbered, last == "backward_layer"

    for path in sorted(found, key=order):
        arrays = found[path]
        owner, _, last = path.rpartition("/")
        wrapped = last in _WRAPPED
        owner = owner if wrapped else path
        said = by_path.get(owner.replace(_CONTAINERS[1], _CONTAINERS[0]))
        own = [arrays.get(one) for one in "012"]
        name = _user_name(file, owner, by_path)
        yield Stem(name, _WRAPPED.get(last, ""), said, "stacked" in arrays, *own)


def _user_name(file: Any, path: str, by_path: dict[str, Configured]) -> str:
    """The user's names from the model down: beside the arrays, or in the configuration."""
    parts, names = path.split("/"), []
    for count in range(1, len(parts) + 1):
        if parts[count - 1] in _CONTAINERS:
            continue
        prefix = "/".join(parts[:count])
        beside = file[prefix].get("vars")
        name = _text(beside.attrs.get("name", "")) if beside is not None else ""
        known = by_path.get(prefix.replace(_CONTAINERS[1], _CONTAINERS[0]))
        names.append(name or (known.name if known else parts[count - 1]))
    return ".".join(names)
