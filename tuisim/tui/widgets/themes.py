"""Themes of ours: high contrast, and one whose hues the colour-blind tell apart.

A theme of Textual's has no word for what only we draw: that is said here by role.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.theme import Theme

from tuisim.terminal.themes import COLOUR_BLIND, HIGH_CONTRAST

if TYPE_CHECKING:
    from tuisim.figures.drawing.figure import Role

THEMES = (
    Theme(
        name=HIGH_CONTRAST,
        primary="#7fd4ff",
        secondary="#ffffff",
        accent="#ffe14d",
        warning="#ffe14d",
        error="#ff8a80",
        success="#7dff9b",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#000000",
        dark=True,
    ),
    Theme(
        name=COLOUR_BLIND,
        primary="#56b4e9",
        secondary="#0072b2",
        accent="#f0e442",
        warning="#e69f00",
        error="#d55e00",
        success="#56b4e9",
        foreground="#e6e4e0",
        background="#121212",
        surface="#1a1a1a",
        panel="#242424",
        dark=True,
    ),
)

_BRIGHT = "$foreground"

#: By theme, the roles whose colours are its own.
OWN: Mapping[str, Mapping[Role, str]] = {
    HIGH_CONTRAST: {
        "frame": _BRIGHT,
        "label": _BRIGHT,
        "guide": _BRIGHT,
        "cursor": _BRIGHT,
        "band": "$foreground 80%",
        "pinned": "$foreground 80%",
        "vanishing": "#8ab6ff",
        "stable": "#7dff9b",
        "exploding": "#ff8a80",
        "dead": "#ffffff",
        "limit": "bold #ff8a80",
    },
    # Okabe and Ito's: no red meets a green, and what is stable is yellow.
    COLOUR_BLIND: {
        "hidden": "bold #e6e4e0",
        "gradient": "bold #e6e4e0",
        "vanishing": "#56b4e9",
        "stable": "#f0e442",
        "exploding": "#d55e00",
        "theory": "#cc79a7",
        "limit": "bold #e69f00",
    },
}
