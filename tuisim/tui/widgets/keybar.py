"""KeyBar: the footer, as many keys as there is room for, each to be clicked too.

A click on one of several signs does what that key does, and with the right button the reverse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.events import Click
from textual.style import Style
from textual.widgets import Static

from tuisim.figures.drawing.numbers import ascii_text
from tuisim.tui.keys.keymap import ENTRIES, Entry, by_signs, reverse, shown

_GAP = "  "
_RIGHT = 3
#: What the right button does, where "@click" is what any button does.
_BACK = "back"


class KeyBar(Static):
    """One line of keys; what matters least goes first where it is narrow."""

    DEFAULT_CSS: ClassVar[str] = """
    KeyBar { height: 1; padding: 0 1; dock: bottom; background: $panel; color: $foreground;
        link-style: none; link-color: $foreground; link-background: $panel;
    }
    """

    def __init__(self, entries: Sequence[Entry] = ENTRIES, *, ascii: bool = False) -> None:
        """A bar for the entries that have a word for it."""
        super().__init__(markup=False)
        self._all = entries
        self._entries = [one for one in entries if one.footer]
        self._keys = {one.action: one.keys for one in entries}
        self._ascii = ascii

    def on_resize(self) -> None:
        """Show what there is room for."""
        own: dict[str, str] = getattr(self.app, "own_keys", {})
        labels = {
            one.action: (self._key(one, own), self._writable(one.footer)) for one in self._entries
        }
        bound = [one for one in self._entries if own.get(one.action) != ""]
        kept = fitting(bound, labels, self.size.width)
        parts = []
        for one in kept:
            key, word = labels[one.action]
            signs = by_signs(one, self._all)
            # "1…9" and names of keys are one sign.
            if key != "".join(self._writable(sign) for sign, _ in signs) or "…" in one.sign:
                signs = [(key, one)]
            keys = [
                Content.styled(self._writable(sign), self._clicked(does, bold=True))
                for sign, does in signs
            ]
            parts.append(Content("").join([*keys, Content.styled(f" {word}", self._clicked(one))]))
        self.update(Content(_GAP).join(parts))

    def _clicked(self, entry: Entry, *, bold: bool = False) -> Style:
        """The style of what is clicked to do this, and with the right button the reverse."""
        meta = {"@click": f"screen.{entry.called}", _BACK: reverse(entry, self._all).called}
        return Style(bold=bold or None) + Style.from_meta(meta)

    async def _on_click(self, event: Click) -> None:
        back = event.style.meta.get(_BACK)
        if event.button == _RIGHT and back is not None:
            # Textual calls the handlers of all bases, of which one does what "@click" says.
            event.prevent_default()
            event.stop()
            await self.app.run_action(f"screen.{back}", self)

    def _key(self, entry: Entry, own: Mapping[str, str]) -> str:
        key = entry.sign or shown(entry.keys.split(",")[0])
        if entry.action in own:
            key = shown(own[entry.action])
        also = own.get(entry.also, self._keys.get(entry.also, "")).split(",")[0]
        return self._writable(f"{shown(also)} {key}" if also else key)

    def _writable(self, text: str) -> str:
        return ascii_text(text) if self._ascii else text


def fitting(
    entries: Sequence[Entry], labels: dict[str, tuple[str, str]], width: int
) -> list[Entry]:
    """The entries that fit into `width` cells, the highest ranks left out first."""
    kept = list(entries)

    def length() -> int:
        return sum(cell_len(" ".join(labels[one.action])) + len(_GAP) for one in kept) - len(_GAP)

    while len(kept) > 1 and length() > width:
        kept.remove(max(reversed(kept), key=lambda one: one.rank))
    return kept
