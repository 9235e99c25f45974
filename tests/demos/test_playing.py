"""Playing tapes without a terminal: what they do, what they expect, and what keeps them from it."""

from __future__ import annotations

import re
import textwrap

import pytest
from textual.events import Key

from tests.support.command import opened
from tuisim.demos.acts import Passed
from tuisim.demos.grammar.fields import SHOWN
from tuisim.demos.grammar.parser import parse
from tuisim.demos.grammar.tape import Caption, Expect, Step
from tuisim.demos.measures import difference
from tuisim.demos.playing import Moment, PlayError, checked, played
from tuisim.demos.shipped import names, tape
from tuisim.demos.still import StillTapeApp
from tuisim.testing import Clock, plain_screen
from tuisim.values.experiment import Experiment

SMALL = Experiment(width=4, depth=20)


def an_app(experiment: Experiment = SMALL) -> StillTapeApp:
    return StillTapeApp(experiment, clock=Clock(), size=(80, 24))


async def moments(text: str, app: StillTapeApp) -> list[Moment]:
    async with app.run_test() as pilot:
        return [moment async for moment in played(parse(text), pilot)]


async def test_keys_change_the_net_and_time_passes() -> None:
    app = an_app()
    found = await moments('Right 3\nType@200ms "ac"\nSleep 2s\nCtrl+r', app)
    assert (app.experiment.radius, app.experiment.cell) == (0.93, "lstm")
    assert app.experiment.activation == "sigmoid"
    # A key is followed by fifty milliseconds where the tape does not say.
    assert found[-1].seconds == pytest.approx(3 * 0.05 + 2 * 0.2 + 2 + 0.05)
    assert app.still.now == pytest.approx(1024 + found[-1].seconds)


async def test_a_signal_is_no_key_that_nothing_took(monkeypatch: pytest.MonkeyPatch) -> None:
    app = an_app()

    async def ended(key: Key) -> bool:
        app.exit(return_code=130)
        return False

    monkeypatch.setattr(app, "strike", ended)
    with pytest.raises(SystemExit, match="130"):
        await moments("Right", app)


async def test_typing_and_playback_speed() -> None:
    app = an_app()
    text = "Set PlaybackSpeed 4\nSet TypingSpeed 1s\nRight 2\nRight@3s\nSleep 1s"
    found = await moments(text, app)
    # The app's own time is that of the tape.
    assert (app.still.now, found[-1].seconds) == (1024 + 6, 6 / 4)


async def test_what_is_hidden_takes_no_time_of_the_recording() -> None:
    app = an_app()
    found = await moments("Hide\nSpace\nSleep 1s\nShow\nSleep 500ms", app)
    # The app's own goes on.
    assert (app.still.now, found[-1].seconds) == (pytest.approx(1024 + 1.55), 0.5)
    assert [one.hidden for one in found if isinstance(one.of, Passed)] == [True, False]


async def test_a_pattern_is_waited_for_by_the_apps_clock() -> None:
    app = an_app(Experiment(width=4, depth=100))
    text = "Space\nWait+Screen@9s /t = 4[0-9]/\n# step there"
    async with app.run_test() as pilot:
        async for moment in played(parse(text), pilot):
            if isinstance(moment.of, Passed) and isinstance(moment.of.of, Step):
                assert "t = 4" in plain_screen(app)
                assert moment.seconds == pytest.approx(2.05, abs=0.13)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("Right\nType `j`", 2, "no binding took the key 'j'"),
        ("Right\nCtrl+x", 2, "no binding took the key 'ctrl+x'"),
        ("\nWait+Screen@2s /lstm/", 2, "Wait: /lstm/ did not come within 2 s"),
        ("Wait+Line@1s /rnn.*\\nlstm/", 1, "Wait: /rnn.*\\nlstm/ did not come within 1 s"),
        ("Type `q`\nSleep 1s\nRight", 3, "the app was left before this"),
        ("Type `q`\nSleep 1s\n# expect radius 1", 3, "the app was left before this"),
    ],
)
async def test_what_keeps_a_tape_from_being_played(text: str, line: int, said: str) -> None:
    with pytest.raises(PlayError) as error:
        await moments(text, an_app())
    assert (error.value.line, error.value.said) == (line, said)


async def test_a_tape_may_leave_the_app() -> None:
    found = await moments("Right\nSleep 1s\nType `q`\nSleep 3s", an_app())
    assert found[-1].seconds == pytest.approx(1.05)


async def test_differences_are_told_with_their_lines() -> None:
    text = """Right
# expect radius 0.91
# expect radius 0.92
Type "c"
# expect cell lstm
# expect cell gru
Type "j"
# expect cell rnn
"""
    result = await checked(parse(text), an_app())
    assert result.checked == 4
    assert result.found == (
        (3, "radius: expected 0.92, got 0.91"),
        (6, "cell: expected gru, got lstm"),
        (7, "no binding took the key 'j'"),
    )


async def test_a_dialog_over_the_app_is_played_in_too() -> None:
    app = an_app()
    await moments('Type ":radius 1.37"\nEnter\nType "?"\nSleep 1s\nEscape\nRight', app)
    assert app.experiment.radius == 1.38


async def test_a_training_goes_on_by_the_clock() -> None:
    text = 'Type "8"\nSpace\nSleep 500ms\nWait+Screen /update 1[0-9]+ of/\nType "8"'
    found = await moments(text, an_app(Experiment(width=4, depth=5)))
    assert found[-1].seconds < 1.5


@pytest.mark.parametrize("name", names())
async def test_a_tape_that_is_shipped_holds_and_fits(name: str) -> None:
    one = tape(name)
    assert one.notes == ()
    assert len(one.expectations) >= 2 * len(one.steps) > 0
    words = one.start.words if one.start is not None else ()
    app = StillTapeApp(clock=Clock(), size=(80, 24), **opened(*words))
    expected, said = 0, []
    async with app.run_test() as pilot:
        async for moment in played(one, pilot):
            await app.told(moment.of)
            of = None if moment.of is None else moment.of.of
            # Both lines of the strip are enough, beside how a presentation stands.
            assert len(textwrap.wrap(app._words[0], 58)) <= 2, app._words[0]
            if isinstance(of, Expect):
                expected += 1
                said += [f"{of.line}: {words}"] if (words := difference(app, of)) else []
        # At the end there is more to say beside it.
        assert len(textwrap.wrap(app._words[0], 56)) <= 2, app._words[0]
    assert (said, expected) == ([], len(one.expectations))


def test_every_number_of_the_tour_is_computed_as_it_is_shown() -> None:
    one = tape("essay")
    assert 12 <= len(one.steps) <= 15
    captions = 0
    for of in one.commands:
        captions = 0 if isinstance(of, Step) else captions
        if isinstance(of, Caption):
            captions += bool(of.text)
            assert captions <= 2
            assert not re.search(r"[0-9]", SHOWN.sub("", of.text)), of.text
