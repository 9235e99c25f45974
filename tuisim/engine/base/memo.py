"""Memo: the newest results of a costly draw, bounded by bytes."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import ParamSpec

import numpy as np

from tuisim.engine.base.blas import one_blas_thread

Parameters = ParamSpec("Parameters")
Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

#: Of all draws together: enough for every member of what a person plays with; a 2048² matrix is
#: 34 MB.
LIMIT_BYTES = 256 << 20


class _Shelf:
    """The newest arrays, by key; threads take turns."""

    def __init__(self) -> None:
        self._arrays: OrderedDict[Hashable, Array] = OrderedDict()
        self._lock = threading.Lock()
        self._bytes = 0

    def find(self, key: Hashable) -> Array | None:
        with self._lock:
            if key in self._arrays:
                self._arrays.move_to_end(key)
            return self._arrays.get(key)

    def put(self, key: Hashable, array: Array) -> None:
        with self._lock:
            before = self._arrays.get(key)
            self._arrays[key] = array
            self._bytes += array.nbytes - (before.nbytes if before is not None else 0)
            while self._bytes > LIMIT_BYTES and len(self._arrays) > 1:
                self._bytes -= self._arrays.popitem(last=False)[1].nbytes


_shelf = _Shelf()


def memo(draw: Callable[Parameters, Array]) -> Callable[Parameters, Array]:
    """Keep the newest arrays that `draw` and all others return, read-only, up to LIMIT_BYTES."""

    @functools.wraps(draw)
    def remembered(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Array:
        key = (draw, args, tuple(sorted(kwargs.items())))
        array = _shelf.find(key)
        if array is None:
            # What is kept here is given to whoever asks next, whatever threads that one has.
            with one_blas_thread():
                array = draw(*args, **kwargs)
            array.flags.writeable = False
            _shelf.put(key, array)
        return array

    return remembered
