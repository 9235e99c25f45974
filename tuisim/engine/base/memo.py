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

#: Enough for every member of what a person plays with; a 2048² matrix is 34 MB.
LIMIT_BYTES = 256 << 20


def memo(draw: Callable[Parameters, Array]) -> Callable[Parameters, Array]:
    """Keep the newest arrays that `draw` returned, read-only, up to LIMIT_BYTES together."""
    kept: OrderedDict[Hashable, Array] = OrderedDict()
    lock = threading.Lock()
    size = 0

    @functools.wraps(draw)
    def remembered(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Array:
        nonlocal size
        key = (args, tuple(sorted(kwargs.items())))
        with lock:
            if key in kept:
                kept.move_to_end(key)
                return kept[key]
        # What is kept here is given to whoever asks next, whatever threads that one has.
        with one_blas_thread():
            array = draw(*args, **kwargs)
        array.flags.writeable = False
        with lock:
            if key not in kept:
                size += array.nbytes
            kept[key] = array
            while size > LIMIT_BYTES and len(kept) > 1:
                size -= kept.popitem(last=False)[1].nbytes
        return array

    return remembered
