"""MapScreen: a number of the net over two of its fields, with the net itself as a mark on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import attrs
import numpy as np
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from tuisim.figures.drawing.figure import blank_figure
from tuisim.figures.drawing.numbers import format_value
from tuisim.figures.views.surfaces.phase import map_title, phase_figure, value_words
from tuisim.figures.words.status import status_line
from tuisim.tui.keys.changes import radius_to
from tuisim.tui.keys.keymap import bindings
from tuisim.tui.keys.keymaps import MAP
from tuisim.tui.screens.view import ViewScreen
from tuisim.tui.shell.background import Background
from tuisim.tui.shell.saying import said_of
from tuisim.tui.state.coursework import prepared
from tuisim.tui.state.mapping import (
    MAP_COLUMNS,
    MAP_ROWS,
    RANGES,
    SUCCESS,
    SWEPT,
    TRAINED_RANGES,
    TRAINED_SWEPT,
    MapFilled,
    MapRequest,
    axis_for,
    belongs,
    covers,
    field_value,
    fill,
    nearest,
    neighbour,
)
from tuisim.tui.state.words import notice, phrase, whole_badge
from tuisim.tui.widgets.guarded import guarded
from tuisim.tui.widgets.keybar import KeyBar
from tuisim.tui.widgets.line import Line, put
from tuisim.tui.widgets.plot import Plot, Pointed
from tuisim.tui.widgets.verdict import Verdict
from tuisim.values.measured import MEASURED
from tuisim.values.plan import PLAN_FIELDS

if TYPE_CHECKING:
    from tuisim.tui.state.hub import Hub

#: Cells across, and up where the terminal has so many rows: half blocks show two in one.
_FEW_ROWS, _TALL = 15, 22
#: And where each cell is nets that are trained.
_TRAINED_COLUMNS, _TRAINED_ROWS = 13, 8


class MapScreen(ViewScreen):
    """Gives back the view to open, or None."""

    name_of_view = "map"
    entries = MAP
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(MAP)]
    CSS = """
    MapScreen { layout: vertical; overflow: hidden; }
    MapScreen .words { height: 1; padding: 0 1; }
    MapScreen #net { text-style: bold; }
    MapScreen #said { color: $foreground 65%; height: auto; min-height: 1; max-height: 3; }
    """

    def __init__(self, main: Hub, *, ascii: bool = False) -> None:
        """A map around the net of the main screen, which is computed in a thread."""
        super().__init__()
        self._main = main
        self._ascii = ascii
        self._atlas = main.laboratory.places.atlas
        self._request: MapRequest | None = None
        #: What there is of the map.
        self.filled: MapFilled | None = None
        self._notice = ""
        self._background = Background(self._failed)

    def compose(self) -> ComposeResult:
        """Verdict and net, the map, the number under the mark, what there is to say, the keys."""
        yield Verdict(id="verdict", ascii=self._ascii)
        yield Line(id="net", classes="words")
        yield Plot(id="map", ascii=self._ascii)
        yield Line(id="number", classes="words")
        yield Line(id="said", classes="words")
        yield KeyBar(MAP, ascii=self._ascii)

    def on_mount(self) -> None:
        """Begin to work."""
        self._background.start()

    def on_unmount(self) -> None:
        """Stop working."""
        self._background.close()

    def on_resize(self) -> None:
        """Ask for as many rows as there is room for."""
        self._ask()

    def on_screen_resume(self) -> None:
        """Follow what a screen over this one changed."""
        if self.is_mounted and self.size:
            self._ask()

    def on_map_filled(self, message: MapFilled) -> None:
        """Show more of the map."""
        if message.request.same_as(self._request):
            self.filled = message
            self._draw()

    @property
    def settled(self) -> bool:
        """Whether the whole map, or why there is none, is shown."""
        found = self.filled
        whole = found is not None and (found.values is None or bool(found.known.all()))
        return whole and self._background.idle

    # What the keys do.

    def action_move(self, across: int, up: int) -> None:
        """Move the mark, and with it the net."""
        e = self._main.laboratory.experiment
        axis, steps = (self._atlas.axes["x"], across) if across else (self._atlas.axes["y"], up)
        before = field_value(e, axis.field, self._main.plan)
        value = neighbour(axis, before, steps)
        self._notice = ""
        if value == before:
            self._notice = f"the map ends at {axis.field} {_spoken(value)}"
        elif axis.field == "radius" and e.spectrum == "eigenvalues":
            changes, notes = radius_to(value)(e)
            self._change(changes, notes)
        elif axis.field in PLAN_FIELDS:
            self._main.plan = attrs.evolve(self._main.plan, **{axis.field: value})
        else:
            self._change({axis.field: value})
        self._ask()

    def on_pointed(self, message: Pointed) -> None:
        """Walk to the cell that was clicked."""
        figure = message.plot.figure
        if message.turns or figure is None or figure.heat is None:
            return
        heat, here = figure.heat, self._here()
        for which, edges, place in (("x", heat.x_edges, message.x), ("y", heat.y_edges, message.y)):
            axis = self._atlas.axes[which]
            cell = int(np.searchsorted(edges, place)) - 1
            steps = min(max(cell, 0), len(axis.values) - 1) - nearest(axis, here[which == "y"])
            if steps:
                self.action_move(*((steps, 0) if which == "x" else (0, steps)))

    def action_field(self, which: str, step: int) -> None:
        """Another field on an axis."""
        fields = self._swept(which)
        place = fields.index(self._atlas.fields[which]) + step
        self._atlas.fields[which] = fields[place % len(fields)]
        self._notice = ""
        self._ask()

    def action_measure(self, step: int) -> None:
        """Another measure."""
        names = [*MEASURED]
        place = names.index(self._atlas.measure) + step
        self._atlas.measure = names[place % len(names)]
        self._notice = ""
        self._ask()

    def action_undo(self) -> None:
        """Go back to the net before."""
        self._notice = "" if self._main.laboratory.undo() else "nothing to undo"
        self._main.asked()
        self._ask()

    def action_redo(self) -> None:
        """Take back an undo."""
        self._notice = "" if self._main.laboratory.redo() else "nothing to redo"
        self._main.asked()
        self._ask()

    def action_help(self) -> None:
        """Explain the map."""
        from tuisim.tui.explain.map import explanation
        from tuisim.tui.screens.help import HelpScreen

        x, y = self._atlas.axes["x"].field, self._atlas.axes["y"].field
        line = None if self.filled is None else self.filled.line
        number, e = self._number(self._here()), self._main.laboratory.experiment
        text = explanation(self._atlas.measure, (x, y), number, line, e)
        self.app.push_screen(HelpScreen(text, MAP, ascii=self._ascii))

    def say(self, text: str) -> None:
        """Show a notice, until a key is pressed."""
        self._notice = text
        self._draw()

    def _change(self, changes: Any, notes: tuple[str, ...] = ()) -> None:
        said = notes + (self._main.laboratory.adjust("map", changes) if changes else ())
        self._main.asked()
        self._notice = "; ".join(said)

    # The map.

    @property
    def _trains(self) -> bool:
        return self._atlas.measure == SUCCESS

    def _swept(self, which: str) -> list[str]:
        """The fields that an axis may have: the net's own, and every cell's over cells."""
        other = self._atlas.fields["y" if which == "x" else "x"]
        e = self._main.laboratory.experiment
        e = prepared(e)[0] if self._trains else e
        return [
            one
            for one in (TRAINED_SWEPT if self._trains else SWEPT)
            if one != other and (other == "cell" or belongs(one, e))
        ]

    def _ask(self) -> None:
        """Ask for the map of the net as it is now, unless it is there or on its way."""
        e, plan = self._main.laboratory.experiment, self._main.plan
        for which, default in (("x", "radius"), ("y", "depth")):
            fields = self._swept(which)
            if self._atlas.fields[which] not in fields:
                self._atlas.fields[which] = default if default in fields else fields[0]
        counts = {"x": MAP_COLUMNS, "y": MAP_ROWS if self.size.height >= _TALL else _FEW_ROWS}
        ranges = RANGES
        if self._trains:
            counts, ranges = {"x": _TRAINED_COLUMNS, "y": _TRAINED_ROWS}, TRAINED_RANGES
        for which, field in self._atlas.fields.items():
            axis, fresh = self._atlas.axes.get(which), axis_for(field, e, counts[which], ranges)
            # While the net stays on it, the map stays where it is.
            value = field_value(e, field, plan)
            stays = axis is not None and axis.field == field and covers(axis, value)
            if not stays or len(fresh.values) != len(axis.values if axis else ()):
                self._atlas.axes[which] = fresh
        axes = self._atlas.axes["x"], self._atlas.axes["y"]
        request = (
            MapRequest.of_success(e, *axes, plan)
            if self._trains
            else MapRequest(e, *axes, self._atlas.measure)
        )
        if not request.same_as(self._request):
            self._request, self.filled = request, self._atlas.kept(request)
            if self.filled is None or not self.filled.known.all():
                begun = self.filled
                self._background.ask("map", lambda: self._fill(request, begun))
        self._draw()

    def _fill(self, request: MapRequest, begun: MapFilled | None) -> None:
        from tuisim.engine.base.stopping import StoppedError, stoppable

        def post(filled: MapFilled) -> None:
            self._atlas.keep(filled)
            self.post_message(filled)

        try:
            # Which may be there already, so that nothing waits in its place.
            with stoppable(lambda: self._request is not request or not self.is_attached):
                fill(request, post, begun)
        except StoppedError:
            return

    def _failed(self, error: BaseException) -> None:
        reason = said_of(error)
        if self._request is not None:
            self.post_message(MapFilled(self._request, None, reason=reason))

    # What is shown.

    def _draw(self) -> None:
        e, width = self._main.laboratory.experiment, max(self.size.width - 2, 1)
        x, y = self._atlas.axes["x"], self._atlas.axes["y"]
        here = self._here()
        found, title = self.filled, map_title(x.field, y.field, self._atlas.measure)
        plot = self.query_one("#map", Plot)
        if found is None or (found.values is not None and not found.known.any()):
            plot.show(blank_figure(title, self._progress()))
        elif found.values is None:
            plot.show(blank_figure(title, found.reason))
        else:
            values, line, measure = found.values, found.line, self._atlas.measure
            plot.show(guarded(title, lambda: phase_figure(x, y, measure, values, line, here)))
        self.show_run()
        self._put("net", status_line(e, width, self._ascii))
        self._put("number", phrase(self._number(here), width, self._ascii))
        self._put("said", notice(self._notice or self._words(), width, self._ascii))

    def _here(self) -> tuple[Any, Any]:
        """Where the net is on the map."""
        e, plan = self._main.laboratory.experiment, self._main.plan
        x, y = (field_value(e, self._atlas.axes[which].field, plan) for which in ("x", "y"))
        return x, y

    def _number(self, here: tuple[Any, Any]) -> str:
        """The number of the cell under the mark."""
        cell = (nearest(self._atlas.axes["y"], here[1]), nearest(self._atlas.axes["x"], here[0]))
        x, y = self._atlas.axes["x"], self._atlas.axes["y"]
        there = _spoken(x.values[cell[1]]), _spoken(y.values[cell[0]])
        where = f"{x.field} {there[0]}, {y.field} {there[1]}"
        # A radius that scales chosen eigenvalues differs by rounding, which nobody reads.
        if (_spoken(here[0]), _spoken(here[1])) != there:
            where += " (nearest)"
        name = f"{where}: {MEASURED[self._atlas.measure].title}"
        found = self.filled
        if found is None or found.values is None or not found.known[cell]:
            return f"{name} …"
        return f"{name} {value_words(self._atlas.measure, float(found.values[cell]))}"

    def _words(self) -> str:
        """How far the map is, what has no value, or which theory is drawn."""
        found = self.filled
        trials = "" if self._request is None else trial_words(self._request)
        if found is not None and found.values is None:
            return found.reason
        if found is None or not found.known.all():
            return "; ".join(one for one in (self._progress(), trials) if one)
        if found.reason:
            return f"blank: {found.reason}"
        if trials:
            return trials
        if found.line is None:
            return ""
        if found.line.curves:
            return f"line: {found.line.name} theory says that gradients neither vanish nor explode"
        return f"no critical line: {found.line.why}"

    def _progress(self) -> str:
        """How far it is, in cells where one takes long; before the first, what it waits for."""
        found, request = self.filled, self._request
        done = 0 if found is None or found.known is None else int(found.known.sum())
        if not done and self.preparing:
            return self.preparing
        if request is None:
            return "computing …"
        cells = len(request.x.values) * len(request.y.values)
        share = f"{done} of {cells} cells" if self._trains else f"{100 * done // cells} %"
        return f"computing, {share}"

    def show_run(self) -> None:
        """Say what became of the marked net's gradient."""
        laboratory = self._main.laboratory
        computed = laboratory.computed
        # It may come before the screen has its parts, which are drawn once it has.
        if computed is not None and self.is_mounted:
            before = computed.experiment != laboratory.experiment
            self.query_one(Verdict).show(whole_badge(computed, before))

    def show_preparing(self) -> None:
        """Say how far the kernels are, for which the map waits."""
        if self._request is not None:
            self._draw()

    def _put(self, where: str, text: str) -> None:
        put(self.query_one(f"#{where}", Static), text, wraps=where == "said")


def trial_words(request: MapRequest) -> str:
    """What a cell of success is: how many runs, of which task, how they are trained."""
    plan, e = request.plan, request.experiment
    if plan is None:
        return ""
    runs = "1 run" if e.members == 1 else f"{e.members} runs"
    rate = (
        ""
        if "learning_rate" in (request.x.field, request.y.field)
        else (f", rate {plan.learning_rate:g}")
    )
    return f"{runs} a cell: {plan.task}, up to {plan.steps} updates of {e.batch}{rate}"


def _spoken(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).lower()
    return f"{value:g}" if value == 0 or 1e-3 <= abs(value) < 1e6 else format_value(value, 3)
