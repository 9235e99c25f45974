"""The log of a training, JSON lines or CSV with a header, read on as it grows.

Memory is bounded however long it is: beyond a number of values neighbours are kept together, by
threes, as their least, their median and their greatest. Medians of medians of three are the
remedian of Rousseeuw and Bassett (J. Am. Stat. Assoc. 85, 1990).
"""

from __future__ import annotations

import codecs
import csv
import itertools
import json
import math
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from tuisim.figures.drawing.figure import Floats
from tuisim.figures.views.logged import Column

#: What the updates may be called, the first that there is.
UPDATES = ("step", "global_step", "update", "updates", "iteration", "iter", "epoch")
#: Entries of a column, a power of three, and columns: those beyond are left out.
MOST_ENTRIES = 3**11
MOST_COLUMNS = 64
#: A line has no more bytes than this; so many are read at once.
_LONGEST_LINE = 1 << 20
_AT_ONCE = 1 << 20
#: By so many bytes before the place that was read up to a file is known again.
_KNOWN_BYTES = 64
#: No update is farther from 0: an axis as long would leave float64.
_FARTHEST = 1e300
#: Names within names are followed so far.
_DEEPEST = 4
_DELIMITERS = ",\t;"

_NO_LOG = "no log: neither JSON lines, nor CSV with a header and a column of numbers"


class Growing:
    """A column that grows."""

    def __init__(self, name: str) -> None:
        """Empty."""
        self.name = name
        self._together = 1
        # x, low, middle, high, bad.
        self._entries = np.empty((5, 0))
        # Single values that are not yet an entry.
        self._left = np.empty((2, 0))
        self._last = -math.inf

    def extend(self, x: Floats, y: Floats) -> None:
        """Add values; where x goes back, what was there from that place on is gone."""
        for first, last in _rising(x):
            # Where it stays, as in an epoch of many rows, nothing is gone.
            if x[first] < self._last:
                self._cut(float(x[first]))
            self._add(x[first:last], y[first:last])
            self._last = float(x[last - 1])

    def column(self) -> Column:
        """What there is by now."""
        entries = np.concatenate([self._entries, _entry(self._left)], axis=1)
        x, low, middle, high, bad = entries
        return Column(self.name, x, low, middle, high, bad.astype(np.int8), self._together)

    def _add(self, x: Floats, y: Floats) -> None:
        self._left = np.concatenate([self._left, np.stack([x, y])], axis=1)
        while self._left.shape[1] >= self._together:
            whole = self._left.shape[1] // self._together
            take = min(whole, MOST_ENTRIES - self._entries.shape[1])
            values = self._left[:, : take * self._together]
            self._left = self._left[:, take * self._together :]
            groups = values.reshape(2, take, self._together)
            self._entries = np.concatenate([self._entries, _entries(groups)], axis=1)
            if self._entries.shape[1] == MOST_ENTRIES:
                self._fold()

    def _fold(self) -> None:
        x, low, middle, high, bad = (one.reshape(-1, 3) for one in self._entries)
        self._entries = np.stack(
            [
                x[:, 0],
                _ignoring(np.fmin, low),
                _median(middle),
                _ignoring(np.fmax, high),
                bad.max(axis=1),
            ]
        )
        self._together *= 3

    def _cut(self, x: float) -> None:
        if self._left.shape[1]:
            self._left = self._left[:, self._left[0] < x]
        if not self._left.shape[1]:
            self._entries = self._entries[:, : int(np.searchsorted(self._entries[0], x))]


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A log, to be read; a pipe is not waited for until somebody writes into it.

    Raises:
        OSError: it cannot be opened.
        ValueError: it is no file.
    """
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("a pipe or a device, and no file")
        yield file


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


class LogReader:
    """A log by its path, and what was read of it so far."""

    def __init__(self, path: Path) -> None:
        """Nothing is read yet."""
        self.path = path
        self._forget()
        #: How often the file was begun anew.
        self.renewed = 0

    def _forget(self, label: str = "") -> None:
        self._file: int | None = None
        self._at = 0
        self._known = b""
        # Until a row fits to it a header may be but a line of text that came before.
        self._kind, self._fits = "", False
        self._header: list[str] = []
        self._delimiter = ","
        self._columns: dict[str, Growing] = {}
        # The last x and epoch, and what is added where updates are counted anew in each.
        self._last, self._epoch, self._added = -math.inf, -math.inf, 0.0
        # Lines so far, and the first that was not UTF-8.
        self._lines = self._foreign = 0
        #: What the updates are called; "row" where the log has no name for them.
        self.label = label
        #: Rows with a number, lines that could not be read, and columns left out.
        self.rows = self.skipped = self.left_out = 0

    @property
    def columns(self) -> dict[str, Column]:
        """What was logged, in the order in which the log has it."""
        return {name: one.column() for name, one in self._columns.items()}

    def read_on(self, *, whole: bool = False) -> Iterator[float]:
        """Read what was written since, a piece at a time; gives the share that is read.

        Args:
            whole: a last line without an end is one too, if it can be read.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is no log.
        """
        try:
            with opened(self.path) as file:
                yield from self._from(file, whole)
        except ValueError as error:
            raise ValueError(f"{self.path}: {error}") from None

    def _from(self, file: BinaryIO, whole: bool) -> Iterator[float]:
        found = os.fstat(file.fileno())
        if self._is_another(file, found):
            self.renewed += self._file is not None
            self._forget()
        self._file = found.st_ino
        file.seek(self._at)
        rest = b""
        while piece := file.read(_AT_ONCE):
            lines, end, rest = (rest + piece).rpartition(b"\n")
            if end:
                self._at = file.tell() - len(rest)
                label = self.label
                self._take(lines.split(b"\n"))
                if label == "row" != self.label:
                    # The first rows had no name for the updates, but others have.
                    self._forget(self.label)
                    self._file, rest = found.st_ino, b""
                    file.seek(0)
                    continue
                self._known = (self._known + lines + end)[-_KNOWN_BYTES:]
                yield self._at / max(found.st_size, self._at, 1)
            elif len(rest) > _LONGEST_LINE:
                raise ValueError(f"a line of over {_LONGEST_LINE >> 20} MiB")
        if whole and rest:
            skipped = self.skipped
            self._take([rest])
            # Half of one is nothing that could not be read.
            self.skipped = skipped
            yield 1.0
        if whole and not self._columns:
            raise ValueError(self._no_log() if self._at or rest else "the file is empty")

    def _is_another(self, file: BinaryIO, found: os.stat_result) -> bool:
        """Whether the file was replaced, cut off or written anew."""
        if self._file != found.st_ino or found.st_size < self._at:
            return True
        file.seek(self._at - len(self._known))
        return file.read(len(self._known)) != self._known

    def _take(self, lines: Iterable[bytes]) -> None:
        rows = [numbers for row in self._rows(lines) if (numbers := dict(_numbers(row)))]
        if self.label in ("", "row"):
            self.label = _label_of(rows)
        x: dict[str, list[float]] = {}
        y: dict[str, list[float]] = {}
        for numbers in rows:
            at = self._place(numbers)
            for name, value in numbers.items():
                if name not in (self.label, "row"):
                    x.setdefault(name, []).append(at)
                    y.setdefault(name, []).append(value)
        for name in x:
            if name not in self._columns and len(self._columns) >= MOST_COLUMNS:
                self.left_out += 1
                continue
            column = self._columns.setdefault(name, Growing(name))
            column.extend(np.array(x[name]), np.array(y[name]))

    def _place(self, numbers: Mapping[str, float]) -> float:
        """At which update a row stands."""
        self.rows += 1
        if self.label == "row":
            return float(self.rows - 1)
        at = numbers.get(self.label, math.nan)
        if not abs(at) < _FARTHEST:
            return self._last if math.isfinite(self._last) else 0.0
        epoch = numbers.get("epoch", self._epoch)
        if at + self._added <= self._last and epoch > self._epoch > -math.inf:
            # Updates that are counted anew in each epoch go on where the last one ended.
            self._added = self._last + 1.0 - at
        self._last, self._epoch = at + self._added, epoch
        return self._last

    def _rows(self, lines: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
        for line in lines:
            self._lines += 1
            try:
                text = line.removeprefix(codecs.BOM_UTF8).decode().strip()
            except UnicodeDecodeError:
                self._foreign = self._foreign or self._lines
                text = line.decode("utf-8", "replace").strip()
            if not text:
                continue
            if not self._fits and text.startswith("{") and _object(text) is not None:
                self.skipped += self._kind == "csv"
                self._kind = "json"
            row = _object(text) if self._kind == "json" else self._cells(text)
            if row is not None:
                self._fits = True
                yield row
            elif self._fits or not self._begins(text):
                self.skipped += 1

    def _no_log(self) -> str:
        foreign = f"; line {self._foreign} is not text in UTF-8" if self._foreign else ""
        return f"{_NO_LOG}{foreign}"

    def _begins(self, text: str) -> bool:
        """Whether a line is the header of a CSV."""
        if "\0" in text:
            raise ValueError(self._no_log())
        delimiter = max(_DELIMITERS, key=text.count)
        try:
            header = [one.strip() for one in next(csv.reader([text], delimiter=delimiter))]
        except csv.Error:
            return False
        # The index that pandas writes has no name, and begins anew where frames are appended.
        header[0] = header[0] or "row"
        named = all(one and _number(one) is None for one in header)
        words = len(header) == 1 and " " in text
        if not named or words or text.startswith("[") or len({*header}) < len(header):
            return False
        # What was taken for one before was none.
        self.skipped += self._kind == "csv"
        self._kind, self._header, self._delimiter = "csv", header, delimiter
        return True

    def _cells(self, text: str) -> Mapping[str, Any] | None:
        try:
            cells = next(csv.reader([text], delimiter=self._delimiter))
        except csv.Error:
            return None
        if len(cells) != len(self._header) or all(_number(one) is None for one in cells):
            return None
        return dict(zip(self._header, cells, strict=True))


def _label_of(rows: Iterable[Mapping[str, float]]) -> str:
    """What rows call the updates; "row" where they have no name for them."""
    names = dict.fromkeys(name for row in rows for name in row)
    parts = {name: re.split("[./]", name.lower()) for name in reversed([*names])}
    # Of several, the one within the fewest others, then the first.
    deepest_first = sorted(parts, key=lambda name: -len(parts[name]))
    short = {parts[name][-1].strip("_"): name for name in deepest_first}
    return next((short[one] for one in UPDATES if one in short), "row")


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _numbers(row: Mapping[str, Any], lead: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    """The numbers of a row by their names; those within others behind the names of these."""
    for name, value in row.items():
        if type(value) is float:
            # What most are; the rest of this takes most of the time of reading.
            yield f"{lead}{name}", value
        elif isinstance(value, dict) and depth < _DEEPEST:
            yield from _numbers(value, f"{lead}{name}.", depth + 1)
        elif (found := _number(value)) is not None:
            yield f"{lead}{name}", found


def _number(value: Any) -> float | None:
    """A number, also one that is written as a word: NaN, Infinity, -inf."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except ValueError:
        return None
    except OverflowError:
        return math.inf if value > 0 else -math.inf  # type: ignore[operator]


def _rising(x: Floats) -> Iterator[tuple[int, int]]:
    """The stretches of x in which it never goes back."""
    breaks = [0, *(np.flatnonzero(np.diff(x) < 0) + 1).tolist(), len(x)]
    yield from itertools.pairwise(breaks)


def _entries(groups: Floats) -> Floats:
    """Of values (2, entries, together) the entries, (5, entries)."""
    x, y = groups
    known = np.where(np.isfinite(y), y, np.nan)
    bad = np.select([np.isnan(y), y == np.inf, y == -np.inf], [3.0, 2.0, 1.0]).max(axis=1)
    return np.stack(
        [x[:, 0], _ignoring(np.fmin, known), _median(known), _ignoring(np.fmax, known), bad]
    )


def _entry(left: Floats) -> Floats:
    return _entries(left[:, np.newaxis]) if left.shape[1] else np.empty((5, 0))


def _ignoring(of: np.ufunc, values: Floats) -> Floats:
    """Along the rows; nan is left out where there is something else."""
    found: Floats = of.reduce(values, axis=1)
    return found


def _median(values: Floats) -> Floats:
    """Along the rows, without nan."""
    if values.shape[1] == 1:
        return values[:, 0]
    found = np.full(len(values), np.nan)
    some = np.isfinite(values).any(axis=1)
    if some.any():
        # NumPy adds two values even where it needs one.
        with np.errstate(over="ignore"):
            found[some] = np.nanmedian(values[some], axis=1)
    return found
