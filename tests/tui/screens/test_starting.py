"""The app opens before the engine is there, and takes keys while kernels are prepared."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.harness import Bench, prepare_kernels
from tuisim.tui.app import SimulatorApp
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=30)


def test_neither_the_first_paint_nor_the_first_curves_wait_for_numba() -> None:
    program = """
import asyncio, sys
from tuisim.tui.app import SimulatorApp

def seen(app):
    rows = ["".join(s.text for s in strip) for strip in app.screen._compositor.render_strips()]
    print("numpy" in sys.modules, "numba" in sys.modules)
    named = any("tanh rnn" in row for row in rows[:4])
    print(named, "q quit" in rows[-1], any("⠢" in row for row in rows))

begin = SimulatorApp._open_main
async def open_main(self, opening):
    seen(self)
    await begin(self, opening)
SimulatorApp._open_main = open_main

async def look():
    app = SimulatorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("right")
        while not app.settled:
            await asyncio.sleep(0.01)
        await pilot.pause()
        seen(app)
        print(app.experiment.radius)

prepare = SimulatorApp.on_run_computed
def on_run_computed(self, message):
    # What comes behind may have begun before this looks.
    self.laboratory.prepare = lambda: None
    prepare(self, message)
SimulatorApp.on_run_computed = on_run_computed
asyncio.run(look())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120
    )
    assert done.stdout.splitlines() == [
        "False False",
        "True True False",
        "True False",
        "True True True",
        # A key that came early is kept.
        "0.91",
    ], done.stderr


@pytest.mark.parametrize(
    ("compiled", "said"),
    [
        (0, "loading kernels 1/5: rnn, both passes"),
        (1, "compiling kernels 1/5: rnn, both passes (once on a machine)"),
    ],
)
async def test_keys_work_while_kernels_are_prepared_and_the_screen_says_so(
    compiled: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Event

    from tuisim.engine import warming
    from tuisim.engine.kernels.compiler import door

    go_on = Event()

    def slow(progress: Any) -> Iterator[int]:
        progress(0, 5, "rnn, both passes")
        assert go_on.wait(60)
        yield 1
        progress(5, 5, "ready")

    prepare_kernels()
    monkeypatch.setattr(warming, "warmed", slow)
    monkeypatch.setattr(door, "cache_statistics", lambda: (5, compiled))
    prepared: list[bool] = []
    app = SimulatorApp(NET, prepared=lambda: prepared.append(True))
    async with app.run_test(size=(80, 24)) as pilot:
        bench = Bench(app, pilot, None)  # type: ignore[arg-type]
        await bench.wait_for(lambda: app.main.preparing)
        assert bench.notice == said
        await pilot.press("right")
        assert app.experiment.radius == 0.91
        assert prepared == []
        go_on.set()
        await bench.settle()
        assert prepared == [True]
        assert "preparing" not in bench.notice
        assert bench.experiment.radius == 0.91
