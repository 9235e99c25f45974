"""Waiting: until what was asked of the app is shown, by conditions and by no while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widget import Widget

from tuisim.tui.app import SimulatorApp

#: What no wait on a busy machine should ever take, in seconds.
PATIENCE = 60.0
_LOOK_SECONDS = 0.001
#: In a row, each a turn of the event loop: what no widget works on may be on its way to one.
_LOOKS = 4
#: What is looked for last: all else may lead to it.
_LAST = "messages to be answered and widgets to be laid out"


class UnsettledError(TimeoutError):
    """What was waited for did not come; says what."""


async def settled(pilot: Pilot[Any], patience: float = PATIENCE) -> None:
    """Wait until what was asked for is computed, and the screen shows it.

    Raises:
        UnsettledError: one of the conditions did not come in `patience` seconds; says which.
    """
    app = pilot.app
    assert isinstance(app, SimulatorApp)
    await until(app, lambda: unsettled(app), patience)


async def until(app: SimulatorApp, missing: Callable[[], str], patience: float = PATIENCE) -> None:
    """Wait until nothing is missing, in words, a few times in a row; or the app has ended.

    Raises:
        UnsettledError: names what is missing.
    """
    end = time.monotonic() + patience
    looks = 0
    while looks < _LOOKS and app.return_code is None:
        said = missing()
        looks = 0 if said else looks + 1
        if said and time.monotonic() > end:
            raise UnsettledError(f"waited {patience:g} s in vain for {said}")
        # What threads compute comes no sooner if the loop is busy with looking.
        await asyncio.sleep(_LOOK_SECONDS if said and said != _LAST else 0)


def unsettled(app: SimulatorApp) -> str:
    """The first thing that is still to come, in words; empty where all is there."""
    return next((words for words, holds in _CONDITIONS.items() if not holds(app)), "")


def _computed(app: SimulatorApp) -> bool:
    return app.settled


def _prepared(app: SimulatorApp) -> bool:
    return app.laboratory.prepared


def _on_top(app: SimulatorApp) -> bool:
    return bool(app.screen_stack) and bool(getattr(app.screen, "settled", True))


def _worked(app: SimulatorApp) -> bool:
    return all(one.is_finished for one in app.workers)


def takes_keys(app: SimulatorApp) -> bool:
    """Whether what is to be typed into has the focus."""
    # On a busy machine the focus comes late to what is to be typed into.
    screen = app.screen
    if screen.focused is not None or not isinstance(screen, ModalScreen):
        return True
    return not screen.query("Input, Select")


def _laid_out(app: SimulatorApp) -> bool:
    shown = [screen for screen in app.screen_stack if screen.is_current]
    for screen in shown:
        # Textual forgets a layout that is due as another screen comes over this one.
        if screen._layout_required and not screen.message_queue_size:
            screen.check_idle()
        # Without a terminal nobody waits for the next frame.
        if app.is_headless and screen.is_running and screen._update_timer._active.is_set():
            screen._on_timer_update()
    return answered(app) and all(
        _at_rest(widget) for screen in shown for widget in screen.walk_children(with_self=True)
    )


def _at_rest(widget: DOMNode) -> bool:
    assert isinstance(widget, Widget)
    return widget.is_mounted and answered(widget) and not widget._layout_required


def answered(pump: MessagePump) -> bool:
    """Whether it waits for its next message: an empty queue says nothing of what is worked on."""
    queue: Any = pump._message_queue
    waits = queue.ready_event._waiters or not pump.is_running
    return bool(waits) and not (queue.qsize() or pump._next_callbacks)


_CONDITIONS: Mapping[str, Callable[[SimulatorApp], bool]] = {
    "the run of the experiment that is asked for": _computed,
    "the kernels": _prepared,
    "what the screen on top computes": _on_top,
    "the workers of the palette": _worked,
    "the focus of what is typed into": takes_keys,
    _LAST: _laid_out,
}
