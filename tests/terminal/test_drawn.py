"""What the program sends to a terminal: characters, colours, and commands to be copied."""

from __future__ import annotations

import base64
import re
import shlex
import signal

from tests.support.command import from_words
from tests.support.terminal import DRAWN, PATIENCE, session


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
    assert re.search(rb"\x1b\[(0;)?1[;m]", drawn)
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


def test_plot_in_a_terminal_has_colours_and_fits() -> None:
    with session("plot", COLORTERM="truecolor") as drawn:
        code, text = drawn.leave(PATIENCE)
    assert code == 0
    # The badge's, and one of the curve's.
    assert b"\x1b[1;7;38;2;91;150;255m" in text
    assert b"\x1b[38;2;181;210;240m" in text
    assert text.count(b"\n") == 29
    with session("plot", COLORTERM="truecolor", NO_COLOR="1") as drawn:
        text = drawn.leave(PATIENCE)[1]
    # On a slow machine a line says for how long it has gone on, and is erased.
    assert b"\x1b" not in re.sub(rb"\r\x1b\[K(running: \d+ s)?", b"", text)


def test_the_mouse_is_left_to_the_terminal_where_that_is_asked_for() -> None:
    reports = re.compile(rb"\x1b\[\?100[0236]h")
    with session() as app:
        assert reports.search(app.read_until(DRAWN))
    with session("--no-mouse") as app:
        drawn = app.read_until(DRAWN)
        app.write(b"q")
        assert app.leave()[0] == 0
    assert not reports.search(drawn)


def test_ascii_draws_no_other_character() -> None:
    with session("--ascii") as app:
        drawn = app.read_until(DRAWN)
        app.write(b"q")
        assert app.leave()[0] == 0
    assert drawn.isascii()


def test_block_draws_no_braille() -> None:
    with session("--marker", "block", "--theme", "high-contrast") as app:
        drawn = app.read_until(DRAWN).decode()
        app.write(b"q")
        assert app.leave()[0] == 0
    assert not re.search("[\u2801-\u28ff]", drawn)
    assert re.search("[▀▄▘▝▖▗]", drawn)
