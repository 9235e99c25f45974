"""What the app costs in a terminal of 120 × 40: CPU, bytes, and time from a key to its picture.

    python -m tests.benchmarks.bench_app [--check] [--quick] [PART …]

Runs the real program through a pty at width 64 and depth 200, training at 32 and 50, and beside it
a small app that draws the same two plots with textual-plotext. Prints a table in Markdown; with
--check the exit code is 1 where a target is missed. The times are this machine's at this moment,
so no ordinary test asserts them: run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import attrs

from tests.benchmarks.app_measures import (
    DEPTH,
    DOWN,
    LEFT,
    NOTICE,
    OURS,
    QUIET,
    RIGHT,
    UP,
    WIDTH,
    Row,
    held_key,
    idle,
    latencies,
    median,
    moving,
    moving_keys,
    pace,
    rate_shown,
    ready,
    resting_keys,
    run_parts,
)
from tests.benchmarks.terminal import frames, terminal

#: A net to train, with a watch on the event loop that is written into a file.
TRAINED = ("--width", "32", "--depth", "50", "--batch", "16")
WATCHED = (sys.executable, "-m", "tests.benchmarks.watched")
THEIRS = (sys.executable, "-m", "tests.benchmarks.reference_app", WIDTH, DEPTH)

#: From 20 to 50 steps a second: at least one a frame, so that thirty frames have what to show.
FASTER = b"+"

#: The most there may be: per cent of a core, bytes, milliseconds.
CPU, BYTES, LATENCY = 40.0, 3000.0, 40.0
#: Bytes a second of what plays.
BYTES_A_SECOND = 40_000.0
#: Bytes of all that a radius key changes.
KEY_BYTES = 4000.0
#: The largest layout: its size, and the bytes and milliseconds of a frame; a key at any size.
DASHBOARD, DASHBOARD_BYTES, DASHBOARD_FRAME, EVERY_SIZE = (200, 60), 4000.0, 12.0, 25.0
#: So long a piece of work may hold the event loop, and an update of a net may take.
HOLD, UPDATE = 5.0, 5.0
#: What is shorter has no part in a frame.
PIECE = 0.5e-3


def rest_part(plan: Plan) -> list[Row]:
    keys = plan.keys
    with terminal(OURS) as app:
        ready(app)
        rows = idle("at rest", app, plan.seconds)
        rows += resting_keys("radius", app, [RIGHT, LEFT] * (keys // 2), LATENCY, KEY_BYTES)
        rows += resting_keys("activation", app, [b"a"] * keys, LATENCY)
        rows += resting_keys("depth", app, [UP] * (keys // 2) + [DOWN] * (keys // 2), LATENCY)
    with terminal(OURS) as app:
        ready(app)
        rows += held_key("radius held for 5 s", app, 5.0)
    return rows


def play_part(plan: Plan) -> list[Row]:
    with terminal(OURS) as app:
        ready(app)
        app.press(FASTER)
        app.read(NOTICE)
        app.press(b" ")
        app.read(0.2)
        rows = moving("playing", app, 6.0, CPU, BYTES, BYTES_A_SECOND)
    with terminal(OURS) as app:
        ready(app)
        app.press(b" ")
        rows += moving_keys("radius while playing", app, min(plan.keys, 20), LATENCY)
    with terminal(OURS) as app:
        ready(app)
        app.press(b" ?")
        app.read(1.5)
        rows += moving("playing under the help", app, 3.0, None, None)
    return rows


def sizes_part(plan: Plan) -> list[Row]:
    """The dashboard as it plays, whose frames have five plots, and a key at each size."""
    rows = []
    with terminal(OURS, DASHBOARD) as app:
        ready(app)
        app.press(FASTER)
        app.read(NOTICE)
        app.press(b" ")
        app.read(0.5)
        before, seen = app.cpu(), len(app.chunks)
        rows += moving("dashboard 200 × 60, playing", app, 6.0, CPU, DASHBOARD_BYTES)
        drawn = len(frames(app.chunks[seen:]))
        spent = 1e3 * (app.cpu() - before) / drawn
        rows.append(Row("dashboard: CPU of a frame", spent, "ms", DASHBOARD_FRAME))
    for size in ((80, 24), (120, 40), DASHBOARD, (300, 100)):
        with terminal(OURS, size) as app:
            ready(app)
            curves, all_of_it = [], []
            for key in [RIGHT, LEFT] * (plan.keys // 4):
                pressed = app.press(key)
                drawn = frames(app.read_until_quiet(QUIET))
                if not drawn:
                    continue
                # The norms come in the largest frame, and what takes longer to compute after it.
                largest = max(drawn, key=lambda one: len(one.data))
                curves.append(largest.time - pressed)
                all_of_it.append(drawn[-1].time - pressed)
            what = f"radius at {size[0]} × {size[1]}"
            rows += latencies(f"{what}, its curves", curves, EVERY_SIZE)
            rows += latencies(f"{what}, all panels", all_of_it, None)[:1]
    return rows


def stream_part(plan: Plan) -> list[Row]:
    with terminal(OURS) as app:
        ready(app)
        app.press(FASTER + b"f")
        app.read(NOTICE + 3.0)
        rows = moving("streaming", app, 6.0, None, None)
        rows += moving_keys("radius while streaming", app, plan.keys, LATENCY)
    return rows


def train_part(plan: Plan) -> list[Row]:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "spent.json"
        with terminal((*WATCHED, str(file), *TRAINED)) as app:
            ready(app)
            app.press(b"8")
            app.read_until_quiet(1.0)
            app.press(b" ")
            app.read(1.0)
            started = time.perf_counter()
            rows = moving("training at 200/s", app, plan.seconds, None, None)
            ended = time.perf_counter()
            pressed = []
            for key in (b">", b"<") * 6:
                app.read(random.uniform(0.2, 0.3))
                pressed.append(app.press(key))
            app.read(0.3)
            rows += latencies("rate while training", rate_shown(app.chunks, pressed), LATENCY)
            # A thousand a second are asked for, of two thousand that there are.
            app.press(b"0++")
            app.read(0.8)
            rows.append(Row("training on: an update", 1e3 / pace(app, 0.5), "ms", UPDATE))
            app.press(b"q")
            app.read_until_quiet(1.0)
            app.process.wait(20)
        held = [spent for at, spent in json.loads(file.read_text()) if started < at < ended]
    pieces = [1e3 * one for one in held if one > PIECE]
    return [
        *rows,
        Row("training: a piece of a frame, median", median(pieces), "ms"),
        Row(f"training: p99 of {len(pieces)}", statistics.quantiles(pieces, n=100)[-1], "ms", HOLD),
        Row("training: longest piece", max(pieces), "ms"),
        Row("training: event loop busy", 100 * sum(held) / (ended - started), "%"),
    ]


def reference_part(plan: Plan) -> list[Row]:
    with terminal(THEIRS) as app:
        ready(app)
        rows = resting_keys("textual-plotext, radius", app, [RIGHT, LEFT] * (plan.keys // 2), None)
        app.press(b" ")
        app.read(0.5)
        rows += moving("textual-plotext, playing", app, 6.0, None, None)
        rows += moving_keys("textual-plotext, radius while playing", app, 10, None)
    return rows


@attrs.frozen
class Plan:
    """How much to measure."""

    keys: int
    seconds: float


PARTS: dict[str, Callable[[Plan], list[Row]]] = {
    "rest": rest_part,
    "play": play_part,
    "sizes": sizes_part,
    "stream": stream_part,
    "train": train_part,
    "reference": reference_part,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer keys, and a shorter look")
    return run_parts(
        PARTS, parser, lambda options: Plan(12, 2.0) if options.quick else Plan(40, 5.0)
    )


if __name__ == "__main__":
    sys.exit(main())
