"""Memory for arrays: aligned to cache lines, and lent again.

The system clears every page that it hands out, at the first touch of it. For the arrays of a
run that takes about as long as the kernels that fill them, so blocks that earlier runs have
given back are used again.
"""

from __future__ import annotations

import math
import time
import weakref
from collections.abc import Callable

import numpy as np

from tuisim.engine.base.memo import Array, is_surplus

_LINE = 64
#: From about this size on malloc asks the system for fresh pages.
_WORTH_LENDING = 128 << 10

# By id, with the time at which each came back, the oldest first: taking an entry out of a dict is
# atomic, and asks nothing of an array's ==.
_spare: dict[int, tuple[Array, float]] = {}
# A weak reference has to outlive what it refers to, or nothing is called back.
_loans: dict[int, object] = {}


def empty(*shape: int) -> Array:
    """As np.empty, float64; large arrays begin on a cache line."""
    return empty_of(math.prod(shape))(shape)


def empty_of(count: int) -> Callable[[tuple[int, ...]], Array]:
    """`empty`, as a function of shapes of so many numbers: for several arrays of a short run."""
    return np.empty if 8 * count < _WORTH_LENDING else _lent_as


def _lent_as(shape: tuple[int, ...]) -> Array:
    return _lent(math.prod(shape)).reshape(shape)


def aligned_empty(*shape: int) -> Array:
    """As np.empty, float64, beginning on a cache line."""
    return _on_a_line(math.prod(shape)).reshape(shape)


def _on_a_line(count: int) -> Array:
    array = np.empty(count + _LINE // 8)
    start = (-array.ctypes.data % _LINE) // 8
    return array[start : start + count]


def _lent(count: int) -> Array:
    """`count` numbers, whose memory comes back once no array looks at it any more."""
    raw = _taken(count)
    # A view of a NumPy array refers to the array that owns the memory, and that one is kept
    # here. An array over a memoryview ends this chain: it lives as long as any view of it.
    array: Array = np.frombuffer(raw.data, np.float64, count)

    def give_back(loan: object) -> None:
        _loans.pop(id(loan), None)
        _spare[id(raw)] = raw, time.monotonic()
        tidy()

    loan = weakref.ref(array, give_back)
    _loans[id(loan)] = loan
    return array


def _taken(count: int) -> Array:
    for key, (raw, _) in list(_spare.items()):
        if count <= raw.size <= 2 * count and _spare.pop(key, None) is not None:
            return raw
    # A little more than asked for, so that the next depth or width still fits.
    return _on_a_line(count + count // 8)


def tidy() -> None:
    """Give back to the system what came back and is not asked for, where that is much."""
    # Another thread may be at it too.
    for key, (_, since) in list(_spare.items()):
        if not is_surplus(sum(one.nbytes for one, _ in list(_spare.values())), since):
            return
        _spare.pop(key, None)
