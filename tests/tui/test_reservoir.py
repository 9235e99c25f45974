"""The screen about a net as an echo state network."""

from __future__ import annotations

import attrs
import pytest
from syrupy.assertion import SnapshotAssertion

from tests.tui.harness import Bench, running
from tuisim import presets
from tuisim.engine.reservoir import memory_capacity, narma10
from tuisim.experiment import Experiment
from tuisim.tui.screens.reservoir import ReservoirScreen

NET = attrs.evolve(presets.preset("echo-state"), width=30)


async def opened(bench: Bench) -> ReservoirScreen:
    await bench.press("E")
    screen = bench.app.screen
    assert isinstance(screen, ReservoirScreen)
    await bench.wait_for(lambda: screen.settled)
    await bench.settle()
    return screen


async def test_it_shows_the_numbers_of_this_net() -> None:
    async with running(NET) as bench:
        screen = await opened(bench)
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
        screen = await opened(bench)
        assert screen.result is None
        assert "cell: got 'gru'" in bench.text


async def test_one_plot_stays_where_there_is_little_room() -> None:
    async with running(NET, size=(60, 12)) as bench:
        await opened(bench)
        assert [plot.display for plot in bench.app.screen.query("Plot")] == [True, False, False]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_picture(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with running(NET, size=size) as bench:
        await opened(bench)
        assert await bench.svg() == picture
