"""Pictures of every view on every kind of terminal, where no other test has one.

One app goes through them, for an app takes longer to start than to show a view.
"""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.cliff import rest
from tests.support.harness import Bench, running
from tests.support.training import Training
from tuisim.figures.views.table import SCREENS
from tuisim.tui.screens.cliff import CliffScreen
from tuisim.tui.screens.map import MapScreen
from tuisim.values.experiment import Experiment

NET = Experiment(width=16, depth=40, spectrum="gaussian", radius=1.1)


@attrs.frozen
class Terminal:
    """A kind of terminal, and the views of which no other test has a picture on it."""

    size: tuple[int, int]
    views: str
    options: dict[str, Any] = attrs.field(factory=dict)


TERMINALS = {
    "200x60": Terminal((200, 60), "2345679"),
    "light": Terminal((80, 24), "2345689", {"theme": "textual-light"}),
    "256": Terminal((80, 24), "2345689", {"colours": "256"}),
    "16": Terminal((80, 24), "2345689", {"colours": "16"}),
    "no-color": Terminal((80, 24), "234569"),
    "ascii": Terminal((80, 24), "234569", {"ascii": True}),
}


async def on_view(bench: Bench, key: str) -> None:
    """Open a view, and wait for all of it."""
    await bench.press(key)
    if key in SCREENS:
        screen = bench.app.screen
        if isinstance(screen, CliffScreen):
            await rest(bench, screen)
        elif isinstance(screen, MapScreen):
            await bench.on(MapScreen)
        else:
            await Training(bench).advance(60)
    await bench.settle()


@pytest.mark.parametrize("name", TERMINALS)
async def test_every_view(
    name: str, picture: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = TERMINALS[name]
    if name == "no-color":
        monkeypatch.setenv("NO_COLOR", "1")
    async with running(NET, size=terminal.size, **terminal.options) as bench:
        for key in terminal.views:
            await on_view(bench, key)
            assert await bench.svg() == picture(name=f"view-{key}")
