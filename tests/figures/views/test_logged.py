"""The plots of a log: which columns stand in which, medians and ranges, what is no number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tuisim.figures.drawing.numbers import across_ticks
from tuisim.figures.drawing.text import draw_cells
from tuisim.figures.views.logged import Column, Panel, latest_words, logged_figure, panels_of


def column(name: str, values: Any, x: Any = None) -> Column:
    y = np.asarray(values, np.float64)
    known = np.where(np.isfinite(y), y, np.nan)
    bad = np.select([np.isnan(y), y == np.inf, y == -np.inf], [3, 2, 1]).astype(np.int8)
    x = np.arange(y.size, dtype=np.float64) if x is None else np.asarray(x, np.float64)
    return Column(name, x, known, known, known, bad)


def figure(*columns: Column, **options: Any) -> Any:
    panel = Panel("plot", tuple(one.name for one in columns))
    return logged_figure(panel, {one.name: one for one in columns}, "step", **options)


def test_gradients_and_losses_stand_together_and_all_else_alone() -> None:
    names = ["lr", "loss", "train/grad_norm", "eval_loss", "acc", "g.grad", "loss_grad"]
    assert [(one.title, one.names) for one in panels_of(names)] == [
        ("gradient", ("train/grad_norm", "g.grad", "loss_grad")),
        ("loss", ("loss", "eval_loss")),
        ("lr", ("lr",)),
        ("acc", ("acc",)),
    ]
    many = [f"grad.{k}" for k in range(9)]
    assert [len(one.names) for one in panels_of(many)] == [4, 4, 1]


def test_few_points_are_drawn_as_they_are() -> None:
    found = figure(column("loss", [1.0, 10.0, 100.0]))
    (series,) = found.series
    assert (series.name, series.y.tolist()) == ("loss", [0.0, 1.0, 2.0])
    assert found.y.log
    assert found.bands == ()
    linear = figure(column("loss", [1.0, 10.0, 100.0]), log=False)
    assert linear.series[0].y.tolist() == [1.0, 10.0, 100.0]
    assert (linear.y.low, linear.y.high) == (0.0, 100.0)


def test_many_are_drawn_as_their_median_and_range() -> None:
    values = np.random.default_rng(0).lognormal(size=1000)
    found = figure(column("grad_norm", values), places=50)
    (series,), (band,) = found.series, found.bands
    assert series.name == "grad_norm, median of 20"
    groups = np.log10(values.reshape(50, 20))
    middle = np.log10(np.median(values.reshape(50, 20), axis=1))
    np.testing.assert_allclose(series.y, middle)
    np.testing.assert_allclose(band.low, groups.min(axis=1))
    np.testing.assert_allclose(band.high, groups.max(axis=1))
    # Of a part that is shown fewer go together.
    near = figure(column("grad_norm", values), places=50, window=(100.0, 190.0))
    assert near.series[0].name == "grad_norm, median of 2"
    assert (near.x.low, near.x.high) == (100.0, 190.0)


def test_what_is_no_number_has_its_sign() -> None:
    values = [1.0, math.nan, 2.0, math.inf, 0.0, 3.0]
    found = figure(column("grad_norm", values))
    marks = {(one.text, one.x, one.meaning) for one in found.marks}
    assert marks == {("?", 1, "not a number"), ("∞", 3, "inf"), ("×", 4, "exactly zero")}
    assert not any(one.text == "×" for one in figure(column("g", values), log=False).marks)
    # One among many is seen too.
    many = np.ones(1000)
    many[345] = math.nan
    assert [one.text for one in figure(column("g", many)).marks] == ["?"]
    nothing = figure(column("g", [math.nan] * 5))
    assert len(nothing.marks) == 5
    least = column("g", [1.0, -math.inf])
    (mark,) = figure(least).marks
    assert (mark.text, mark.y, mark.meaning) == ("↓", figure(least).y.low, "−inf")
    assert latest_words({"g": least}, ["g"]) == "g -inf"


def test_values_under_0_are_on_a_linear_axis_and_that_is_said() -> None:
    found = figure(column("loss", [-3.0, 2.0]))
    assert not found.y.log
    assert found.y.low <= -3
    assert found.notes == ("linear: there are values under 0",)


@pytest.mark.parametrize("step", [0, 5, 10**7, 1e300])
def test_a_single_update_has_an_axis_whose_ticks_differ(step: float) -> None:
    found = figure(column("loss", [0.5], [step]))
    assert found.x.low <= step < found.x.high
    ticks = [text for _, text in across_ticks(found.x.low, found.x.high, 70)]
    assert len({*ticks}) == len(ticks) > 1
    assert max(map(len, ticks)) < 20
    draw_cells(found, 80, 12)


def test_a_linear_axis_is_long_enough_and_no_longer_than_float64() -> None:
    zero = figure(column("loss", [0.0, 0.0]), log=False)
    assert (zero.y.low, zero.y.high) == (0.0, 0.2)
    still = figure(column("lr", [1e-3] * 5), log=False)
    assert (still.y.low, still.y.high) == (0.0, 1e-3)
    far = figure(column("loss", [-1e308, 1.7e308]), log=False)
    assert (far.y.low, far.y.high) == (-1e300, 1e300)
    draw_cells(far, 80, 12)


@pytest.mark.parametrize(
    "values", [[0.0], [5.0, 5.0], [1e300, 1e-300], [-1e-12, 0.0], [], [1e-310], [-5e307, 1e-300]]
)
@pytest.mark.parametrize("log", [True, False])
def test_it_is_drawn_whatever_it_is(values: list[float], log: bool) -> None:
    found = figure(column("a\tname\x1b", values), column("other", [1.0]), log=log)
    for ascii in (False, True):
        rows = draw_cells(found, 80, 12, ascii=ascii).text()
        assert len(rows) == 12
        assert "\x1b" not in "".join(rows)
        assert not ascii or "".join(rows).isascii()
