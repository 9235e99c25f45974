"""What q means: it leaves a screen that lies over another, and from the main one it quits."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import Input, Select

from tests.support.harness import Bench, running
from tuisim.terminal.config import Config
from tuisim.tui.app import SimulatorApp
from tuisim.tui.keys.keymaps import EDITOR, defaults
from tuisim.tui.screens.form import FormScreen
from tuisim.tui.screens.training import TrainingScreen
from tuisim.tui.widgets.keybar import KeyBar
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=12, batch=4, radius=1.0, seed=3)
#: The keys that open a screen over the main one.
OVER = ["7", "8", "9", "R", "E", "e", "question_mark"]


async def trained(bench: Bench, updates: int) -> None:
    """Train so many updates, and leave."""
    await bench.press("8")
    screen = bench.app.screen
    assert isinstance(screen, TrainingScreen)
    await bench.wait_for(lambda: screen.settled)
    screen._work.advance(updates)
    await bench.wait_for(lambda: screen.look is not None and screen.look.updates == updates)
    await bench.press("q")
    await bench.wait_for(lambda: bench.app.screen is bench.app.main)
    await bench.settle()


async def test_q_leaves_what_lies_over_another_and_quits_from_the_main_screen() -> None:
    async with running(NET) as bench:
        for key in OVER:
            await bench.press(key)
            under: Any = bench.app.screen
            assert under is not bench.app.main, key
            if key != "question_mark":
                # Help over a screen is left alone.
                await bench.wait_for(lambda under=under: getattr(under, "settled", True))
                await bench.press("question_mark")
                assert "HELP" in bench.text.upper(), key
                await bench.press("q")
                assert bench.app.screen is under, key
            await bench.press("q")
            await bench.wait_for(lambda: bench.app.screen is bench.app.main)
            assert not bench.app._exit, key
        await bench.pilot.press("q")
        await bench.wait_for(lambda: bench.app._exit)


async def test_so_does_another_key_that_quits() -> None:
    async with running(NET, config=Config(keys={"quit": ("ctrl+x",)})) as bench:
        for key in OVER:
            await bench.press(key)
            assert bench.app.screen is not bench.app.main, key
            await bench.press("ctrl+x")
            await bench.wait_for(lambda: bench.app.screen is bench.app.main)
            assert not bench.app._exit, key
        await bench.pilot.press("ctrl+x")
        await bench.wait_for(lambda: bench.app._exit)


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quitting_asks_once_where_a_training_would_go(key: str) -> None:
    async with running(NET) as bench:
        await trained(bench, 12)
        await bench.press(key)
        assert not bench.app._exit
        assert bench.notice == "the training at update 12 ends with the app: q again quits"
        await bench.pilot.press(key)
        await bench.wait_for(lambda: bench.app._exit)
        assert bench.app.return_code == 0


async def test_it_asks_again_where_another_key_came_between() -> None:
    async with running(NET) as bench:
        await trained(bench, 12)
        await bench.press("q", "8")
        await bench.press("q")
        await bench.wait_for(lambda: bench.app.screen is bench.app.main)
        await bench.settle()
        await bench.press("q")
        assert not bench.app._exit
        await bench.press("right", "q")
        assert not bench.app._exit


async def test_quitting_does_not_ask_for_a_training_that_was_not_begun() -> None:
    async with running(NET) as bench:
        await bench.press("8", "q")
        await bench.wait_for(lambda: bench.app.screen is bench.app.main)
        await bench.pilot.press("q")
        await bench.wait_for(lambda: bench.app._exit)


async def test_ctrl_c_says_on_every_screen_what_q_does_there() -> None:
    async with running(NET, size=(120, 40)) as bench:
        for key in OVER:
            await bench.press(key)
            screen: Any = bench.app.screen
            assert screen is not bench.app.main, key
            await bench.wait_for(lambda screen=screen: getattr(screen, "settled", True))
            await bench.press("ctrl+c")
            words = "q leaves this screen; on the main one it quits"
            assert words in " ".join(bench.text.replace("│", " ").split()), key
            await bench.press("escape")
            await bench.wait_for(lambda: bench.app.screen is bench.app.main)


@pytest.mark.parametrize("key", ["1", "7", "8", "9", "R", "E"])
async def test_hints_never_run_into_each_other(key: str) -> None:
    async with running(NET, size=(120, 40)) as bench:
        await bench.press(key)
        screen: Any = bench.app.screen
        for size in ((120, 40), (80, 24), (60, 20), (40, 12)):
            await bench.resize(*size)
            await bench.wait_for(lambda: getattr(screen, "settled", True))
            (bar,) = screen.query(KeyBar)
            entries = [one for one in screen.entries if one.footer]
            signs = {one.action: bar._key(one, {}) for one in entries}
            hints = {f"{signs[one.action]} {one.footer}" for one in entries}
            found = bench.rows[-1].strip().split("  ")
            assert len(bench.rows) == size[1]
            assert set(found) <= hints, size
            assert len(found) >= min(2 if size[0] == 40 else 3, len(entries)), size


async def test_typed_values_that_are_not_applied_are_named() -> None:
    async with running(NET) as bench:
        await bench.press("o")
        form = bench.app.screen
        assert isinstance(form, FormScreen)
        form.query_one("#radius", Input).value = "1.25"
        form.query_one("#depth", Input).value = "no number"
        await bench.press("escape")
        await bench.wait_for(lambda: bench.app.screen is bench.app.main)
        assert bench.experiment == NET
        assert bench.notice == "not applied: depth no number, radius 1.25"


async def test_q_leaves_the_form_where_it_is_no_letter() -> None:
    async with running(NET) as bench:
        await bench.press("o")
        form = bench.app.screen
        form.query_one("#activation", Select).focus()
        await bench.press("q")
        await bench.wait_for(lambda: bench.app.screen is bench.app.main)


async def test_an_edit_that_was_left_comes_back_by_redo() -> None:
    async with running(NET) as bench:
        await bench.press("e", "right_square_bracket")
        edited = bench.app.experiment
        assert edited != NET
        await bench.press("escape")
        assert bench.experiment == NET
        assert bench.notice == "what was edited is taken back; U brings it back"
        await bench.press("U")
        assert bench.experiment == edited


def test_a_key_that_is_taken_on_a_screen_over_another_is_refused() -> None:
    with pytest.raises(ValueError, match="'h' is given to both other and quit"):
        SimulatorApp(config=Config(keys={"quit": ("h",)}))
    assert all("quit" in screen for screen in defaults())


async def test_the_editor_has_a_help_of_its_own() -> None:
    async with running(NET, size=(100, 60)) as bench:
        await bench.press("e")
        assert "enter keeps, leaving takes back" in bench.text
        await bench.press("question_mark")
        assert "EDIT EIGENVALUES" in bench.text
        for entry in EDITOR:
            assert f" {entry.action} " in bench.text
        await bench.press("q", "q")
        await bench.wait_for(lambda: bench.app.screen is bench.app.main)


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (40, 12)])
async def test_the_editor_says_how_to_leave_at_any_size(size: tuple[int, int]) -> None:
    async with running(NET, size=size) as bench:
        await bench.press("e")
        assert "esc leave" in bench.text
