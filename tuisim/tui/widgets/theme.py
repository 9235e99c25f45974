"""Roles to colours, in one place: the theme's variables, and the palette for what has a meaning.

Colour is never the only signal: series differ by pattern and name too, so what NO_COLOR takes
away, or sixteen colours run together, is still told apart.
"""

from __future__ import annotations

from typing import Any

from rich.color import Color
from rich.style import Style as RichStyle
from textual.app import App
from textual.style import Style
from textual.widget import Widget

from tuisim.figures.drawing.figure import Role
from tuisim.terminal.palette import PALETTE, THEMED, System
from tuisim.tui.widgets.themes import OWN

#: Each role that follows the theme, as Textual writes a style. Greys paler than 45 % become the
#: background in sixteen colours.
ROLE_STYLES: dict[Role, str] = {
    "blank": "$foreground",
    "frame": "$foreground 45%",
    "label": "$foreground 75%",
    "title": "bold $foreground",
    "readout": "bold $foreground",
    "hidden": "bold $text-primary",
    "gradient": "bold $text-success",
    "cell": "bold $foreground",
    "pinned": "$foreground 60%",
    "band": "$foreground 45%",
    "limit": "$text-error",
    "guide": "$foreground 45%",
    "cursor": "$foreground 60%",
    "eigenvalue": "bold $text-primary",
    "selected": "bold $text-warning",
    "warning": "bold $text-error",
    "contour": "bold #000000",
    "here": "bold #000000 on #ffffff",
    "loss": "bold $text-accent",
    "accuracy": "bold $text-primary",
}

_SIXTEEN = (
    *("#000000", "#aa0000", "#00aa00", "#aa5500", "#0000aa", "#aa00aa", "#00aaaa", "#aaaaaa"),
    *("#555555", "#ff5555", "#55ff55", "#ffff55", "#5555ff", "#ff55ff", "#55ffff", "#ffffff"),
)

#: What differs in a plot that has the focus.
FOCUSED_STYLES: dict[Role, str] = {
    "title": "bold reverse $foreground",
    "frame": "$foreground 75%",
}


def role_style(widget: Widget, role: Role, ground: Role = "blank") -> RichStyle:
    """The style of a role on the background that a widget has, or on the colour of a ground.

    A component class of CSS for each role would be resolved anew for every plot, at every start.
    """
    own = FOCUSED_STYLES.get(role) if widget.has_focus else None
    return (widget.visual_style + Style.parse(own or _written(widget.app, role, ground))).rich_style


def colour_system(app: App[Any]) -> System:
    """How many colours the app's terminal has."""
    found = app.console.color_system
    return "256" if found == "256" else "truecolor" if found == "truecolor" else "16"


def _written(app: App[Any], role: Role, ground: Role) -> str:
    dark, system = app.current_theme.dark, colour_system(app)
    own = {} if system == "16" else OWN.get(app.current_theme.name, {})
    ink = own.get(role, ROLE_STYLES.get(role, ""))
    if system == "16" and role in THEMED:
        ink = _hex(THEMED[role].on(dark, system))
    if not ink:
        # Bold is how many terminals of sixteen colours write the bright one of a dark one.
        # On a field of colour is a field of colour, not what is written.
        field = ground not in ("blank", role)
        ink = _hex(PALETTE[role].on(dark or field, system))
        ink = ink if system == "16" or field else f"bold {ink}"
    if ground == "blank" or " on " in ink:
        return ink
    if ground == role:
        # Without colours it is reversed still.
        return f"bold reverse {ink}"
    # A field of colour brings its own light.
    return f"{ink} on {_hex(PALETTE[ground].on(True, system))}"


def _hex(colour: str | int) -> str:
    """As CSS has it; of the terminal's own colours what Rich sends as that very number."""
    if isinstance(colour, str):
        return colour
    if colour < len(_SIXTEEN):
        return _SIXTEEN[colour]
    return Color.from_ansi(colour).get_truecolor().hex
