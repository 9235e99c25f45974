"""Who is told that kernels compile, whether they can, and what they depend on. Standard library.

The command line listens, and asks, before it knows whether numba is to be loaded.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

#: Called with (kernels that are there, what is next; empty where nothing is being compiled).
Told = Callable[[int, str], None]

_listening: list[Told] = []

#: Why nothing runs where numba was told not to compile: lanes are instructions that Python lacks.
UNCOMPILED = "NUMBA_DISABLE_JIT is set, and tuisim's kernels run compiled only: unset it"


def check_compiler(environ: Mapping[str, str] = os.environ) -> None:
    """Check that numba was not told to leave kernels uncompiled.

    Raises:
        ImportError: it was, as the engine says too.
    """
    try:
        told = int(environ.get("NUMBA_DISABLE_JIT", "0"))
    except ValueError:
        # numba leaves what is no number out of account.
        told = 0
    if told:
        raise ImportError(UNCOMPILED)


@functools.cache
def engine_digest() -> str:
    """Of all that a compiled kernel depends on.

    numba looks at the file of the cached function only: an edit in another file, whose
    functions it inlined, would leave a stale kernel behind.
    """
    # What this takes to import nobody who only listens should wait for.
    import hashlib
    from importlib.metadata import version
    from pathlib import Path

    engine = Path(__file__).parents[1]
    digest = hashlib.sha256()
    # As numba's own names of files: what one Python compiled its later patches run.
    python = f"{sys.implementation.cache_tag}{sys.abiflags}"
    for one in (python, version("numba"), version("numpy")):
        digest.update(one.encode())
    for path in sorted(engine.rglob("*.py")):
        digest.update(path.relative_to(engine).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def telling(told: Told) -> Iterator[None]:
    """Tell this one, and none of those that listened before, while a kernel compiles."""
    _listening.append(told)
    try:
        yield
    finally:
        _listening.remove(told)


def tell(done: int, name: str) -> None:
    """Tell the newest of those that listen."""
    if _listening:
        _listening[-1](done, name)
