"""How fast to draw: frames a second, and what may hold them up."""

from __future__ import annotations

import sys
from typing import Any

from textual.app import App

#: From one frame of what moves to the next, where nobody asked for fewer.
FRAME_SECONDS = 1 / 30

# Python leaves a thread the interpreter for 5 ms, as long as the event loop has for all it does.
_SWITCH_SECONDS = 1e-3

# Textual's writer thread queues up to 30 writes and then blocks the event loop; over a slow
# link every frame put into the queue is latency for the next key.
_QUEUE_LIMIT = 2


def writer_is_behind(app: App[Any]) -> bool:
    """Whether frames wait to be written to the terminal."""
    thread = getattr(app._driver, "_writer_thread", None)
    return thread is not None and thread._queue.qsize() > _QUEUE_LIMIT


def share_interpreter() -> None:
    """Let the event loop of this process not wait long for threads that compute in Python."""
    sys.setswitchinterval(_SWITCH_SECONDS)
