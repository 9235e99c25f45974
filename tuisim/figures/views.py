"""The views: which figures lie on which number key. Imports attrs and the figures' modules.

A new view is a module with figure functions and an entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import attrs

from tuisim.figures.figure import WHOLE, Figure, Reveal
from tuisim.figures.norms import gradient_figure, hidden_figure, norm_reveals

if TYPE_CHECKING:
    from tuisim.engine.run import Run
    from tuisim.engine.theory import Prediction

Phase = Literal["forward", "backward", "done"]


@attrs.frozen(eq=False)
class Scene:
    """All that a view may draw from.

    `computed` holds, by name, what the view says that it needs beyond the run. The rest is for a
    window of a run without end: `start` and `gradient_start` are the steps of its curves' first
    points, `limits` the time axis shown.
    """

    run: Run
    prediction: Prediction | None = None
    pinned: Sequence[Run] = ()
    log: bool = True
    cursor: float | None = None
    start: int = 0
    gradient_start: int = 0
    limits: tuple[float, float] | None = None
    computed: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class Panel:
    """One plot of a view."""

    name: str
    figure: Callable[[Scene], Figure]


def _all_of_it(step: float | None, phase: Phase, line: bool) -> tuple[Reveal, ...]:
    return (WHOLE,)


@attrs.frozen
class View:
    """An entry: the key, the title, what must be computed beyond the run, and the plots.

    `reveals(step, phase, line)` says what playing uncovers of each panel, in their order, and
    whether the cursor has its line.
    """

    key: str
    name: str
    title: str
    panels: tuple[Panel, ...]
    needs: tuple[str, ...] = ()
    reveals: Callable[[float | None, Phase, bool], tuple[Reveal, ...]] = _all_of_it


def _hidden(scene: Scene) -> Figure:
    return hidden_figure(
        scene.run,
        scene.prediction,
        scene.pinned,
        scene.log,
        start=scene.start,
        limits=scene.limits,
    )


def _gradient(scene: Scene) -> Figure:
    return gradient_figure(
        scene.run,
        scene.prediction,
        scene.pinned,
        scene.log,
        start=scene.gradient_start,
        limits=scene.limits,
    )


VIEWS: Mapping[str, View] = {
    view.key: view
    for view in (
        View(
            "1",
            "norms",
            "norms of state and gradient",
            (Panel("hidden", _hidden), Panel("gradient", _gradient)),
            needs=("prediction",),
            reveals=norm_reveals,
        ),
    )
}
