"""Pictures of the training screen."""

from __future__ import annotations

import attrs
import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.training import NET, WILD, Training, training

SIZES = [(80, 24), (120, 40)]
sized = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


async def learned(t: Training) -> None:
    """A run that failed is pinned; the same net clipped has learned the task."""
    await t.advance(50)
    await t.press("p", "k", "0")
    await t.advance(180)


@sized
async def test_picture(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with training(WILD, size=size) as t:
        await learned(t)
        assert await t.bench.svg() == picture


@sized
async def test_picture_of_trouble(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with training(WILD, size=size) as t:
        await t.advance(50)
        assert await t.bench.svg() == picture


@pytest.mark.parametrize("size", [(40, 12), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_picture_at_other_sizes(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with training(attrs.evolve(WILD, cell="gru", activation="tanh"), size=size) as t:
        await t.advance(60)
        assert await t.bench.svg() == picture


async def test_picture_in_ascii(picture: SnapshotAssertion) -> None:
    async with training(WILD, size=(80, 24), ascii=True) as t:
        await learned(t)
        assert all(row.isascii() for row in t.bench.rows)
        assert await t.bench.svg() == picture


async def test_picture_without_colours(
    picture: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with training(WILD, size=(120, 40)) as t:
        await learned(t)
        assert await t.bench.svg() == picture


async def test_picture_before_the_first_update(picture: SnapshotAssertion) -> None:
    async with training(NET, size=(80, 24)) as t:
        assert await t.bench.svg() == picture


async def test_picture_of_the_form(picture: SnapshotAssertion) -> None:
    async with training(NET, size=(80, 24)) as t:
        await t.bench.pilot.press("o")
        await t.settle()
        assert await t.bench.svg() == picture
