"""Hub: what a screen, or the palette, may ask of the main screen without knowing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from textual.geometry import Region

    from tuisim.tui.state.laboratory import Laboratory
    from tuisim.values.plan import Plan


class Hub(Protocol):
    """The main screen, where the experiment lies that all others change."""

    laboratory: Laboratory
    plan: Plan
    ascii: bool

    @property
    def is_attached(self) -> bool:
        """Whether it still stands under the others."""

    @property
    def body(self) -> Region:
        """Where its plots lie, between the words above and below."""

    def make_room(self, roomy: bool) -> None:
        """Keep the side free for an editor that lies over it."""

    def asked(self) -> None:
        """Draw what the laboratory was asked for."""

    def say(self, text: str, *, lasting: bool = False) -> None:
        """Show a notice."""

    def save(self, kind: str, name: str = "") -> None:
        """Save the experiment, the run's numbers or a picture of the screen."""

    def save_session(self, name: str) -> None:
        """Write the session to a file of this name."""

    def ask_for(self, text: str) -> None:
        """Open the palette with this typed already."""

    def set_field(self, field: str, text: str) -> None:
        """Set a field to a value as it was typed."""

    def load_preset(self, name: str) -> None:
        """Ask for a preset."""
