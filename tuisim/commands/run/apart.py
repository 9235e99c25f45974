"""Work in a thread of its own, so that an interrupt takes what is done. Standard library only."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tuisim.engine.base.stopping import StoppedError, stoppable

_LOOK_SECONDS = 0.05
#: A kernel of a wide net takes longer than whoever interrupts it will wait.
_PATIENCE_SECONDS = 0.3


def work_apart(work: Callable[[], object], look: Callable[[], object]) -> None:
    """Do the work in another thread, and look at it again and again from this one.

    Raises:
        KeyboardInterrupt, SystemExit: a signal came; the work ends with the kernel that is under
            way, and what it made until then stands.
    """
    stopped = threading.Event()
    errors: list[BaseException] = []

    def run() -> None:
        try:
            with stoppable(stopped.is_set):
                work()
        except StoppedError:
            pass
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="tuisim-work", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_LOOK_SECONDS)
            look()
    except BaseException:
        stopped.set()
        thread.join(_PATIENCE_SECONDS)
        raise
    if errors:
        raise errors[0]
