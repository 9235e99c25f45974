"""Roles as the codes of a terminal, for what is drawn once. Standard library only.

The colours are the app's, as many as the terminal has. It is taken for a dark one, which most are,
unless it says that it is light; greys are its own, dimmed, and so on any ground.
"""

from __future__ import annotations

from collections.abc import Mapping

from tuisim.terminal.palette import PALETTE, THEMED, Paint, System
from tuisim.terminal.terminal import garbles_colours

_ALL = ("truecolor", "24bit")

#: What has no hue: bold, or dim. Between cold and hot lies the terminal's own colour.
_PLAIN = {
    "frame": "2",
    "label": "2",
    "title": "1",
    "readout": "1",
    "cell": "1",
    "pinned": "2",
    "band": "2",
    "guide": "2",
    "neutral": "1",
    "plain": "1",
}

_BLACK = Paint("#000000", "#000000", 16, 16, 0, 0)
_WHITE = Paint("#ffffff", "#ffffff", 231, 231, 7, 7)


def colour_system(environ: Mapping[str, str]) -> System:
    """How many colours the terminal has, as its variables say it, or the user by Textual's."""
    asked = environ.get("TEXTUAL_COLOR_SYSTEM", "auto")
    if asked in ("truecolor", "256", "standard"):
        return "16" if asked == "standard" else "256" if asked == "256" else "truecolor"
    if environ.get("COLORTERM", "").lower() in _ALL and not garbles_colours(environ):
        return "truecolor"
    term = environ.get("TERM", "")
    return "256" if "256color" in term or "kitty" in term or "STY" in environ else "16"


def is_dark(environ: Mapping[str, str]) -> bool:
    """Whether the ground is dark, by the variable that rxvt, Konsole and others set for it."""
    ground = environ.get("COLORFGBG", "").rpartition(";")[2]
    return not ground.isdecimal() or int(ground) in (*range(7), 8)


def codes(role: str, ground: str, environ: Mapping[str, str]) -> str:
    """The numbers of an SGR code for a role on a ground; empty where it is as it was."""
    system = colour_system(environ)
    if ground not in ("blank", role):
        # A field of colour brings its own light.
        if role == "here":
            return f"1;{_numbers(_BLACK, system)};{_numbers(_WHITE, system, behind=True)}"
        field = _numbers(PALETTE[ground], system, behind=True)
        if role == "contour":
            return f"1;{_numbers(_BLACK, system)};{field}"
        return f"{_numbers(PALETTE[role], system) if role in PALETTE else '39'};{field}"
    paint = None if role in _PLAIN else PALETTE.get(role) or THEMED.get(role)
    ink = _PLAIN.get(role, "") if paint is None else _numbers(paint, system, is_dark(environ))
    if role == "warning":
        ink = f"1;{ink}"
    return f"1;7;{ink}" if ground == role != "blank" else ink


def _numbers(paint: Paint, system: System, dark: bool = True, behind: bool = False) -> str:
    """A colour as an SGR code has it, of what is written or of what lies behind it."""
    first, colour = 48 if behind else 38, paint.on(dark, system)
    if isinstance(colour, str):
        return f"{first};2;" + ";".join(str(one) for one in bytes.fromhex(colour[1:]))
    if system == "256":
        return f"{first};5;{colour}"
    return f"{(colour + 30 if colour < 8 else colour + 82) + 10 * behind}"
