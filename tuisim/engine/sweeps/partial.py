"""The file that an interrupted sweep goes on from.

Its first line says of what it is; each further line holds a piece of work, and is written in one
go. A line that was cut off by the end of the process, or of the machine, is not read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import attrs

from tuisim.engine.sweeps.grid import Grid, Part
from tuisim.engine.sweeps.values import Found
from tuisim.system.files import locked


@attrs.define(eq=False)
class Partial:
    """What was found so far, and the open file that more of it goes to."""

    found: dict[Part, Found]
    _file: IO[str]
    #: The first line, where it is not there yet: what holds no work is nothing to go on from.
    _head: str

    def add(self, parts: Sequence[Part], found: Sequence[Found]) -> None:
        """Keep a piece of work.

        Raises:
            OSError: the disk is full; names the file.
        """
        values = [_written(one.value) for one in found]
        reasons = {place: one.reason for place, one in enumerate(found) if one.reason}
        line = {"parts": parts, "values": values, "reasons": reasons}
        try:
            self._file.write(self._head + json.dumps(line, separators=(",", ":")) + "\n")
            self._file.flush()
        except OSError as error:
            # Its buffer would be written, and the error raised, once more.
            with suppress(OSError):
                self._file.close()
            raise OSError(error.errno, error.strerror, self._file.name) from None
        self._head = ""


@contextmanager
def open_partial(path: Path, grid: Grid) -> Iterator[Partial]:
    """Read what there is of this grid, and open the file for more; without any, none is left.

    Raises:
        ValueError: it is of another sweep, or of another version's, or another process has it.
        OSError: it cannot be read or written.
    """
    head = json.dumps({"digest": grid.digest(), **grid.described()})
    with path.open("a", encoding="utf-8", newline="") as out:
        # Two sweeps of which each begins the file would leave what is of neither.
        if not locked(out.fileno(), alone=True):
            raise ValueError(f"{path}: another command works on it; allowed: another --out")
        found, length = _kept(path, head, grid)
        try:
            out.truncate(length)
            yield Partial(found, out, "" if length else head + "\n")
        finally:
            # A full disk may have cut even the first line short.
            with suppress(FileNotFoundError):
                with path.open("rb") as left:
                    whole_head = left.readline().endswith(b"\n")
                if not whole_head:
                    path.unlink()


def _kept(path: Path, head: str, grid: Grid) -> tuple[dict[Part, Found], int]:
    """What there is of this grid, and how many bytes hold it whole."""
    found: dict[Part, Found] = {}
    content = path.read_bytes()
    lines = content.decode("utf-8", "replace").split("\n")
    # What follows the last end of a line was cut off.
    whole, rest = lines[:-1], lines[-1]
    if whole[:1] not in ([], [head]) or (not whole and not head.startswith(rest)):
        raise ValueError(
            f"{path}: got a partial file of another sweep, or of another version's; allowed: this "
            "one's (remove it to begin anew)"
        )
    for line in whole[1:]:
        found |= _read(line, grid)
    return found, content.rfind(b"\n") + 1


def _read(line: str, grid: Grid) -> dict[Part, Found]:
    """The parts of a line; none where it is damaged, so that they are done again."""
    try:
        content = json.loads(line)
        parts = [tuple(map(int, part)) for part in content["parts"]]
        values = [float(one) for one in content["values"]]
        reasons = {int(place): str(one) for place, one in content["reasons"].items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}
    if not all(map(grid.holds, parts)) or len(values) != len(parts):
        return {}
    return {
        part: Found(value, reasons.get(place, ""))
        for place, (part, value) in enumerate(zip(parts, values, strict=True))
    }


def _written(value: float) -> Any:
    # The shortest digits that read back as the same number; JSON has no inf and nan.
    return value if math.isfinite(value) else str(value)
