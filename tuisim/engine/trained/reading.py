"""read_layers: which format a file has, and the reader of that format."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import numpy as np

from tuisim.engine.trained.asking import Asking
from tuisim.engine.trained.digests import FileDigest
from tuisim.engine.trained.formats import safetensors, shards, torch
from tuisim.engine.trained.formats.apart import read_apart
from tuisim.engine.trained.formats.archives import Archive
from tuisim.engine.trained.formats.npz import read_npz
from tuisim.engine.trained.formats.onnx import is_onnx, read_onnx
from tuisim.engine.trained.formats.own import own_layers
from tuisim.engine.trained.formats.state import JAX, layers_by_name
from tuisim.engine.trained.layer import ARRAYS, Layer
from tuisim.engine.trained.stacks import stacked
from tuisim.engine.trained.stored import Stored

_HDF5 = b"\x89HDF\r\n\x1a\n"

_FROZEN = (
    "no recurrent layer is in it by name; a TorchScript that was frozen keeps its arrays without "
    "names: save it before torch.jit.freeze, or its state_dict"
)
#: What lies in every program of torch.export, and did up to torch 2.7.
_EXPORTED = ("/models/model.json", "/serialized_exported_program.json")
_PROGRAM = (
    "a program of torch.export (.pt2), which is not read; save its arrays: "
    "torch.save(torch.export.load(FILE).state_dict, …)"
)

_DISTRIBUTED = (
    "a checkpoint of torch.distributed, which is not read; make one file of it: "
    "torch.distributed.checkpoint.format_utils.dcp_to_torch_save(FOLDER, FILE)"
)
#: What lies in the folder of every checkpoint of Orbax.
_ORBAX = ("_CHECKPOINT_METADATA", "_METADATA")
#: What the readers' libraries say of a file that is damaged, beside ValueError.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
)


@attrs.frozen(eq=False)
class _Found:
    """What is in a file, and the files beside it that it lies in."""

    format: str
    layers: list[Layer]
    beside: set[Path] = attrs.Factory(set)


def read_layers(
    path: str | os.PathLike[str],
    *,
    activation: str | None = None,
    gates: str | None = None,
    reset: str | None = None,
    forget_bias: float | None = None,
) -> tuple[Layer, ...]:
    """Find every recurrent layer in a file of torch, safetensors, ONNX, Keras or NumPy (npz).

    Nothing that the file holds is run, and no other array is read. The arrays are widened to
    float64, which changes none of their numbers.

    Args:
        activation, gates, reset, forget_bias: φ, the gates' activation, the side of the product
            on which a gru resets, and what is added to an lstm's forget gate as it runs, for
            layers of which the file does not say it.

    Raises:
        ValueError: the file is of none of these formats, damaged, or names something that would
            have to be run; it holds no recurrent layer; or an argument is not allowed.
        ImportError: a library for the format is missing.
        OSError: the file cannot be read.
    """
    asking = Asking(activation=activation, gates=gates, reset=reset, forget_bias=forget_bias)
    file = Path(path)
    try:
        found = _read(file, asking)
        if not found.layers:
            raise ValueError("no recurrent layer is in it")
    except DAMAGED as error:
        said = _short(error, 100) or type(error).__name__
        raise ValueError(f"{file}: the file is damaged ({said})") from None
    except ValueError as error:
        raise ValueError(f"{file}: {_short(error, 300)}") from None
    asking.check_used()
    digested = FileDigest((file, *sorted(found.beside)))
    return stacked(
        attrs.evolve(
            one,
            format=found.format,
            path=str(file),
            refused=(*one.refused, *_not_finite(one)),
            _digested=digested,
        )
        for one in found.layers
    )


def _not_finite(layer: Layer) -> Iterator[str]:
    """A sentence for each array of which a run would make nothing."""
    for name in ARRAYS:
        array = getattr(layer, name)
        if array is None or np.isfinite(array).all():
            continue
        count = array.size - np.count_nonzero(np.isfinite(array))
        what = "nan" if np.isnan(array).any() else "inf"
        yield f"{name} holds {what} ({count} of {array.size} entries are not finite)"


def _read(path: Path, asking: Asking) -> _Found:
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise ValueError("a pipe or a device, and no file")
    if stat.S_ISDIR(mode) and (path / ".metadata").is_file():
        raise ValueError(_DISTRIBUTED)
    if stat.S_ISDIR(mode) and any((path / name).exists() for name in _ORBAX):
        raise ValueError(f"a checkpoint of Orbax, which is not read; {JAX}")
    if reason := shards.refused_part(path):
        raise ValueError(reason)
    with path.open("rb") as file:
        head = file.read(64)
        size = os.fstat(file.fileno()).st_size
    if shards.is_index(path):
        return _read_index(path, asking)
    if path.suffix == ".distcp":
        raise ValueError(_DISTRIBUTED)
    if zipfile.is_zipfile(path) and head[:2] == b"PK":
        return _read_archive(path, asking)
    if torch.LEGACY.match(head):
        return _Found("torch", layers_by_name(torch.read_legacy(path), asking, spoken=True))
    if safetensors.is_safetensors(head, size):
        arrays, texts = safetensors.read_safetensors(path)
        own = own_layers(arrays, texts)
        return _Found("safetensors", own or layers_by_name(arrays, asking, spoken=True))
    if head.startswith(_HDF5):
        return _Found("keras", read_apart(path, asking))
    if is_onnx(path, head):
        return _Found("onnx", *read_onnx(path))
    raise ValueError(_foreign(path, head))


def _read_index(path: Path, asking: Asking) -> _Found:
    parts = shards.parts_of(path)
    read = {file: _read_part(file) for file in {*parts.values()}}
    layers = layers_by_name(shards.arrays_of(parts, read), asking, spoken=True)
    format = "torch" if any(file.suffix == ".bin" for file in read) else "safetensors"
    return _Found(format, layers, {*read})


def _read_part(path: Path) -> Mapping[str, Stored]:
    if path.suffix == ".safetensors":
        return safetensors.read_safetensors(path)[0]
    with path.open("rb") as file:
        if torch.LEGACY.match(file.read(64)):
            return torch.read_legacy(path)
    pickle = _pickle_in(Archive(path)) if zipfile.is_zipfile(path) else ""
    if not pickle:
        raise ValueError(f"{path.name} is no file of torch or safetensors")
    return torch.read_archive(Archive(path), pickle)


def _pickle_in(archive: Archive) -> str:
    """The member that is the pickle of torch's archive, or ""."""
    found = (name for name in archive.names if f"/{name}".endswith("/data.pkl"))
    return min(found, key=len, default="")


def _short(error: Exception, most: int) -> str:
    """One line that a terminal shows as it is: some libraries quote half of the file."""
    said = " ".join(str(error)[: 4 * most].split())
    said = "".join(one if one.isprintable() else "?" for one in said)
    return said if len(said) <= most else f"{said[: most - 1]}…"


def _read_archive(path: Path, asking: Asking) -> _Found:
    archive = Archive(path)
    if pickle := _pickle_in(archive):
        arrays = torch.read_archive(archive, pickle)
        layers = layers_by_name(arrays, asking, spoken=True)
        if not layers and any("/constants/" in name for name in archive.names):
            raise ValueError(_FROZEN)
        return _Found("torch", layers)
    if {"config.json", "model.weights.h5"} <= set(archive.names):
        return _Found("keras", read_apart(path, asking))
    if archive.names and all(name.endswith(".npy") for name in archive.names):
        return _Found("npz", read_npz(archive, asking))
    if any(f"/{name}".endswith(_EXPORTED) for name in archive.names):
        raise ValueError(_PROGRAM)
    raise ValueError("a zip archive, and none of torch, Keras or NumPy")


def _foreign(path: Path, head: bytes) -> str:
    """What a file is that no reader takes."""
    if not head:
        return "the file is empty"
    if head[:2] == b"PK":
        return "a zip archive that is cut off or damaged"
    if head[:1] == b"\x80":
        return "a plain pickle, which could run anything and is never loaded; save a state_dict"
    if head.startswith(b"version https://git-lfs"):
        return "a pointer of Git LFS; the file itself has not been fetched"
    if head.startswith(b"\x93NUMPY"):
        return "bare arrays without names (npy, Equinox); save them as npz with names"
    if head[:2] == b"\x1f\x8b":
        return "compressed by gzip; unpack it first"
    if path.suffix.lower() == ".msgpack":
        return f"arrays of Flax in msgpack, which is not read; {JAX}"
    if path.name.endswith(".weights.json"):
        return "an index of Keras's weights in several files; save them in one, or as .keras"
    return "no file of torch, safetensors, ONNX, Keras or NumPy (npz)"
