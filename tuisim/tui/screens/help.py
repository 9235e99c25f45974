"""HelpScreen: the focused panel explained with the current numbers, and all keys; TextScreen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tuisim.figures.numbers import ascii_text
from tuisim.figures.views import VIEWS
from tuisim.tui.explain import explanation
from tuisim.tui.keymap import ENTRIES, GROUPS, shown

if TYPE_CHECKING:
    from tuisim.tui.computing import Computed


class TextScreen(ModalScreen[None]):
    """Read and leave."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "dismiss", "close"),
        Binding("down,j", "down", "scroll", show=False),
        Binding("up,k", "up", "scroll", show=False),
    ]
    DEFAULT_CSS = """
    TextScreen { align: center middle; }
    TextScreen VerticalScroll {
        width: 92; max-width: 100%; height: auto; max-height: 100%;
        border: round $foreground 50%; background: $background; padding: 0 1;
    }
    """

    def __init__(self, text: str, *, title: str = "help", ascii: bool = False) -> None:
        """A text to be scrolled through."""
        super().__init__()
        self._text = text
        self._heading = title
        self._ascii = ascii

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        text = self.whole_text()
        with VerticalScroll() as scroll:
            scroll.border_title = self._heading
            scroll.border_subtitle = "up/down scroll  esc close"
            yield Static(ascii_text(text) if self._ascii else text, markup=False)

    def whole_text(self) -> str:
        """What is to be read."""
        return self._text

    def action_down(self) -> None:
        """Scroll down."""
        self.query_one(VerticalScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        """Scroll up."""
        self.query_one(VerticalScroll).scroll_up(animate=False)


class HelpScreen(TextScreen):
    """Help on a panel of the main screen, and all keys."""

    def __init__(
        self,
        panel: str,
        computed: Computed | None,
        measures: Mapping[str, Any],
        *,
        ascii: bool = False,
    ) -> None:
        """Help on a panel of the main screen.

        Args:
            measures: what the view computed beyond the run.
        """
        super().__init__(explanation(panel, computed, measures), ascii=ascii)

    def whole_text(self) -> str:
        """The explanation, and all keys."""
        own: dict[str, str] = getattr(self.app, "own_keys", {})
        return f"{self._text}\n\n{key_table(own)}"


def key_table(own: dict[str, str]) -> str:
    """All keys in their groups, as plain text; `own` are those that the user has rebound."""
    lines = []
    for group in GROUPS:
        lines.append(group.upper())
        lines += [
            f"  {shown(own.get(one.action, one.keys)):<14} {one.action:<20} {one.does}"
            for one in ENTRIES
            if one.group == group
        ]
        lines.append("")
    lines.append("VIEWS")
    for key, view in VIEWS.items():
        name = f"view_{key}"
        lines.append(f"  {shown(own.get(name, key)):<14} {name:<20} {view.title}")
    lines.append("")
    lines.append(
        "Keys can be rebound by the names in the middle, in the settings file that "
        "`tuisim doctor` names."
    )
    return "\n".join(lines)
