"""The screen about a net as an echo state network."""

from __future__ import annotations

import attrs
import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.harness import running
from tuisim.engine.reservoirs.reservoir import memory_capacity, narma10
from tuisim.tui.keys.keymaps import RESERVOIR
from tuisim.tui.screens.reservoir import ReservoirScreen
from tuisim.values import presets
from tuisim.values.experiment import Experiment

NET = attrs.evolve(presets.preset("echo-state"), width=30)


async def test_it_shows_the_numbers_of_this_net() -> None:
    async with running(NET) as bench:
        screen = await bench.on(ReservoirScreen, "E")
        assert screen.result is not None
        memory, narma, _ = screen.result
        assert memory.total.tolist() == memory_capacity(NET).total.tolist()
        assert narma.nrmse.tolist() == narma10(NET).nrmse.tolist()
        for title in ("memory capacity", "NARMA-10", "distance"):
            assert title in bench.text
        assert f"{memory.total[0]:.1f} of at most 30" in bench.text
        await bench.press("E")
        assert bench.experiment == NET


async def test_a_net_that_is_no_reservoir_is_told_why() -> None:
    async with running(Experiment(cell="gru", width=4, depth=10)) as bench:
        screen = await bench.on(ReservoirScreen, "E")
        assert screen.result is None
        assert "cell: got 'gru'" in bench.text


@pytest.mark.parametrize(
    ("net", "words", "taken"),
    [
        (attrs.evolve(NET, batch=16), "enter takes this net with batch 1", NET),
        (attrs.evolve(NET, tied=False), "enter takes this net with tied true", NET),
    ],
)
async def test_a_net_that_is_no_reservoir_is_offered_as_one(
    net: Experiment, words: str, taken: Experiment
) -> None:
    async with running(net, size=(80, 24)) as bench:
        await bench.on(ReservoirScreen, "E")
        assert words in " ".join(bench.text.split())
        await bench.press("enter")
        screen = bench.app.screen
        assert isinstance(screen, ReservoirScreen)
        await bench.wait_for(lambda: screen.settled)
        await bench.settle()
        assert screen.result is not None
        await bench.press("q")
        assert bench.experiment == taken
        await bench.press("u")
        assert bench.experiment == net


async def test_there_is_nothing_to_take_of_a_reservoir() -> None:
    async with running(NET) as bench:
        screen = await bench.on(ReservoirScreen, "E")
        await bench.press("enter")
        assert bench.app.screen is screen
        assert "this net is a reservoir" in bench.text


async def test_help_says_what_the_numbers_are() -> None:
    async with running(NET, size=(100, 60)) as bench:
        screen = await bench.on(ReservoirScreen, "E")
        assert screen.result is not None
        await bench.press("question_mark")
        assert f"memory {screen.result[0].total[0]:.1f} of at most 30" in bench.text
        for entry in RESERVOIR:
            assert f" {entry.action} " in bench.text
        await bench.press("escape", "escape")
        assert bench.app.screen is bench.app.main


async def test_of_members_it_says_whose_curve_it_is() -> None:
    async with running(attrs.evolve(NET, members=3)) as bench:
        await bench.on(ReservoirScreen, "E")
        assert "NARMA-10, held out, first of 3 members" in bench.text


async def test_one_plot_stays_where_there_is_little_room() -> None:
    async with running(NET, size=(60, 12)) as bench:
        await bench.on(ReservoirScreen, "E")
        assert [plot.display for plot in bench.app.screen.query("Plot")] == [True, False, False]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_picture(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with running(NET, size=size) as bench:
        await bench.on(ReservoirScreen, "E")
        assert await bench.svg() == picture
