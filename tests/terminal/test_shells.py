"""The app below a shell: ctrl+z and fg, and a connection that is dropped."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.emulator import State
from tests.support.shown import Shown, shown
from tests.support.terminal import PROMPT
from tuisim.tui.widgets.dressed import NO_JOB_CONTROL

if shutil.which("bash") is None or not Path("/proc/self/stat").exists():
    pytest.skip("needs bash, and Linux's /proc", allow_module_level=True)

READY, APP = "ready>", f"{sys.executable} -m tuisim --width 4 --depth 10"


@contextlib.contextmanager
def shell() -> Iterator[Shown]:
    """A shell with job control in a terminal that is its own, as at a login."""
    words = ["bash", "--norc", "--noprofile", "--noediting", "-i"]
    with shown(
        command=words, controls=True, PS1=f"{READY} ", BASH_SILENCE_DEPRECATION_WARNING="1"
    ) as app:
        app.shows(READY)
        yield app


def types(app: Shown, line: str, *words: str) -> None:
    """Type a line on an empty screen, and wait for what it brings."""
    app.emulator.feed(b"\x1b[H\x1b[2J")
    app.press(f"{line}\n".encode(), *words)


@pytest.mark.parametrize("line", [APP, f"sh -c '{APP}; exit $?'"], ids=["alone", "in a script"])
def test_ctrl_z_gives_the_shell_its_terminal_and_fg_comes_back(line: str) -> None:
    with shell() as app:
        usual = app.emulator.state
        types(app, line, "q quit")
        app.press(b"\x1b[C", "0.91")
        app.press(b"\x1a", "Stopped", READY)
        assert app.emulator.state == usual
        types(app, "fg", "0.91", "q quit")
        # Over a field too.
        app.press(b"o", "all fields")
        app.press(b"\x1a", "Stopped", READY)
        # In the background it may not draw, and stops.
        types(app, "bg; sleep 0.2; jobs", "Stopped", READY)
        assert app.emulator.state == usual
        types(app, "fg", "all fields")
        # What is typed while it takes the terminal back is forgotten.
        app.at_rest()
        app.write(b"\x1b")
        # It is drawn more than once where a slow machine has it so, and is blank between.
        app.until(lambda: "all fields" not in app.text and "q quit" in app.text)
        app.press(b"q", READY)
        types(app, "echo code=$?", "code=0")
        assert app.emulator.state == usual


def test_where_nobody_could_wake_it_ctrl_z_says_so() -> None:
    # As `ssh -t HOST tuisim` runs it: the shell has no job control, and waits for the end.
    with shown(command=["sh", "-c", f"{APP}; echo code=$?"], controls=True) as app:
        app.shows("q quit")
        app.press(b"\x1a", NO_JOB_CONTROL)
        app.press(b"\x1b[C", "0.91")
        app.press(b"q", "code=0")
        assert app.emulator.state == State()


@pytest.mark.parametrize("keys", [b"", b" ", b"8 ", b"f"], ids=["still", "play", "train", "stream"])
def test_nothing_outlives_a_connection_that_is_dropped(keys: bytes) -> None:
    with shell() as app:
        types(app, f"{APP} --batch 4", "q quit")
        app.write(keys)
        app.read(1.0)
        session = app.process.pid
        assert len(of_session(session)) == 2
        os.close(app.screen)
        os.close(app.terminal)
        app.process.wait(PROMPT)
        end = time.monotonic() + PROMPT
        while of_session(session):
            assert time.monotonic() < end, "it goes on without a terminal"
            time.sleep(0.02)


def of_session(leader: int) -> list[int]:
    """The processes of a session that are not at their end."""
    found = []
    for one in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, session = one.read_text().rpartition(")")[2].split()[:4]
            if int(session) == leader and state != "Z":
                found.append(int(one.parent.name))
    return found
