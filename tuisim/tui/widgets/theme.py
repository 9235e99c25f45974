"""Roles to colours, in one place, as CSS over the theme's variables.

Colour is never the only signal: series differ by pattern and name too, so what NO_COLOR takes
away, or sixteen colours run together, is still told apart.
"""

from __future__ import annotations

from tuisim.figures.drawing.figure import ROLES, Role

#: CSS declarations of each role. Greys paler than 45 % become the background in sixteen colours.
ROLE_STYLES: dict[Role, str] = {
    "blank": "color: $foreground;",
    "frame": "color: $foreground 45%;",
    "label": "color: $foreground 75%;",
    "title": "color: $foreground; text-style: bold;",
    "readout": "color: $foreground; text-style: bold;",
    "hidden": "color: $text-primary; text-style: bold;",
    "gradient": "color: $text-success; text-style: bold;",
    "cell": "color: $foreground; text-style: bold;",
    "theory": "color: $text-warning;",
    "pinned": "color: $foreground 60%;",
    "band": "color: $foreground 45%;",
    "limit": "color: $text-error;",
    "guide": "color: $foreground 45%;",
    "cursor": "color: $foreground 60%;",
    "eigenvalue": "color: $text-primary; text-style: bold;",
    "selected": "color: $text-warning; text-style: bold;",
    "warning": "color: $text-error; text-style: bold;",
    "low": "color: $text-primary;",
    "middle": "color: $text-secondary;",
    "high": "color: $text-accent 75%;",
    "loss": "color: $text-accent; text-style: bold;",
    "accuracy": "color: $text-primary; text-style: bold;",
}


def component_class(widget: str, role: Role) -> str:
    """The CSS class of a role in a widget: plot--hidden."""
    return f"{widget}--{role}"


def role_css(selector: str, widget: str) -> str:
    """CSS rules that give a widget's component classes the colours of the roles."""
    return "\n".join(
        f"{selector} > .{component_class(widget, role)} {{ {ROLE_STYLES[role]} }}" for role in ROLES
    )
