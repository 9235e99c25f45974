"""The command line as tests use it: as a program, and called in this process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import click
import pytest

from tuisim import cli
from tuisim.commands.demos.sources import opening
from tuisim.commands.run.options import asked_for
from tuisim.values.experiment import Experiment


def tuisim(
    *words: str, encoding: str = "utf-8", **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run the program, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "tuisim", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding=encoding,
        env=os.environ | environ,
        timeout=120,
    )


def failure(capsys: pytest.CaptureFixture[str], words: Sequence[str]) -> tuple[int, str]:
    """The exit code and the single line of a command that fails."""
    code = cli.main(words)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("tuisim: ")
    assert captured.err.endswith("\n")
    assert captured.err.count("\n") == 1
    return code, captured.err[len("tuisim: ") : -1]


def from_words(words: list[str]) -> Experiment:
    """The experiment that the command line makes of these words."""
    with click.Context(cli.cli) as ctx:
        cli.cli.parse_args(ctx, words)
        return asked_for(ctx, ctx.params).experiment


def opened(*words: str) -> dict[str, Any]:
    """What the app is opened with by these words, as its arguments."""
    with click.Context(cli.cli) as ctx:
        return opening(ctx, words).options()
