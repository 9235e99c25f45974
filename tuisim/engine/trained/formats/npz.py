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
from tuisim.engine.trained.formats.own import PHRASES, SENTENCES, WORDS, own_layers
from tuisim.engine.trained.formats.state import layers_by_name
from tuisim.engine.trained.layer import Layer
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


def read_npz(archive: Archive, asking: Asking) -> list[Layer]:
    """Every layer of an npz file.

    Raises:
        ValueError: the file is damaged, or all there is are objects that would have to be
            unpickled, or structured arrays.
    """
    arrays, texts, refused = {}, {}, ""
    for member in archive.names:
        name = member.removesuffix(".npy")
        dtype, stored = _member(archive, member)
        if dtype.kind == "U" and name.rpartition(".")[2] in (*WORDS, *PHRASES, *SENTENCES):
            if math.prod(stored.shape) * dtype.itemsize > _TEXT:
                raise ValueError(f"{member} holds a text that is too long")
            texts[name] = np.load(io.BytesIO(archive.read(member, 2 * _TEXT)), allow_pickle=False)
        elif dtype.kind in "fui":
            arrays[name] = stored
        elif dtype.hasobject:
            refused = f"{name} holds Python objects, a pickle, which is never loaded"
        elif dtype.names:
            refused = f"{name} is a structured array"
    by_name = _by_torchs_names(arrays)
    found = own_layers(arrays, texts) or layers_by_name(by_name, asking, spoken=False)
    if refused and not found:
        raise ValueError(
            f"no recurrent layer is in it: {refused}; save each of its arrays by a name of its own"
        )
    return found


def _by_torchs_names(arrays: Mapping[str, Stored]) -> dict[str, Stored]:
    named: dict[str, str] = {}
    for name in arrays:
        first = named.setdefault(_as_torch(name), name)
        if first != name:
            raise ValueError(f"{first} and {name} both stand for {_as_torch(name)}; rename one")
    return {name: arrays[one] for name, one in named.items()}


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


def _as_torch(name: str) -> str:
    match = _PAIR.fullmatch(name)
    if match is None:
        return name
    word = "weight" if match["what"] == "w" else "bias"
    prefix = (match["prefix"] or "").rstrip("._/")
    place = match["place"]
    if not re.fullmatch(r"(_l\d+)?(_reverse)?", place):
        prefix, place = f"{prefix}{place}".strip("._/"), ""
    return f"{prefix}{'.' if prefix else ''}{word}_{match['side']}{place}"
