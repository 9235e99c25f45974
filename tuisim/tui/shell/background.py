"""Background: one thread for all work over a few milliseconds.

Work is asked for in named slots; the newest job of a slot replaces the one that waits there, so
a held key never queues.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager

from tuisim.engine.base.stopping import StoppedError, piece_of_work, stoppable
from tuisim.terminal import faults

Job = Callable[[], None]


class Background:
    """A daemon thread that runs the newest job of each slot, the oldest slot first."""

    def __init__(
        self,
        failed: Callable[[BaseException], None],
        allowed: Callable[[], AbstractContextManager[None]] = piece_of_work,
    ) -> None:
        """Start with no work.

        Args:
            failed: called from the thread with what a job raised.
            allowed: what a job may take.
        """
        self._allowed = allowed
        self._jobs: dict[str, Job] = {}
        self._change = threading.Condition()
        self._running = ""
        self._closed = False
        self._failed = failed
        # A kernel cannot be interrupted: as a daemon it does not keep the program from ending.
        self._thread = threading.Thread(target=self._work, name="tuisim-background", daemon=True)

    def start(self) -> None:
        """Begin to work; once."""
        self._thread.start()

    def ask(self, slot: str, job: Job) -> None:
        """Run this job soon, in place of the one that waits in the slot."""
        with self._change:
            self._jobs.pop(slot, None)
            self._jobs[slot] = job
            self._change.notify()

    def drop(self, slot: str) -> None:
        """Forget the job that waits in the slot."""
        with self._change:
            self._jobs.pop(slot, None)

    def waits(self, slot: str) -> bool:
        """Whether a job waits in the slot."""
        with self._change:
            return slot in self._jobs

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing runs."""
        with self._change:
            return not self._jobs and not self._running

    @property
    def closed(self) -> bool:
        """Whether nobody waits for what is under way any more."""
        return self._closed

    def close(self) -> None:
        """Run no further job; the one under way is given up where it asks."""
        with self._change:
            self._closed = True
            self._jobs.clear()
            self._change.notify()

    def _work(self) -> None:
        while True:
            with self._change:
                while not self._jobs and not self._closed:
                    self._change.wait()
                if self._closed:
                    return
                slot = next(iter(self._jobs))
                job = self._jobs.pop(slot)
                self._running = slot
            try:
                with self._allowed(), stoppable(lambda: self._closed):
                    job()
            except (StoppedError, CancelledError):
                # By another job, or since the process ends.
                pass
            except BaseException as error:
                faults.note(error)
                self._failed(error)
            finally:
                with self._change:
                    self._running = ""
