"""Textual's lists to choose from, for keys that come too early or too often."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.command import CommandInput, CommandList, CommandPalette
from textual.widgets import OptionList, Select
from textual.widgets._select import SelectCurrent, SelectOverlay

from tuisim.tui.shell.leaving import Leavable


class Palette(CommandPalette, Leavable[None]):
    """The palette, in which enter may bounce too, and nothing moves that nobody moves."""

    def on_mount(self) -> None:
        """Let the cursor stand still: to blink it repaints, over a slow link too."""
        self.query_one(CommandInput).cursor_blink = False

    @property
    def _provider_classes(self) -> Any:
        # Of a set the order is another in each process, and with it that of what is found.
        return sorted(super()._provider_classes, key=lambda one: one.__qualname__)

    def _action_command_list(self, action: str) -> None:
        # Before it is laid out there is no page in it, but a first line, which enter is for.
        if not action.startswith("page") or has_lines(self.query_one(CommandList)):
            super()._action_command_list(action)


class Overlay(SelectOverlay):
    """The open list of a choice."""

    def _move_page(self, direction: Any) -> None:
        if has_lines(self):
            super()._move_page(direction)


class Choice(Select[str]):
    """One of several words."""

    def compose(self) -> ComposeResult:
        """The word, and the list that opens under it."""
        yield SelectCurrent(self.prompt)
        overlay = Overlay(type_to_search=self._type_to_search)
        yield overlay.data_bind(compact=Select.compact)


def has_lines(options: OptionList) -> bool:
    """Whether a list was laid out, without which a page has no height."""
    return bool(options._lines)
