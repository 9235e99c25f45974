"""Kernels compiled in a process of its own, at low priority, while a program goes on without them.

May import warming, kernels and base: the first two inside functions, since whoever shows something
first wants this at once.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from tuisim.engine.base.stopping import check_stop

if TYPE_CHECKING:
    from tuisim.engine.kernels.jit import Kernel

#: Called with (done, total, what is next, how many were compiled so far).
Told = Callable[[int, int, str, int], None]

#: What a request may cost plainly, in seconds, while kernels are not there.
_MOMENT = 0.5
#: How often it is looked whether somebody still waits, or what is waited for is there.
_LOOK = 0.05
#: Of nobody's keys: a busy processor is another's first.
_NICENESS = 10

# Not by -m, which would look into the working directory first; and with this process's own path.
_CODE = """
import sys
sys.path[:] = sys.argv[1:]
from tuisim.engine.elsewhere import serve
serve()
"""


class Preparation:
    """All kernels, made ready for a program that waits for none of them.

    One thread prepares; any other may ask, begin and wait.
    """

    def __init__(self) -> None:
        self._wanted, self._over = threading.Event(), threading.Event()

    def attend(self) -> None:
        """Let the work that this thread begins go on plainly for a moment, or wait."""
        from tuisim.engine.kernels import jit

        jit.have_patience(_MOMENT)
        jit.wait_by(None if self._over.is_set() else self._wait)

    def begin(self) -> None:
        """Let `prepare` go on: what was to be shown first is there."""
        self._wanted.set()

    def prepare(self, told: Told) -> None:
        """Once it is begun, compile in another process what can be kept; then load all kernels.

        Raises:
            StoppedError: the caller made its work stoppable, and asked for that.
        """
        self._wanted.wait()
        check_stop()
        from tuisim.engine import warming
        from tuisim.engine.kernels.compiler import door

        def loaded(done: int, total: int, name: str) -> None:
            if self._over.is_set():
                told(done, total, name, door.cache_statistics()[1])

        here = warming.warmed(loaded)
        try:
            self._compile_elsewhere(told, here)
        finally:
            self._over.set()
        for _ in here:
            pass

    def _compile_elsewhere(self, told: Told, here: Iterator[int]) -> None:
        """Have all compiled, and do here too, which only loads it, each piece that is there."""
        from tuisim.engine import warming
        from tuisim.engine.kernels.compiler import door

        if warming.count() == warming.ready() or door.obstacle is not None:
            return
        kept, all = warming.kept()
        if kept == all or not sys.executable:
            return
        with _process() as lines:
            for said in map(json.loads, lines):
                if isinstance(said, int):
                    next(here)
                else:
                    told(*said)

    def _wait(self, kernel: Kernel) -> None:
        """Wait until a kernel can be loaded, or nobody else compiles it any more."""
        self.begin()
        while not (self._over.is_set() or kernel.loaded or kernel.kept):
            check_stop()
            self._over.wait(_LOOK)


@contextmanager
def _process() -> Iterator[Iterator[bytes]]:
    """The lines that another process writes while it compiles; it ends with the block."""
    flags = ["-I", *(["-B"] if sys.dont_write_bytecode else [])]
    with subprocess.Popen(
        [sys.executable, *flags, "-c", _CODE, *sys.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Keys that interrupt are not for it. In a session of its own it would be as good as any
        # other for Linux, which shares processors among sessions first (sched_autogroup).
        process_group=0,
    ) as process:
        assert process.stdout is not None
        try:
            yield _lines(process.stdout)
        finally:
            process.kill()


def _lines(pipe: IO[bytes]) -> Iterator[bytes]:
    rest, data = b"", b"more"
    while data:
        while not select.select([pipe], [], [], _LOOK)[0]:
            check_stop()
        data = os.read(pipe.fileno(), 1 << 16)
        *whole, rest = (rest + data).split(b"\n")
        yield from whole


def serve() -> None:
    """Compile all kernels; to be called in a process of its own.

    Writes how far it is, and after each of the pieces their number.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    from tuisim.engine import warming
    from tuisim.engine.kernels.compiler import door

    def told(done: int, total: int, name: str) -> None:
        # When all are there, whoever asked for it has yet to load them.
        if done < total:
            print(json.dumps((done, total, name, door.cache_statistics()[1])), flush=True)

    for pieces in warming.warmed(told):
        print(pieces, flush=True)


def _end_with_parent() -> None:
    # However that one ends, the system closes its end of the pipe.
    sys.stdin.buffer.read()
    os._exit(1)
