"""The program ends when it is told to, with the right code, whatever computes or is sent to it."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.command import tuisim
from tests.support.processes import default_signals, until_it_catches
from tests.support.terminal import DRAWN, LEAVES, OPEN, PATIENCE, session

SIGNALS = {"SIGINT": 2, "SIGTERM": 15, "SIGHUP": 1}
#: What leaving takes at most, with a wide margin, and where all that it draws is read as well.
PROMPT, LAST = 6.0, 12.0
#: Minutes of kernels and LAPACK, none of which can be interrupted.
WIDE = ["--width", "2048", "--depth", "10000"]


# The app.


@pytest.mark.parametrize("wait", [0.2, 0.7, 1.2, 2.5])
@pytest.mark.parametrize("how", ["q", "SIGTERM", "SIGHUP"])
def test_leaving_while_a_wide_net_computes(how: str, wait: float) -> None:
    with session("--width", "1024", "--depth", "1000") as app:
        app.read_until(OPEN)
        app.read(wait)
        if how == "q":
            app.write(b"q")
        else:
            app.process.send_signal(SIGNALS[how])
        code, drawn = app.leave(LAST)
        assert code == (128 + SIGNALS[how] if how in SIGNALS else 0)
        assert LEAVES in drawn
        assert app.restored()


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
        code, drawn = app.leave(LAST)
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
        code, _ = app.leave(LAST)
        assert code == 128 + signal.SIGTERM, where
        assert app.restored()


def test_a_failure_of_the_app_is_one_line_and_no_success() -> None:
    fails = "from tuisim.tui.screens.main import MainScreen as M; M.action_pin = lambda self: 1 / 0"
    program = f"{fails}; from tuisim.cli import console; console()"
    with session("--width", "4", "--depth", "10", program=("-c", program)) as app:
        app.read_until(DRAWN)
        # What follows the failure does not make it a success.
        app.write(b"pqq")
        code, drawn = app.leave(LAST)
        assert code == 1
        assert app.restored()
    assert b"Traceback" not in drawn
    assert b"tuisim: ZeroDivisionError: division by zero (a fault of tuisim" in drawn


def test_a_terminal_that_is_gone_ends_the_app_without_a_signal_too() -> None:
    # As under nohup: nothing but the end of the input says so.
    program = (
        "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
        "from tuisim.cli import console; console()"
    )
    with session("--width", "4", "--depth", "10", program=("-c", program)) as app:
        app.read_until(DRAWN)
        os.close(app.terminal)
        os.close(app.screen)
        assert app.process.wait(3 * PROMPT) == 128 + signal.SIGHUP


@pytest.mark.parametrize("size", [(1000, 500), (500, 1000), (1, 1)])
def test_a_terminal_of_any_size_can_be_left(size: tuple[int, int]) -> None:
    with session("--width", "4", "--depth", "10", size=size) as app:
        drawn = app.read_until(DRAWN if min(size) > 1 else b"\x1b[?2004h")
        drawn += app.read(2.0)
        app.write(b"q")
        code, rest = app.leave(LAST)
        assert code == 0
        assert app.restored()
    rows = [int(row) for row in re.findall(rb"\x1b\[(\d+);\d+H", drawn + rest)]
    assert max(rows, default=0) <= 160


# Commands.


RUN = ["run", *WIDE, "--json"]
SWEEP = ["sweep", "--x", "radius=0.5:1.5:31", "--y", "depth=9000:10000:11", *WIDE[:2]]
TRAIN_WIDE = ["train", "--width", "1024", "--depth", "1000", "--batch", "64"]


@pytest.mark.parametrize("wait", [0.0, 3.0])
@pytest.mark.parametrize(
    ("words", "how"),
    [
        *((RUN, how) for how in SIGNALS),
        *((words, how) for words in (SWEEP, TRAIN_WIDE) for how in ("SIGINT", "SIGTERM")),
    ],
    ids=lambda words: words if isinstance(words, str) else words[0],
)
def test_a_command_is_interrupted_at_once(words: list[str], how: str, wait: float) -> None:
    with session(*words, stdout=subprocess.DEVNULL) as command:
        # SIGTERM, since Python itself catches SIGINT from its first line on.
        until_it_catches(command.process.pid, signal.SIGTERM, PATIENCE)
        time.sleep(wait)
        assert command.process.poll() is None
        command.process.send_signal(SIGNALS[how])
        code, drawn = command.leave(LAST)
    assert code == 128 + SIGNALS[how]
    assert b"Traceback" not in drawn
    assert b"Exception" not in drawn


TRAIN = shlex.split("train --width 8 --depth 12 --batch 8 --steps 1000000 --task recall")


def test_an_interrupted_training_keeps_what_is_done(tmp_path: Path) -> None:
    out = tmp_path / "steps.json"
    with session(*TRAIN, "--json", "--out", str(out), stdout=subprocess.DEVNULL) as command:
        seen = command.read_until(b"3/1000000")
        seen += command.read(1.5)
        command.process.send_signal(signal.SIGINT)
        code, drawn = command.leave(LAST)
    assert code == 130
    found = json.loads(out.read_text())
    count = len(found["steps"])
    assert f"tuisim: stopped after {count} of 1000000 updates".encode() in drawn
    # A bar, which went on.
    assert len(set(re.findall(rb"(\d+)/1000000", seen + drawn))) > 3
    # The command that the file names makes the same again.
    again = tuisim(*shlex.split(found["command"])[1:], "--json")
    assert json.loads(again.stdout) == found


@pytest.mark.parametrize("how", SIGNALS)
def test_an_interrupted_training_is_written_to_a_pipe(how: str) -> None:
    reads, writes = os.pipe()
    with session(*TRAIN, "--csv", stdout=writes) as command:
        os.close(writes)
        command.read_until(b"3/1000000")
        command.process.send_signal(SIGNALS[how])
        with open(reads) as pipe:
            rows = list(csv.DictReader(pipe))
        code, drawn = command.leave(LAST)
    assert code == 128 + SIGNALS[how]
    assert [int(row["update"]) for row in rows] == list(range(len(rows)))
    assert rows
    assert f"tuisim: stopped after {len(rows)} of 1000000 updates".encode() in drawn


def test_without_a_terminal_a_training_shows_no_bar() -> None:
    done = tuisim("train", "--width", "4", "--depth", "6", "--batch", "4", "--steps", "5", "--csv")
    assert (done.returncode, done.stderr) == (0, "")


# What only the program's own entry may do.


def test_what_is_registered_for_the_end_is_done_although_a_thread_computes() -> None:
    program = (
        "import atexit, sys, threading, time; from tuisim.terminal.ending import run_program\n"
        "atexit.register(lambda: print('registered'))\n"
        "def main():\n"
        "    threading.Thread(target=time.sleep, args=(30,), name='tuisim-work').start()\n"
        "    print('written')\n"
        "    return 3\n"
        "run_program(main)\n"
    )
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=PATIENCE)
    assert time.monotonic() - begun < 20
    assert (done.returncode, done.stdout.split()) == (3, [b"written", b"registered"])


def test_nothing_opened_later_is_taken_for_a_stream_that_was_closed() -> None:
    words = "import os; from tuisim.terminal.ending import run_program as run; "
    words += "run(lambda: os.open(os.devnull, os.O_RDONLY))"
    shell = f"{shlex.quote(sys.executable)} -c {shlex.quote(words)} <&- >&- 2>&-"
    assert subprocess.run(shell, shell=True, timeout=60).returncode > 2


@pytest.mark.parametrize("where", ["in an import", "before the first command"])
def test_an_interrupt_as_it_begins_is_no_traceback(where: str) -> None:
    words = {
        "in an import": "class Interrupts:\n"
        "    def find_spec(self, name, *others):\n"
        "        if name == 'tuisim.cli': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupts())\n",
        "before the first command": "from tuisim.terminal import ending\n"
        "def interrupted(*_): raise KeyboardInterrupt\n"
        "ending.leave_on_signals = interrupted\n",
    }[where]
    program = f"import sys\n{words}from tuisim.__main__ import program; program()"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=60, stdin=subprocess.DEVNULL
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_a_main_thread_that_hears_no_signal_is_ended() -> None:
    # Minutes in one call that lets go of the interpreter, as a kernel does.
    program = (
        "import hashlib; from tuisim.terminal.ending import run_program\n"
        "def deaf():\n"
        "    print('on', flush=True)\n"
        "    hashlib.pbkdf2_hmac('sha256', b'word', b'salt', 10**9)\n"
        "run_program(deaf)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, preexec_fn=default_signals
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PROMPT) == 128 + signal.SIGTERM
    finally:
        process.kill()
        process.wait(PROMPT)
