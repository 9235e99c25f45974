"""The map of where training works: what it finds, and the plan that it shares with view 8."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from syrupy.assertion import SnapshotAssertion

from tests.support.harness import running
from tests.support.maps import LEARNER, QUICK, where_training_works
from tuisim.engine.sweeps.sweep import sweep
from tuisim.figures.views.surfaces.phase import value_words
from tuisim.tui.screens.main import MainScreen
from tuisim.tui.screens.map import MapScreen
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan


async def test_where_training_works_is_what_a_sweep_finds(picture: SnapshotAssertion) -> None:
    async with running(LEARNER, size=(80, 24)) as bench:
        screen = await where_training_works(bench)
        assert "training succeeds over radius and depth" in bench.text
        assert "1 run a cell: recall, up to 40 updates of 100, rate 1" in bench.text
        found = screen.filled
        assert found is not None
        assert found.request.y.values == (5, 10, 15, 20, 25, 30, 35, 40)
        expected = sweep(LEARNER, found.request.x, found.request.y, "success", plan=QUICK)
        np.testing.assert_array_equal(found.values, expected.values)
        assert {*expected.values.ravel().tolist()} == {0.0, 1.0}
        here = expected.values[1, found.request.x.values.index(1.0)]
        words = value_words("success", float(here))
        assert f"radius 1, depth 10: training succeeds {words}" in bench.text
        assert await bench.svg() == picture


async def test_a_net_that_cannot_be_trained_is_mapped_as_view_8_trains_it() -> None:
    e = Experiment(width=4, depth=20, tied=False, drive="noise", members=3)
    async with running(e) as bench:
        await bench.press("7", "V")
        screen = bench.app.screen
        assert isinstance(screen, MapScreen)
        assert "3 runs a cell: recall, up to 2000 updates of 16, rate 0.1" in bench.text
        await bench.wait_for(lambda: screen.filled is not None)
        assert screen.filled is not None
        asked = attrs.evolve(e, tied=True, drive="none", batch=16)
        assert screen.filled.request.experiment == asked
        # It takes long, and is left at once all the same.
        assert not screen.settled
        assert "computing, " in bench.text
        await bench.press("escape")
        assert isinstance(bench.app.screen, MainScreen)
        await bench.wait_for(lambda: screen._background.idle)


async def test_the_learning_rate_is_a_field_of_what_is_trained_alone() -> None:
    async with running(LEARNER) as bench:
        screen = await where_training_works(bench, "X")
        assert "training succeeds over learning_rate and depth" in bench.text
        assert "updates of 100" in bench.text
        assert ", rate" not in bench.text
        before = screen.filled
        await bench.on(MapScreen, "right")
        assert bench.app.main.plan == attrs.evolve(QUICK, learning_rate=3.0)
        assert bench.experiment == LEARNER
        assert "learning_rate 3, depth 10: training succeeds" in bench.text
        assert screen.filled is before
        # Nothing is trained for the next measure.
        await bench.on(MapScreen, "v")
        assert "gradient rate over radius and depth" in bench.text


async def test_view_8_goes_on_with_the_plan_and_the_map_takes_it() -> None:
    async with running(LEARNER) as bench:
        await bench.press("8")
        screen: Any = bench.app.screen
        await bench.wait_for(lambda: screen.settled)
        await bench.press("less_than_sign")
        await bench.wait_for(lambda: screen.look.plan.learning_rate == 0.05)
        await bench.press("escape", "7", "V")
        assert bench.app.main.plan == Plan(learning_rate=0.05)
        assert "up to 2000 updates of 100, rate 0.05" in bench.text
        await bench.press("escape", "8")
        screen = bench.app.screen
        await bench.wait_for(lambda: screen.settled)
        assert screen.plan == Plan(learning_rate=0.05)
