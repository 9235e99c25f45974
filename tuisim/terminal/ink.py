"""Roles as the codes of a terminal, for what is drawn once. Standard library only.

Whether such a terminal is dark or light is not known. So what is written keeps to its own sixteen
colours; only fields of colour, which bring their own light, take more where there are more.
"""

from __future__ import annotations

from collections.abc import Mapping

from tuisim.terminal.palette import PALETTE

_PLAIN = {
    "frame": "2",
    "label": "2",
    "title": "1",
    "readout": "1",
    "hidden": "36",
    "gradient": "32",
    "cell": "35",
    "pinned": "2",
    "band": "2",
    "limit": "31",
    "guide": "2",
    "warning": "1;31",
    "eigenvalue": "36",
    "selected": "33",
    "contour": "1;30",
    "here": "1;30;47",
    "loss": "35",
    "accuracy": "36",
    # Between cold and hot lies the terminal's own colour.
    "neutral": "1",
    "plain": "1",
}


def codes(role: str, ground: str, environ: Mapping[str, str]) -> str:
    """The numbers of an SGR code for a role on a ground; empty where it is as it was."""
    if ground not in ("blank", role):
        many = "256color" in environ.get("TERM", "") or bool(environ.get("COLORTERM"))
        own = _PLAIN.get(role, "39") if role not in PALETTE else _field(role, False, many)
        return own if role == "here" else f"{own};{_field(ground, True, many)}"
    ink = _PLAIN.get(role, "")
    if not ink and role in PALETTE:
        ink = _numbered(PALETTE[role].light_16, False)
    return f"1;7;{ink}" if ground == role != "blank" else ink


def _field(role: str, behind: bool, many: bool) -> str:
    if many:
        return f"{48 if behind else 38};5;{PALETTE[role].dark_256}"
    return _numbered(PALETTE[role].dark_16, behind)


def _numbered(colour: int, behind: bool) -> str:
    return f"{(colour + 30 if colour < 8 else colour + 82) + 10 * behind}"
