"""tuisim warmup: compile all kernels ahead. Imports click; numba when it is called."""

from __future__ import annotations

import sys
import time

import click

from tuisim.terminal import emit, is_terminal


@click.command()
def warmup() -> None:
    """Compile all kernels now, so that no later start waits for it."""
    live = is_terminal(sys.stdout)
    start = time.monotonic()

    def progress(done: int, total: int, name: str) -> None:
        if live:
            emit(f"\r\x1b[K{done}/{total} {name}" if done < total else "\r\x1b[K")
        elif done < total:
            emit(f"{done + 1}/{total} {name}\n")

    from tuisim.engine import jit

    jit.warm_up(progress)
    hits, misses = jit.cache_statistics()
    seconds = time.monotonic() - start
    where = jit.cache_directory()
    emit(f"{misses} compiled, {hits} found in the cache, in {seconds:.1f} s: {where}\n")
