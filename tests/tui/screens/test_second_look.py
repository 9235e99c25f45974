"""What was computed for a screen over the main one is there when it is opened again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from tests.support.cliff import cliff
from tests.support.harness import running
from tuisim.engine.diagnosis import comparison
from tuisim.engine.reservoirs import echo, reservoir
from tuisim.engine.surfaces import eigensurface
from tuisim.tui.screens.compare import CompareScreen
from tuisim.tui.screens.reservoir import ReservoirScreen
from tuisim.values import presets
from tuisim.values.experiment import Experiment

SMALL = Experiment(width=6, depth=30, seed=3)
RESERVOIR = attrs.evolve(presets.preset("echo-state"), width=12, depth=30)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], list[Any]]:
    """Counts from now on what this function of this module is called with."""

    def count(module: Any, name: str) -> list[Any]:
        calls: list[Any] = []
        work = getattr(module, name)

        def counting(*given: Any, **named: Any) -> Any:
            calls.append(given)
            return work(*given, **named)

        monkeypatch.setattr(module, name, counting)
        return calls

    return count


async def test_remedies_are_run_once_for_a_net(
    counted: Callable[[Any, str], list[Any]],
) -> None:
    calls = counted(comparison, "compare")
    async with running(SMALL, size=(80, 24)) as bench:
        first = await bench.on(CompareScreen, "R")
        rows = bench.rows
        await bench.press("escape")
        again = await bench.on(CompareScreen, "R")
        assert again is not first
        assert again.nets is first.nets
        assert bench.rows == rows
        assert len(calls) == 1
        await bench.press("escape", "n")
        other = await bench.on(CompareScreen, "R")
        assert {one.run.experiment.seed for one in other.nets} == {SMALL.seed + 1}
        assert len(calls) == 2


async def test_pinned_nets_are_run_once_and_beside_the_remedies(
    counted: Callable[[Any, str], list[Any]],
) -> None:
    calls = counted(comparison, "compare")
    async with running(SMALL) as bench:
        await bench.press("p", "right_square_bracket")
        for keys in (("R",), ("escape", "P"), ("escape", "R"), ("escape", "P")):
            await bench.on(CompareScreen, *keys)
        # Neither of the two takes the other's place.
        assert [len(nets) for nets, _ in calls] == [7, 2]
        await bench.press("escape", "right_square_bracket")
        screen = await bench.on(CompareScreen, "P")
        assert screen.nets[0].run.experiment == bench.experiment
        assert len(calls) == 3


async def test_a_reservoir_is_asked_once(counted: Callable[[Any, str], list[Any]]) -> None:
    made = [
        counted(module, name)
        for module, name in (
            (echo, "state_distance"),
            (reservoir, "memory_capacity"),
            (reservoir, "narma10"),
        )
    ]
    async with running(RESERVOIR, size=(80, 24)) as bench:
        first = await bench.on(ReservoirScreen, "E")
        rows = bench.rows
        await bench.press("escape")
        again = await bench.on(ReservoirScreen, "E")
        assert again.result is first.result
        assert bench.rows == rows
        assert made == [[(RESERVOIR,)]] * 3
        await bench.press("escape", "right")
        await bench.on(ReservoirScreen, "E")
        assert made == [[(RESERVOIR,), (bench.experiment,)]] * 3


async def test_the_surface_of_a_net_is_made_once(
    counted: Callable[[Any, str], list[Any]],
) -> None:
    made = counted(eigensurface, "EigenvalueSurface")
    async with running(SMALL, size=(80, 24)) as bench:
        first = (await cliff(bench, "m")).surface
        await bench.press("escape")
        screen = await cliff(bench)
        assert screen.mode == "net"
        assert screen.surface is first
        assert made == [(SMALL, 0, 1)]
        await bench.press("e")
        await bench.wait_for(lambda: screen.settled)
        assert made[1:] == [(SMALL, 0, 2)]
        await bench.press("escape", "right")
        assert (await cliff(bench)).surface is not first
        assert made[2:] == [(bench.experiment, 0, 1)]
