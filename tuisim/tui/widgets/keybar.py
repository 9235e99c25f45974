"""KeyBar: the footer, as many keys as there is room for, each to be clicked too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from tuisim.figures.drawing.numbers import ascii_text
from tuisim.tui.keys.keymap import ENTRIES, Entry, shown

_GAP = "  "


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
            parts.append(Content.from_markup(f"[@click=screen.{one.called}][b]$key[/b] $word[/]",
                                             key=key, word=word))  # fmt: skip
        self.update(Content(_GAP).join(parts))

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
