"""LogReading: a log that is read on and drawn in a thread of its own; no widget in it.

Everything but the jobs runs on the event loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from textual.message import Message

from tuisim.tui.shell.background import Background
from tuisim.tui.shell.saying import said_of
from tuisim.tui.state.messages import Failed

if TYPE_CHECKING:
    from tuisim.figures.drawing.figure import Figure
    from tuisim.figures.views.logged import Panel

#: How often the file is looked at, and how often something is shown of what takes long to read.
POLL_SECONDS = 0.2
_SHOWN_SECONDS = 0.5


@attrs.frozen
class Wanted:
    """What is to be drawn: which plots, over which updates, on which axis."""

    first: int = 0
    count: int = 2
    log: bool = True
    window: tuple[float, float] | None = None


@attrs.frozen(eq=False)
class LogLook:
    """A log as it was at some time.

    Attributes:
        panels: the plots that there are. shown, figures: those that were wanted.
        whole: the first and the last update. label: what these are called.
        latest: the newest values in words. share: of the file that is read.
        rows, skipped, left_out, renewed: as LogReader has them.
        written: when the file was, in seconds since the epoch.
    """

    wanted: Wanted
    panels: Sequence[Panel]
    figures: Sequence[Figure]
    whole: tuple[float, float]
    label: str
    latest: str
    share: float
    rows: int
    skipped: int
    left_out: int
    renewed: int
    written: float


class LogLooked(Message):
    """The log went on, or is drawn otherwise."""

    def __init__(self, look: LogLook) -> None:
        super().__init__()
        self.look = look

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, LogLooked)


class LogUnread(Failed):
    """The log cannot be read."""


class LogReading:
    """Reads a log in a thread; looks at it are posted."""

    def __init__(self, path: Path, post: Callable[[Message], object]) -> None:
        """Nothing is read before `start`."""
        from tuisim.files.logs import LogReader

        self._path, self._post = path, post
        self._reader = LogReader(path)
        self._background = Background(self._failed)
        self._wanted = Wanted()
        self._written = 0.0
        self._trouble = ""

    @property
    def idle(self) -> bool:
        """Whether all that was asked for is shown."""
        return self._background.idle

    def start(self) -> None:
        """Begin to work."""
        self._background.start()

    def close(self) -> None:
        """Stop working."""
        self._background.close()

    def poll(self) -> None:
        """Look whether the log went on, soon."""
        self._background.ask("poll", self._poll)

    def want(self, wanted: Wanted) -> None:
        """Have this drawn, in place of what was wanted before."""
        self._wanted = wanted
        self._background.ask("draw", lambda: self._look(1.0))

    # What follows runs in the background thread.

    def _poll(self) -> None:
        from tuisim.engine.base.stopping import check_stop

        shown, went_on, renewed = time.monotonic(), False, self._reader.renewed
        for share in self._reader.read_on():
            check_stop()
            went_on = True
            if time.monotonic() - shown >= _SHOWN_SECONDS:
                shown = time.monotonic()
                self._look(share)
        if went_on or self._trouble or renewed != self._reader.renewed:
            self._trouble = ""
            self._written = self._path.stat().st_mtime
            self._look(1.0)

    def _look(self, share: float) -> None:
        from tuisim.figures.views.logged import latest_words, logged_figure, panels_of

        reader, wanted = self._reader, self._wanted
        columns = reader.columns
        panels = panels_of([*columns])
        shown = panels[wanted.first : wanted.first + wanted.count]
        names = [name for one in shown for name in one.names]
        self._post(
            LogLooked(
                LogLook(
                    wanted,
                    panels,
                    [
                        logged_figure(
                            one, columns, reader.label, log=wanted.log, window=wanted.window
                        )
                        for one in shown
                    ],
                    _ends(columns),
                    reader.label,
                    latest_words(columns, names),
                    share,
                    reader.rows,
                    reader.skipped,
                    reader.left_out,
                    reader.renewed,
                    self._written,
                )
            )
        )

    def _failed(self, error: BaseException) -> None:
        reason = getattr(error, "strerror", None) or said_of(error)
        if reason != self._trouble:
            self._trouble = reason
            self._post(LogUnread(reason))


def _ends(columns: Mapping[str, object]) -> tuple[float, float]:
    xs = [one.x for one in columns.values() if one.x.size]  # type: ignore[attr-defined]
    if not xs:
        return 0.0, 1.0
    return float(min(x[0] for x in xs)), float(max(x[-1] for x in xs))
