"""The map of where training works, of nets that are trained in a moment."""

from __future__ import annotations

from tests.support.harness import Bench
from tuisim.tui.screens.map import MapScreen
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

#: Learns short sequences in the few updates that it is given.
LEARNER = Experiment(width=8, depth=10, radius=1.0, batch=100, clip="norm")
QUICK = Plan(steps=40, learning_rate=1.0)


async def where_training_works(bench: Bench, *keys: str) -> MapScreen:
    """The map of success after these keys, once all of it is there."""
    bench.app.main.plan = QUICK
    return await bench.on(MapScreen, "7", "V", *keys)
