"""What the terminal is taken to be able to do."""

from __future__ import annotations

import asyncio
import io
import os
import signal
from typing import Any

import pytest

from tuisim.terminal import terminal


class Leaving:
    """Stands for the app: remembers how it was told to leave."""

    return_code: int | None = None

    def exit(self, result: Any = None, return_code: int = 0, message: Any = None) -> None:
        self.return_code = return_code


def test_exported_sizes_and_empty_no_color_do_not_count() -> None:
    environ = {"COLUMNS": "80", "LINES": "24", "NO_COLOR": "", "TERM": "xterm"}
    terminal.prepare_environment(environ)
    assert environ == {"TERM": "xterm"}
    environ = {"NO_COLOR": "1", "TERM": "xterm"}
    terminal.prepare_environment(environ)
    assert environ["NO_COLOR"] == "1"


def test_a_bad_colour_system_is_named() -> None:
    with pytest.raises(ValueError, match="TEXTUAL_COLOR_SYSTEM: got 'many', allowed: auto, stan"):
        terminal.prepare_environment({"TEXTUAL_COLOR_SYSTEM": "many"})


def test_the_colour_systems_are_those_of_the_library() -> None:
    from rich.console import COLOR_SYSTEMS

    assert set(terminal.COLOUR_SYSTEMS) == {"auto", *COLOR_SYSTEMS}


@pytest.mark.parametrize(
    ("encoding", "unicode"),
    [("utf-8", True), ("UTF8", True), ("utf-16", True), ("iso-8859-1", False), ("ascii", False)],
)
def test_encodings(encoding: str, unicode: bool) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    assert terminal.is_unicode(stream) is unicode
    assert terminal.writable("λ ≥ 0\n2…9\n", stream) == (
        "λ ≥ 0\n2…9\n" if unicode else "lambda >= 0\n2...9\n"
    )


def test_stand_ins_keep_their_width() -> None:
    assert terminal.ascii_cells("a ←→ λ ≥ ╭─╮│┃ ▁█ … 漢 ⣿") == "a <> l > +-+|| ## . ?? ?"
    assert terminal.ascii_cells("🔎 ▼▲ ° ▖") == ">  v^ d #"
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="iso-8859-1", errors="strict")
    terminal.stand_ins_on(stream)
    stream.write("×·² ←λ ─")
    stream.flush()
    assert raw.getvalue() == "×·² <l -".encode("iso-8859-1")


def test_without_a_stream() -> None:
    assert not terminal.is_unicode(None)
    assert not terminal.is_terminal(None)
    closed = io.StringIO()
    closed.close()
    assert not terminal.is_terminal(closed)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="needs POSIX signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"])
def test_signals_leave_the_app_in_order(name: str) -> None:
    number = signal.Signals[name]
    app, told = Leaving(), list[int]()

    async def live() -> None:
        terminal.install_signal_handlers(app, told.append)
        os.kill(os.getpid(), number)
        while app.return_code is None:
            await asyncio.sleep(0)

    previous = signal.signal(number, signal.SIG_DFL)
    try:
        asyncio.run(asyncio.wait_for(live(), 10))
    finally:
        signal.signal(number, previous)
    assert app.return_code == 128 + number
    assert told == [128 + number]


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="needs POSIX signals")
def test_a_signal_is_heard_although_calls_from_threads_wait(
    capfd: pytest.CaptureFixture[str],
) -> None:
    app = Leaving()

    async def live() -> None:
        terminal.install_signal_handlers(app, lambda code: None)
        loop = asyncio.get_running_loop()
        # As many as keys that are held down while a frame is drawn.
        for _ in range(5000):
            loop.call_soon_threadsafe(lambda: None)
        os.kill(os.getpid(), signal.SIGTERM)
        while app.return_code is None:
            await asyncio.sleep(0)

    previous = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        asyncio.run(asyncio.wait_for(live(), 2))
    finally:
        signal.signal(signal.SIGTERM, previous)
    assert app.return_code == 128 + signal.SIGTERM
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="needs POSIX signals")
def test_an_ignored_signal_stays_ignored() -> None:
    async def live() -> None:
        terminal.install_signal_handlers(Leaving(), print)
        terminal.leave_on_signals()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN

    hangup, term = signal.signal(signal.SIGHUP, signal.SIG_IGN), signal.getsignal(signal.SIGTERM)
    try:
        asyncio.run(live())
    finally:
        signal.signal(signal.SIGHUP, hangup)
        signal.signal(signal.SIGTERM, term)
