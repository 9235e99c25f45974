"""A sweep as a figure: a map or curves, whiskers where they belong, names without colour."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tuisim.engine.sweeps.axes import SweepAxis
from tuisim.engine.training.success import score_interval
from tuisim.figures import draw_text
from tuisim.figures.drawing.drawing import Drawing
from tuisim.figures.drawing.figure import Figure, Series
from tuisim.figures.views.surfaces.phase import phase_figure
from tuisim.figures.views.surfaces.swept import curves_figure, sweep_figure

LENGTHS = SweepAxis.parse("depth=5,10,20,50,100")
NAMES = SweepAxis.parse("remedy=plain,clipping,leaky,skip,lstm,echo-state")
SHARES = np.round(np.linspace(1, 0, 30).reshape(5, 6).T * 20) / 20
ENDS = score_interval(SHARES, np.array(20.0))


def test_two_numbers_make_a_map_and_a_list_makes_curves() -> None:
    y = SweepAxis.parse("radius=0.5,1")
    figure = sweep_figure(LENGTHS, y, "gradient_rate", np.zeros((2, 5)))
    assert figure.heat is not None
    other = phase_figure(LENGTHS, y, "gradient_rate", np.zeros((2, 5)))
    np.testing.assert_array_equal(figure.heat.values, other.heat.values)  # type: ignore[union-attr]
    cells = SweepAxis.parse("cell=rnn,lstm")
    assert sweep_figure(cells, NAMES, "saturation", np.zeros((6, 2))).heat is not None
    assert sweep_figure(LENGTHS, NAMES, "success", SHARES).heat is None


def test_curves_are_the_same_whichever_axis_the_names_are_on() -> None:
    one = sweep_figure(LENGTHS, NAMES, "success", SHARES, ENDS)
    other = sweep_figure(NAMES, LENGTHS, "success", SHARES.T, (ENDS[0].T, ENDS[1].T))
    assert draw_text(one, 80, 24) == draw_text(other, 80, 24)


def test_each_point_and_its_whisker_are_what_was_measured() -> None:
    figure = curves_figure(LENGTHS, NAMES, "success", SHARES, ENDS)
    # The first curve is drawn last, over the others.
    drawn = figure.series[::-1]
    assert len(drawn) == 12
    for rank in range(6):
        curve, bars = drawn[2 * rank : 2 * rank + 2]
        np.testing.assert_allclose(curve.y, 100 * SHARES[rank])
        ends = bars.y.reshape(5, 3)
        np.testing.assert_allclose(ends[:, 0], 100 * ENDS[0][rank])
        np.testing.assert_allclose(ends[:, 1], 100 * ENDS[1][rank])
        assert np.isnan(ends[:, 2]).all()
        np.testing.assert_array_equal(bars.x.reshape(5, 3)[:, 0], curve.x)
        marks = [one for one in figure.marks if one.text == f"{rank + 1}"]
        # Its number stands behind its end, before that of the next one.
        (mark,) = marks
        assert mark.y == curve.y[-1]
        assert curve.x[-1] < mark.x < curve.x[-1] + 0.05 * (curve.x[-1] - curve.x[0])


@pytest.mark.parametrize("ends", [ENDS, None], ids=["intervals", "none"])
@pytest.mark.parametrize("columns", [80, 200])
def test_numbers_stand_at_the_curves_ends_and_on_none(columns: int, ends: Any) -> None:
    """Where points of all curves coincide too, the numbers stand beside one another."""
    shares = np.full_like(SHARES, 0.5)
    figure = curves_figure(LENGTHS, NAMES, "success", shares, ends)
    drawing = Drawing(figure, columns, 24)
    assert all(mark.x > float(one.x[-1])
               for mark, one in zip(figure.marks, _curves(figure), strict=True))  # fmt: skip
    (row,) = {one.row for one in drawing._glyphs}
    line = drawing.cells().text()[drawing._origin[1] + row]
    assert "".join(one for one in line[drawing._left :] if one.isdigit()) == "123456"


def test_a_curve_that_ends_early_has_its_number_there() -> None:
    shares = SHARES.copy()
    shares[2, 3:] = np.nan
    figure = curves_figure(LENGTHS, NAMES, "success", shares, ENDS)
    (mark,) = [one for one in figure.marks if one.text == "3"]
    third = _curves(figure)[2]
    assert third.x[2] < mark.x < third.x[3]


def _curves(figure: Figure) -> list[Series]:
    """The curves without their whiskers, in order."""
    return [one for one in figure.series[::-1] if one.x.size == 5]


def test_lengths_of_even_ratios_have_a_log_axis_and_points_stand_about_their_value() -> None:
    figure = curves_figure(LENGTHS, NAMES, "success", SHARES, ENDS)
    places = np.log10([5, 10, 20, 50, 100])
    assert figure.x.ticks is not None
    assert [name for _, name in figure.x.ticks] == ["5", "10", "20", "50", "100"]
    np.testing.assert_allclose([place for place, _ in figure.x.ticks], places)
    at = np.array([one.x for one in figure.series if one.x.size == 5])
    np.testing.assert_allclose(at.mean(axis=0), places)
    # None is nearer to a neighbouring value than to its own.
    assert (abs(at - places) < 0.5 * np.diff(places).min()).all()
    assert (np.diff(at[::-1], axis=0) > 0).all()
    alone = curves_figure(LENGTHS, NAMES, "success", SHARES)
    assert all(np.array_equal(one.x, places) for one in alone.series)


def test_a_note_says_how_far_off_its_value_a_point_stands() -> None:
    figure = curves_figure(LENGTHS, NAMES, "success", SHARES, ENDS)
    at = np.array([one.x for one in figure.series if one.x.size == 5])
    off = np.abs(10 ** (at - np.log10([5, 10, 20, 50, 100])) - 1).max()
    assert figure.notes[-1] == (
        f"points of one depth stand side by side, up to {100 * off:.2g} % off it"
    )
    radii = SweepAxis.parse("radius=0.5,0.75,1")
    even = curves_figure(radii, NAMES, "success", SHARES[:, :3], (ENDS[0][:, :3], ENDS[1][:, :3]))
    at = np.array([one.x for one in even.series if one.x.size == 3])
    off = np.abs(at - [0.5, 0.75, 1.0]).max()
    assert even.notes[-1] == f"points of one radius stand side by side, up to {off:.2g} off it"
    alone = SweepAxis.parse("remedy=plain")
    for same in (
        curves_figure(LENGTHS, NAMES, "success", SHARES),
        curves_figure(LENGTHS, alone, "success", SHARES[:1], (ENDS[0][:1], ENDS[1][:1])),
    ):
        assert all(np.isin(one.x[np.isfinite(one.x)], np.log10([5, 10, 20, 50, 100])).all()
                   for one in same.series)  # fmt: skip
        assert "side by side" not in "".join(same.notes)


def test_falling_and_mixed_numbers_are_put_in_order() -> None:
    mixed = SweepAxis.parse("depth=20,5,100,10,50")
    order = [2, 0, 4, 1, 3]
    ends = (ENDS[0][:, order], ENDS[1][:, order])
    one = curves_figure(mixed, NAMES, "success", SHARES[:, order], ends)
    assert draw_text(one, 80, 24) == draw_text(
        curves_figure(LENGTHS, NAMES, "success", SHARES, ENDS), 80, 24
    )


@pytest.mark.parametrize("ascii", [False, True])
def test_curves_can_be_told_apart_without_colour(ascii: bool) -> None:
    lines = draw_text(sweep_figure(LENGTHS, NAMES, "success", SHARES, ENDS), 80, 24, ascii=ascii)
    text = "\n".join(lines)
    assert text.isascii() is ascii
    assert (len(lines), max(map(len, lines))) == (24, 80)
    assert "training succeeds over depth, % of runs with 95 % intervals" in text
    assert "1 plain  2 clipping  3 leaky  4 skip  5 lstm  6 echo state" in text
    plot = "\n".join(lines[1:-5])
    # Each stands at its curve's end, and those of the axes.
    assert all(plot.count(digit) >= 1 for digit in "123456")


def test_where_there_is_little_room_whole_names_go() -> None:
    lines = draw_text(sweep_figure(LENGTHS, NAMES, "success", SHARES, ENDS), 44, 12)
    assert any("1 plain  2 clipping  3 leaky  4 skip  " in one for one in lines)
    assert len(draw_text(sweep_figure(LENGTHS, NAMES, "success", SHARES, ENDS), 12, 4)) == 4


@pytest.mark.parametrize(
    ("measure", "values", "limits"),
    [
        ("success", [0.2, 0.3], (0, 100)),
        ("saturation", [0.001, 0.003], (0, 100)),
        ("gradient_rate", [-0.31, 0.12], (-0.4, 0.2)),
        ("gradient_log10", [-12.3, 0.5], (-13, 1)),
        ("lyapunov", [0.25, 0.25], None),
        ("gradient_rate", [np.nan, -np.inf], None),
    ],
)
def test_the_axis_of_the_measure(
    measure: str, values: list[float], limits: tuple[float, float] | None
) -> None:
    x, y = SweepAxis.parse("depth=5,10"), SweepAxis.parse("cell=rnn")
    figure = sweep_figure(x, y, measure, np.array([values]))
    if limits is not None:
        assert (figure.y.low, figure.y.high) == pytest.approx(limits)
    assert figure.y.low < figure.y.high
    finite = [one.y for one in figure.marks]
    assert all(figure.y.low <= one <= figure.y.high for one in finite)
    assert len(draw_text(figure, 60, 16)) == 16


def test_numbers_of_curves_without_intervals_stand_at_their_ends() -> None:
    figure = sweep_figure(LENGTHS, NAMES, "gradient_rate", SHARES)
    assert [one.text for one in figure.marks] == [*"123456"]
    assert [one.y for one in figure.marks] == SHARES[:, -1].tolist()
    assert all(2.0 < one.x < figure.x.high for one in figure.marks)


def test_one_number_is_enough() -> None:
    x = SweepAxis.parse("depth=5")
    figure = sweep_figure(x, NAMES, "success", SHARES[:, :1], (ENDS[0][:, :1], ENDS[1][:, :1]))
    assert len(draw_text(figure, 80, 24)) == 24
