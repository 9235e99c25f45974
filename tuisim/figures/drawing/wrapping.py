"""Texts cut and wrapped to the cells there are, never without a mark. Standard library only."""

from __future__ import annotations

import re
import textwrap

_GAP = re.compile(r"(?<=\S) {2,}(?=\S)")

#: A column of fewer characters is too narrow to be read.
_LEAST_COLUMN = 14


def shortened(text: str, width: int, ascii: bool = False) -> str:
    """At most `width` characters of a text, an ellipsis in the place of the rest."""
    if len(text) <= width:
        return text
    end = "..." if ascii else "…"
    return text[: width - len(end)].rstrip() + end if width > len(end) else text[: max(width, 0)]


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of at most `width` characters, as the terminal's widgets wrap it.

    A word that no line holds is broken, from a line of its own on.
    """
    parts = [
        word[first : first + width] for word in text.split() for first in range(0, len(word), width)
    ]
    return textwrap.wrap(" ".join(parts), width, break_on_hyphens=False, break_long_words=False)


def paragraph(text: str, width: int, most: int, ascii: bool = False) -> list[str]:
    """The same in at most so many lines, an ellipsis in the place of the rest."""
    lines = wrapped(text, width)
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], shortened(" ".join(lines[most - 1 :]), width, ascii)]


def hanging(text: str, width: int) -> str:
    """A text of many lines, what is wrapped indented like the text of its line.

    Of a line with columns, two spaces or more apart, that is the text of the last one.
    """
    return "\n".join(part for line in text.split("\n") for part in _hung(line, width) or [""])


def _hung(line: str, width: int) -> list[str]:
    margin = len(line) - len(line.lstrip())
    indent = max([margin, *(gap.end() for gap in _GAP.finditer(line))])
    if indent > margin and width - indent < _LEAST_COLUMN:
        indent = min(margin + 2, width // 2)
    return textwrap.wrap(line, width, subsequent_indent=" " * indent, break_on_hyphens=False)
