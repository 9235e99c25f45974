"""The training screen with what tests do to it and read from it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.widgets import Static

from tests.support.harness import Bench, running
from tuisim.engine.training.course import Look
from tuisim.tui.screens.training import TrainingScreen
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=12, batch=4, radius=1.0, seed=3)
#: Without clipping its states leave float64 after a few updates.
WILD = Experiment(depth=30, batch=16, radius=1.0, activation="relu", spectrum="identity")


class Training:
    """The training screen with what tests do to it and read from it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        screen = bench.app.screen
        assert isinstance(screen, TrainingScreen)
        self.screen = screen

    async def settle(self) -> None:
        """Wait until all that was asked for is done and shown."""
        for _ in range(2):
            await self.bench.wait_for(lambda: self.screen.settled)
            await self.bench.pilot.pause()

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.bench.pilot.press(key)
            await self.settle()

    async def come_back(self, key: str) -> None:
        """Leave a dialog, and wait until this screen is on top with what it was told."""
        await self.bench.pilot.press(key)
        await self.bench.wait_for(lambda: self.bench.app.screen is self.screen)
        await self.bench.pilot.pause()
        await self.settle()

    async def advance(self, updates: int) -> None:
        """Make so many updates."""
        self.screen._work.advance(updates)
        await self.settle()

    async def pass_time(self, seconds: float) -> None:
        self.bench.clock.now += seconds
        self.screen.tick()
        await self.settle()

    @property
    def look(self) -> Look:
        assert self.screen.look is not None
        return self.screen.look

    def words(self, where: str) -> str:
        return str(self.screen.query_one(f"#{where}", Static).content)


@asynccontextmanager
async def training(experiment: Experiment = NET, **options: Any) -> AsyncIterator[Training]:
    async with running(experiment, **options) as bench:
        await bench.press("8")
        opened = Training(bench)
        await opened.settle()
        yield opened
