"""The mouse on the cliff: clicks and the wheel do what its keys do."""

from __future__ import annotations

import pytest

from tests.support.cliff import cliff, rest
from tests.support.harness import Bench, running
from tuisim.tui.screens.cliff import CliffScreen
from tuisim.tui.state.surfaces import STEPS
from tuisim.tui.widgets.plot import Plot, Pointed
from tuisim.values.experiment import Experiment

SMALL = Experiment(width=6, depth=30, seed=3)


async def point(
    bench: Bench, screen: CliffScreen, name: str, x: float, y: float, turns: int = 0
) -> None:
    """Click at a place of a plot, or turn the wheel there."""
    plot = screen.query_one(f"#{name}", Plot)
    plot.post_message(Pointed(plot, x, y, turns))
    await bench.pilot.pause()
    await rest(bench, screen)


async def test_a_click_begins_there_and_the_wheel_zooms_as_its_keys_do() -> None:
    async with running(SMALL, size=(120, 40)) as bench:
        screen = await cliff(bench)
        plot = screen.query_one("#surface", Plot)
        assert plot._drawing is not None
        await bench.pilot.click(plot, offset=(30, 12))
        await rest(bench, screen)
        clicked, (x, y) = plot._drawing.at(30, 12), screen.choice.start
        assert clicked is not None
        canvas = plot._drawing.canvas
        assert (canvas.column(x), canvas.row(y)) == (
            canvas.column(clicked[0]),
            canvas.row(clicked[1]),
        )
        assert screen.choice.cursor == (x, y)
        assert (screen.paths[0].points[0] == (x, y)).all()
        assert "[S]" in bench.text
        for turns, key in ((1, "minus"), (-1, "plus")):
            before = screen.choice.window
            await point(bench, screen, "surface", 4.0, -2.0, turns)
            assert screen.choice.window != before
            await bench.press(key)
            await rest(bench, screen)
            assert screen.choice.window == pytest.approx(before)


async def test_a_click_on_the_losses_shows_the_path_up_to_there() -> None:
    async with running(SMALL, size=(120, 40)) as bench:
        screen = await cliff(bench)
        await point(bench, screen, "descent", 40.2, -2.0)
        assert screen.stepping.step == 40
        assert f"step 40 of {STEPS}" in bench.text
        await point(bench, screen, "descent", 40.2, -2.0, -1)
        assert screen.stepping.step == 39
