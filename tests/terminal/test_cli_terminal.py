"""The program in a terminal of its own: it opens, and leaves the terminal as it found it."""

from __future__ import annotations

import base64
import os
import re
import select
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import from_words, tuisim
from tests.support.terminal import DRAWN, LEAVES, LEAVING, OPEN, PATIENCE, pty, session

COLOURED = re.compile(rb"\x1b\[[0-9;]*[34]8;")


def test_it_opens_and_q_leaves() -> None:
    # Exported sizes would freeze the screen at 10 columns.
    with session("--radius", "1.23", COLUMNS="10", LINES="5", NO_COLOR="") as app:
        drawn = app.read_until("ρ 1.23".encode())
        assert "ρ 1.23".encode() in drawn
        assert COLOURED.search(drawn)
        app.write(b"q")
        code, rest = app.leave()
        assert code == 0
        assert LEAVES in rest
        assert app.restored()


def test_the_event_loop_is_kept_waiting_neither_by_threads_nor_by_garbage() -> None:
    program = (
        "import gc, os, sys; from tuisim.cli import main; freeze = gc.freeze; "
        "gc.freeze = lambda: (freeze(), os.write(2, b'[all kernels]')); code = main([]); "
        "print(gc.get_freeze_count() > 50_000, sys.getswitchinterval())"
    )
    with session(program=("-c", program)) as app:
        app.read_until(b"[all kernels]")
        app.write(b"q")
        _, rest = app.leave()
        assert b"True 0.001" in rest


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"])
def test_signals_leave_in_order(name: str) -> None:
    number = signal.Signals[name]
    with session() as app:
        app.read_until(OPEN)
        app.process.send_signal(number)
        code, rest = app.leave()
        assert code == 128 + number
        assert LEAVES in rest
        assert app.restored()


def test_a_terminal_that_hangs_up_leaves_no_process_behind() -> None:
    with session("--depth", "200") as app:
        app.read_until(OPEN)
        app.write(b" ")
        os.close(app.screen)
        os.close(app.terminal)
        # The system sends the second with the first, to wake what may be stopped.
        app.process.send_signal(signal.SIGHUP)
        app.process.send_signal(signal.SIGCONT)
        assert app.process.wait(LEAVING) == 128 + signal.SIGHUP


def test_a_terminal_without_utf_8_gets_ascii() -> None:
    with session(PYTHONIOENCODING="iso-8859-1") as app:
        drawn = app.read_until(DRAWN)
        app.write(b"q")
        assert app.leave()[0] == 0
    assert drawn.isascii()
    assert b"\\u" not in drawn


ANY_COLOUR = re.compile(rb"\x1b\[(?:[0-9;]*;)?(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")


def test_no_color_sends_no_colour_at_all() -> None:
    with session() as app:
        assert ANY_COLOUR.search(app.read_until(DRAWN))
    with session(NO_COLOR="1") as app:
        drawn = app.read_until(DRAWN)
        app.write(b"o")
        drawn += app.read_until(b"all fields")
        app.process.send_signal(signal.SIGTERM)
        _, rest = app.leave()
    assert DRAWN in drawn
    assert b"\x1b[1m" in drawn
    assert not ANY_COLOUR.search(drawn + rest)


def test_y_sends_the_whole_command_to_the_terminal() -> None:
    values = ",".join(f"{0.123456789 + place / 1000:.9f}" for place in range(512))
    with session("--eigenvalues", values, "--depth", "3") as app:
        app.read_until(DRAWN)
        app.write(b"y")
        sent = app.read_until(b"\a")
        # One for the window of a long command, one for the app.
        app.write(b"qq")
        assert app.leave()[0] == 0
    (copied,) = re.findall(rb"\x1b\]52;c;([^\a]*)\a", sent)
    words = shlex.split(base64.b64decode(copied).decode())
    assert from_words(words[1:]) == from_words(["--eigenvalues", values, "--depth", "3"])


def test_the_copied_command_opens_the_screen_that_it_was_copied_from() -> None:
    with session("--view", "2", "--linear", "--depth", "20") as app:
        app.read_until(b"in the long run")
        app.write(b"1y")
        first = app.read_until(b"\a")
        app.write(b"l3y")
        second = app.read_until(b"\a")
        app.write(b"q")
        assert app.leave()[0] == 0
    copied = [
        base64.b64decode(re.findall(rb"\x1b\]52;c;([^\a]*)\a", sent)[0]).decode()
        for sent in (first, second)
    ]
    assert copied == ["tuisim --linear --depth 20", "tuisim --view activation --depth 20"]


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


def test_plot_in_a_terminal_has_colours_and_fits() -> None:
    with session("plot") as drawn:
        code, text = drawn.leave(PATIENCE)
    assert code == 0
    assert b"\x1b[36m" in text
    assert text.count(b"\n") == 29
    with session("plot", NO_COLOR="1") as drawn:
        assert b"\x1b" not in drawn.leave(PATIENCE)[1]


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
