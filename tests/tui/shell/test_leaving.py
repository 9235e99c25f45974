"""A screen that was left is left once, whatever still comes to it."""

from __future__ import annotations

import ast
import asyncio
import itertools
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from textual.command import CommandList
from textual.css.query import NoMatches
from textual.events import Callback, Resize
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Input, Select

import tuisim
from tests.support.harness import PATIENCE, Bench, running
from tuisim.engine.base.stopping import check_stop
from tuisim.tui.screens.cliff import CliffScreen
from tuisim.tui.screens.help import HelpScreen
from tuisim.tui.screens.plane import PlaneScreen
from tuisim.tui.shell import lists
from tuisim.tui.shell.background import Background
from tuisim.tui.shell.leaving import Leavable
from tuisim.tui.shell.lists import Palette
from tuisim.values.experiment import Experiment

SMALL = Experiment(width=4, depth=10)


async def burst(bench: Bench, *keys: str, breath: bool = False) -> None:
    """Keys that wait in the queue before the first is answered; or with a breath between them."""
    for key in keys:
        bench.post_key(key)
        if breath:
            await asyncio.sleep(0)
    await bench.pilot.pause(0.05)


async def back_on_main(bench: Bench) -> None:
    """Wait until nothing lies over the main screen and all is answered."""
    await bench.wait_for(lambda: bench.app.screen is bench.app.main)
    await bench.settle()


async def test_enter_in_the_palette_is_obeyed_once() -> None:
    async with running(SMALL, (80, 24)) as bench:
        for before, (times, breath) in enumerate(itertools.product((2, 3, 4), (False, True))):
            await bench.press("colon")
            await bench.type("pin or unpin")
            await bench.pilot.pause(0.3)
            await burst(bench, *["enter"] * times, breath=breath)
            await back_on_main(bench)
            # It was pinned and is not, or the other way round.
            assert len(bench.app.laboratory.pinned) == 1 - before % 2, (times, breath)


async def test_enter_is_obeyed_before_the_answers_are_laid_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(SMALL, (80, 24)) as bench:
        await bench.press("colon")
        await bench.type("radius 1.37")
        palette: Any = bench.app.screen
        answers = palette.query_one(CommandList)
        await bench.wait_for(lambda: answers.option_count and palette._list_visible)
        monkeypatch.setattr(lists, "has_lines", lambda options: False)
        palette._action_command_list("page_down")
        palette._select_or_command()
        await back_on_main(bench)
        assert bench.experiment.radius == 1.37


async def test_the_palette_is_opened_again_before_the_last_one_is_gone() -> None:
    async with running(SMALL, (80, 24)) as bench:
        await bench.press("colon")
        last = bench.app.screen
        last.dismiss()
        bench.app.action_command_palette()
        await bench.settle()
        assert isinstance(bench.app.screen, Palette)
        assert bench.app.screen is not last


@pytest.mark.parametrize("when", ["before its parts are there", "when it was left"])
async def test_a_key_for_a_screen_without_parts_is_passed_over(when: str) -> None:
    async with running(SMALL, (80, 24)) as bench:
        over: list[tuple[Any, Any]] = [
            (HelpScreen("words", ()), lambda on: on.action_down()),
            (Palette(), lambda on: on._action_command_list("cursor_down")),
        ]
        for kind, key in over:
            bench.app.push_screen(kind)
            if when == "when it was left":
                await bench.settle()
                kind.dismiss()
                await back_on_main(bench)
                await bench.wait_for(lambda kind=kind: not kind.children)
            assert not kind.children
            await bench.app._dispatch_message(Callback(callback=partial(key, kind)))
            await bench.settle()
        assert bench.app.failure is None
        # What is missing on a screen that has its parts is a fault.
        with pytest.raises(NoMatches):
            await bench.app._dispatch_message(
                Callback(callback=lambda: bench.app.main.query_one("#nothing"))
            )


async def test_a_form_is_left_once() -> None:
    async with running(SMALL, (80, 24)) as bench:
        for keys in (("escape", "escape"), ("enter", "enter"), ("enter", "escape")):
            await bench.press("o")
            bench.app.screen.query_one("#depth", Input).focus()
            await bench.pilot.pause()
            await burst(bench, *keys)
            await back_on_main(bench)


async def test_a_screen_over_another_outlives_no_burst_of_escapes() -> None:
    async with running(SMALL, (80, 24)) as bench:
        await bench.press("p", "right")
        for key in ("question_mark", *"oePREy789", "colon"):
            for _ in range(2):
                await burst(bench, key, "escape", "escape", "enter", "enter", "escape")
                await back_on_main(bench)


async def test_a_left_screen_is_neither_called_nor_told_anything() -> None:
    calls: list[str] = []

    class Late(Leavable[None]):
        pass

    async with running(SMALL, (80, 24)) as bench:
        screen = Late()
        await bench.app.push_screen(screen)
        screen.set_interval(0.001, lambda: calls.append("interval"))
        await bench.wait_for(lambda: calls)
        screen.call_after_refresh(calls.append, "refresh")
        screen.set_timer(0.001, lambda: calls.append("timer"))
        screen.dismiss()
        calls.clear()
        assert screen.is_left
        screen.dismiss()
        await asyncio.sleep(0.05)
        await back_on_main(bench)
        assert calls == []


async def test_a_screen_under_another_is_not_left() -> None:
    async with running(SMALL, (80, 24)) as bench:
        await bench.press("9")
        under = bench.app.screen
        assert isinstance(under, CliffScreen)
        await bench.press("?")
        under.dismiss("2")
        await bench.pilot.pause()
        assert bench.app.screen is not under
        assert not under.is_left
        await bench.pilot.press("escape")
        await bench.wait_for(lambda: bench.app.screen is under)


async def test_a_size_that_is_said_again_costs_no_layout() -> None:
    async with running(SMALL, (80, 24)) as bench:
        screen, size = bench.app.screen, bench.app.size
        for said, laid_out in ((size, 0), (Size(81, 24), 1)):
            with mock.patch.object(screen, "_refresh_layout") as layout:
                screen.post_message(Resize(said, said))
                await bench.pilot.pause()
            assert layout.call_count == laid_out


async def test_the_editor_left_right_after_a_resize() -> None:
    async with running(SMALL, (80, 24)) as bench:
        await bench.press("e")
        editor = bench.app.screen
        assert isinstance(editor, PlaneScreen)
        for height in (30, 22, 26):
            await bench.press(*([] if editor is bench.app.screen else ["e"]))
            editor = bench.app.screen
            editor.on_resize()
            bench.post_key("escape")
            await bench.pilot.resize_terminal(90, height)
            await back_on_main(bench)


async def test_the_cliff_left_while_its_surface_is_under_way() -> None:
    async with running(SMALL, (80, 24)) as bench:
        for pause in (0.0, 0.002, 0.01, 0.03):
            bench.post_key("9")
            await asyncio.sleep(pause)
            bench.post_key("escape")
            await bench.pilot.resize_terminal(80, 25)
            await back_on_main(bench)


async def test_page_keys_in_an_open_list_of_the_form() -> None:
    # A form takes several times as long to open as its lists.
    async with running(SMALL, (80, 24)) as bench:
        await bench.press("o")
        for key, name, breath in itertools.product(
            ("pageup", "pagedown", "home", "end"), ("cell", "activation", "drive"), (False, True)
        ):
            one = bench.app.screen.query_one(f"#{name}", Select)
            one.focus()
            await bench.pilot.pause()
            # The list is not laid out yet when the second of them comes.
            await burst(bench, "enter", key, key, breath=breath)
            await bench.wait_for(lambda: one.expanded)  # noqa: B023
            await bench.pilot.press(key, "enter")
            assert not one.expanded
        await bench.pilot.press("escape")
        await back_on_main(bench)


@pytest.mark.parametrize("key", ["question_mark", *"oePREy789", "colon"])
async def test_the_app_left_while_a_screen_opens(key: str) -> None:
    for turns in (0, 4):
        async with running(SMALL, (80, 24)) as bench:
            await bench.press("p", "right")
            bench.post_key(key)
            for _ in range(turns):
                await asyncio.sleep(0)
            bench.app.exit()
            await bench.wait_for(lambda: not bench.app.is_running)
        assert bench.app.return_code == 0


async def test_a_screen_that_opens_and_is_left_at_once() -> None:
    async with running(SMALL, (80, 24)) as bench:
        for _ in range(2):
            bench.app.push_screen(CliffScreen(SMALL, bench.clock))
            bench.app.screen.dismiss()
            await back_on_main(bench)
        bench.app.push_screen(CliffScreen(SMALL, bench.clock))
        bench.app.exit()
        await bench.wait_for(lambda: not bench.app.is_running)
    assert bench.app.return_code == 0


def test_every_screen_of_the_app_can_be_left_late() -> None:
    from tuisim.tui.screens import compare, form, help, main, map, reservoir, training

    found = {
        one
        for module in (compare, form, help, main, map, reservoir, training)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Screen) and one.__module__.startswith("tuisim")
    }
    assert len(found) > 8
    assert all(issubclass(one, Leavable) for one in found)
    # Textual's own palette pops whatever lies on top.
    for path in Path(tuisim.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.func if isinstance(node, ast.Call) else None
            assert getattr(called, "id", "") != "CommandPalette", path
            assert getattr(called, "attr", "") != "pop_screen", path


def test_work_under_way_is_given_up_when_nobody_waits_for_it() -> None:
    failures: list[BaseException] = []
    begun = threading.Event()

    def job() -> None:
        begun.set()
        while True:
            check_stop()
            time.sleep(0.001)

    background = Background(failures.append)
    background.start()
    background.ask("work", job)
    assert begun.wait(PATIENCE)
    background.close()
    background._thread.join(PATIENCE)
    assert not background._thread.is_alive()
    assert failures == []
