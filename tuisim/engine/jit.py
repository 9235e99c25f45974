"""The one door to numba: compiler flags, where kernels are cached, and warming up.

May import numba, numpy, platformdirs and the standard library.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
import platformdirs
from numba.core.caching import FunctionCache

Function = TypeVar("Function", bound=Callable[..., Any])

#: Called with (done, total, what is next); total is fixed from the first call on.
Progress = Callable[[int, int, str], None]

_FLAGS = {"nogil": True, "error_model": "numpy"}
_dispatchers: list[Any] = []


def _digest() -> str:
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
    return root / _digest()


def _writable(directory: Path) -> bool:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            return True
    except OSError:
        return False


def _warn_once(reason: str) -> None:
    global _warned
    if not _warned:
        _warned = True
        warnings.warn(
            f"kernels are compiled in memory at every start: {reason}", RuntimeWarning, stacklevel=2
        )


_warned = False
_directory = cache_directory()
#: Whether kernels outlive the process.
caching = _writable(_directory)
if caching:
    numba.config.CACHE_DIR = str(_directory)
else:
    _warn_once(f"{_directory} cannot be written")


class _ForgivingCache(FunctionCache):  # type: ignore[misc]
    """numba's cache, except that a full disk or a damaged file costs time and nothing else."""

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _warn_once(f"{_directory}: {error.strerror}")

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:
            # A truncated or foreign file unpickles into any error; compiling again mends it.
            return None


def part(function: Function) -> Function:
    """Compile a free function that kernels contain: it lies in their files and their code.

    A call would hand over seven or more numbers an array, which takes longer than a short row.
    """
    return numba.njit(forceinline=True, **_FLAGS)(function)  # type: ignore[no-any-return]


def aside(function: Function) -> Function:
    """Compile a free function that kernels call now and then; it lies in their files."""
    return numba.njit(**_FLAGS)(function)  # type: ignore[no-any-return]


def kernel(function: Function) -> Function:
    """Compile a free function that Python calls, over float64 arrays, cached on disk."""
    dispatcher = numba.njit(**_FLAGS)(function)
    if caching:
        dispatcher._cache = _ForgivingCache(dispatcher.py_func)
    _dispatchers.append(dispatcher)
    return dispatcher  # type: ignore[no-any-return]


def cache_statistics() -> tuple[int, int]:
    """How many compiled signatures this process loaded from disk, and how many it compiled."""
    hits = misses = 0
    for dispatcher in _dispatchers:
        hits += sum(dispatcher.stats.cache_hits.values())
        misses += sum(dispatcher.stats.cache_misses.values())
    return hits, misses


def warm_up(progress: Progress | None = None) -> None:
    """Compile or load every kernel, a piece at a time.

    Args:
        progress: called before each piece and once at the end with done == total.
    """
    from tuisim.engine import warming

    pieces = warming.pieces()
    for done, (name, work) in enumerate(pieces):
        if progress:
            progress(done, len(pieces), name)
        work()
    if progress:
        progress(len(pieces), len(pieces), "ready")
