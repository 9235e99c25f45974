"""The app without a terminal: from clean settings, over a clock that stands still."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from textual.events import Key
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from tuisim.testing.clock import Clock
from tuisim.testing.waiting import PATIENCE, unsettled, until
from tuisim.tui.app import SimulatorApp
from tuisim.values import presets
from tuisim.values.experiment import Experiment

THEME = "textual-dark"
#: What of the environment would reach the picture.
_FORGOTTEN = ("NO_COLOR", "COLORTERM", "COLUMNS", "LINES")
#: While something plays; added up it is exact.
_FRAME_SECONDS = 1 / 16


class StillApp(SimulatorApp):
    """The app as tests and tapes drive it: nothing in it waits by the wall's clock."""

    #: Seconds that it may take to come to rest.
    patience = PATIENCE

    def __init__(
        self,
        experiment: Experiment | None = None,
        *,
        clock: Clock,
        size: tuple[int, int],
        **options: Any,
    ) -> None:
        """As SimulatorApp, with the size that it has without a terminal."""
        with _forgetting():
            super().__init__(experiment, clock=clock, **options)
        self.alarms = self.still = clock
        #: Columns and rows.
        self.without_terminal = size
        self._taken = False
        #: The newest key that no keyboard sent.
        self.struck: Key | None = None
        self.animation_level = "none"

    def run_test(
        self,
        *,
        headless: bool = True,
        size: tuple[int, int] | None = None,
        tooltips: bool = False,
        notifications: bool = False,
        message_hook: Callable[[Message], None] | None = None,
    ) -> Any:
        """As Textual's, with the size that the app was made for where none is given."""
        prepare_kernels()
        self.laboratory.advising.rest_seconds = 0.0
        return super().run_test(
            headless=headless,
            size=size or self.without_terminal,
            tooltips=tooltips,
            notifications=notifications,
            message_hook=message_hook,
        )

    def dress(self, screen: Screen[Any]) -> None:
        """Let nothing on a screen blink."""
        for field in screen.query(Input):
            field.cursor_blink = False

    async def strike(self, key: Key) -> bool:
        """Press a key and wait until it is answered; whether anything took it.

        Raises:
            UnsettledError: it was not.
        """
        self._taken, self.struck = False, key
        key.set_sender(self)
        self.post_message(key)
        await self.at_rest()
        # What is typed into takes a key by keeping it from others.
        return self._taken or key._no_default_action

    async def at_rest(self) -> None:
        """Wait until all that was asked for is shown, or the app has ended.

        Raises:
            UnsettledError: names what did not come.
        """
        await until(self, lambda: unsettled(self), self.patience)

    async def pass_frame(self, seconds: float = _FRAME_SECONDS) -> float:
        """Let time pass and show it: at most so much, and up to when something is to happen.

        Returns:
            the seconds that did.
        """
        alarm = self.still.next_alarm
        if alarm is not None:
            seconds = min(seconds, max(alarm - self.still.now, 0.0))
        if self.playing:
            seconds = min(seconds, _FRAME_SECONDS)
        self.still.pass_time(seconds)
        self.tick_screens()
        await self.at_rest()
        return seconds

    def tick_screens(self) -> None:
        """Let what plays catch up with the clock."""
        for screen in self.screen_stack:
            if hasattr(screen, "tick"):
                screen.tick()

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        taken = await super()._check_bindings(key, priority)
        self._taken = self._taken or taken
        return taken


def make_app(
    experiment: Experiment | str | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    clock: Clock | None = None,
    theme: str = THEME,
    ascii: bool = False,
    **options: Any,
) -> StillApp:
    """The app for a test: `async with make_app("lstm").run_test() as pilot`.

    Args:
        experiment: what it opens on, or the name of a preset; the defaults where not given.
        size: columns and rows.
        clock: one that stands still where not given.
        theme: the name of a theme; the user's settings are not read.
        ascii: draw without any character outside ASCII.
        options: others that SimulatorApp takes.

    Raises:
        ValueError: there is no such preset.
    """
    if isinstance(experiment, str):
        experiment = presets.preset(experiment)
    app = StillApp(experiment, clock=clock or Clock(), size=size, ascii=ascii, **options)
    app.theme = theme
    return app


@functools.cache
def prepare_kernels() -> None:
    """Compile or load all kernels, once a process: no screen is of an app still preparing them."""
    from tuisim.engine.warming import warm_up

    warm_up()


@contextmanager
def _forgetting() -> Iterator[None]:
    """Pictures are in all colours, in whatever terminal."""
    kept = {name: os.environ.pop(name) for name in _FORGOTTEN if name in os.environ}
    os.environ["COLORTERM"] = "truecolor"
    try:
        yield
    finally:
        del os.environ["COLORTERM"]
        os.environ.update(kept)
