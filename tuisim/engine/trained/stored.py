"""Arrays that lie in a file and are read when they are needed, each widened to float64."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs
import numpy as np

from tuisim.engine.base.memo import Array

#: Name → how NumPy reads a number, little-endian; bfloat16 as the upper half of a float32.
DTYPES: Mapping[str, str] = {
    "float16": "<f2",
    "bfloat16": "<u2",
    "float32": "<f4",
    "float64": "<f8",
}

#: What is stored as an array of NumPy within a pickle, in place of a type.
OF_NUMPY = "numpy.ndarray"

#: Numbers that are widened in one go.
_AT_A_TIME = 1 << 18


@attrs.frozen
class Stored:
    """An array in a file.

    Attributes:
        shape: as it is given by `read`.
        dtype: the name of what is stored; one that is not in DTYPES is not read.
        read: reads it, float64.
    """

    shape: tuple[int, ...]
    dtype: str
    read: Callable[[], Array]


@attrs.frozen
class Region:
    """A part of a file that holds bytes as they are."""

    path: Path
    start: int
    length: int

    def read(self, offset: int, count: int) -> bytes:
        """So many bytes from an offset on.

        Raises:
            ValueError: the file has no such bytes.
        """
        if offset >= 0 and count >= 0 and offset + count <= self.length:
            with self.path.open("rb") as file:
                file.seek(self.start + offset)
                data = file.read(count)
            if len(data) == count:
                return data
        raise ValueError("the file is cut off: it lacks bytes of an array")


def item_size(dtype: str) -> int:
    """Bytes of a number."""
    return np.dtype(DTYPES[dtype]).itemsize


def widened_in_parts(
    part: Callable[[int, int], bytes], dtype: str, shape: tuple[int, ...], big_endian: bool = False
) -> Array:
    """The numbers in C order, exactly, as float64, a megabyte of them at a time.

    Args:
        part: gives so many bytes from an offset on.
    """
    found = np.empty(shape)
    flat, item = found.reshape(-1), item_size(dtype)
    for first in range(0, flat.size, _AT_A_TIME):
        count = min(_AT_A_TIME, flat.size - first)
        data = part(first * item, count * item)
        flat[first : first + count] = widened(data, dtype, (count,), big_endian=big_endian)
    return found


def widened(
    data: bytes,
    dtype: str,
    shape: tuple[int, ...],
    stride: tuple[int, ...] | None = None,
    big_endian: bool = False,
) -> Array:
    """The numbers that the bytes hold, exactly, as float64.

    Args:
        stride: in numbers, from the first byte on; in C order where there is none.
    """
    raw = np.frombuffer(data, dtype=DTYPES[dtype].replace("<", ">" if big_endian else "<"))
    if stride is None:
        raw = raw[: math.prod(shape)].reshape(shape)
    elif math.prod(shape):
        steps = tuple(one * raw.itemsize for one in stride)
        raw = np.lib.stride_tricks.as_strided(raw, shape, steps, writeable=False)
    else:
        raw = raw[:0].reshape(shape)
    if dtype == "bfloat16":
        raw = (raw.astype(np.uint32) << 16).view(np.float32)
    # A signalling nan is not a number, and no more than that.
    with np.errstate(invalid="ignore"):
        return raw.astype(np.float64, order="C")


def in_c_order(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of an array whose last axis runs fastest, in numbers."""
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def extent(shape: tuple[int, ...], stride: tuple[int, ...]) -> int:
    """How many numbers lie from the first to the last, both counted."""
    if not math.prod(shape):
        return 0
    return 1 + sum((size - 1) * step for size, step in zip(shape, stride, strict=True))
