"""Tokens of a tape, each with its place; the lexer follows that of VHS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import attrs

Kind = Literal["word", "number", "string", "regex", "json", "sign", "comment", "end"]

#: The quotes of a string, none of which can stand within its own.
QUOTES = "\"'`"


class TapeError(ValueError):
    """What a tape may not say: where, what was got, what is allowed."""

    def __init__(self, line: int, column: int, said: str) -> None:
        super().__init__(f"line {line}, column {column}: {said}")
        self.line, self.column, self.said = line, column, said


@attrs.frozen
class Token:
    """A piece of the text: `text` without quotes, slashes or the comment's sign."""

    kind: Kind
    text: str
    line: int
    column: int
    #: The place in the text behind it.
    end: int

    def error(self, said: str) -> TapeError:
        """What is wrong with it."""
        return TapeError(self.line, self.column, said)

    @property
    def shown(self) -> str:
        """What was got, for a message."""
        return "the end" if self.kind == "end" else repr(self.text)


_SPACE = re.compile(r"[ \t\r]*")
_SIGNS = "@+%=[]-^\\"
_PIECES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("comment", re.compile(r"#([^\n\r]*)")),
    ("number", re.compile(r"(\.?[0-9][0-9.]*)")),
    ("word", re.compile(r"([A-Za-z.][A-Za-z0-9._/%-]*)")),
    ("sign", re.compile(f"([{re.escape(_SIGNS)}])")),
    ("json", re.compile(r"(\{[^}\n]*\})")),
)
_CLOSED: dict[str, tuple[Kind, re.Pattern[str]]] = {
    quote: ("string", re.compile(f"{quote}([^{quote}\n\r]*){quote}")) for quote in QUOTES
} | {"/": ("regex", re.compile(r"/([^/\n\r]*)/"))}


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a tape's text, the end last.

    Raises:
        TapeError: a character that begins nothing, or a string that is not closed.
    """
    place, line, begun = 0, 1, 0
    while True:
        place = _after_space(text, place)
        if place >= len(text):
            yield Token("end", "", line, place - begun + 1, place)
            return
        if text[place] == "\n":
            place, line = place + 1, line + 1
            begun = place
            continue
        kind, found = _piece(text, place)
        column = place - begun + 1
        if found is None:
            raise TapeError(line, column, _unreadable(text[place], kind))
        place = found.end()
        yield Token(kind, found[1], line, column, place)


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    assert found is not None
    return found.end()


def _piece(text: str, place: int) -> tuple[Kind, re.Match[str] | None]:
    if text[place] in _CLOSED:
        kind, pattern = _CLOSED[text[place]]
        return kind, pattern.match(text, place)
    for kind, pattern in _PIECES:
        found = pattern.match(text, place)
        if found is not None:
            return kind, found
    return "sign", None


def _unreadable(character: str, kind: Kind) -> str:
    if kind in ("string", "regex"):
        return f"{kind}: got {character} without its end, allowed: the same again on this line"
    return f"character: got {character!r}, allowed: commands, strings in quotes, # comments"
