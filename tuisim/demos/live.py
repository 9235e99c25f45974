"""The app of a tape in a terminal: its clock goes as fast as the presentation says."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

import attrs
from textual import events
from textual.events import Key

from tuisim.demos import notes
from tuisim.demos.grammar.tape import Step, Tape
from tuisim.demos.measures import filled_in
from tuisim.demos.notes import Notes
from tuisim.demos.presenting import Presentation
from tuisim.demos.still import StillTapeApp
from tuisim.testing.clock import Clock
from tuisim.tui.shell.background import Background
from tuisim.tui.shell.pace import writer_is_behind

#: What a program that was stopped or a machine that slept does not make up for.
_MOST_SECONDS = 0.25


def _unkept(error: BaseException) -> None:
    """A demo does not end for its notes."""


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
        noted: bool = False,
        **options: Any,
    ) -> None:
        """As SimulatorApp, with the tape that it plays.

        Args:
            at: the step to begin at.
            loop, by_key: as for Presentation.
            noted: whether the notes are kept for another terminal to show.
        """
        super().__init__(experiment, clock=Clock(), size=(0, 0), **options)
        self.presentation = Presentation(self, tape, loop=loop, by_key=by_key)
        self._at = at
        self._tasks: list[asyncio.Task[None]] = []
        self._noted = noted
        self._newest_notes = Notes()
        # A home on another machine must not hold up the screen.
        self._keeping = Background(_unkept)

    def on_ready(self) -> None:
        """Begin to play; Textual calls that of SimulatorApp itself."""
        works = (self._keep_time(), self.presentation.run(self._at))
        self._tasks = [asyncio.create_task(self._watched(one)) for one in works]
        if self._noted:
            self._keeping.start()

    def on_unmount(self) -> None:
        """Stop."""
        for task in self._tasks:
            task.cancel()
        self._keeping.close()
        if self._noted:
            notes.forget()

    async def on_event(self, event: events.Event) -> None:
        """Ask the presentation about a key that the presenter presses."""
        pressed = isinstance(event, Key) and not event.is_forwarded and event is not self.struck
        if not (pressed and self.presentation.hears(getattr(event, "key", ""))):
            await super().on_event(event)

    async def _keep_time(self) -> None:
        before = time.monotonic()
        while True:
            await asyncio.sleep(self.frame_seconds)
            now = time.monotonic()
            passed, before = min(now - before, _MOST_SECONDS), now
            self._keep_notes()
            passes = self.presentation.passes(passed)
            if passes and not writer_is_behind(self):
                self.still.pass_time(passes)
                self.tick_screens()
                if self.playing:
                    self.draw_strip()

    def _keep_notes(self) -> None:
        if not self._noted:
            return
        shown = notes.notes_at(self.presentation.acts, self.presentation.place)
        caption, standing = filled_in(self, shown.caption), self.standing
        shown = attrs.evolve(shown, caption=caption, standing=standing)
        if shown != self._newest_notes:
            self._newest_notes = shown
            self._keeping.ask("notes", lambda: notes.keep(shown))

    async def _watched(self, work: Any) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception as error:
            # Of an app that was left there is nothing to look at any more.
            if self.return_code is None:
                self._handle_exception(error)
