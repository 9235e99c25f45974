"""The program in a terminal of its own, with what tests do to it and read from it."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence

import attrs
import pytest

from tests.support.processes import controlled, default_signals

pty = pytest.importorskip("pty")
termios = pytest.importorskip("termios")

# The first is there at once, the second when the kernels are.
OPEN, DRAWN = b"tanh rnn", b"gradient "
LEAVES = b"\x1b[?1049l"
#: For whatever opens on a busy machine, which compiles at its first start; leaving never does.
PATIENCE, LEAVING = 120.0, 30.0
#: What ending at once takes at most, with a wide margin, and reading what is drawn before it.
PROMPT = 12.0
#: The signals that ask a program to end.
SIGNALS = {"SIGINT": 2, "SIGTERM": 15, "SIGHUP": 1}


@attrs.define
class Session:
    """A running program and the terminal's other end."""

    process: subprocess.Popen[bytes]
    screen: int
    terminal: int
    before: list[object]

    def read(self, seconds: float, until: bytes | None = None) -> bytes:
        """What is drawn in that time, or up to and including something, or to the program's end."""
        seen, end = b"", time.monotonic() + seconds
        while (until is None or until not in seen) and time.monotonic() < end:
            if select.select([self.screen], [], [], 0.02)[0]:
                try:
                    data = os.read(self.screen, 65536)
                except OSError:
                    break
                self.took(data)
                seen += data
            elif self.process.poll() is not None:
                break
        return seen

    def took(self, data: bytes) -> None:
        """Hear of each piece that is read."""

    def read_until(self, wanted: bytes) -> bytes:
        """All that is drawn, up to and including what is wanted, or to the program's end."""
        seen = self.read(PATIENCE, wanted)
        assert wanted in seen or self.process.poll() is not None, f"waited in vain for {wanted!r}"
        return seen

    def write(self, data: bytes) -> None:
        """Send bytes, as a keyboard does, or a bad line."""
        os.write(self.screen, data)

    def leave(self, patience: float = LEAVING) -> tuple[int, bytes]:
        """Wait for the end; the exit code, and what was drawn last."""
        end = time.monotonic() + patience
        drawn = self.read(patience)
        return self.process.wait(max(end - time.monotonic(), 0.0)), drawn

    def restored(self) -> bool:
        """Whether the terminal's modes are what they were."""
        return bool(termios.tcgetattr(self.terminal) == self.before)


@contextlib.contextmanager
def session(
    *words: str,
    program: tuple[str, ...] = ("-m", "tuisim"),
    size: tuple[int, int] = (30, 100),
    stdout: int | None = None,
    **environ: str,
) -> Iterator[Session]:
    """Run the program in a new terminal of that many rows and columns."""
    with opened([sys.executable, *program, *words], size, stdout, **environ) as (*parts,):
        yield Session(*parts)


@contextlib.contextmanager
def opened(
    command: Sequence[str],
    size: tuple[int, int],
    stdout: int | None = None,
    controls: bool = False,
    **environ: str,
) -> Iterator[tuple[subprocess.Popen[bytes], int, int, list[object]]]:
    """Run a command in a new terminal: the parts of a Session.

    Args:
        size: its rows and columns.
        stdout: where standard output goes, if not there.
        controls: whether it controls the command's session, and hangs up with it, as at a login.
    """
    # What one session keeps is not offered to the next.
    state = tempfile.TemporaryDirectory(prefix="tuisim-state-", ignore_cleanup_errors=True)
    screen, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, size)
    before = termios.tcgetattr(terminal)
    process = subprocess.Popen(
        command,
        start_new_session=True,
        env=os.environ | {"TERM": "xterm-256color", "XDG_STATE_HOME": state.name} | environ,
        preexec_fn=controlled if controls else default_signals,
        stdin=terminal,
        stdout=terminal if stdout is None else stdout,
        stderr=terminal,
    )
    try:
        yield process, screen, terminal, before
    finally:
        process.kill()
        process.wait(LEAVING)
        for end in (screen, terminal):
            with contextlib.suppress(OSError):
                os.close(end)
        state.cleanup()
