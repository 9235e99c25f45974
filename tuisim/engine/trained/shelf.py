"""Shelf: what was read from files, by a file's digest, so that it outlives a change of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")

#: Bytes of what is kept of files that can be read again.
LIMIT_BYTES = 1 << 30


class Shelf(Generic[Kept]):
    """The newest of what was read; threads take turns."""

    def __init__(self, size: Callable[[Kept], int]) -> None:
        """An empty one.

        Args:
            size: how many bytes one takes; 0 for one that is nowhere else and stays.
        """
        self._found: OrderedDict[tuple[str, str], Kept] = OrderedDict()
        self._size = size
        self._lock = threading.Lock()

    def put(self, digest: str, name: str, one: Kept) -> None:
        """Keep it; what was not asked for the longest goes where there is no more room."""
        with self._lock:
            self._found[digest, name] = one
            self._found.move_to_end((digest, name))
            sizes = {key: self._size(kept) for key, kept in self._found.items()}
            total = sum(sizes.values())
            for key in [key for key, size in sizes.items() if size][:-1]:
                if total <= LIMIT_BYTES:
                    break
                total -= sizes[key]
                del self._found[key]

    def find(self, digest: str, name: str) -> Kept | None:
        """What was kept, or None."""
        with self._lock:
            if (digest, name) in self._found:
                self._found.move_to_end((digest, name))
            return self._found.get((digest, name))
