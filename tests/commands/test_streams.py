"""Streams that are closed, or that nobody reads to the end: one line or none, and no success."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest

PROGRAM = f"{shlex.quote(sys.executable)} -m tuisim"
TRAIN = "train --width 4 --depth 5 --steps 5 --csv"


def through_a_shell(line: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """What a shell says of a line; its standard input is at its end."""
    return subprocess.run(
        line,
        shell=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=os.environ | environ,
        timeout=120,
    )


@pytest.mark.parametrize("words", ["--help", "--version", "plot", "presets", "plot --help", TRAIN])
def test_a_closed_output_is_one_line_and_a_failure(words: str) -> None:
    done = through_a_shell(f"{PROGRAM} {words} >&-")
    assert (done.returncode, done.stderr) == (1, "tuisim: standard output is closed\n")


def test_what_needs_no_output_does_without() -> None:
    done = through_a_shell(f"{PROGRAM} run --width 4 --depth 5 --out /dev/null >&-")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", ["plot", "presets"])
def test_a_closed_error_stream_hinders_nothing(words: str) -> None:
    done = through_a_shell(f"{PROGRAM} {words} 2>&-")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize(
    "closed", ["", "<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"]
)
def test_the_app_is_refused_without_a_terminal_whatever_is_closed(closed: str) -> None:
    done = through_a_shell(f"{PROGRAM} {closed}")
    assert done.returncode == 2
    assert done.stdout == ""
    said = "" if "2>" in closed else "tuisim: standard input is not a terminal"
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == bool(said)


@pytest.mark.parametrize("words", ["--help", "plot --help", "doctor", "presets", "plot", TRAIN])
def test_who_reads_nothing_ends_a_command_in_silence(words: str) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    command = [sys.executable, "-m", "tuisim", *words.split()]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=writes, stderr=subprocess.PIPE, timeout=120
        )
    finally:
        os.close(writes)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_who_reads_no_more_than_the_head_does_too(unbuffered: str) -> None:
    # More than a pipe holds.
    done = through_a_shell(
        f"{{ {PROGRAM} run --width 4 --depth 50000 --csv; echo $? >&2; }} | head -1",
        PYTHONUNBUFFERED=unbuffered,
    )
    assert done.stderr == "141\n"
    assert done.stdout.startswith("member,t,hidden_log10,")
