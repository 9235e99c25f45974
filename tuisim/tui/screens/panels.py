"""Panels: the plots of all views, those of one shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from textual.app import ComposeResult
from textual.containers import Container
from textual.layout import Layout

from tuisim.figures.drawing.figure import Reveal, blank_figure
from tuisim.figures.views.table import DASHBOARD, VIEWS, Scene, View
from tuisim.tui.screens.bench.dashboard import DashboardLayout
from tuisim.tui.state.bench.sketching import Frame, Sketching
from tuisim.tui.widgets.guarded import guarded
from tuisim.tui.widgets.plot import Plot

#: From this size on all plots of a view have room, over or beside one another.
_BESIDE_COLUMNS = 64
_STACKED_ROWS = 17
#: A panel that is told in a line.
_BRIEF_ROWS = 3


class Panels(Container):
    """One Plot for each panel of each view; those of other views are not displayed."""

    DEFAULT_CSS = """
    Panels { width: 1fr; layout: vertical; }
    Panels.beside { layout: horizontal; }
    """

    def __init__(self, view: View, *, ascii: bool = False, id: str | None = None) -> None:
        """The plots, of which those of this view are shown."""
        super().__init__(id=id)
        self.view = view
        self._ascii = ascii
        self._large = ""
        self._dashboard = DashboardLayout()
        # What the figures of the view's panels that have one are drawn from, by their names.
        self._sources: dict[str, tuple[object, ...]] = {}

    def compose(self) -> ComposeResult:
        """All plots: showing another view must not wait for widgets to be mounted."""
        for view in VIEWS.values():
            for panel in view.panels:
                plot = Plot(id=panel.name, ascii=self._ascii)
                plot.display = panel in self.view.panels
                yield plot

    @property
    def layout(self) -> Layout:
        """Stacked or side by side, as the view has it; the dashboard's is its own."""
        own = self.view is DASHBOARD and not self._large
        return self._dashboard if own else super().layout

    @property
    def timed(self) -> bool:
        """Whether a plot that is shown has the steps across."""
        return self.display and any(
            panel.timed and self._plot(panel.name).display for panel in self.view.panels
        )

    def open(self, view: View) -> None:
        """Show the plots of this view."""
        for panel in self.view.panels:
            self._plot(panel.name).display = False
        self.view = view
        # Whatever was drawn meanwhile is not on these plots; and a run that is gone is not kept.
        self._sources.clear()
        self.set_class(view.beside, "beside")

    def choose(self, columns: int, rows: int, forward: bool, large: str = "") -> None:
        """Show all plots of the view where they fit, else the one that matters.

        Args:
            columns: those that the plots have; rows: those of the screen.
            forward: whether the forward pass is being played.
            large: the one panel that has all of the room, if any.
        """
        if large != self._large:
            self._large = large
            self.refresh(layout=True)
        roomy = columns >= _BESIDE_COLUMNS if self.view.beside else rows >= _STACKED_ROWS
        alone = self.view.alone[0 if forward else 1]
        for rank, panel in enumerate(self.view.panels):
            shown = panel.name == large if large else roomy or rank == alone
            self._plot(panel.name).display = shown

    def draw(
        self,
        scene: Scene,
        reveals: Sequence[Reveal],
        sketching: Sketching,
        coming: Collection[str] = (),
    ) -> None:
        """Show the scene: those figures that it makes others anew, and as much as is uncovered.

        Args:
            sketching: what of it is drawn already, and is told what is shown now.
            coming: measures that are there in a moment. Till then what is drawn from one stays as
                it is: a blank one would flicker at each key.
        """
        shown, sheets = [], []
        for panel, reveal in zip(self.view.panels, reveals, strict=True):
            plot, source = self._plot(panel.name), panel.source(scene)
            known = self._sources.get(panel.name)
            if source == known or (known and panel.needs in coming):
                plot.reveal(reveal)
            else:
                self._sources[panel.name] = source
                sketch = sketching.take(panel, source)
                if sketch is None:
                    plot.show(guarded(panel.name, partial(panel.drawn, scene)), reveal)
                else:
                    plot.show(sketch.figure, reveal, sketch.drawing)
            shown.append((plot, plot.figure is not None and plot.figure.brief))
            if plot.sheet is not None:
                sheets.append((panel, reveal, plot.sheet))
        sketching.frame = Frame(scene, sheets)
        # What is told in a line leaves its room to the others, of which there must be one.
        spared = not self.view.beside and not all(brief for _, brief in shown)
        for plot, brief in shown:
            plot.styles.height = _BRIEF_ROWS if spared and brief else "1fr"

    def wait(self, words: str) -> None:
        """Show what there is no run for yet as words."""
        self._sources.clear()
        for panel in self.view.panels:
            self._plot(panel.name).show(blank_figure(self.view.title, words))

    def _plot(self, name: str) -> Plot:
        return self.query_one(f"#{name}", Plot)
