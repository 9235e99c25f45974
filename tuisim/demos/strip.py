"""The strip under every screen: a caption, and the keys that were pressed."""

from __future__ import annotations

from collections import deque
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Static

from tuisim.demos.measures import filled_in
from tuisim.figures.drawing.numbers import ascii_text
from tuisim.tui.app import SimulatorApp
from tuisim.tui.keys.keymap import shown
from tuisim.tui.widgets.line import Line

_MOST_KEYS = 3


class Strip(Horizontal):
    """Two lines, and one that sets them off."""

    DEFAULT_CSS = """
    Strip {
        split: bottom; height: 3; border-top: heavy $accent; background: $panel;
    }
    Strip Static { height: 2; }
    Strip #caption { width: 1fr; padding: 0 1; text-style: bold; }
    Strip #pressed { width: auto; max-width: 40%; padding: 0 1; color: $text-accent; }
    """

    def __init__(self, caption: str, pressed: str) -> None:
        """A strip that says this."""
        super().__init__()
        self._said = caption, pressed

    def compose(self) -> ComposeResult:
        """The caption, and the keys beside it."""
        caption, pressed = self._said
        yield Line(caption, id="caption")
        yield Line(pressed, id="pressed")

    def say(self, caption: str, pressed: str) -> bool:
        """Say this; whether it is something else than before."""
        other = self.is_mounted and (caption, pressed) != self._said
        if other:
            self._said = caption, pressed
            self.query_one("#caption", Static).update(caption)
            self.query_one("#pressed", Static).update(pressed)
        return other


class Captioned(SimulatorApp):
    """An app with a strip under all its screens, once it has something to say there."""

    #: Whether there is a strip at all; set before the app runs.
    has_strip = True
    caption = ""
    #: Beside the keys: how a presentation stands.
    standing = ""

    @property
    def pressed(self) -> deque[tuple[str, int]]:
        """The newest keys, each with how many times in a row."""
        if not hasattr(self, "_pressed"):
            self._pressed: deque[tuple[str, int]] = deque(maxlen=_MOST_KEYS)
        return self._pressed

    def dress(self, screen: Screen[Any]) -> None:
        """Mount the strip under a screen."""
        super().dress(screen)
        if self.has_strip:
            screen.mount(Strip(*self._words))

    def note_key(self, key: str) -> None:
        """Show that a key was pressed."""
        last, count = self.pressed[-1] if self.pressed else ("", 0)
        if last == key:
            self.pressed[-1] = key, count + 1
        else:
            self.pressed.append((key, 1))

    def draw_strip(self) -> bool:
        """Show the caption with its values now; whether it is another than before."""
        words = self._words
        said = [one.say(*words) for screen in self.screen_stack for one in screen.query(Strip)]
        return any(said)

    @property
    def _words(self) -> tuple[str, str]:
        words = " ".join(f"{shown(key)}{f'×{n}' if n > 1 else ''}" for key, n in self.pressed)
        said = filled_in(self, self.caption), "\n".join(filter(None, (words, self.standing)))
        return (ascii_text(said[0]), ascii_text(said[1])) if self.ascii else said
