"""The terminal is resized at any moment, also to sizes in which nothing can be drawn.

TUISIM_FUZZ_SECONDS lets it go on for longer, TUISIM_FUZZ_SEED repeats what failed.
"""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from tests.support.shown import Shown, shown
from tests.support.terminal import PROMPT
from tuisim.terminal.terminal import SMALLEST

SECONDS = float(os.environ.get("TUISIM_FUZZ_SECONDS", "8"))
SEED = int(os.environ.get("TUISIM_FUZZ_SEED", "0"))
#: How often a screen at rest is compared with one drawn anew.
COMPARED = 2
LARGEST = (300, 100)

#: What goes on meanwhile: the keys that begin it, and the one that pauses it and lets it go on.
MEANWHILE = {
    "playing": (b" ", b" "),
    "streaming": (b"f", b" "),
    "training": (b"8 ", b" "),
    "editing": (b"e\x1b[C", b""),
    "the form": (b"o", b""),
    "the palette": (b":rad", b""),
    "the map": (b"7", b""),
}


@pytest.mark.parametrize("name", MEANWHILE)
def test_the_screen_is_as_drawn_anew_after_any_sizes(name: str) -> None:
    begins, pauses = MEANWHILE[name]
    numbers, done = random.Random(f"{SEED} {name}"), list[tuple[int, int]]()
    with shown("--width", "4", "--depth", "30", "--batch", "4") as app:
        app.shows("q quit")
        app.until(lambda: "kernels" not in app.text)
        app.write(begins)
        try:
            for _ in range(COMPARED):
                resize_for_a_while(app, numbers, done)
                app.write(pauses)
                the_same_anew(app)
                app.write(pauses)
        except AssertionError as error:
            error.add_note(f"TUISIM_FUZZ_SEED={SEED}, the last sizes: {done[-20:]}")
            raise
        print(f"{name}: {len(done)} sizes")
        app.process.send_signal(signal.SIGTERM)
        code, drawn = app.leave(PROMPT)
    assert code == 128 + signal.SIGTERM
    assert b"Traceback" not in drawn


def resize_for_a_while(app: Shown, numbers: random.Random, done: list[tuple[int, int]]) -> None:
    """Take many sizes, most of them before the last one is drawn; the last can be drawn."""
    end = time.monotonic() + SECONDS / COMPARED / len(MEANWHILE)
    while time.monotonic() < end or min(map(int.__sub__, done[-1], SMALLEST)) < 0:
        few = numbers.random() < 0.3
        columns, rows = (numbers.randint(1, most // (6 if few else 1)) for most in LARGEST)
        done.append((columns, rows))
        app.resize(columns, rows)
        app.read(numbers.choice([0.0, 0.002, 0.02, 0.1]))
        if numbers.random() < 0.2:
            # There and back, of which the program sees nothing.
            app.resize(max(columns // 2, 1), max(rows // 2, 1))
            app.resize(columns, rows)
        assert app.process.poll() is None


def the_same_anew(app: Shown) -> None:
    """What stands there stands there too where all is drawn anew, and laid out anew."""
    # The last size has room for a screen; at rest is also who waits for a busy machine.
    app.until(lambda: "too small" not in app.text)
    # A notice goes by itself, and comes when the stream begins.
    app.at_rest()
    app.until(lambda: "streaming: a key changes" not in app.text)
    app.at_rest()
    before, (columns, rows) = app.emulator.cells, app.emulator.size
    text = app.text
    app.process.send_signal(signal.SIGSTOP)
    app.process.send_signal(signal.SIGCONT)
    app.at_rest()
    assert app.text == text
    assert app.emulator.cells == before
    app.resize(columns + 7, rows + 3)
    app.at_rest()
    app.resize(columns, rows)
    app.at_rest()
    assert app.text == text
    assert app.emulator.cells == before


@pytest.mark.parametrize("size", [(39, 30), (100, 11), (1, 1), (12, 3)])
def test_a_terminal_that_is_too_small_says_so_and_comes_back(size: tuple[int, int]) -> None:
    with shown("--width", "4", "--depth", "30") as app:
        app.shows("q quit")
        app.until(lambda: "kernels" not in app.text)
        app.at_rest()
        before = app.emulator.cells
        app.resize(*size)
        said = f"{size[0]}x{size[1]} is too small: tuisim needs 40x12"
        app.at_rest()
        assert said.replace(" ", "").startswith("".join(app.text.split()))
        assert app.text.strip()
        if min(size) > 1:
            assert "too" in app.text
        app.resize(100, 30)
        app.shows("q quit")
        app.at_rest()
        assert app.emulator.cells == before
        # Another for a moment, of which the program only hears that there was something.
        app.emulator.resize(*size)
        app.emulator.resize(100, 30)
        app.process.send_signal(signal.SIGWINCH)
        app.at_rest()
        assert app.emulator.cells == before
        # It listens.
        app.resize(*size)
        app.at_rest()
        app.write(b"\x1b[C")
        app.at_rest()
        assert said.replace(" ", "").startswith("".join(app.text.split()))
        app.resize(100, 30)
        app.shows("0.91", "q quit")
