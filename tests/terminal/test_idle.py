"""Where nothing happens nothing is written, and little where something does."""

from __future__ import annotations

import time

from tests.support.shown import shown

#: In seconds. A cursor that blinks repaints twice in one.
LONG = 1.5


def test_a_screen_at_rest_writes_nothing() -> None:
    with shown("--width", "4", "--depth", "10", "--batch", "4") as app:
        app.shows("q quit")
        app.until(lambda: "kernels" not in app.text)
        for keys in (b"", b":", b"\x1b", b"o", b"\x1b", b"?", b"q", b"e", b"q", b"8", b"q"):
            app.write(keys)
            app.at_rest(1.0)
            assert app.read(LONG) == b"", f"after {keys!r}:\n{app.text}"


def test_what_plays_writes_few_bytes() -> None:
    with shown("--width", "64", "--depth", "2000", size=(40, 120)) as app:
        app.shows("q quit")
        app.until(lambda: "kernels" not in app.text)
        app.at_rest()
        # Fifty steps a second, so that each frame has what to show.
        app.write(b"+ ")
        app.read(0.5)
        begun = time.monotonic()
        written = len(app.read(2.0))
        assert 500 < written < 40_000 * (time.monotonic() - begun)
