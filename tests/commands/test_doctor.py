"""What the doctor says of good and of bad surroundings."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tuisim import __version__
from tuisim.commands.machine import diagnosis
from tuisim.engine.kernels import jit
from tuisim.engine.kernels.compiler import door
from tuisim.system import places
from tuisim.terminal import config


def warnings(environ: dict[str, str]) -> str:
    return "\n".join(diagnosis.diagnose(environ).warnings)


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({"TERM": "xterm-256color"}, "256 colours"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "24-bit colour"),
        ({"TERM": "xterm"}, "16 colours"),
        ({"TERM": "xterm", "TEXTUAL_COLOR_SYSTEM": "256"}, "256 colours (TEXTUAL_COLOR_SYSTEM)"),
        ({"TERM": "xterm", "TEXTUAL_COLOR_SYSTEM": "x"}, "unknown: TEXTUAL_COLOR_SYSTEM is 'x'"),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, "none (TERM is dumb)"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "256 colours"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "none (NO_COLOR is set)"),
    ],
)
def test_colours(environ: dict[str, str], found: str) -> None:
    assert diagnosis.colours(environ) == found


def test_it_names_versions_and_files() -> None:
    text = diagnosis.diagnose({"TERM": "xterm-256color"}).text()
    for part in (__version__, sys.version.split()[0], "numpy", "numba", "textual", "plotext"):
        assert part in text
    assert str(config.path()) in text
    assert "kernels" in text


def test_it_warns_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    latin = io.TextIOWrapper(io.BytesIO(), encoding="iso-8859-1")
    monkeypatch.setattr(sys, "__stderr__", latin)
    found = warnings({"TERM": "xterm", "COLUMNS": "80", "TEXTUAL_COLOR_SYSTEM": "x"})
    assert "no terminal, so the app will not open here" in found
    assert "TEXTUAL_COLOR_SYSTEM must be one of auto" in found
    assert "plots are drawn in ASCII" in found
    assert "COLUMNS is exported" in found
    assert "16 colours only" in warnings({"TERM": "xterm"})
    assert "TERM is dumb, so the app will not open here" in warnings({"TERM": "dumb"})


def test_a_full_disk_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit, "kept", lambda: (1, 10))
    assert "the disk is full" not in warnings({})
    assert "1 of 10 kernels; the next start compiles" in diagnosis.diagnose({}).text()
    usage = shutil.disk_usage(tmp_path)._replace(free=40_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert "the disk is full (0.0 MB free), so kernels are compiled at every" in warnings({})
    monkeypatch.setattr(jit, "kept", lambda: (10, 10))
    assert "the disk is full" not in warnings({})


def test_in_tmux_it_names_the_setting_that_lets_y_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = "`tmux set -s set-clipboard on` lets it through"
    assert wanted not in warnings({})
    # A tmux that does not answer is taken for one that is as it comes.
    assert wanted in warnings({"TMUX": "nowhere,1,0", "PATH": str(tmp_path)})
    monkeypatch.setattr(diagnosis, "_tmux_clipboard", lambda environ: "on")
    assert wanted not in warnings({"TMUX": "nowhere,1,0"})


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_it_asks_the_tmux_that_it_is_inside(tmp_path: Path) -> None:
    def tmux(*words: str) -> None:
        command = ["tmux", "-S", str(tmp_path / "socket"), "-f", "/dev/null", *words]
        subprocess.run(command, check=True, timeout=20)

    tmux("new-session", "-d", "sleep 60")
    try:
        inside = os.environ | {"TMUX": f"{tmp_path / 'socket'},1,0"}
        assert diagnosis._tmux_clipboard(inside) == "external"
        assert "set-clipboard on" in warnings(inside)
        tmux("set", "-s", "set-clipboard", "on")
        assert diagnosis._tmux_clipboard(inside) == "on"
        assert "set-clipboard" not in warnings(inside)
    finally:
        tmux("kill-server")


def test_a_cache_to_be_read_alone_is_no_trouble_while_it_is_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(door, "obstacle", "/x cannot be written")
    monkeypatch.setattr(jit, "kept", lambda: (10, 10))
    assert "/x" not in warnings({})
    assert "10 of 10 kernels, to be read alone" in diagnosis.diagnose({}).text()
    monkeypatch.setattr(jit, "kept", lambda: (9, 10))
    assert "/x cannot be written, so kernels are compiled at every start" in warnings({})


def test_a_user_without_a_home_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "obstacle", places.HOMELESS)
    monkeypatch.setattr(jit, "kept", lambda: (0, 10))
    monkeypatch.setattr(door, "cache_directory", lambda: None)
    monkeypatch.setattr(places, "settings", lambda: None)
    assert "HOME is not set), so kernels are compiled at every start" in warnings({})
    text = diagnosis.diagnose({}).text()
    assert f"config     none: {places.HOMELESS}" in text
    assert "cache      none" in text


def test_it_lives_whatever_befell_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> tuple[int, int]:
        raise AttributeError("no such name")

    monkeypatch.setattr(jit, "kept", broken)
    assert "the engine does not load: no such name" in warnings({})


def test_bad_settings_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text("theme = 3")
    monkeypatch.setattr(config, "path", lambda: file)
    assert "config.toml: theme: got 3" in warnings({})
