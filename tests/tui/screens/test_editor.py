"""Editing single eigenvalues in the plane."""

from __future__ import annotations

import cmath
import math
from typing import Any

import attrs
import pytest
from textual.widgets import Static

from tests.support.harness import Bench, running
from tuisim.tui.screens.plane import PlaneScreen
from tuisim.tui.state import laboratory
from tuisim.tui.widgets.plot import Plot
from tuisim.values.experiment import Experiment

PAIR = (0.3 + 0.4j, 0.3 - 0.4j)
NET = Experiment(
    width=4, depth=30, activation="identity", spectrum="eigenvalues", eigenvalues=(*PAIR, 0.9, -0.5)
)


def words(bench: Bench, where: str) -> str:
    """A line of the editor: value or said."""
    assert isinstance(bench.app.screen, PlaneScreen)
    return str(bench.app.screen.query_one(f"#{where}", Static).content)


def is_open(bench: Bench) -> bool:
    return isinstance(bench.app.screen, PlaneScreen)


async def test_e_opens_on_the_present_eigenvalues_and_changes_nothing() -> None:
    drawn = Experiment(width=8, depth=30)
    async with running(drawn) as bench:
        await bench.press("e")
        assert is_open(bench)
        assert bench.experiment == drawn
        assert "|λ| = 0.9000" in words(bench, "value")
        await bench.press("enter")
        assert not is_open(bench)
        assert bench.experiment == drawn
        await bench.press("u")
        assert bench.notice == "nothing to undo"


async def test_it_does_not_open_before_the_first_curve_while_kernels_compile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To draw W on the event loop would keep every key waiting for them."""
    async with running(NET) as bench:
        drawn: list[object] = []
        monkeypatch.setattr("tuisim.tui.screens.main.present_eigenvalues", drawn.append)
        bench.app.laboratory.preparing = "compiling kernels 1/9: passes"
        monkeypatch.setattr(laboratory.Laboratory, "settled", property(lambda self: False))
        await bench.pilot.press("e")
        await bench.pilot.pause()
        assert bench.notice.startswith("edit λ: not before the first curve is there")
        assert (bench.app.screen is bench.app.main, drawn) == (True, [])
        monkeypatch.undo()
        bench.app.laboratory.preparing = ""
        await bench.press("e")
        assert isinstance(bench.app.screen, PlaneScreen)


async def test_tab_selects_a_pair_as_one() -> None:
    async with running(NET) as bench:
        await bench.press("e")
        assert "0.3000 ± 0.4000i" in words(bench, "value")
        assert "(1/3)" in words(bench, "value")
        await bench.press("tab")
        assert "λ = 0.9000\nreal  (2/3)" in words(bench, "value")
        await bench.press("tab", "tab")
        assert "(1/3)" in words(bench, "value")
        await bench.press("shift+tab")
        assert "λ = −0.5000\nreal  (3/3)" in words(bench, "value")
        figure = bench.app.screen.query_one(Plot).figure
        assert figure is not None
        assert "selected" in [one.role for one in figure.series]


async def test_arrows_move_both_of_a_pair_outwards_and_inwards() -> None:
    async with running(NET) as bench:
        await bench.press("e")
        modulus = 0.5
        for key, amount in (
            ("right", 0.01),
            ("shift+right", 0.1),
            ("left", -0.01),
            ("right_square_bracket", 0.1),
            ("shift+left", -0.1),
            ("left_square_bracket", -0.1),
        ):
            await bench.press(key)
            modulus += amount
            first, second, *rest = bench.experiment.eigenvalues
            assert first == second.conjugate()
            assert abs(first) == pytest.approx(modulus), key
            assert cmath.phase(first) == pytest.approx(cmath.phase(PAIR[0]))
            assert rest == [0.9, -0.5]


async def test_arrows_turn_a_pair() -> None:
    async with running(NET) as bench:
        await bench.press("e")
        phase = cmath.phase(PAIR[0])
        for key, turn in (
            ("up", 0.02),
            ("shift+up", 0.2),
            ("down", -0.02),
            ("pageup", 0.2),
            ("shift+down", -0.2),
            ("pagedown", -0.2),
        ):
            await bench.press(key)
            phase += turn
            first, second, *_ = bench.experiment.eigenvalues
            assert first == second.conjugate()
            assert abs(first) == pytest.approx(0.5)
            assert cmath.phase(first) == pytest.approx(phase), key


async def test_arrows_move_a_real_along_its_axis_through_zero() -> None:
    async with running(attrs.evolve(NET, width=1, eigenvalues=(0.05,))) as bench:
        await bench.press("e", "right")
        assert bench.experiment.eigenvalues == (0.06,)
        await bench.press("left_square_bracket")
        assert bench.experiment.eigenvalues == (-0.04,)
        before = bench.experiment
        await bench.press("up")
        assert bench.experiment == before
        assert "a real eigenvalue has no angle" in words(bench, "said")


async def test_a_pair_stays_a_pair_however_far_it_turns() -> None:
    async with running(NET) as bench:
        await bench.press("e", *["pagedown"] * 6)
        first, second, *_ = bench.experiment.eigenvalues
        assert first.imag > 0
        assert second == first.conjugate()
        await bench.press(*["pageup"] * 18)
        first, second, *_ = bench.experiment.eigenvalues
        assert 3 < cmath.phase(first) < math.pi
        assert abs(first) == pytest.approx(0.5)


async def test_x_splits_a_pair_and_joins_two_reals() -> None:
    async with running(NET) as bench:
        await bench.press("e", "x")
        assert bench.experiment.eigenvalues == pytest.approx((0.35, 0.25, 0.9, -0.5))
        assert "split" in words(bench, "said")
        assert "(1/4)" in words(bench, "value")
        await bench.press("x")
        first, second, *rest = bench.experiment.eigenvalues
        assert first == second.conjugate()
        assert first == pytest.approx(0.3 + 0.1j)
        assert rest == [0.9, -0.5]
        assert "joined" in words(bench, "said")


async def test_x_says_when_there_is_nothing_to_join_with() -> None:
    lonely = attrs.evolve(NET, width=3, eigenvalues=(0.9, *PAIR))
    async with running(lonely) as bench:
        await bench.press("e", "x")
        assert bench.experiment == lonely
        assert "no other real" in words(bench, "said")


async def test_the_curves_follow_while_an_eigenvalue_moves() -> None:
    async with running(NET) as bench:
        before = bench.plot("gradient").figure
        await bench.press("e", "tab", "right_square_bracket")
        figure = bench.plot("gradient").figure
        assert figure is not before
        assert bench.app.current_run is not None
        assert bench.app.current_run.experiment.eigenvalues == (*PAIR, 1.0, -0.5)
        # In the long run the largest eigenvalue alone decides: it is 1 now.
        run = bench.app.current_run
        assert run.hidden_log10[0, 20] == pytest.approx(run.hidden_log10[0, 30], abs=1e-3)
        assert bench.plot("gradient").size.width > 40


async def test_enter_keeps_all_edits_as_one_undo_step() -> None:
    drawn = Experiment(width=4, depth=30)
    async with running(drawn) as bench:
        await bench.press("e")
        for key in ("right", "tab", "up", "x", "right"):
            await bench.press(key)
            bench.clock.now += 10
        await bench.press("enter")
        edited = bench.experiment
        assert edited.spectrum == "eigenvalues"
        await bench.press("u")
        assert bench.experiment == drawn
        await bench.press("U")
        assert bench.experiment == edited


@pytest.mark.parametrize("key", ["escape", "e"])
async def test_leaving_restores_the_experiment(key: str) -> None:
    drawn = Experiment(width=4, depth=30)
    async with running(drawn) as bench:
        await bench.press("right", "e")
        for edit in ("right", "tab", "up"):
            await bench.press(edit)
            bench.clock.now += 10
        await bench.press(key)
        assert not is_open(bench)
        assert bench.experiment.radius == 0.91
        assert bench.experiment.spectrum == "orthogonal"
        await bench.press("u")
        assert bench.experiment == drawn


async def test_leaving_without_a_change_undoes_nothing() -> None:
    least = attrs.evolve(NET, width=2, eigenvalues=(0.01j, -0.01j))
    async with running(attrs.evolve(least, depth=20)) as bench:
        await bench.press("up")
        assert bench.experiment == least
        # The pair is as small as one gets, so that this moves nothing.
        await bench.press("e", "left")
        assert bench.experiment == least
        await bench.press("escape")
        assert bench.experiment == least


async def test_two_edits_are_two_undo_steps() -> None:
    async with running(NET) as bench:
        kept = []
        for _ in range(4):
            await bench.press("e", "right", "enter")
            kept.append(bench.experiment)
        for before in reversed([NET, *kept[:-1]]):
            await bench.press("u")
            assert bench.experiment == before


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"departure": 0.5}, "departure 0.5"),
        ({"spectrum": "gaussian"}, "the gaussian matrix's departure"),
        ({"spectrum": "reservoir"}, "the reservoir matrix's departure"),
    ],
)
async def test_entered_from_a_matrix_that_is_not_normal_it_says_what_is_dropped(
    changes: dict[str, object], what: str
) -> None:
    experiment = attrs.evolve(Experiment(width=4, depth=30), **changes)
    async with running(experiment, size=(80, 24)) as bench:
        await bench.press("e")
        # Nothing is dropped before something moves.
        assert words(bench, "said") == f"a change drops {what}: W is normal then"
        assert what.split()[0] in bench.text
        assert bench.experiment == experiment
        await bench.press("right")
        assert bench.experiment.departure == 0
        assert words(bench, "said") == f"{what} is dropped: W is normal now"
        await bench.press("right")
        assert words(bench, "said") == ""
        await bench.press("escape")
        assert bench.experiment == experiment


async def test_too_many_units_are_not_edited(monkeypatch: pytest.MonkeyPatch) -> None:
    def unwilling(experiment: Experiment) -> Any:
        raise ValueError("not run here: it takes seconds")

    monkeypatch.setattr(laboratory, "compute", unwilling)
    wide = Experiment(width=1024, depth=2)
    async with running(wide) as bench:
        await bench.press("e")
        assert not is_open(bench)
        assert bench.notice == "edit λ: got width 1024, allowed: up to 512"


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (80, 24), (60, 16), (40, 12)])
async def test_the_editor_has_room_at_any_size(size: tuple[int, int]) -> None:
    async with running(NET, size=size) as bench:
        await bench.press("e", "tab")
        assert "λ = 0.9000" in bench.text
        assert "◆" in bench.text
        await bench.press("right")
        assert "λ = 0.9100" in bench.text
        await bench.resize(size[0] + 7, size[1] + 3)
        assert "λ = 0.9100" in bench.text
        await bench.press("escape")
        assert "edit eigenvalues" not in bench.text
