"""Commands that take long say so on a terminal, and nowhere else."""

from __future__ import annotations

import io
import threading
from typing import Any

import pytest

from tuisim import cli
from tuisim.commands.machine import waiting
from tuisim.engine.base.compiling import tell

#: The work of a command, and what is said meanwhile.
COMMANDS = {
    ("run",): ("runs.simulate.simulate", "running"),
    ("run", "--view", "spectrum"): ("runs.simulate.simulate", "running"),
    ("plot",): ("runs.simulate.simulate", "running"),
    ("reservoir",): ("reservoirs.echo.state_distance", "whether the state forgets its start"),
    ("compare",): ("diagnosis.comparison.compare", "running"),
    ("layers", "any.npz"): ("trained.reading.read_layers", "reading"),
    ("cliff",): ("surfaces.landscape.descend", "descending"),
}


class _Watched(io.StringIO):
    """A stderr that is a terminal or not, and tells when it was written to."""

    encoding = "utf-8"

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal, self.written = terminal, threading.Event()

    def isatty(self) -> bool:
        return self._terminal

    def write(self, text: str) -> int:
        self.written.set()
        return super().write(text)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for half a second."""
    monkeypatch.setattr(waiting, "_PATIENCE_SECONDS", 0.01)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize("terminal", [True, False])
def test_what_takes_long_is_said_on_a_terminal(
    words: tuple[str, ...], terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, said = COMMANDS[words]
    err = _Watched(terminal)

    def long(*_: Any, **__: Any) -> None:
        if terminal:
            assert err.written.wait(30)
        raise ValueError("enough")

    monkeypatch.setattr(f"tuisim.engine.{work}", long)
    monkeypatch.setattr("sys.stderr", err)
    assert cli.main(words) == 2
    if not terminal:
        assert err.getvalue() == "tuisim: enough\n"
        return
    shown = err.getvalue()
    assert shown.startswith(f"\r\x1b[K{said}")
    # The line is gone before anything else is said.
    assert shown.endswith("\r\x1b[Ktuisim: enough\n")


@pytest.mark.usefixtures("soon")
def test_while_a_kernel_compiles_the_line_is_the_compiler_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    err = _Watched(terminal=True)
    monkeypatch.setattr("sys.stderr", err)
    with waiting.elapsed_said("running"):
        tell(0, "a kernel")
        shown = err.getvalue()
        assert "compiling kernels" in shown
        assert "a kernel" in shown
        # Longer than the patience, many times.
        assert not threading.Event().wait(0.1)
        assert err.getvalue() == shown
        tell(1, "")
    assert err.getvalue().endswith("\r\x1b[K")


def test_a_map_says_how_many_cells_are_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    err = _Watched(terminal=True)

    def measured(*_: Any, progress: Any, **__: Any) -> None:
        progress(0, 8)
        progress(4, 8)
        raise ValueError("enough")

    monkeypatch.setattr("tuisim.engine.sweeps.sweep.sweep", measured)
    monkeypatch.setattr("sys.stderr", err)
    for words in (["plot", "--view", "map"], ["run", "--view", "map"]):
        assert cli.main(words) == 2
        assert "cells" in err.getvalue()
        assert "4/8" in err.getvalue()
        err.truncate(0)
    assert capsys.readouterr().out == ""
