"""An engine that fails, and what comes late, leave an app to work with."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.support.harness import PATIENCE, running
from tuisim.figures.drawing.sheet import Sheet
from tuisim.terminal import faults
from tuisim.tui.state import laboratory
from tuisim.tui.state.computing import compute
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=30)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ValueError("width: got 8 on a Monday"), "width: got 8 on a Monday"),
        (
            MemoryError(),
            "memory: there is not enough for this; lower width, depth, batch or members",
        ),
        (ZeroDivisionError(), "ZeroDivisionError"),
        (RuntimeError("two\nlines"), "two lines"),
    ],
)
async def test_a_failing_engine_is_one_line_and_the_app_lives(
    error: Exception, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(experiment: Experiment) -> Any:
        raise error

    async with running(NET) as bench:
        shown = bench.app.current_run
        with monkeypatch.context() as patch:
            patch.setattr(laboratory, "compute", failing)
            await bench.press("w")
        assert bench.notice == says
        assert bench.app.experiment.width == 16
        assert bench.app.current_run is shown
        await bench.press("right")
        assert bench.experiment == attrs.evolve(NET, width=16, radius=0.91)
        await bench.press("u", "u")
        assert bench.experiment == NET


async def test_an_engine_that_fails_from_the_start_leaves_an_app_to_work_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def failing(experiment: Experiment) -> Any:
        if experiment.width == NET.width:
            raise ValueError("width: got 8, which this engine does not like")
        return compute(experiment)

    monkeypatch.setattr(laboratory, "compute", failing)
    async with running(NET) as bench:
        assert bench.app.current_run is None
        assert "does not like" in bench.notice
        await bench.press("p", "y", "l", "space", "full_stop", "escape", "question_mark", "escape")
        await bench.press("w")
        assert bench.experiment.width == 16


async def test_what_comes_after_the_screens_were_closed_finds_none() -> None:
    from tuisim.tui.state.messages import (
        KernelsPrepared,
        MeasureProgressed,
        RunComputed,
        Warned,
        WorkFailed,
    )

    async with running(Experiment(width=3, depth=5)) as bench:
        app = bench.app
        run = app.current_run
        assert run is not None
        computed = app.laboratory.computed
        assert computed is not None
    assert not app.screen_stack
    app.on_kernels_prepared(KernelsPrepared(1, 1, "ready", 0))
    app.on_run_computed(RunComputed(computed))
    app.on_measure_progressed(MeasureProgressed(run, "modes", 1, 2))
    app.on_work_failed(WorkFailed(None, "late"))
    app.on_warned(Warned("late"))


#: What fails, and the keys after which that is to be seen.
PARTS = {
    "a figure": ("tuisim.figures.views.table.hidden_figure", ""),
    "a drawing": ("tuisim.figures.drawing.sheet.Sheet.draw", ""),
    "a measure": ("tuisim.engine.diagnosis.modes.modes", "5"),
    "a map": ("tuisim.engine.sweeps.values.cell_values", "7"),
    "a map's figure": ("tuisim.tui.screens.map.phase_figure", "7"),
    "a training": ("tuisim.engine.training.course.Course.look", "8"),
    "a training's figures": ("tuisim.figures.views.training.training_figures", "8"),
    "a surface": ("tuisim.engine.surfaces.one_unit.OneUnit.evaluate", "9"),
    "a surface's figure": ("tuisim.tui.screens.surface.landscape_figure", "9"),
    "a comparison": ("tuisim.engine.diagnosis.comparison.compare", "R"),
    "a reservoir": ("tuisim.engine.reservoirs.echo.state_distance", "E"),
    "a stream": ("tuisim.engine.runs.stream.Stream.advance", "f"),
}


@pytest.mark.parametrize("name", PARTS)
async def test_what_fails_is_said_in_its_place_and_the_app_lives(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    target, key = PARTS[name]
    plain = Sheet.draw

    def failing(*arguments: Any, **options: Any) -> Any:
        if name == "a drawing" and not arguments[1].series:
            # Words are drawn too.
            return plain(*arguments, **options)
        raise RuntimeError("out of order")

    def is_said() -> bool:
        return "out of order" in " ".join(bench.text.replace("│", " ").split())

    faults.report_to(tmp_path)
    async with running(NET) as bench:
        with monkeypatch.context() as patch:
            patch.setattr(target, failing)
            await bench.pilot.press(key or "right")
            if key == "f":
                # Time that passes before the stream is there moves nothing.
                async with asyncio.timeout(PATIENCE):
                    while not is_said():
                        await bench.pass_time(0.2)
            await bench.wait_for(is_said)
        assert not bench.app.laboratory.streaming
        # Where two threads fail alike, one writes while the other says so.
        await bench.wait_for(lambda: any(tmp_path.glob("[!.]*.txt")))
        (report,) = tmp_path.glob("[!.]*.txt")
        assert "out of order" in report.read_text()
        bench.post_key("escape")
        await bench.wait_for(lambda: bench.app.screen is bench.app.main)
        # All is there again once nothing fails.
        await bench.press("1", "n")
        assert bench.experiment.seed == 1
        assert not is_said()
    assert bench.app.failure is None
    faults.report_to(None)
