"""Ending the process of the program, whatever still computes.

For the console entry points alone.

A kernel, or LAPACK, cannot be interrupted, and an interpreter that takes itself apart under one
crashes, or waits for it. Standard library only.
"""

from __future__ import annotations

import _thread
import atexit
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NoReturn

from tuisim.terminal.terminal import ENDING_SIGNALS, leave_on_signals, noticed

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

#: Names of threads that may be in a kernel begin so.
_OURS = "tuisim-"

#: Exit codes beyond this are of a signal.
_SIGNALLED = 128
#: For threads to end when the program is over.
_PATIENCE_SECONDS = 0.3
#: For the main thread to notice a signal; and once it did, to put things in order.
_NOTICING_SECONDS, _UNWINDING_SECONDS = 0.4, 5.0
#: Before it is told again of one that was lost.
_AGAIN_SECONDS = 0.01
#: For what others have registered to be done at the end, and for buffers to be written.
_LAST_SECONDS = 0.5


def run_program(main: Callable[[], int]) -> NoReturn:
    """Run the program in this process, and end it with the code that `main` returns.

    Where threads of the program compute to the last, or a signal said to end, the interpreter is
    not taken apart: what was registered with atexit is done, buffers are written, and the process
    ends.
    """
    _fill_closed_streams()
    over = threading.Event()
    try:
        with _ending_on_signals(over):
            try:
                code = main()
            finally:
                over.set()
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    with contextlib.suppress(ValueError):
        # A second one would come in the middle of the end.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    # On a busy machine taking apart what compiled code lies in takes more than a second, of which
    # whoever sent a signal, or dropped a line, would see a process that goes on.
    if code > _SIGNALLED or _still_computing():
        end_now(code)
    sys.exit(code)


def end_now(code: int) -> NoReturn:
    """End this process without taking the interpreter apart; from any thread."""
    last_resort = threading.Timer(_LAST_SECONDS, os._exit, (code,))
    last_resort.daemon = True
    last_resort.start()
    with contextlib.suppress(Exception):
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(code)


def _fill_closed_streams() -> None:
    """Let no file or pipe that is opened later get the number of a standard stream.

    What is written to a stream that was closed at the start would go into it. Nothing can be
    written to such an output, so that nobody takes it to be done.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is given.
            os.open(os.devnull, os.O_RDONLY if number == 1 else os.O_RDWR)
            if number == 1:
                sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _still_computing() -> bool:
    """Whether threads of the program are still at work after a moment."""
    stopping = sys.modules.get("tuisim.engine.base.stopping")
    if stopping is not None:
        stopping.dismiss_pools()
    end = time.monotonic() + _PATIENCE_SECONDS
    ours = [one for one in threading.enumerate() if one.name.startswith(_OURS)]
    for thread in ours:
        thread.join(max(0.0, end - time.monotonic()))
    return any(thread.is_alive() for thread in ours)


@contextlib.contextmanager
def _ending_on_signals(over: threading.Event) -> Iterator[None]:
    """Let a signal end the process soon although the main thread may be in a kernel.

    Python calls handlers in the main thread, and between its own instructions only; the system
    tells a file of each signal at once, and a thread reads that.
    """
    if threading.current_thread() is not threading.main_thread() or os.name != "posix":
        yield
        return
    leave_on_signals()
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    before = signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(reads, over), daemon=True).start()
    usual, sys.unraisablehook = sys.unraisablehook, _tell_again
    try:
        yield
    finally:
        sys.unraisablehook = usual
        signal.set_wakeup_fd(before)
        os.close(writes)


def _tell_again(lost: UnraisableHookArgs) -> None:
    """Unwind once more where that was lost: no exception leaves what C calls, as LLVM's cache."""
    error = lost.exc_value
    if not noticed.is_set() or not isinstance(error, KeyboardInterrupt | SystemExit):
        sys.__unraisablehook__(lost)
        return
    code = error.code if isinstance(error, SystemExit) else 128 + signal.SIGINT
    if isinstance(code, int) and code > 128:
        again = threading.Timer(_AGAIN_SECONDS, _thread.interrupt_main, (code - 128,))
        again.daemon = True
        again.start()


def _watch(reads: int, over: threading.Event) -> None:
    ends = {getattr(signal, name, 0) for name in ENDING_SIGNALS}
    # Until the other end is closed.
    while data := os.read(reads, 1):
        if data[0] in ends and signal.getsignal(data[0]) is not signal.SIG_IGN:
            slow = not noticed.wait(_NOTICING_SECONDS)
            if slow or not over.wait(_UNWINDING_SECONDS):
                end_now(128 + data[0])
    os.close(reads)
