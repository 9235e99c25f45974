"""A tape played live: what the presenter's keys do, and that going back is exact."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.events import Key

from tests.support.harness import Bench
from tuisim.demos.acts import Passed
from tuisim.demos.grammar.parser import parse
from tuisim.demos.grammar.tape import Caption, Step
from tuisim.demos.live import LiveTapeApp
from tuisim.demos.playing import played
from tuisim.demos.still import StillTapeApp
from tuisim.testing import Clock
from tuisim.testing.keys import event_of
from tuisim.testing.pictures import strips
from tuisim.tui.screens.training import TrainingScreen
from tuisim.values.experiment import Experiment

SIZE = (90, 26)
NET = Experiment(width=4, depth=20)
TAPE = """
# step one
# caption ρ {radius}
Right 3
# step two
# caption pinned, and then {activation}
Type "p"
Type "aa"
Space
Sleep 1s
# step three
# caption ρ {radius} at {hidden_norm}
Type "3l"
Left 2
# step four
Type "8"
Space
Sleep 300ms
Type "q"
# step five
Right
"""


@asynccontextmanager
async def presented(
    text: str = TAPE, waits: bool = False, **options: Any
) -> AsyncIterator[tuple[Bench, LiveTapeApp]]:
    """The app on a tape, which plays, or waits for orders."""
    app = LiveTapeApp(NET, tape=parse(text), **options)
    app.presentation.playing = not waits
    async with app.run_test(size=SIZE) as pilot:
        bench = Bench(app, pilot, app.still)
        await bench.wait_for(lambda: app.presentation.begun)
        yield bench, app


async def ordered(bench: Bench, app: LiveTapeApp, *keys: str) -> None:
    """Keys of the presenter's, each obeyed before the next."""
    for key in keys:
        assert app.presentation.hears(key)
        await bench.wait_for(lambda: not app.presentation.busy)
    await app.at_rest()


def rows(app: StillTapeApp) -> list[str]:
    """The screen without the strip, in whose corner a presentation says how it stands."""
    return [strip.text for strip in strips(app)][: SIZE[1] - 3]


def captions(app: StillTapeApp) -> str:
    return app._words[0]


#: At each step: the screen, the caption and the net.
Seen = dict[str, tuple[list[str], str, Experiment]]


@pytest.fixture(scope="module")
def expected() -> Seen:
    """What is seen of the tape as it is played through."""

    async def seen() -> Seen:
        found, name = {}, ""
        app = StillTapeApp(NET, clock=Clock(), size=SIZE)
        async with app.run_test() as pilot:
            async for moment in played(parse(TAPE), pilot):
                await app.told(moment.of)
                match moment.of:
                    case Passed(Step(name)):
                        found[name] = rows(app), captions(app), app.experiment
                    case Passed(Caption()) if name:
                        # A step begins with what is said of it.
                        found[name] = rows(app), captions(app), app.experiment
        return found

    return asyncio.run(seen())


async def test_each_step_is_exact_whichever_way_it_is_come_to(expected: Seen) -> None:
    steps = [*expected]
    async with presented(waits=True) as (bench, app):

        def is_right(name: str) -> None:
            seen, caption, net = expected[name]
            assert rows(app) == seen, name
            assert (captions(app), app.experiment) == (caption, net)

        for name in steps:
            await ordered(bench, app, "f6")
            is_right(name)
        for name in steps[-2::-1]:
            await ordered(bench, app, "f5")
            is_right(name)
        for name in steps[1:]:
            await ordered(bench, app, "f6")
            is_right(name)


@pytest.mark.parametrize("name", ["two", "five"])
async def test_a_demo_begins_at_a_step(name: str, expected: Seen) -> None:
    tape = parse(TAPE)
    app = LiveTapeApp(NET, tape=tape, at=tape.step_named(name))
    app.presentation.playing = False
    async with app.run_test(size=SIZE) as pilot:
        bench = Bench(app, pilot, app.still)
        await bench.wait_for(lambda: app.presentation.begun and not app.presentation.busy)
        await app.at_rest()
        assert (rows(app), captions(app), app.experiment) == expected[name]


async def test_any_key_takes_over_and_f9_hands_back() -> None:
    text = "Right 2\nType `p3`\n# step a\n# caption {cell}\nSleep 60s\nType `a`"
    async with presented(text) as (bench, app):
        await bench.wait_for(lambda: app.presentation.place == 7)
        await app.at_rest()
        left = rows(app), captions(app), app.experiment
        for key in ("c", "c", "n", "P"):
            app.post_message(event_of(key))
        await bench.wait_for(lambda: len(app.screen_stack) == 2)
        await bench.wait_for(lambda: "yours" in app._words[1])
        assert (app.experiment.cell, captions(app)) == ("gru", "gru")
        app.post_message(event_of("f9"))
        await bench.wait_for(lambda: app.presentation.playing)
        await app.at_rest()
        assert (rows(app), captions(app), app.experiment) == left
        assert app.presentation.place == 7


async def test_a_key_does_the_tapes_next_one() -> None:
    async with presented("Right 2\n# step a\nType `a`\nType `c`", by_key=True) as (bench, app):
        found = []
        for key in ("x", "q", "enter", "z"):
            place = app.presentation.place
            await ordered(bench, app, key)
            await bench.wait_for(lambda: app.presentation.place > place)  # noqa: B023
            await app.at_rest()
            e = app.experiment
            found.append((e.radius, e.activation, e.cell))
        assert found == [
            (0.91, "tanh", "rnn"),
            (0.92, "tanh", "rnn"),
            (0.92, "sigmoid", "rnn"),
            (0.92, "sigmoid", "lstm"),
        ]
        await bench.wait_for(lambda: "end" in app._words[1])


async def test_it_plays_by_itself_to_the_end() -> None:
    async with presented("Set PlaybackSpeed 20\nRight 3\nSleep 1s\n# step end") as (bench, app):
        await bench.wait_for(lambda: app.presentation.waits)
        assert app.experiment.radius == 0.93
        assert app.still.now == pytest.approx(1024 + 1.15)
        await bench.wait_for(lambda: app._words[1].endswith("end 1/1 · f9 again"))
        # And once more from the start.
        app.presentation.order("play")
        await bench.wait_for(lambda: app.presentation.playing)
        await bench.wait_for(lambda: app.presentation.waits)
        assert app.experiment.radius == 0.93


async def test_it_begins_anew_in_a_loop() -> None:
    text = "Set PlaybackSpeed 50\nRight\nSleep 1s"
    async with presented(text, loop=True) as (bench, app):
        seen: list[float] = []

        def came() -> bool:
            if not seen or seen[-1] != app.experiment.radius:
                seen.append(app.experiment.radius)
            return len(seen) >= 5

        await bench.wait_for(came)
        assert seen[-4:] in ([0.9, 0.91, 0.9, 0.91], [0.91, 0.9, 0.91, 0.9])


async def test_waiting_stops_the_clock_of_the_app() -> None:
    async with presented("Space\nSleep 60s") as (bench, app):
        await bench.wait_for(lambda: app.presentation.place == 2)
        await ordered(bench, app, "f9")
        now = app.still.now
        await bench.pilot.pause(0.2)
        assert app.still.now == now
        assert "‖" in app._words[1]


async def test_the_speed_is_told() -> None:
    async with presented("Sleep 60s") as (bench, app):
        app.presentation.order("faster")
        await bench.wait_for(lambda: "2x" in app._words[1])
        assert app.presentation.passes(0.125) == 0.25
        for _ in range(9):
            app.presentation.order("slower")
        await bench.wait_for(lambda: "0.25x" in app._words[1])


async def test_what_cannot_be_done_is_said_and_the_app_is_the_presenters() -> None:
    async with presented("Right\nType `j`\nRight") as (bench, app):
        await bench.wait_for(lambda: app.presentation.waits)
        await bench.wait_for(lambda: "line 2: nothing took the key j" in app._words[1])
        app.post_message(Key("right", None))
        await bench.wait_for(lambda: app.experiment.radius == 0.92)


async def test_a_training_is_gone_after_going_back() -> None:
    text = "# step a\n# step b\nType `8`\n# step c\nRight"
    async with presented(text, waits=True) as (bench, app):
        await ordered(bench, app, "f6", "f6", "f6")
        assert isinstance(app.screen, TrainingScreen)
        await ordered(bench, app, "f5")
        assert app.laboratory.training is None
        assert len(app.screen_stack) == 1


async def test_time_passes_while_something_is_waited_for() -> None:
    text = (
        "Type `8`\nSpace\nWait+Screen@60s /update [1-9][0-9]+ of/\nSpace\n# step there\nSleep 60s"
    )
    async with presented(text) as (bench, app):
        await bench.wait_for(lambda: app.presentation.place == len(app.presentation.acts))
        assert app.presentation.failure == ""
        assert app.laboratory.training.updates >= 10
