"""KioskApp: the app for guests, held to limits; it has no way to a file, a shell or a clipboard."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from textual import events

from tuisim.tui.app import SimulatorApp
from tuisim.tui.kiosk.closing import Closing, rules
from tuisim.values.experiment import Experiment
from tuisim.values.kiosk import Limits

#: How often it is looked whether the end is near.
LOOK_SECONDS = 1.0

NOT_SUSPENDED = "not suspended: a kiosk has no shell to go to"
#: What comes from whoever sits there, and from no terminal by itself.
_TOUCHES = (events.Key, events.MouseEvent, events.Paste)


class KioskApp(SimulatorApp):
    """A recurrent net under glass, behind glass."""

    def __init__(
        self,
        experiment: Experiment | None = None,
        *,
        limits: Limits,
        computing: Callable[[], float] = time.process_time,
        **options: Any,
    ) -> None:
        """An app held to limits.

        Args:
            computing: seconds of processors that this process took so far.
            options: others that SimulatorApp takes; sessions are none of them.
        """
        notes = (rules(limits), *options.pop("notes", ()))
        super().__init__(experiment, notes=notes, **options)
        self.limits = limits
        self.largest = limits.columns, limits.rows
        self.laboratory.adjusted = limits.adjusted
        self.closing = Closing(limits, self.clock, computing)

    def _main_screen(self) -> Any:
        from tuisim.tui.kiosk.screen import KioskScreen

        return KioskScreen(self.laboratory, self.clock, ascii=self.ascii)

    def on_mount(self) -> None:
        """Look at the time from now on."""
        self.set_interval(LOOK_SECONDS, self.look_at_time)

    async def on_event(self, event: events.Event) -> None:
        """Note that somebody is there."""
        if isinstance(event, _TOUCHES):
            self.closing.touch()
        await super().on_event(event)

    def on_resize(self, event: events.Resize) -> None:
        """Say where the terminal is larger than what is drawn."""
        with contextlib.suppress(OSError, AttributeError, ValueError):
            columns, rows = os.get_terminal_size(sys.__stderr__.fileno())  # type: ignore[union-attr]
            larger = columns > self.limits.columns or rows > self.limits.rows
            if larger and not self.is_headless:
                self.say(f"of {columns}x{rows} a kiosk draws {self.size.width}x{self.size.height}")

    def look_at_time(self) -> None:
        """Say that the end is near, or end."""
        self.ended = self.closing.ended
        if self.ended:
            self.exit()
        elif words := self.closing.warning():
            self.say(words)

    # What there is none of.

    def action_suspend_process(self) -> None:
        """Say that there is no shell."""
        self.say(NOT_SUSPENDED)

    def suspend_job(self) -> bool:
        """Go on: nobody could wake it."""
        return False

    def send_to_clipboard(self, text: str) -> bool:
        """Leave the clipboard to whoever it belongs to."""
        return False

    def copy_to_clipboard(self, text: str) -> None:
        """As that: also what is selected, or cut from a field."""

    def deliver_screenshot(self, *args: Any, **options: Any) -> str | None:
        """Write no picture."""
        return None

    def save_screenshot(self, *args: Any, **options: Any) -> str:
        """As that."""
        return ""

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Open nothing."""
