"""The views: which figures lie on which number key.

A new view is a module with figure functions and an entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import attrs

from tuisim.figures.drawing.curves import steps_name, with_left, zoomed
from tuisim.figures.drawing.figure import WHOLE, Figure, Reveal, blank_figure
from tuisim.figures.views.activation import activation_figure, saturation_figure
from tuisim.figures.views.jacobian import jacobian_figure, lyapunov_figure
from tuisim.figures.views.modes import modes_figure, share_figure
from tuisim.figures.views.norms import gradient_figure, hidden_figure, norm_reveals
from tuisim.figures.views.plane import Places, first_of, matrix_name
from tuisim.figures.views.shrink import shrink_figure
from tuisim.figures.views.spectrum import plane_figure, singular_figure
from tuisim.figures.views.weights import weight_figure

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.engine.theory.theory import Prediction

Phase = Literal["forward", "backward", "done"]


@attrs.frozen(eq=False)
class Scene:
    """All that a view may draw from.

    `computed` holds, by name, what the view says that it needs beyond the run, `missing` why one
    of these is not there, and `pinned_computed` those of the newest pinned run. The rest is for a
    window of a run without end: `start` and `gradient_start` are the steps of its curves' first
    points, `limits` the time axis shown.
    `window` are the first and the last step that are shown, None for all.
    With `left` the newest pinned run is the one that the net's file held before, and `places` are
    where its eigenvalues were.
    """

    run: Run
    prediction: Prediction | None = None
    pinned: Sequence[Run] = ()
    log: bool = True
    cursor: int | None = None
    start: int = 0
    gradient_start: int = 0
    limits: tuple[float, float] | None = None
    window: tuple[float, float] | None = None
    computed: Mapping[str, Any] = attrs.field(factory=dict)
    missing: Mapping[str, str] = attrs.field(factory=dict)
    pinned_computed: Mapping[str, Any] = attrs.field(factory=dict)
    left: bool = False
    places: Places | None = None


@attrs.frozen
class Panel:
    """One plot of a view; with `at_cursor` its figure is another at each step of the cursor.

    `needs` is the measure that it is drawn from, empty where the run is enough; one that is `timed`
    has the steps across, and shows those alone that the scene's window has. With `theory` it has
    the scene's prediction too.
    """

    name: str
    figure: Callable[[Scene], Figure]
    at_cursor: bool = False
    needs: str = ""
    timed: bool = False
    theory: bool = False

    def source(self, scene: Scene) -> tuple[object, ...]:
        """What the figure is drawn from: of scenes that are alike in this it is the same.

        A run has one value of each measure, which is there or is not.
        """
        return (
            scene.run,
            *scene.pinned,
            scene.log,
            scene.start,
            scene.gradient_start,
            scene.limits,
            scene.prediction if self.theory else None,
            scene.cursor if self.at_cursor else None,
            scene.window if self.timed else None,
            self.needs in scene.computed,
            scene.missing.get(self.needs),
            self.needs in scene.pinned_computed,
            scene.left,
            scene.places if self.needs == "spectrum" else None,
        )

    def drawn(self, scene: Scene) -> Figure:
        """The figure, of the steps in the window."""
        figure = self.figure(scene)
        figure = with_left(figure) if scene.left else figure
        return zoomed(figure, *scene.window) if self.timed and scene.window else figure


Reveals = Callable[[float | None, Phase, bool], tuple[Reveal, ...]]


@attrs.frozen
class View:
    """An entry: the key, the title, what must be computed beyond the run, and the plots.

    Attributes:
        caption: a line that says how to read it.
        needs: names of measures (tuisim.engine.diagnosis.measures) that its panels draw from.
        reveals: `reveals(step, phase, line)` says what playing uncovers of each panel, in their
            order, and whether the cursor has its line.
        beside: the panels stand side by side, not one over the other.
        side: whether the eigenvalues may stand beside it, where there is room.
        streams: whether it can show a window of a run without end.
        alone: the panel shown where there is room for one, in the forward pass and else.
    """

    key: str
    name: str
    title: str
    panels: tuple[Panel, ...]
    caption: str = ""
    needs: tuple[str, ...] = ()
    reveals: Reveals = attrs.field(kw_only=True)
    beside: bool = False
    side: bool = True
    streams: bool = False
    alone: tuple[int, int] = (0, 0)


def _still(panels: int) -> Reveals:
    return lambda step, phase, line: (WHOLE,) * panels


def _forward(step: float | None, phase: Phase, line: bool) -> Reveal:
    return norm_reveals(step, phase, line)[0]


def _backward(step: float | None, phase: Phase, line: bool) -> Reveal:
    return norm_reveals(step, phase, line)[1]


#: Measures of the first member alone.
_OF_ONE = ("spectrum", "modes", "jacobian", "lyapunov")


def _measured(
    name: str,
    need: str,
    title: str,
    figure: Callable[[Scene, Any], Figure],
    at_cursor: bool = False,
    timed: bool = True,
) -> Panel:
    """A panel of a measure's figure, or of words where that is not there."""

    def panel(scene: Scene) -> Figure:
        found = scene.computed.get(need)
        if found is None:
            why = scene.missing.get(need, "")
            # What will not come says so in a line, and leaves its room to others.
            return blank_figure(title, why or "not computed yet", bool(why))
        drawn = figure(scene, found)
        of = first_of(scene.run.experiment.members) if need in _OF_ONE else ()
        return attrs.evolve(drawn, notes=(*drawn.notes, *of)) if of else drawn

    return Panel(name, panel, at_cursor, need, timed)


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


def _plane(scene: Scene, found: Any) -> Figure:
    name = matrix_name(scene.run.experiment)
    return plane_figure(found, scene.pinned_computed.get("spectrum"), name, scene.places)


def _singular(scene: Scene, found: Any) -> Figure:
    e = scene.run.experiment
    pinned = scene.pinned_computed.get("spectrum")
    return singular_figure(found, pinned, scene.log, depth=e.depth, matrix=matrix_name(e))


def _activation(scene: Scene, found: Any) -> Figure:
    return activation_figure(found, scene.run.experiment.activation, scene.cursor)


def _saturation(scene: Scene) -> Figure:
    return saturation_figure(scene.run, scene.pinned)


def _shrink(scene: Scene, found: Any) -> Figure:
    across = steps_name(scene.run)
    return shrink_figure(found, scene.pinned, scene.log, scene.cursor, across)


def _weights(scene: Scene, found: Any) -> Figure:
    return weight_figure(scene.run, scene.log)


def _modes(scene: Scene, found: Any) -> Figure:
    start = scene.run.experiment.start_eigenvector
    pinned = scene.pinned_computed.get("modes")
    return modes_figure(found, scene.log, start=start, pinned=pinned)


def _jacobian(scene: Scene, found: Any) -> Figure:
    pinned, across = scene.pinned_computed.get("jacobian"), steps_name(scene.run)
    return jacobian_figure(found, scene.log, pinned=pinned, across=across)


def _lyapunov(scene: Scene, found: Any) -> Figure:
    return lyapunov_figure(found, scene.pinned_computed.get("lyapunov"))


VIEWS: Mapping[str, View] = {
    view.key: view
    for view in (
        View(
            "1",
            "norms",
            "norms of state and gradient",
            (
                Panel("hidden", _hidden, timed=True, theory=True),
                Panel("gradient", _gradient, timed=True, theory=True),
            ),
            reveals=norm_reveals,
            streams=True,
            alone=(0, 1),
        ),
        View(
            "2",
            "spectrum",
            "spectrum: eigenvalues and singular values",
            (
                _measured("spectrum", "spectrum", "eigenvalues", _plane, timed=False),
                _measured("singular", "spectrum", "singular values", _singular, timed=False),
            ),
            "one step stretches by σ₁ at most, in the long run ρ decides",
            ("spectrum",),
            reveals=_still(2),
            beside=True,
            side=False,
        ),
        View(
            "3",
            "activation",
            "activation: φ over the pre-activations",
            (
                _measured("activation", "pre_activations", "activation", _activation, True, False),
                Panel("saturation", _saturation, timed=True),
            ),
            "a unit passes a gradient on times φ′ where its pre-activation lies",
            ("pre_activations",),
            reveals=lambda *playing: (WHOLE, _forward(*playing)),
        ),
        View(
            "4",
            "shrink",
            "who shrinks the gradient: slopes or matrix",
            (
                _measured("shrink", "parts", "who shrinks the gradient?", _shrink, True),
                _measured("weights", "weights", "weight gradient", _weights),
            ),
            "slope: what φ′ takes; matrix: W and carried paths; carried: forget gate (lstm)",
            ("parts", "weights"),
            reveals=lambda *playing: (_backward(*playing),) * 2,
        ),
        View(
            "5",
            "modes",
            "modes: the state along the eigenvectors",
            (
                _measured("modes", "modes", "modes", _modes),
                _measured("share", "modes", "leading mode", lambda _, x: share_figure(x)),
            ),
            "a linear net keeps modes apart, φ mixes them; m starts along the next one",
            ("modes",),
            reveals=lambda *playing: (_forward(*playing),) * 2,
        ),
        View(
            "6",
            "jacobian",
            "Jacobian: ∂h_T/∂h_t and Lyapunov exponents",
            (
                _measured("jacobian", "jacobian", "∂h_T/∂h_t", _jacobian),
                _measured("lyapunov", "lyapunov", "Lyapunov exponents", _lyapunov, timed=False),
            ),
            "any loss's gradient at T is scaled by a factor between smallest and largest",
            ("jacobian", "lyapunov"),
            reveals=lambda *playing: (_backward(*playing), WHOLE),
        ),
    )
}

#: View 1 where there is room: the panels of others beside it, on one time axis and cursor.
DASHBOARD = View(
    "1",
    "norms",
    "norms of state and gradient, and what makes them",
    (*VIEWS["1"].panels, *VIEWS["4"].panels, VIEWS["3"].panels[0]),
    needs=(*VIEWS["4"].needs, *VIEWS["3"].needs),
    reveals=lambda *playing: (*norm_reveals(*playing), *(_backward(*playing),) * 2, WHOLE),
    streams=True,
)

#: The views that have a screen of their own, by number key.
SCREENS = {"7": "map", "8": "training", "9": "cliff"}


def opening_named(word: str) -> str:
    """The number key of any view, given that or its name.

    Raises:
        ValueError: there is none; the message says which there are.
    """
    names = {view.key: view.name for view in VIEWS.values()} | SCREENS
    for key, name in names.items():
        if word in (key, name):
            return key
    allowed = ", ".join(f"{key} {name}" for key, name in names.items())
    raise ValueError(f"view: got {word!r}, allowed: {allowed}")


def view_named(word: str) -> View:
    """The view on this key, or of this name.

    Raises:
        ValueError: there is none; the message says which there are.
    """
    for view in VIEWS.values():
        if word in (view.key, view.name):
            return view
    raise ValueError(f"view: got {word!r}, allowed: {view_choices()}")


def view_choices() -> str:
    """Keys and names of all views: "1 norms, 2 spectrum, …"."""
    return ", ".join(f"{view.key} {view.name}" for view in VIEWS.values())
