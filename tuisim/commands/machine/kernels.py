"""Says on stderr that kernels compile. Imports nothing that is slow to import."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator

from tuisim.engine.base.compiling import telling
from tuisim.terminal.terminal import is_dumb, is_terminal, warn, writable


@contextlib.contextmanager
def compiling_said() -> Iterator[None]:
    """Say so while the block compiles: in place on a terminal, once in a line elsewhere."""
    in_place = is_terminal(sys.stderr) and not is_dumb(os.environ)
    said = InPlace().compiling if in_place else _Once()
    with telling(said):
        try:
            yield
        finally:
            said(0, "")


class _Once:
    """One line before the first kernel that is compiled."""

    def __init__(self) -> None:
        self._silent = False

    def __call__(self, done: int, name: str) -> None:
        if name and not self._silent:
            self._silent = True
            warn(_said())


class InPlace:
    """How far something is, in a line that is gone when there is nothing to say any more."""

    def __init__(self) -> None:
        self._shown = False

    def compiling(self, done: int, name: str) -> None:
        """Say which kernel compiles; none, where the name is empty."""
        self.show(f"{_said()}: {done + 1} of up to {_count()}, {name}" if name else "")

    def show(self, line: str) -> None:
        """Put this in the place of what was said before."""
        if not line and not self._shown:
            return
        self._shown = bool(line)
        room = shutil.get_terminal_size().columns - 1
        with contextlib.suppress(OSError):
            print(f"\r\x1b[K{writable(line[:room], sys.stderr)}", end="", file=sys.stderr)
            sys.stderr.flush()


def _count() -> int:
    # Of all kernels, as `tuisim doctor` counts them, whichever of them the command needs.
    from tuisim.engine import warming

    return warming.count()


def _said() -> str:
    # There by now: whoever tells of a kernel has loaded it.
    from tuisim.engine.kernels.compiler import door

    return "compiling kernels" if door.unkept else "compiling kernels (once on a machine)"
