"""ViewScreen: a view with a screen of its own, and the ways out of it. Imports textual."""

from __future__ import annotations

from textual.screen import Screen


class ViewScreen(Screen[str | None]):
    """Gives back the number key of the view to go to, or None for the one that was open."""

    AUTO_FOCUS = ""

    def action_view(self, key: str) -> None:
        """Leave for a view."""
        self.dismiss(key)

    def action_map(self) -> None:
        """Leave for the map."""
        self.dismiss("7")

    def action_training(self) -> None:
        """Leave for the training."""
        self.dismiss("8")

    def action_cliff(self) -> None:
        """Leave for the cliff."""
        self.dismiss("9")

    def action_leave(self) -> None:
        """Leave for the view that was open."""
        self.dismiss(None)

    async def action_quit(self) -> None:
        """Leave the app."""
        self.app.exit()
