"""How long it takes to start: the first paint, the first curve, `run` and `plot`, keys meanwhile.

    python -m tests.benchmarks.bench_start [--check] [--quick]

Each row is measured in turns with a bare Textual app that shows one word, on the kernels of the
user's cache and with none cached. Prints a table in Markdown; with --check the exit code is 1 where
a target is missed. The times are this machine's at this moment: run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack

from tests.benchmarks.app_measures import (
    BRAILLE,
    LEFT,
    RIGHT,
    Row,
    answered,
    median,
    ninth_decile,
    ready,
)
from tests.benchmarks.terminal import Screen, Terminal, frames, terminal

TUISIM = (sys.executable, "-m", "tuisim")
BARE = (sys.executable, "-m", "tests.benchmarks.bare_app")

#: Of the bare app's time, or seconds more than that.
FIRST_PAINT, FIRST_CURVE, COLD_CURVE = 1.5, 0.45, 0.7
#: Seconds of a command, and milliseconds of a key.
COMMAND, COLD_COMMAND = 0.8, 1.0
KEY, KEY_P90 = 25.0, 60.0

#: Between two keys, while kernels compile.
PAUSE = 0.3


def shown(app: Terminal, wanted: str) -> float:
    """Seconds from the start of the process to the first frame with these characters."""
    app.wait_for(wanted.encode())
    app.read_until_quiet(0.3, 3.0)
    found = (one.time for one in frames(app.chunks) if wanted.encode() in one.data)
    return next(found) - app.started


def curve_shown(app: Terminal) -> float:
    """Seconds to the first frame with a curve."""
    app.wait_for(b"a step back")
    app.read_until_quiet(0.3, 3.0)
    drawn = ((one.time, one.data.decode()) for one in frames(app.chunks))
    return next(at for at, text in drawn if BRAILLE.search(text)) - app.started


def spent(words: tuple[str, ...], **environ: str) -> float:
    """Seconds that a command takes."""
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    begun = time.perf_counter()
    subprocess.run(
        (*TUISIM, *words), check=True, stdout=subprocess.DEVNULL, env=inherited | environ
    )
    return time.perf_counter() - begun


def one_turn(seconds: dict[str, list[float]]) -> None:
    """Every start once, beside a bare app."""
    with terminal(BARE) as app:
        seconds["bare"].append(shown(app, "rnn"))
    for how in ("cached", "cold"):
        with ExitStack() as stack:
            environ = {}
            if how == "cold":
                environ["NUMBA_CACHE_DIR"] = stack.enter_context(tempfile.TemporaryDirectory())
            with terminal(TUISIM, **environ) as app:
                curve = curve_shown(app)
                seconds[f"paint {how}"].append(shown(app, "rnn"))
            seconds[f"curve {how}"].append(curve)
            for command in ("run", "plot"):
                seconds[f"{command} {how}"].append(spent((command,), **environ))


def starts(turns: int) -> list[Row]:
    seconds: dict[str, list[float]] = defaultdict(list)
    # The first one may have to compile, or read what no memory holds yet.
    spent(("warmup",))
    one_turn(defaultdict(list))
    for _ in range(turns):
        one_turn(seconds)
    found = {name: median(values) for name, values in seconds.items()}
    bare = found["bare"]
    rows = [Row(f"bare Textual app: first paint, median of {turns}", 1e3 * bare, "ms")]
    for how, most in (("cached", FIRST_CURVE), ("cold", COLD_CURVE)):
        kernels = {"cached": "kernels cached", "cold": "nothing cached"}[how]
        paint, curve = found[f"paint {how}"], found[f"curve {how}"]
        rows += [
            Row(f"first paint, {kernels}", 1e3 * paint, "ms"),
            Row("… over a bare app", paint / bare, "×", FIRST_PAINT),
            Row(f"first curve, {kernels}", 1e3 * curve, "ms"),
            Row("… later than a bare app", 1e3 * (curve - bare), "ms", 1e3 * most),
        ]
    for command, how in itertools.product(("run", "plot"), ("cached", "cold")):
        target = COMMAND if how == "cached" else COLD_COMMAND
        kernels = {"cached": "kernels cached", "cold": "nothing cached"}[how]
        name = f"`tuisim {command}`, {kernels}"
        rows.append(Row(name, 1e3 * found[f"{command} {how}"], "ms", 1e3 * target))
    return rows


def keys_behind() -> list[Row]:
    """Keys for as long as kernels compile behind: until number and verdict are on the screen."""
    with (
        tempfile.TemporaryDirectory() as directory,
        terminal(TUISIM, NUMBA_CACHE_DIR=directory) as app,
    ):
        app.wait_for(b"compiling kernels")
        screen, seen, pressed = Screen(), 0, []
        for key in itertools.cycle((RIGHT, LEFT)):
            app.read(PAUSE + random.uniform(0.0, 0.1))
            drawn = frames(app.chunks)
            for frame in drawn[seen:]:
                screen.feed(frame.data)
            seen = len(drawn)
            if not any("compiling kernels" in row for row in screen.rows()):
                break
            pressed.append(app.press(key))
        app.read(PAUSE)
        told = [1e3 * one for one in answered(app.chunks, pressed)]
    first = told[: max(1, len(told) // 10)]
    return [
        Row(f"a key while kernels compile behind, median of {len(told)}", median(told), "ms", KEY),
        Row("… p90", ninth_decile(told), "ms", KEY_P90),
        Row("… median of the first tenth, before there is any", median(first), "ms"),
    ]


def keys_at_rest(count: int) -> list[Row]:
    """The same with all kernels there, to compare with."""
    with terminal(TUISIM) as app:
        ready(app)
        pressed = []
        for key in itertools.islice(itertools.cycle((RIGHT, LEFT)), count):
            app.read(PAUSE + random.uniform(0.0, 0.1))
            pressed.append(app.press(key))
        app.read(PAUSE)
        told = [1e3 * one for one in answered(app.chunks, pressed)]
    return [Row(f"a key at rest, median of {count}", median(told), "ms")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="exit with 1 on a missed target")
    parser.add_argument("--quick", action="store_true", help="fewer turns and keys")
    options = parser.parse_args()
    random.seed(0)
    turns, keys = (3, 15) if options.quick else (9, 40)
    rows = [*starts(turns), *keys_at_rest(keys), *keys_behind()]
    print("| | measured | target |\n|---|---:|---:|")
    for row in rows:
        print(row)
    return int(options.check and any(row.missed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
