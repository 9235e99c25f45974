"""NumPy's npz: a Layer's fields by our names, torch's names, or pairs such as `enc_w_ih`."""

from __future__ import annotations

import io
import math
import re
import tokenize
from collections.abc import Mapping
from typing import Any

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.trained.asking import Asking
from tuisim.engine.trained.formats.archives import Archive
from tuisim.engine.trained.formats.state import layers_by_name
from tuisim.engine.trained.layer import Layer, given_away
from tuisim.engine.trained.stored import DTYPES, Stored, widened_in_parts

_PAIR = re.compile(r"(?P<prefix>.*[._/])?(?P<what>[wb])_(?P<side>[ih]h)(?P<place>.*)", re.DOTALL)
#: What a header may take; NumPy's own limit is 10,000 characters.
_HEADER = 12_000
#: Bytes of a text.
_TEXT = 1 << 16

#: What NumPy and Python's parser say of a header that is no literal, or a thousand brackets.
NO_LITERAL = (
    ValueError,
    TypeError,
    SyntaxError,
    EOFError,
    MemoryError,
    RecursionError,
    tokenize.TokenError,
)

_ARRAYS = (
    "weights",
    "input_weights",
    "bias",
    "recurrent_bias",
    "peepholes",
    "start",
    "cell_start",
)
_WORDS = ("name", "cell", "activation", "gate_activation", "reset")
_SENTENCES = ("assumed", "refused")


def read_npz(archive: Archive, asking: Asking) -> list[Layer]:
    """Every layer of an npz file.

    Raises:
        ValueError: the file is damaged, or holds objects that would have to be unpickled.
    """
    arrays, texts = {}, {}
    for member in archive.names:
        name = member.removesuffix(".npy")
        dtype, stored = _member(archive, member)
        if dtype.kind == "U" and name.rpartition(".")[2] in (*_WORDS, *_SENTENCES):
            if math.prod(stored.shape) * dtype.itemsize > _TEXT:
                raise ValueError(f"{member} holds a text that is too long")
            texts[name] = np.load(io.BytesIO(archive.read(member, 2 * _TEXT)), allow_pickle=False)
        elif dtype.kind in "fui":
            arrays[name] = stored
    own = [name.removesuffix("cell") for name in texts if name.rpartition(".")[2] == "cell"]
    if own:
        return [_own(prefix, arrays, texts) for prefix in own]
    return layers_by_name(dict(map(_as_torch, arrays.items())), asking, spoken=False)


def _member(archive: Archive, member: str) -> tuple[np.dtype[Any], Stored]:
    head = io.BytesIO(archive.part(member, 0, min(archive.size(member), _HEADER)))
    try:
        version = np.lib.format.read_magic(head)
        read = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, fortran, dtype = read(head)
        if min(shape, default=0) < 0:
            raise ValueError("shape")
    except NO_LITERAL as error:
        raise ValueError(f"{member} is no array ({type(error).__name__})") from None
    start = head.tell()
    name = dtype.name if dtype.name in DTYPES else str(dtype)

    def numbers() -> Array:
        if start + math.prod(shape) * dtype.itemsize > archive.size(member):
            raise ValueError(f"the file is cut off: {member} lacks bytes of its array")
        order = tuple(shape[::-1] if fortran else shape)
        found = widened_in_parts(
            lambda at, size: archive.part(member, start + at, size),
            name,
            order,
            big_endian=dtype.str[0] == ">",
        )
        return np.ascontiguousarray(found.T) if fortran else found

    return dtype, Stored(tuple(shape), name, numbers)


def _as_torch(item: tuple[str, Stored]) -> tuple[str, Stored]:
    name, stored = item
    match = _PAIR.fullmatch(name)
    if match is None:
        return item
    word = "weight" if match["what"] == "w" else "bias"
    prefix = (match["prefix"] or "").rstrip("._/")
    place = match["place"]
    if not re.fullmatch(r"(_l\d+)?(_reverse)?", place):
        prefix, place = f"{prefix}{place}".strip("._/"), ""
    return f"{prefix}{'.' if prefix else ''}{word}_{match['side']}{place}", stored


def _own(prefix: str, arrays: Mapping[str, Stored], texts: Mapping[str, Any]) -> Layer:
    found: dict[str, Any] = {"name": prefix.rstrip(".") or "layer"}
    for field in _WORDS:
        if prefix + field in texts:
            found[field] = str(texts[prefix + field])
    for field in _SENTENCES:
        if prefix + field in texts:
            found[field] = tuple(str(one) for one in np.atleast_1d(texts[prefix + field]))
    for field in _ARRAYS:
        if prefix + field in arrays:
            found[field] = given_away(arrays[prefix + field].read())
    for field in ("weights", "input_weights"):
        if field not in found:
            raise ValueError(f"{prefix}{field} is missing")
    return Layer(**found)
