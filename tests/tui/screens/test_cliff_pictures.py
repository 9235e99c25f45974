"""Pictures of the cliff."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.cliff import cliff
from tests.support.harness import running
from tuisim.values.experiment import Experiment


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_picture(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with running(Experiment(), size=size) as bench:
        await cliff(bench)
        assert await bench.svg() == picture


async def test_picture_in_ascii_without_colour(
    picture: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(Experiment(), size=(80, 24), ascii=True) as bench:
        await cliff(bench)
        assert await bench.svg() == picture


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_picture_of_two_eigenvalues_in_play(
    size: tuple[int, int], picture: SnapshotAssertion
) -> None:
    async with running(Experiment(), size=size) as bench:
        screen = await cliff(bench, "m", "space")
        bench.clock.now += 0.25
        screen.tick()
        assert await bench.svg() == picture


async def test_picture_where_there_is_little_room(picture: SnapshotAssertion) -> None:
    async with running(Experiment(), size=(40, 12)) as bench:
        await cliff(bench)
        assert await bench.svg() == picture


async def test_picture_of_the_help(picture: SnapshotAssertion) -> None:
    async with running(Experiment(), size=(100, 40)) as bench:
        await cliff(bench, "question_mark")
        assert await bench.svg() == picture
