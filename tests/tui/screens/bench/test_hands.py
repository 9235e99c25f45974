"""The mouse: clicks and the wheel do what the keys do, at the place they point to."""

from __future__ import annotations

import re

import attrs
import numpy as np
import pytest
from textual.events import MouseMove

from tests.support.harness import Bench, running
from tuisim.figures.drawing.drawing import Drawing
from tuisim.figures.drawing.figure import Axis, Figure, Role, Series
from tuisim.figures.drawing.frame import ROLE_NUMBER
from tuisim.tui.keys.changes import PlaneEdit
from tuisim.tui.screens.map import MapScreen
from tuisim.tui.screens.plane import PlaneScreen
from tuisim.tui.widgets.plot import Plot, Pointed
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=400)
#: Of which theory is not what is simulated.
APART = Experiment(width=8, depth=40, radius=1.2)
EDITED = Experiment(
    width=5,
    activation="identity",
    spectrum="eigenvalues",
    eigenvalues=(0.6 + 0.6j, 0.6 - 0.6j, 0.95, -0.4, 0.2),
)


def cell(plot: Plot, x: float, y: float) -> tuple[int, int]:
    """The cell of a plot that shows this place best."""
    drawing = plot._drawing
    assert drawing is not None
    found = {
        (column, row): drawing.at(column, row)
        for column in range(drawing.columns)
        for row in range(drawing.rows)
    }
    places = {one: at for one, at in found.items() if at is not None}
    canvas = drawing.canvas
    wide, high = canvas.x_high - canvas.x_low, canvas.y_high - canvas.y_low
    return min(
        places,
        key=lambda one: abs(places[one][0] - x) / wide + abs(places[one][1] - y) / high,
    )


async def click(bench: Bench, plot: Plot, x: float, y: float) -> None:
    await bench.pilot.click(plot, offset=cell(plot, x, y))
    await bench.settle()


async def turn(bench: Bench, plot: Plot, x: float, y: float, turns: int) -> None:
    plot.post_message(Pointed(plot, x, y, turns))
    await bench.pilot.pause()
    await bench.settle()


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("border", [False, True])
def test_a_cell_is_where_its_place_is_drawn(ascii: bool, border: bool) -> None:
    x = np.linspace(-3.0, 7.0, 5)
    figure = Figure("", Axis("x", -3, 7), Axis("y", -2, 2), (Series("", x, x / 4, "hidden"),))
    drawing = Drawing(figure, 60, 20, ascii=ascii, border=border)
    found = 0
    for column in range(60):
        for row in range(20):
            place = drawing.at(column, row)
            if place is not None:
                found += 1
                canvas = drawing.canvas
                at = canvas.column(place[0]), canvas.row(place[1])
                assert drawing.at(column - at[0], row - at[1]) == drawing.at(*_corner(drawing))
    assert found == drawing.canvas.columns * drawing.canvas.rows
    assert drawing.at(-1, 0) is None
    assert drawing.at(0, 19) is None


def _corner(drawing: Drawing) -> tuple[int, int]:
    inside = [(c, r) for r in range(20) for c in range(60) if drawing.at(c, r) is not None]
    return inside[0]


async def test_a_click_on_a_curve_sets_the_cursor() -> None:
    async with running(NET) as bench:
        await click(bench, bench.plot("gradient"), 300.0, 0.0)
        step = bench.app.main.playback.step
        assert step is not None
        assert abs(step - 300) <= 4
        assert bench.plot("hidden").revealed.cursor == step
        await bench.press("space")
        await click(bench, bench.plot("hidden"), 100.0, 0.0)
        assert not bench.app.main.playing
        assert abs((bench.app.main.playback.step or 0) - 100) <= 4


async def press_entry(bench: Bench, plot: Plot, name: str, back: int = 0) -> None:
    """Click on a name in the legend, or so many cells before it."""
    assert plot.cells is not None
    text = plot.cells.text()
    row = next(row for row, line in enumerate(text) if name in line)
    await bench.pilot.click(plot, offset=(text[row].index(name) - back, row))
    await bench.settle()


def roles_in(plot: Plot, role: Role) -> int:
    """How many cells have this role."""
    assert plot.cells is not None
    return int((plot.cells.roles == ROLE_NUMBER[role]).sum())


@pytest.mark.parametrize("ascii", [False, True])
async def test_an_entry_of_the_legend_shows_its_curve_alone_and_all_again(ascii: bool) -> None:
    async with running(APART, ascii=ascii) as bench:
        plot = bench.plot("gradient")
        before, theory = plot.cells, roles_in(plot, "theory")
        assert before is not None
        await press_entry(bench, plot, "simulated")
        # What is left of theory is its entry, dim, which says so without a colour too.
        assert roles_in(plot, "theory") == 0 < theory
        (entry,) = [line for line in plot.cells.text() if "linearised" in line]  # type: ignore[union-attr]
        assert re.search(r"off +linearised", entry)
        assert not any(re.search("off +simulated", line) for line in plot.cells.text())  # type: ignore[union-attr]
        assert bench.app.main.playback.step is None
        await bench.press("right")
        assert roles_in(plot, "theory") == 0
        await press_entry(bench, plot, "linearised", back=3)
        assert roles_in(plot, "theory") > 5
        await press_entry(bench, plot, "linearised")
        await bench.press("left")
        assert plot.cells.text() == before.text()  # type: ignore[union-attr]


async def test_so_does_one_under_the_plot_and_a_figure_without_the_curve_has_all() -> None:
    async with running(APART, size=(180, 60)) as bench:
        plot = bench.plot("activation")
        assert plot.cells is not None
        before = plot.cells.text()
        assert [line.split()[1:3] for line in before if "pre-activations" in line] == [
            ["⠒⠒⠒⠒", "φ"]
        ]
        await press_entry(bench, plot, "φ′")
        alone = plot.cells.text()
        assert sum(map(len, "".join(alone).split())) < sum(map(len, "".join(before).split()))
        await press_entry(bench, plot, "φ′")
        assert plot.cells.text() == before
        plot = bench.plot("gradient")
        await press_entry(bench, plot, "linearised")
        drawn = roles_in(plot, "neutral")
        await bench.press("t", "c")
        figure = plot.figure
        assert figure is not None
        assert "linearised" not in [one.name for one in figure.series]
        assert roles_in(plot, "neutral") > drawn


async def test_a_click_on_an_eigenvalue_picks_it() -> None:
    async with running(EDITED) as bench:
        await click(bench, bench.plot("plane"), 0.95, 0.0)
        screen = bench.app.screen
        assert isinstance(screen, PlaneScreen)
        assert screen._edit.value == 0.95
        # Of a pair the lower one is the same unit.
        await click(bench, screen.query_one("#editor", Plot), 0.6, -0.6)
        assert screen._edit.value == 0.6 + 0.6j
        await bench.press("enter")
        assert bench.experiment == EDITED


async def drag(bench: Bench, plot: Plot, start: complex, to: complex, button: int = 1) -> None:
    await bench.pilot.mouse_down(plot, offset=cell(plot, start.real, start.imag))
    column, row = cell(plot, to.real, to.imag)
    for across in (column - 1, column):
        await drag_to(bench, plot, across, row, button)
    await bench.pilot.mouse_up(plot, offset=(column, row))


async def drag_to(bench: Bench, plot: Plot, column: int, row: int, button: int = 1) -> None:
    x, y = column + plot.region.x, row + plot.region.y
    bench.app.screen._forward_event(
        MouseMove(None, x, y, 0, 0, button, False, False, False, screen_x=x, screen_y=y)
    )
    await bench.settle()


async def test_a_drag_in_the_editor_moves_an_eigenvalue_with_its_conjugate() -> None:
    async with running(EDITED) as bench:
        await bench.press("e")
        plot = bench.app.screen.query_one("#editor", Plot)
        # By the lower one of the pair.
        await drag(bench, plot, 0.6 - 0.6j, 0.3 - 0.8j)
        first, second, *rest = bench.experiment.eigenvalues
        assert abs(first - (0.3 + 0.8j)) < 0.1
        assert second == first.conjugate()
        assert rest == [0.95, -0.4, 0.2]
        assert bench.app.current_run is not None
        # A real stays on its axis, and a pair that is dragged there is one still.
        await drag(bench, plot, -0.4 + 0j, -0.7 + 0.5j)
        third = bench.experiment.eigenvalues[3]
        assert third.imag == 0
        assert third.real == pytest.approx(-0.7, abs=0.1)
        await drag(bench, plot, first, 0.5 + 0j)
        first, second = bench.experiment.eigenvalues[:2]
        assert first.real == pytest.approx(0.5, abs=0.1)
        assert 0 < first.imag < 0.1
        assert second == first.conjugate()
        # All of it is one step.
        await bench.press("enter", "u")
        assert bench.experiment == EDITED


async def test_from_an_empty_place_the_nearest_is_moved_as_far_as_the_mouse() -> None:
    async with running(EDITED) as bench:
        await bench.press("e")
        plot = bench.app.screen.query_one("#editor", Plot)
        await drag(bench, plot, 0.9 + 0.6j, 0.7 + 0.6j)
        assert abs(bench.experiment.eigenvalues[0] - (0.4 + 0.6j)) < 0.1
        await drag(bench, plot, 0.7 - 0.6j, 0.7 - 0.9j)
        assert abs(bench.experiment.eigenvalues[0] - (0.4 + 0.9j)) < 0.1


async def test_without_the_left_button_or_in_one_cell_nothing_moves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(EDITED) as bench:
        await bench.press("e")
        plot = bench.app.screen.query_one("#editor", Plot)
        for button in (0, 2, 3):
            await drag(bench, plot, 0.95 + 0j, 0.3 + 0j, button=button)
            assert bench.experiment == EDITED
        moves: list[complex] = []
        monkeypatch.setattr(PlaneEdit, "move", lambda edit, to: moves.append(to))
        await drag(bench, plot, 0.95 + 0j, 0.3 + 0j)
        first = len(moves)
        here = cell(plot, 0.3, 0)
        plot._held = here
        await drag_to(bench, plot, *here)
        assert len(moves) == first


async def test_the_wheel_over_the_plane_scales_the_radius() -> None:
    async with running(NET) as bench:
        await turn(bench, bench.plot("plane"), 0.0, 0.0, 1)
        assert bench.experiment.radius == pytest.approx(0.91)
        await turn(bench, bench.plot("plane"), 0.0, 0.0, -1)
        assert bench.experiment.radius == pytest.approx(0.90)


async def test_the_wheel_over_a_curve_zooms_about_its_place() -> None:
    async with running(NET) as bench:
        await turn(bench, bench.plot("gradient"), 100.0, 0.0, 1)
        figure = bench.plot("gradient").figure
        assert figure is not None
        assert (figure.x.low, figure.x.high) == (50, 250)
        await turn(bench, bench.plot("gradient"), 100.0, 0.0, -1)
        assert bench.app.main.window.span is None


async def test_a_click_on_the_map_walks_there() -> None:
    async with running(attrs.evolve(NET, depth=40)) as bench:
        screen = await bench.on(MapScreen, "7")
        plot = screen.query_one("#map", Plot)
        await click(bench, plot, *_place(screen, 5, 3))
        x, y = screen._atlas.axes["x"], screen._atlas.axes["y"]
        e = bench.app.experiment
        assert getattr(e, x.field) == pytest.approx(x.values[5])
        assert getattr(e, y.field) == y.values[3]


def _place(screen: MapScreen, across: int, up: int) -> tuple[float, float]:
    figure = screen.query_one("#map", Plot).figure
    assert figure is not None
    assert figure.heat is not None
    edges = figure.heat.x_edges, figure.heat.y_edges
    return tuple(  # type: ignore[return-value]
        float(one[cell : cell + 2].mean()) for one, cell in zip(edges, (across, up), strict=True)
    )


async def test_a_click_on_a_key_of_the_footer_does_it() -> None:
    async with running(NET) as bench:
        row = bench.rows[-1]
        await bench.pilot.click(offset=(row.index("activation"), len(bench.rows) - 1))
        await bench.settle()
        assert bench.experiment.activation != NET.activation


async def footer(bench: Bench, text: str, at: int, button: int = 1) -> None:
    """Click on this character of an entry of the footer."""
    column = bench.rows[-1].index(text) + at
    await bench.pilot.click(offset=(column, len(bench.rows) - 1), button=button)
    await bench.settle()


async def test_in_the_editor_the_footer_is_the_editor_s() -> None:
    async with running(EDITED, size=(120, 40)) as bench:
        await bench.press("e")
        assert "radius" not in bench.rows[-1]
        (value,) = (one for one in EDITED.eigenvalues if one == 0.6 + 0.6j)
        await footer(bench, "←→ modulus", 1)
        assert max(map(abs, bench.experiment.eigenvalues)) == pytest.approx(
            max(0.95, abs(value) + 0.01)
        )
        await footer(bench, "←→ modulus", 1, 3)
        await footer(bench, "↑↓ angle", 1)
        turned = [one for one in bench.experiment.eigenvalues if one.imag > 0]
        assert np.angle(turned[0]) == pytest.approx(np.angle(value) - 0.02)
        await footer(bench, "tab next", 0)
        await footer(bench, "enter keep", 0)
        assert bench.app.screen is bench.app.main


async def test_a_stream_has_no_cursor_to_set() -> None:
    async with running(NET) as bench:
        await bench.press("f")
        await click(bench, bench.plot("hidden"), 100.0, 0.0)
        assert bench.notice.startswith("a stream has no cursor")
