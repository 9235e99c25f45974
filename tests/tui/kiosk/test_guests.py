"""A guest presses every key and runs every command, and nothing is written, read or sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.command import CommandPalette

from tests.support.audit import watched
from tests.support.harness import Bench, running
from tests.support.palette import ask
from tuisim.commands.machine.kiosk import shut
from tuisim.tui.keys.keymap import ENTRIES
from tuisim.tui.keys.keymaps import defaults
from tuisim.tui.kiosk.app import NOT_SUSPENDED, KioskApp
from tuisim.tui.kiosk.screen import KIOSK_ENTRIES, KioskScreen
from tuisim.values import presets
from tuisim.values.experiment import Experiment
from tuisim.values.kiosk import Limits

NET = Experiment(width=4, depth=10)
LIMITS = Limits(width=8, depth=40, members=2)
#: What opens a screen over the main one.
OPENERS = ["", "7", "8", "9", "R", "E", "T", "o", "e", "question_mark", "colon"]
#: Keys that others' programs save, open, copy, paste, stop and print by.
OTHERS = [
    *(f"ctrl+{one}" for one in "abcdefghijklmnoprstuvwxyz"),
    *(f"f{number}" for number in range(1, 13)),
    *("ctrl+@", "ctrl+backslash", "ctrl+insert", "shift+insert", "super+c", "shift+tab", "tab"),
    *("enter", "exclamation_mark", "vertical_line", "slash", "backspace", "delete"),
]


@asynccontextmanager
async def guest(limits: Limits = LIMITS, **options: Any) -> AsyncIterator[Bench]:
    """A kiosk that its guest sees the first curves of."""
    with shut(limits):
        async with running(NET, kind=KioskApp, limits=limits, **options) as bench:
            yield bench


def keys() -> list[str]:
    """Those of all screens, but for what quits."""
    bound = {key for screen in defaults() for one in screen.values() for key in one.split(",")}
    return sorted({*bound, *OTHERS} - {"", "q", "ctrl+q"})


async def back(bench: Bench) -> None:
    """Leave whatever lies over the main screen."""
    while bench.app.screen is not bench.app.main:
        bench.post_key("escape")
        await bench.pilot.pause()


@pytest.mark.parametrize("opener", OPENERS)
async def test_no_key_writes_reads_sends_or_stops(opener: str) -> None:
    async with guest() as bench:
        with watched() as found:
            for key in keys():
                await back(bench)
                if opener:
                    bench.post_key(opener)
                bench.post_key(key)
            await back(bench)
            await bench.settle()
        assert found == []
        assert bench.app.clipboard == ""
        assert bench.app.is_running
        e = bench.app.experiment
        assert (e.width, e.depth, e.members) <= (LIMITS.width, LIMITS.depth, LIMITS.members)


async def test_the_watch_sees_what_the_usual_app_saves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(NET) as bench:
        with watched() as found:
            await ask(bench, "save toml")
            await bench.wait_for(lambda: (tmp_path / "tuisim-1.toml").exists())
        assert any(one.startswith(f"write {tmp_path}") for one in found)
        await bench.press("y")
        assert bench.app.clipboard.startswith("tuisim ")


async def test_every_command_of_the_palette() -> None:
    async with guest() as bench:
        await bench.press("colon")
        assert isinstance(bench.app.screen, CommandPalette)
        hits = [hit async for hit in _discovered(bench.app.screen)]
        await back(bench)
        names = {hit.text or str(hit.display) for hit in hits}
        assert {"theme", *(f"preset {one}" for one in presets.names())} <= names
        assert not [one for one in names if any(word in one for word in ("save", "load", "shot"))]
        with watched() as found:
            for hit in hits:
                if "quit" not in str(hit.text):
                    hit.command()
                    await bench.pilot.pause()
                    await back(bench)
            await bench.settle()
        assert found == []


async def _discovered(palette: CommandPalette) -> AsyncIterator[Any]:
    for kind in palette._provider_classes:
        provider = kind(palette._calling_screen)
        async for hit in provider.discover():
            yield hit


TYPED = {
    "save x.toml": "save: no such field or command, allowed: a field and its value",
    "save /tmp/x.npz": "save: no such field or command",
    "load ../x.toml": "load: no such field or command",
    "session save x": "session: no such field or command",
    "screenshot": "screenshot: no such field or command",
    "layer /etc/passwd#root": "layer: got '/etc/passwd', allowed here: no file",
    "width 512": "width stays at 8",
    "members 1000": "members stays at 2",
    # What would be a link that calls something, were it read as markup.
    "[@click=app.exit]x[/]": "[@click: no such field or command",
}


async def test_what_is_typed() -> None:
    async with guest() as bench:
        with watched() as found:
            for line, said in TYPED.items():
                await ask(bench, line)
                assert said in bench.notice
        assert found == []


async def test_it_has_the_usual_keys_but_those_for_files_and_says_so_of_stopping() -> None:
    absent = {one.action for one in ENTRIES} - {one.action for one in KIOSK_ENTRIES}
    walks = {"layer_next", "layer_previous", "checkpoint_next", "checkpoint_before"}
    assert absent == {"resume", *walks}
    async with guest() as bench:
        assert isinstance(bench.app.main, KioskScreen)
        assert bench.notice.startswith("a kiosk: nothing is kept; it ends after 60 min, 10 min")
        await bench.press("ctrl+z")
        assert bench.notice == NOT_SUSPENDED
        await bench.press("y")
        assert bench.app.clipboard == ""


async def test_it_ends_in_time_and_says_so_before_on_whatever_screen() -> None:
    computed = [0.0]
    async with guest(computing=lambda: computed[0]) as bench:
        app: Any = bench.app
        bench.clock.now += 545.0
        app.look_at_time()
        assert bench.notice == "ends in 55 s: 10 min without a key; any key goes on"
        await bench.press("9")
        bench.clock.now += 100.0
        computed[0] = 595.0
        app.look_at_time()
        await bench.pilot.pause()
        assert "ends in 5 s: 10 min of computing are used up" in bench.text
        computed[0] = 600.0
        app.look_at_time()
        await bench.wait_for(lambda: not app.is_running or app._exit)
    assert (app.ended, app.return_code) == ("10 min of computing are used up", 0)


@pytest.mark.parametrize(
    ("before", "key"),
    [("", "n"), ("", "R"), ("", "E"), ("", "7"), ("8", "full_stop"), ("", "9"), ("T,enter", "1")],
)
async def test_what_takes_more_than_one_key_may_is_given_up_with_a_line(
    before: str, key: str
) -> None:
    async with guest(Limits()) as bench:
        for one in filter(None, before.split(",")):
            await bench.press(one)
            await bench.wait_for(lambda: getattr(bench.app.screen, "settled", True))
        with shut(Limits(seconds=1e-9)):
            bench.post_key(key)
            await bench.wait_for(lambda: "given up: it takes more than" in bench.text)


async def test_a_mouse_is_somebody_too() -> None:
    async with guest() as bench:
        app: Any = bench.app
        bench.clock.now += 545.0
        move = events.MouseMove(None, 1, 1, 0, 0, 0, False, False, False)
        app.post_message(move)
        await bench.pilot.pause()
        await asyncio.sleep(0)
        assert app.closing.warning() == ""


def test_the_claims_that_ship_are_of_nets_that_are_allowed_but_for_one() -> None:
    from tuisim.claims import NET
    from tuisim.claims.table import CLAIMS

    nets = {name: claim.experiment for name, claim in CLAIMS.items()}
    # It is about so many steps.
    assert nets.pop("forget-bias-5").depth == 20_000
    for experiment in nets.values():
        Limits(shipped=frozenset([NET])).check(experiment)
