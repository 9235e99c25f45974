"""TerminalDriver: Textual's driver for terminals that send anything, and for job control.

Textual's reads UTF-8 and nothing else, and ends the app over one wrong byte, a sequence out of
range, or the end of the input. It stops where nobody can wake it, comes back to an empty screen,
and takes SIGCONT for the end of a stop of its own, whatever it was.
"""

from __future__ import annotations

import codecs
import os
import re
import selectors
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.message import Message

from tuisim.terminal.terminal import hear
from tuisim.tui.shell.shown import Piece, Shown

#: More columns and rows than this are left blank: nobody reads them, and each frame would cost
#: seconds and megabytes.
LARGEST = (500, 160)

_LOOK_SECONDS = 0.1
#: How often a program that was stopped may be woken without being given the terminal.
_MOST_TRIES = 100
#: For the loop to hear of a signal that came before.
_SOON_SECONDS = 0.5
_MOST_BYTES = 4096
#: Without anything more a paste is over, whether its end was lost or not.
_PASTE_SECONDS = 1.0
_PASTE_BEGIN, _PASTE_END = b"\x1b[200~", b"\x1b[201~"

#: Where a frame begins and ends, for terminals that show it in one go.
_MARKS = "\x1b[?2026h", "\x1b[?2026l"

#: Reports of the mouse as terminals sent them once: three bytes, 32 and more, of any value.
_OLD_MOUSE = re.compile(rb"\x1b\[M[\s\S]{3}")
_OLD_MOUSE_BEGUN = re.compile(rb"\x1b\[M[\s\S]{0,2}\Z")

_CLEAR = "\x1b[0m\x1b[H\x1b[2J"
#: The shape of the mouse pointer, as kitty named it.
_POINTER, _USUAL_POINTER = "\x1b]22;", "\x1b]22;default\x07"


class Reader:
    """What the bytes of a terminal mean, as Textual's parser has it, and nothing where they mean
    nothing.
    """

    def __init__(self, debug: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        """Without any bytes yet; `debug` lets Textual's parser write them to a file."""
        self._debug, self._clock = debug, clock
        self._parser = XTermParser(debug)
        self._decode = codecs.getincrementaldecoder("utf-8")("ignore").decode
        self._held = b""
        # The last that was read, in which the marks of a paste are looked for; and since when one
        # is under way.
        self._tail = b""
        self._pasting: float | None = None

    def read(self, data: bytes) -> Iterator[Message]:
        """Messages of what was read; an unfinished sequence is kept for the next time."""
        self._note_paste(data)
        data = _OLD_MOUSE.sub(b"", self._held + data)
        begun = _OLD_MOUSE_BEGUN.search(data)
        self._held = begun[0] if begun else b""
        yield from self._feed(self._decode(data[: len(data) - len(self._held)]))

    def look(self) -> Iterator[Message]:
        """Messages of what was to be waited for and did not come: a lone escape, a paste's end."""
        yield from self._guarded(self._parser.tick)
        if self._pasting is not None and self._clock() - self._pasting > _PASTE_SECONDS:
            self._pasting, self._tail = None, b""
            yield from self._feed(_PASTE_END.decode())

    def _feed(self, text: str) -> Iterator[Message]:
        # One by one, so that what cannot be read takes nothing along.
        for one in text:
            yield from self._guarded(lambda: self._parser.feed(one))  # noqa: B023

    def _guarded(self, parse: Callable[[], Iterable[Message]]) -> Iterator[Message]:
        try:
            yield from parse()
        except Exception:
            self._parser = XTermParser(self._debug)

    def _note_paste(self, data: bytes) -> None:
        self._tail += data
        begins, ends = self._tail.rfind(_PASTE_BEGIN), self._tail.rfind(_PASTE_END)
        if begins != ends:
            self._pasting = self._clock() if begins > ends else None
        elif self._pasting is not None:
            self._pasting = self._clock()
        self._tail = self._tail[-len(_PASTE_BEGIN) :]


class TerminalDriver(LinuxDriver):
    """Reads on, whatever comes, says of no terminal that it is larger than can be drawn, and writes
    nothing twice.

    A terminal is left as it was found, and taken up again with all that was on it.
    """

    def __init__(self, app: App[Any], **options: Any) -> None:
        """As Textual's driver; within the app's loop."""
        super().__init__(app, **options)
        self._size = self._size or self._get_terminal_size()
        self._shown = Shown(*self._size)
        # The thread that reads writes too, where a terminal answers that it has a mode.
        self._writing = threading.Lock()
        self._drawing = self._shaped = False
        self._continued = 0.0
        # A handler that Python calls between two instructions of a write would wait for ever for
        # the writer's lock, which that write holds.
        hear(self._loop, signal.SIGTSTP, self._sigtstp_application)
        hear(self._loop, signal.SIGCONT, self._sigcont_application)

    @property
    def can_suspend(self) -> bool:
        """Whether a shell can wake the program again.

        One with job control gives it a process group of its own; under `ssh HOST tuisim` it is in
        that of the session's leader, which waits for its end alone.
        """
        try:
            leader = os.getsid(0)
            return os.getpgrp() != leader and os.getsid(os.getppid()) == leader
        except OSError:
            return False

    def suspend_job(self) -> bool:
        """Stop what the shell started, and go on when it says so; whether it could be stopped."""
        if not self.can_suspend:
            return False
        self._suspend(os.getpgrp())
        return True

    def start_application_mode(self) -> None:
        """Take the terminal; without it where the shell keeps the program in the background."""
        before = self._writer_thread
        # Whoever had it in between has left other things there.
        with self._writing:
            self._shown.know_nothing()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._drawing = self._writer_thread is not before
        self._hear_sizes_in_turn()

    def stop_application_mode(self) -> None:
        """Leave the terminal as it was found."""
        if self._shaped:
            self.write(_USUAL_POINTER)
        # GNU screen, the console and a vt100 have no other screen to go back to.
        self.write(_CLEAR)
        super().stop_application_mode()
        self._drawing = self._shaped = False

    def write(self, data: str) -> None:
        """Write what shows the same as `data`, and no cell that the terminal shows already."""
        self._shaped = self._shaped or data.startswith(_POINTER)
        with self._writing:
            if data not in _MARKS:
                data = self._shown.changes(data)
            if data:
                super().write(data)

    def paint(self, pieces: Iterable[Piece]) -> bool:
        """Write what of these cells the terminal does not show already; whether it could be."""
        with self._writing:
            data = self._shown.painted(pieces)
            if data:
                super().write(data)
        return data is not None

    def draw_anew(self, size: Size) -> None:
        """Write all that is drawn from now on, in a terminal of this size."""
        # Terminals put rows elsewhere when they become wider or narrower.
        with self._writing:
            self._shown.forget(*size)

    def run_input_thread(self) -> None:
        """Post what is read until the app ends, or the terminal goes."""
        reader = Reader(self._debug)
        selector = selectors.SelectSelector()
        selector.register(self.fileno, selectors.EVENT_READ)
        with selector:
            while not self.exit_event.is_set():
                if selector.select(_LOOK_SECONDS):
                    try:
                        data = os.read(self.fileno, _MOST_BYTES)
                    except OSError:
                        data = b""
                    if not data:
                        self._loop.call_soon_threadsafe(self._hang_up)
                        return
                    self._post(reader.read(data))
                self._post(reader.look())

    def process_message(self, message: Message) -> None:
        """Pass a message on, of a size that can be drawn."""
        if isinstance(message, events.Resize):
            size = message.size
            if not size.width or not size.height:
                return
            drawn = Size(*self._drawn(*size))
            message = events.Resize(drawn, drawn, drawn, message.pixel_size)
        super().process_message(message)

    def _hear_sizes_in_turn(self) -> None:
        # Python lets a signal interrupt the handler of the one before, which then tells of its
        # older size last, for good; the loop calls one after the other.
        heard = signal.getsignal(signal.SIGWINCH)
        if callable(heard):
            hear(self._loop, signal.SIGWINCH, heard, signal.SIGWINCH, None)

    def _sigtstp_application(self, *_: object) -> None:
        self._suspend()

    def _sigcont_application(self, *_: object) -> None:
        # Those of the shell's that ended a stop are told of when it has long been over.
        ours = time.monotonic() - self._continued < _SOON_SECONDS
        # Whoever stopped it in another way has had the terminal since.
        if self._auto_restart and not ours and self._app.return_code is None:
            if self._drawing:
                self.suspend_application_mode()
            self._take_up()

    def _suspend(self, job: int | None = None) -> None:
        if self._drawing:
            self.suspend_application_mode()
        begun = time.monotonic()
        if job is not None:
            # What else the shell started with it, as `uv run tuisim`, is what the shell waits for.
            handler = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
            os.killpg(job, signal.SIGTSTP)
            signal.signal(signal.SIGTSTP, handler)
        os.kill(os.getpid(), signal.SIGSTOP)
        # Up to here it was not running.
        self._take_up()
        self._continued = time.monotonic()
        stopped = getattr(self._app, "was_stopped", lambda seconds: None)
        stopped(self._continued - begun)

    def _take_up(self) -> None:
        for _ in range(_MOST_TRIES):
            self._must_signal_resume = True
            self.start_application_mode()
            if self._drawing:
                return
        # In the background for good, of a shell that is gone.
        self._hang_up()

    def _disable_mouse_support(self) -> None:
        super()._disable_mouse_support()
        if self._mouse_pixels:
            self.write("\x1b[?1016l")
            self._mouse_pixels = False

    def _get_terminal_size(self) -> tuple[int, int]:
        return self._drawn(*super()._get_terminal_size())

    def _drawn(self, columns: int, rows: int) -> tuple[int, int]:
        most: tuple[int, int] = getattr(self._app, "largest", None) or LARGEST
        return min(columns, most[0]), min(rows, most[1])

    def _post(self, messages: Iterator[Message]) -> None:
        for message in messages:
            self.process_message(message)

    def _hang_up(self) -> None:
        hang_up = getattr(self._app, "hang_up", self._app.exit)
        hang_up()


def driver_class(usual: type[Driver]) -> type[Driver]:
    """The driver to use in place of what Textual would; another one than its own stays."""
    return TerminalDriver if usual is LinuxDriver else usual
