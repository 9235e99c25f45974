"""The layer and the input that an experiment names: read, checked by digest, kept in memory.

The readers of files are imported with the first one: few nets come from there, and each start would
wait for them.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.trained.digests import Stamp, stamps_of
from tuisim.engine.trained.layer import LAYERS, Layer
from tuisim.engine.trained.shelf import Shelf
from tuisim.values.layered import split

#: Bytes of an input's file.
MOST_BYTES = 2 << 30


@attrs.frozen(eq=False)
class _Known:
    """What was read for a field, and the files that it lies in as they were then."""

    field: str
    paths: Sequence[str | os.PathLike[str]]
    stamps: list[Stamp]
    value: Any

    def holds(self, field: str) -> bool:
        return self.field == field and stamps_of(self.paths) == self.stamps


_signals: Shelf[Array] = Shelf(lambda one: one.nbytes)
# Those that are in no file.
_kept_signals: Shelf[Array] = Shelf(lambda one: 0)
# What the files read last hold, so that a sweep reads one once.
_files: dict[str, _Known] = {}


def find_layer(layer: str, digest: str = "") -> Layer:
    """The layer that a field names.

    Args:
        layer: "PATH#NAME".
        digest: of the file; empty where any will do.

    Raises:
        ValueError: there is no such file or layer, it is another file than the digest's, or the
            layer cannot be run.
    """
    path, name = split(layer)
    found = LAYERS.find(digest, name) if digest else None
    if found is None:
        found = _read(path, name)
        if digest:
            _check("layer", path, found.digest, digest)
            LAYERS.put(digest, name, found)
    if found.refused:
        raise ValueError(f"layer: {name} cannot be run: {'; '.join(found.refused)}")
    return found


def _read(path: str, name: str) -> Layer:
    if not path:
        raise ValueError(f"layer: got '#{name}', which is in no file and not in memory")
    from tuisim.engine.trained.reading import read_layers

    layers = _once(path, "layer", read_layers, lambda layers: layers[0].files[1:])
    for one in layers:
        if one.name == name:
            return one  # type: ignore[no-any-return]
    names = ", ".join(one.name for one in layers)
    raise ValueError(f"layer: got {name!r}, allowed in {path}: {names}")


def find_signal(path: str, digest: str = "") -> Array:
    """The input in a file: (T, m) for all rows, or (T, batch, m), read-only float64.

    Raises:
        ValueError: there is no such file, it holds something else, or is another one than the
            digest's.
    """
    found = _signals.find(digest, path) if digest else None
    if found is None and digest:
        found = _kept_signals.find(digest, path)
    if found is None and path.startswith("#") and not os.path.exists(path):
        raise ValueError(f"input: got '{path}', which is in no file and not in memory")
    if found is None:
        found, own = _once(path, "input", _load)
        if digest:
            _check("input", path, own, digest)
            _signals.put(digest, path, found)
    return found


def keep_signal(name: str, signal: Array) -> dict[str, str]:
    """Keep an input in memory, and give the fields of an experiment that hears it.

    Args:
        signal: (T, m) or (T, batch, m).
    """
    kept = np.array(signal, np.float64, order="C")
    kept.flags.writeable = False
    digest = hashlib.sha256(f"{kept.shape} ".encode() + kept.tobytes()).hexdigest()
    path = f"#{name}.npy"
    _kept_signals.put(digest, path, kept)
    return {"input": path, "input_digest": digest}


def signal_digest(path: str) -> str:
    """SHA-256 of an input's file; raises as `find_signal`."""
    found: str = _once(path, "input", _load)[1]
    return found


def _load(path: str) -> tuple[Array, str]:
    from tuisim.engine.trained.formats.npz import NO_LITERAL

    found = Path(path).stat()
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        # Whoever opens a pipe waits for somebody to write into it.
        raise ValueError(f"{path}: a pipe or a device, and no file")
    if found.st_size > MOST_BYTES:
        raise ValueError(f"{path}: {found.st_size >> 20} MiB; at most {MOST_BYTES >> 20} are read")
    data = Path(path).read_bytes()
    try:
        array = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    except (*NO_LITERAL, OverflowError, OSError) as error:
        said = " ".join(str(error).split())[:100]
        raise ValueError(f"{path}: no array of NumPy (npy): {said}") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{path}: no array of real numbers")
    if array.ndim not in (2, 3) or not array.size:
        raise ValueError(f"{path}: got shape {array.shape}, allowed: (T, m) or (T, batch, m)")
    signal = np.array(array, np.float64, order="C")
    if not np.isfinite(signal).all():
        raise ValueError(f"{path}: it has entries that are not finite")
    signal.flags.writeable = False
    return signal, hashlib.sha256(data).hexdigest()


def _once(path: str, field: str, read: Any, beside: Any = lambda value: ()) -> Any:
    """What a file holds, read again only where it was written since.

    Args:
        beside: gives, of what was read, the other files that it lies in.

    Raises:
        ValueError: it cannot be read; names the field.
    """
    try:
        known = _files.get(path)
        if known is None or not known.holds(field):
            stamps = stamps_of([path])
            # The newest few: a file of one net and one of its input are usual.
            while len(_files) >= 4:
                _files.pop(next(iter(_files)), None)
            value = read(path)
            others = beside(value)
            stamps += stamps_of(others)
            known = _files[path] = _Known(field, (path, *others), stamps, value)
        return known.value
    except OSError as error:
        raise ValueError(f"{field}: {path}: {error.strerror or error}") from None
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from None


def _check(field: str, path: str, own: str, digest: str) -> None:
    if own != digest:
        raise ValueError(f"{field}_digest: {path} is {own}, the experiment was made with {digest}")
