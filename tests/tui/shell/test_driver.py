"""What a terminal sends is read whatever it is, and no terminal is drawn on beyond a size."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import signal
import threading
import time
from types import FrameType
from typing import Any

import pytest
from textual import events
from textual.app import App

driver = pytest.importorskip("tuisim.tui.shell.driver", exc_type=ImportError)


class Clock:
    """Seconds that pass when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def keys(*reads: bytes) -> list[str]:
    """The keys that are read."""
    reader = driver.Reader()
    found = [one for data in reads for one in reader.read(data)]
    return [one.key for one in found if isinstance(one, events.Key)]


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        ([b"a\xe9b"], ["a", "b"]),
        ([b"\xff\xfe\xc3(\x80"], ["left_parenthesis"]),
        # Split between two reads it is still one character.
        (["é".encode()[:1], "é".encode()[1:]], ["é"]),
        # Old reports of the mouse, whose bytes may look like anything.
        ([b"\x1b[M !!a"], ["a"]),
        ([b"\x1b[M\xc3\xa9\xffa"], ["a"]),
        ([b"\x1b[Mqqqa", b"\x1b[M", b"qq", b"qb"], ["a", "b"]),
        ([b"\x1b[M   \x1b[M   \x1b[A"], ["up"]),
        # No such character, a size of nothing, then a mouse in pixels of it.
        ([b"\x1b[99999999999;1;99999999999ua"], ["a"]),
        ([b"\x1b[48;0;0;0;0t\x1b[<0;5;5Ma"], ["a"]),
    ],
)
def test_what_means_nothing_is_passed_over(reads: list[bytes], expected: list[str]) -> None:
    assert keys(*reads) == expected


@pytest.mark.parametrize("seed", range(20))
def test_no_bytes_end_the_reader(seed: int) -> None:
    numbers, reader = random.Random(seed), driver.Reader()
    words = [b"\x1b[", b"\x1b[M", b"\x1b[<", b"\x1b[48;", b";", b"u", b"~", b"t", b"M", b"9999"]
    for _ in range(200):
        noise = [numbers.randbytes(numbers.randint(1, 9)), *numbers.choices(words, k=3)]
        list(reader.read(b"".join(noise)))
        list(reader.look())
    # Out of whatever was begun, and what follows is read.
    list(reader.read(b"\x1b[201~" + b" " * 40))
    assert any(getattr(one, "key", "") == "a" for one in reader.read(b"a"))


def test_a_paste_whose_end_was_lost_is_over_after_a_while() -> None:
    clock = Clock()
    reader = driver.Reader(clock=clock)
    assert list(reader.read(b"\x1b[200~one")) == []
    clock.now = 0.9
    assert list(reader.look()) == []
    assert list(reader.read(b" two")) == []
    clock.now = 1.8
    assert list(reader.look()) == []
    clock.now = 2.0
    (paste,) = reader.look()
    assert isinstance(paste, events.Paste)
    assert paste.text == "one two"
    (key,) = reader.read(b"a")
    assert isinstance(key, events.Key)


def test_a_whole_paste_is_one() -> None:
    reader = driver.Reader()
    found = [*reader.read(b"\x1b[200~on"), *reader.read(b"e\x1b[20"), *reader.read(b"1~")]
    found += reader.read(b"a")
    assert [type(one) for one in found] == [events.Paste, events.Key]


def test_two_threads_write_one_after_the_other() -> None:
    """What one of them forgets while another looks up what shows would be missing for good."""
    within: list[str] = []
    both: list[bool] = []

    class Slow:
        def changes(self, data: str) -> str:
            within.append(data)
            # As long as the other needs to come as well, where nothing keeps it out.
            time.sleep(0.3)
            both.append(len(within) > 1)
            within.remove(data)
            return ""

    async def write() -> None:
        app: App[Any] = App()
        one = driver.TerminalDriver(app)
        one._shown = Slow()
        reads = threading.Thread(target=one.write, args=("\x1b[?2048h",))
        reads.start()
        one.write("a frame")
        await asyncio.to_thread(reads.join)

    asyncio.run(write())
    assert both == [False, False]


def test_a_size_is_told_before_the_next_is_asked_for() -> None:
    """A handler that the next signal interrupts would tell of the older size last, for good."""
    asked, told = itertools.count(), list[int]()

    def heard(number: int, frame: FrameType | None) -> None:
        size = next(asked)
        if size == 0:
            os.kill(os.getpid(), signal.SIGWINCH)
        told.append(size)

    async def resized() -> None:
        app: App[Any] = App()
        one = driver.TerminalDriver(app)
        signal.signal(signal.SIGWINCH, heard)
        one._hear_sizes_in_turn()
        os.kill(os.getpid(), signal.SIGWINCH)
        end = time.monotonic() + 30
        while len(told) < 2:
            assert time.monotonic() < end
            await asyncio.sleep(0.001)

    before = signal.getsignal(signal.SIGWINCH)
    try:
        asyncio.run(resized())
    finally:
        signal.signal(signal.SIGWINCH, before)
    assert told == [0, 1]
