"""A program in a terminal of its own: keys in, every byte out with its time, the CPU it takes.

Linux only: the time on a CPU is read from /proc.
"""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import subprocess
import tempfile
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import attrs
import pyte

COLUMNS, ROWS = 120, 40

#: Textual asks whether frames may be marked as such; a terminal of today says yes.
_ASKS, _ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
_BEGINS, _ENDS = b"\x1b[?2026h", b"\x1b[?2026l"
# What pyte does not know would be printed on its screen.
_UNKNOWN = re.compile(
    rb"\x1b\[[<>=?][0-9;$]*[a-zA-Z]|\x1b\[[0-9;]*\$[a-z]|\x1b\].*?(?:\x07|\x1b\\)"
)


@attrs.frozen
class Chunk:
    """What one read gave, and when."""

    time: float
    data: bytes


@attrs.frozen
class Frame:
    """A marked update of the screen: when its last byte came, and all its bytes."""

    time: float
    data: bytes


@attrs.define
class Terminal:
    """The other end of a running program's terminal."""

    process: subprocess.Popen[bytes]
    screen: int
    started: float
    chunks: list[Chunk] = attrs.field(factory=list)
    #: Bytes a second that the terminal takes; None for all there are.
    rate: float | None = None
    _credit: float = 0.0
    _credited: float = 0.0

    def press(self, keys: bytes) -> float:
        """Write keys; the time just before."""
        now = time.perf_counter()
        os.write(self.screen, keys)
        return now

    def read(self, seconds: float, until: Callable[[], bool] | None = None) -> list[Chunk]:
        """All that is written for so long, or until something is true after a read."""
        first, end = len(self.chunks), time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if self._read_once(left) and until is not None and until():
                break
        return self.chunks[first:]

    def read_until_quiet(self, gap: float = 0.15, longest: float = 20.0) -> list[Chunk]:
        """All that is written until nothing has come for `gap` seconds."""
        first, end = len(self.chunks), time.perf_counter() + longest
        while time.perf_counter() < end and self._read_once(gap):
            pass
        return self.chunks[first:]

    def wait_for(self, wanted: bytes, longest: float = 120.0) -> float:
        """The time at which these bytes have come, from the start on.

        Raises:
            TimeoutError: they did not.
        """
        seen = b"".join(chunk.data for chunk in self.chunks)

        def there() -> bool:
            nonlocal seen
            seen = seen[-len(wanted) :] + self.chunks[-1].data
            return wanted in seen

        if wanted in seen:
            return self.chunks[-1].time
        self.read(longest, there)
        if wanted not in seen:
            raise TimeoutError(f"{wanted!r} did not come within {longest} s")
        return self.chunks[-1].time

    def cpu(self) -> float:
        """Seconds on a CPU so far, user and system, of all threads that are still there."""
        total = 0
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(OSError):
                total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def _read_once(self, longest: float) -> bool:
        allowed = 65536
        if self.rate is not None:
            now = time.perf_counter()
            # A link hands on a packet at a time; a pause is no licence for a burst.
            self._credit = min(self._credit + self.rate * (now - self._credited), 1500.0)
            self._credited = now
            allowed = int(self._credit)
            if allowed < 100:
                time.sleep(min(100 / self.rate, longest))
                return True
        if not select.select([self.screen], [], [], longest)[0]:
            return False
        try:
            data = os.read(self.screen, allowed)
        except OSError:
            return False
        self._credit -= len(data)
        self.chunks.append(Chunk(time.perf_counter(), data))
        if _ASKS in data:
            os.write(self.screen, _ANSWER)
        return bool(data)


@contextlib.contextmanager
def terminal(
    arguments: Sequence[str], of: tuple[int, int] = (COLUMNS, ROWS), **environ: str
) -> Iterator[Terminal]:
    """Run a program in a new terminal in 24-bit colour; it is killed at the end.

    Args:
        of: its columns and rows.
    """
    screen, inner = pty.openpty()
    termios.tcsetwinsize(inner, of[::-1])
    # What another terminal said of itself, or of its user's wishes, must not show here; and every
    # start but the first finds its modules compiled.
    without = ("NO_COLOR", "COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE")
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in without and not name.startswith("TEXTUAL")
    }
    # Nothing of the user's is offered, and nothing kept among it.
    state = tempfile.TemporaryDirectory(prefix="tuisim-state-", ignore_cleanup_errors=True)
    inherited["XDG_STATE_HOME"] = state.name
    started = time.perf_counter()
    process = subprocess.Popen(
        arguments,
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
        env=inherited | {"TERM": "xterm-256color", "COLORTERM": "truecolor"} | environ,
    )
    os.close(inner)
    try:
        yield Terminal(process, screen, started)
    finally:
        process.kill()
        process.wait()
        os.close(screen)
        state.cleanup()


def size(chunks: Sequence[Chunk]) -> int:
    """Bytes in all."""
    return sum(len(chunk.data) for chunk in chunks)


def frames(chunks: Sequence[Chunk]) -> list[Frame]:
    """The marked updates in what was read; bytes between two belong to the later one."""
    found, held = [], b""
    for chunk in chunks:
        held += chunk.data
        while _ENDS in held:
            data, held = held.split(_ENDS, 1)
            # Textual marks updates that turn out to be empty too.
            if data.replace(_BEGINS, b""):
                found.append(Frame(chunk.time, data + _ENDS))
    return found


class Screen:
    """What the terminal shows, to be fed with what was read."""

    def __init__(self, columns: int = COLUMNS, rows: int = ROWS) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)

    def feed(self, data: bytes) -> None:
        """Write these bytes to it."""
        self._stream.feed(_UNKNOWN.sub(b"", data))

    def rows(self) -> list[str]:
        """The rows as text."""
        return list(self._screen.display)
