"""The screen as an SVG in which every character stays in its cell."""

from __future__ import annotations

import html
import itertools
import re
from typing import Any

from rich.cells import cell_len
from textual.app import App

_TEXT = re.compile(
    r'<text class="([^"]*-r\d+)" x="([^"]*)" y="([^"]*)" textLength="([^"]*)"([^>]*)>(.*?)</text>'
)


def picture(app: App[Any]) -> str:
    """An SVG of what the app shows now."""
    return aligned(app.export_screenshot(title="tuisim", simplify=True))


def aligned(svg: str) -> str:
    """The same, with characters of different kinds in text elements of their own.

    A viewer without the picture's font takes braille, lines and letters from several, whose
    widths differ; stretched to a length together, they would all leave their columns.
    """
    return _TEXT.sub(_pieces, svg)


def _pieces(match: re.Match[str]) -> str:
    style, x, y, length, rest, escaped = match.groups()
    text = html.unescape(escaped)
    if text.isascii():
        return match.group(0)
    cell = float(length) / cell_len(text)
    found, column = [], 0
    for kind, group in itertools.groupby(text, _kind):
        piece = "".join(group)
        cells = cell_len(piece)
        if kind != "blank":
            found.append(
                f'<text class="{style}" x="{float(x) + column * cell:.1f}" y="{y}" '
                f'textLength="{cells * cell:.1f}"{rest}>{html.escape(piece)}</text>'
            )
        column += cells
    return "".join(found)


def _kind(one: str) -> str:
    if one in " \xa0\u2800":
        return "blank"
    if one.isascii():
        return "ascii"
    code = ord(one)
    if 0x2500 <= code < 0x2580:
        return "lines"
    return "braille" if 0x2800 <= code < 0x2900 else one
