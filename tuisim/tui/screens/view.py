"""ViewScreen: a view with a screen of its own, and the ways out of it."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from tuisim.tui.shell.leaving import Leavable


class ViewScreen(Leavable[str | None]):
    """Gives back the number key of the view to go to, or None for the one that was open."""

    AUTO_FOCUS = ""
    #: As the table of views calls it.
    name_of_view: ClassVar[str]

    @abstractmethod
    def say(self, text: str) -> None:
        """Show a notice, until there is another."""

    @abstractmethod
    def show_preparing(self) -> None:
        """Say how far the kernels are, where there is nothing else to show yet."""

    def show_run(self) -> None:
        """Say what became of the main screen's net, where that is said."""

    @property
    def preparing(self) -> str:
        """Which kernels are being compiled or loaded, in words; empty once all are there."""
        return getattr(self.app, "preparing", "")

    def leave_for(self, key: str | None) -> None:
        """Leave for this view."""
        self.dismiss(key)

    def action_view(self, key: str) -> None:
        """Leave for a view."""
        self.leave_for(key)

    def action_map(self) -> None:
        """Leave for the map."""
        self.leave_for("7")

    def action_training(self) -> None:
        """Leave for the training."""
        self.leave_for("8")

    def action_cliff(self) -> None:
        """Leave for the cliff."""
        self.leave_for("9")

    def action_leave(self) -> None:
        """Leave for the view that was open."""
        self.leave_for(None)
