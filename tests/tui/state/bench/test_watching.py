"""A watched file: which of its states are read, and what is told of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.message import Message

from tuisim.tui.state.bench.opened import FileNet, Opened, Ran, rewritten, stamp_of
from tuisim.tui.state.bench.watching import FileRewritten, FileUnread, Watching
from tuisim.values.experiment import Experiment


def net(digit: str, name: str = "l0", width: int = 3) -> FileNet:
    layer = f"net.npz#{name}"
    return FileNet(
        name, Experiment(spectrum="layer", layer=layer, layer_digest=64 * digit, width=width)
    )


class File:
    """A file that holds a digit, and what is told of it; polled in the test's own thread."""

    def __init__(self, path: Path) -> None:
        self.path, self.time, self.told = path, 0, list[Message]()
        self.reads = 0
        self.rename("1")
        stamp = stamp_of(str(path))
        self.watching = Watching(str(path), [net("1")], self.nets, self.told.append, stamp)
        self.poll(2)
        # What it holds is known from when it was opened.
        assert (self.reads, self.told) == (0, [])

    def nets(self) -> Sequence[FileNet]:
        self.reads += 1
        text = self.path.read_text()
        if not text.isdigit():
            raise ValueError(f"{text} is damaged")
        return [net(text)]

    def rename(self, text: str) -> None:
        """Put another file in the place of this one, as who writes it whole does."""
        other = self.path.with_suffix(".new")
        other.write_text(text)
        self._touch(other)
        os.replace(other, self.path)

    def write(self, text: str) -> None:
        self.path.write_text(text)
        self._touch(self.path)

    def _touch(self, path: Path) -> None:
        self.time += 10
        os.utime(path, (self.time, self.time))

    def poll(self, times: int = 1) -> None:
        for _ in range(times):
            self.watching._poll()

    def digits(self) -> list[str]:
        rewrites = [one for one in self.told if isinstance(one, FileRewritten)]
        nets = [one.nets[0].experiment for one in rewrites]
        return [one.layer_digest[0] for one in nets if one is not None]


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "net.npz")


def test_a_renamed_file_is_read_at_once_and_once(file: File) -> None:
    file.rename("2")
    file.poll()
    assert file.digits() == ["2"]
    assert isinstance(file.told[0], FileRewritten)
    assert file.told[0].written == file.time
    reads = file.reads
    file.poll(3)
    assert file.reads == reads


def test_what_is_being_written_is_read_once_it_rests(file: File) -> None:
    reads = file.reads
    for text in ("2x", "2x3", "2"):
        file.write(text)
        file.poll()
    assert (file.reads, file.told) == (reads, [])
    file.poll()
    assert file.digits() == ["2"]


def test_what_cannot_be_read_is_told_once_and_read_when_it_was_mended(file: File) -> None:
    file.write("half")
    file.poll(4)
    assert [str(one.reason) for one in file.told if isinstance(one, FileUnread)] == [
        "half is damaged"
    ]
    file.write("3")
    file.poll(2)
    assert file.digits() == ["3"]


def test_what_no_reader_expects_is_told_once_too(file: File) -> None:
    def fail() -> Sequence[FileNet]:
        raise RuntimeError("strange")

    file.watching._again = fail
    file.rename("2")
    file.poll(3)
    assert [one.reason for one in file.told if isinstance(one, FileUnread)] == ["strange"]


def test_why_a_layer_is_not_shown_as_the_file_has_it_now() -> None:
    opened = Opened("net.npz", [FileNet("l0", None, "projection"), net("1", "l1")])
    shown, gone = net("1").experiment, net("1", "l2").experiment
    assert shown is not None
    assert gone is not None
    assert opened.lacks(shown) == "l0 cannot be run: projection"
    assert opened.lacks(gone) == "l2 is not in it"


def test_a_file_that_is_gone_comes_back(file: File) -> None:
    file.path.unlink()
    file.poll(2)
    assert not file.told
    file.write("4")
    file.poll(2)
    assert file.digits() == ["4"]


def test_the_same_again_is_no_update(file: File) -> None:
    file.rename("1")
    file.poll(2)
    assert not file.told


def test_one_that_changes_while_it_is_read_is_read_again(file: File) -> None:
    plain = file.watching._again

    def late() -> Sequence[FileNet]:
        found = plain()
        file.rename("3")
        file.watching._again = plain
        return found

    file.rename("2")
    file.watching._again = late
    file.poll()
    assert file.digits() == []
    file.poll()
    assert file.digits() == ["3"]


def test_what_is_known_of_a_layer_stays_until_it_was_run() -> None:
    ran = {name: Ran("stable", rate, (0.0,)) for name, rate in (("l0", -0.1), ("l1", -0.2))}
    opened = Opened("net.npz", [net("1"), net("1", "l1")])
    for one in opened.nets:
        assert opened.waits(one)
        opened.note(one, ran[one.name])
    old = opened.nets[0]
    opened.rewrite([net("2"), net("1", "l1"), FileNet("l2", None, "projection")])
    assert (opened.updates, opened.found["l0"]) == (1, ran["l0"])
    assert [opened.waits(one) for one in opened.nets] == [True, False, False]
    # Of the net before it says nothing.
    opened.note(old, ran["l1"])
    assert opened.waits(opened.nets[0])
    opened.note(opened.nets[0], ran["l1"])
    assert opened.found["l0"] == ran["l1"]
    opened.rewrite([net("3", "l1")])
    assert opened.last == "l1"


def test_what_was_changed_of_a_layer_stays_where_it_can() -> None:
    first, second = net("1").experiment, net("2").experiment
    assert first is not None
    assert second is not None
    shown = first.adjusted(radius=1.3, activation="relu")[0]
    found = rewritten(shown, second)
    assert (found.radius, found.activation, found.layer_digest) == (1.3, "relu", 64 * "2")
    wider = net("2", width=4).experiment
    assert wider is not None
    assert rewritten(shown, wider) == wider
