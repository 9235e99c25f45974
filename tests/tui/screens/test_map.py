"""The map screen: what it shows, moving the net on it, and leaving it."""

from __future__ import annotations

import threading

import attrs
import pytest

from tests.support.harness import running
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.sweeps import values
from tuisim.figures.views.surfaces.phase import value_words
from tuisim.figures.words.rates import factor_words
from tuisim.tui.explain.map import explanation
from tuisim.tui.screens.main import MainScreen
from tuisim.tui.screens.map import MapScreen
from tuisim.tui.state.mapping import SWEPT
from tuisim.values.experiment import Experiment
from tuisim.values.measured import MEASURED

SMALL = Experiment(width=8, depth=40, radius=0.8, seed=3)
#: For many maps of which the axes alone are read; of fewer cells where the screen is small.
TINY = Experiment(width=2, depth=10, radius=0.8, seed=3)


async def test_it_shows_the_net_and_its_number() -> None:
    async with running(SMALL) as bench:
        screen = await bench.on(MapScreen, "7")
        assert "gradient rate over radius and depth" in bench.text
        rate = value_words("gradient_rate", simulate(SMALL).gradient_rate)
        assert f"radius 0.8, depth 40: gradient rate {rate}" in bench.text
        assert "line: linearised theory says" in bench.text
        assert screen.filled is not None
        assert screen.filled.known.all()


async def test_arrows_move_the_net() -> None:
    async with running(SMALL) as bench:
        screen = await bench.on(MapScreen, "7")
        before = screen.filled
        await bench.on(MapScreen, "right", "up")
        moved = attrs.evolve(SMALL, radius=0.82, depth=50)
        assert bench.experiment == moved
        rate = value_words("gradient_rate", simulate(moved).gradient_rate)
        assert f"radius 0.82, depth 50: gradient rate {rate}" in bench.text
        factor = factor_words(simulate(moved).gradient_rate)
        assert f"▼ vanishing  {factor} a step back" in bench.rows[0]
        # It is still the same map.
        assert screen.filled is before
        await bench.on(MapScreen, "right_square_bracket", "pagedown")
        assert bench.experiment == attrs.evolve(SMALL, radius=0.92, depth=10)
        await bench.on(MapScreen, "down")
        assert "the map ends at depth 10" in bench.text
        await bench.press("escape")
        assert bench.experiment == attrs.evolve(SMALL, radius=0.92, depth=10)


async def test_undo_takes_a_move_back() -> None:
    async with running(SMALL) as bench:
        await bench.on(MapScreen, "7", "left")
        bench.clock.now += 10
        await bench.on(MapScreen, "down")
        assert bench.experiment == attrs.evolve(SMALL, radius=0.78, depth=30)
        await bench.on(MapScreen, "u")
        assert bench.experiment == attrs.evolve(SMALL, radius=0.78)
        await bench.on(MapScreen, "u", "U")
        assert bench.experiment == attrs.evolve(SMALL, radius=0.78)
        await bench.on(MapScreen, "u", "u")
        assert bench.experiment == SMALL
        assert "nothing to undo" in bench.text


async def test_fields_and_measures_are_chosen() -> None:
    async with running(TINY, size=(60, 18)) as bench:
        await bench.on(MapScreen, "7", "x")
        assert "over bias and depth" in bench.text
        await bench.on(MapScreen, "y")
        assert "over bias and leak" in bench.text
        await bench.on(MapScreen, "X", "X", "X", "v")
        # The field of the other axis is left out, and past the first comes the last.
        assert f"state's rate over {SWEPT[-1]} and leak" in bench.text
        await bench.on(MapScreen, *["v"] * ([*MEASURED].index("lyapunov") - 1))
        assert "largest Lyapunov exponent over" in bench.text


@pytest.mark.parametrize(
    ("net", "missing"),
    [
        (TINY, {"forget_bias", "drive_gain"}),
        (attrs.evolve(TINY, drive="noise", spectrum="gaussian"), {"forget_bias", "departure"}),
        (attrs.evolve(TINY, cell="lstm"), {"leak", "residual", "drive_gain"}),
        (attrs.evolve(TINY, cell="gru"), {"forget_bias", "leak", "residual", "drive_gain"}),
    ],
    ids=lambda one: one.cell if isinstance(one, Experiment) else "",
)
async def test_an_axis_is_a_field_of_the_net(net: Experiment, missing: set[str]) -> None:
    async with running(net, size=(60, 18)) as bench:
        screen = await bench.on(MapScreen, "7")
        seen = [screen._atlas.fields["x"]]
        while len(seen) < 2 or seen[-1] != seen[0]:
            await bench.on(MapScreen, "x")
            seen.append(screen._atlas.fields["x"])
            assert f"over {seen[-1]} and depth" in bench.text
        assert sorted(seen[1:]) == sorted({*SWEPT} - missing - {"depth"})


async def test_an_axis_that_the_net_loses_gives_way() -> None:
    async with running(attrs.evolve(TINY, leak=0.5), size=(60, 18)) as bench:
        await bench.on(MapScreen, "7", "x", "x")
        assert "over leak and depth" in bench.text
        await bench.press("escape", "c")
        await bench.on(MapScreen, "7")
        assert "over radius and depth" in bench.text
        # Over cells there are those that have it.
        await bench.on(MapScreen, "Y")
        assert "over radius and tied" in bench.text
        await bench.on(MapScreen, "Y")
        assert "over radius and cell" in bench.text
        await bench.on(MapScreen, "x", "x", "x")
        assert "over leak and cell" in bench.text


async def test_choices_are_moved_along_too() -> None:
    async with running(SMALL) as bench:
        await bench.on(MapScreen, "7", "X")
        assert "over tied and depth" in bench.text
        await bench.on(MapScreen, "right")
        assert bench.experiment == attrs.evolve(SMALL, tied=False)
        assert "tied false, depth 40: gradient rate" in bench.text


async def test_chosen_eigenvalues_are_scaled() -> None:
    e = Experiment(width=2, spectrum="eigenvalues", eigenvalues=(0.8, 0.4), depth=40)
    async with running(e) as bench:
        screen = await bench.on(MapScreen, "7")
        before = screen.filled
        await bench.on(MapScreen, "right")
        assert bench.experiment.eigenvalues == pytest.approx((0.82, 0.41))
        assert screen.filled is before
        rate = value_words("gradient_rate", simulate(bench.experiment).gradient_rate)
        assert f"radius 0.82, depth 40: gradient rate {rate}" in bench.text


@pytest.mark.parametrize("key", ["1", "4"])
async def test_number_keys_open_the_views(key: str) -> None:
    async with running(SMALL) as bench:
        await bench.on(MapScreen, "7")
        await bench.press(key)
        assert isinstance(bench.app.screen, MainScreen)
        assert bench.app.main.view.key == key


@pytest.mark.parametrize("key", ["escape", "7"])
async def test_it_is_left(key: str) -> None:
    async with running(SMALL) as bench:
        await bench.on(MapScreen, "2", "7")
        await bench.press(key)
        assert isinstance(bench.app.screen, MainScreen)
        assert bench.app.main.view.key == "2"
        assert bench.experiment == SMALL


async def test_what_has_no_value_says_why() -> None:
    async with running(attrs.evolve(SMALL, skip=25)) as bench:
        await bench.on(MapScreen, "7")
        assert "blank: skip: got 25 with depth 10, allowed: 0 or 2…depth" in bench.text
        await bench.on(MapScreen, "pagedown")
        # The key resets what the depth conflicts with, and says so.
        assert "skip is 10: a skip is at most as long as the depth" in bench.text


async def test_keys_are_answered_while_a_map_is_computed_and_the_newest_wins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held, asked = threading.Event(), []

    def slow(grid: object, cells: object) -> object:
        asked.append(grid)
        held.wait(60)
        return lines_cell_values(grid, cells)  # type: ignore[arg-type]

    lines_cell_values = values.cell_values
    monkeypatch.setattr(values, "cell_values", slow)
    async with running(SMALL) as bench:
        await bench.press("7")
        screen = bench.app.screen
        assert isinstance(screen, MapScreen)
        await bench.wait_for(lambda: asked)
        await bench.press("v", "v", "v", "right")
        assert bench.experiment.radius == 0.82
        assert "saturated over radius and depth" in bench.text
        assert "computing" in bench.text
        held.set()
        await bench.wait_for(lambda: screen.settled)
        # The two in between were never begun.
        assert {grid.measure for grid in asked} == {"gradient_rate", "saturation"}
        assert screen.filled is not None
        assert screen.filled.request.measure == "saturation"


async def test_playing_pauses() -> None:
    async with running(SMALL) as bench:
        await bench.press("space")
        assert bench.app.main.playback.playing
        await bench.on(MapScreen, "7")
        assert not bench.app.main.playback.playing


@pytest.mark.parametrize("size", [(40, 12), (20, 6), (200, 60)])
async def test_it_fits(size: tuple[int, int]) -> None:
    async with running(SMALL, size=size) as bench:
        await bench.on(MapScreen, "7")
        assert len(bench.rows) == size[1]


def test_help_says_that_a_cell_of_several_members_is_a_median() -> None:
    for members, measure, said in ((1, "lyapunov", 0), (8, "lyapunov", 1), (8, "saturation", 0)):
        experiment = Experiment(members=members)
        text = explanation(measure, ("radius", "depth"), "0.1", None, experiment)
        assert text.count("the median over 8 members") == said


async def test_a_run_that_comes_before_the_screen_has_its_parts_is_left_for_later() -> None:
    async with running(SMALL) as bench:
        main = bench.app.main
        assert main.laboratory.computed is not None
        screen = MapScreen(main)
        screen.show_run()
        assert not screen.is_mounted
