"""What is resident of a process and need not be. Standard library only."""

from __future__ import annotations

import contextlib
import ctypes
from pathlib import Path

_MAPS = Path("/proc/self/maps")
#: Of Linux's madvise.
_DONT_NEED = 4
#: Of glibc's mallopt.
_ARENA_MAX = -8


def let_go_of_code(library: str) -> None:
    """Take the code of a shared library out of what is resident.

    Where it is called once more, it is read again from the file, or from what the system has of
    that in memory. Elsewhere than on Linux nothing happens.

    Args:
        library: in the name of its file.
    """
    with contextlib.suppress(OSError, AttributeError):
        advise = ctypes.CDLL(None).madvise
        for line in _MAPS.read_text().splitlines():
            span, mode, *_ = line.split(maxsplit=5)
            # Of code nothing is written, so that the file has all of it.
            if library in line.rpartition("/")[2] and mode == "r-xp":
                first, last = (int(one, 16) for one in span.split("-"))
                advise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), _DONT_NEED)


def share_one_arena() -> None:
    """Have all threads take memory from where the first one does; for threads to come.

    Each else has a place of its own, of which half lies idle in a session of hours. Elsewhere than
    with glibc nothing happens.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
