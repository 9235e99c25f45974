"""A live session as a tape: its commands, and that playing it comes to the same."""

from __future__ import annotations

import pytest

from tests.support.command import opened
from tests.support.harness import prepare_kernels
from tuisim.demos.grammar.parser import parse
from tuisim.demos.grammar.tape import Command, Press, Sleep, Start, Type
from tuisim.demos.grammar.writer import written
from tuisim.demos.playing import played
from tuisim.demos.still import StillTapeApp
from tuisim.demos.taping import Heard, TapedApp, commands_of
from tuisim.testing import Clock
from tuisim.testing.keys import event_of
from tuisim.values.experiment import Experiment


def heard(*keys: tuple[float, str]) -> list[Command]:
    found = []
    for seconds, key in keys:
        event = event_of(key)
        found.append(Heard(seconds, event.key, event.character if event.is_printable else None))
    return list(commands_of(found))


@pytest.mark.parametrize(
    ("keys", "commands"),
    [
        ([], []),
        ([(0.1, "right"), (0.2, "right"), (0.3, "right")], [Press("right", 3)]),
        ([(1.0, "a"), (1.2, "b"), (1.3, "space"), (1.4, "c")], [Sleep(1.0), Type("ab c")]),
        ([(0.1, "a"), (2.14, "a")], [Type("a"), Sleep(2.0), Type("a")]),
        ([(0.1, "question_mark"), (0.2, "escape")], [Type("?"), Press("escape")]),
        ([(0.1, "ctrl+p"), (0.2, "ctrl+p")], [Press("ctrl+p"), Press("ctrl+p")]),
        # What no tape can name is left out, and the time with it stays.
        ([(0.1, "right"), (1.0, "f3"), (2.0, "right")],
         [Press("right"), Sleep(1.9), Press("right")]),
        ([(0.1, "quotation_mark"), (0.2, "apostrophe"), (0.3, "grave_accent")],
         [Type("\"'"), Type("`")]),
        ([(90.0, "space")], [Sleep(60.0), Press("space")]),
    ],
)  # fmt: skip
def test_keys_become_commands(keys: list[tuple[float, str]], commands: list[Command]) -> None:
    assert heard(*keys) == commands


async def test_a_session_comes_to_the_same_from_its_tape() -> None:
    prepare_kernels()
    net = Experiment(width=4, depth=20, spectrum="gaussian", tied=False)
    clock = Clock()
    app = TapedApp(net, clock=clock, view="4", log_axis=False)
    async with app.run_test(size=(90, 26)) as pilot:
        keys = ["right", "right", "shift+right", "a", "colon", *"bias", "space", "0", "full_stop"]
        for key in (*keys, "2", "enter", "home", "plus"):
            clock.now += 1.0
            await pilot.press(key)
        for _ in range(200):
            if app.experiment.bias == 0.2:
                break
            await pilot.pause()
        left = app.experiment
        tape = app.tape()
    assert (left.radius, left.bias) == (1.02, 0.2)
    words = "--width 4 --depth 20 --untied --spectrum gaussian --view 4 --linear"
    assert tape.start == Start(tuple(words.split()))
    assert tape.size == (90, 26)
    assert sum(isinstance(one, Sleep) for one in tape.commands) == 16
    read = parse(written(tape))
    assert read == tape
    assert read.start is not None
    again = StillTapeApp(clock=Clock(), size=(90, 26), **opened(*read.start.words))
    async with again.run_test() as pilot:
        async for _ in played(read, pilot):
            pass
        assert again.experiment == left
