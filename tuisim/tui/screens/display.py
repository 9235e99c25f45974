"""MainDisplay: what the main screen shows, without its keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.geometry import Region
from textual.timer import Timer
from textual.widgets import Static

from tuisim.figures.views.table import VIEWS, Scene, View
from tuisim.figures.words.badge import badge_rows
from tuisim.figures.words.status import status_line
from tuisim.tui.screens.panels import Panels
from tuisim.tui.shell.leaving import Leavable
from tuisim.tui.shell.pace import FRAME_SECONDS, writer_is_behind
from tuisim.tui.state import words
from tuisim.tui.state.laboratory import Laboratory
from tuisim.tui.state.measuring import LATE_SECONDS
from tuisim.tui.state.playback import Playback
from tuisim.tui.widgets.keybar import KeyBar
from tuisim.tui.widgets.line import put
from tuisim.tui.widgets.plot import Plot
from tuisim.tui.widgets.side import plane_beside
from tuisim.tui.widgets.verdict import Verdict

if TYPE_CHECKING:
    from tuisim.engine.runs.stream import StreamRun
    from tuisim.tui.state.computing import Computed

_NOTICE_SECONDS = 5.0

#: From this size on the eigenvalue plane has room beside the plots.
_WIDE = (96, 18)
#: Under this height there is no room for a second line below the plots.
_NOTES = 20
_SIDE_COLUMNS = 40


class MainDisplay(Leavable[None]):
    """Plots, with the eigenvalues beside them; verdict and status above, notice below."""

    DEFAULT_CSS = """
    MainDisplay { layout: vertical; overflow: hidden; }
    .bar { height: 1; padding: 0 1; }
    #status { width: 1fr; }
    #time { width: auto; }
    #body { height: 1fr; }
    #side { width: 40; }
    #side.roomy { width: 40; max-width: 60%; }
    #side Plot { height: 1fr; max-height: 21; }
    #facts { padding: 1 1 0 1; height: auto; color: $foreground 75%; }
    #pinned { height: 1; padding: 0 1; color: $foreground 75%; }
    #notice { height: 1; padding: 0 1; color: $foreground 65%; }
    #notice.news { color: $text-warning; text-style: bold; height: auto; max-height: 3; }
    """
    AUTO_FOCUS = ""

    def __init__(
        self, laboratory: Laboratory, clock: Callable[[], float], *, ascii: bool = False
    ) -> None:
        """A screen over a laboratory."""
        super().__init__()
        self.laboratory = laboratory
        self.clock = clock
        self.ascii = ascii
        self.log_axis = True
        self.view = VIEWS["1"]
        self.playback = Playback(laboratory.experiment.depth)
        self._stream: StreamRun | None = None
        self.stream_time = 0.0
        self._tall = self._side_fits = True
        self._roomy = False
        self._news = ""
        self._says_before = False
        self._ticker: Timer | None = None
        self._notice_timer: Timer | None = None
        self.asked_timer: Timer | None = None
        self.late_timer: Timer | None = None
        self.late_news = ""
        # Which view's figures are on the plots, and whether what they wait for is late.
        self._drawn: View | None = None
        self._measures_late = False
        self._measure_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Verdict and status over the plots, what else there is to say and the keys under them."""
        yield Verdict(id="verdict", ascii=self.ascii)
        with Horizontal(classes="bar"):
            yield Static(id="status", markup=False)
            yield Static(id="time", markup=False)
        with Horizontal(id="body"):
            yield Panels(self.view, ascii=self.ascii, id="plots")
            with Vertical(id="side"):
                yield Plot(id="plane", ascii=self.ascii, border=True)
                yield Static(id="facts", markup=False)
        yield Static(id="pinned", markup=False)
        yield Static(id="notice", markup=False)
        yield KeyBar(ascii=self.ascii)

    def on_mount(self) -> None:
        """Start the clock that playing looks at; it stands still while nothing plays."""
        self._ticker = self.set_interval(FRAME_SECONDS, self.tick, pause=True)
        self._draw_words()

    def on_resize(self, event: Resize) -> None:
        """Show what there is room for."""
        wide, high = event.size
        self._side_fits = wide >= _WIDE[0] and high >= _WIDE[1]
        self.make_room(self._roomy)
        self._tall = high >= _NOTES
        self.query_one(Verdict).styles.height = badge_rows(wide, high, self.ascii)
        self._draw_words()

    def _choose_plots(self) -> None:
        """Where there is room for one plot, show the pass that is being played."""
        forward = self.playback.phase == "forward" and self._stream is None
        side = min(_SIDE_COLUMNS, 6 * self.size.width // 10) if self._beside else 0
        self._panels.choose(self.size.width - side, self.size.height, forward)

    @property
    def _panels(self) -> Panels:
        return self.query_one(Panels)

    @property
    def _beside(self) -> bool:
        return (self._side_fits and self.view.side) or self._roomy

    @property
    def body(self) -> Region:
        """Where the plots lie, between the words above and below."""
        return self.query_one("#body").region

    def make_room(self, roomy: bool) -> None:
        """Keep the side free for an editor that lies over it, whatever the size."""
        self._roomy = roomy
        self.query_one("#side").display = self._beside
        self.query_one("#side").set_class(roomy, "roomy")
        self._choose_plots()

    # What comes from the laboratory.

    def show_run(self) -> None:
        """Draw the laboratory's run."""
        computed = self.laboratory.computed
        assert computed is not None
        self.playback.retarget(computed.experiment.depth)
        if self.laboratory.experiment == computed.experiment:
            self._no_longer_late()
        if self._stream is None or not self.view.streams:
            self._draw_plots()
        self._draw_side()
        self._draw_words()

    def show_measures(self) -> None:
        """Draw what the view needs, or how far that is."""
        if self.view.needs:
            self._draw_plots()

    def show_stream(self, look: StreamRun) -> None:
        """Draw a look at the stream."""
        if not self.laboratory.streaming:
            return
        self._stream = look
        if self.view.streams:
            self._draw_plots()
        self._draw_facts()
        self._draw_words()

    def show_preparing(self) -> None:
        """Say which kernels are being compiled or loaded."""
        if self.laboratory.computed is None:
            self._panels.wait(self.laboratory.preparing)
        self._draw_notice()

    def leave_stream(self) -> None:
        """Forget the stream's last look: the run comes back."""
        self._stream = None
        self.draw_all()

    def open_view(self, key: str) -> None:
        """Show the view on this number key."""
        self.view = VIEWS[key]
        self._panels.open(self.view)
        self.make_room(self._roomy)
        self.draw_all()

    def draw_all(self) -> None:
        """Draw everything anew."""
        self._draw_plots()
        self._draw_side()
        self._draw_words()

    @property
    def preparing(self) -> bool:
        """Whether kernels are still being compiled or loaded."""
        return bool(self.laboratory.preparing)

    def say(self, text: str, *, lasting: bool = False) -> None:
        """Show a short notice for a while, or `lasting`, until something else is said."""
        self._news = text
        if self._notice_timer is not None:
            self._notice_timer.stop()
            self._notice_timer = None
        if not lasting:
            self._notice_timer = self.set_timer(_NOTICE_SECONDS, self._forget_news)
        self._draw_notice()

    def says(self, text: str) -> bool:
        """Whether this is the notice that stands there."""
        return self._news == text

    def hush(self) -> None:
        """Take back what was said."""
        if self._news:
            self._forget_news()

    def _no_longer_late(self) -> None:
        if self.late_timer is not None:
            self.late_timer.stop()
            self.late_timer = None
        if self.late_news and self._news == self.late_news:
            self._forget_news()
        self.late_news = ""

    def _forget_news(self) -> None:
        self._news = ""
        self._draw_notice()

    # Drawing.

    def _draw_plots(self) -> None:
        computed = self.laboratory.computed
        if computed is None:
            self._panels.wait(self.laboratory.preparing)
            return
        newest = [one.run for one in self.laboratory.pinned[:1]]
        measuring = self.laboratory.measuring
        measuring.want([computed.run, *newest], self.view.needs)
        if not measuring.waits(computed.run, self.view.needs):
            self._no_longer_measuring()
        elif self._measure_timer is None and not self._measures_late:
            self._measure_timer = self.set_timer(LATE_SECONDS, self._say_measuring)
        if self._drawn is self.view and self._measure_timer is not None:
            # Until it is late, the picture before stays: a blank one would flicker at each key.
            return
        self._drawn = self.view
        self._panels.draw(self._scene(computed), self._reveals())

    def _say_measuring(self) -> None:
        self._measure_timer, self._measures_late = None, True
        self._draw_plots()

    def _no_longer_measuring(self) -> None:
        if self._measure_timer is not None:
            self._measure_timer.stop()
        self._measure_timer, self._measures_late = None, False

    def _scene(self, computed: Computed) -> Scene:
        pinned = [one.run for one in self.laboratory.pinned]
        if self._stream is not None and self.view.streams:
            look: Any = self._stream
            return Scene(
                look,
                log=self.log_axis,
                start=look.first,
                gradient_start=look.gradient_first,
                limits=look.page,
            )
        prediction = computed.diagnosis.prediction if computed.diagnosis else None
        measuring = self.laboratory.measuring
        return Scene(
            computed.run,
            prediction,
            pinned,
            self.log_axis,
            self.playback.step,
            computed=measuring.values(computed.run),
            missing=measuring.missing(computed.run, self.view.needs),
            pinned_computed=measuring.values(pinned[0]) if pinned else {},
        )

    def _reveals(self) -> tuple[Any, ...]:
        if self._stream is not None:
            return self.view.reveals(None, "done", False)
        playing = self.playback.playing
        return self.view.reveals(self.playback.step, self.playback.phase, not playing)

    def draw_reveal(self) -> None:
        self._choose_plots()
        computed = self.laboratory.computed
        if computed is not None:
            self._panels.reveal(self._scene(computed), self._reveals())
        self.draw_time()
        self._draw_verdict()

    def _draw_side(self) -> None:
        computed = self.laboratory.computed
        if computed is None:
            return
        self._draw_facts()
        pinned = [one.diagnosis for one in self.laboratory.pinned]
        self.query_one("#plane", Plot).show(plane_beside(computed, pinned))

    def _draw_facts(self) -> None:
        computed = self.laboratory.computed
        if self._stream is not None:
            self._put("#facts", words.stream_facts(self._stream, self.ascii), wraps=self._roomy)
        elif computed is not None:
            theory = computed.diagnosis.prediction if computed.diagnosis else None
            self._put("#facts", words.facts(computed.run, self.ascii, theory), wraps=self._roomy)

    def _draw_words(self) -> None:
        if self.asked_timer is not None:
            self.asked_timer.stop()
            self.asked_timer = None
        self.draw_time()
        self._draw_verdict()
        self._draw_notice()

    def draw_time(self) -> None:
        text = words.playing_words(
            self.playback, self.laboratory.streaming, self._stream, self.ascii
        )
        self._put("#time", text)
        room = self.size.width - 3 - len(text)
        self._put("#status", status_line(self.laboratory.experiment, max(room, 1), self.ascii))
        if self._says_before != self._shows_before:
            # The net above is the one asked for by now, and that of the verdict is not.
            self._draw_verdict()

    @property
    def _shows_before(self) -> bool:
        """Whether the run that is shown is of the net before the one that is asked for."""
        shown = self.laboratory.computed
        stale = shown is not None and shown.experiment != self.laboratory.experiment
        return stale and self._stream is None

    def _draw_verdict(self) -> None:
        computed, verdict = self.laboratory.computed, self.query_one(Verdict)
        streams = self._stream is not None and self.playback.playing
        if computed is None or (streams and not verdict.due(self.clock())):
            return
        before = self._says_before = self._shows_before
        verdict.show(words.verdict_badge(computed, self._stream, self.playback, before))
        pinned = self.laboratory.pinned[0].run if self.laboratory.pinned and self._tall else None
        width = max(self.size.width - 2, 1)
        self.query_one("#pinned").display = pinned is not None
        self._put("#pinned", words.pinned_words(pinned, width, self.ascii))

    def _draw_notice(self) -> None:
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
        self._put("#notice", shown, wraps=bool(news))

    def _put(self, where: str, text: str, wraps: bool = False) -> None:
        put(self.query_one(where, Static), text, wraps=wraps, across=where == "#time")

    # Time.

    def tick(self) -> None:
        """Let playing catch up with the clock; a frame is left out where the writer is behind."""
        if writer_is_behind(self.app):
            return
        now = self.clock()
        if not (self.is_active or self._roomy):
            # Under a dialog time stands still: Textual repaints all that lies below one, 20 kB a
            # frame. The editor alone wants to see what moves.
            self.stream_time = now
            self.playback.hold(now)
            return
        if self.laboratory.streaming:
            due = int((now - self.stream_time) * self.playback.speed)
            if due > 0 and self.playback.playing:
                self.stream_time = now
                self.laboratory.stream_on(min(due, self.laboratory.experiment.depth))
            return
        if self.playback.advance(now):
            self.draw_reveal()
        self.pace()

    def pace(self) -> None:
        if self._ticker is not None:
            if self.playback.playing:
                self._ticker.resume()
            else:
                self._ticker.pause()
