"""View 8's figures as data, and its words."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
import pytest

from tuisim.engine.training.course import Course, Look
from tuisim.engine.training.training import train
from tuisim.figures.drawing.figure import Figure, Series
from tuisim.figures.drawing.ramp import TONES
from tuisim.figures.drawing.text import draw_text
from tuisim.figures.views.training import (
    MOST_POINTS,
    PANELS,
    accuracy_figure,
    clipping_figure,
    condensed,
    loss_figure,
    over_time_figure,
    plan_line,
    running_mean,
    thinned,
    training_figures,
    training_line,
    training_status,
    trouble_line,
    wandering_figure,
)
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

NET = Experiment(width=8, depth=12, batch=8, radius=1.0, clip="norm", clip_threshold=0.5)
WILD = Experiment(depth=30, batch=16, radius=1.0, activation="relu", spectrum="identity")


def look_at(experiment: Experiment, plan: Plan, updates: int) -> Look:
    course = Course(experiment, plan)
    course.advance(updates)
    return course.look()


@pytest.fixture(scope="module")
def look() -> Look:
    return look_at(NET, Plan(learning_rate=0.3), 60)


@pytest.fixture(scope="module")
def failed() -> Look:
    return look_at(WILD, Plan(), 60)


def series(figure: Figure, name: str) -> Series:
    (found,) = (one for one in figure.series if one.name == name)
    return found


def test_the_loss_beside_what_guessing_costs(look: Look) -> None:
    figure = loss_figure(look)
    np.testing.assert_allclose(series(figure, "loss").y, np.log10(look.curves.loss))
    (chance,) = figure.references
    assert chance.value == pytest.approx(np.log10(np.log(4)))
    assert figure.y.log
    assert (figure.x.low, figure.x.high) == (0.0, 100.0)


def test_the_accuracy_is_a_mean(look: Look) -> None:
    figure = accuracy_figure(look)
    found = series(figure, "accuracy").y
    expected = [
        100 * look.curves.accuracy[max(k - 49, 0) : k + 1].mean() for k in range(look.updates)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert figure.references[0].value == 25.0


def test_the_gradient_before_and_after_with_the_limit(look: Look) -> None:
    figure = clipping_figure(look)
    np.testing.assert_allclose(series(figure, "‖∂L/∂θ‖").y, np.log10(look.curves.gradient_norm))
    after = series(figure, "clipped").y
    (limit,) = figure.references
    assert (limit.name, limit.value) == ("clip norm 0.5", pytest.approx(np.log10(0.5)))
    assert (after <= limit.value + 1e-12).all()
    assert (series(figure, "‖∂L/∂θ‖").y > limit.value).any()
    plain = clipping_figure(look_at(attrs.evolve(NET, clip="none"), Plan(), 5))
    assert [one.name for one in plain.series] == ["‖∂L/∂θ‖", "‖Δθ‖/‖θ‖"]
    assert plain.references == ()


def test_the_eigenvalues_and_where_they_were(look: Look) -> None:
    figure = wandering_figure(look)
    *_, now = train(look.experiment, attrs.evolve(look.plan, steps=look.updates + 1))
    points = {one.role: one.x + 1j * one.y for one in figure.series}
    shown = np.concatenate([points[role] for role in points if role in TONES])
    np.testing.assert_array_equal(np.sort(shown), np.sort(now.eigenvalues))
    assert points["pinned"].size == 8 * len(look.places)
    np.testing.assert_allclose(np.abs(points["pinned"][:8]), 1.0)
    assert figure.notes[0].startswith(f"ρ {now.spectral_radius:.2f}  σ₁")
    assert f"ρ {now.spectral_radius:.2f} σ₁ {now.largest_singular_value:.2f}" in training_line(look)


def test_the_gradient_over_t_now_and_at_first(look: Look) -> None:
    figure = over_time_figure(look)
    np.testing.assert_array_equal(series(figure, "now").y, look.step.gradient_log10)
    np.testing.assert_array_equal(series(figure, "at first").y, look.first)
    assert figure.title == "gradient ‖∂L/∂h_t‖ of update 59"
    alone = over_time_figure(look_at(NET, Plan(), 0))
    assert [one.name for one in alone.series] == ["now"]


def test_pinned_runs_lie_below(look: Look) -> None:
    course = Course(NET, Plan(learning_rate=0.3))
    course.advance(120)
    course.pin()
    course.restart()
    course.advance(10)
    figure = loss_figure(course.look())
    assert [one.name for one in figure.series] == ["pinned", "loss, median of 3"]
    assert series(figure, "pinned").y.size == 120
    assert figure.x.high == 200.0


def test_overshoots_and_changes_are_marked() -> None:
    course = Course(attrs.evolve(WILD, clip="norm"), Plan())
    course.advance(150)
    course.change(lambda e, plan: (e, attrs.evolve(plan, learning_rate=0.05), "halved"), "rate")
    course.advance(10)
    look = course.look()
    marks = loss_figure(look).marks
    assert [one.x for one in marks if one.text == "!"] == list(look.overshoots)
    assert look.overshoots
    assert [one.x for one in marks if one.text == "┬"] == [150.0]


def test_trouble_is_marked_and_said(failed: Look) -> None:
    assert failed.trouble is not None
    marks = [one for one in loss_figure(failed).marks if one.text == "∞"]
    assert [one.x for one in marks] == [failed.step.update]
    assert marks[0].meaning == "h_t inf"
    words = trouble_line(failed)
    assert words.startswith(f"update {failed.step.update}: h_t grew past every float64 at t = ")
    assert "the update before had a gradient of " in words
    assert f"left ρ(W) at {failed.step.spectral_radius / 1e108:.1f}·10¹⁰⁸" in words


@pytest.mark.parametrize(("figure", "level"), [(loss_figure, "1.39"), (accuracy_figure, "25 %")])
def test_chance_is_told_as_a_number_where_rows_are_too_few_to_read_it(
    figure: Callable[[Look], Figure], level: str, look: Look
) -> None:
    for rows in (5, 6):
        assert f" chance {level} " in "\n".join(draw_text(figure(look), 40, rows))
    for rows in (7, 12):
        assert " chance ╌" in "\n".join(draw_text(figure(look), 40, rows))


def test_how_far_an_update_moves_the_parameters_is_drawn_beside_the_gradient(look: Look) -> None:
    figure = clipping_figure(look)
    ratio = series(figure, "‖Δθ‖/‖θ‖")
    np.testing.assert_allclose(ratio.y, np.log10(look.curves.update_ratio))
    # Far under the gradient, and on the axis still.
    assert ratio.y.max() < series(figure, "‖∂L/∂θ‖").y.min()
    assert figure.y.low <= ratio.y.min()


def test_words(look: Look, failed: Look) -> None:
    assert trouble_line(look) == ""
    line = training_line(look)
    mean = 100 * look.curves.accuracy[-50:].mean()
    assert line.startswith(
        f"loss now {look.step.loss:.3f} · mean accuracy {mean:.0f} % (chance 1.39, 25 %) · "
    )
    assert f"{100 * look.step.accuracy:.0f}" != f"{mean:.0f}"
    assert f"{100 * look.step.clipped_share:.0f} % clipped so far" in line
    assert "clip norm 0.5 (all parameters together)" in plan_line(look)
    assert training_status(NET, Plan()).startswith("training recall · tanh rnn · 8 units")
    for width in (20, 40, 80):
        for text in (
            training_line(failed, width, True),
            plan_line(failed, width, True),
            training_status(failed.experiment, failed.plan, width, True),
        ):
            assert len(text) <= width
            assert text.isascii()


@pytest.mark.parametrize("name", PANELS)
@pytest.mark.parametrize("size", [(24, 5), (40, 9), (100, 30)])
def test_all_of_them_can_be_drawn(
    name: str, size: tuple[int, int], look: Look, failed: Look
) -> None:
    for one in (look, failed, look_at(NET, Plan(), 0), look_at(NET, Plan(task="adding"), 1)):
        figure = training_figures(one)[name]
        for ascii in (False, True):
            rows = draw_text(figure, *size, ascii=ascii)
            assert len(rows) == size[1]
            if ascii:
                assert "".join(rows).isascii()


def test_a_running_mean_leaves_out_what_is_not_a_number() -> None:
    mean = running_mean(np.array([1.0, 3.0, np.nan, 5.0, 7.0]), 3)
    np.testing.assert_allclose(mean, [1, 2, 2, 4, 6])
    assert running_mean(np.empty(0)).size == 0
    assert np.isnan(running_mean(np.array([np.nan]))[0])


def test_a_long_curve_keeps_its_peaks() -> None:
    rng = np.random.default_rng(0)
    y = rng.standard_normal(100_000)
    y[[17, 54_321]] = 100.0, -100.0
    y[70_000:70_500] = np.nan
    x, found = thinned(y)
    assert found.size <= MOST_POINTS
    assert np.nanmax(found) == 100.0
    assert np.nanmin(found) == -100.0
    assert np.isnan(found).any()
    assert (np.diff(x) >= 0).all()
    np.testing.assert_array_equal(found, y[x.astype(int)])
    short = rng.standard_normal(MOST_POINTS)
    np.testing.assert_array_equal(thinned(short)[1], short)


@pytest.mark.parametrize("count", [1, 6, 7, 480])
def test_updates_that_fall_into_one_column_are_their_median_and_range(count: int) -> None:
    """Against a loop over the bins, which only the page decides."""
    y = np.random.default_rng(count).normal(size=count)
    y[::5] = np.nan
    y[-1] = 1.0
    curve, bands = condensed(Series("loss", np.arange(float(count)), y, "loss"), y, 500.0)
    x, low, middle, high = [], [], [], []
    for first in range(0, count, 7):
        known = [(at, y[at]) for at in range(first, min(first + 7, count)) if np.isfinite(y[at])]
        values = sorted(value for _, value in known)
        x.append(sum(at for at, _ in known) / len(known))
        low.append(values[0])
        high.append(values[-1])
        half = len(values) // 2
        middle.append(values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2)
    assert curve.name == "loss, median of 7"
    np.testing.assert_allclose(curve.x, x)
    np.testing.assert_allclose(curve.y, middle)
    (band,) = bands
    np.testing.assert_allclose((band.x, band.low, band.high), (x, low, high))


def test_each_update_is_drawn_while_there_is_room_for_it() -> None:
    one = Series("loss", np.arange(4.0), np.arange(4.0), "loss")
    assert condensed(one, one.y, 100.0) == (one, ())
    assert condensed(one, np.full(4, np.nan), 2000.0) == (one, ())
