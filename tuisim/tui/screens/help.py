"""TextScreen: a text to read; HelpScreen: something explained, and all keys of a screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import Resize
from textual.widgets import Static

from tuisim.figures.drawing.numbers import ascii_columns, ascii_text
from tuisim.figures.drawing.wrapping import hanging
from tuisim.figures.views.table import VIEWS
from tuisim.tui.keys.keymap import GROUPS, Entry, shown, view_action
from tuisim.tui.screens.over import OverScreen
from tuisim.tui.widgets.line import Line, lay_out

#: Columns of the widest text with its frame, and how many of these are frame and scrollbar.
_WIDTH, _AROUND = 92, 6


class TextScreen(OverScreen[None]):
    """Read and leave."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark", "dismiss", "close"),
        Binding("q", "dismiss", "close", id="quit"),
        Binding("down,j", "down", "scroll", show=False),
        Binding("up,k", "up", "scroll", show=False),
    ]
    DEFAULT_CSS = """
    TextScreen { align: center middle; }
    TextScreen VerticalScroll {
        scrollbar-gutter: stable; width: 92; max-width: 100%; height: auto; max-height: 100%;
        border: round $foreground 50%; background: $background; padding: 0 1;
    }
    """

    def __init__(self, text: str, *, title: str, ascii: bool = False) -> None:
        """A text to be scrolled through."""
        super().__init__()
        self._text = text
        self._heading = title
        self._ascii = ascii

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with VerticalScroll() as scroll:
            scroll.border_title = self._heading
            scroll.border_subtitle = "up/down scroll  q esc close"
            yield Line(id="text")

    def on_resize(self, event: Resize) -> None:
        """Wrap the text to the width that there is."""
        text = self.whole_text()
        width = max(min(event.size.width, _WIDTH) - _AROUND, 1)
        line = hanging(ascii_columns(text) if self._ascii else text, width)
        lay_out(self.query_one("#text", Static), line)

    def say(self, text: str) -> None:
        """Show a notice in place of the keys."""
        self.query_one(VerticalScroll).border_subtitle = ascii_text(text) if self._ascii else text

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
    """Something explained, and the keys of the screen that it is about."""

    def __init__(self, text: str, entries: Sequence[Entry], *, ascii: bool = False) -> None:
        """A text to be scrolled through, and the keys behind it."""
        super().__init__(text, title="help", ascii=ascii)
        self._entries = entries

    def whole_text(self) -> str:
        """What is to be read."""
        own: dict[str, str] = getattr(self.app, "own_keys", {})
        return f"{super().whole_text()}\n\n{key_table(self._entries, own)}"


def key_table(entries: Sequence[Entry], own: Mapping[str, str]) -> str:
    """A screen's keys in their groups, as plain text; `own` are those that the user has rebound."""
    groups = {
        group.upper(): [(one.action, one.keys, one.does) for one in entries if one.group == group]
        for group in GROUPS
    }
    # Where there are keys to the views with a screen of their own, there are those to the others.
    if any(one.action == "training" for one in entries):
        groups["VIEWS"] = [(view_action(key), key, view.title) for key, view in VIEWS.items()]
    lines = []
    for title, rows in groups.items():
        if rows:
            lines.append(title)
            lines += [
                f"  {shown(own.get(action, keys)):<14} {action:<20} {does}"
                for action, keys, does in rows
            ]
            lines.append("")
    lines.append(
        "Keys can be rebound by the names in the middle, in the settings file that "
        "`tuisim doctor` names."
    )
    return "\n".join(lines)
