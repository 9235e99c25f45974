"""An engine that fails, and what comes late, leave an app to work with."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from tests.support.harness import running
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
