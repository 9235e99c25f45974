"""What screens show while the kernels are being compiled: how far that is, and no empty picture."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.harness import Bench, Clock, running
from tuisim.tui.app import SimulatorApp
from tuisim.tui.shell.background import Background
from tuisim.tui.state.messages import KernelsPrepared
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=12, batch=1, radius=1.0, seed=3)
SIZES = [(120, 40), (80, 24), (60, 20), (40, 12)]
sized = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


@pytest.fixture
def idle_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is asked for is ever done, as where each kernel is still to be compiled."""
    monkeypatch.setattr(Background, "ask", lambda self, slot, job: None)


async def prepare(bench: Bench, done: int, doing: str = "the lstm") -> None:
    bench.app.post_message(KernelsPrepared(done, 60, doing, 3))
    await bench.pilot.pause()


def shown(bench: Bench) -> str:
    """The screen without its frames, in one line."""
    return " ".join(bench.text.replace("│", " ").split())


@sized
@pytest.mark.parametrize("key", ["7", "8", "9", "R", "E"])
async def test_a_screen_that_waits_for_kernels_says_how_far_they_are(
    key: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(NET, size=size) as bench:
        monkeypatch.setattr(Background, "ask", lambda self, slot, job: None)
        await bench.pilot.press(key)
        await bench.pilot.pause()
        screen: Any = bench.app.screen
        assert screen is not bench.app.main
        for done in (11, 12):
            await prepare(bench, done)
            assert f"compiling kernels {done + 1}/60" in shown(bench)
            # One that is opened now knows it too.
        await bench.pilot.press("q")
        await bench.pilot.press(key)
        await bench.pilot.pause()
        assert "compiling kernels 13/60" in shown(bench)
        await prepare(bench, 60)
        assert "compiling" not in bench.text


@pytest.mark.parametrize("key", "123456")
async def test_so_do_the_views_of_the_main_screen(key: str, idle_threads: None) -> None:
    app = SimulatorApp(NET, clock=Clock())
    async with app.run_test(size=SIZES[0]) as pilot:
        bench = Bench(app, pilot, Clock())
        await pilot.press(key)
        for size in SIZES:
            await pilot.resize_terminal(*size)
            await prepare(bench, 11)
            # In the line below, and in the picture.
            assert shown(bench).count("compiling kernels 12/60") >= 2, size
            await prepare(bench, 60)
            assert "compiling" not in bench.text, size
            assert len(bench.rows) == size[1]
