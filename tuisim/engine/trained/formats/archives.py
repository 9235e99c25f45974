"""Zip archives whose members are read in part, and never longer than they claim to be."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

from tuisim.engine.trained.stored import Region

#: Bytes of a member that is unpacked into memory whole.
MOST_BYTES = 1 << 30

_HEADER = struct.Struct("<4s22xHH")


class Archive:
    """The members of a zip archive.

    Raises:
        ValueError: the archive is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        #: The newest member that had to be unpacked: its parts are asked for one after another.
        self._unpacked = "", b""
        with zipfile.ZipFile(path) as archive:
            self._members = {info.filename: info for info in archive.infolist()}
        if any(info.header_offset < 0 for info in self._members.values()):
            raise ValueError("the archive is damaged: its directory points before its start")

    @property
    def names(self) -> tuple[str, ...]:
        """The members' names, in the archive's order."""
        return tuple(self._members)

    def size(self, name: str) -> int:
        """Bytes of a member, unpacked, as the archive claims them."""
        return self._info(name).file_size

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """A member whole.

        Raises:
            ValueError: there is none, it is damaged, or longer than `most`.
        """
        info = self._info(name)
        if info.file_size > most:
            raise ValueError(f"{name} has {info.file_size} bytes; at most {most} are read of it")
        with zipfile.ZipFile(self.path) as archive, archive.open(info) as file:
            data = file.read(info.file_size + 1)
        if len(data) != info.file_size:
            raise ValueError(f"the file is cut off in {name}")
        return data

    def part(self, name: str, offset: int, count: int) -> bytes:
        """Bytes of a member; of one that is not compressed only these are read.

        Raises:
            ValueError: the archive has no such bytes.
        """
        info = self._info(name)
        if offset < 0 or count < 0 or offset + count > info.file_size:
            raise ValueError(f"the file is cut off: {name} lacks bytes of an array")
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            if self._unpacked[0] != name:
                self._unpacked = name, self.read(name)
            return self._unpacked[1][offset : offset + count]
        # How long the name is here may differ from what the directory says.
        head = Region(self.path, info.header_offset, _HEADER.size).read(0, _HEADER.size)
        magic, name_length, extra_length = _HEADER.unpack(head)
        if magic != b"PK\3\4":
            raise ValueError(f"the archive is damaged at {name}")
        start = info.header_offset + _HEADER.size + name_length + extra_length
        return Region(self.path, start, info.file_size).read(offset, count)

    def _info(self, name: str) -> zipfile.ZipInfo:
        if name not in self._members:
            raise ValueError(f"the archive lacks {name}")
        return self._members[name]
