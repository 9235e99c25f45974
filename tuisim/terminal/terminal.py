"""What the terminal can do, and leaving it in order. Imports nothing that is slow to import."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import signal
import sys
import threading
import unicodedata
from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Protocol, TextIO

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

#: For an app to leave in order; and where its terminal is gone, which nobody sees.
_PATIENCE_SECONDS, _GONE_SECONDS = 5.0, 0.5

#: What ends a command, where it was not ignored when the program started.
ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")

# What is ignored, or handled by a host of this program's, stays so.
_DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)

#: Set once the main thread unwinds for one of them.
noticed = threading.Event()

COLOUR_SYSTEMS = ("auto", "standard", "256", "truecolor", "windows")

CLOSED = "standard output is closed"

#: Columns and rows that the app needs.
SMALLEST = (40, 12)


def is_unicode(stream: TextIO | None) -> bool:
    """Whether a stream can write any character, braille included."""
    encoding = getattr(stream, "encoding", None) or "ascii"
    return encoding.lower().replace("_", "-").startswith("utf")


def writable(text: str, stream: TextIO | None) -> str:
    """The text in characters that the stream can write."""
    if is_unicode(stream):
        return text
    # The figures bring numpy along, which only this rare case should wait for.
    from tuisim.figures.drawing.numbers import ascii_columns

    return ascii_columns(text)


def ascii_cells(text: str) -> str:
    """A stand-in of the same width in cells for each character outside ASCII."""
    from tuisim.figures.drawing.numbers import ascii_text

    def stand_in(one: str) -> str:
        name = unicodedata.name(one, "")
        if unicodedata.combining(one):
            return ""
        if name.startswith("BOX DRAWINGS"):
            across, upright = "HORIZONTAL" in name, "VERTICAL" in name
            return "-" if across and not upright else "|" if upright and not across else "+"
        if "BLOCK" in name or name.startswith("QUADRANT"):
            return "#"
        cells = 2 if unicodedata.east_asian_width(one) in "WF" else 1
        found = ascii_text(one).lstrip()[:cells]
        return "?" * cells if found == "?" else found.ljust(cells)

    return "".join(one if one.isascii() else stand_in(one) for one in text)


def stand_ins_on(stream: TextIO | None) -> None:
    """Make a stream write stand-ins for what its encoding lacks, whoever writes to it.

    Otherwise an arrow of the terminal library's own would come out as six characters and push the
    rest of the row aside.
    """

    def replace(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeEncodeError)
        return ascii_cells(error.object[error.start : error.end]), error.end

    codecs.register_error("tuisim.cells", replace)
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="tuisim.cells")


def warn(message: str) -> None:
    """One line on stderr; nothing happens where there is no stderr."""
    if sys.stderr is None:
        return
    line = " ".join(message.split())
    # When even this fails there is nobody left to tell.
    with contextlib.suppress(OSError):
        print(writable(f"tuisim: {line}", sys.stderr), file=sys.stderr, flush=True)


def emit(text: str) -> None:
    """Write to stdout and flush, so that a full disk or a closed pipe is noticed here.

    Raises:
        OSError: stdout is closed, or cannot take it.
    """
    if sys.stdout is None:
        raise OSError(CLOSED)
    said = writable(text, sys.stdout)
    raw = getattr(sys.stdout, "buffer", None)
    if isinstance(raw, io.RawIOBase):
        # Of what the system does not take at once Python loses the rest, under PYTHONUNBUFFERED.
        left = said.replace("\n", os.linesep).encode(sys.stdout.encoding)
        while left:
            left = left[raw.write(left) or 0 :]
    else:
        sys.stdout.write(said)
        sys.stdout.flush()


def abandon_stdout() -> None:
    """Send what is still buffered nowhere, so that the interpreter's own last flush is quiet."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.__stdout__.fileno() if sys.__stdout__ else 1)
        os.close(nowhere)
    except (OSError, ValueError):
        pass


def prepare_environment(environ: MutableMapping[str, str] = os.environ) -> None:
    """Set right what the environment says of the terminal; call it before Textual is imported.

    Raises:
        ValueError: a colour system that Textual does not know.
    """
    # Exported by some shells, these two freeze the size for good.
    for name in ("COLUMNS", "LINES"):
        environ.pop(name, None)
    if environ.get("NO_COLOR") == "":
        # By convention an empty value counts as not set; Textual only looks whether it is there.
        del environ["NO_COLOR"]
    system = environ.get("TEXTUAL_COLOR_SYSTEM", "auto")
    if system not in COLOUR_SYSTEMS:
        allowed = ", ".join(COLOUR_SYSTEMS)
        raise ValueError(f"TEXTUAL_COLOR_SYSTEM: got {system!r}, allowed: {allowed}")
    if system == "auto" and garbles_colours(environ):
        environ["TEXTUAL_COLOR_SYSTEM"] = "256"


def garbles_colours(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is GNU screen in one of 24-bit colour, which it hands on as it is.

    Screen 4 takes the three numbers of a colour for attributes, and 5 does unless it is told.
    """
    return "STY" in environ and environ.get("COLORTERM", "").lower() in ("truecolor", "24bit")


def is_dumb(environ: Mapping[str, str]) -> bool:
    """Whether the terminal says that it cannot do anything beyond printing."""
    return environ.get("TERM", "").lower() in ("dumb", "unknown")


def missing_terminals() -> tuple[str, ...]:
    """Which of the three standard streams is not a terminal (closed counts as not)."""
    streams = {
        "standard input": sys.__stdin__,
        "standard output": sys.__stdout__,
        "standard error": sys.__stderr__,
    }
    return tuple(name for name, stream in streams.items() if not is_terminal(stream))


def is_terminal(stream: TextIO | None) -> bool:
    """Whether the stream is open and a terminal."""
    try:
        return stream is not None and stream.isatty()
    except (OSError, ValueError):
        return False


class _Leaves(Protocol):
    def exit(self, result: Any = None, return_code: int = 0, message: Any = None) -> None: ...


def install_signal_handlers(app: _Leaves, leaving: Callable[[int], None]) -> None:
    """Make signals that end a program leave the app in order; call it from within the app's loop.

    The terminal is restored and `app.return_code` becomes 128 + the signal's number, with which
    `leaving` is called first. A signal that was ignored when the program started (nohup) stays
    ignored.
    """
    # Only the app needs it, and it is slow to import.
    import asyncio

    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"):
        number = getattr(signal, name, None)
        if number is None or signal.getsignal(number) is signal.SIG_IGN:
            continue
        try:
            hear(loop, number, _leave, app, number, leaving)
        except (NotImplementedError, RuntimeError, ValueError):
            # No signals in this loop: Windows, or a thread that is not the main one.
            return


def hear(loop: AbstractEventLoop, number: int, call: Callable[..., Any], *args: Any) -> None:
    """Have the loop call something at each signal of this number; in the loop's thread.

    asyncio tells its loop of a signal by a byte in a socket that also takes one for each call from
    another thread. A busy loop to which keys or results come finds it full, and loses the signal.
    Python's own handler is called all the same, and what it asks for needs no room.

    Raises:
        NotImplementedError, RuntimeError, ValueError: this loop, or thread, hears no signals.
    """

    def heard(*_: object) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(call, *args)

    # Its byte wakes the loop, so that Python calls the handler; and it forgets it at the end.
    loop.add_signal_handler(number, lambda: None)
    signal.signal(number, heard)
    # Where it finds no room nothing is lost, of which nothing needs to be said on the screen.
    signal.set_wakeup_fd(signal.set_wakeup_fd(-1), warn_on_full_buffer=False)


def _leave(app: _Leaves, number: int, leaving: Callable[[int], None]) -> None:
    # A terminal that hangs up sends SIGCONT after SIGHUP. Textual would take its terminal up
    # again, write to one that is gone, and wait for that writer for ever.
    if hasattr(signal, "SIGCONT"):
        signal.signal(signal.SIGCONT, signal.SIG_IGN)
    leaving(128 + number)
    app.exit(return_code=128 + number)


def hang_up(app: _Leaves, leaving: Callable[[int], None]) -> None:
    """Leave the app as for the signal that says that the terminal is gone."""
    _leave(app, getattr(signal, "SIGHUP", 1), leaving)


def end_for_certain(code: int) -> None:
    """End this process with the code soon, should it not have ended by itself.

    Whatever a terminal that is gone does to those who write to it: nobody is left to see them hang.
    """
    patience = _PATIENCE_SECONDS if is_terminal(sys.__stdin__) else _GONE_SECONDS
    last_resort = threading.Timer(patience, os._exit, (code,))
    last_resort.daemon = True
    last_resort.start()


def leave_on_signals() -> None:
    """Make signals unwind the program, so that temporary files go, and say so; for commands."""
    for name in ENDING_SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in _DEFAULTS:
            # Only the main thread may set it; elsewhere the host program decides.
            with contextlib.suppress(ValueError):
                signal.signal(number, _unwind)


def _unwind(number: int, frame: object) -> None:
    noticed.set()
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)
