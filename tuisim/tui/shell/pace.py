"""How fast to draw: frames a second, and what may hold them up."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from textual.app import App

#: From one frame of what moves to the next, where nobody asked for fewer.
FRAME_SECONDS = 1 / 30

#: Over a slow link so long at most; how long fewer frames are given to help; and how much less long
#: it is with each frame that went through.
_MOST_SECONDS, _PATIENCE_SECONDS, _RECOVERY = 0.25, 0.5, 0.985

# Python leaves a thread the interpreter for 5 ms, as long as the event loop has for all it does.
_SWITCH_SECONDS = 1e-3

# Textual's writer thread queues up to 30 writes and then blocks the event loop; over a slow
# link every frame put into the queue is latency for the next key.
_QUEUE_LIMIT = 2


def writer_is_behind(app: App[Any]) -> bool:
    """Whether frames wait to be written to the terminal."""
    thread = getattr(app._driver, "_writer_thread", None)
    return thread is not None and thread._queue.qsize() > _QUEUE_LIMIT


class Pace:
    """When the next frame of what moves may be drawn over a link, however slow that is.

    What the writer has handed on lies in buffers that nobody can look into: over a link that is
    kept full a key waits behind all of it. So frames become fewer at once where the writer falls
    behind, and come back slowly.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """At first nothing is waited for."""
        self._clock = clock
        self._between = self._next = self._fewer = 0.0
        self._held = False

    def leaves_out(self, behind: bool) -> bool:
        """Whether a frame that is due is left out, with the writer behind or not."""
        now = self._clock()
        if behind:
            # Once is no slow link: on a busy machine the writer waits for its turn.
            if self._held and now >= self._fewer:
                self._between = min(max(2 * self._between, 2 * FRAME_SECONDS), _MOST_SECONDS)
                self._fewer = now + _PATIENCE_SECONDS
            self._held = True
            return True
        self._held = False
        if now < self._next:
            return True
        self._next = now + self._between
        # Less than from one frame to the next is nothing.
        self._between *= _RECOVERY if self._between > FRAME_SECONDS else 0.0
        return False


def share_interpreter() -> None:
    """Let the event loop of this process not wait long for threads that compute in Python."""
    sys.setswitchinterval(_SWITCH_SECONDS)
