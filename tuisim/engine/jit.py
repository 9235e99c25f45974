"""The one door to numba: compiler flags, where kernels are cached, and warming up.

May import numba, numpy, platformdirs and the standard library.
"""

from __future__ import annotations

import functools
import glob
import hashlib
import os
import pickle
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
import platformdirs
from numba.core import event, serialize
from numba.core.caching import CompileResultCacheImpl, FunctionCache

Function = TypeVar("Function", bound=Callable[..., Any])

#: Called with (done, total, what is next); total is fixed from the first call on.
Progress = Callable[[int, int, str], None]

_FLAGS = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
_dispatchers: list[Any] = []
_parts: list[Any] = []


@functools.cache
def engine_digest() -> str:
    """Of all that a compiled kernel depends on.

    numba looks at the file of the cached function only: an edit in another file, whose
    functions it inlined, would leave a stale kernel behind.
    """
    engine = Path(__file__).parent
    digest = hashlib.sha256()
    for version in (sys.version, numba.__version__, np.__version__):
        digest.update(version.encode())
    for path in sorted(engine.rglob("*.py")):
        digest.update(path.relative_to(engine).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_directory() -> Path:
    """Where compiled kernels lie: NUMBA_CACHE_DIR if set, else the user's cache directory."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    root = Path(chosen) if chosen else platformdirs.user_cache_path("tuisim") / "kernels"
    return root / engine_digest()


def _writable(directory: Path) -> bool:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            return True
    except OSError:
        return False


def _warn_once(reason: str) -> None:
    global unkept
    if unkept is None:
        unkept = reason
        warnings.warn(
            f"kernels are compiled in memory at every start: {reason}", RuntimeWarning, stacklevel=2
        )


#: Why kernels do not outlive the process, None while they do.
unkept: str | None = None
_directory = cache_directory()
#: Whether kernels outlive the process.
caching = _writable(_directory)
if caching:
    numba.config.CACHE_DIR = str(_directory)
else:
    _warn_once(f"{_directory} cannot be written")


class _Sealed(CompileResultCacheImpl):  # type: ignore[misc]
    """Compiled code under a checksum: damaged code would be run, and not only misread."""

    def reduce(self, cres: Any) -> tuple[bytes, bytes]:
        content = serialize.dumps(super().reduce(cres))
        return hashlib.sha256(content).digest(), content

    def rebuild(self, target_context: Any, payload: tuple[bytes, bytes]) -> Any:
        digest, content = payload
        if hashlib.sha256(content).digest() != digest:
            raise ValueError("damaged")
        return super().rebuild(target_context, pickle.loads(content))


class _ForgivingCache(FunctionCache):  # type: ignore[misc]
    """numba's cache, except that a full disk or a damaged file costs time and nothing else."""

    _impl_class = _Sealed

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _warn_once(f"{_directory}: {error.strerror}")

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:
            # A damaged or foreign file unpickles into any error; compiling again mends it.
            self._forget()
            return None

    def _forget(self) -> None:
        # An index that cannot be read cannot be added to either.
        try:
            self.flush()
        except OSError as error:
            _warn_once(f"{_directory}: {error.strerror}")


def part(function: Function) -> Function:
    """Compile a free function that kernels contain: it lies in their files and their code.

    A call would hand over seven or more numbers an array, which takes longer than a short row.
    """
    return _part(function, forceinline=True)


def aside(function: Function) -> Function:
    """Compile a free function that kernels call now and then; it lies in their files."""
    return _part(function)


def _part(function: Function, **flags: bool) -> Function:
    # Unpacking Python's arguments would be a third of all that there is to compile.
    dispatcher = numba.njit(no_cpython_wrapper=True, **flags, **_FLAGS)(function)
    # So Python must not enter that code: tests that call a part get one that takes arguments.
    dispatcher._insert = lambda *args, **kwargs: None
    dispatcher._compile_for_args = numba.njit(**_FLAGS)(function)._compile_for_args
    _parts.append(dispatcher)
    return dispatcher  # type: ignore[no-any-return]


def kernel(function: Function) -> Function:
    """Compile a free function that Python calls, over float64 arrays, cached on disk."""
    dispatcher = numba.njit(**_FLAGS)(function)
    if caching:
        try:
            dispatcher._cache = _ForgivingCache(dispatcher.py_func)
        except (OSError, RuntimeError) as error:
            _warn_once(f"{_directory}: {error}")
    _dispatchers.append(dispatcher)
    return dispatcher  # type: ignore[no-any-return]


def cache_statistics() -> tuple[int, int]:
    """How many compiled signatures this process loaded from disk, and how many it compiled."""
    hits = misses = 0
    for dispatcher in _dispatchers:
        hits += sum(dispatcher.stats.cache_hits.values())
        misses += sum(dispatcher.stats.cache_misses.values())
    return hits, misses


def kept() -> tuple[int, int]:
    """How many kernels lie compiled in the cache, and how many there are."""
    # It imports every kernel.
    from tuisim.engine import warming  # noqa: F401

    # A disk may fill up between a kernel's index and its code.
    indices = cache_directory().rglob("*.nbi")
    whole = [one for one in indices if any(one.parent.glob(f"{glob.escape(one.stem)}.*.nbc"))]
    return len(whole), len(_dispatchers)


def warm_up(progress: Progress | None = None) -> None:
    """Compile or load every kernel; what the first curves need comes first.

    Args:
        progress: called before each function is compiled and once at the end with done == total.
    """
    from tuisim.engine import warming

    counting = _Counting(progress or (lambda done, total, name: None))
    with event.install_listener("numba:compile", counting):
        for name, work in warming.pieces():
            counting.say(name)
            work()
    counting.finish()


class _Counting(event.Listener):  # type: ignore[misc]
    """Tells of every function of ours that numba begins to compile."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._ours = {id(one) for one in (*_parts, *_dispatchers)}
        self._total = len(self._ours)
        self._compiled: set[int] = set()

    def say(self, name: str) -> None:
        self._progress(len(self._compiled), self._total, name)

    def finish(self) -> None:
        self._progress(self._total, self._total, "ready")

    def on_start(self, event: Any) -> None:
        dispatcher = event.data["dispatcher"]
        if id(dispatcher) in self._ours:
            self.say(dispatcher.py_func.__name__.strip("_").replace("_", " "))

    def on_end(self, event: Any) -> None:
        one = id(event.data["dispatcher"])
        if one in self._ours:
            self._compiled.add(one)
