"""Commands say that kernels compile: in place on a terminal, once elsewhere, else never."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.support.caches import copied
from tests.support.command import tuisim
from tests.support.terminal import PATIENCE, session
from tests.support.ways import compiled_only
from tuisim import cli
from tuisim.commands.machine.kernels import compiling_said
from tuisim.engine import warming
from tuisim.engine.base.compiling import tell
from tuisim.engine.kernels import jit

SAID = "compiling kernels (once on a machine)"


class Terminal(io.StringIO):
    """A stream that says of itself to be a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_a_first_start_says_so_once_and_a_second_nothing(tmp_path: Path) -> None:
    words = ("plot", "--view", "jacobian", "--width", "4", "--depth", "3")
    copied(tmp_path, "triangles._reflect-*.nbc")
    cold = tuisim(*words, NUMBA_CACHE_DIR=str(tmp_path))
    assert (cold.returncode, cold.stderr) == (0, f"tuisim: {SAID}\n")
    warm = tuisim(*words, NUMBA_CACHE_DIR=str(tmp_path))
    assert (warm.returncode, warm.stderr) == (0, "")
    assert warm.stdout == cold.stdout


@pytest.mark.parametrize("words", [("run", "--radius", "1.5", "--depth", "1000"), ("plot",)])
def test_a_small_net_needs_no_kernels(words: tuple[str, ...], tmp_path: Path) -> None:
    cold = tuisim(*words, NUMBA_CACHE_DIR=str(tmp_path))
    assert (cold.returncode, cold.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
    with compiled_only():
        assert cold.stdout == printed(words)


def printed(words: tuple[str, ...]) -> str:
    """What the command prints in this process."""
    return CliRunner().invoke(cli.cli, words, prog_name="tuisim", catch_exceptions=False).stdout


def test_in_a_terminal_it_says_how_far_it_is(tmp_path: Path) -> None:
    copied(tmp_path, "triangles._reflect-*.nbc")
    with session("plot", "--view", "jacobian", NUMBA_CACHE_DIR=str(tmp_path)) as app:
        code, text = app.leave(PATIENCE)
    assert code == 0
    *lines, rest = text.decode().split("\r\x1b[K")[1:]
    # Before it a line may say how long the command has gone on.
    first = next(line for line in lines if line.startswith(SAID))
    # All but the one are there to be loaded, of as many as doctor counts.
    count, all = (int(one) for one in re.findall(r"\d+", first.removeprefix(SAID))[:2])
    assert 1 <= count < all == len(jit.kernels()) == warming.kept()[1]
    assert "compiling" not in rest
    assert "tanh rnn" in rest


@pytest.mark.parametrize("name", sorted(cli.cli.commands))
def test_every_command_says_so(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def compiles(**values: Any) -> None:
        tell(0, "forward")
        tell(1, "")
        tell(1, "backward")

    command = cli.cli.commands[name]
    monkeypatch.setattr(command, "callback", compiles)
    for parameter in command.params:
        monkeypatch.setattr(parameter, "required", False)
    assert cli.main([name]) == 0
    assert capsys.readouterr().err == f"tuisim: {SAID}\n"


def test_a_quiet_sweep_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tuisim.engine.sweeps import sweep as sweeping

    measured = sweeping.sweep

    def compiles(*args: Any, **options: Any) -> Any:
        tell(0, "forward")
        return measured(*args, **options)

    monkeypatch.setattr(sweeping, "sweep", compiles)
    words = ["sweep", "--x", "radius=0.5,1", "--y", "depth=3,4", "--width", "4"]
    assert cli.main([*words, "--quiet"]) == 0
    assert capsys.readouterr().err == ""
    assert cli.main(words) == 0
    assert capsys.readouterr().err == f"tuisim: {SAID}\n"


def test_a_line_never_wraps_and_goes_when_all_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with compiling_said():
        tell(0, "forward")
        tell(1, "")
        tell(1, "")
    shown = sys.stderr.getvalue().split("\r\x1b[K")
    assert shown == ["", "compiling kernels (once on a ", ""]


def test_an_interruption_leaves_no_line_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stderr", Terminal())

    def interrupted() -> None:
        with compiling_said():
            tell(3, "backward")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert sys.stderr.getvalue().endswith(", backward\r\x1b[K")


def test_a_dumb_terminal_gets_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with compiling_said():
        tell(0, "forward")
        tell(1, "backward")
    assert sys.stderr.getvalue() == f"tuisim: {SAID}\n"


def test_a_closed_stderr_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with compiling_said():
        tell(0, "forward")
