"""A command that is interrupted ends at once, and keeps what is done."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.command import tuisim
from tests.support.processes import until_it_catches, until_it_worked
from tests.support.terminal import PATIENCE, PROMPT, SIGNALS, session

#: Minutes of kernels and LAPACK, none of which can be interrupted.
WIDE = ["--width", "2048", "--depth", "10000"]

RUN = ["run", *WIDE, "--json"]
SWEEP = ["sweep", "--x", "radius=0.5:1.5:31", "--y", "depth=9000:10000:11", *WIDE[:2]]
TRAIN_WIDE = ["train", "--width", "1024", "--depth", "1000", "--batch", "64"]


@pytest.mark.parametrize("work", [0.0, 2.0])
@pytest.mark.parametrize(
    ("words", "how"),
    [
        *((RUN, how) for how in SIGNALS),
        *((words, how) for words in (SWEEP, TRAIN_WIDE) for how in ("SIGINT", "SIGTERM")),
    ],
    ids=lambda words: words if isinstance(words, str) else words[0],
)
def test_a_command_is_interrupted_at_once(words: list[str], how: str, work: float) -> None:
    with session(*words, stdout=subprocess.DEVNULL) as command:
        # SIGTERM, since Python itself catches SIGINT from its first line on.
        until_it_catches(command.process.pid, signal.SIGTERM, PATIENCE)
        until_it_worked(command.process.pid, work, PATIENCE)
        assert command.process.poll() is None
        command.process.send_signal(SIGNALS[how])
        code, drawn = command.leave(PROMPT)
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
        code, drawn = command.leave(PROMPT)
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
        code, drawn = command.leave(PROMPT)
    assert code == 128 + SIGNALS[how]
    assert [int(row["update"]) for row in rows] == list(range(len(rows)))
    assert rows
    assert f"tuisim: stopped after {len(rows)} of 1000000 updates".encode() in drawn


def test_without_a_terminal_a_training_shows_no_bar() -> None:
    done = tuisim("train", "--width", "4", "--depth", "6", "--batch", "4", "--steps", "5", "--csv")
    assert (done.returncode, done.stderr) == (0, "")
