"""Pictures of the app's screen: as text, SVG, a terminal's codes, HTML. The same at every run."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from textual.app import App
from textual.strip import Strip

from tuisim.tui.shell.picture import picture

#: Pieces of a row: text with a terminal's codes, which begin and end with none, and its cells.
Row: TypeAlias = tuple[tuple[str, int], ...]

#: Textual puts a random number into the ids of a picture.
_IDS = re.compile(r"\bterminal-\d+-")
_PAGE = """<!DOCTYPE html>
<html>
<head><meta charset="utf-8"><title>tuisim</title></head>
<body style="background: {background}; color: {foreground}">
<pre style="font-family: 'Fira Code', Menlo, 'DejaVu Sans Mono', monospace">{code}</pre>
</body>
</html>
"""


def plain_screen(app: App[Any]) -> str:
    """The screen as text, whatever lies on top, with its blanks: a line for each row."""
    return text_of(strips(app))


def text_of(rows: Sequence[Strip]) -> str:
    """Rows of a screen as text."""
    return "\n".join(row.text for row in rows)


def svg(app: App[Any]) -> str:
    """The screen as an SVG."""
    return without_ids(picture(app))


def ansi(app: App[Any]) -> str:
    """The screen as text with codes for 24-bit colours."""
    return "".join("".join(code for code, _ in row) + "\n" for row in coded(strips(app)))


def html(app: App[Any]) -> str:
    """The screen as a page of its own."""
    width, height = app.size
    console = Console(
        width=width,
        height=height,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        legacy_windows=False,
        _environ={},
    )
    for strip in strips(app):
        console.print(_Row(strip), end="\n", soft_wrap=True)
    return console.export_html(code_format=_PAGE, inline_styles=True)


def trimmed(app: App[Any]) -> str:
    """The screen as text, without blanks at the ends of its rows."""
    return "".join(f"{row.rstrip()}\n" for row in plain_screen(app).split("\n"))


def coded(rows: Sequence[Strip]) -> tuple[Row, ...]:
    """The pieces of each row, each with the codes for its look and how many cells it takes."""
    return tuple(tuple(map(_coded, row)) for row in rows)


def strips(app: App[Any]) -> list[Strip]:
    """The rows of the screen, with what is seen of those that lie under it."""
    update: Any = app.screen._compositor.render_update(
        full=True, screen_stack=app._background_screens, simplify=True
    )
    return [Strip.join(row) for row in update.strips]


def without_ids(svg: str) -> str:
    """The picture with the same ids at every run."""
    return _IDS.sub("terminal-", svg)


class _Row:
    """A row as Rich prints it."""

    def __init__(self, strip: Strip) -> None:
        self._strip = strip

    def __rich_console__(self, console: Any, options: Any) -> Any:
        yield from self._strip


@functools.lru_cache(4096)
def _coded(segment: Segment) -> tuple[str, int]:
    code = "" if segment.control else segment.text
    if segment.style is not None and not segment.control:
        code = segment.style.render(segment.text, color_system=ColorSystem.TRUECOLOR)
    return code, segment.cell_length


#: By how a file's name ends.
KINDS: Mapping[str, Callable[[App[Any]], str]] = {
    ".svg": svg,
    ".txt": trimmed,
    ".ans": ansi,
    ".html": html,
}
