"""safetensors files: a header of JSON, then raw bytes; read here, since bfloat16 is wanted too.

The format: eight bytes with the header's length, the header (name → dtype, shape, data_offsets),
the arrays in C order, little-endian.
"""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any

from tuisim.engine.base.memo import Array
from tuisim.engine.trained.stored import Region, Stored, item_size, widened_in_parts

#: Bytes of a header; the format's own limit.
_LONGEST_HEADER = 100_000_000

#: Where a header holds texts, and the one that says that they are a Layer's fields.
ABOUT, OURS = "__metadata__", ("format", "tuisim")

_DTYPES = {"F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64"}


def is_safetensors(head: bytes, size: int) -> bool:
    """Whether a file of this size that begins so is one."""
    if len(head) < 9 or head[8:9] != b"{":
        return False
    return bool(struct.unpack("<Q", head[:8])[0] <= max(size, _LONGEST_HEADER))


def read_safetensors(path: Path) -> tuple[dict[str, Stored], dict[str, str]]:
    """The arrays by their names, and the texts beside them where these are ours.

    Raises:
        ValueError: the file is damaged.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > min(size - 8, _LONGEST_HEADER):
            raise ValueError(f"the file is cut off: its header has {length} bytes")
        text = file.read(length)
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("the header is no JSON: the file is damaged") from None
    if not isinstance(header, dict):
        raise ValueError("the header is no object: the file is damaged")
    body = Region(path, 8 + length, size - 8 - length)
    texts = header.pop(ABOUT, None)
    own = isinstance(texts, dict) and OURS in texts.items()
    arrays = {name: _stored(body, name, one) for name, one in header.items()}
    return arrays, texts if own else {}


def _stored(body: Region, name: str, entry: Any) -> Stored:
    try:
        dtype, shape, (begin, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        whole = all(type(one) is int and one >= 0 for one in (*shape, begin, end))
    except (TypeError, ValueError, KeyError):
        whole = False
    if not whole or not isinstance(dtype, str):
        raise ValueError(f"the header says nothing sensible of {name[:200]!r}")
    known = _DTYPES.get(dtype, dtype)

    def read() -> Array:
        if end - begin != math.prod(shape) * item_size(known):
            raise ValueError(f"{name[:200]!r} has {end - begin} bytes for the shape {shape}")
        if end > body.length:
            raise ValueError("the file is cut off within its arrays")
        return widened_in_parts(lambda at, size: body.read(begin + at, size), known, shape)

    return Stored(shape, known, read)
