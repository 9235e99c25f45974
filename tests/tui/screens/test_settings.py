"""Keys and theme of the settings in the app."""

from __future__ import annotations

import pytest

from tests.support.harness import running
from tuisim.terminal.config import Config
from tuisim.tui.app import SimulatorApp
from tuisim.tui.screens.help import HelpScreen
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=30)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("z",), "press z to quit"),
        (("ctrl+x", "f10"), "press ctrl+x to quit"),
        (("pageup",), "press pgup to quit"),
        ((), "the palette has a command to quit"),
    ],
)
async def test_ctrl_c_names_the_key_of_the_settings(keys: tuple[str, ...], said: str) -> None:
    fast = ("depth_up_fast", "move_up_fast", "turn_fast")
    rebound = {"quit": keys} | {name: ("f7",) for name in fast if "pageup" in keys}
    async with running(NET, config=Config(keys=rebound)) as bench:
        await bench.press("ctrl+c")
        assert bench.notice == said


async def test_rebound_keys_work_and_show_in_footer_and_help() -> None:
    config = Config(keys={"pin": ("z",), "radius_up": ("d", "f9"), "help": ("f1",)})
    async with running(NET, config=config) as bench:
        assert "z pin" in bench.rows[-1]
        assert "d f9 radius" in bench.rows[-1]
        assert "f1 help" in bench.rows[-1]
        await bench.press("z")
        assert bench.notice == "pinned"
        await bench.press("d", "f9")
        assert bench.experiment.radius == 0.92
        await bench.press("right", "p")
        assert bench.experiment.radius == 0.92
        assert len(bench.app.laboratory.pinned) == 1
        await bench.press("f1")
        screen = bench.app.screen
        assert isinstance(screen, HelpScreen)
        assert "  d f9           radius_up" in screen.whole_text()


def test_a_theme_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"theme: got 'mud', allowed: .*textual-light"):
        SimulatorApp(config=Config(theme="mud"))


def test_a_key_for_two_actions_is_refused() -> None:
    with pytest.raises(ValueError, match="keys"):
        SimulatorApp(config=Config(keys={"pin": ("q",)}))


async def test_the_theme_of_the_settings_is_used() -> None:
    async with running(NET, config=Config(theme="textual-light")) as bench:
        assert bench.app.theme == "textual-light"
