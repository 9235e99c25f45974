"""tuisim warmup: compile all kernels ahead. Imports click; numba when it is called."""

from __future__ import annotations

import sys
import time
import warnings

import click

from tuisim.terminal import emit, is_terminal


@click.command()
def warmup() -> None:
    """Compile all kernels now, so that no later start waits for it.

    It fails where they cannot be kept: the cache cannot be written, or its disk is full.
    """
    live = is_terminal(sys.stdout)
    start = time.monotonic()

    def progress(done: int, total: int, name: str) -> None:
        if live:
            emit(f"\r\x1b[K{done}/{total} {name}" if done < total else "\r\x1b[K")
        elif done < total:
            emit(f"{done + 1}/{total} {name}\n")

    with warnings.catch_warnings():
        # What these would say is said below, once.
        warnings.simplefilter("ignore", RuntimeWarning)
        from tuisim.engine import jit

        if jit.unkept is None:
            jit.warm_up(progress)
    if jit.unkept is not None:
        raise click.ClickException(
            f"kernels cannot be kept: {jit.unkept}; make room there, or set NUMBA_CACHE_DIR to "
            "another directory"
        )
    hits, misses = jit.cache_statistics()
    seconds = time.monotonic() - start
    where = jit.cache_directory()
    emit(f"{misses} compiled, {hits} found in the cache, in {seconds:.1f} s: {where}\n")
