"""Sketching: panels drawn by the thread that found what they show, not by the event loop.

It draws what would be shown next if nothing else changed meanwhile. Where something did, the
panel is of another source, and is drawn anew as if there were no sketch.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.engine.theory.theory import Prediction
    from tuisim.figures.drawing.drawing import Drawing
    from tuisim.figures.drawing.figure import Figure, Reveal
    from tuisim.figures.drawing.sheet import Sheet
    from tuisim.figures.views.table import Panel, Scene
    from tuisim.tui.state.computing import Computed

#: No panel has this name.
_BESIDE = "beside"


@attrs.frozen(eq=False)
class Frame:
    """What is shown now: the scene, and each panel with its reveal and what it is drawn on."""

    scene: Scene
    panels: Sequence[tuple[Panel, Reveal, Sheet]]


@attrs.frozen(eq=False)
class Beside:
    """The plot beside the panels: the figure of a run, what of it is no run, and its sheet."""

    figure: Callable[[Computed], Figure]
    source: tuple[object, ...]
    sheet: Sheet


@attrs.frozen(eq=False)
class Sketch:
    """A panel's figure and its drawing, and what they are of."""

    source: tuple[object, ...]
    figure: Figure
    drawing: Drawing


class Sketching:
    """The newest sketch of each panel; the event loop says what is shown, and takes them."""

    def __init__(self) -> None:
        #: None where nothing is to be sketched.
        self.frame: Frame | None = None
        self.beside: Beside | None = None
        self._sketches: dict[str, Sketch] = {}

    def forget(self) -> None:
        """Other panels are shown from now on."""
        self.frame = self.beside = None
        self._sketches.clear()

    def take(self, panel: Panel, source: tuple[object, ...]) -> Sketch | None:
        """The sketch of a panel, if it is of this source; one of another run waits for that."""
        return self._take(panel.name, source)

    def take_beside(self, source: tuple[object, ...]) -> Sketch | None:
        """The sketch of what is beside the panels, likewise; the source begins with the run's."""
        return self._take(_BESIDE, source)

    def _take(self, name: str, source: tuple[object, ...]) -> Sketch | None:
        sketch = self._sketches.get(name)
        if sketch is None or sketch.source[0] is not source[0]:
            return None
        del self._sketches[name]
        return sketch if sketch.source == source else None

    # What follows runs in the background threads.

    def draw(
        self,
        run: Run,
        prediction: Prediction | None = None,
        computed: Mapping[str, Any] | None = None,
        needs: str = "",
    ) -> None:
        """Sketch the panels that show this run and need this measure of it, empty for none."""
        frame = self.frame
        if frame is None:
            return
        scene = attrs.evolve(
            frame.scene, run=run, prediction=prediction, computed=computed or {}, missing={}
        )
        for panel, reveal, sheet in frame.panels:
            if panel.needs == needs:
                # What cannot be drawn the event loop tries once more, and says why.
                with contextlib.suppress(Exception):
                    figure = panel.drawn(scene)
                    drawing = sheet.draw(figure, reveal)
                    self._sketches[panel.name] = Sketch(panel.source(scene), figure, drawing)

    def draw_beside(self, computed: Computed) -> None:
        """Sketch what stands beside the panels."""
        beside = self.beside
        if beside is None:
            return
        with contextlib.suppress(Exception):
            figure = beside.figure(computed)
            drawing = beside.sheet.draw(figure)
            source = (computed, *beside.source)
            self._sketches[_BESIDE] = Sketch(source, figure, drawing)
