"""Where nothing happens nothing is written, over a slow link least of all."""

from __future__ import annotations

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
