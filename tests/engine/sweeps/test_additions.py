"""A measure that is added is a number and its words: sweeps, their files and view 7 have it."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from tests.support.harness import running
from tuisim import Experiment, cli, simulate, sweep
from tuisim.engine.runs.run import Run
from tuisim.engine.sweeps import cell_measures
from tuisim.engine.sweeps.cell_measures import ForwardMeasure
from tuisim.tui.screens.map import MapScreen
from tuisim.values import measured
from tuisim.values.measured import Measured

WORDS = Measured("largest_state", "largest state", "The largest entry of h over all steps.", "of φ")
NET = Experiment(width=6, depth=20)


def largest(run: Run) -> float:
    return float(np.abs(run.states).max())


@pytest.fixture(autouse=True)
def added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(measured.MEASURED, WORDS.name, WORDS)  # type: ignore[arg-type]
    number = ForwardMeasure(WORDS.name, largest)
    monkeypatch.setitem(cell_measures.MEASURES, WORDS.name, number)


def test_a_sweep_measures_it() -> None:
    found = sweep(NET, "radius=0.5,1.5", "depth=3,9", "largest_state")
    for row, depth in enumerate((3, 9)):
        for column, radius in enumerate((0.5, 1.5)):
            own = simulate(Experiment(width=6, depth=depth, radius=radius))
            assert found.values[row, column] == largest(own)


def test_the_command_writes_and_draws_it(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sweep", "--x", "radius=0.5,1.5", "--y", "depth=3,9", "--width", "6", "--quiet"]
    words += ["--measure", "largest_state"]
    assert cli.main(words) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    own = simulate(Experiment(width=6, depth=9, radius=1.5))
    assert float(rows[-1]["largest_state"]) == largest(own)
    for more in ([], ["--y", "activation=tanh,relu"]):
        assert cli.main([*words, *more, "--plot", "--columns", "70", "--rows", "18"]) == 0
        assert "largest state over radius" in capsys.readouterr().out


async def test_view_7_maps_and_explains_it() -> None:
    async with running(NET) as bench:
        await bench.on(MapScreen, "7", "V")
        assert "largest state over radius and depth" in bench.text
        assert f"radius 0.9, depth 20: largest state {largest(simulate(NET)):.4g}" in bench.text
        await bench.press("question_mark")
        assert "The largest entry of h over all steps." in bench.text
