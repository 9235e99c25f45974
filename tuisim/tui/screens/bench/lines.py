"""MainLines: the lines of words around the plots of the main screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.timer import Timer
from textual.widgets import Static

from tuisim.figures.views.table import VIEWS
from tuisim.figures.words.badge import badge_rows
from tuisim.figures.words.prose import advice_line
from tuisim.figures.words.status import status_line
from tuisim.tui.keys.keymap import first_key
from tuisim.tui.shell.leaving import Leavable
from tuisim.tui.state import words
from tuisim.tui.state.laboratory import Laboratory
from tuisim.tui.state.playback import Playback
from tuisim.tui.widgets.line import put
from tuisim.tui.widgets.verdict import Verdict

if TYPE_CHECKING:
    from tuisim.engine.runs.stream import StreamRun
    from tuisim.tui.state.computing import Computed

_NOTICE_SECONDS = 5.0

#: Under these heights there is no room for a second line below the plots, nor above them.
_NOTES, _ADVICE = 20, 24


class MainLines(Leavable[None]):
    """Verdict, advice and status above the plots; what is pinned and the notice below."""

    def __init__(
        self, laboratory: Laboratory, clock: Callable[[], float], *, ascii: bool = False
    ) -> None:
        """Lines about what a laboratory holds."""
        super().__init__()
        self.laboratory = laboratory
        self.clock = clock
        self.ascii = ascii
        self.view = VIEWS["1"]
        self.playback = Playback(laboratory.experiment.depth)
        self._stream: StreamRun | None = None
        self._tall = True
        self._news = ""
        self._says_before = False
        self._notice_timer: Timer | None = None
        self.asked_timer: Timer | None = None
        self.late_timer: Timer | None = None
        self.late_news = ""
        #: Whether runs have come since one was waited for: with a key held, each of a net before.
        self.keeps_up = False

    def fit_lines(self, columns: int, rows: int) -> None:
        """Take as many rows as a screen of this size has for words."""
        self._tall = rows >= _NOTES
        self.query_one("#advice").display = rows >= _ADVICE
        self.query_one(Verdict).styles.height = badge_rows(columns, rows, self.ascii)

    def say(self, text: str, *, lasting: bool = False) -> None:
        """Show a short notice for a while, or `lasting`, until something else is said."""
        self._news = text
        if self._notice_timer is not None:
            self._notice_timer.stop()
            self._notice_timer = None
        if not lasting:
            self._notice_timer = self.set_timer(_NOTICE_SECONDS, self._forget_news)
        self.draw_notice()

    def says(self, text: str) -> bool:
        """Whether this is the notice that stands there."""
        return self._news == text

    def hush(self) -> None:
        """Take back what was said."""
        if self._news:
            self._forget_news()

    def no_longer_late(self) -> None:
        """The run that was waited for is there."""
        if self.late_timer is not None:
            self.late_timer.stop()
            self.late_timer = None
        if self.late_news and self._news == self.late_news:
            self._forget_news()
        self.late_news = ""

    def _forget_news(self) -> None:
        self._news = ""
        self.draw_notice()

    def draw_words(self) -> None:
        """Say everything anew."""
        if self.asked_timer is not None:
            self.asked_timer.stop()
            self.asked_timer = None
        self.draw_time()
        self.draw_verdict()
        self.draw_advice()
        self.draw_notice()

    def draw_time(self) -> None:
        """Say which net is asked for, and where time stands."""
        text = words.playing_words(
            self.playback, self.laboratory.streaming, self._stream, self.ascii
        )
        self.put("#time", text)
        room = self.size.width - 3 - len(text)
        self.put("#status", status_line(self.laboratory.experiment, max(room, 1), self.ascii))
        if self._says_before != self._shows_before:
            # The net above is the one asked for by now, and that of the verdict is not.
            self.draw_verdict()
            self.draw_advice()

    @property
    def _shows_before(self) -> bool:
        """Whether the run that is shown is of the net before the one that is asked for."""
        shown = self.laboratory.computed
        stale = shown is not None and shown.experiment != self.laboratory.experiment
        return stale and self._stream is None

    def draw_verdict(self) -> None:
        """Say what became of the gradient of the run that is shown, and of the one pinned."""
        computed, verdict = self.laboratory.computed, self.query_one(Verdict)
        streams = self._stream is not None and self.playback.playing
        if computed is None or (streams and not verdict.due(self.clock())):
            return
        before = self._says_before = self._shows_before
        verdict.show(words.verdict_badge(computed, self._stream, self.playback, before))
        text = self._beside_words(max(self.size.width - 2, 1)) if self._tall else ""
        self.query_one("#pinned").display = bool(text)
        self.put("#pinned", text)

    def _beside_words(self, width: int) -> str:
        """Which update of a file is shown, and what is pale beside it."""
        opened, pinned = self.laboratory.opened, self.laboratory.pinned
        if opened is not None and opened.which and opened.holds(self.laboratory.experiment):
            before = self.left
            run = None if before is None else before.run
            return words.before_words(opened.which, run, width, self.ascii)
        return words.pinned_words(pinned[0].run if pinned else None, width, self.ascii)

    @property
    def left(self) -> Computed | None:
        """The run before the file of the layer that is shown became another."""
        opened, computed = self.laboratory.opened, self.laboratory.computed
        found = None if opened is None else opened.wake.before(self.laboratory.experiment)
        return None if found is computed else found

    @property
    def pale(self) -> list[Computed]:
        """What is drawn beside the run: that one, and what is pinned."""
        return [*filter(None, [self.left]), *self.laboratory.pinned]

    def draw_advice(self) -> None:
        """Say which change would mend the net, once that is measured."""
        computed, text = self.laboratory.computed, ""
        if computed is not None and self._stream is None and not self._shows_before:
            run, room = computed.run, max(self.size.width - 2, 1)
            own: dict[str, str] = getattr(self.app, "own_keys", {})
            advising, key = self.laboratory.advising, first_key("mend", own)
            text = advice_line(advising.of(run), run, key, room, self.ascii)
            if key and advising.unasked(run):
                text = words.phrase(f"{key} tries what would mend it", room, self.ascii)
        self.put("#advice", text)

    def draw_notice(self) -> None:
        """Say what there is to say else."""
        line = self.query_one("#notice", Static)
        news = self._news or self.laboratory.preparing
        line.set_class(bool(news), "news")
        line.display = self._tall or bool(news)
        computed = self.laboratory.computed
        room = max(self.size.width - 2, 1)
        diagnosis = computed.diagnosis if computed else None
        streaming = self._stream is not None
        text = news or words.view_words(self.view, diagnosis, streaming, room, self.ascii)
        # News may need room: the command line, what a preset shows.
        shown = words.notice(text, room, self.ascii, words.NOTICE_LINES if news else 1)
        self.put("#notice", shown, wraps=bool(news))

    def put(self, where: str, text: str, wraps: bool = False) -> None:
        """Show a text in a line where it is not there already."""
        put(self.query_one(where, Static), text, wraps=wraps, across=where == "#time")
