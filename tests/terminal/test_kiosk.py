"""A kiosk as a process: what it was started in changes nothing, and it ends in time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.shown import shown
from tests.support.terminal import PATIENCE
from tuisim.cli import main
from tuisim.system.files import alterable
from tuisim.system.isolation import kept

#: Harmless, and the opposite of what is drawn without them.
VARIABLES = {
    "PYTHONINSPECT": "1",
    "PYTHONSTARTUP": "/dev/null",
    "PYTHONWARNINGS": "error",
    "TEXTUAL_PRESS": "q",
    "TEXTUAL_DRIVER": "no.such:Driver",
    "TEXTUAL_THEME": "no-such-theme",
    "NUMBA_DISABLE_JIT": "1",
    "NUMBA_CACHE_DIR": "/dev/null/kernels",
    "COLUMNS": "40",
    "LINES": "12",
}


def test_an_environment_is_what_a_terminal_is_called_and_the_language() -> None:
    names = {"TERM": "xterm", "LANG": "C.UTF-8", "LC_ALL": "de_DE@euro", "NO_COLOR": "1"}
    assert kept({**names, **VARIABLES, "HOME": "/", "PATH": "/bin", "LD_PRELOAD": "x.so"}) == names
    for value in ("", "../x", "$(id)", "a b", "x" * 65, "é", "a\nb"):
        assert kept({"TERM": value}) == {}


def test_variables_and_settings_change_nothing_and_it_ends_in_time(tmp_path: Path) -> None:
    settings = tmp_path / "tuisim"
    settings.mkdir()
    (settings / "config.toml").write_text("theme = 'no-such-theme'\n")
    (tmp_path / ".numba_config.yaml").write_text("disable_jit: 1\n")
    homes = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(tmp_path))
    words = ("--kiosk", "--idle-minutes", "0.5", "--max-size", "100x30", "--width", "4")
    before = sorted(tmp_path.rglob("*"))
    with shown(*words, size=(40, 120), **homes, **VARIABLES) as app:
        app.shows("q quit")
        whole = Path(f"/proc/{app.process.pid}/environ").read_bytes().decode().split("\0")
        assert {one.partition("=")[0] for one in whole} <= {
            "TERM",
            "LANG",
            "LC_ALL",
            "LC_CTYPE",
            "",
        }
        assert Path(f"/proc/{app.process.pid}/cwd").resolve() == Path("/")
        app.press(b"\x1a", "not suspended: a kiosk has no shell to go to")
        app.resize(118, 38)
        app.shows("of 118x38 a kiosk draws 100x30")
        # In how many seconds depends on how busy the machine is.
        app.shows("30 s without a key; any key goes on")
        assert app.process.wait(PATIENCE) == 0
        app.read(1.0)
        assert app.restored()
        assert "tuisim: ended: 30 s without a key" in app.text
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--max-width 8", "--max-width: got it without --kiosk, allowed: with it"),
        ("--kiosk --record x.tape", "--record: got it with --kiosk, allowed: without it"),
        ("--kiosk --resume", "--resume: got it with --kiosk, allowed: without it"),
        ("--kiosk plot", "--kiosk: got it before plot, allowed: for the app"),
        ("--kiosk --max-width 0", "max_width: got '0', allowed: 1…2048"),
        ("--kiosk --max-size 80", "max_size: got '80', allowed: COLUMNSxROWS, as 200x60"),
        ("--kiosk --idle-minutes 0", "idle_minutes: got '0', allowed: a number > 0"),
        ("--kiosk --width 300", "width: got 300, allowed here: 1…256"),
        ("--kiosk --max-memory 1 --depth 2000", "allowed here: 1 MiB; lower members, batch"),
        ("--kiosk --kernels /dev/null", "--kernels: /dev/null: Not a directory"),
    ],
)
def test_what_is_refused(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_folder_of_kernels_is_one_that_the_account_could_not_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--kiosk", "--kernels", str(tmp_path)]) == 2
    assert "of which this account could change" in capsys.readouterr().err
    assert alterable(tmp_path) is not None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be both")
def test_what_others_made_is_foreign_until_any_part_of_it_is_the_accounts_own() -> None:
    program = (
        "import os, sys, tempfile; from pathlib import Path\n"
        "from tuisim.system.files import alterable\n"
        "with tempfile.TemporaryDirectory(dir='/tmp') as name:\n"
        "    folder = Path(name); folder.chmod(0o755); inner = folder / 'a'; inner.mkdir()\n"
        "    (inner / 'b').touch(); (inner / 'b').chmod(0o644)\n"
        "    def seen():\n"
        "        os.seteuid(65534)\n"
        "        found = alterable(inner); os.seteuid(0); return found and found.name\n"
        "    print(seen())\n"
        "    (inner / 'b').chmod(0o666); print(seen()); (inner / 'b').chmod(0o644)\n"
        "    os.chown(inner / 'b', 65534, 0); print(seen()); os.chown(inner / 'b', 0, 0)\n"
        "    (inner / 'c').symlink_to('b'); print(seen()); (inner / 'c').unlink()\n"
        "    folder.chmod(0o777); print(seen() == folder.name); folder.chmod(0o755)\n"
        "    print(seen())\n"
    )
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE)
    assert done.stderr == ""
    assert done.stdout.split() == ["None", "b", "b", "c", "True", "None"]
