"""tuisim with a watch on its event loop: `python -m tests.benchmarks.watched FILE [OPTION …]`.

Runs the program with these options. At its end FILE has, as JSON, for each piece of work on the
event loop [when it ended on time.perf_counter's clock, how many seconds it held the loop].
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path


def main() -> int:
    file, *options = sys.argv[1:]
    spent: list[tuple[float, float]] = []
    plain = asyncio.Handle._run

    def run(handle: asyncio.Handle) -> None:
        started = time.perf_counter()
        plain(handle)
        ended = time.perf_counter()
        spent.append((ended, ended - started))

    asyncio.Handle._run = run  # type: ignore[method-assign]
    from tuisim.cli import main as tuisim

    try:
        return tuisim(options)
    finally:
        Path(file).write_text(json.dumps(spent))


if __name__ == "__main__":
    sys.exit(main())
