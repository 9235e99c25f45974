"""Keeping: the session as files, in a thread of its own; no widget in it.

Everything but the jobs runs on the event loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.message import Message

from tuisim.terminal.sessions import Found, Sessions
from tuisim.tui.shell.background import Background
from tuisim.tui.shell.saying import said_of
from tuisim.tui.state.messages import SessionFound, Warned
from tuisim.values.session import Session

#: How often what was changed is written while the app runs.
KEEP_SECONDS = 5.0
#: For what is being written at the end: a disk of another machine may never answer.
_PATIENCE_SECONDS = 2.0


class Keeping:
    """What is kept of this session, and what was kept of the one before."""

    def __init__(
        self, sessions: Sessions, begun: Session, post: Callable[[Message], object]
    ) -> None:
        """Nothing is kept yet.

        Args:
            begun: what the app opens on, which is not worth keeping.
        """
        self._sessions, self._begun, self._post = sessions, begun, post
        self._background = Background(self._failed)
        self._newest = begun
        #: What may be taken back.
        self.offered: Found | None = None
        #: Why the newest was not kept; empty where it was.
        self.trouble = ""

    def start(self, look: bool) -> None:
        """Begin to work; `look` for what was kept, which is posted."""
        self._background.start()
        if look:
            self._background.ask("look", self._look)

    def take(self) -> Session | None:
        """What was kept, to go on with; None where there is nothing."""
        found, self.offered = self.offered, None
        if found is None:
            return None
        self._sessions.take(found)
        return found.session

    def keep(self, session: Session, *, last: bool) -> None:
        """Have this written, in place of what waits, where it is another than before.

        Args:
            last: whether none follows; else another view or step alone is not worth a file.
        """
        if session == self._newest or not (last or session.work != self._newest.work):
            return
        self._newest = session
        worth = self._sessions.took or session.work != self._begun.work
        self._background.ask("keep", lambda: self._keep(session if worth else None))

    def finish(self) -> str:
        """Wait for the last to be written, once the app has ended; why it was not, or nothing."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while not self._background.idle and time.monotonic() < end:
            time.sleep(0.005)
        late = not self._background.idle
        self._background.close()
        if late:
            return "the session is not kept: the disk does not answer"
        self._sessions.close()
        return self.trouble

    # What follows runs in the background thread.

    def _look(self) -> None:
        from tuisim.tui.state.saving import check_session

        self._post(SessionFound(*self._sessions.newest(check_session)))

    def _keep(self, session: Session | None) -> None:
        if session is None:
            self._sessions.forget()
        else:
            self._sessions.write(session)
        self.trouble = ""

    def _failed(self, error: BaseException) -> None:
        reason = getattr(error, "strerror", None) or said_of(error)
        before, self.trouble = self.trouble, f"the session is not kept: {reason}"
        if self.trouble != before:
            self._post(Warned(self.trouble))
