"""The comparison: what it shows, taking a net from it, and leaving it."""

from __future__ import annotations

import attrs
import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.harness import running
from tuisim.figures.words.rates import factor_words
from tuisim.tui.screens.compare import CompareScreen, named_by_difference
from tuisim.values.experiment import Experiment
from tuisim.values.remedies import remedies

SMALL = Experiment(width=8, depth=40, radius=0.8, seed=3)


async def test_the_remedies_of_this_net() -> None:
    async with running(SMALL) as bench:
        screen = await bench.on(CompareScreen, "R")
        assert [one.name for one in screen.nets] == [*remedies(SMALL)]
        assert [one.run.experiment for one in screen.nets] == [*remedies(SMALL).values()]
        for rank, name in enumerate(remedies(SMALL), 1):
            assert f" {rank}  {name}" in bench.text
        assert "remedies: gradient" in bench.text
        plain = screen.nets[0].run
        rate = factor_words(plain.gradient_rate)
        assert f"plain:  ▼ {plain.regime}  {rate} a step back" in bench.rows[0]
        await bench.press("h", "l")
        assert "remedies: hidden state" in bench.text
        await bench.press("escape")
        assert bench.experiment == SMALL


async def test_a_net_is_taken_by_its_number_and_taken_back_by_undo() -> None:
    async with running(SMALL) as bench:
        await bench.on(CompareScreen, "R")
        await bench.press("8")
        assert "net: got 8, allowed: 1…7" in bench.text
        await bench.press("5")
        assert bench.experiment == attrs.evolve(SMALL, cell="lstm")
        await bench.press("u")
        assert bench.experiment == SMALL


async def test_pinned_runs_are_compared_with_the_seed_of_this_one() -> None:
    async with running(SMALL) as bench:
        await bench.press("P")
        assert "nothing else is pinned" in bench.notice
        await bench.press("p", "right_square_bracket", "a", "p", "n", "c")
        screen = await bench.on(CompareScreen, "P")
        assert [one.name for one in screen.nets] == [
            "now",
            "cell rnn",
            "cell rnn, radius 0.8, activ…",
        ]
        assert {one.run.experiment.seed for one in screen.nets} == {bench.app.experiment.seed}
        assert "now and pinned" in bench.text


async def test_help_says_what_is_compared_and_the_keys() -> None:
    async with running(SMALL, size=(60, 90)) as bench:
        screen = await bench.on(CompareScreen, "R")
        await bench.press("question_mark")
        assert bench.app.screen is not screen
        for name in ("REMEDIES", *remedies(SMALL), "‖∂L/∂h_0‖", "take_1", "state or"):
            assert name in bench.text
        await bench.press("escape", "P")
        assert bench.app.screen is bench.app.main


async def test_what_cannot_be_run_is_said() -> None:
    async with running(SMALL) as bench:
        screen = CompareScreen({"huge": Experiment(width=2048, depth=100_000)}, "huge")
        await bench.app.push_screen(screen)
        await bench.wait_for(lambda: screen.settled)
        await bench.settle()
        assert not screen.nets
        assert "huge: budget: the run takes" in bench.text


def test_nets_that_differ_in_nothing_but_the_seed_are_one() -> None:
    other = attrs.evolve(SMALL, seed=9)
    assert named_by_difference(SMALL, [other, SMALL]) == {"now": SMALL}


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_picture(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with running(Experiment(), size=size) as bench:
        await bench.on(CompareScreen, "R")
        assert await bench.svg() == picture


async def test_picture_in_ascii(picture: SnapshotAssertion) -> None:
    async with running(Experiment(), size=(80, 24), ascii=True) as bench:
        await bench.on(CompareScreen, "R")
        assert await bench.svg() == picture
