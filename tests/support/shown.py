"""A program in a terminal of its own that is drawn, answers, and remembers what it was told."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence

import attrs
import pytest

from tests.support.processes import runs
from tests.support.terminal import PATIENCE, Session, opened

termios = pytest.importorskip("termios")
emulator = pytest.importorskip("tests.support.emulator", exc_type=ImportError)

#: What stands in the terminal before.
PROMPT_LINE = "$ tuisim"


@attrs.define
class Shown(Session):
    """A session whose screen can be looked at."""

    emulator: emulator.Emulator

    def took(self, data: bytes) -> None:
        """Draw it."""
        self.emulator.feed(data)

    @property
    def text(self) -> str:
        """What is on the screen."""
        return str(self.emulator.text)

    def until(self, what: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Read on until something is so."""
        end = time.monotonic() + patience
        while not what():
            assert time.monotonic() < end, f"waited in vain, at this screen:\n{self.text}"
            self.read(0.02)

    def shows(self, *words: str) -> None:
        """Read on until all these words are on the screen."""
        self.until(lambda: all(one in self.text for one in words))

    def press(self, keys: bytes, *words: str) -> None:
        """Send keys, and wait for what they bring on the screen."""
        self.write(keys)
        self.shows(*words)

    def at_rest(self, seconds: float = 0.3) -> None:
        """Read on until for so long nothing has been written, and no thread wanted to run."""
        end = time.monotonic() + PATIENCE
        while self.read(seconds) or runs(self.process.pid):
            assert time.monotonic() < end, f"it does not come to rest:\n{self.text}"

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, and tell the program of it."""
        self.emulator.resize(columns, rows)
        termios.tcsetwinsize(self.terminal, (rows, columns))
        self.process.send_signal(signal.SIGWINCH)

    def left_as_found(self) -> bool:
        """Whether modes, screen and cursor are what they were before the program."""
        return bool(
            self.restored()
            and self.emulator.state == emulator.State()
            and self.text.strip() == (PROMPT_LINE if self.emulator.alternate else "")
            and not self.emulator.screen.cursor.attrs.reverse
        )


@contextlib.contextmanager
def shown(
    *words: str,
    command: Sequence[str] = (),
    program: Sequence[str] = ("-m", "tuisim"),
    size: tuple[int, int] = (30, 100),
    controls: bool = False,
    knows: frozenset[int] = frozenset({2026}),
    alternate: bool = True,
    **environ: str,
) -> Iterator[Shown]:
    """Run the program, or another command, in a new terminal of that many rows and columns."""
    whole = command or [sys.executable, *program, *words]
    with opened(whole, size, controls=controls, **environ) as (*parts,):
        screen = parts[1]
        drawn = emulator.Emulator(
            size[1], size[0], lambda data: os.write(screen, data), knows, alternate
        )
        drawn.feed(f"{PROMPT_LINE}\r\n".encode())
        yield Shown(*parts, drawn)
