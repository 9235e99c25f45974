"""How soon a watched file's new curve is drawn: `python -m tests.benchmarks.bench_watch [--check]`.

A layer of 128 units over 100 steps is rewritten by a rename twenty times, at places of the watch's
period that differ. Measured is the time from the rename until the app has drawn the new run, in the
app without a terminal, whose writing takes a frame more. With --check the exit code is 1 where the
slowest is over the target. The times are this machine's at this moment.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np

from tests.support.trained import written
from tuisim import cli
from tuisim.commands.nets.open import layers_of, watched
from tuisim.testing import make_app, settled

TARGET = 0.5
UPDATES, WIDTH = 20, 128


async def measured(path: Path) -> list[float]:
    """Seconds of each update."""
    written(path, 0.1, WIDTH)
    found = []
    with click.Context(cli.cli) as ctx:
        values = {"input": "noise"}
        asked, opened = layers_of(ctx, str(path), values)
        app = make_app(asked.experiment, opened=watched(ctx, opened, values, "rnn.l0"))
        async with app.run_test() as pilot:
            await settled(pilot)
            shown = app.main.query_one("#gradient")
            for update in range(UPDATES):
                await asyncio.sleep(0.5 + random.random())
                before = shown.figure
                written(path, 0.1 + 0.01 * (update + 1), WIDTH)
                begun = time.perf_counter()
                while shown.figure is before:
                    await asyncio.sleep(0.001)
                found.append(time.perf_counter() - begun)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measured(Path(folder) / "net.npz"))
    print(f"| load {os.getloadavg()[0]:.1f} | median | slowest of {UPDATES} | target |")
    print("|---|---|---|---|")
    print(f"| rename to curve | {np.median(found):.2f} s | {max(found):.2f} s | {TARGET:g} s |")
    return int(given.check and max(found) > TARGET)


if __name__ == "__main__":
    sys.exit(main())
