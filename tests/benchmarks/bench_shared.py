"""How soon a key is on the screen where eight people use one machine of two cores.

    python -m tests.benchmarks.bench_shared [--check] [--sessions N] [--keys N]

Runs so many real programs at once, each in a pty of 120 × 40: two of them play, two stream, two
train, the others stand still. All get keys at random moments, and what counts is the last byte of
the frame that shows the new number. Beside it stands what their memory comes to: resident in all,
and in proportion, pages that several share counted once. Prints a table in Markdown; with --check
the exit code is 1 where the target is missed.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks.app_measures import LEFT, NOTICE, RIGHT, Row, first_found, median, shown_after
from tests.benchmarks.terminal import COLUMNS, ROWS, Screen, Terminal, terminal

#: The most milliseconds from a key to the screen.
MEDIAN = 250.0
_RADIUS, _LEARNING = re.compile(r"ρ (\d\.\d\d)"), re.compile(r"learning rate (\S+)")
_NET = ("--width", "32", "--depth", "100")

#: What is done in a session: options, keys to begin with, two keys to press, where the number is.
Doing = tuple[tuple[str, ...], tuple[bytes, ...], tuple[bytes, bytes], re.Pattern[str]]
DOINGS: dict[str, Doing] = {
    "playing": ((*_NET[:-1], "2000"), (b" ",), (RIGHT, LEFT), _RADIUS),
    "streaming": (_NET, (b"f",), (RIGHT, LEFT), _RADIUS),
    "training": ((*_NET, "--batch", "16"), (b"8", b" "), (b">", b"<"), _LEARNING),
    "at rest": (_NET, (), (RIGHT, LEFT), _RADIUS),
}


def begin(app: Terminal, begins: Sequence[bytes]) -> None:
    app.wait_for(b"a step back", 600.0)
    app.read(NOTICE)
    for keys in begins:
        app.press(keys)
        app.read(NOTICE)


def press(app: Terminal, pair: tuple[bytes, bytes], keys: int, seed: int, to: list[float]) -> None:
    numbers = random.Random(seed)
    for place in range(keys):
        app.read(numbers.uniform(0.9, 1.3))
        to.append(app.press(pair[place % 2]))
    app.read(3.0)


def all_at_once(works: Sequence[threading.Thread]) -> None:
    for one in works:
        one.start()
    for one in works:
        one.join()


def kilobytes(app: Terminal, name: str) -> int:
    """A sum over the pages of a process: Rss, or Pss."""
    text = Path(f"/proc/{app.process.pid}/smaps_rollup").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith(f"{name}:")))


def measured(sessions: int, keys: int) -> list[Row]:
    names = [[*DOINGS][place // 2 % len(DOINGS)] for place in range(sessions)]
    with ExitStack() as stack:
        apps = [
            stack.enter_context(terminal((sys.executable, "-m", "tuisim", *DOINGS[name][0])))
            for name in names
        ]
        both = [*zip(apps, names, strict=True)]
        all_at_once([threading.Thread(target=begin, args=(a, DOINGS[n][1])) for a, n in both])
        pressed: list[list[float]] = [[] for _ in apps]
        all_at_once(
            [
                threading.Thread(target=press, args=(app, DOINGS[name][2], keys, place, to))
                for place, ((app, name), to) in enumerate(zip(both, pressed, strict=True))
            ]
        )
        memory = [(kilobytes(app, "Rss") / 1024, kilobytes(app, "Pss") / 1024) for app in apps]
    late: dict[str, list[float]] = {}
    for (app, name), times in zip(both, pressed, strict=True):
        screen, read = Screen(COLUMNS, ROWS), first_found(DOINGS[name][3])
        found = shown_after(screen, app.chunks, times, read)
        late.setdefault(name, []).extend(1e3 * one for one in found)
    every = [one for of in late.values() for one in of]
    return [
        *(Row(f"{name}: median of {len(of)}", median(of), "ms") for name, of in late.items()),
        Row(f"{sessions} at once: median of {len(every)}", median(every), "ms", MEDIAN),
        Row(f"{sessions} at once: p95", statistics.quantiles(every, n=20)[-1], "ms"),
        Row("the largest, resident", max(one for one, _ in memory), "MB"),
        Row("all, shared pages once", sum(one for _, one in memory), "MB"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="exit with 1 on a missed target")
    parser.add_argument("--sessions", type=int, default=8, help="how many programs run at once")
    parser.add_argument("--keys", type=int, default=24, help="how many each of them is pressed")
    options = parser.parse_args()
    rows = measured(options.sessions, options.keys)
    print("| | measured | target |\n|---|---:|---:|")
    for row in rows:
        print(row)
    return int(options.check and any(row.missed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
