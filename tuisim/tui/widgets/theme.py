"""Roles to colours, in one place, as CSS over the theme's variables.

Colour is never the only signal: series differ by pattern and name too, so what NO_COLOR takes
away, or sixteen colours run together, is still told apart.
"""

from __future__ import annotations

from rich.style import Style as RichStyle
from textual.style import Style
from textual.widget import Widget

from tuisim.figures.drawing.figure import Role

#: Each role as Textual writes a style. Greys paler than 45 % become the background in sixteen
#: colours.
ROLE_STYLES: dict[Role, str] = {
    "blank": "$foreground",
    "frame": "$foreground 45%",
    "label": "$foreground 75%",
    "title": "bold $foreground",
    "readout": "bold $foreground",
    "hidden": "bold $text-primary",
    "gradient": "bold $text-success",
    "cell": "bold $foreground",
    "theory": "$text-warning",
    "pinned": "$foreground 60%",
    "band": "$foreground 45%",
    "limit": "$text-error",
    "guide": "$foreground 45%",
    "cursor": "$foreground 60%",
    "eigenvalue": "bold $text-primary",
    "selected": "bold $text-warning",
    "warning": "bold $text-error",
    "low": "$text-primary",
    "middle": "$text-secondary",
    "high": "$text-accent 75%",
    "loss": "bold $text-accent",
    "accuracy": "bold $text-primary",
}

#: What differs in a plot that has the focus.
FOCUSED_STYLES: dict[Role, str] = {
    "title": "bold reverse $foreground",
    "frame": "$foreground 75%",
}


def role_style(widget: Widget, role: Role) -> RichStyle:
    """The style of a role on the background that a widget has.

    A component class of CSS for each role would be resolved anew for every plot, at every start.
    """
    own = FOCUSED_STYLES.get(role) if widget.has_focus else None
    return (widget.visual_style + Style.parse(own or ROLE_STYLES[role])).rich_style
