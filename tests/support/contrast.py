"""How well a terminal's cells can be read: contrast, as WCAG 2 defines it, under known palettes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from pyte.screens import Char

_NAMES = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")
_BRIGHT = tuple(f"bright{name}" for name in _NAMES)


def _palette(colours: str, ink: str, paper: str) -> dict[str, str]:
    # pyte spells one of them in its own way.
    named = dict(zip(_NAMES + _BRIGHT, colours.split(), strict=True))
    return named | {"bfightmagenta": named["brightmagenta"], "ink": ink, "paper": paper}


_XTERM = (
    "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 "
    "7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff"
)
_CONSOLE = (
    "000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa "
    "555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff"
)

#: The colours of terminals, and of what has none on them: ink on paper.
PALETTES: Mapping[str, Mapping[str, str]] = {
    "xterm, dark": _palette(_XTERM, "e5e5e5", "000000"),
    "xterm, light": _palette(_XTERM, "000000", "ffffff"),
    "the console": _palette(_CONSOLE, "aaaaaa", "000000"),
}


def contrasts(cells: list[list[Char]], palette: Mapping[str, str]) -> Iterator[tuple[float, Char]]:
    """The contrast, 1 to 21, of each cell in which something stands."""
    for cell in (cell for row in cells for cell in row):
        if cell.data.strip():
            ink, paper = _colour(cell.fg, "ink", palette), _colour(cell.bg, "paper", palette)
            yield contrast(ink, paper), cell


def _colour(name: str, default: str, palette: Mapping[str, str]) -> str:
    return palette.get(default if name == "default" else name, name)


@cache
def contrast(one: str, other: str) -> float:
    """That of two colours."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance, 0 to 1, of a colour in hexadecimal digits."""
    colour = colour.lstrip("#")
    parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
