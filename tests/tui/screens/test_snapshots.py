"""Pictures of the screens, to be looked at when they change: `pytest --snapshot-update`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.harness import Bench, running
from tuisim.values import presets
from tuisim.values.experiment import Experiment

Keys = Callable[[Bench], Awaitable[None]]

NET = Experiment()
DEAD = Experiment(
    activation="relu", spectrum="gaussian", radius=1.4, width=3, depth=60, tied=False, seed=39
)


SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_at_rest(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with running(NET, size=size) as bench:
        assert await bench.svg() == picture


@pytest.mark.parametrize("size", [*SIZES, (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_playing_forward(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with running(NET, size=size) as bench:
        await bench.press("space")
        await bench.pass_time(2.0)
        assert await bench.svg() == picture


async def test_playing_backward(picture: SnapshotAssertion) -> None:
    async with running(NET) as bench:
        await bench.press("space")
        await bench.pass_time(7.0)
        assert await bench.svg() == picture


async def test_paused_in_the_backward_pass(picture: SnapshotAssertion) -> None:
    async with running(NET) as bench:
        await bench.press("space")
        await bench.pass_time(7.0)
        await bench.press("space")
        assert await bench.svg() == picture


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_pinned(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with running(NET, size=size) as bench:
        await bench.press("p", "right_square_bracket", "right_square_bracket", "p", "a")
        assert await bench.svg() == picture


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_eigenvalue_editor(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    experiment = Experiment(
        width=5,
        activation="identity",
        spectrum="eigenvalues",
        eigenvalues=(0.6 + 0.6j, 0.6 - 0.6j, 0.95, -0.4, 0.2),
    )
    async with running(experiment, size=size) as bench:
        await bench.press("e", "up", "right", "tab", "right")
        assert await bench.svg() == picture


async def test_the_editor_says_what_it_drops(picture: SnapshotAssertion) -> None:
    async with running(presets.preset("non-normal"), size=(80, 24)) as bench:
        await bench.press("e")
        assert await bench.svg() == picture


@pytest.mark.parametrize(
    "size", [(80, 24), (120, 40), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}"
)
async def test_the_form_with_a_wrong_value(
    size: tuple[int, int], picture: SnapshotAssertion
) -> None:
    async with running(NET, size=size) as bench:
        await bench.press("o", *["tab"] * 5, "home", "minus")
        assert await bench.svg() == picture


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_help(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with running(NET, size=size) as bench:
        await bench.press("tab", "tab", "question_mark")
        assert await bench.svg() == picture


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    "name", ["exploding", "dead", "not-a-number", "infinite", "members", "linear-net", "layers"]
)
async def test_regimes(name: str, size: tuple[int, int], picture: SnapshotAssertion) -> None:
    experiment = {
        "exploding": Experiment(activation="identity", radius=1.2),
        # Relu passes nothing on once all of a layer is negative.
        "dead": DEAD,
        "not-a-number": attrs.evolve(NET, activation="softplus", radius=30, depth=300),
        "infinite": Experiment(
            activation="relu", spectrum="identity", radius=20, depth=300, bias=1, width=4
        ),
        "members": Experiment(members=8, spectrum="gaussian", radius=1.0),
        "linear-net": Experiment(activation="identity", radius=0.98, departure=0.4),
        "layers": Experiment(tied=False, activation="sigmoid", spectrum="gaussian", radius=2.0),
    }[name]
    async with running(experiment, size=size) as bench:
        assert await bench.svg() == picture


async def test_a_linear_axis(picture: SnapshotAssertion) -> None:
    async with running(attrs.evolve(NET, radius=1.02), size=(120, 40)) as bench:
        await bench.press("l")
        bench.app.main._forget_news()
        await bench.settle()
        assert await bench.svg() == picture


async def test_the_light_theme(picture: SnapshotAssertion) -> None:
    async with running(NET, theme="textual-light") as bench:
        await bench.press("p", "right_square_bracket", "right_square_bracket", "end")
        assert await bench.svg() == picture


async def test_no_color(picture: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(NET) as bench:
        await bench.press("p", "right_square_bracket", "right_square_bracket", "end")
        assert await bench.svg() == picture


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_ascii(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with running(NET, size=size, ascii=True) as bench:
        await bench.press("p", "right_square_bracket", "right_square_bracket", "end")
        assert await bench.svg() == picture


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_streaming_over_a_change(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with running(attrs.evolve(NET, radius=1.0), size=size) as bench:
        await bench.press("f")
        for _ in range(7):
            await bench.pass_time(1.0)
        await bench.press("left_square_bracket", "left_square_bracket")
        await bench.pass_time(1.5)
        assert await bench.svg() == picture


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("key", [*"23456"])
async def test_views(key: str, size: tuple[int, int], picture: SnapshotAssertion) -> None:
    experiment = {
        "2": attrs.evolve(NET, departure=0.4),
        "3": attrs.evolve(NET, activation="sigmoid", spectrum="gaussian", radius=4.0, bias=1.0),
        "4": attrs.evolve(NET, spectrum="gaussian", radius=1.8),
        "5": Experiment(activation="identity", spectrum="symmetric", radius=0.98, depth=150),
        "6": attrs.evolve(NET, spectrum="gaussian", radius=1.2, width=16),
    }[key]
    async with running(experiment, size=size) as bench:
        await bench.press(key)
        if key in "34":
            await bench.press("home", *["full_stop"] * 12)
        assert await bench.svg() == picture


@pytest.mark.parametrize("key", [*"2356"])
async def test_views_where_one_plot_has_room(key: str, picture: SnapshotAssertion) -> None:
    async with running(NET, size=(40, 12)) as bench:
        await bench.press(key)
        assert await bench.svg() == picture


async def test_a_view_that_has_nothing_to_say(picture: SnapshotAssertion) -> None:
    async with running(attrs.evolve(NET, skip=10), size=(80, 24)) as bench:
        await bench.press("4")
        assert await bench.svg() == picture


@pytest.mark.parametrize("key", [*"25"])
async def test_pinned_views_in_ascii(key: str, picture: SnapshotAssertion) -> None:
    async with running(NET, size=(80, 24), ascii=True) as bench:
        await bench.press("p", "s", "s", key)
        bench.app.main._forget_news()
        assert await bench.svg() == picture
