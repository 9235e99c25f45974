"""What all views of one net have in common: sizes, missing measures, playing, names."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from tests.support.figures import a_jacobian, some_exponents
from tuisim import Experiment, simulate
from tuisim.engine.diagnosis.measures import parts, pre_activations, spectrum, weights
from tuisim.engine.diagnosis.modes import modes
from tuisim.figures import VIEWS, Reveal, Scene, draw_text
from tuisim.figures.drawing.figure import blank_figure
from tuisim.figures.views.norms import NOTHING
from tuisim.figures.views.table import view_named

SMALL = Experiment(width=4, depth=10, spectrum="symmetric", radius=0.9, activation="identity")


def a_scene(e: Experiment, view: str, **changes: Any) -> Scene:
    run = simulate(e)
    measures = {
        "spectrum": lambda: spectrum(run, None),
        "pre_activations": lambda: pre_activations(run, None),
        "parts": lambda: parts(run, None),
        "weights": lambda: weights(run, None),
        "modes": lambda: modes(run),
        "jacobian": a_jacobian,
        "lyapunov": some_exponents,
    }
    computed = {name: measures[name]() for name in VIEWS[view].needs}
    return Scene(run, computed=computed, pinned=[run], pinned_computed=computed, **changes)


@pytest.mark.parametrize("key", [*"23456"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"log": False},
        {"cursor": 0},
        {"cursor": 10},
    ],
)
def test_they_draw_at_every_size(key: str, changes: dict[str, Any]) -> None:
    scene = a_scene(attrs.evolve(SMALL, activation="tanh"), key, **changes)
    view = VIEWS[key]
    for panel in view.panels:
        figure = panel.figure(scene)
        for columns, rows in ((1, 1), (14, 4), (24, 7), (40, 8), (60, 20), (120, 40)):
            for ascii in (False, True):
                lines = draw_text(figure, columns, rows, ascii, Reveal(cursor=5))
                assert [len(line) for line in lines] == [columns] * rows
                assert not ascii or all(line.isascii() for line in lines)
        # Nothing is written that has no counterpart in ASCII.
        plain, rich = ("".join(draw_text(figure, 160, 50, ascii)) for ascii in (True, False))
        assert plain.count("?") == rich.count("?")


@pytest.mark.parametrize("key", [*"23456"])
def test_what_is_not_there_is_said_in_words(key: str) -> None:
    run = simulate(SMALL)
    reason = "computing what this needs of 4 units …"
    missing = dict.fromkeys(VIEWS[key].needs, reason)
    scene = Scene(run, missing=missing)
    said = [panel.figure(scene) for panel in VIEWS[key].panels if panel.name != "saturation"]
    for figure in said:
        assert figure.message == reason
        assert reason in " ".join("".join(draw_text(figure, 60, 12)).split())


def test_a_long_message_is_wrapped_and_cut() -> None:
    figure = blank_figure("why", "one two three four five six seven eight nine ten " * 3)
    text = draw_text(figure, 24, 9)
    assert sum("seven" in line for line in text) >= 1
    assert all(len(line) == 24 for line in text)


def test_what_playing_uncovers_of_them() -> None:
    assert VIEWS["2"].reveals(3, "forward", True) == (Reveal(), Reveal())
    assert VIEWS["3"].reveals(3, "forward", True) == (Reveal(), Reveal(high=3, cursor=3))
    assert VIEWS["4"].reveals(3, "forward", True) == (NOTHING,) * 2
    assert VIEWS["4"].reveals(3, "backward", True) == (Reveal(low=3, cursor=3),) * 2
    assert VIEWS["5"].reveals(3, "forward", True) == (Reveal(high=3, cursor=3),) * 2
    assert VIEWS["6"].reveals(3, "backward", True) == (Reveal(low=3, cursor=3), Reveal())


def test_views_by_key_and_name() -> None:
    assert view_named("3") is view_named("activation") is VIEWS["3"]
    with pytest.raises(ValueError, match="view: got '9', allowed: 1 norms, 2 spectrum, 3 activ"):
        view_named("9")


@pytest.mark.parametrize("brief", [False, True])
def test_words_in_place_of_a_plot_have_no_cursor(brief: bool) -> None:
    figure = blank_figure("saturated units", "none, at any step", brief)
    assert draw_text(figure, 60, 8, False, Reveal(cursor=1)) == draw_text(figure, 60, 8)


class Watched:
    """A scene that notes which of its fields are read."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.read = scene, set[str]()

    def __getattr__(self, name: str) -> Any:
        self.read.add(name)
        return getattr(self.scene, name)


#: What any panel may read: of scenes that differ in it none is drawn as another was.
ALWAYS = {"run", "pinned", "left", "log", "start", "gradient_start", "limits", "window"}


@pytest.mark.parametrize("key", [*VIEWS])
def test_a_panel_reads_nothing_of_a_scene_but_what_is_its_source(key: str) -> None:
    scene = a_scene(SMALL, key, cursor=3)
    for panel in VIEWS[key].panels:
        watched: Any = Watched(scene)
        panel.drawn(watched)
        may = {
            *ALWAYS,
            *["prediction"] * panel.theory,
            *["cursor"] * panel.at_cursor,
            *["computed", "missing", "pinned_computed"] * bool(panel.needs),
            *["places"] * (panel.needs == "spectrum"),
        }
        assert watched.read <= may, panel.name
        assert panel.source(scene) == panel.source(attrs.evolve(scene))


CHANGES: dict[str, Any] = {
    "run": attrs.evolve(simulate(SMALL)),
    "pinned": (),
    "left": True,
    "log": False,
    "limits": (0.0, 5.0),
    "start": 1,
    "gradient_start": 1,
    "window": (0, 5),
    "cursor": 4,
    "prediction": object(),
    "computed": {},
    "pinned_computed": {},
}


@pytest.mark.parametrize("field", [*CHANGES])
def test_of_another_field_that_it_reads_the_source_is_another(field: str) -> None:
    scene = a_scene(SMALL, "3", cursor=3)
    panel = attrs.evolve(VIEWS["3"].panels[0], timed=True, theory=True)
    assert panel.source(scene) != panel.source(attrs.evolve(scene, **{field: CHANGES[field]}))
