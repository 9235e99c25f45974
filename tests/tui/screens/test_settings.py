"""Keys and theme of the settings in the app."""

from __future__ import annotations

from itertools import pairwise

import pytest
from rich.segment import Segment
from textual.color import Color

from tests.support.contrast import contrast, luminance
from tests.support.harness import running
from tuisim.figures.drawing.figure import ROLES
from tuisim.terminal.config import Config
from tuisim.terminal.themes import OURS
from tuisim.tui.app import SimulatorApp
from tuisim.tui.screens.help import HelpScreen
from tuisim.tui.shell.blocks import BLOCKS, BlockCells
from tuisim.tui.widgets.theme import role_style
from tuisim.tui.widgets.themes import OWN
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=30)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("j",), "press j to quit"),
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
    config = Config(keys={"pin": ("j",), "radius_up": ("d", "f9"), "help": ("f1",)})
    async with running(NET, config=config) as bench:
        assert "j pin" in bench.rows[-1]
        assert "d f9 radius" in bench.rows[-1]
        assert "f1 help" in bench.rows[-1]
        await bench.press("j")
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


async def test_vi_has_h_j_k_l_for_the_arrows_and_says_so() -> None:
    async with running(NET, config=Config(keymap="vi")) as bench:
        await bench.press("l", "l", "h", "k")
        assert bench.experiment.radius == pytest.approx(0.91)
        assert bench.experiment.depth == 40
        await bench.press("j", "L")
        assert bench.experiment.depth == 30
        assert bench.notice == "linear axis"
        await bench.press("question_mark")
        screen = bench.app.screen
        assert isinstance(screen, HelpScreen)
        assert "  → l            radius_up" in screen.whole_text()
        assert "  L              axis" in screen.whole_text()


async def test_keys_of_the_settings_go_over_vi() -> None:
    config = Config(keymap="vi", keys={"axis": ("f7",)})
    async with running(NET, config=config) as bench:
        assert bench.app.own_keys["axis"] == "f7"
        assert bench.app.own_keys["radius_up"] == "right,l"
        await bench.press("f7", "l")
        assert bench.experiment.radius == pytest.approx(0.91)


async def test_block_draws_curves_without_braille() -> None:
    def braille(text: str) -> set[str]:
        return {one for one in text if "\u2800" < one <= "\u28ff"}

    async with running(NET) as bench:
        filters = bench.app._filters
        assert not any(isinstance(one, BlockCells) for one in filters)
        assert braille(bench.text)
    async with running(NET, config=Config(marker="block")) as bench:
        shown = [one for one in bench.app._filters if isinstance(one, BlockCells)]
        assert len(shown) == 1
        line = shown[0].apply([Segment(bench.text)], Color(0, 0, 0))[0].text
        assert not braille(line)
        assert len(line) == len(bench.text)
        assert set("▘▝▖▗▀▄") & set(line)


def test_a_quarter_is_full_where_one_of_its_dots_is() -> None:
    quarters = {"▘": 0x01 | 0x02, "▝": 0x08 | 0x10, "▖": 0x04 | 0x40, "▗": 0x20 | 0x80}
    for quarter, dots in quarters.items():
        assert {BLOCKS[0x2800 + (1 << bit)] for bit in range(8) if dots >> bit & 1} == {quarter}
    assert BLOCKS[0x2800] == " "
    assert BLOCKS[0x28FF] == "█"
    assert BLOCKS[0x2801 | 0x80] == "▚"
    assert len(set(BLOCKS.values())) == 16


@pytest.mark.parametrize("theme", OURS)
async def test_themes_of_ours_are_there_and_draw_their_own(theme: str) -> None:
    async with running(NET, config=Config(theme=theme)) as bench:
        assert bench.app.theme == theme
        plot = bench.plot("hidden")
        verdicts = [role_style(plot, role) for role in ("vanishing", "stable", "exploding")]
        assert len({str(one.color) for one in verdicts}) == 3
        own = OWN[theme]["vanishing"]
        assert verdicts[0].color is not None
        assert verdicts[0].color.get_truecolor().hex == own


async def test_high_contrast_is() -> None:
    async with running(NET, config=Config(theme="high-contrast")) as bench:
        plot = bench.plot("hidden")
        for role in ROLES:
            style = role_style(plot, role)
            assert style.color is not None
            assert style.bgcolor is not None
            if role in ("contour", "here", "blank") or role.startswith("cold"):
                # These lie on colour, and the ramp has to go from one end to the other.
                continue
            found = contrast(*(one.get_truecolor().hex for one in (style.color, style.bgcolor)))
            assert found >= 4.5, (role, found)


def test_in_the_colour_blind_theme_verdicts_differ_in_lightness_too() -> None:
    own = OWN["colour-blind"]
    light = sorted(luminance(own[role]) for role in ("vanishing", "stable", "exploding"))
    assert all(b / a > 1.4 for a, b in pairwise(light))
