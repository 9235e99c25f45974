"""Over SSH, by a server of OpenSSH's: what a terminal sends and shows there, and a line drops."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.emulator import State
from tests.support.shown import shown
from tests.support.sshd import Server, sshd, with_in_environment
from tests.support.terminal import PROMPT
from tuisim.terminal.sessions import Sessions
from tuisim.tui.widgets.dressed import NO_JOB_CONTROL
from tuisim.values.experiment import Experiment
from tuisim.values.session import Session

if not Path("/proc/self/environ").exists():
    pytest.skip("needs Linux's /proc", allow_module_level=True)

READY = "ready>"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One for both tests."""
    with sshd() as one:
        yield one


def with_variables(words: str, state: Path, **environ: str) -> str:
    """A command line with what it would otherwise not hear of there."""
    passed = ("PYTHONPATH", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "PYTHONDONTWRITEBYTECODE")
    kept = {name: os.environ[name] for name in passed if name in os.environ}
    environ = {"XDG_STATE_HOME": str(state), **kept, **environ}
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in environ.items())
    return f"cd {shlex.quote(os.getcwd())} && exec env {given} {words}"


def test_a_command_over_ssh_until_the_line_drops(server: Server, tmp_path: Path) -> None:
    app_words = f"{shlex.quote(sys.executable)} -m tuisim --width 4 --depth 10 --batch 4"
    words = server.words(with_variables(app_words, tmp_path))
    # What ssh hands on is TERM and, here, the language; COLORTERM it does not.
    environ = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    with shown(command=words, controls=True, **environ) as app:
        app.shows("q quit", "a step back")
        app.until(lambda: "kernels" not in app.text)
        assert app.emulator.colours == {"256 colours"}
        assert any("⠁" <= one <= "⣿" for one in app.text)
        app.resize(92, 20)
        app.until(lambda: app.emulator.rows[-1].endswith("q quit"))
        app.until(lambda: app.emulator.rows[4].endswith(("╮", "│")))
        app.press(b"\x03", "press q to quit")
        # The shell of such a command has no job control, and none could say `fg`.
        app.press(b"\x1a", NO_JOB_CONTROL)
        app.press(b"\x1b[C", "0.91")
        app.press(b"f", "streaming")
        assert len(with_in_environment(str(tmp_path))) == 1
        app.process.kill()
        end = time.monotonic() + PROMPT
        while with_in_environment(str(tmp_path)) or server.connections:
            assert time.monotonic() < end, "it goes on without a terminal"
            time.sleep(0.02)
    found, lines = Sessions(tmp_path / "tuisim" / "sessions").newest(lambda session: None)
    assert (found and found.session.experiment.radius, lines) == (0.91, ())


def test_a_shell_over_ssh_and_a_language_that_is_not_utf_8(
    server: Server, tmp_path: Path, locales: Mapping[str, str]
) -> None:
    kept = Sessions(tmp_path / "tuisim" / "sessions", "before")
    kept.write(Session(Experiment(width=4, depth=10), past=(Experiment(width=5, depth=10),)))
    kept.close()
    shell = with_variables(
        "bash --norc --noprofile --noediting -i", tmp_path, PS1=f"{READY} ", **locales
    )
    environ = {"TERM": "xterm-256color", "LC_ALL": "en_US.ISO-8859-1"}
    with shown(command=server.words(shell), controls=True, **environ) as app:
        app.shows(READY)
        usual = app.emulator.state
        line = f"{shlex.quote(sys.executable)} -m tuisim"
        app.press(f"clear; {line}\n".encode(), "r goes on where you left it", "q quit")
        app.until(lambda: "kernels" not in app.text)
        assert app.text.isascii()
        app.press(b"r", "4 units")
        app.press(b"\x1a", "Stopped", READY)
        assert app.emulator.state == usual == State(modes=usual.modes)
        app.press(b"clear; fg\n", "4 units", "q quit")
        app.press(b"u", "5 units")
        app.press(b"q", READY)
        app.press(b"clear; echo code=$?\n", "code=0")
        app.press(b"exit\n")
        app.process.wait(PROMPT)
        assert app.emulator.state == usual
    assert with_in_environment(str(tmp_path)) == []
