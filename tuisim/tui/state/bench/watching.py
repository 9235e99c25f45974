"""Watching: a file that was opened, read again once it was rewritten; no widget in it.

Everything but the jobs runs on the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.message import Message

from tuisim.tui.shell.background import Background
from tuisim.tui.shell.saying import said_of
from tuisim.tui.state.bench.opened import FileNet, Stamp, stamp_of
from tuisim.tui.state.messages import Failed

#: How often the file is looked at.
POLL_SECONDS = 0.2


class FileRewritten(Message):
    """The file holds these nets now; `written` is when, in seconds since the epoch."""

    def __init__(self, nets: Sequence[FileNet], written: float) -> None:
        super().__init__()
        self.nets, self.written = nets, written


class FileUnread(Failed):
    """The file was rewritten and cannot be read."""


class Watching:
    """Looks at a file in a thread; what it finds is posted."""

    def __init__(
        self,
        path: str,
        nets: Sequence[FileNet],
        again: Callable[[], Sequence[FileNet]],
        post: Callable[[Message], object],
        stamp: Stamp | None = None,
    ) -> None:
        """Nothing is looked at before `start`.

        Args:
            nets: what the file held when it was opened.
            again: reads the file; raises ValueError or OSError where it cannot be.
            stamp: as the file was then.
        """
        self._path, self._nets, self._again, self._post = path, tuple(nets), again, post
        self._background = Background(self._failed)
        # As the file was when it was looked at last, and when it was read last.
        self._seen = self._read = stamp

    @property
    def idle(self) -> bool:
        """Whether nothing is being read."""
        return self._background.idle

    def start(self) -> None:
        """Begin to work."""
        self._background.start()

    def close(self) -> None:
        """Stop working."""
        self._background.close()

    def poll(self) -> None:
        """Look at the file, soon."""
        self._background.ask("poll", self._poll)

    # What follows runs in the background thread.

    def _poll(self) -> None:
        stamp = stamp_of(self._path)
        if stamp is None or stamp == self._read:
            # Of one that is gone another may be about to take the place.
            return
        before, self._seen = self._seen, stamp
        renamed = before is not None and before[0] != stamp[0]
        if not renamed and before != stamp:
            # Somebody may be writing into it: not before it was the same twice.
            return
        # What fails is not tried again before it is another.
        self._read = stamp
        try:
            nets = tuple(self._again())
        except Exception as error:
            self._failed(error)
            return
        if stamp_of(self._path) != stamp:
            # It was rewritten meanwhile, and is read the next time.
            self._read = None
            return
        if nets != self._nets:
            self._nets = nets
            self._post(FileRewritten(nets, stamp[2] / 1e9))

    def _failed(self, error: BaseException) -> None:
        self._post(FileUnread(said_of(error)))
