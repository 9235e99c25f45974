"""One thread for linear algebra, so that no digit depends on how many there are.

A matrix product that is shared out among threads adds in another order; from about 256 units on the
last digits of a QR or of eigenvalues tell one thread from two.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController, threadpool_info

from tuisim.engine.base.stopping import thread_pool


@cache
def _controller() -> ThreadpoolController:
    # Looking for the libraries takes milliseconds, and finds those that are loaded by then.
    import numpy  # noqa: F401

    return ThreadpoolController()


def libraries() -> str:
    """The linear algebra that is there, like "OpenBLAS 0.3.31 for Haswell"."""
    _controller()
    found = [one for one in threadpool_info() if one["user_api"] == "blas"]
    # SciPy, where something has loaded it, brings another one along.
    found = [one for one in found if "numpy" in str(one.get("filepath"))] or found
    return ", ".join(dict.fromkeys(map(_named, found))) or "no library that is known"


def _named(library: dict[str, Any]) -> str:
    # MKL tells no version of its processors, and some tell nothing at all.
    parts = [str(library.get("internal_api")), str(library.get("version") or "")]
    kind = library.get("architecture")
    return " ".join(part for part in (*parts, f"for {kind}" if kind else "") if part)


class _Hold:
    """The process's limit: set by the first to come, lifted by the last to go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._limit: Any = None
        # Of a library with one pool for the process, threadpoolctl lets one thread alone change
        # the limit, and ignores the others. The first to come need not be the last to go.
        self._setter = thread_pool(1, "tuisim-blas")

    def take(self) -> None:
        with self._lock:
            if self._holders == 0:
                self._setter.submit(self._set).result()
            self._holders += 1

    def give_back(self) -> None:
        with self._lock:
            self._holders -= 1
            if self._holders == 0:
                self._setter.submit(self._lift).result()

    def _set(self) -> None:
        self._limit = _controller().limit(limits=1, user_api="blas")
        self._limit.__enter__()

    def _lift(self) -> None:
        self._limit.__exit__(None, None, None)


_hold = _Hold()
#: Has `depth` in a thread that is within a call or more.
_within = threading.local()


def _begin_anew() -> None:
    # A forked process has none of the threads.
    global _hold, _within
    _hold, _within = _Hold(), threading.local()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold the process's BLAS to one thread; calls may nest, and overlap in threads."""
    hold, within = _hold, _within
    hold.take()
    depth = within.depth = getattr(within, "depth", 0) + 1
    try:
        # A library with a pool for each thread has a limit for each, too. To set it takes longer
        # than to draw a small matrix, of which there may be thousands.
        with nullcontext() if depth > 1 else _controller().limit(limits=1, user_api="blas"):
            yield
    finally:
        within.depth -= 1
        hold.give_back()
