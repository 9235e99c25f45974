"""Pictures of the map."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.harness import running
from tuisim.tui.screens.map import MapScreen
from tuisim.values.experiment import Experiment


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_picture(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with running(Experiment(), size=size) as bench:
        await bench.on(MapScreen, "7")
        assert await bench.svg() == picture


async def test_picture_in_ascii(picture: SnapshotAssertion) -> None:
    async with running(Experiment(), size=(80, 24), ascii=True) as bench:
        await bench.on(MapScreen, "7")
        assert await bench.svg() == picture


async def test_picture_without_colours(
    picture: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(Experiment(), size=(80, 24)) as bench:
        await bench.on(MapScreen, "7")
        assert await bench.svg() == picture
