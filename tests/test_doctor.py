"""What the doctor says of good and of bad surroundings."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pytest

from tuisim import __version__, config, doctor
from tuisim.engine import jit


def warnings(environ: dict[str, str]) -> str:
    return "\n".join(doctor.diagnose(environ).warnings)


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
    assert doctor.colours(environ) == found


def test_it_names_versions_and_files() -> None:
    text = doctor.diagnose({"TERM": "xterm-256color"}).text()
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
    assert "1 of 10 kernels; the next start compiles" in doctor.diagnose({}).text()
    usage = shutil.disk_usage(tmp_path)._replace(free=40_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert "the disk is full (0.0 MB free), so kernels are compiled at every" in warnings({})
    monkeypatch.setattr(jit, "kept", lambda: (10, 10))
    assert "the disk is full" not in warnings({})


def test_bad_settings_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text("theme = 3")
    monkeypatch.setattr(config, "path", lambda: file)
    assert "config.toml: theme: got 3" in warnings({})
