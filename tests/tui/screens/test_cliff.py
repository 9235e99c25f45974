"""The cliff: its surfaces, what its keys do, how descent is played, and how it is left."""

from __future__ import annotations

import math
import threading
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.cliff import cliff, rest
from tests.support.harness import Bench, running
from tuisim.engine.surfaces import landscape
from tuisim.engine.surfaces.one_unit import OneUnit
from tuisim.tui.screens.cliff import CliffScreen
from tuisim.tui.state.descending import NOTCHES, notch
from tuisim.tui.state.surfaces import STEPS
from tuisim.values.experiment import Experiment

SMALL = Experiment(width=6, depth=30, seed=3)
UNIT = OneUnit()


def at_cursor(screen: CliffScreen) -> tuple[float, float]:
    assert screen.seen is not None
    losses = screen.seen[1]
    return float(losses.loss_log10[0]), float(losses.gradient_log10[0])


async def test_it_opens_on_the_net_of_pascanu_with_the_engine_s_numbers() -> None:
    async with running(SMALL, size=(80, 24)) as bench:
        screen = await cliff(bench)
        assert screen.surface == UNIT
        x, y = (landscape.middles(edges) for edges in screen.choice.edges())
        assert screen.grid.shape == (y.size, x.size)
        assert screen.grid[2] == pytest.approx(UNIT.losses(x, np.full(x.size, y[2])))
        for path, threshold in zip(screen.paths, (None, 0.3), strict=True):
            expected = landscape.descend(UNIT, (5.0, -2.2), 0.3, threshold, STEPS)
            assert (path.points == expected.points).all()


@pytest.mark.parametrize("size", [(61, 19), (80, 24), (120, 40), (200, 60)])
async def test_the_cursor_opens_on_the_start_at_every_size(size: tuple[int, int]) -> None:
    async with running(SMALL, size=size) as bench:
        screen = await cliff(bench)
        assert screen.choice.cursor == (5.0, -2.2)
        path = landscape.descend(UNIT, (5.0, -2.2), 0.3, None, 0)
        assert at_cursor(screen) == (path.loss_log10[0], path.gradient_log10[0])
        assert "[ ] w 5.000, b -2.200  loss 0.0462  gradient 0.0743" in bench.text
        assert "[S]" in bench.text
        await bench.resize(90, 30)
        await rest(bench, screen)
        assert screen.choice.cursor == (5.0, -2.2)
        assert "[ ] w 5.000, b -2.200  loss 0.0462  gradient 0.0743" in bench.text


async def test_a_cell_of_the_grid_is_a_cell_of_the_screen() -> None:
    async with running(SMALL, size=(80, 24), ascii=True) as bench:
        screen = await cliff(bench)
        plot = screen.query_one("#surface")
        rows = [row[plot.region.x :] for row in bench.rows[plot.region.y + 1 :]]
        columns, high = screen.choice.cells
        first = rows[1].index("|", 1) + 1
        assert rows[1][first + columns - 1 : first + columns + 2] == "= |"
        assert rows[high].lstrip("| ").startswith("+")


async def test_the_arrows_move_the_cursor_by_cells_and_stop_at_the_edge() -> None:
    async with running(SMALL, size=(80, 24)) as bench:
        screen = await cliff(bench)
        columns, rows = screen.choice.cells
        # From the start to the middle of a cell, and on from middle to middle.
        await cliff_keys(bench, screen, "right", "left")
        x = 3.5 + 2.0 / columns * (math.floor(0.75 * columns) + 0.5)
        y = -3.0 + 1.5 / rows * (math.floor(0.8 / 1.5 * rows) + 0.5)
        assert screen.choice.cursor == pytest.approx((x, y))
        await cliff_keys(bench, screen, "right", "up")
        assert screen.choice.cursor == pytest.approx((x + 2.0 / columns, y + 1.5 / rows))
        await cliff_keys(bench, screen, "left_square_bracket", "pagedown")
        assert screen.choice.cursor[0] == pytest.approx(x - 9 * 2.0 / columns)
        assert screen.choice.cursor[1] == pytest.approx(-3.0 + 0.75 / rows)
        await cliff_keys(bench, screen, *["shift+left"] * 6)
        assert screen.choice.cursor[0] == pytest.approx(3.5 + 1.0 / columns)
        found = UNIT.evaluate(*(np.array([one]) for one in screen.choice.cursor))
        assert at_cursor(screen) == (found.loss_log10[0], found.gradient_log10[0])


async def cliff_keys(bench: Bench, screen: CliffScreen, *keys: str) -> None:
    for key in keys:
        await bench.press(key)
        await rest(bench, screen)


async def test_enter_lets_descent_begin_at_the_cursor() -> None:
    async with running(SMALL, size=(80, 24)) as bench:
        screen = await cliff(bench, "up", "up", "enter")
        assert screen.choice.start == screen.choice.cursor
        assert tuple(screen.paths[0].points[0]) == screen.choice.cursor
        assert "[S]" in bench.text


async def test_rate_and_threshold() -> None:
    async with running(SMALL, size=(80, 24)) as bench:
        screen = await cliff(bench, "greater_than_sign", "k")
        assert [path.learning_rate for path in screen.paths] == [1.0, 1.0]
        assert [path.threshold for path in screen.paths] == [None, 1.0]
        await cliff_keys(bench, screen, "less_than_sign", "less_than_sign", "K", "K")
        assert [path.learning_rate for path in screen.paths] == [0.1, 0.1]
        assert screen.paths[1].threshold == 0.1
        assert "rate 0.1  clip 0.1" in bench.text
        screen.choice.rate = len(NOTCHES) - 1
        await cliff_keys(bench, screen, "greater_than_sign")
        assert "learning rate: stays at 3e+06" in bench.text


async def test_descent_is_played_by_the_clock() -> None:
    async with running(SMALL, size=(80, 24)) as bench:
        screen = await cliff(bench)

        async def pass_time(seconds: float) -> None:
            bench.clock.now += seconds
            screen.tick()
            await bench.settle()

        assert screen.stepping.step is None
        assert "100 steps" in bench.text
        await cliff_keys(bench, screen, "space")
        assert screen.stepping.step == 0
        await pass_time(2.0)
        assert screen.stepping.step == 20
        assert "step 20 of 100" in bench.text
        figure = screen.query_one("#surface").figure  # type: ignore[attr-defined]
        assert [one.x.size for one in figure.series] == [21, 21]
        await cliff_keys(bench, screen, "space")
        await pass_time(5.0)
        assert screen.stepping.step == 20
        await cliff_keys(bench, screen, "full_stop")
        assert screen.stepping.step == 21
        await cliff_keys(bench, screen, "comma", "comma")
        assert screen.stepping.step == 19
        await cliff_keys(bench, screen, "space")
        await pass_time(60.0)
        assert (screen.stepping.step, screen.stepping.playing) == (None, False)
        await cliff_keys(bench, screen, "home")
        assert screen.stepping.step == 0
        await cliff_keys(bench, screen, "comma")
        assert screen.stepping.step == 0
        await cliff_keys(bench, screen, "end")
        assert screen.stepping.step is None


async def test_time_stands_still_under_the_help() -> None:
    async with running(SMALL, size=(100, 60)) as bench:
        screen = await cliff(bench, "space")
        await bench.press("question_mark")
        assert "THE CLIFF" in bench.text
        assert "Now η = 0.3, θ = 0.3." in bench.text
        assert "its largest gradient, 121, was that of step 34" in bench.text
        bench.clock.now += 3.0
        screen.tick()
        await bench.press("escape")
        bench.clock.now += 1.0
        screen.tick()
        assert screen.stepping.step == 10


async def test_the_other_surface_is_of_the_current_net() -> None:
    shallow = attrs.evolve(SMALL, depth=8)
    async with running(shallow, size=(80, 24)) as bench:
        screen = await cliff(bench, "m")
        surface: Any = screen.surface
        assert surface.experiment == shallow
        assert (surface.first, surface.second) == (0, 1)
        assert "x scales λ = 0.900, y scales λ = 0.559 ± 0.705i" in bench.text
        assert surface.parts[0].eigenvalue == pytest.approx(0.9)
        assert surface.parts[1].eigenvalue == pytest.approx(0.559 + 0.705j, abs=5e-4)
        x, y = screen.choice.cursor
        found = surface.evaluate(np.array([x]), np.array([y]))
        assert at_cursor(screen) == (found.loss_log10[0], found.gradient_log10[0])
        await cliff_keys(bench, screen, "e")
        surface = screen.surface
        assert (surface.first, surface.second) == (0, 2)
        await cliff_keys(bench, screen, "e", "e", "E", "E", "E")
        surface = screen.surface
        assert (surface.first, surface.second) == (0, 1)
        assert len(surface.parts) == 4
        await cliff_keys(bench, screen, "E")
        surface = screen.surface
        assert (surface.first, surface.second) == (2, 3)
        await bench.press("question_mark")
        assert "Here x scales" in bench.text
        await bench.press("escape")
        await cliff_keys(bench, screen, "tab")
        assert screen.surface == UNIT


async def test_what_is_chosen_on_a_surface_stays_there() -> None:
    async with running(SMALL, size=(80, 24)) as bench:
        screen = await cliff(bench, "left", "k", "m")
        assert screen.choice.clip_threshold == 1.0
        await cliff_keys(bench, screen, "m")
        assert screen.choice.clip_threshold == 1.0
        assert screen.choice.threshold == notch(1.0)
        assert screen.paths[1].threshold == 1.0
        await cliff_keys(bench, screen, "e")
        assert "e picks two eigenvalues of the current net; m shows it" in bench.text


@pytest.mark.parametrize(
    ("experiment", "words"),
    [
        (attrs.evolve(SMALL, cell="lstm"), "error surface: got cell 'lstm', allowed: rnn"),
        (attrs.evolve(SMALL, tied=False), "error surface: got a net that is not tied"),
        (attrs.evolve(SMALL, width=1), "error surface: got one eigenvalue or pair"),
        (attrs.evolve(SMALL, width=513, depth=1), "m: got width 513, allowed: up to 512"),
    ],
)
async def test_a_net_that_has_no_such_surface(experiment: Experiment, words: str) -> None:
    async with running(experiment, size=(100, 24)) as bench:
        screen = await cliff(bench, "m")
        assert words in bench.text
        assert screen.mode == "unit"
        assert screen.surface == UNIT


async def test_zoom() -> None:
    async with running(SMALL, size=(80, 24)) as bench:
        screen = await cliff(bench, "plus")
        x_low, x_high, y_low, y_high = screen.choice.window
        assert (x_high - x_low, y_high - y_low) == (1.0, 0.75)
        x, _ = (landscape.middles(edges) for edges in screen.choice.edges())
        y = screen.choice.edges()[1]
        middle = 0.5 * (y[0] + y[1])
        assert screen.grid[0] == pytest.approx(UNIT.losses(x, np.full(x.size, middle)))
        await bench.press(*["plus"] * 8)
        await rest(bench, screen)
        assert "zoom: there is nothing more to see" in bench.text
        await bench.press(*["minus"] * 12)
        await rest(bench, screen)
        assert math.isclose(x_high - x_low, 1.0)


@pytest.mark.parametrize("key", ["escape", "9"])
async def test_it_is_left_for_the_view_that_was_open(key: str) -> None:
    async with running(SMALL) as bench:
        await bench.press("3")
        await cliff(bench)
        await bench.press(key)
        assert bench.app.screen is bench.app.main
        assert bench.app.main.view.key == "3"


async def test_it_is_left_for_any_view() -> None:
    async with running(SMALL) as bench:
        await cliff(bench)
        await bench.press("5")
        assert bench.app.screen is bench.app.main
        assert bench.app.main.view.key == "5"
        assert bench.experiment == SMALL


async def test_the_newest_request_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a path is slow, four more learning rates are asked for: only the last is computed."""
    begun, go_on, rates = threading.Event(), threading.Event(), []
    plain = landscape.descend

    def slow(surface: Any, start: Any, rate: float, *more: Any) -> Any:
        rates.append(rate)
        begun.set()
        assert go_on.wait(60)
        return plain(surface, start, rate, *more)

    async with running(SMALL, size=(80, 24)) as bench:
        screen = await cliff(bench)
        monkeypatch.setattr(landscape, "descend", slow)
        await bench.press("less_than_sign")
        await bench.wait_for(begun.is_set)
        for _ in range(4):
            await bench.press("less_than_sign")
        assert [path.learning_rate for path in screen.paths] == [0.3, 0.3]
        go_on.set()
        await rest(bench, screen)
        assert [path.learning_rate for path in screen.paths] == [0.001, 0.001]
        assert set(rates) == {0.1, 0.001}


async def test_a_grid_is_given_up_for_another_and_when_the_screen_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    plain = OneUnit.losses

    def slow(self: OneUnit, x: Any, y: Any) -> Any:
        begun.set()
        assert go_on.wait(60)
        return plain(self, x, y)

    async with running(SMALL, size=(80, 24)) as bench:
        screen = await cliff(bench)
        monkeypatch.setattr(OneUnit, "losses", slow)
        await bench.press("plus")
        await bench.wait_for(begun.is_set)
        # Neither the cursor nor the paths wait for it.
        await bench.press("right", "less_than_sign")
        await bench.wait_for(lambda: screen.paths[0].learning_rate == 0.1)
        assert np.isnan(screen.grid).all()
        await bench.press("escape")
        go_on.set()
        await bench.wait_for(lambda: screen._surfaces.idle)
        assert bench.app.screen is bench.app.main


@pytest.mark.parametrize("ascii", [False, True])
async def test_a_grid_under_way_says_so_and_how_far_it_is(
    ascii: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, plain = threading.Semaphore(0), OneUnit.losses

    def slow(self: OneUnit, x: Any, y: Any) -> Any:
        assert go_on.acquire(timeout=60)
        return plain(self, x, y)

    async with running(SMALL, size=(80, 24), ascii=ascii) as bench:
        screen = await cliff(bench)
        monkeypatch.setattr(OneUnit, "losses", slow)
        monkeypatch.setattr(OneUnit, "at_a_time", 99)
        await bench.press("plus")
        # The paths are there, and of the surface nothing.
        await bench.wait_for(lambda: bool(screen.paths))
        assert np.isnan(screen.grid).all()
        assert ("computing ..." if ascii else "computing …") in bench.text

        async def until(cells: int) -> str:
            share = cells / screen.grid.size
            await bench.wait_for(lambda: screen._share == pytest.approx(share))
            await bench.pilot.pause()
            return f"computing, {100 * share:.0f} %"

        columns, rows = screen.choice.cells
        coarse, finer = (-(-columns // one) * -(-rows // one) for one in (8, 4))
        assert finer <= 99
        go_on.release()
        await until(coarse)
        # What is there in a moment needs no words.
        assert "computing" not in bench.text
        bench.clock.now += 1.0
        go_on.release()
        said = await until(finer)
        title = next(row for row in bench.rows if "computing" in row)
        assert said in title
        go_on.release(1000)
        await rest(bench, screen)
        assert "computing" not in bench.text


async def test_another_size_has_another_grid() -> None:
    async with running(SMALL, size=(80, 24)) as bench:
        screen = await cliff(bench)
        before = screen.grid.shape
        await bench.resize(120, 40)
        await bench.wait_for(lambda: screen.grid.shape != before)
        await rest(bench, screen)
        assert screen.grid.shape > before
        for size in ((40, 12), (20, 6), (5, 2), (80, 24)):
            await bench.resize(*size)
        await bench.wait_for(lambda: screen.grid.shape == before)
        await rest(bench, screen)
