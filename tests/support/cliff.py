"""The cliff, opened and settled."""

from __future__ import annotations

from tests.support.harness import Bench
from tuisim.tui.screens.cliff import CliffScreen


async def cliff(bench: Bench, *keys: str) -> CliffScreen:
    """The cliff, opened and settled, after these keys."""
    await bench.press("9")
    screen = bench.app.screen
    assert isinstance(screen, CliffScreen)
    await rest(bench, screen)
    for key in keys:
        await bench.press(key)
        await rest(bench, screen)
    return screen


async def rest(bench: Bench, screen: CliffScreen) -> None:
    await bench.wait_for(lambda: screen.settled or not screen.is_current)
    await bench.settle()
