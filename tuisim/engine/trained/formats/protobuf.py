"""Messages of protocol buffers, field by field and without their schema.

A model is one message with its arrays inside. Read here, what nobody asks for is passed over in the
file; a library reads it all into memory first.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from typing import IO

import attrs

#: Fields of a file; a graph of a hundred thousand nodes has two million.
MOST_FIELDS = 20_000_000
#: Messages up to so many bytes are read whole before they are taken apart.
_SMALL = 1 << 20
#: Bytes of a text.
_LONGEST_TEXT = 1 << 16


class Budget:
    """How many fields are left before a file is held to be hostile."""

    def __init__(self) -> None:
        self.left = MOST_FIELDS

    def spend(self) -> None:
        """Take one.

        Raises:
            ValueError: there is none left.
        """
        self.left -= 1
        if self.left < 0:
            raise ValueError(f"the file has over {MOST_FIELDS} fields")


@attrs.frozen(eq=False)
class Piece:
    """Bytes of a file: a message, a text or numbers, as whoever reads it knows."""

    file: IO[bytes]
    start: int
    length: int
    budget: Budget

    def read(self, offset: int = 0, count: int | None = None) -> bytes:
        """The bytes.

        Raises:
            ValueError: the file has no such bytes.
        """
        count = self.length - offset if count is None else count
        self.file.seek(self.start + offset)
        data = self.file.read(count) if offset >= 0 and offset + count <= self.length else b""
        if len(data) != count:
            raise ValueError("the file is cut off")
        return data

    def text(self) -> str:
        """The bytes as a text, what is no UTF-8 replaced."""
        if self.length > _LONGEST_TEXT:
            raise ValueError(f"the file holds a name of {self.length} bytes")
        return self.read().decode("utf-8", "replace")

    def message(self) -> Message:
        """The bytes as a message.

        Raises:
            ValueError: they are none.
        """
        found: dict[int, list[int | Piece]] = defaultdict(list)
        if self.length <= _SMALL:
            source: IO[bytes] = io.BytesIO(self.read())
        else:
            source = self.file
            source.seek(self.start)
        first = source.tell()
        while (at := source.tell() - first) < self.length:
            self.budget.spend()
            tag = _varint(source)
            kind = tag & 7
            if kind == 0:
                found[tag >> 3].append(_varint(source))
                continue
            if kind not in (1, 2, 5):
                raise ValueError("the file is damaged: a field of no known kind")
            length = _varint(source) if kind == 2 else {1: 8, 5: 4}[kind]
            at = source.tell() - first
            if at + length > self.length:
                raise ValueError("the file is cut off or damaged")
            found[tag >> 3].append(Piece(self.file, self.start + at, length, self.budget))
            source.seek(length, io.SEEK_CUR)
        return Message(found)

    def varints(self) -> Iterator[int]:
        """The bytes as packed whole numbers."""
        source = io.BytesIO(self.read())
        while source.tell() < self.length:
            self.budget.spend()
            yield _varint(source)


@attrs.frozen(eq=False)
class Message:
    """The fields of a message by their numbers; a field may be there many times."""

    fields: dict[int, list[int | Piece]]

    def pieces(self, number: int) -> list[Piece]:
        """A field of texts, messages or numbers of fixed length."""
        return [one for one in self.fields.get(number, ()) if isinstance(one, Piece)]

    def messages(self, number: int) -> list[Message]:
        """A field of messages."""
        return [one.message() for one in self.pieces(number)]

    def texts(self, number: int) -> list[str]:
        """A field of texts."""
        return [one.text() for one in self.pieces(number)]

    def text(self, number: int) -> str:
        """The last text of a field, or ""."""
        return (self.texts(number) or [""])[-1]

    def integers(self, number: int) -> list[int]:
        """A field of whole numbers, packed or not, as signed ones of 64 bits."""
        found: list[int] = []
        for one in self.fields.get(number, ()):
            found += [one] if isinstance(one, int) else one.varints()
        return [one - (1 << 64) if one >> 63 else one for one in found]

    def integer(self, number: int, default: int = 0) -> int:
        """The last whole number of a field."""
        return (self.integers(number) or [default])[-1]


def _varint(source: IO[bytes]) -> int:
    found = 0
    for shift in range(0, 70, 7):
        byte = source.read(1)
        if not byte:
            raise ValueError("the file is cut off")
        found |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return found & 0xFFFF_FFFF_FFFF_FFFF
    raise ValueError("the file is damaged: a number without end")
