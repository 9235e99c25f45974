"""Programs that tests start and end by signals."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

with contextlib.suppress(ImportError):
    import fcntl
    import termios


def default_signals() -> None:
    """Answer signals as from a prompt; for `preexec_fn`.

    A program begun in the background or under nohup hands on to its children that they ignore
    those that it ignores, and the tests would wait for an end that never comes.
    """
    for name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGTSTP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)


def controlled() -> None:
    """The same, with standard input as the terminal that controls the session."""
    default_signals()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def until_it_catches(process: int, name: signal.Signals, seconds: float) -> None:
    """Wait until a process has a handler of its own for a signal; where no /proc says so, a while.

    A signal that comes before that ends a program which has yet to be imported.
    """
    status, end = Path(f"/proc/{process}/status"), time.monotonic() + seconds
    while status.exists() and time.monotonic() < end:
        (caught,) = (one for one in status.read_text().splitlines() if one.startswith("SigCgt"))
        if int(caught.split()[1], 16) >> (name - 1) & 1:
            return
        time.sleep(0.02)
    if not status.exists():
        time.sleep(1.0)


def until_it_worked(process: int, work: float, seconds: float) -> None:
    """Wait until a process took so many seconds of a processor; where no /proc says so, as many.

    On a busy machine it is not as far by the clock.
    """
    stat, end = Path(f"/proc/{process}/stat"), time.monotonic() + seconds
    ticks = work * os.sysconf("SC_CLK_TCK")
    while stat.exists() and time.monotonic() < end:
        if sum(map(int, stat.read_text().rpartition(")")[2].split()[11:13])) >= ticks:
            return
        time.sleep(0.02)
    if not stat.exists():
        time.sleep(work)


def runs(process: int) -> bool:
    """Whether a thread of a process runs, or waits for a processor; no where no /proc says so."""
    for task in Path(f"/proc/{process}/task").glob("*/stat"):
        with contextlib.suppress(OSError):
            if task.read_text().rpartition(")")[2].split()[0] in "RD":
                return True
    return False
