"""What the app says of kernels: how far they are, and that they are not kept."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.harness import running
from tuisim.engine.kernels.compiler import door
from tuisim.system import places
from tuisim.tui.state.messages import KernelsPrepared
from tuisim.values.experiment import Experiment

NET = Experiment(width=4, depth=5)


async def test_that_kernels_are_not_kept_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "unkept", places.HOMELESS)
    async with running(NET) as bench:
        await bench.wait_for(lambda: "compiled in memory" in bench.notice)
        words = f"kernels are compiled in memory at every start: {places.HOMELESS}"
        assert bench.notice == words


@pytest.mark.parametrize(
    ("compiled", "again", "said"),
    [
        (0, False, "loading kernels 3/9: forward"),
        (2, False, "compiling kernels 3/9: forward (once on a machine)"),
        (2, True, "compiling kernels 3/9: forward"),
    ],
)
async def test_how_far_they_are(compiled: int, again: bool, said: str) -> None:
    async with running(NET) as bench:
        bench.app.on_kernels_prepared(KernelsPrepared(2, 9, "forward", compiled, again))
        assert bench.notice == said
        bench.app.on_kernels_prepared(KernelsPrepared(9, 9, "ready", compiled, again))
        assert "kernels" not in bench.notice


def test_no_warning_is_written_over_the_screen() -> None:
    program = """
import warnings
from tuisim import cli
from tuisim.commands.run import app
from tuisim.tui.app import SimulatorApp
SimulatorApp.run = lambda self, mouse: warnings.warn("over the screen")
app.missing_terminals = lambda: ()
cli.main([])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
