"""Giving up work that nobody waits for any more. Standard library only.

A compiled kernel cannot be interrupted; work between kernels asks here whether to go on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

Asked = Callable[[], bool]

_pools: WeakSet[ThreadPoolExecutor] = WeakSet()


class StoppedError(Exception):
    """The work was given up."""


class TooLongError(Exception):
    """The work took all that a piece of work may take in this process."""


def _never() -> bool:
    return False


class Allowance:
    """Seconds of processors for one piece of work, in however many threads it runs."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._spent = 0.0
        self._lock = threading.Lock()
        self._here = threading.local()

    def charge(self) -> None:
        """Count what this thread has taken since it was here last; the first time nothing.

        Raises:
            TooLongError: it is all spent.
        """
        now = time.thread_time()
        since, self._here.since = getattr(self._here, "since", now), now
        with self._lock:
            self._spent += now - since
            spent = self._spent
        if spent > self.seconds:
            raise TooLongError(
                f"given up: it takes more than {self.seconds:g} s of computing, all that one key "
                "may ask for here; lower width, depth, batch or members"
            )


class _Here(threading.local):
    """What the work of this thread asks, and what it may take."""

    asked: Asked = staticmethod(_never)
    allowance: Allowance | None = None


_here = _Here()


class _Process:
    """What each piece of work in this process may take; None for as long as it likes."""

    seconds: float | None = None


@contextmanager
def working_within(seconds: float) -> Iterator[None]:
    """Let each piece of work that begins meanwhile, in any thread, take so much at most."""
    before, _Process.seconds = _Process.seconds, seconds
    try:
        yield
    finally:
        _Process.seconds = before


@contextmanager
def piece_of_work() -> Iterator[None]:
    """Let the engine's work in this thread raise TooLongError once it took what a piece may."""
    if _Process.seconds is None:
        yield
        return
    before, _here.allowance = _here.allowance, Allowance(_Process.seconds)
    try:
        _here.allowance.charge()
        yield
    finally:
        _here.allowance = before


@contextmanager
def stoppable(asked: Asked) -> Iterator[None]:
    """Let the engine's work in this thread raise StoppedError once `asked()` is true."""
    before, _here.asked = _here.asked, asked
    try:
        yield
    finally:
        _here.asked = before


def stop_asked() -> Asked:
    """What this thread's work asks, to hand on to threads that work for it."""
    asked, allowance = _here.asked, _here.allowance
    if allowance is None:
        return asked

    def charged() -> bool:
        allowance.charge()
        return asked()

    return charged


def check_stop() -> None:
    """Raise StoppedError where this thread's work is to be given up; TooLongError as `charge`."""
    if _here.allowance is not None:
        _here.allowance.charge()
    if _here.asked():
        raise StoppedError


class _Pool(ThreadPoolExecutor):
    """One that stops who wants something of it once it was dismissed: the process ends."""

    _dismissed = False

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        try:
            return super().submit(call, *args, **kwargs)
        except RuntimeError:
            # Else no thread could be started, of which somebody has to hear.
            if not self._dismissed:
                raise
            raise StoppedError from None

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._dismissed = True
        super().shutdown(wait, cancel_futures=cancel_futures)


def thread_pool(count: int, name: str) -> ThreadPoolExecutor:
    """A pool of threads of this name, which `dismiss_pools` finds.

    Once it was dismissed, what is submitted raises StoppedError.
    """
    pool = _Pool(count, thread_name_prefix=name)
    _pools.add(pool)
    return pool


def dismiss_pools() -> None:
    """Let the threads of all pools end once they have nothing under way, and wait for none.

    For the end of a process: an interpreter waits for these threads, however long that is.
    """
    for pool in [*_pools]:
        pool.shutdown(wait=False, cancel_futures=True)
