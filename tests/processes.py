"""Programs that tests start and end by signals."""

from __future__ import annotations

import signal


def default_signals() -> None:
    """Answer signals as from a prompt; for `preexec_fn`.

    A program begun in the background or under nohup hands on to its children that they ignore
    those that it ignores, and the tests would wait for an end that never comes.
    """
    for name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
