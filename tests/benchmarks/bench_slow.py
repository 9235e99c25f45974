"""How soon a key is on the screen over a slow link, and how soon the app is gone when one drops.

    python -m tests.benchmarks.bench_slow [--check] [--keys N] [PART …]

Runs the real program in a pty of 160 × 48 whose reader takes 20 kB/s: at rest and playing, where
that size shows the dashboard, streaming, and training. A key changes a number, and what counts is
the last byte of the frame that shows the new one. `drops` kills the client of a connection by
OpenSSH's sshd on the loopback, and waits for the last process to go. Prints a table in Markdown;
with --check the exit code is 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shlex
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tests.benchmarks.app_measures import LEFT, NOTICE, RIGHT, Row, median, run_parts, shown_after
from tests.benchmarks.terminal import Screen, Terminal, frames, size, terminal

SIZE = (160, 48)
#: Bytes a second.
RATE = 20_000
OURS = (sys.executable, "-m", "tuisim", "--width", "64", "--depth", "200")
#: At fifty steps a second both passes take longer than all keys.
LONG = (*OURS[:-1], "1000")
TRAINED = (sys.executable, "-m", "tuisim", "--width", "32", "--depth", "50", "--batch", "16")

#: The most milliseconds from a key to the screen, and from a line that drops to the last process.
MEDIAN, P95, GONE = 300.0, 600.0, 1000.0

_RADIUS, _LEARNING = re.compile(r"ρ (\d\.\d\d)"), re.compile(r"learning rate (\S+)")


def playing(keys: int) -> list[Row]:
    with opened(LONG, b"+ ") as app:
        return measured("playing", app, (RIGHT, LEFT), keys, _RADIUS)


def streaming(keys: int) -> list[Row]:
    rows = []
    for what, options, begin in (
        ("streaming, 20 steps a second", (), b"f"),
        ("streaming, 200 steps a second", (), b"+++f"),
        ("the same with --fps 8", ("--fps", "8"), b"+++f"),
    ):
        with opened((*OURS, *options), begin) as app:
            rows += measured(what, app, (RIGHT, LEFT), keys, _RADIUS)
    return rows


def training(keys: int) -> list[Row]:
    with opened(TRAINED, b"8", b" ") as app:
        return measured("training", app, (b">", b"<"), keys, _LEARNING)


def still(keys: int) -> list[Row]:
    with opened(OURS) as app:
        return measured("at rest", app, (RIGHT, LEFT), keys, _RADIUS)


@contextmanager
def opened(words: Sequence[str], *keys: bytes) -> Iterator[Terminal]:
    """The app behind the slow link, after these keys."""
    with terminal(words, SIZE) as app:
        app.wait_for(b"a step back")
        app.read_until_quiet(1.0)
        app.rate = RATE
        for one in keys:
            app.press(one)
            app.read(NOTICE)
        yield app


def measured(
    what: str, app: Terminal, pair: tuple[bytes, bytes], keys: int, number: re.Pattern[str]
) -> list[Row]:
    first, pressed = len(app.chunks), []
    for place in range(keys):
        app.read(random.uniform(0.9, 1.3))
        pressed.append(app.press(pair[place % 2]))
    app.read(3.0)
    seen = app.chunks[first:]

    def shown(rows: Sequence[str]) -> tuple[str]:
        return (next((found[1] for found in map(number.search, rows) if found), ""),)

    late = [1e3 * one for one in shown_after(Screen(*SIZE), app.chunks, pressed, shown)]
    return [
        Row(f"{what}: median", median(late), "ms", MEDIAN),
        Row(f"{what}: p95 of {keys}", statistics.quantiles(late, n=20)[-1], "ms", P95),
        Row(f"{what}: frames a second", len(frames(seen)) / (seen[-1].time - seen[0].time), ""),
        Row(f"{what}: a second", size(seen) / (seen[-1].time - seen[0].time), "B"),
    ]


def drops(keys: int) -> list[Row]:
    from tests.support.shown import shown
    from tests.support.sshd import sshd, with_in_environment

    late = []
    with sshd() as server:
        for number in range(max(keys // 8, 3)):
            mark = f"TUISIM_BENCH={time.time_ns()}"
            command = f"cd {shlex.quote(os.getcwd())} && exec env {mark} {' '.join(OURS)}"
            with shown(command=server.words(command), controls=True) as app:
                app.shows("q quit", "a step back")
                app.write((b" ", b"f", b"8 ")[number % 3])
                app.read(2.0)
                began = time.perf_counter()
                app.process.send_signal(signal.SIGKILL)
                while with_in_environment(mark):
                    time.sleep(0.01)
                late.append(1e3 * (time.perf_counter() - began))
    return [
        Row("a line that drops: median to the last process", median(late), "ms", GONE),
        Row(f"a line that drops: longest of {len(late)}", max(late), "ms", GONE),
    ]


PARTS: dict[str, Callable[[int], list[Row]]] = {
    "still": still,
    "playing": playing,
    "streaming": streaming,
    "training": training,
    "drops": drops,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--keys", type=int, default=24, help="how many are pressed in each part")
    return run_parts(PARTS, parser, lambda options: int(options.keys))


if __name__ == "__main__":
    sys.exit(main())
