"""The norm figures as data: curves, limits, marks, lines, bands."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.support.figures import a_run
from tuisim.engine.runs.simulate import simulate
from tuisim.figures import VIEWS, Figure, Reveal, Scene, gradient_figure, hidden_figure
from tuisim.figures.drawing.text import draw_text
from tuisim.figures.views.norms import NOTHING, norm_reveals
from tuisim.values.experiment import Experiment

STEPS = np.arange(11.0)


def a_theory(**changes: Any) -> Any:
    empty = {f"{one}_{two}": None for one in ("hidden", "gradient") for two in ("log10", "rate")}
    return SimpleNamespace(**({"name": "theory"} | empty | changes))


def limits(figure: Figure) -> tuple[float, float]:
    return figure.y.low, figure.y.high


def test_the_curve_and_its_axes() -> None:
    figure = hidden_figure(a_run(0.75 - 0.5 * STEPS))
    assert figure.title == "hidden state ‖h_t‖"
    assert (figure.x.low, figure.x.high) == (0, 10)
    assert limits(figure) == (-5, 1)
    assert figure.y.log
    (curve,) = figure.series
    assert (curve.role, curve.marker, curve.played) == ("hidden", "line", True)
    assert (curve.y == 0.75 - 0.5 * STEPS).all()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (0.0 * STEPS, (-1, 1)),
        (1e-9 * STEPS, (-1, 1)),
        (-0.31 * STEPS, (-4, 0)),
        (-0.39 * STEPS, (-4, 0)),
        (-240 * STEPS, (-2400, 0)),
        (238.56 * STEPS, (0, 2400)),
        (np.full(11, -np.inf), (-1, 1)),
        (np.full(11, np.nan), (-1, 1)),
    ],
)
def test_limits_are_whole_decades(values: Any, expected: tuple[float, float]) -> None:
    assert limits(gradient_figure(a_run(values))) == expected


def test_a_wild_theory_does_not_squeeze_the_simulation() -> None:
    figure = gradient_figure(a_run(-0.1 * STEPS), a_theory(gradient_log10=20 * STEPS))
    assert limits(figure) == (-1, 3)
    near = gradient_figure(a_run(-0.1 * STEPS), a_theory(gradient_log10=-0.25 * STEPS))
    assert limits(near) == (-3, 0)


def test_theory_is_dashed_under_the_simulation() -> None:
    figure = hidden_figure(a_run(-STEPS), a_theory(hidden_log10=-1.1 * STEPS))
    theory, simulated = figure.series
    assert (simulated.name, theory.name) == ("simulated", "theory")
    assert (theory.marker, theory.role, theory.played) == ("dashed", "theory", False)


def test_a_rate_alone_starts_where_the_simulation_does() -> None:
    prediction = a_theory(hidden_rate=np.log(10), gradient_rate=-np.log(10))
    hidden = hidden_figure(a_run(0.5 + 0 * STEPS), prediction).series[0]
    assert hidden.y == pytest.approx(0.5 + STEPS)
    gradient = gradient_figure(a_run(STEPS - 10), prediction).series[0]
    assert gradient.y == pytest.approx(STEPS - 10)


def test_no_theory_where_it_does_not_apply() -> None:
    assert len(hidden_figure(a_run(STEPS), a_theory()).series) == 1


def test_the_newest_pinned_run_is_the_pale_reference() -> None:
    pinned = [a_run(-0.2 * np.arange(6)), a_run(-0.3 * STEPS)]
    figure = hidden_figure(a_run(-0.1 * STEPS), pinned=pinned)
    assert [one.name for one in figure.series] == ["pinned 2", "pinned", "simulated"]
    assert [one.marker for one in figure.series] == ["sparse", "dotted", "line"]
    assert figure.series[1].x.tolist() == [0, 1, 2, 3, 4, 5]


def test_members_are_a_median_and_quartiles() -> None:
    values = np.arange(5)[:, None] + 0 * STEPS
    values[:, 3] = -np.inf
    values[4, 5] = np.inf
    figure = hidden_figure(a_run(values))
    (band,) = figure.bands
    assert figure.series[0].y[0] == 2
    assert (band.low[0], band.high[0]) == (1, 3)
    assert band.low[3] == -np.inf
    assert (figure.series[0].y[5], band.high[5]) == (2, 3)
    assert band.name == "quartiles of 5"


def test_dtype_limits_where_they_are_in_range() -> None:
    def names(figure: Figure) -> list[str]:
        return [one.name for one in figure.references]

    assert names(gradient_figure(a_run(-0.5 * STEPS))) == []
    assert names(gradient_figure(a_run(-STEPS))) == ["norm: float16 reads 0"]
    assert names(gradient_figure(a_run(-5 * STEPS))) == [
        "norm: float16 reads 0",
        "norm: float32 reads 0",
    ]
    assert names(hidden_figure(a_run(-5 * STEPS))) == []
    assert names(hidden_figure(a_run(5 * STEPS))) == [
        "norm: float16 overflows",
        "norm: float32 overflows",
    ]
    assert names(hidden_figure(a_run(0.6 * STEPS), log=False)) == ["norm: float16 overflows"]
    (line,) = gradient_figure(a_run(-STEPS)).references
    assert 10**line.value == pytest.approx(2.0**-25)


def test_exact_zeros_are_crosses_on_the_floor_one_for_each_stretch() -> None:
    values = -0.1 * STEPS
    values[[2, 3, 4, 8]] = -np.inf
    marks = hidden_figure(a_run(values)).marks
    assert [(one.text, one.x, one.until, one.y) for one in marks] == [
        ("×", 2, 4, -2),
        ("×", 8, 8, -2),
    ]
    assert {one.meaning for one in marks} == {"exactly zero"}


def test_inf_and_nan_are_marked_where_they_begin() -> None:
    values = 0.1 * STEPS
    values[6:8], values[8:] = np.inf, np.nan
    marks = hidden_figure(a_run(values)).marks
    assert [(one.text, one.x, one.meaning) for one in marks] == [
        ("∞", 6, "inf from step 6"),
        ("?", 8, "not a number from step 8"),
    ]
    back = gradient_figure(a_run(values[::-1])).marks
    assert [(one.text, one.x, one.meaning) for one in back] == [
        ("∞", 4, "inf from step 4 back"),
        ("?", 2, "not a number from step 2 back"),
    ]


def test_a_linear_axis_starts_at_zero() -> None:
    figure = hidden_figure(a_run(np.log10(1.0 + STEPS)), log=False)
    assert not figure.y.log
    assert limits(figure) == (0, 15)
    assert figure.series[0].y == pytest.approx(1 + STEPS)
    huge = hidden_figure(a_run(238.5 * STEPS), log=False)
    assert np.isfinite(limits(huge)).all()
    assert np.isinf(huge.series[0].y[-1])


def test_a_window_of_an_endless_run() -> None:
    figure = hidden_figure(a_run(-0.1 * STEPS), start=200, limits=(200, 300))
    assert figure.series[0].x[0] == 200
    assert (figure.x.low, figure.x.high) == (200, 300)


def test_what_playing_uncovers() -> None:
    assert norm_reveals(None, "forward") == (Reveal(), Reveal())
    assert norm_reveals(3, "forward") == (Reveal(high=3, cursor=3), NOTHING)
    assert norm_reveals(3, "backward") == (Reveal(cursor=3), Reveal(low=3, cursor=3))
    assert norm_reveals(3, line=False) == (Reveal(cursor=3, line=False),) * 2


def test_the_view_makes_its_figures() -> None:
    scene = Scene(a_run(-STEPS), a_theory(), [a_run(STEPS)])
    view = VIEWS["1"]
    figures = [panel.figure(scene) for panel in view.panels]
    assert all(isinstance(one, Figure) for one in figures)
    assert len(view.reveals(3, "forward", True)) == len(figures)


def test_a_limit_that_no_curve_comes_near_is_left_out() -> None:
    # The axis ends at 10⁵ for roundness alone; the state never passes 10¹.
    figure = hidden_figure(a_run(0.7 - 5.3 * STEPS))
    assert limits(figure)[1] > np.log10(65504)
    assert figure.references == ()


def test_a_linear_axis_says_where_it_cannot_follow() -> None:
    run = simulate(
        Experiment(activation="identity", spectrum="identity", radius=3, depth=1000, width=4)
    )
    hidden, gradient = hidden_figure(run, log=False), gradient_figure(run, log=False)
    # 3ᵗ passes 10³⁰⁰ at t = 300/log10 3 = 628.8, the state starting at 2.
    (mark,) = hidden.marks
    assert (mark.text, mark.x, mark.y) == ("∞", 629.0, hidden.y.high)
    assert mark.meaning == "over 10³⁰⁰ from step 629"
    (mark,) = gradient.marks
    assert mark.meaning == f"over 10³⁰⁰ from step {1000 - 629} back"
    assert not hidden_figure(run).marks


@pytest.mark.parametrize("start_rms", [1e-308, 5e-324])
def test_a_linear_axis_of_the_smallest_numbers(start_rms: float) -> None:
    run = simulate(Experiment(width=4, depth=5, start_rms=start_rms))
    for figure in (hidden_figure(run, log=False), gradient_figure(run, log=False)):
        assert len(draw_text(figure, 60, 12)) == 12
        assert figure.y.high > figure.y.low == 0
