"""The kit for others' tests: what goes in and comes out of it, and what it waits for."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from textual.filter import Monochrome
from textual.widgets import Input

from tests.support.harness import prepare_kernels
from tuisim.terminal.config import load as load_config
from tuisim.testing import (
    Clock,
    UnsettledError,
    UntakenKeyError,
    make_app,
    plain_screen,
    press,
    settled,
    svg,
)
from tuisim.testing.keys import read_keys
from tuisim.testing.waiting import PATIENCE, unsettled
from tuisim.values.experiment import Experiment


async def test_strings_go_in_and_come_out() -> None:
    app = make_app("lstm", size=(100, 30))
    async with app.run_test() as pilot:
        await settled(pilot)
        assert app.experiment.cell == "lstm"
        rows = plain_screen(app).split("\n")
        assert [len(row) for row in rows] == [100] * 30
        assert any("tanh lstm · 32 units" in row for row in rows[:5])
        await press(pilot, "right*5,a")
        assert (app.experiment.radius, app.experiment.activation) == (0.95, "sigmoid")
        assert "sigmoid lstm" in plain_screen(app)
        assert "sigmoid" in svg(app)


async def test_typed_text_reaches_what_is_typed_into() -> None:
    app = make_app(Experiment(width=4))
    async with app.run_test() as pilot:
        await press(pilot, "colon,b,i,a,s,space,0,full_stop,5")
        assert app.screen.query_one(Input).value == "bias 0.5"
        await press(pilot, "enter")
        assert app.experiment.bias == 0.5


@pytest.mark.parametrize("keys", ["f3", "right,f3", "colon,f3"])
async def test_a_key_that_nothing_takes_is_named(keys: str) -> None:
    async with make_app(Experiment(width=4)).run_test() as pilot:
        with pytest.raises(UntakenKeyError, match="press: no binding took 'f3'"):
            await press(pilot, keys)


def test_keys_are_read() -> None:
    assert read_keys("right*3,a,ctrl+p,?,+*2") == [*["right"] * 3, "a", "ctrl+p", "?", "+", "+"]
    for text, said in (("rigth", "got 'rigth', allowed: names"), ("a*0", "got a 0 times")):
        with pytest.raises(ValueError, match=f"press: {said}"):
            read_keys(text)


async def test_a_notice_goes_when_the_clock_says_so() -> None:
    app = make_app(Experiment(width=4))
    async with app.run_test() as pilot:
        await press(pilot, "l")
        assert "linear axis" in plain_screen(app)
        assert await app.pass_frame(4.0) == 4.0
        assert "linear axis" in plain_screen(app)
        # No farther than to where something happens.
        assert await app.pass_frame(4.0) == 1.0
        assert "linear axis" not in plain_screen(app)


async def test_playing_goes_by_the_clock() -> None:
    clock = Clock()
    app = make_app(Experiment(width=4), clock=clock)
    async with app.run_test() as pilot:
        await press(pilot, "space")
        begun = clock.now
        for _ in range(32):
            await app.pass_frame(10.0)
        # Twenty steps a second, sixteen frames a second.
        assert (app.main.playback.step, clock.now) == (40, begun + 2)


async def test_what_does_not_come_is_named() -> None:
    app = make_app(Experiment(width=4))
    async with app.run_test() as pilot:
        await settled(pilot)
        app.laboratory._failed = None
        app.laboratory.computed = None
        with pytest.raises(UnsettledError, match="in vain for the run of the experiment"):
            await settled(pilot, patience=0.05)


async def test_each_condition_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(Experiment(width=4))
    async with app.run_test() as pilot:
        await settled(pilot)
        assert unsettled(app) == ""
        app.laboratory.preparing = "compiling"
        assert unsettled(app) == "the kernels"
        app.laboratory.preparing = ""
        monkeypatch.setattr(app.screen, "settled", False, raising=False)
        assert unsettled(app) == "what the screen on top computes"
        monkeypatch.undo()
        worker = app.run_worker(asyncio.sleep(PATIENCE))
        assert unsettled(app) == "the workers of the palette"
        await asyncio.sleep(0)
        worker.cancel()
        await settled(pilot)
        app.main.refresh(layout=True)
        assert unsettled(app) == "messages to be answered and widgets to be laid out"
        await settled(pilot)
        # Of what is worked on nothing is left in a queue.
        held = asyncio.Event()
        app.main.call_later(held.wait)
        while app.main.message_queue_size:
            await asyncio.sleep(0)
        said = unsettled(app)
        held.set()
        assert said == "messages to be answered and widgets to be laid out"
        await settled(pilot)


async def test_no_net_is_given_time_to_rest() -> None:
    async with make_app(Experiment(width=4)).run_test() as pilot:
        assert pilot.app.laboratory.advising.rest_seconds == 0.0


async def test_the_environment_stays_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app(Experiment(width=4), ascii=True)
    assert not any(isinstance(one, Monochrome) for one in app._filters)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert plain_screen(app).isascii()


async def test_the_settings_stay_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tuisim"
    folder.mkdir()
    (folder / "config.toml").write_text('theme = "nord"\nkeymap = "vi"\nmarker = "ascii"\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert load_config().theme == "nord"
    app = make_app(Experiment(width=4))
    assert app.theme == "textual-dark"
    async with app.run_test() as pilot:
        await settled(pilot)
        assert not plain_screen(app).isascii()
        # Of the keymap vi alone.
        with pytest.raises(UntakenKeyError):
            await press(pilot, "j")


async def test_two_pictures_are_the_same_bytes() -> None:
    async def taken() -> str:
        app = make_app("essay", size=(120, 40))
        async with app.run_test() as pilot:
            await press(pilot, "3,home,full_stop*3")
            return svg(app)

    assert await taken() == await taken()


def test_no_test_framework_is_imported() -> None:
    prepare_kernels()
    said = "import sys, tuisim.testing; print([m for m in sys.modules if 'pytest' in m[:7]])"
    done = subprocess.run(
        [sys.executable, "-c", said], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"
