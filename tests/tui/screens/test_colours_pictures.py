"""Pictures in the colours that terminals have, few or all, and on a light ground."""

from __future__ import annotations

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.harness import Bench, running
from tuisim.terminal.palette import System
from tuisim.values.experiment import Experiment

EXPLODING = Experiment(activation="identity", radius=1.2)
EDGE = Experiment(spectrum="gaussian", tied=False, depth=50, bias=0.3)

#: By what is shown: the net, and the keys.
SHOWN = {
    "norms": (EXPLODING, ()),
    "map": (EDGE, ("7", "y")),
    "remedies": (Experiment(), ("R",)),
}


async def worked(bench: Bench, *keys: str) -> None:
    """Press keys for a screen that works before it shows something."""
    for key in keys:
        await bench.press(key)
        screen: Any = bench.app.screen
        await bench.wait_for(lambda screen=screen: getattr(screen, "settled", True))
        await bench.settle()


@pytest.mark.parametrize("colours", ["256", "16"])
@pytest.mark.parametrize("shown", [*SHOWN])
async def test_few_colours(shown: str, colours: System, picture: SnapshotAssertion) -> None:
    experiment, keys = SHOWN[shown]
    async with running(experiment, size=(80, 24), colours=colours) as bench:
        await worked(bench, *keys)
        assert await bench.svg() == picture


async def test_the_edge_of_chaos_in_all_colours(picture: SnapshotAssertion) -> None:
    experiment, keys = SHOWN["map"]
    async with running(experiment, size=(80, 24)) as bench:
        await worked(bench, *keys)
        assert "line: mean field theory says" in bench.text
        assert await bench.svg() == picture


@pytest.mark.parametrize("shown", [*SHOWN])
async def test_a_light_ground(shown: str, picture: SnapshotAssertion) -> None:
    experiment, keys = SHOWN[shown]
    async with running(experiment, size=(120, 40), theme="textual-light") as bench:
        await worked(bench, *keys)
        assert await bench.svg() == picture
