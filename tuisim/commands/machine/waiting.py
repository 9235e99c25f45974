"""Says on stderr what a command is at where that takes long. Imports nothing slow to import."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator

from tuisim.commands.machine.kernels import InPlace
from tuisim.engine.base.compiling import telling
from tuisim.terminal.terminal import is_dumb, is_terminal

#: What is over sooner needs no word.
_PATIENCE_SECONDS = 0.5


@contextlib.contextmanager
def elapsed_said(what: str) -> Iterator[None]:
    """Say how long the block has gone on, in a line of the terminal that is gone with its end.

    While kernels compile the line is theirs.
    """
    if not is_terminal(sys.stderr) or is_dumb(os.environ):
        yield
        return
    line, lock, compiling = InPlace(), threading.Lock(), threading.Event()
    over, began = threading.Event(), time.monotonic()

    def told(done: int, name: str) -> None:
        with lock:
            (compiling.set if name else compiling.clear)()
            line.compiling(done, name)

    def tell() -> None:
        while not over.wait(_PATIENCE_SECONDS):
            with lock:
                if not compiling.is_set():
                    line.show(f"{what}: {time.monotonic() - began:.0f} s")

    teller = threading.Thread(target=tell, name="tuisim-elapsed", daemon=True)
    teller.start()
    try:
        with telling(told):
            yield
    finally:
        over.set()
        teller.join()
        line.show("")
