"""Whether the screen keeps up with a key that is held, and is calm when it is let go.

    python -m tests.benchmarks.bench_held [--check] [--seconds N] [PART …]

Runs the real program in a pty and sends a key thirty times a second, as a held one does: at three
sizes, with every cell, two keys, and a net of 64 members and 512 units, of which a run takes longer
than that. A frame must show at least the keys that were pressed before the frame before it. Prints
a table in Markdown; with --check the exit code is 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import re
import sys
import time

from tests.benchmarks.app_measures import RIGHT, UP, Row, ready
from tests.benchmarks.terminal import Screen, Terminal, frames, terminal

#: Frames that the screen may be behind, and milliseconds until it is calm.
BEHIND, CALM = 1, 100.0
_EVERY = 1 / 30
#: In seconds: what a large net's run takes at most, and a busy machine.
_LATE = 3.0
_RADIUS, _DEPTH = re.compile(r"ρ (\d+\.\d\d)"), re.compile(r"· (\d+) steps")
_COMPUTING = "computing width 512"
#: Of the one line that comes later: it is measured, by twenty runs, once nobody presses anything.
_ADVICE = "mends it"

PARTS = {
    "80x24": ((80, 24), ("--width", "64", "--depth", "200")),
    "120x40": ((120, 40), ("--width", "64", "--depth", "200")),
    "200x60": ((200, 60), ("--width", "64", "--depth", "200")),
    "lstm": ((120, 40), ("--cell", "lstm", "--width", "64", "--depth", "200")),
    "gru": ((120, 40), ("--cell", "gru", "--width", "64", "--depth", "200")),
    "large": ((120, 40), ("--width", "512", "--depth", "100", "--members", "64")),
}
#: Under this name a run takes longer than a frame: the screen says so, and no curve is asked for.
_LARGE = "large"


def held(what: str, app: Terminal, size: tuple[int, int], key: bytes, seconds: float) -> list[Row]:
    number, step = (_RADIUS, 0.01) if key == RIGHT else (_DEPTH, 10.0)
    before, first = len(app.chunks), len(frames(app.chunks))
    began = due = time.perf_counter()
    pressed = []
    while due < began + seconds:
        app.read(due - time.perf_counter())
        pressed.append(app.press(key))
        due += _EVERY
    app.read_until_quiet(_LATE)
    screen, shown = Screen(*size), []
    moved, rows = pressed[-1], [""]
    for place, frame in enumerate(frames(app.chunks)):
        screen.feed(frame.data)
        before_it, rows = rows, [one for one in screen.rows() if one.strip() and _ADVICE not in one]
        if rows != before_it:
            moved = frame.time
        found = next(filter(None, map(number.search, screen.rows())), None)
        if place >= first - 1 and found:
            shown.append((frame.time, float(found[1])))
    start = shown[0][1]
    worst = 0
    times = [at for at, _ in shown]
    for place, (_, value) in enumerate(shown[2:], start=2):
        there = round((value - start) / step)
        # The frame by which all of these were to be seen, and how long ago that was.
        missed = [at for at in pressed[there:] if at < times[place]]
        worst = max(worst, sum(one > missed[0] for one in times[:place]) if missed else 0)
    unseen = abs(len(pressed) - round((shown[-1][1] - start) / step))
    late, last = (1e3 * max(one - pressed[-1], 0.0) for one in (moved, app.chunks[-1].time))
    words = any(_COMPUTING.encode() in one.data for one in app.chunks[before:])
    found_out = [
        Row(f"{what}: frames behind, at most", worst, "", BEHIND + 0.5),
        Row(f"{what}: keys not shown at the end", unseen, "", 0.5),
    ]
    if _LARGE in what:
        said = Row(f"{what}: does not say that it computes", float(not words), "", 0.5)
        return [*found_out, said]
    return [
        *found_out,
        Row(f"{what}: last key to the last curve", late, "ms", CALM),
        Row(f"{what}: last key to what would mend it", last, "ms"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--check", action="store_true", help="exit with 1 on a missed target")
    parser.add_argument("--seconds", type=float, default=5.0, help="for how long")
    options = parser.parse_args()
    missed = False
    print("| | measured | target |\n|---|---:|---:|")
    for name in options.parts or PARTS:
        if name not in PARTS:
            parser.error(f"part: got {name!r}, allowed: {', '.join(PARTS)}")
        size, words = PARTS[name]
        for called, key in (("radius", RIGHT), ("depth", UP)):
            with terminal((sys.executable, "-m", "tuisim", *words), size) as app:
                ready(app)
                for row in held(f"{called}, {name}", app, size, key, options.seconds):
                    missed |= row.missed
                    print(row, flush=True)
    return int(options.check and missed)


if __name__ == "__main__":
    sys.exit(main())
