"""OverScreen: what lies over another screen, which stays to be seen."""

from __future__ import annotations

from textual.actions import SkipAction
from textual.screen import ModalScreen, ScreenResultType

from tuisim.tui.shell.leaving import Leavable


class OverScreen(ModalScreen[ScreenResultType], Leavable[ScreenResultType]):
    """No key of the app gets past it, so it answers ctrl+c itself."""

    def action_copy_text(self) -> None:
        """What ctrl+c does: copy the text that is selected, else name the key that leaves."""
        try:
            super().action_copy_text()
        except SkipAction:
            self.app.action_help_quit()
