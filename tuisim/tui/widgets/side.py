"""What stands beside the plots: the eigenvalue plane of a run, drawn ahead like them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import attrs
import numpy as np

from tuisim.figures.views.plane import eigenvalue_figure, first_of, matrix_name
from tuisim.tui.state.bench.sketching import Beside

if TYPE_CHECKING:
    from tuisim.figures.drawing.figure import Figure
    from tuisim.figures.views.plane import Places
    from tuisim.tui.state.bench.sketching import Sketching
    from tuisim.tui.state.computing import Computed, Diagnosis
    from tuisim.tui.widgets.plot import Plot


class PlaneBeside:
    """Which run's eigenvalues a plot shows, and how those of the next one are sketched."""

    def __init__(self, sketching: Sketching) -> None:
        """Of none yet; `sketching` draws the next ones ahead."""
        self._sketching = sketching
        self._shown: tuple[object, ...] = ()

    def show(
        self,
        plot: Plot,
        computed: Computed,
        pinned: Sequence[Diagnosis | None],
        places: Places | None,
    ) -> None:
        """Show a run's where they are not there already; else as `plane_beside`."""
        figure = partial(plane_beside, pinned=pinned, places=places)
        source = (places, *pinned)
        if self._shown != (computed, *source):
            self._shown = (computed, *source)
            sketch = self._sketching.take_beside(self._shown)
            if sketch is None:
                plot.show(figure(computed))
            else:
                plot.show(sketch.figure, drawing=sketch.drawing)
        sheet = plot.sheet
        self._sketching.beside = None if sheet is None else Beside(figure, source, sheet)


def plane_beside(
    computed: Computed, pinned: Sequence[Diagnosis | None], places: Places | None = None
) -> Figure:
    """The eigenvalues of the run's W, or words where they are not computed yet.

    Args:
        pinned: of the pinned runs, the newest first; the first that is known is drawn pale.
        places: where these were before, drawn in place of that.
    """
    title = f"eigenvalues of {matrix_name(computed.experiment)}"
    members = computed.experiment.members
    found = computed.diagnosis
    if found is None:
        # Those of the net before would pass for this one's.
        waiting = (f"computing those of {computed.experiment.width} units …",)
        empty = eigenvalue_figure(np.empty(0, np.complex128), title=title)
        return attrs.evolve(empty, notes=waiting)
    pale = next((one.eigenvalues for one in pinned if one), None)
    if places is not None:
        pale = places.within(found.eigenvalues)
    drawn = eigenvalue_figure(
        found.eigenvalues,
        found.largest_singular,
        found.departure,
        pinned=pale,
        title=title,
    )
    return attrs.evolve(drawn, notes=(*drawn.notes, *first_of(members)))
