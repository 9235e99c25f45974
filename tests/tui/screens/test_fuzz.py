"""Random keys over all screens, at random sizes: no exception, no hang, no thread left.

TUISIM_FUZZ_SECONDS lets it run for longer, TUISIM_FUZZ_SEED repeats what failed.
"""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
from pathlib import Path

import pytest
from textual import events

from tests.support.harness import Bench, Clock, prepare_kernels
from tuisim.tui.app import SimulatorApp
from tuisim.tui.keys.keymap import ENTRIES
from tuisim.tui.keys.keymaps import CLAIMS, CLIFF, MAP, TRAINING
from tuisim.values.experiment import Experiment

SECONDS = float(os.environ.get("TUISIM_FUZZ_SECONDS", "20"))
FIRST_SEED = int(os.environ.get("TUISIM_FUZZ_SEED", "0"))
#: Of one session; what is found is then near its end.
KEYS = 400
#: What no key should ever take, on a busy machine either.
PATIENCE = 60.0

SMALL = Experiment(width=4, depth=10)
SIZES = [(80, 24), (120, 40), (40, 10), (100, 30), (200, 60), (3, 2), (1, 1), (64, 17), (30, 50)]
MOVES = ["up", "down", "left", "right", "tab", "shift+tab", "pageup", "pagedown", "home", "end"]
TYPED = [*"aeioxyz0123456789.=- ", "backspace", "delete", "ctrl+a", "ctrl+s", "ctrl+w"]
LINES = ["radius 1.2", "width 6", "cell lstm", "preset leaky", "save toml", "save svg", "theme"]
QUITS = {"q", "ctrl+q"}


def bound() -> list[str]:
    """The keys of all screens, as Textual names them."""
    entries = (*ENTRIES, *CLAIMS, *CLIFF, *MAP, *TRAINING)
    return sorted({key for one in entries for key in one.keys.split(",") if key} - {"w", *QUITS})


class Fuzz:
    """A session with its random numbers, and what was done in it."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.done: list[str] = []
        self.keys = [*bound(), *"123456789789", "colon", "o", "e", "?", "R", "P", "E", "T"]

    def next_keys(self) -> list[str]:
        """A key, a burst of one, a walk, or a line that is typed into the palette."""
        pick = self.random.random()
        if pick < 0.4:
            return [self.random.choice(self.keys)]
        if pick < 0.55:
            return [self.random.choice(["escape", "enter"])] * self.random.choice([1, 1, 2, 3])
        if pick < 0.75:
            return self.random.choices(MOVES, k=self.random.randint(1, 6))
        if pick < 0.85:
            return self.random.choices(TYPED, k=self.random.randint(1, 8))
        if pick < 0.95:
            return self.random.choices(self.keys, k=self.random.randint(2, 8))
        line = ["space" if one == " " else one for one in self.random.choice(LINES)]
        return ["colon", *line, *["enter"] * self.random.randint(1, 3)]

    async def act(self, bench: Bench) -> None:
        """Post some keys, perhaps another size; then wait for nothing, a moment, or all."""
        if self.random.random() < 0.06:
            size = self.random.choice(SIZES)
            self.done.append(f"{size[0]}x{size[1]}")
            bench.app.post_message(
                events.Resize.from_dimensions(size, None),
            )
        breath = self.random.random() < 0.3
        for key in self.next_keys():
            self.done.append(key)
            bench.post_key("question_mark" if key == "?" else key)
            if breath:
                await asyncio.sleep(0)
        pick = self.random.random()
        if pick < 0.5:
            await asyncio.sleep(self.random.choice([0.0, 0.001, 0.01, 0.05]))
        elif pick < 0.9:
            await answered(bench)
        bench.clock.now += self.random.choice([0.0, 0.05, 1.0])
        experiment = bench.app.experiment
        if experiment.width * experiment.depth * experiment.members > 4000:
            bench.app.main.choose(SMALL, "fuzz")


async def answered(bench: Bench) -> None:
    """Wait until the event loop has answered what was posted."""
    reached = asyncio.Event()
    if bench.app.call_later(reached.set):
        await asyncio.wait_for(reached.wait(), PATIENCE)


async def session(seed: int) -> int:
    """A session of random keys; how many there were."""
    fuzz, clock, before = Fuzz(seed), Clock(), app_threads()
    app = SimulatorApp(SMALL, clock=clock, ascii=fuzz.random.random() < 0.2)
    try:
        async with app.run_test(size=fuzz.random.choice(SIZES)) as pilot:
            bench = Bench(app, pilot, clock)
            while len(fuzz.done) < KEYS and app.is_running and app.failure is None:
                await fuzz.act(bench)
            app.exit()
            # What still waits in the queue is answered before the screens are closed.
            await bench.wait_for(lambda: not app.is_running)
        assert app.failure is None
        await bench.wait_for(lambda: app_threads() <= before)
    except BaseException as error:
        error.add_note(f"TUISIM_FUZZ_SEED={seed}, the last keys: {' '.join(fuzz.done[-60:])}")
        raise
    return len(fuzz.done)


def app_threads() -> set[threading.Thread]:
    """The threads of apps that are running."""
    return {one for one in threading.enumerate() if one.name == "tuisim-background"}


async def test_random_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_kernels()
    monkeypatch.chdir(tmp_path)
    end, seed = time.monotonic() + SECONDS, FIRST_SEED
    while seed == FIRST_SEED or time.monotonic() < end:
        await session(seed)
        seed += 1
    print(f"{seed - FIRST_SEED} sessions")
