"""The app ends when it is told to, with the right code, whatever computes or fails."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.support.terminal import DRAWN, LEAVES, OPEN, PROMPT, SIGNALS, session


@pytest.mark.parametrize("wait", [0.2, 0.7, 1.2, 2.5])
@pytest.mark.parametrize("how", ["q", "SIGTERM", "SIGHUP"])
def test_leaving_while_a_wide_net_computes(how: str, wait: float) -> None:
    with session("--width", "1024", "--depth", "1000") as app:
        app.read_until(OPEN)
        app.read(wait)
        if how == "q":
            app.write(b"q")
        else:
            app.process.send_signal(SIGNALS[how])
        code, drawn = app.leave(PROMPT)
        assert code == (128 + SIGNALS[how] if how in SIGNALS else 0)
        assert LEAVES in drawn
        assert app.restored()


def test_a_failure_of_the_app_is_one_line_a_report_and_no_success(tmp_path: Path) -> None:
    fails = "from tuisim.tui.screens.main import MainScreen as M; M.action_pin = lambda self: 1 / 0"
    program = f"{fails}; from tuisim.cli import console; console()"
    state = {"XDG_STATE_HOME": str(tmp_path)}
    with session("--width", "4", "--depth", "10", program=("-c", program), **state) as app:
        app.read_until(DRAWN)
        # What follows the failure does not make it a success.
        app.write(b"pqq")
        code, drawn = app.leave(PROMPT)
        assert code == 1
        assert app.restored()
    assert b"Traceback" not in drawn
    assert b"tuisim: ZeroDivisionError: division by zero (a fault of tuisim" in drawn
    (report,) = (tmp_path / "tuisim" / "faults").iterdir()
    assert str(report) in drawn.decode(errors="replace").replace("\r\n", "")
    text = report.read_text()
    assert "To send it: " in text
    assert "net: tuisim --width 4 --depth 10" in text
    assert "1 / 0" in text or "<lambda>" in text


def test_a_terminal_that_is_gone_ends_the_app_without_a_signal_too() -> None:
    # As under nohup: nothing but the end of the input says so.
    program = (
        "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
        "from tuisim.cli import console; console()"
    )
    with session("--width", "4", "--depth", "10", program=("-c", program)) as app:
        app.read_until(DRAWN)
        os.close(app.terminal)
        os.close(app.screen)
        assert app.process.wait(1.5 * PROMPT) == 128 + signal.SIGHUP
