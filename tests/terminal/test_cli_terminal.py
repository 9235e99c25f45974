"""The program in a terminal of its own: it opens, and leaves the terminal as it found it."""

from __future__ import annotations

import os
import re
import signal

import pytest

from tests.support.terminal import LEAVES, LEAVING, OPEN, session

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
