"""The keys of every screen that is a view: what they do, and how the settings change them."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from textual.actions import parse
from textual.screen import Screen

from tests.support.harness import Bench, running
from tuisim.figures.views.table import VIEWS
from tuisim.terminal.config import Config
from tuisim.tui.app import SimulatorApp
from tuisim.tui.keys.keymap import ENTRIES, Entry
from tuisim.tui.keys.keymaps import CLIFF, DIAGNOSIS, LAYERS, MAP, TRAINING, defaults
from tuisim.tui.screens.cliff import CliffScreen
from tuisim.tui.screens.help import HelpScreen
from tuisim.tui.screens.layers.diagnosing import DiagnosisScreen
from tuisim.tui.screens.layers.listing import LayersScreen
from tuisim.tui.screens.main import MainScreen
from tuisim.tui.screens.map import MapScreen
from tuisim.tui.screens.training import TrainingScreen
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=12, batch=4, radius=1.0, seed=3)
#: The key that opens a screen, its class, its keymap.
SCREENS: list[tuple[str, type[Screen[Any]], tuple[Entry, ...]]] = [
    ("7", MapScreen, MAP),
    ("8", TrainingScreen, TRAINING),
    ("9", CliffScreen, CLIFF),
]
each_screen = pytest.mark.parametrize(("key", "kind", "entries"), SCREENS)


async def opened(bench: Bench, key: str) -> Any:
    """The screen that this key opens, once all of it is there."""
    await bench.press(key)
    screen: Any = bench.app.screen
    await settle(bench, screen)
    return screen


async def settle(bench: Bench, screen: Any) -> None:
    for _ in range(2):
        await bench.wait_for(lambda: screen.settled or not screen.is_current)
        await bench.settle()


@pytest.mark.parametrize(
    ("kind", "entries"),
    [
        (MainScreen, ENTRIES),
        (LayersScreen, LAYERS),
        (DiagnosisScreen, DIAGNOSIS),
        *[one[1:] for one in SCREENS],
    ],
)
def test_every_action_is_a_method_of_its_screen(
    kind: type[Screen[Any]], entries: tuple[Entry, ...]
) -> None:
    for entry in entries:
        _, name, _ = parse(entry.called)
        assert callable(getattr(kind, f"action_{name}")), entry
        assert entry.does
    assert len({entry.action for entry in entries}) == len(entries)


def test_what_has_the_same_name_has_the_same_keys_everywhere() -> None:
    known: dict[str, str] = {}
    for screen in defaults():
        for action, keys in screen.items():
            assert known.setdefault(action, keys) == keys, action


def test_no_key_does_two_things_as_it_comes() -> None:
    assert SimulatorApp(config=Config()).own_keys == {}


@each_screen
async def test_help_names_every_action_and_its_own_keys(
    key: str, kind: type[Screen[Any]], entries: tuple[Entry, ...]
) -> None:
    config = Config(keys={"help": ("f1",), "leave": ("f2",)})
    async with running(NET, config=config, size=(100, 90)) as bench:
        screen = await opened(bench, key)
        assert isinstance(screen, kind)
        assert "f1 help" in bench.text
        assert "f2 leave" in bench.text
        await bench.press("question_mark")
        assert bench.app.screen is screen
        await bench.press("f1")
        shown = bench.app.screen
        assert isinstance(shown, HelpScreen)
        rows = [row.split() for row in shown.whole_text().splitlines()]
        for entry in entries:
            wanted = [entry.action, *entry.does.split()]
            assert any(row[-len(wanted) :] == wanted and len(row) > len(wanted) for row in rows)
        for number in VIEWS:
            assert any(row[:2] == [number, f"view_{number}"] for row in rows)
        assert ["f1", "help"] in [row[:2] for row in rows]
        await bench.press("escape", "f2")
        assert bench.app.screen is bench.app.main


async def test_keys_of_training_are_rebound() -> None:
    config = Config(keys={"rate_up": (";", "f5"), "play": ("f6",), "view_3": ("f3",)})
    async with running(NET, config=config) as bench:
        screen = await opened(bench, "8")
        for key in ("semicolon", "f5", "greater_than_sign"):
            await bench.pilot.press(key)
            await settle(bench, screen)
        assert screen.look.plan.learning_rate == 0.4
        await bench.pilot.press("space")
        assert not screen.playing
        await bench.pilot.press("f6")
        assert screen.playing
        await bench.press("3")
        assert bench.app.screen is screen
        await bench.press("f3")
        # What a screen was left for comes once it is gone.
        await bench.wait_for(lambda: bench.app.main.view.key == "3")


async def test_keys_of_the_map_are_rebound() -> None:
    config = Config(keys={"move_right": ("f5", "right"), "measure_next": ("f6",), "undo": ("j",)})
    async with running(NET, config=config) as bench:
        screen = await opened(bench, "7")
        assert "f5 → move" in bench.rows[-1]
        assert "f6 measure" in bench.rows[-1]
        await bench.press("f5")
        await settle(bench, screen)
        assert bench.experiment.radius == pytest.approx(1.02)
        await bench.press("u")
        assert bench.experiment.radius == pytest.approx(1.02)
        await bench.press("j", "v")
        assert bench.experiment == NET
        assert "gradient rate over" in bench.text
        await bench.press("f6")
        await settle(bench, screen)
        assert "state's rate over" in bench.text


async def test_keys_of_the_cliff_are_rebound() -> None:
    config = Config(keys={"other_surface": ("f5",), "threshold_up": ("f6",), "cliff": ("f9",)})
    async with running(NET, config=config) as bench:
        await bench.press("9")
        assert bench.app.screen is bench.app.main
        screen = await opened(bench, "f9")
        for key in ("f6", "k", "m"):
            await bench.press(key)
            await settle(bench, screen)
        assert screen.choice.clip_threshold == 1.0
        assert screen.mode == "unit"
        await bench.press("f5")
        await settle(bench, screen)
        assert screen.mode == "net"
        await bench.press("f9")
        assert bench.app.screen is bench.app.main


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        # On the screen of training, and on no other.
        ({"decay": ("k",)}, "keys: 'k' is given to both clip and decay"),
        ({"pin": ("d",)}, "keys: 'd' is given to both decay and pin"),
        ({"measure_next": ("x",)}, "keys: 'x' is given to both x_next and measure_next"),
        ({"zoom_in": ("enter",)}, "keys: 'enter' is given to both start_here and zoom_in"),
        ({"play": ("e",)}, "keys: 'e' is given to both edit_eigenvalues and play"),
        ({"view_2": ("x",)}, "keys: 'x' is given to both x_next and view_2"),
        ({"zoom": ("z",)}, "keys.zoom: no such action, allowed: radius_up, "),
    ],
)
def test_what_cannot_be_is_one_line(keys: dict[str, tuple[str, ...]], complaint: str) -> None:
    with pytest.raises(ValueError, match="keys") as caught:
        SimulatorApp(config=Config(keys=keys))
    assert str(caught.value).startswith(complaint)
    assert "\n" not in str(caught.value)


def test_a_key_may_do_different_things_on_different_screens() -> None:
    keys = {"decay": ("x",), "pin": ("v",), "view_next": ("k",), "measure_next": ("k",)}
    assert SimulatorApp(config=Config(keys=keys)).own_keys["measure_next"] == "k"


async def test_an_action_without_keys_has_none() -> None:
    config = Config(keys={"pin": (), "clip": (), "seed": ()})
    async with running(NET, config=config) as bench:
        assert " pin" not in bench.rows[-1]
        await bench.press("p", "n")
        assert bench.app.laboratory.pinned == []
        assert bench.experiment == NET
        screen = await opened(bench, "8")
        assert "clip" not in bench.rows[-1]
        await bench.press("k")
        await settle(bench, screen)
        assert screen.look.experiment == attrs.evolve(NET, clip="none")


async def test_a_view_s_own_key_leaves_it() -> None:
    async with running(NET) as bench:
        for key, _, _ in SCREENS:
            await opened(bench, key)
            await bench.press(key)
            assert bench.app.screen is bench.app.main


@each_screen
async def test_the_footer_can_be_clicked(
    key: str, kind: type[Screen[Any]], entries: tuple[Entry, ...]
) -> None:
    async with running(NET, size=(120, 40)) as bench:
        screen = await opened(bench, key)
        word = {"7": "measure", "8": "clip", "9": "start"}[key]
        await bench.pilot.click(offset=(bench.rows[-1].index(word), 39))
        await settle(bench, screen)
        await bench.pilot.pause()
        done = {
            "7": lambda: "state's rate over" in bench.text,
            "8": lambda: screen.look.experiment.clip == "norm",
            "9": lambda: screen.choice.start == screen.choice.cursor,
        }
        assert done[key]()


async def test_the_map_explains_itself_with_its_numbers() -> None:
    async with running(NET, size=(100, 60)) as bench:
        screen = await opened(bench, "7")
        await bench.press("question_mark")
        assert "MAP: gradient rate over radius and depth" in bench.text
        assert "below 0 the gradient vanishes" in bench.text
        assert "Here: radius 1, depth 10 (nearest): gradient rate" in bench.text
        assert "The line is where linearised theory" in bench.text
        await bench.press("escape", "x", "v", "v", "v", "v")
        await settle(bench, screen)
        await bench.press("question_mark")
        assert "MAP: largest Lyapunov exponent over" in bench.text
        assert "the net is chaotic" in bench.text
        assert "dashed line" not in bench.text


@each_screen
async def test_a_narrow_footer_says_how_to_leave_and_where_help_is(
    key: str, kind: type[Screen[Any]], entries: tuple[Entry, ...]
) -> None:
    async with running(NET, size=(40, 12)) as bench:
        await opened(bench, key)
        assert "esc leave" in bench.rows[-1]
        assert "? help" in bench.rows[-1]


@each_screen
async def test_every_view_is_one_key_away(
    key: str, kind: type[Screen[Any]], entries: tuple[Entry, ...]
) -> None:
    async with running(NET) as bench:
        for other, there, _ in SCREENS:
            await opened(bench, key)
            assert isinstance(bench.app.screen, kind)
            await bench.press(other)
            if other == key:
                assert bench.app.screen is bench.app.main
                continue
            await settle(bench, bench.app.screen)
            assert isinstance(bench.app.screen, there)
            await bench.press("escape")
            assert bench.app.screen is bench.app.main


@each_screen
async def test_q_leaves_and_the_footer_says_so(
    key: str, kind: type[Screen[Any]], entries: tuple[Entry, ...]
) -> None:
    async with running(NET) as bench:
        await opened(bench, key)
        assert "q esc leave" in bench.rows[-1]
        await bench.press("q")
        assert bench.app.screen is bench.app.main
        assert not bench.app._exit


@each_screen
async def test_the_app_opens_on_any_view(
    key: str, kind: type[Screen[Any]], entries: tuple[Entry, ...]
) -> None:
    async with running(NET, view=key, log_axis=False) as bench:
        assert isinstance(bench.app.screen, kind)
        await settle(bench, bench.app.screen)
        await bench.press("escape")
        assert bench.app.screen is bench.app.main
        assert bench.app.main.view.key == "1"
        assert not bench.app.main.log_axis
    async with running(NET, view="5") as bench:
        assert bench.app.main.view.name == "modes"
