"""Sweeps begun as programs, and one whose nets are trained."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.support.processes import default_signals
from tuisim import Experiment, Plan, Sweep, sweep

#: Some seconds of work in many pieces.
LONG = ["--x", "radius=0.5:1.5:300", "--y", "bias=0:1:40", "--width", "64", "--depth", "300"]


def started(*words: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tuisim", "sweep", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=default_signals,
        **({"stderr": subprocess.PIPE} | options),
    )


def wait_for_work(process: subprocess.Popen[str], partial: Path, lines: int) -> None:
    """Until the partial file has so many lines."""
    end = time.monotonic() + 60
    while not partial.exists() or partial.read_bytes().count(b"\n") < lines:
        assert time.monotonic() < end, "waited in vain"
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"ended with {process.wait(0.01)}")


SUCCESS = ["--x", "depth=2,9", "--y", "remedy=plain,echo-state", "--measure", "success"]
#: A net that learns, or not, in a moment.
LEARNER = ["--width", "8", "--batch", "20", "--radius", "1", "--members", "3"]
LEARNER += ["--learning-rate", "0.5", "--steps", "60"]


def learned() -> Sweep:
    e = Experiment(width=8, batch=20, radius=1.0, members=3)
    return sweep(e, SUCCESS[1], SUCCESS[3], "success", plan=Plan(learning_rate=0.5, steps=60))
