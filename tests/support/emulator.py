"""A terminal's other half: what it shows and which of its modes are set, after what a program sent.

pyte draws; the sequences that it would print, or does not know, are answered for here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import attrs
import pyte
from pyte.screens import Char

_ESCAPE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P_^X].*?(?:\x07|\x1b\\)|[ -/]*[0-OQ-WYZ\\`-~])", re.DOTALL
)
#: What may yet become one. The last takes a lone escape, and the beginning of a string.
_BEGUN = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[\]P_^X](?:(?!\x07|\x1b\\).)*|[ -/]*)\Z", re.DOTALL)
_PRIVATE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_ASKED = re.compile(rb"\x1b\[\?([0-9]+)\$p")
_KEYBOARD = re.compile(rb"\x1b\[([<>=])[0-9;]*u")
_STRING = re.compile(rb"\x1b\]([0-9]+);(.*?)(?:\x07|\x1b\\)", re.DOTALL)
#: What pyte understands of a control sequence: no private marks, no colons, no intermediates.
_PLAIN = re.compile(rb"\x1b\[[0-9;]*[@-~]")

_STYLE = re.compile(rb"\x1b\[([0-9;]*)m")
_SIXTEEN = {*range(30, 38), *range(40, 48), *range(90, 98), *range(100, 108)}

#: Set in a terminal that nobody has told anything: lines wrap, and the cursor shows.
_USUAL = frozenset({7, 25})
_ALTERNATE, _CURSOR, _WRAP = 1049, 25, 7


@attrs.frozen
class State:
    """All that a program can leave behind in a terminal, but for what stands on it."""

    #: The private modes that are set: 1049 the other screen, 1000 and on the mouse, 2004 pastes.
    modes: frozenset[int] = _USUAL
    #: How many keyboard protocols were asked for and not taken back.
    keyboards: int = 0
    title: str = ""
    pointer: str = "default"
    #: Whether what is printed next has neither a colour nor anything else of its own.
    plain: bool = True


class Emulator:
    """A terminal of a size; what it answers goes to `answer`."""

    def __init__(
        self,
        columns: int,
        rows: int,
        answer: Callable[[bytes], object] = lambda data: None,
        knows: frozenset[int] = frozenset({2026}),
        alternate: bool = True,
    ) -> None:
        """An empty one.

        Args:
            columns, rows: its size.
            answer: called with what goes back to the program.
            knows: modes that it says it has, where it is asked.
            alternate: whether it has another screen for programs that fill it.
        """
        self._answer, self._knows, self.alternate = answer, knows, alternate
        self._screens = [pyte.Screen(columns, rows) for _ in range(2)]
        self._streams = [pyte.ByteStream(one) for one in self._screens]
        self._modes = set(_USUAL)
        self._keyboards = [0, 0]
        self._title, self._pointer = "", "default"
        self._held = b""
        #: In what the program has named colours: "16 colours", "256 colours", "24-bit colour".
        self.colours: set[str] = set()

    @property
    def _shown(self) -> int:
        return int(_ALTERNATE in self._modes)

    @property
    def screen(self) -> pyte.Screen:
        """The screen that shows."""
        return self._screens[self._shown]

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return self.screen.columns, self.screen.lines

    @property
    def rows(self) -> list[str]:
        """What shows, as text."""
        # pyte's own display fails where the right half of a wide character alone is left.
        shown = self.screen
        rows, columns = range(shown.lines), range(shown.columns)
        return ["".join(shown.buffer[y][x].data for x in columns).rstrip() for y in rows]

    @property
    def text(self) -> str:
        """All rows."""
        return "\n".join(self.rows)

    @property
    def cells(self) -> list[list[Char]]:
        """What shows, cell by cell, with its colours, but for the ink of what is blank."""
        shown = self.screen
        columns, rows = range(shown.columns), range(shown.lines)
        return [[_seen(shown.buffer[row][column]) for column in columns] for row in rows]

    @property
    def state(self) -> State:
        """What a program has left behind."""
        pen = self.screen.cursor.attrs
        return State(
            frozenset(self._modes),
            sum(self._keyboards),
            self._title,
            self._pointer,
            pen == self.screen.default_char._replace(data=pen.data),
        )

    def resize(self, columns: int, rows: int) -> None:
        """Take another size."""
        for one in self._screens:
            one.resize(rows, columns)

    def feed(self, data: bytes) -> None:
        """Take what a program sent; an unfinished sequence is kept for the next time."""
        data = self._held + data
        begun = _BEGUN.search(data)
        self._held = begun[0] if begun else b""
        data = data[: len(data) - len(self._held)]
        place = 0
        for found in _ESCAPE.finditer(data):
            self._print(data[place : found.start()])
            self._obey(found[0])
            place = found.end()
        self._print(data[place:])

    def _print(self, data: bytes) -> None:
        if data:
            self._streams[self._shown].feed(data)

    def _obey(self, sequence: bytes) -> None:
        if asked := _ASKED.fullmatch(sequence):
            mode = int(asked[1])
            state = 0 if mode not in self._knows else 1 if mode in self._modes else 2
            self._answer(b"\x1b[?%d;%d$y" % (mode, state))
        elif private := _PRIVATE.fullmatch(sequence):
            for number in private[1].split(b";"):
                self._set(int(number), private[2] == b"h")
        elif keyboard := _KEYBOARD.fullmatch(sequence):
            more = {b">": 1, b"<": -1, b"=": 0}[keyboard[1]]
            self._keyboards[self._shown] = max(self._keyboards[self._shown] + more, 0)
        elif string := _STRING.fullmatch(sequence):
            self._take(int(string[1]), string[2])
        elif style := _STYLE.fullmatch(sequence):
            self._note_colours(style[1].split(b";"))
            self._print(sequence)
        elif _PLAIN.fullmatch(sequence) or sequence[1:2] not in b"[]P_^X":
            self._print(sequence)

    def _set(self, mode: int, on: bool) -> None:
        if mode == _ALTERNATE and not self.alternate:
            return
        if mode == _ALTERNATE and on and not self._shown:
            self._screens[1].reset()
        (self._modes.add if on else self._modes.discard)(mode)
        if mode in (_CURSOR, _WRAP):
            for stream in self._streams:
                stream.feed(b"\x1b[?%d%c" % (mode, b"lh"[on]))

    def _note_colours(self, numbers: list[bytes]) -> None:
        place = 0
        while place < len(numbers):
            number = int(numbers[place] or 0)
            if number in (38, 48):
                whole = numbers[place + 1] == b"2"
                self.colours.add("24-bit colour" if whole else "256 colours")
                place += 4 if whole else 2
            elif number in _SIXTEEN:
                self.colours.add("16 colours")
            place += 1

    def _take(self, number: int, text: bytes) -> None:
        if number in (0, 2):
            self._title = text.decode()
        elif number == 22:
            self._pointer = text.decode()


def _seen(cell: Char) -> Char:
    inked = cell.data.strip() or cell.reverse or cell.underscore or cell.strikethrough
    return cell if inked else cell._replace(fg="default", bold=False, italics=False)
