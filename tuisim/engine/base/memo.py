"""Memo: the newest results of a costly draw, bounded by bytes."""

from __future__ import annotations

import functools
import threading
import time
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
#: Over so much, what nobody asked for in so many seconds goes too: hours of small nets, each drawn
#: once, would come to the limit as well.
USUAL_BYTES, IDLE_SECONDS = 16 << 20, 20.0


def is_surplus(size: int, since: float) -> bool:
    """Whether of so many bytes in all those go that were used last at this time of `monotonic`."""
    idle = size > USUAL_BYTES and time.monotonic() - since > IDLE_SECONDS
    return idle or size > LIMIT_BYTES


class _Shelf:
    """The newest arrays, by key, and when they were asked for last; threads take turns."""

    def __init__(self) -> None:
        self._arrays: OrderedDict[Hashable, tuple[Array, float]] = OrderedDict()
        self._lock = threading.Lock()
        self._bytes = 0

    def find(self, key: Hashable) -> Array | None:
        with self._lock:
            found = self._arrays.get(key)
            if found is not None:
                self._note(key, found[0])
            return found and found[0]

    def put(self, key: Hashable, array: Array) -> None:
        with self._lock:
            before = self._arrays.get(key)
            self._bytes += array.nbytes - (before[0].nbytes if before is not None else 0)
            self._note(key, array)
        self.tidy()

    def tidy(self) -> None:
        """Let go of what there is too much of, but for the newest."""
        with self._lock:
            while len(self._arrays) > 1:
                oldest, (array, since) = next(iter(self._arrays.items()))
                if not is_surplus(self._bytes, since):
                    return
                del self._arrays[oldest]
                self._bytes -= array.nbytes

    def _note(self, key: Hashable, array: Array) -> None:
        self._arrays[key] = array, time.monotonic()
        self._arrays.move_to_end(key)


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


def tidy() -> None:
    """Let go of draws that nobody asks for any more, where there are many."""
    _shelf.tidy()
