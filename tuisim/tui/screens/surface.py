"""SurfaceDisplay: an error surface with descent on it, without its keys."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widgets import Static

from tuisim.figures.drawing.figure import Figure, Floats, blank_figure
from tuisim.figures.views.surfaces.landscape import (
    NET_NAMES,
    UNIT_NAMES,
    Edges,
    cells_of,
    cursor_parts,
    descent_figure,
    fitting,
    ground_of,
    landscape_figure,
    path_line,
)
from tuisim.tui.explain.cliff import eigenvalue_words
from tuisim.tui.keys.keymaps import CLIFF
from tuisim.tui.screens.view import ViewScreen
from tuisim.tui.state.descending import STEPS_A_SECOND, Choice, Cliff, Mode, Point, Stepping
from tuisim.tui.state.surfaces import (
    GridFilled,
    PathsComputed,
    PointComputed,
    SurfaceMade,
    SurfaceRefused,
    Surfaces,
)
from tuisim.tui.state.words import notice
from tuisim.tui.widgets.guarded import guarded
from tuisim.tui.widgets.keybar import KeyBar
from tuisim.tui.widgets.line import Line, put
from tuisim.tui.widgets.plot import Plot
from tuisim.values.experiment import Experiment
from tuisim.values.left import MOST_PARTS

if TYPE_CHECKING:
    from tuisim.engine.surfaces.eigensurface import Part
    from tuisim.engine.surfaces.landscape import Losses, Path, Surface

#: From this width on the loss over the steps has room beside the surface.
_WIDE = 70
#: Under this height the words about the paths go, and under the second all but the picture.
_TALL, _LEAST = 15, 8

#: Of what takes longer it is said how far it is.
_LONG_SECONDS = 0.5


class SurfaceDisplay(ViewScreen):
    """The surface beside the losses, the numbers under them; without the keys."""

    DEFAULT_CSS = """
    SurfaceDisplay { layout: vertical; overflow: hidden; }
    SurfaceDisplay .words { height: 1; padding: 0 1; }
    SurfaceDisplay #top { text-style: bold; }
    SurfaceDisplay #ground { height: 1fr; }
    SurfaceDisplay #surface { width: 2fr; }
    SurfaceDisplay #descent { width: 1fr; }
    SurfaceDisplay #said { color: $text-warning; text-style: bold; dock: bottom;
        height: auto; max-height: 3;
    }
    """

    def __init__(
        self,
        experiment: Experiment,
        clock: Callable[[], float],
        cliff: Cliff | None = None,
        *,
        ascii: bool = False,
    ) -> None:
        """A screen that opens on the one-unit net; `m` goes to two eigenvalues of this one.

        Args:
            clock: seconds, for playing.
            cliff: what was left, to go on with.
        """
        super().__init__()
        self._experiment, self._clock, self._ascii = experiment, clock, ascii
        self.cliff = cliff or Cliff(experiment)
        self.cliff.enter(experiment)
        self._surfaces = Surfaces(self.post_message)
        self._parts: Sequence[Part] = ()
        self.surface: Surface | None = None
        self._edges: Edges = self.choice.edges()
        # What there is of the grid, the share of it that is known, and since when more is sought.
        self.grid: Floats = _nothing(self._edges)
        self._share, self._whole, self._begun = 0.0, False, 0.0
        self.paths: tuple[Path, ...] = ()
        # What the paths shown are of, and those asked for; the point whose numbers are shown.
        self._shown: object = None
        self._wanted: object = None
        self.seen: tuple[Point, Losses] | None = None
        self._said = ""
        self._ticker: Timer | None = None

    def compose(self) -> ComposeResult:
        """The formula, the surface beside the losses, the numbers, the keys."""
        yield Line(id="top", classes="words")
        with Horizontal(id="ground"):
            yield Plot(id="surface", ascii=self._ascii, border=True)
            yield Plot(id="descent", ascii=self._ascii, border=True)
        for name in ("point", "clipped", "plain", "said"):
            yield Line(id=name, classes="words")
        yield KeyBar(CLIFF, ascii=self._ascii)

    def on_mount(self) -> None:
        """Make the first surface."""
        self._ticker = self.every_frame(self.tick)
        self._surfaces.start()
        self._open(self.mode)

    def on_unmount(self) -> None:
        """Stop working."""
        self.stepping.playing = False
        self._surfaces.close()

    def on_resize(self) -> None:
        """Show what there is room for, and compute a grid as fine as that."""
        wide, high = self.size
        self.query_one("#descent").display = wide >= _WIDE
        for name in ("clipped", "plain"):
            self.query_one(f"#{name}").display = high >= _TALL
        for name in ("top", "point"):
            self.query_one(f"#{name}").display = high >= _LEAST
        self._draw_keys()
        self.call_after_refresh(self._ask)

    @property
    def mode(self) -> Mode:
        """Which surface is shown."""
        return self.cliff.mode

    @property
    def choices(self) -> dict[Mode, Choice]:
        """What is chosen on each surface."""
        return self.cliff.choices

    @property
    def stepping(self) -> Stepping:
        """Where the steps of descent stand."""
        return self.cliff.stepping

    @property
    def choice(self) -> Choice:
        """What is chosen on the surface shown."""
        return self.choices[self.mode]

    @property
    def settled(self) -> bool:
        """Whether all that was asked for is shown."""
        known = self.seen is not None and self.seen[0] == self.choice.cursor
        done = self.surface is not None and self._whole and self._shown == self._wanted
        return known and done and self._surfaces.idle

    @property
    def names(self) -> tuple[str, str]:
        """Of the two parameters."""
        return UNIT_NAMES if self.mode == "unit" else NET_NAMES

    # What is asked of the threads, and what they answer.

    def _turn_to(self, mode: Mode) -> None:
        """Show another surface, all steps of it."""
        self.stepping.finish()
        self._open(mode)

    def _open(self, mode: Mode) -> None:
        self.cliff.mode = mode
        self.surface, self.paths, self._shown, self.seen = None, (), None, None
        pair, experiment, cliff = _pair(self.cliff.pair), self._experiment, self.cliff

        def unit() -> Surface:
            from tuisim.engine.surfaces.one_unit import OneUnit

            return OneUnit()

        def net() -> Surface:
            from tuisim.engine.surfaces.eigensurface import EigenvalueSurface

            asked = (experiment, pair)
            if cliff.made is None or cliff.made[0] != asked:
                cliff.made = asked, EigenvalueSurface(experiment, *pair)
            return cliff.made[1]

        self._surfaces.make((mode, pair), unit if mode == "unit" else net)
        self._clear()
        self._draw()

    def _clear(self) -> None:
        self._edges = self.choice.edges()
        self.grid, self._share, self._whole = _nothing(self._edges), 0.0, False
        self._begun = self._clock()

    def on_surface_made(self, message: SurfaceMade) -> None:
        """Ask it for all that is shown."""
        if message.asked == (self.mode, _pair(self.cliff.pair)):
            self.surface = message.surface
            self._parts = getattr(message.surface, "parts", self._parts)
            self._ask()

    def on_surface_refused(self, message: SurfaceRefused) -> None:
        """Say why, and go back to the surface that there always is."""
        self.say(message.reason)
        if self.mode == "net" and self.surface is None:
            self._turn_to("unit")

    def _ask(self) -> None:
        """Everything anew: the surface, its window or the size is another."""
        size = self.query_one("#surface", Plot).size
        cells = cells_of(self.choice.window, *size, ascii=self._ascii, border=True)
        if self.surface is None or 0 in cells:
            self._draw()
            return
        self.choice.fit(*cells)
        self._clear()
        self._surfaces.fill(self.surface, self._edges)
        self._look()
        self._descend()

    def _look(self) -> None:
        if self.surface is not None:
            self._surfaces.look(self.surface, self.choice.cursor)

    def _descend(self) -> None:
        choice = self.choice
        self._wanted = (self.surface, choice.start, choice.learning_rate, choice.clip_threshold)
        if self.surface is not None:
            self._surfaces.descend(
                self.surface, choice.start, choice.learning_rate, choice.clip_threshold
            )
        self._draw()

    def on_grid_filled(self, message: GridFilled) -> None:
        """Show as much of the surface as is known."""
        if message.edges is self._edges:
            self.grid, self._share = message.loss_log10, message.share
            self._whole = message.whole
            self._draw()

    def on_paths_computed(self, message: PathsComputed) -> None:
        """Show the paths, unless others were asked for since."""
        if message.asked == self._wanted:
            self.paths, self._shown = message.paths, message.asked
            self._draw()

    def on_point_computed(self, message: PointComputed) -> None:
        """Show the numbers at the cursor."""
        if message.point == self.choice.cursor:
            self.seen = message.point, message.losses
            self._draw_words()

    # Time.

    @property
    def _last(self) -> int:
        return max((path.steps for path in self.paths), default=0)

    def tick(self) -> None:
        """Let playing catch up with the clock; a frame is left out where the writer is behind."""
        if not self.is_active or not self.paths:
            self.stepping.hold(self._clock())
        elif not self.leaves_out and self.stepping.advance(self._clock(), self._last):
            self._moved()

    def _moved(self) -> None:
        if self._ticker is not None:
            if self.stepping.playing:
                self._ticker.resume()
            else:
                self._ticker.pause()
        self._draw()

    # Drawing.

    @property
    def _waiting(self) -> str:
        return self.preparing or "computing …"

    @property
    def _coming(self) -> str:
        """How far the grid is, where that takes long or there is nothing of it to see."""
        if self._whole:
            return ""
        if self._share and self._clock() - self._begun > _LONG_SECONDS:
            return f"computing, {100 * self._share:.0f} %"
        return self._waiting if np.isnan(self.grid).all() else ""

    def show_preparing(self) -> None:
        """Say how far the kernels are, for which the surface waits."""
        self._draw()

    def _figure(self) -> Figure:
        choice = self.choice
        if np.isnan(self.grid).all() and not self.paths and not self._whole:
            return blank_figure("error surface", self._waiting)
        ground = ground_of(self.names, self._edges, self.grid, choice.start, choice.cursor)
        return landscape_figure(ground, self.paths, self.stepping.step, self._coming)

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        self.query_one("#surface", Plot).show(guarded("error surface", self._figure))
        descent = self.query_one("#descent", Plot)
        if descent.display:
            blank = blank_figure("loss over the steps", self._waiting)
            descent.show(descent_figure(self.paths, self.stepping.step) if self.paths else blank)
        self._draw_words()

    def _draw_words(self) -> None:
        width = max(self.size.width - 2, 1)
        self._put("top", fitting(self._title_parts(), width, self._ascii))
        point: tuple[str, ...] = ("",)
        if self.seen is not None:
            at, losses = self.seen
            point = cursor_parts(
                self.names,
                at,
                float(losses.loss_log10[0]),
                float(losses.gradient_log10[0]),
                (float(losses.gradient[0, 0]), float(losses.gradient[0, 1])),
            )
        self._put("point", fitting(point, width, self._ascii))
        for name, path in zip(("plain", "clipped"), self.paths or (None, None), strict=True):
            words = ""
            if path is not None:
                step = self.stepping.step
                words = path_line(path, self.choice.window, step, width, self._ascii)
            self._put(name, words)
        self._put("said", notice(self._said, width, self._ascii))
        self._draw_keys()

    def _draw_keys(self) -> None:
        """The keys, or in their place what is to be said until the next one."""
        roomy = self.size.height >= _LEAST
        self.query_one("#said").display = roomy and bool(self._said)
        self.query_one(KeyBar).display = roomy and not self._said

    def _title_parts(self) -> tuple[str, ...]:
        choice, step = self.choice, self.stepping.step
        of_net = ["h_t = σ(w h_{t−1} + b)", "L = (h_50 − 0.7)²"]
        if self.mode == "net":
            of_net = [
                f"{name} scales {eigenvalue_words(value)}"
                for name, value in zip(self.names, self._scaled, strict=False)
            ]
        net = ", ".join(of_net) or "two eigenvalues of this net"
        if len(net) > self.size.width - 2 and of_net:
            net = of_net[0]
        where = f"step {step} of {self._last}" if step is not None else f"{self._last} steps"
        if not self.paths:
            where = "…"
        playing = f"▶ {where} {STEPS_A_SECOND}/s" if self.stepping.playing else where
        return (net, playing, f"rate {choice.learning_rate:g}", f"clip {choice.clip_threshold:g}")

    @property
    def _scaled(self) -> list[complex]:
        """The eigenvalues that are scaled; none on the other surface, or while they are sought."""
        if self.mode == "unit" or self.surface is None:
            return []
        return [self._parts[at].eigenvalue for at in _pair(self.cliff.pair)]

    def _put(self, name: str, text: str) -> None:
        put(self.query_one(f"#{name}", Static), text, wraps=name == "said")

    def say(self, text: str) -> None:
        """Show a notice, until a key is pressed."""
        self._said = text
        self._draw_words()

    def _hush(self) -> None:
        self._said = ""


def _pair(number: int) -> tuple[int, int]:
    """The two eigenvalues of this number: those of largest modulus first."""
    pairs = ((one, two) for two in range(1, MOST_PARTS) for one in range(two))
    return next(itertools.islice(pairs, number, None))


def _nothing(edges: Edges) -> Floats:
    return np.full((edges[1].size - 1, edges[0].size - 1), np.nan)
