"""LogbookApp: the log of a training, live; without a net, and without the engine's kernels."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from textual.screen import Screen

from tuisim.terminal.config import Config
from tuisim.tui.keys.keymap import first_key
from tuisim.tui.screens.logs.screen import LogScreen
from tuisim.tui.widgets.dressed import DressedApp


class LogbookApp(DressedApp):
    """One screen, over a file."""

    def __init__(
        self,
        path: Path,
        *,
        ascii: bool = False,
        config: Config | None = None,
        notes: Sequence[str] = (),
        leaving: Callable[[int], None] = lambda code: None,
    ) -> None:
        """An app over the log at this path.

        Args:
            ascii: draw without any character outside ASCII.
            config: theme and keys of the user's own.
            notes: what is said first of all.
            leaving: called with the exit code before a signal ends the app.

        Raises:
            ValueError: a setting that names no theme, action or key there is.
        """
        super().__init__(leaving, ascii=ascii)
        self._path, self._notes = path, notes
        if config is not None:
            self.configure(config)

    def get_default_screen(self) -> Screen[Any]:
        """The plots."""
        return LogScreen(self._path, ascii=self.ascii)

    def on_mount(self) -> None:
        """Leave in order from now on."""
        self.leave_in_order_from_now_on()

    def on_ready(self) -> None:
        """Say what there is to say."""
        if self._notes:
            self.say("; ".join(self._notes))

    @property
    def reproduced_by(self) -> str:
        """The command that shows what is shown, for a report of a fault."""
        return shlex.join(["tuisim", "watch", str(self._path)])

    def say(self, text: str) -> None:
        """Show a notice on whatever screen lies on top."""
        for screen in {self.screen_stack[0], self.screen}:
            if hasattr(screen, "say"):
                screen.say(text)

    def action_help_quit(self) -> None:
        """What ctrl+c does: name the key that quits."""
        name = first_key("quit", self.own_keys)
        self.say(f"press {name} to quit" if name else "no key quits; its terminal can be closed")
