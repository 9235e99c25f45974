"""tuisim over a clock that runs so many times as fast: `python -m tests.benchmarks.hurried N …`.

As many frames are drawn in a second of the program's as ever, if the machine can.
"""

from __future__ import annotations

import sys
import time
from typing import Any


def main() -> int:
    factor, *options = sys.argv[1:]
    speed = float(factor)
    from tuisim.tui import app

    class Hurried(app.SimulatorApp):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            options["clock"] = lambda: speed * time.monotonic()
            super().__init__(*arguments, **options)
            self.frame_seconds /= speed

    app.SimulatorApp = Hurried  # type: ignore[misc]
    from tuisim.cli import main as tuisim

    return tuisim(options)


if __name__ == "__main__":
    sys.exit(main())
