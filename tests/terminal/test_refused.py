"""Where the app cannot open, one line says why."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import tuisim
from tests.support.terminal import LEAVING, PATIENCE, pty, session


def test_a_dumb_terminal_is_refused_in_one_plain_line() -> None:
    with session(TERM="dumb") as app:
        code, drawn = app.leave()
    assert code == 2
    assert drawn.startswith(b"tuisim: TERM is dumb: ")
    assert b"`tuisim plot`" in drawn
    assert b"\x1b" not in drawn
    assert drawn.count(b"\n") == 1
    with session("plot", TERM="dumb") as drawing:
        assert b"\x1b" not in drawing.leave(PATIENCE)[1]


def test_a_bad_colour_system_is_one_line() -> None:
    with session(TEXTUAL_COLOR_SYSTEM="many") as app:
        code, drawn = app.leave()
    assert code == 2
    assert drawn.startswith(b"tuisim: TEXTUAL_COLOR_SYSTEM: got 'many', allowed: auto, standard")
    assert drawn.count(b"\n") == 1


def test_a_theme_that_is_not_there_is_one_line() -> None:
    with session("--theme", "noir") as app:
        code, drawn = app.leave()
    assert code == 2
    assert drawn.startswith(b"tuisim: theme: got 'noir', allowed: ")
    assert b"high-contrast" in drawn


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("theme = 'noir'", "theme: got 'noir', allowed: "),
        ("[keys]\nfly = 'x'", "keys.fly: no such action, allowed: "),
        ("[keys]\nquit = 'a'", "keys: 'a' is given to both"),
        ("[keys", "not valid TOML"),
    ],
)
def test_bad_settings_are_one_line(text: str, complaint: str, tmp_path: Path) -> None:
    folder = tmp_path / "tuisim"
    folder.mkdir()
    (folder / "config.toml").write_text(text)
    with session(XDG_CONFIG_HOME=str(tmp_path)) as app:
        code, drawn = app.leave()
    assert code == 2
    assert f"config.toml: {complaint}" in drawn.decode()
    assert drawn.count(b"\n") == 1
    doctor = tuisim("doctor", XDG_CONFIG_HOME=str(tmp_path)).stdout
    assert f"config.toml: {complaint}" in doctor


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_each_stream_must_be_a_terminal(stream: str) -> None:
    screen, terminal = pty.openpty()
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), terminal)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tuisim"],
            **(streams | {stream: subprocess.PIPE}),
            timeout=PATIENCE,
        )
        if stream != "stderr":
            assert select.select([screen], [], [], LEAVING)[0], "waited in vain"
        said = done.stderr if stream == "stderr" else os.read(screen, 4096)
    finally:
        os.close(screen)
        os.close(terminal)
    assert done.returncode == 2
    name = {"stdin": b"input", "stdout": b"output", "stderr": b"error"}[stream]
    assert said.startswith(b"tuisim: standard " + name + b" is not a terminal")
    assert b"`tuisim plot`" in said


def test_closed_streams_are_not_terminals() -> None:
    done = subprocess.run(
        f"{sys.executable} -m tuisim <&-", shell=True, capture_output=True, timeout=PATIENCE
    )
    assert done.returncode == 2
    assert done.stderr.startswith(b"tuisim: standard input is not a terminal")
