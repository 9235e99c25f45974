"""What bench_app and bench_slow measure of a running app, each as rows of its table."""

from __future__ import annotations

import argparse
import itertools
import math
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

import attrs

from tests.benchmarks.terminal import Chunk, Screen, Terminal, frames, size

Amount = TypeVar("Amount")

WIDTH, DEPTH = "64", "200"
OURS = (sys.executable, "-m", "tuisim", "--width", WIDTH, "--depth", DEPTH)

RIGHT, LEFT, UP, DOWN = b"\x1b[C", b"\x1b[D", b"\x1b[A", b"\x1b[B"

#: Notices go away after five seconds.
NOTICE = 5.5
#: When nothing has come for so long, all that a key asked for is drawn.
QUIET = 0.2

BRAILLE = re.compile("[\u2801-\u28ff]")

#: Beside the curves, and of the whole run: the badge above them follows the cursor.
VERDICT = re.compile(r"gradient +×\S+ a step back")

UPDATES = re.compile(r"update (\d+) of")


@attrs.frozen
class Row:
    """A line of the table; a value must stay under its target."""

    what: str
    value: float
    unit: str
    target: float | None = None

    @property
    def missed(self) -> bool:
        return self.target is not None and not self.value < self.target

    def __str__(self) -> str:
        target = "" if self.target is None else f"< {self.target:g} {self.unit}"
        if self.target is not None:
            target += " **missed**" if self.missed else " met"
        digits = 0 if self.value >= 100 else 1
        return f"| {self.what} | {self.value:.{digits}f} {self.unit} | {target} |"


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else float("nan")


def ninth_decile(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=10)[-1] if len(values) > 1 else float("nan")


def ready(app: Terminal) -> None:
    """Wait until the curves are there and nothing moves."""
    app.wait_for(b"a step back")
    app.read_until_quiet(1.0)


def latencies(what: str, seconds: Sequence[float], target: float | None) -> list[Row]:
    spent = [1e3 * one for one in seconds]
    return [
        Row(f"{what}: median", median(spent), "ms", target),
        Row(f"{what}: p90 of {len(spent)}", ninth_decile(spent), "ms"),
    ]


def moving(
    what: str, app: Terminal, seconds: float, cpu: float | None, a_frame: float | None
) -> list[Row]:
    """CPU, bytes and frames of an app that moves by itself."""
    before, started = app.cpu(), time.perf_counter()
    chunks = app.read(seconds)
    spent, passed = app.cpu() - before, time.perf_counter() - started
    drawn = frames(chunks)
    return [
        Row(f"{what}: CPU of one core", 100 * spent / passed, "%", cpu),
        Row(f"{what}: a frame, median", median([len(one.data) for one in drawn]), "B", a_frame),
        Row(f"{what}: a second", size(chunks) / passed, "B"),
        Row(f"{what}: frames a second", len(drawn) / passed, ""),
    ]


def resting_keys(
    what: str,
    app: Terminal,
    keys: Sequence[bytes],
    target: float | None,
    a_key: float | None = None,
) -> list[Row]:
    """Time to the last byte of all that a key changes, where nothing moves by itself.

    Args:
        target, a_key: the most milliseconds and bytes there may be.
    """
    late, sent, drawn = [], [], []
    before = app.cpu()
    for key in keys:
        time.sleep(random.uniform(0.0, 0.05))
        pressed = app.press(key)
        chunks = app.read_until_quiet(QUIET)
        if chunks:
            late.append(chunks[-1].time - pressed)
            sent.append(size(chunks))
            drawn.append(len(frames(chunks)))
    return [
        *latencies(what, late, target),
        Row(f"{what}: CPU a key", 1e3 * (app.cpu() - before) / len(keys), "ms"),
        Row(f"{what}: a key, median", median(sent), "B", a_key),
        Row(f"{what}: frames a key, mean", statistics.fmean(drawn) if drawn else 0.0, ""),
    ]


def moving_keys(
    what: str, app: Terminal, count: int, target: float | None, every: float = 0.7
) -> list[Row]:
    """Time to the last byte of the first frame that shows what a key changed, while all moves.

    The radius goes up and down: its number stands beside the net's other ones at once, and the
    verdict's factor follows only with the new curves.
    """
    pressed = []
    for key in itertools.islice(itertools.cycle((RIGHT, LEFT)), count):
        app.read(every + random.uniform(0.0, 0.1))
        pressed.append(app.press(key))
    app.read(every)
    return latencies(what, answered(app.chunks, pressed), target)


def answered(chunks: Sequence[Chunk], pressed: Sequence[float]) -> list[float]:
    """How long after each key the screen showed its number and its verdict; inf for never."""

    def status_and_verdict(rows: Sequence[str]) -> tuple[str, str]:
        status = next((row for row in rows if " seed " in row), "").partition(" seed")[0]
        verdict = VERDICT.search("\n".join(rows))
        return status, verdict[0] if verdict else ""

    return shown_after(Screen(), chunks, pressed, status_and_verdict)


def shown_after(
    screen: Screen,
    chunks: Sequence[Chunk],
    pressed: Sequence[float],
    read: Callable[[Sequence[str]], tuple[str, ...]],
) -> list[float]:
    """How long after each key all that is read off the screen was another; inf for never."""
    shown = []
    for frame in frames(chunks):
        screen.feed(frame.data)
        shown.append((frame.time, read(screen.rows())))
    late = []
    for at in pressed:
        before = [words for moment, words in shown if moment < at][-1]
        after = (
            moment - at
            for moment, words in shown
            if moment > at and all(new != old for new, old in zip(words, before, strict=True))
        )
        late.append(next(after, math.inf))
    return late


def held_key(what: str, app: Terminal, seconds: float) -> list[Row]:
    """A key that comes thirty times a second, as a held one does."""
    first, before = len(app.chunks), app.cpu()
    started = due = time.perf_counter()
    while due < started + seconds:
        app.read(due - time.perf_counter())
        last = app.press(RIGHT)
        due += 1 / 30
    spent = app.cpu() - before
    drawn = frames(app.chunks[first:])
    rest = app.read_until_quiet(QUIET)
    times = [started, *(one.time for one in drawn)]
    return [
        Row(f"{what}: CPU of one core", 100 * spent / seconds, "%"),
        Row(f"{what}: frames a second", len(drawn) / seconds, ""),
        Row(f"{what}: longest without a frame", 1e3 * max(b - a for a, b in pairwise(times)), "ms"),
        Row(f"{what}: last key to last byte", 1e3 * (rest[-1].time - last) if rest else 0, "ms"),
    ]


def idle(what: str, app: Terminal, seconds: float) -> list[Row]:
    app.read(NOTICE)
    before, started = app.cpu(), time.perf_counter()
    chunks = app.read(seconds)
    passed = time.perf_counter() - started
    return [
        Row(f"{what}: CPU of one core", 100 * (app.cpu() - before) / passed, "%"),
        Row(f"{what}: bytes in all", size(chunks), "B"),
    ]


def pace(app: Terminal, seconds: float) -> float:
    """Updates a second, by the numbers on the screen."""
    screen, seen, counts = Screen(), len(app.chunks), []
    app.read(seconds)
    for frame in frames(app.chunks):
        screen.feed(frame.data)
        found = UPDATES.search("\n".join(screen.rows()))
        if found and frame.time >= app.chunks[seen].time:
            counts.append((frame.time, int(found[1])))
    (begun, low), (ended, high) = counts[0], counts[-1]
    return (high - low) / (ended - begun)


def rate_shown(chunks: Sequence[Chunk], pressed: Sequence[float]) -> list[float]:
    """How long after each key the screen showed another learning rate; inf for never."""

    def rate(rows: Sequence[str]) -> tuple[str]:
        return (next((row.split("·")[0] for row in rows if "learning rate " in row), ""),)

    return shown_after(Screen(), chunks, pressed, rate)


def run_parts(
    parts: Mapping[str, Callable[[Amount], list[Row]]],
    parser: argparse.ArgumentParser,
    amount: Callable[[argparse.Namespace], Amount],
) -> int:
    """Print the table of the parts that the command line names, or of all; the exit code.

    Args:
        parser: of the other options.
        amount: how much these ask to be measured.
    """
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    parser.add_argument("--check", action="store_true", help="exit with 1 on a missed target")
    options = parser.parse_args()
    for name in options.parts:
        if name not in parts:
            parser.error(f"part: got {name!r}, allowed: {', '.join(parts)}")
    random.seed(0)
    missed = False
    print("| | measured | target |\n|---|---:|---:|")
    for name in options.parts or parts:
        for row in parts[name](amount(options)):
            missed |= row.missed
            print(row, flush=True)
    return int(options.check and missed)
