"""Whatever comes down the line, the app lives and leaves the terminal as it found it."""

from __future__ import annotations

import os
import random
import re
import signal
import time

import pytest

from tests.support.terminal import DRAWN, PROMPT, session

NOISE = {
    "latin 1": b"\xe9",
    "an old mouse report": b"\x1b[M\xf0\xff\xe9",
    "no character": b"\x1b[99999999999;1;99999999999u",
    "no size": b"\x1b[48;0;0;0;0t\x1b[<0;5;5M",
    "a size beyond all": b"\x1b[48;9000;9000;0;0t\x1b[<35;5;5M",
}


@pytest.mark.parametrize("name", NOISE)
def test_noise_on_the_line_is_passed_over(name: str) -> None:
    with session("--width", "4", "--depth", "10") as app:
        app.read_until(DRAWN)
        app.write(NOISE[name])
        app.read(0.3)
        assert app.process.poll() is None
        app.write(b"q")
        code, drawn = app.leave(PROMPT)
        assert code == 0
        assert b"Traceback" not in drawn
        assert app.restored()


def test_random_bytes_end_nothing() -> None:
    seconds = float(os.environ.get("TUISIM_FUZZ_SECONDS", "6"))
    seed = int(os.environ.get("TUISIM_FUZZ_SEED", "0"))
    numbers = random.Random(seed)
    # What quits, and w, which soon asks for the widest net.
    bytes_ = [one for one in range(256) if one not in b"q\x11wW"]
    sent = b""
    with session("--width", "4", "--depth", "10") as app:
        app.read_until(DRAWN)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            sent += bytes(numbers.choices(bytes_, k=numbers.randint(1, 50)))
            app.write(sent[-50:])
            drawn = app.read(0.1)
            where = f"TUISIM_FUZZ_SEED={seed}, the last bytes: {sent[-200:]!r}"
            assert app.process.poll() is None, f"{where}\n{drawn.decode(errors='replace')}"
        app.process.send_signal(signal.SIGTERM)
        code, _ = app.leave(PROMPT)
        assert code == 128 + signal.SIGTERM, where
        assert app.restored()


@pytest.mark.parametrize("size", [(1000, 500), (500, 1000), (1, 1)])
def test_a_terminal_of_any_size_can_be_left(size: tuple[int, int]) -> None:
    with session("--width", "4", "--depth", "10", size=size) as app:
        drawn = app.read_until(DRAWN if min(size) > 1 else b"\x1b[?2004h")
        drawn += app.read(2.0)
        app.write(b"q")
        code, rest = app.leave(PROMPT)
        assert code == 0
        assert app.restored()
    rows = [int(row) for row in re.findall(rb"\x1b\[(\d+);\d+H", drawn + rest)]
    assert max(rows, default=0) <= 160
