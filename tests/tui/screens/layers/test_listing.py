"""The layers of a file in the app: the list, what is opened from it, and the way back."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Static

from tests.support.trained import MODELS
from tuisim import cli, simulate
from tuisim.commands.nets.open import layers_of
from tuisim.testing import make_app, plain_screen, press, settled, svg
from tuisim.testing.kit import StillApp
from tuisim.testing.waiting import PATIENCE, until
from tuisim.tui.screens.layers import listing
from tuisim.tui.screens.layers.listing import LayersScreen
from tuisim.tui.screens.layers.rows import row, small_curve
from tuisim.tui.state.bench.opened import FileNet, Opened, Ran
from tuisim.values.experiment import Experiment

NET, REFUSING = str(MODELS / "net.safetensors"), str(MODELS / "made_of_others.pt")


def app_of(file: str, size: tuple[int, int] = (80, 24), **values: Any) -> StillApp:
    with click.Context(cli.cli) as ctx:
        asked, opened = layers_of(ctx, file, {"input": "noise", "depth": 12} | values)
    return make_app(asked.experiment, size=size, opened=opened)


def listed(app: StillApp) -> list[str]:
    return [
        one.rstrip() for one in plain_screen(app).splitlines() if "×" in one or "refused" in one
    ]


async def test_all_layers_are_listed_the_worst_first() -> None:
    app = app_of(NET)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert isinstance(app.screen, LayersScreen)
        assert "net.safetensors · 7 layers · 12 steps · input noise" in plain_screen(app)
        rates = [simulate(net.experiment).gradient_rate for net in app.screen.nets]
        sizes = [abs(rate) for rate in rates]
        assert sizes == sorted(sizes, reverse=True)
        rows = listed(app)
        assert len(rows) == 7
        for line, net, rate in zip(rows, app.screen.nets, rates, strict=True):
            assert f" {net.name} " in line
            assert f"×{math.exp(rate):.3f}" in line
            assert "vanishing" in line or "stable" in line


async def test_a_layer_is_opened_and_left_for_the_list_and_for_the_next_one() -> None:
    app = app_of(NET)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "down*2")
        chosen = app.screen.nets[2]
        await press(pilot, "enter")
        assert app.screen is app.main
        assert app.experiment == chosen.experiment
        assert app.current_run is not None
        assert app.current_run.experiment == chosen.experiment
        names = [one.name for one in app.laboratory.opened.nets]
        at = names.index(chosen.name)
        await press(pilot, "N")
        assert app.experiment.layer.endswith(f"#{names[(at + 1) % 7]}")
        await press(pilot, "B*2")
        assert app.experiment.layer.endswith(f"#{names[(at - 1) % 7]}")
        assert f"layer {(at - 1) % 7 + 1} of 7" in plain_screen(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, LayersScreen)
        assert app.screen.chosen == names[(at - 1) % 7]
        assert any(line.startswith(f" > {names[(at - 1) % 7]} ") for line in listed(app))
        await press(pilot, "escape,u")
        assert app.experiment.layer.endswith(f"#{names[at]}")


async def test_escape_puts_a_cursor_away_before_it_leaves() -> None:
    app = app_of(NET)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "enter,full_stop,escape")
        assert app.screen is app.main
        assert app.main.playback.step is None
        await press(pilot, "escape")
        assert isinstance(app.screen, LayersScreen)


async def test_what_is_known_is_not_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app, runs, real = app_of(NET), list[Experiment](), listing.ran
    monkeypatch.setattr(listing, "ran", lambda e: runs.append(e) or real(e))
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "enter,escape")
        assert len(listed(app)) == 7
    assert len(runs) == 7


async def test_layers_that_cannot_be_run_stand_last_with_the_reason() -> None:
    app = app_of(REFUSING)
    async with app.run_test() as pilot:
        await settled(pilot)
        rows = listed(app)
        refused = [one for one in app.screen.nets if one.experiment is None]
        assert refused
        assert all("refused: " in one for one in rows[-len(refused) :])
        assert not any("refused" in one for one in rows[: -len(refused)])
        await press(pilot, f"down*{len(rows)}")
        assert f"{refused[-1].name} cannot be run: projection" in plain_screen(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, LayersScreen)


async def test_an_input_that_does_not_fit_is_said_of_those_that_it_does_not_fit(
    tmp_path: Path,
) -> None:
    np.save(tmp_path / "x.npy", np.zeros((9, 10)))
    np.savez(
        tmp_path / "two.npz",
        **{"a.w_hh": np.ones((4, 4)), "a.w_ih": np.ones((4, 10))},
        **{"b.w_hh": np.ones((4, 4)), "b.w_ih": np.ones((4, 3))},
    )
    app = app_of(str(tmp_path / "two.npz"), input=str(tmp_path / "x.npy"), depth=None)
    async with app.run_test() as pilot:
        await settled(pilot)
        first, second = listed(app)
        assert " a " in first
        assert "9 steps" in plain_screen(app)
        assert "refused: input: " in second


async def test_it_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    app, real, go = app_of(NET), listing.ran, threading.Event()
    monkeypatch.setattr(listing, "ran", lambda e: go.wait(PATIENCE) and real(e))
    async with app.run_test() as pilot:
        said = f"running {app.laboratory.opened.nets[0].name}, 1 of 7 …"
        await until(app, lambda: "" if said in plain_screen(app) else said)
        go.set()
        await settled(pilot)
        assert "running" not in plain_screen(app)
        assert len(listed(app)) == 7


async def test_a_fault_is_said_and_nothing_is_said_to_be_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app, asked = app_of(NET), list[Experiment]()

    def failing(e: Experiment) -> Ran:
        asked.append(e)
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(listing, "ran", failing)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert "a fault" in plain_screen(app)
        assert len(asked) == 1
        await press(pilot, "down")
        assert "running" not in plain_screen(app)


async def test_without_a_file_the_keys_say_how_one_is_opened() -> None:
    app = make_app(Experiment(width=4, depth=10))
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "N")
        assert "`tuisim open FILE`" in plain_screen(app)
        await press(pilot, "escape")
        assert app.screen is app.main


@pytest.mark.parametrize("size", [(40, 12), (60, 20), (120, 40)])
async def test_it_fits(size: tuple[int, int]) -> None:
    app = app_of(str(MODELS / "checkpoint.pt"), size=size)
    async with app.run_test() as pilot:
        await settled(pilot)
        lines = plain_screen(app).splitlines()
        assert max(map(len, lines)) <= size[0]
        rows = listed(app)
        assert len(rows) == 7
        assert all(one.endswith("▅") == (size[0] >= 60) for one in rows)
        assert lines[0].startswith(" checkpoint.pt · 7 layers · 12 steps")
        assert ("…" in lines[0]) == (size[0] < 60)


async def test_what_takes_as_many_lines_as_before_is_not_laid_out_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = app_of(NET)
    async with app.run_test() as pilot:
        await settled(pilot)
        laid_out: list[str | None] = []
        update = Static.update

        def noted(line: Static, content: Any = "", *, layout: bool = True) -> None:
            laid_out.extend([line.id] * layout)
            update(line, content, layout=layout)

        monkeypatch.setattr(Static, "update", noted)
        await press(pilot, "down")
        assert laid_out == []
        assert any(one.startswith("> ") for one in map(str.strip, listed(app)))


async def test_in_ascii() -> None:
    with click.Context(cli.cli) as ctx:
        asked, opened = layers_of(ctx, NET, {"input": "none"})
    app = make_app(asked.experiment, opened=opened, ascii=True)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert plain_screen(app).isascii()
        assert "at rest: no input" in plain_screen(app)
        await press(pilot, "question_mark")
        assert plain_screen(app).isascii()


async def test_its_picture(picture: SnapshotAssertion) -> None:
    app = app_of(REFUSING)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert svg(app) == picture


def test_a_small_curve_runs_in_the_middle_where_the_norm_is_kept() -> None:
    assert small_curve([0.0] * 30, 4, False) == "▅▅▅▅"
    assert small_curve([-90.0, -2.9, 0.0], 3, False) == "▁▃▅"
    assert small_curve([90.0, 3.1, 0.0], 3, False) == "█▇▅"
    assert small_curve([math.nan, -math.inf, math.inf], 3, False) == " ▁█"
    assert small_curve([-6.0, 0.0, 6.0], 3, True) == "_=#"
    assert small_curve([0.0], 3, False) == "▅▅▅"


def test_the_end_of_a_long_name_is_kept() -> None:
    (name, _), *_ = row(FileNet("a" * 90 + ".l0", None, "x"), "x", 76, False)
    assert name.startswith("…a")
    assert name.rstrip().endswith("a.l0")


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("width", [50, 76])
@pytest.mark.parametrize("regime", ["exploding", "vanishing", "stable", "dead", "not a number"])
@pytest.mark.parametrize("rate", [-0.1, 50.0, -98777.8821, 1e12, -3e100, math.nan, -math.inf])
def test_rows_end_in_one_column_whatever_the_factor(
    rate: float, regime: str, width: int, ascii: bool
) -> None:
    def text(of: float, verdict: str) -> str:
        return "".join(
            part for part, _ in row(FileNet("l0", None), Ran(verdict, of, (0.0,)), width, ascii)
        )

    assert len(text(rate, regime)) == len(text(-0.1, "stable")) == width
    factor = text(rate, regime).split(regime)[1].split()[0]
    assert factor.startswith("nan" if math.isnan(rate) else "x" if ascii else "×")
    if regime == "vanishing" and rate == -98777.8821:
        assert factor == ("x2.0e-42899" if ascii else "×10⁻⁴²⁸⁹⁹")


def test_the_order_of_what_is_known() -> None:
    nets = [FileNet(name, Experiment()) for name in "abcdef"] + [FileNet("g", None, "no")]
    opened = Opened("x", nets)
    opened.found |= {
        "b": Ran("stable", -0.01, (0.0,)),
        "c": Ran("exploding", 0.5, (0.0,)),
        "d": Ran("not a number", math.nan, (0.0,)),
        "e": Ran("vanishing", -0.7, (0.0,)),
        "a": "too large",
    }
    assert "".join(one.name for one in opened.worst_first()) == "decbfag"
    assert opened.beside(1).name == "b"
    assert opened.beside(-1).name == "f"
