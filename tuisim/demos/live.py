"""The app of a tape in a terminal: its clock goes as fast as the presentation says."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

from textual import events
from textual.events import Key

from tuisim.demos.grammar.tape import Step, Tape
from tuisim.demos.presenting import Presentation
from tuisim.demos.still import StillTapeApp
from tuisim.testing.clock import Clock
from tuisim.tui.shell.pace import FRAME_SECONDS, writer_is_behind

#: What a program that was stopped or a machine that slept does not make up for.
_MOST_SECONDS = 0.25


class LiveTapeApp(StillTapeApp):
    """Plays a tape in a terminal, and hands over to whoever presses a key."""

    patience = math.inf

    def __init__(
        self,
        experiment: Any = None,
        *,
        tape: Tape,
        at: Step | None = None,
        loop: bool = False,
        by_key: bool = False,
        **options: Any,
    ) -> None:
        """As SimulatorApp, with the tape that it plays.

        Args:
            at: the step to begin at.
            loop, by_key: as for Presentation.
        """
        super().__init__(experiment, clock=Clock(), size=(0, 0), **options)
        self.presentation = Presentation(self, tape, loop=loop, by_key=by_key)
        self._at = at
        self._tasks: list[asyncio.Task[None]] = []

    def on_ready(self) -> None:
        """Begin to play; Textual calls that of SimulatorApp itself."""
        works = (self._keep_time(), self.presentation.run(self._at))
        self._tasks = [asyncio.create_task(self._watched(one)) for one in works]

    def on_unmount(self) -> None:
        """Stop."""
        for task in self._tasks:
            task.cancel()

    async def on_event(self, event: events.Event) -> None:
        """Ask the presentation about a key that the presenter presses."""
        pressed = isinstance(event, Key) and not event.is_forwarded and event is not self.struck
        if not (pressed and self.presentation.hears(getattr(event, "key", ""))):
            await super().on_event(event)

    async def _keep_time(self) -> None:
        before = time.monotonic()
        while True:
            await asyncio.sleep(FRAME_SECONDS)
            now = time.monotonic()
            passed, before = min(now - before, _MOST_SECONDS), now
            passes = self.presentation.passes(passed)
            if passes and not writer_is_behind(self):
                self.still.pass_time(passes)
                self.tick_screens()
                if self.playing:
                    self.draw_strip()

    async def _watched(self, work: Any) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception as error:
            # Of an app that was left there is nothing to look at any more.
            if self.return_code is None:
                self._handle_exception(error)
