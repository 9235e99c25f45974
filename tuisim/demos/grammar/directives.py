"""Directives: what a tape says in comments, which VHS passes over."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping

from tuisim.demos.grammar.fields import (
    IN_WORDS,
    NAMES,
    SHOWN,
    check_expected,
    is_number,
    near,
    number,
)
from tuisim.demos.grammar.tape import Caption, Expect, Note, Step
from tuisim.demos.grammar.tokens import TapeError, Token

#: The sizes that a tape may be made for, as columns and rows.
SMALLEST, LARGEST = (40, 12), (500, 160)

Directive = Step | Caption | Note | Expect | tuple[int, int]

#: What a caption may have in braces.
_SHOWN = (*NAMES, *IN_WORDS)

_DIRECTIVE = re.compile(r"\s*(step|caption|note|size|expect)(?:\s+|$)(.*)")
_SIZE = re.compile(r"(\d+)[x×](\d+)")
_EXPECT = re.compile(r"(\S+)\s+(.+?)(?:\s+within\s+(\S+))?")


def directive(comment: Token) -> Directive | None:
    """What a comment says to us: a command, or the size; None where it is for people alone.

    Raises:
        TapeError: it begins as one of ours and does not go on so.
    """
    found = _DIRECTIVE.fullmatch(comment.text)
    if found is None:
        return None
    text = found[2].rstrip()
    # The sign # stands before the comment's text.
    column = comment.column + 1 + found.start(2)
    if not text.isprintable():
        raise TapeError(comment.line, column, f"{found[1]}: got {text!r}, allowed: printable text")
    return _READ[found[1]](text, comment.line, column)


def meant(comment: Token) -> str:
    """What of ours a comment for people seems to be meant for, misspelt: "expect"; else ""."""
    word = comment.text.split()[0] if comment.text.split() else ""
    close = difflib.get_close_matches(word, [*_READ], 1, 0.7)
    return close[0] if close and close[0] != word else ""


def _step(text: str, line: int, column: int) -> Step:
    if not text:
        raise TapeError(line, column, "step: got no name, allowed: # step NAME")
    return Step(text, line=line)


def _caption(text: str, line: int, column: int) -> Caption:
    for one in SHOWN.finditer(text):
        if one[1] not in _SHOWN:
            said = f"caption: got {one[0]}{near(one[1], _SHOWN, '{{{}}}')}"
            said = f"{said}, allowed in braces: {', '.join(_SHOWN)}"
            raise TapeError(line, column + one.start(), said)
    return Caption(text, line=line)


def _note(text: str, line: int, column: int) -> Note:
    return Note(text, line=line)


def _size(text: str, line: int, column: int) -> tuple[int, int]:
    found = _SIZE.fullmatch(text)
    size = (int(found[1][:9]), int(found[2][:9])) if found else (0, 0)
    if not all(low <= one <= high for low, one, high in zip(SMALLEST, size, LARGEST, strict=True)):
        ends = ("x".join(map(str, one)) for one in (SMALLEST, LARGEST))
        raise TapeError(line, column, f"size: got {text!r}, allowed: {'…'.join(ends)}")
    return size


def _expect(text: str, line: int, column: int) -> Expect:
    found = _EXPECT.fullmatch(text)
    if found is None:
        said = f"expect: got {text!r}, allowed: # expect FIELD VALUE [within D]"
        raise TapeError(line, column, said)
    field, value = found[1], found[2]
    try:
        check_expected(field, value)
    except ValueError as error:
        raise TapeError(line, column, str(error)) from None
    return Expect(field, value, _within(field, value, found[3], line, column), line=line)


def _within(field: str, value: str, text: str | None, line: int, column: int) -> float | None:
    if text is None:
        return None
    allowed, read = number(text), number(value)
    if not is_number(field) or read is None or not read.is_finite():
        raise TapeError(line, column, f"{field}: got within {text}, allowed: beside a number")
    if allowed is None or not allowed.is_finite() or allowed < 0:
        raise TapeError(line, column, f"within: got {text!r}, allowed: a number that is 0 or more")
    return float(allowed)


_READ: Mapping[str, Callable[[str, int, int], Directive]] = {
    "step": _step,
    "caption": _caption,
    "note": _note,
    "size": _size,
    "expect": _expect,
}
