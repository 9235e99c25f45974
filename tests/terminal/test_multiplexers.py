"""The app inside tmux and GNU screen, as these really are."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.contrast import PALETTES, contrasts
from tests.support.shown import Shown, shown
from tests.support.terminal import PATIENCE

READY = "ready>"
SHELL = "bash --norc --noprofile --noediting -i"
TUISIM = f"{sys.executable} -m tuisim"
_WIDTHS = {"PS1": f"{READY} ", "LC_ALL": "C.UTF-8"}

needs = {
    name: pytest.mark.skipif(
        shutil.which(name) is None or shutil.which("bash") is None,
        reason=f"{name} is not here (Debian's package {name})",
    )
    for name in ("tmux", "screen")
}


class Tmux:
    """A server of its own, and what it says of the pane."""

    def __init__(self, folder: Path) -> None:
        self.socket, settings = str(folder / "socket"), folder / "tmux.conf"
        settings.write_text('set -g default-terminal "tmux-256color"\nset -g status off\n')
        self.command = ["tmux", "-u", "-S", self.socket, "-f", str(settings)]

    def asked(self, *words: str) -> str:
        """What it answers."""
        done = subprocess.run(
            [*self.command, *words], capture_output=True, text=True, timeout=PATIENCE
        )
        return done.stdout.strip()

    @property
    def state(self) -> str:
        """The modes of the pane that a program can leave set."""
        flags = "alternate_on cursor_flag wrap_flag insert_flag mouse_any_flag mouse_sgr_flag"
        flags += " mouse_standard_flag mouse_all_flag keypad_flag origin_flag pane_title"
        return self.asked("display-message", "-p", " ".join(f"#{{{one}}}" for one in flags.split()))


@contextlib.contextmanager
def in_tmux(**environ: str) -> Iterator[tuple[Shown, Tmux]]:
    """A shell inside tmux inside a terminal."""
    with tempfile.TemporaryDirectory(prefix="tuisim-tmux-") as folder:
        tmux = Tmux(Path(folder))
        command = [*tmux.command, "new-session", *SHELL.split()]
        try:
            with shown(command=command, controls=True, TMUX="", **_WIDTHS, **environ) as app:
                app.shows(READY)
                yield app, tmux
        finally:
            tmux.asked("kill-server")


@contextlib.contextmanager
def in_screen(**environ: str) -> Iterator[Shown]:
    """A shell inside GNU screen inside a terminal."""
    with tempfile.TemporaryDirectory(prefix="tuisim-screen-") as folder:
        os.chmod(folder, 0o700)
        own = _WIDTHS | {"SCREENDIR": folder, "SCREENRC": "/dev/null"} | environ
        name = Path(folder).name
        command = ["screen", "-U", "-S", name, "-T", "screen-256color", *SHELL.split()]
        try:
            with shown(command=command, controls=True, **own) as app:
                app.shows(READY)
                yield app
        finally:
            quits = ["screen", "-S", name, "-X", "quit"]
            subprocess.run(quits, env=os.environ | own, capture_output=True, timeout=PATIENCE)


def types(app: Shown, line: str, *words: str) -> None:
    """Clear the screen, type a line, and wait for what it brings."""
    app.press(f"clear; {line}\n".encode(), *words)


def goes_through_its_paces(app: Shown) -> None:
    """Keys, ctrl+z and fg, and the end."""
    types(app, f"{TUISIM} --width 4 --depth 10", "hidden state", "q quit")
    app.press(b"\x1b[C", "0.91")
    app.press(b"\x1b[1;2C", "1.01")
    for palette in PALETTES.values():
        assert all(contrast >= 2.5 for contrast, _ in contrasts(app.emulator.cells, palette))
    app.press(b"\x1a", "Stopped", READY)
    app.press(b"fg\n", "1.01", "q quit")
    app.press(b"q", READY)
    app.until(lambda: "q quit" not in app.text)


@needs["tmux"]
@pytest.mark.parametrize("colours", ["", "truecolor"])
def test_inside_tmux(colours: str) -> None:
    with in_tmux(COLORTERM=colours) as (app, tmux):
        types(app, "echo before $(stty -g)", "before", READY)
        before, stty = tmux.state, re.findall(r"before (\S+)", app.text)
        goes_through_its_paces(app)
        assert tmux.state == before
        types(app, "echo code=$? $(stty -g)", "code=0", READY)
        assert re.findall(r"code=0 (\S+)", app.text) == stty


@needs["screen"]
def test_inside_gnu_screen_24_bit_colours_are_not_sent() -> None:
    with in_screen(COLORTERM="truecolor") as app:
        types(app, f"{TUISIM} doctor | grep colours", "256 colours (GNU screen", READY)
        goes_through_its_paces(app)
        # It reads the numbers of a colour of 24 bits as these.
        styles = {(cell.blink, cell.underscore) for row in app.emulator.cells for cell in row}
        assert styles == {(False, False)}
        types(app, "echo code=$?", "code=0", READY)
