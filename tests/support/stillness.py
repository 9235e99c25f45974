"""Waiting for an app under test by what it has left to do, and not by how busy the machine is.

Textual waits until the process takes little time of a processor: a fiftieth of a second at least,
two or three times a key, and on a busy machine a process that is not given any looks idle too.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from textual import app, pilot
from textual._context import active_app
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

#: What no app here should need to come to rest, in seconds.
_PATIENCE = 60.0
#: What an app works on for longer waits for what the test does.
_LONG = 2.0


async def until_still(*_: float) -> None:
    """Wait until the event loop has no more to run, and no timer that lays out or paints waits."""
    loop: Any = asyncio.get_running_loop()
    end = time.monotonic() + _PATIENCE
    while True:
        await asyncio.sleep(0)
        if not loop._ready and not _hastened():
            return
        assert time.monotonic() < end, "the event loop does not come to rest"


def _hastened() -> bool:
    """Do now what these timers would at their next turn; whether there was any of it."""
    running = active_app.get(None)
    if running is None or not running.is_running:
        return False
    stack = running.screen_stack if running._screen_stacks[running._current_mode] else []
    waiting = [one for one in stack if one.is_running and one._update_timer._active.is_set()]
    for screen in waiting:
        screen._on_timer_update()
    resized = running._resize_timer is not None
    if resized:
        running._check_resize()
    return resized or bool(waiting)


_parse_rules = Stylesheet._parse_rules
_parsed: dict[Any, list[RuleSet]] = {}


def _parsed_once(sheet: Stylesheet, css: str, *where: Any, **rest: Any) -> list[RuleSet]:
    """The rules of a stylesheet, which each app of a process would parse anew."""
    key = css, where, tuple(rest.items()), tuple(sheet._variables.items())
    if key not in _parsed:
        _parsed[key] = _parse_rules(sheet, css, *where, **rest)
    return _parsed[key]


async def _screen_is_still(one: pilot.Pilot[Any], timeout: float = _PATIENCE) -> bool:
    """Wait as Textual does with a message to each widget, which takes longer than most keys."""
    await until_still(timeout)
    end = time.monotonic() + _LONG
    # What it works on may wait for a thread, for which an idle loop says nothing.
    while _works(one.app) and time.monotonic() < end:
        await asyncio.sleep(0.001)
        await until_still(timeout)
    return True


def _works(running: app.App[Any]) -> bool:
    """Whether the app has not come back to its queue of messages, or has some in it."""
    # It brings the app along, which many tests do without.
    from tuisim.testing.waiting import answered

    return running.is_running and not answered(running)


def install() -> None:
    """Let Textual's pilot wait like this, and its apps share what they parse."""
    for module in (app, pilot):
        module.wait_for_idle = until_still  # type: ignore[attr-defined]
    pilot.Pilot._wait_for_screen = _screen_is_still  # type: ignore[method-assign]
    Stylesheet._parse_rules = _parsed_once  # type: ignore[method-assign]
