"""tuisim warmup: compile all kernels ahead."""

from __future__ import annotations

import time
import warnings

import click

from tuisim.terminal.terminal import emit


@click.command()
def warmup() -> None:
    """Compile all kernels now, so that no later start waits for it.

    It fails where they cannot be kept: the cache cannot be written, or its disk is full.
    """
    start = time.monotonic()
    with warnings.catch_warnings():
        # What these would say is said below, once.
        warnings.simplefilter("ignore", RuntimeWarning)
        from tuisim.engine import warming
        from tuisim.engine.kernels.compiler import door

        kept, all = warming.kept()
        reason = door.obstacle if kept < all else None
        if reason is None:
            warming.warm_up()
            reason = door.unkept
    if reason is not None:
        raise click.ClickException(
            f"kernels cannot be kept: {reason}; make room there, or set NUMBA_CACHE_DIR to "
            "another directory"
        )
    hits, misses = door.cache_statistics()
    seconds = time.monotonic() - start
    where = door.cache_directory()
    found = f"{misses} compiled, {hits} found in the cache: {all} kernels, in {seconds:.1f} s"
    emit(f"{found}: {where}\n")
