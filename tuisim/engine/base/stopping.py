"""Giving up work that nobody waits for any more. Standard library only.

A compiled kernel cannot be interrupted; work between kernels asks here whether to go on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from weakref import WeakSet

Asked = Callable[[], bool]

_pools: WeakSet[ThreadPoolExecutor] = WeakSet()


class StoppedError(Exception):
    """The work was given up."""


def _never() -> bool:
    return False


class _Here(threading.local):
    """What the work of this thread asks."""

    asked: Asked = staticmethod(_never)


_here = _Here()


@contextmanager
def stoppable(asked: Asked) -> Iterator[None]:
    """Let the engine's work in this thread raise StoppedError once `asked()` is true."""
    before = stop_asked()
    _here.asked = asked
    try:
        yield
    finally:
        _here.asked = before


def stop_asked() -> Asked:
    """What this thread's work asks, to hand on to threads that work for it."""
    return _here.asked


def check_stop() -> None:
    """Raise StoppedError where this thread's work is to be given up."""
    if _here.asked():
        raise StoppedError


def thread_pool(count: int, name: str) -> ThreadPoolExecutor:
    """A pool of threads of this name, which `dismiss_pools` finds."""
    pool = ThreadPoolExecutor(count, thread_name_prefix=name)
    _pools.add(pool)
    return pool


def dismiss_pools() -> None:
    """Let the threads of all pools end once they have nothing under way, and wait for none.

    For the end of a process: an interpreter waits for these threads, however long that is.
    """
    for pool in [*_pools]:
        pool.shutdown(wait=False, cancel_futures=True)
