"""What an ordinary session takes after an hour of play and training, and whether that grows.

    python -m tests.benchmarks.bench_memory [--check] [--minutes N] [--speed N]

Runs the real program in a pty of 120 × 40 over a clock that is faster by --speed, for as many
frames as so many minutes have at thirty a second: playing, streaming, training, radius, seed,
activation and cell keys, pins, undo, every view. What is resident is read at each tenth of them.
Prints a table in Markdown; with --check the exit code is 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path

from tests.benchmarks.app_measures import LEFT, RIGHT, Row
from tests.benchmarks.terminal import Terminal, frames, terminal

#: The most there may be, in MB; and by how much more over the second half.
RESIDENT, GROWTH = 200.0, 5.0
#: Frames a second of the program's.
_FRAMES = 30

#: Keys, and for how many frames what they begin goes on at most.
ROUND: tuple[tuple[bytes, int], ...] = (
    (b" ", 400),
    (b" " + RIGHT, 10),
    (b"n", 10),
    (LEFT, 10),
    (b"a", 10),
    (b"p", 5),
    (b"u", 10),
    (b"2", 10),
    (b"3", 10),
    (b"4 ", 60),
    (b" 5", 10),
    (b"6", 10),
    (b"1f", 300),
    (b"f", 10),
    (b"7", 20),
    (b"q", 5),
    (b"9", 20),
    (b"q", 5),
    (b"8", 10),
    (b" ", 300),
    (b" 0", 10),
    (b"q", 5),
    (b"c", 10),
    (b"cc", 10),
    (b"i", 5),
)
#: What draws nothing more is waited for no longer.
_QUIET_SECONDS = 0.25


def resident(app: Terminal) -> float:
    """In MB."""
    text = Path(f"/proc/{app.process.pid}/status").read_text()
    (line,) = (one for one in text.splitlines() if one.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def drawn(app: Terminal, most: int) -> int:
    """Read until so many frames were drawn, or none come."""
    seen = 0
    while seen < most:
        app.chunks.clear()
        piece = min(most - seen, 20)
        app.read(_QUIET_SECONDS, lambda piece=piece: len(frames(app.chunks)) >= piece)
        came = len(frames(app.chunks))
        seen += came
        if not came:
            break
    return seen


def measured(minutes: float, speed: float) -> list[Row]:
    wanted = round(60 * _FRAMES * minutes)
    words = (sys.executable, "-m", "tests.benchmarks.hurried", f"{speed:g}", "--fresh")
    sizes = []
    with terminal((*words, "--width", "32", "--depth", "100", "--batch", "8")) as app:
        app.wait_for(b"a step back", 600.0)
        # At twenty steps a second each is a frame; at fifty each frame has some.
        app.press(b"+")
        app.read_until_quiet(3.0)
        count = 0
        for keys, most in itertools.cycle(ROUND):
            app.press(keys)
            count += drawn(app, most)
            while len(sizes) < 10 and count >= wanted * (len(sizes) + 1) / 10:
                sizes.append(resident(app))
                print(f"{count} frames: {sizes[-1]:.1f} MB", file=sys.stderr, flush=True)
            if count >= wanted:
                break
    return [
        Row(f"resident after {minutes:g} minutes ({count} frames)", sizes[-1], "MB", RESIDENT),
        Row("more than after half of it", sizes[-1] - sizes[4], "MB", GROWTH),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="exit with 1 on a missed target")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long the session is")
    parser.add_argument("--speed", type=float, default=10.0, help="by how much the clock is faster")
    options = parser.parse_args()
    rows = measured(options.minutes, options.speed)
    print("| | measured | target |\n|---|---:|---:|")
    for row in rows:
        print(row)
    return int(options.check and any(row.missed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
