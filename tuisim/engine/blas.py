"""One thread for linear algebra, so that no digit depends on how many there are.

Imports threadpoolctl and numpy. A matrix product that is shared out among threads adds in another
order; from about 256 units on the last digits of a QR or of eigenvalues tell one thread from two.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_holders = 0
_limits: list[object] = []


@cache
def _controller() -> ThreadpoolController:
    # Looking for the libraries takes milliseconds, and finds those that are loaded by then.
    import numpy  # noqa: F401

    return ThreadpoolController()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold the process's BLAS to one thread; calls may nest, and overlap in threads.

    The limit is the process's: the first to come sets it, and the last to go lifts it.
    """
    global _holders
    with _lock:
        if _holders == 0:
            _limits.append(_controller().limit(limits=1, user_api="blas"))
        _holders += 1
    try:
        yield
    finally:
        with _lock:
            _holders -= 1
            if _holders == 0:
                limit = _limits.pop()
                limit.restore_original_limits()  # type: ignore[attr-defined]
