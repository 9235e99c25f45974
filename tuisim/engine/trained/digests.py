"""The digest of the files that a net lies in, which is worked out when it is first asked for."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from functools import cached_property

import attrs

#: What tells that a file was written again.
Stamp = tuple[int, int, int]


def stamps_of(paths: Iterable[str | os.PathLike[str]]) -> list[Stamp]:
    """Each file as it is now; raises OSError where one is missing."""
    found = map(os.stat, paths)
    return [(one.st_ino, one.st_size, one.st_mtime_ns) for one in found]


def _now(digest: FileDigest) -> list[Stamp]:
    return stamps_of(digest.paths)


@attrs.frozen(eq=False, slots=False)
class FileDigest:
    """SHA-256 of files as they are when this is made, one after another.

    Attributes:
        paths: the file, then those that its arrays lie in beside it.
    """

    paths: tuple[str | os.PathLike[str], ...]
    _stamps: list[Stamp] = attrs.field(
        init=False, repr=False, default=attrs.Factory(_now, takes_self=True)
    )

    def __call__(self) -> str:
        """Give it.

        Raises:
            ValueError: one of the files changed since.
        """
        return self._digest

    @cached_property
    def _digest(self) -> str:
        found = hashlib.sha256()
        for path in self.paths:
            with open(path, "rb") as file:
                hashlib.file_digest(file, lambda: found)
        if _now(self) != self._stamps:
            raise ValueError(f"{self.paths[0]}: changed since it was read")
        return found.hexdigest()
