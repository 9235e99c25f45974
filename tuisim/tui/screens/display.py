"""MainDisplay: what the main screen shows, without its keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.geometry import Region
from textual.timer import Timer

from tuisim.figures.views.table import DASHBOARD, VIEWS, Scene, View
from tuisim.tui.keys.keymap import first_key
from tuisim.tui.screens.bench.dashboard import has_room
from tuisim.tui.screens.bench.lines import MainLines
from tuisim.tui.screens.panels import Panels
from tuisim.tui.screens.view import ViewScreen
from tuisim.tui.state import words
from tuisim.tui.state.bench.window import Window
from tuisim.tui.state.laboratory import Laboratory
from tuisim.tui.state.measuring import LATE_SECONDS
from tuisim.tui.widgets.keybar import KeyBar
from tuisim.tui.widgets.line import Line
from tuisim.tui.widgets.plot import Plot
from tuisim.tui.widgets.side import PlaneBeside
from tuisim.tui.widgets.verdict import Verdict

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.engine.runs.stream import StreamRun
    from tuisim.figures.views.plane import Places
    from tuisim.tui.state.computing import Computed

#: From this size on the eigenvalue plane has room beside the plots.
_WIDE = (96, 18)
_SIDE_COLUMNS = 40


class MainDisplay(MainLines):
    """Plots, with the eigenvalues beside them; verdict and status above, notice below."""

    DEFAULT_CSS = """
    MainDisplay { layout: vertical; overflow: hidden; }
    .bar { height: 1; padding: 0 1; }
    #advice { color: $text-accent; }
    #status { width: 1fr; }
    #time { width: auto; }
    #body { height: 1fr; }
    #side { width: 40; }
    #side.roomy { width: 40; max-width: 60%; }
    #side.large { width: 1fr; max-width: 100%; }
    #side.large Plot { max-height: 100%; }
    #side Plot { height: 1fr; max-height: 21; }
    #facts { padding: 1 1 0 1; height: auto; color: $foreground 75%; }
    #pinned { height: 1; padding: 0 1; color: $foreground 75%; }
    #notice { height: 1; padding: 0 1; color: $foreground 65%; }
    /* Nothing shows of what holds others, and Textual would render it row by row in each frame. */
    .bare, Panels { visibility: hidden; }
    .bare > Static, MainDisplay Plot { visibility: visible; }
    #notice.news { color: $text-warning; text-style: bold; height: auto; max-height: 3; }
    """
    AUTO_FOCUS = ""

    def __init__(
        self, laboratory: Laboratory, clock: Callable[[], float], *, ascii: bool = False
    ) -> None:
        """A screen over a laboratory."""
        super().__init__(laboratory, clock, ascii=ascii)
        self.log_axis = True
        self.stream_time = 0.0
        self._side_fits = True
        self._roomy = False
        self._large = ""
        self.window = Window(laboratory.experiment.depth)
        self._ticker: Timer | None = None
        self._beside_plots = PlaneBeside(laboratory.sketching)
        # The run whose measures the plots wait for, and whether those are late.
        self._measured: Run | None = None
        self._measures_late = False
        self._measure_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Verdict and status over the plots, what else there is to say and the keys under them."""
        yield Verdict(id="verdict", ascii=self.ascii)
        yield Line(id="advice", classes="bar")
        with Horizontal(classes="bar bare"):
            yield Line(id="status")
            yield Line(id="time")
        with Horizontal(id="body"):
            yield Panels(self.view, ascii=self.ascii, id="plots")
            with Vertical(id="side", classes="bare"):
                yield Plot(id="plane", ascii=self.ascii, border=True)
                yield Line(id="facts")
        yield Line(id="pinned")
        yield Line(id="notice")
        yield KeyBar(ascii=self.ascii)

    def on_mount(self) -> None:
        """Start the clock that playing looks at; it stands still while nothing plays."""
        self._ticker = self.every_frame(self.tick)
        self.draw_words()

    def on_resize(self, event: Resize) -> None:
        """Show what there is room for."""
        wide, high = event.size
        self._side_fits = wide >= _WIDE[0] and high >= _WIDE[1]
        self.make_room(self._roomy)
        self.fit_lines(wide, high)
        self.open_fitting()
        self.draw_words()

    def _choose_plots(self) -> None:
        """Where there is room for one plot, show the pass that is being played."""
        forward = self.playback.phase == "forward" and self._stream is None
        side = min(_SIDE_COLUMNS, 6 * self.size.width // 10) if self._beside else 0
        large = "" if self._roomy else self._large
        self._panels.choose(self.size.width - side, self.size.height, forward, large)

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
        alone = self._large == "plane" and self._beside and not roomy
        self._panels.display = not alone
        self.query_one("#side").set_class(roomy, "roomy")
        self.query_one("#side").set_class(alone, "large")
        self._choose_plots()

    # What comes from the laboratory.

    def show_run(self) -> None:
        """Draw the laboratory's run."""
        computed = self.laboratory.computed
        assert computed is not None
        self.playback.retarget(computed.experiment.depth)
        self.window.retarget(computed.experiment.depth)
        if self.laboratory.experiment == computed.experiment:
            self.no_longer_late()
        self.keeps_up = True
        if self._stream is None or not self.view.streams:
            self._draw_plots()
        self._draw_side()
        self.draw_words()
        if isinstance(self.app.screen, ViewScreen):
            self.app.screen.show_run()

    def show_measures(self) -> None:
        """Draw what the view needs, or how far that is."""
        if self.view.needs:
            self._draw_plots()

    def show_advice(self) -> None:
        """Say which change would mend the net."""
        self.draw_advice()

    def show_stream(self, look: StreamRun) -> None:
        """Draw a look at the stream."""
        if not self.laboratory.streaming:
            return
        self._stream = look
        self.open_fitting()
        if self.view.streams:
            self._draw_plots()
        self._draw_facts()
        self.draw_words()

    def show_preparing(self) -> None:
        """Say which kernels are being compiled or loaded."""
        if self.laboratory.computed is None:
            self._panels.wait(self.laboratory.preparing)
        self.draw_notice()

    def leave_stream(self) -> None:
        """Forget the stream's last look: the run comes back."""
        self._stream = None
        self.open_fitting()
        self.draw_all()

    def open_view(self, key: str) -> None:
        """Show the view on this number key."""
        self._large = ""
        self._open(self._fitting(VIEWS[key]))

    def open_fitting(self) -> None:
        """Show more of the view where there is room now, or less."""
        if self._fitting(self.view) is not self.view:
            self._open(self._fitting(VIEWS[self.view.key]))

    def _open(self, view: View) -> None:
        self.view = view
        self.laboratory.sketching.forget()
        if self._large not in self._enlarged:
            self._large = ""
        self._panels.open(view)
        self.make_room(self._roomy)
        self.draw_all()

    def _fitting(self, view: View) -> View:
        """A view as this screen has room for it; what streams has no measures."""
        if view.key != DASHBOARD.key:
            return view
        roomy = has_room(self.size) and self._stream is None
        return DASHBOARD if roomy else VIEWS[view.key]

    def enlarge(self, name: str) -> None:
        """Give one panel all of the room, or with an empty name each its own again."""
        self._large = name
        self.make_room(self._roomy)

    def zoom(self, factor: float, at: float | None = None, *, centred: bool = True) -> None:
        """Show fewer steps by this factor, or more, about one of them or the cursor."""
        if not self._panels.timed:
            self.say(words.NOT_TIMED)
            return
        if self.window.zoom(factor, self.playback.step if at is None else at, centred=centred):
            self._draw_plots()
        own: dict[str, str] = getattr(self.app, "own_keys", {})
        key, streams = first_key("all_steps", own), self._stream is not None and self.view.streams
        self.say(words.window_words(self.window, key, streams))

    @property
    def _enlarged(self) -> list[str]:
        """The names of the panels that may have all of the room."""
        return [*(panel.name for panel in self.view.panels), *["plane"] * self._beside]

    def draw_all(self) -> None:
        """Draw everything anew."""
        self._draw_plots()
        self._draw_side()
        self.draw_words()

    @property
    def preparing(self) -> bool:
        """Whether kernels are still being compiled or loaded."""
        return bool(self.laboratory.preparing)

    # Drawing.

    def _draw_plots(self) -> None:
        """Draw the view's figures, those that are others by now."""
        computed = self.laboratory.computed
        if computed is None:
            self._panels.wait(self.laboratory.preparing)
            return
        newest = [one.run for one in self.pale[:1]]
        measuring = self.laboratory.measuring
        measuring.want([computed.run, *newest], self.view.needs)
        waits = measuring.waiting(computed.run, self.view.needs)
        if not waits or self._measured is not computed.run:
            # While a key is held each run is overtaken by the next: none of them is late.
            self._no_longer_measuring()
        self._measured = computed.run
        if waits and self._measure_timer is None and not self._measures_late:
            self._measure_timer = self.set_timer(LATE_SECONDS, self._say_measuring)
        self._show_panels(computed)

    def _show_panels(self, computed: Computed) -> None:
        waiting = self.laboratory.measuring.waiting(computed.run, self.view.needs)
        coming = () if self._measures_late else waiting
        sketching = self.laboratory.sketching
        self._panels.draw(self._scene(computed), self._reveals(), sketching, coming)
        if self._stream is not None:
            # A run that comes is not what is shown.
            sketching.forget()

    def _say_measuring(self) -> None:
        self._measure_timer, self._measures_late = None, True
        self._draw_plots()

    def _no_longer_measuring(self) -> None:
        if self._measure_timer is not None:
            self._measure_timer.stop()
        self._measure_timer, self._measures_late = None, False

    def _scene(self, computed: Computed) -> Scene:
        pinned = [one.run for one in self.pale]
        if self._stream is not None and self.view.streams:
            look: Any = self._stream
            return Scene(
                look,
                log=self.log_axis,
                start=look.first,
                gradient_start=look.gradient_first,
                limits=look.page,
                window=self.window.page(look.now),
            )
        measuring = self.laboratory.measuring
        return Scene(
            computed.run,
            computed.prediction,
            pinned,
            self.log_axis,
            # Beside the norms what hangs on the step is read, not watched.
            self.playback.told[0] if self.view is DASHBOARD else self.playback.step,
            window=self.window.span,
            computed=measuring.values(computed.run),
            missing=measuring.missing(computed.run, self.view.needs),
            pinned_computed=measuring.values(pinned[0]) if pinned else {},
            left=self.left is not None,
            places=self._places,
        )

    def _reveals(self) -> tuple[Any, ...]:
        if self._stream is not None:
            return self.view.reveals(None, "done", False)
        playing = self.playback.playing
        return self.view.reveals(self.playback.step, self.playback.phase, not playing)

    def draw_reveal(self) -> None:
        self._choose_plots()
        computed = self.laboratory.computed
        self.window.follow(self.playback.step, self.playback.phase == "backward")
        if computed is not None:
            self._show_panels(computed)
        self.draw_time()
        self.draw_verdict()

    def _draw_side(self) -> None:
        computed = self.laboratory.computed
        if computed is None:
            return
        self._draw_facts()
        pinned = [one.diagnosis for one in self.pale]
        self._beside_plots.show(self.query_one("#plane", Plot), computed, pinned, self._places)

    @property
    def _places(self) -> Places | None:
        """Where the eigenvalues of the layer that is shown were in its file before."""
        opened = self.laboratory.opened
        return None if opened is None else opened.wake.places(self.laboratory.experiment)

    def _draw_facts(self) -> None:
        computed = self.laboratory.computed
        if self._stream is not None:
            self.put("#facts", words.stream_facts(self._stream, self.ascii), wraps=self._roomy)
        elif computed is not None:
            facts = words.facts(computed.run, self.ascii, computed.prediction)
            self.put("#facts", facts, wraps=self._roomy)

    # Time.

    def tick(self) -> None:
        """Let playing catch up with the clock; a frame is left out where the writer is behind."""
        now = self.clock()
        if not (self.is_active or self._roomy):
            # Under a dialog time stands still: Textual repaints all that lies below one, 20 kB a
            # frame. The editor alone wants to see what moves.
            self.stream_time = now
            self.playback.hold(now)
            return
        if self.leaves_out:
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

    def moved(self) -> None:
        """Show where the cursor went."""
        self.pace()
        self.draw_reveal()

    def pace(self) -> None:
        if self._ticker is not None:
            if self.playback.playing:
                self._ticker.resume()
            else:
                self._ticker.pause()
