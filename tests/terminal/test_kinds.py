"""The app in terminals of every kind: it starts, can be read, and leaves them as it found them."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

import attrs
import pytest

from tests.support.contrast import PALETTES, contrasts
from tests.support.shown import PROMPT_LINE, Shown, shown
from tests.support.terminal import PROMPT, SIGNALS
from tuisim.tui.widgets.dressed import NO_JOB_CONTROL

#: Of letters and digits, and of lines, which say nothing that words do not. WCAG 2 asks for 3 of
#: what is needed to use a thing (1.4.11).
WORDS, LINES = 3.0, 2.5

#: `p` fails, which no key does as it comes.
FAILING = (
    "-c",
    "from tuisim.tui.screens.main import MainScreen as M; M.action_pin = lambda self: 1 / 0; "
    "from tuisim.cli import console; console()",
)
_C, _LATIN = {"LC_ALL": "", "LANG": "C"}, {"LC_ALL": "en_US.ISO-8859-1"}
_SET = {"COLORTERM": "truecolor"}


@attrs.frozen
class Kind:
    """A terminal: what it says of itself, and what is to be seen there."""

    environ: Mapping[str, str]
    colours: str
    leaves: str = "q"
    ascii: bool = False
    #: Modes that it says it has: 2048 sends sizes, and with them the mouse in pixels, mode 1016.
    knows: frozenset[int] = frozenset({2026})
    #: Whether it has a screen for programs that fill it, and comes back to what was there.
    alternate: bool = True


SIXTEEN, MANY, ALL, NONE = "16 colours", "256 colours", "24-bit colour", ""

KINDS = {
    "xterm-256color": Kind({"TERM": "xterm-256color"}, MANY, "SIGTERM"),
    "24-bit": Kind(
        {"TERM": "xterm-256color", **_SET}, ALL, "SIGHUP", knows=frozenset({2026, 2048})
    ),
    "xterm": Kind({"TERM": "xterm"}, SIXTEEN, "SIGINT"),
    "screen-256color": Kind({"TERM": "screen-256color"}, MANY, "an exception"),
    "linux": Kind({"TERM": "linux"}, SIXTEEN, alternate=False),
    "vt100, C": Kind({"TERM": "vt100", **_C}, SIXTEEN, "SIGTERM", alternate=False),
    "POSIX": Kind({"TERM": "xterm", "LC_ALL": "POSIX"}, SIXTEEN, "SIGHUP"),
    "latin 1": Kind({"TERM": "xterm", **_LATIN}, SIXTEEN, "an exception", ascii=True),
    "NO_COLOR": Kind({"TERM": "xterm-256color", "NO_COLOR": "1", **_SET}, NONE, "SIGINT"),
    "NO_COLOR empty": Kind({"TERM": "tmux-256color", "NO_COLOR": ""}, MANY),
    "sizes exported": Kind(
        {"TERM": "xterm-256color", "COLUMNS": "10", "LINES": "5", **_SET}, ALL, "an exception"
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_terminal_of_each_kind(name: str, request: pytest.FixtureRequest) -> None:
    kind, environ = KINDS[name], dict(KINDS[name].environ)
    if "ISO" in environ.get("LC_ALL", ""):
        environ |= request.getfixturevalue("locales")
    with shown(program=FAILING, knows=kind.knows, alternate=kind.alternate, **environ) as app:
        app.until(lambda: "×0.891 a step" in app.text or "x0.891 a step" in app.text)
        app.until(lambda: "kernels" not in app.text)
        app.at_rest()
        assert (1016 in app.emulator.state.modes) == (2048 in kind.knows)
        can_be_read(app, kind)
        keys_work(app)
        can_be_stopped(app)
        can_be_left(app, kind.leaves)


def can_be_read(app: Shown, kind: Kind) -> None:
    """All of it is there, in the colours there are, and stands out on dark and light paper."""
    assert any(row.startswith(" tanh rnn ") for row in app.emulator.rows[1:4])
    assert all(word in app.text for word in ("hidden state", "gradient", "radius", "q quit"))
    assert app.emulator.colours == ({kind.colours} if kind.colours else set())
    assert app.text.isascii() == kind.ascii
    assert "\\u" not in app.text
    for name, palette in PALETTES.items():
        for contrast, cell in contrasts(app.emulator.cells, palette):
            enough = WORDS if cell.data.isalnum() else LINES
            assert contrast >= enough, f"{name}: {contrast:.1f} of {cell}"


def keys_work(app: Shown) -> None:
    """Arrows of both spellings, letters, signs, and what a terminal means by control keys."""
    app.press(b"\x1b[C", "0.91")
    app.press(b"\x1bOC", "0.92")
    app.press(b"]", "1.02")
    app.press(b"\x1b[1;2D", "0.92")
    app.press(b"\x1b[A", "110 steps")
    app.press(b"\x1b[6~", "10 steps")
    app.press(b"a", "sigmoid rnn")
    app.press(b"uu", "tanh rnn", "110 steps")
    app.press(b"?", "up/down scroll")
    app.press(b"q", "q quit")
    app.press(b"\x03", "press q to quit")
    app.press(b"\x1a", NO_JOB_CONTROL)


def can_be_stopped(app: Shown) -> None:
    """The terminal is the shell's while it is stopped, and after that all is as it was."""
    # A notice goes by itself.
    app.until(lambda: "not suspended" not in app.text)
    app.at_rest()
    before = app.emulator.cells
    app.process.send_signal(signal.SIGTSTP)
    app.until(lambda: stopped(app.process.pid))
    app.at_rest(0.1)
    assert app.left_as_found(), app.emulator.state
    app.process.send_signal(signal.SIGCONT)
    app.shows("q quit")
    app.at_rest()
    app.until(lambda: app.emulator.cells == before)
    # For longer than it takes what continues it for its own shell's doing.
    app.at_rest(0.8)
    # As a debugger does it, who restores nothing.
    app.process.send_signal(signal.SIGSTOP)
    app.until(lambda: stopped(app.process.pid))
    app.emulator.feed(b"\x1b[2J")
    app.process.send_signal(signal.SIGCONT)
    app.shows("q quit")
    app.at_rest()
    app.until(lambda: app.emulator.cells == before)


def stopped(process: int) -> bool:
    """Whether a child is stopped."""
    found = os.waitid(os.P_PID, process, os.WSTOPPED | os.WNOHANG | os.WNOWAIT)
    return found is not None


def can_be_left(app: Shown, how: str) -> None:
    """Nothing is left of it but, after a failure, one line."""
    if how in SIGNALS:
        app.process.send_signal(SIGNALS[how])
    else:
        app.write(b"p" if how == "an exception" else b"q")
    code, drawn = app.leave(PROMPT)
    assert code == {"q": 0, "an exception": 1, **{k: 128 + v for k, v in SIGNALS.items()}}[how]
    assert b"Traceback" not in drawn
    if how == "an exception":
        lines = app.text.strip().split("\n")
        assert lines[0] == PROMPT_LINE
        assert "".join(lines[1:]).startswith("tuisim: ZeroDivisionError: division by zero (a fault")
        app.emulator.feed(b"\x1b[2;1H\x1b[J")
    assert app.left_as_found(), app.emulator.state
