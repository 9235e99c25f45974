"""The kit for others' tests: the app without a terminal, over a clock that stands still.

Strings in, strings out; no test framework is imported. May import tui and all under it. Begin at
kit.py. The app is `make_app`, its screen `plain_screen` or `svg`.
"""

from tuisim.testing.clock import Clock
from tuisim.testing.keys import UntakenKeyError, press
from tuisim.testing.kit import make_app
from tuisim.testing.pictures import plain_screen, svg
from tuisim.testing.waiting import UnsettledError, settled

__all__ = [
    "Clock",
    "UnsettledError",
    "UntakenKeyError",
    "make_app",
    "plain_screen",
    "press",
    "settled",
    "svg",
]
