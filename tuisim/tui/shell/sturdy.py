"""SturdyApp: an app that no input ends, and whose failure is never silent."""

from __future__ import annotations

import contextlib
import os
import textwrap
import traceback
from collections.abc import Callable
from typing import Any

from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate
from textual._context import active_message_pump
from textual.app import App
from textual.css.query import DOMQuery, NoMatches
from textual.driver import Driver
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen
from textual.theme import ThemeProvider
from textual.widget import Widget
from textual.worker import WorkerFailed

from tuisim.terminal.terminal import SMALLEST, hang_up, install_signal_handlers
from tuisim.tui.shell.leaving import Alarms, Leavable
from tuisim.tui.shell.lists import Palette
from tuisim.tui.shell.pace import FRAME_SECONDS, Pace
from tuisim.tui.shell.painting import Painted, Painter


class SturdyApp(App[None]):
    """What an app in any terminal needs, and nothing of what this one is for."""

    #: What ended the app, where something failed.
    failure: BaseException | None = None
    #: The most columns and rows that are drawn; None for as many as can be.
    largest: tuple[int, int] | None = None
    #: By which its screens wait; None is the wall's clock.
    alarms: Alarms | None = None
    #: The least from one frame of what moves to the next.
    frame_seconds = FRAME_SECONDS
    #: Why it ended by itself, in words; empty where it did not.
    ended = ""
    #: How long it was stopped in all.
    stopped_seconds = 0.0

    def __init__(self, leaving: Callable[[int], None]) -> None:
        """An app that calls `leaving` with the exit code before a signal ends it."""
        super().__init__()
        self.pace = Pace()
        self._on_signal = leaving
        # The size of which it was said that it is too small, where that is on the screen.
        self._told: Size | None = None
        self._painter: Painter | None = None

    def get_driver_class(self) -> type[Driver]:
        """One that reads whatever comes."""
        usual = super().get_driver_class()
        if os.name != "posix":
            return usual
        from tuisim.tui.shell.driver import driver_class

        return driver_class(usual)

    def dress(self, screen: Screen[Any]) -> None:
        """Put on a screen, as it is mounted, what this app has on every one."""

    def leave_in_order_from_now_on(self) -> None:
        """Leave on signals; call it from within the app's loop."""
        install_signal_handlers(self, self._on_signal)

    def was_stopped(self, seconds: float) -> None:
        """Let the time that passed while it did not run not count."""
        self.stopped_seconds += seconds

    def keep_session(self) -> None:
        """Keep what must not be lost; called however the app ends, and before it does."""

    def exit(
        self,
        result: None = None,
        return_code: int = 0,
        message: RenderableType | None = None,
    ) -> None:
        """Leave; what must not be lost is kept."""
        self.keep_session()
        super().exit(result, return_code, message)

    def suspend_job(self) -> bool:
        """Give the terminal back to the shell until that wakes the app; whether it could."""
        suspend = getattr(self._driver, "suspend_job", None)
        return suspend is not None and suspend()

    def send_to_clipboard(self, text: str) -> bool:
        """Have the terminal put a text into the clipboard; whether it was told to."""
        self.copy_to_clipboard(text)
        return True

    def on_driver_signal_resume(self) -> None:
        """Draw all of the screen: whoever had the terminal left nothing of it."""
        self._told = None
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Draw all of it, of the same size too: it was another for a moment, which cut it."""
        self._told = None
        draw_anew = getattr(self._driver, "draw_anew", None)
        if draw_anew is not None:
            draw_anew(event.size)
        self.refresh()

    def hang_up(self) -> None:
        """Leave since the terminal is gone, also where no signal says so."""
        hang_up(self, self._on_signal)

    @property
    def return_code(self) -> int | None:
        """As Textual's, but never 0 after a failure, whatever came after it."""
        code = super().return_code
        return 1 if self.failure is not None and not code else code

    def panic(self, *renderables: RenderableType) -> None:
        """End after a failure."""
        self.failure = self.failure or RuntimeError("the app cannot go on")
        super().panic(*renderables)

    def action_command_palette(self) -> None:
        """Open the palette."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def search_themes(self) -> None:
        """Open a palette of themes."""
        self.push_screen(Palette(providers=[ThemeProvider], placeholder="a theme"))

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        width, height = self.size
        if width >= SMALLEST[0] and height >= SMALLEST[1]:
            if self._told is not None:
                self._told = None
                self.refresh()
            paint = getattr(self._driver, "paint", None)
            if paint is not None and isinstance(renderable, ChopsUpdate):
                self._painter = self._painter or Painter(self.console)
                shown: Any = Painted(renderable, self._painter, paint)
                super()._display(screen, shown)
            else:
                super()._display(screen, renderable)
        elif self._told != self.size and self._driver is not None and not self.is_headless:
            self._told = self.size
            self._driver.write(too_small(width, height))

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except NoMatches as error:
            # A key is for the screen that lies on top, which may have no parts yet, or no more.
            node = _looked_through(error)
            if not _is_gone(node) and not (isinstance(node, Widget) and not node.is_mounted):
                raise

    def _handle_exception(self, error: Exception) -> None:
        cause = error.error if isinstance(error, WorkerFailed) else error
        # Textual's own widgets look for their parts while they are mounted, or work; those of a
        # screen that was left by then have none.
        if isinstance(cause, NoMatches) and _is_gone(active_message_pump.get(None)):
            return
        if self.failure is None:
            self.failure = error
            # What failed may be what there is to keep.
            with contextlib.suppress(Exception):
                self.keep_session()
        super()._handle_exception(error)

    def _print_error_renderables(self) -> None:
        # Whoever runs the app says what failed, and in one line.
        self._exit_renderables.clear()


def too_small(width: int, height: int) -> str:
    """What a terminal of this size shows, as it is sent: the size, and the one there must be."""
    words = f"{width}x{height} is too small: tuisim needs {SMALLEST[0]}x{SMALLEST[1]}"
    lines = textwrap.wrap(words, max(width, 1))[:height]
    return "\x1b[0m\x1b[2J" + "".join(
        f"\x1b[{row};1H{line}" for row, line in enumerate(lines, start=1)
    )


def _is_gone(node: object) -> bool:
    """Whether it is a widget that was left, or the screen that it is on."""
    if not isinstance(node, Widget):
        return False
    screens = (one for one in node.ancestors_with_self if isinstance(one, Leavable))
    return not node.is_attached or any(one.is_left for one in screens)


def _looked_through(error: NoMatches) -> object:
    """In which node there was no match."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    found = frame.f_locals.get("base_node", frame.f_locals.get("self"))
    return found.node if isinstance(found, DOMQuery) else found
