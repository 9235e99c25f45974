"""KioskScreen: the main screen without the keys and the commands for files."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
from textual.binding import BindingType
from textual.screen import Screen

from tuisim.tui.keys.keymap import ENTRIES, Entry, bindings, other_digits
from tuisim.tui.keys.palette import NetCommands
from tuisim.tui.screens.main import MainScreen

#: What is another thing here, in words.
_DOES = {
    "command": "show the command line",
    "palette": "commands: `radius 1.37`, preset NAME, …",
    "suspend": "says that a kiosk does not stop",
}
#: What there is nothing for: no session was kept, and no file opened.
_ABSENT = (
    "resume",
    *("layer_next", "layer_previous"),
    *("checkpoint_next", "checkpoint_before"),
)

KIOSK_ENTRIES: tuple[Entry, ...] = tuple(
    attrs.evolve(one, does=_DOES.get(one.action, one.does))
    for one in ENTRIES
    if one.action not in _ABSENT
)


class KioskScreen(MainScreen, inherit_bindings=False):
    """The main screen of a kiosk."""

    entries = KIOSK_ENTRIES
    BINDINGS: ClassVar[list[BindingType]] = [
        *Screen.BINDINGS,
        *bindings(KIOSK_ENTRIES),
        *other_digits(),
    ]
    COMMANDS: ClassVar[set[Any]] = {NetCommands}
