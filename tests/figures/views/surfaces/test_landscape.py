"""Heat maps of error surfaces with paths over them, as data and in words."""

from __future__ import annotations

import itertools

import attrs
import mpmath
import numpy as np
import pytest

from tuisim.engine.surfaces.landscape import Path, descend, loss_grid, middles
from tuisim.engine.surfaces.one_unit import OneUnit, SquaredError
from tuisim.figures import draw_text
from tuisim.figures.drawing.figure import Figure
from tuisim.figures.drawing.heat import ASCII, UNICODE
from tuisim.figures.views.surfaces.landscape import (
    HANDS,
    NET_NAMES,
    UNIT_NAMES,
    UNIT_WINDOW,
    Ground,
    cursor_parts,
    descent_figure,
    fitting,
    ground_of,
    landscape_figure,
    path_line,
    start_line,
    window_about,
)

UNIT = OneUnit()
START = (5.0, -2.2)
PATHS = tuple(descend(UNIT, START, 0.3, threshold, 100) for threshold in (None, 0.3))
X, Y = np.linspace(3.5, 5.5, 46), np.linspace(-3.0, -1.5, 15)
*_, (GRID, _) = loss_grid(UNIT, middles(X), middles(Y))
GROUND = Ground("loss", ("w", "b"), X, Y, GRID, START, (4.2, -2.5))


def signs(figure: Figure, sign: str) -> list[tuple[float, float]]:
    return [(mark.x, mark.y) for mark in figure.marks if mark.text == sign]


def test_paths_are_drawn_up_to_the_step() -> None:
    plain, clipped = PATHS
    figure = landscape_figure(GROUND, PATHS, 20)
    assert signs(figure, "x") == [tuple(one) for one in plain.points[:20]]
    assert signs(figure, "X") == [tuple(plain.points[20])]
    assert signs(figure, "o") == [tuple(one) for one in clipped.points[:20]]
    assert signs(figure, "O") == [tuple(clipped.points[20])]
    assert signs(figure, "S") == [START]
    assert [one.x.size for one in figure.series] == [21, 21]
    assert signs(landscape_figure(GROUND, PATHS, 0), "x") == []


def straight(*points: tuple[float, float]) -> Path:
    """A path through these points."""
    path = descend(UNIT, START, 0.3, 0.3, len(points) - 1)
    return attrs.evolve(path, points=np.array(points))


def ways(*points: tuple[float, float], step: int | None = None) -> list[tuple[str, float, float]]:
    """The signs of direction on such a path: what, and where."""
    marks = landscape_figure(GROUND, (straight(*points),), step).marks
    return [(one.text, one.x, one.y) for one in marks if one.text in "▶▲◀▼"]


def test_a_long_step_says_which_way_it_goes() -> None:
    assert ways((5.0, -2.0), (4.0, -2.0)) == [("◀", pytest.approx(4.5), pytest.approx(-2.0))]
    assert [one[0] for one in ways((4.0, -2.0), (5.0, -2.0))] == ["▶"]
    assert [one[0] for one in ways((4.0, -2.0), (4.0, -2.9))] == ["▼"]
    # Of what leaves the picture it stands in the middle of what is seen.
    assert ways((5.0, -2.5), (5.0, 1e9)) == [("▲", pytest.approx(5.0), pytest.approx(-2.0))]
    assert ways((9.0, 9.0), (8.0, 8.0)) == []
    assert ways((5.0, -2.0), (4.0, -2.0), step=0) == []


def test_of_short_steps_some_say_which_way_they_go() -> None:
    cell = 2.0 / 45
    path = [(5.0 - at * cell, -2.0 - 0.05 * (at % 2)) for at in range(24)]
    assert [one[0] for one in ways(*path)] == ["◀", "◀"]


def test_the_newest_steps_are_the_bright_ones() -> None:
    path = straight(*((5.0 - 0.01 * at, -2.0) for at in range(20)))
    marks = landscape_figure(attrs.evolve(GROUND, start=None), (path,)).marks
    assert [one.role for one in marks if one.text in "oO"] == ["contour"] * 16 + ["here"] * 4


def test_the_surfaces_of_two_nets_have_two_names() -> None:
    titles = {ground_of(names, (X, Y), GRID).title for names in (UNIT_NAMES, NET_NAMES)}
    assert titles == {
        "loss, one unit: w across, b up", "loss, this net: x across, y up",
    }  # fmt: skip


def test_what_left_the_picture_has_no_mark_on_its_edge() -> None:
    figure = landscape_figure(GROUND, PATHS)
    assert signs(figure, "X") == []
    assert signs(figure, "O") == [tuple(PATHS[1].points[-1])]
    assert all(Y[0] <= mark.y <= Y[-1] for mark in figure.marks)
    # The curve still shows where to.
    assert figure.series[0].y.max() > 30


def test_the_heat_is_the_grid_and_the_cursor_its_mark() -> None:
    heat = landscape_figure(GROUND).heat
    assert heat is not None
    assert heat.values is GRID
    assert heat.marked == (4.2, -2.5)
    assert heat.bounds[-1] >= GRID.max()
    assert (heat.bounds[0] <= GRID).mean() > 0.97


@pytest.mark.parametrize(
    "values",
    [np.full((3, 4), np.nan), np.full((3, 4), -np.inf), np.full((3, 4), -2.0),
     np.array([[np.nan, np.inf], [-np.inf, 3.0]]), np.array([[-4000.0, 9000.0]])],
)  # fmt: skip
def test_a_surface_with_nothing_much_to_show(values: np.ndarray) -> None:
    rows, columns = values.shape
    ground = Ground("", ("x", "y"), np.arange(columns + 1.0), np.arange(rows + 1.0), values)
    heat = landscape_figure(ground).heat
    assert heat is not None
    assert heat.bounds[-1] > heat.bounds[0]
    assert len(draw_text(landscape_figure(ground), 30, 10)) == 10


@pytest.mark.parametrize(("ascii", "ramp"), [(True, ASCII.rising), (False, UNICODE.rising)])
def test_the_wall_can_be_seen_without_colour(ascii: bool, ramp: str) -> None:
    """Beside b = −w/2 the character changes by two levels at least, in the next cell."""
    rows = draw_text(landscape_figure(attrs.evolve(GROUND, cursor=None)), 52, 19, ascii)[1:15]
    body = [row[6:51] for row in rows]
    seen = 0
    for row, b in zip(body, middles(Y)[::-1], strict=True):
        wall = int(np.searchsorted(X, -2 * b)) - 1
        if not (4 < wall < 40 and b < -2.25):
            continue
        near = [ramp.find(one) for one in row[wall - 2 : wall + 4]]
        steps = [a - b for a, b in itertools.pairwise(near) if min(a, b) >= 0]
        assert max(steps) >= 2, row
        seen += 1
    assert seen >= 3


def test_no_sign_of_a_path_is_of_the_ramp() -> None:
    used = {"S"} | {sign for hand in HANDS.values() for sign in (hand.sign, hand.now)}
    assert len(used) == 5
    assert not used & set(UNICODE.rising + ASCII.rising)


def test_losses_over_the_steps() -> None:
    whole, part = descent_figure(PATHS), descent_figure(PATHS, 10)
    assert [one.name for one in whole.series] == ["x not clipped", "o clipped"]
    for series, path in zip(part.series, PATHS, strict=True):
        assert series.y.tolist() == path.loss_log10[:11].tolist()
    # Stepping moves neither axis.
    assert (part.x, part.y) == (whole.x, whole.y)
    assert whole.x.high == 100
    assert whole.y.low <= min(path.loss_log10.min() for path in PATHS)


def test_losses_that_stay_as_they_are_say_so_in_words() -> None:
    """Far from the cliff the unit is saturated, and no step moves it."""
    paths = [descend(UNIT, (5.0, 40.0), 0.3, one, 20) for one in (None, 0.3)]
    figure = descent_figure(paths)
    assert figure.message == "flat: it stays at 0.090"
    assert figure.brief


def test_a_path_that_met_the_goal_has_losses_of_minus_infinity() -> None:
    met = descend(OneUnit("identity", 3, 0.7), (1.0, 0.0), 0.1, None, 5)
    figure = descent_figure([met])
    assert np.isneginf(figure.series[0].y).all()
    assert len(draw_text(figure, 40, 10)) == 10


def test_numbers_in_words() -> None:
    plain, clipped = PATHS
    assert path_line(clipped, step=0) == (
        " o  clipped at 0.3  step 0: 5.000, -2.200  loss 0.046  gradient 0.074"
    )
    count = int(clipped.clipped[:100].sum())
    assert count > 0
    assert path_line(clipped).endswith(f"  {count} clipped")
    assert path_line(plain).startswith(" x  not clipped     step 100: 20.470, 30.184  loss 0.090")
    gone = descend(OneUnit("identity", 50, 1.0), (9.0, 0.0), 1e40, None, 50)
    assert path_line(gone).endswith("  step 1 left for beyond 1e90")
    assert cursor_parts(("w", "b"), (4.5, -2.25), -1.0, 400.0, (float("inf"), -0.5)) == (
        "[ ] w 4.500, b -2.250", "loss 0.100", "gradient 10⁴⁰⁰", "(inf, -0.500)",
    )  # fmt: skip


def test_a_path_says_where_it_leaves_the_picture() -> None:
    plain, clipped = PATHS
    gone = next(at for at, (w, b) in enumerate(plain.points) if not (w <= 5.5 and b <= -1.5))
    assert 0 < gone < 100
    assert f"  leaves the picture at step {gone}" in path_line(plain, UNIT_WINDOW)
    assert f"  leaves the picture at step {gone}" in path_line(plain, UNIT_WINDOW, gone)
    points = plain.points.copy()
    points[-1] = points[0]
    returned = path_line(attrs.evolve(plain, points=points), UNIT_WINDOW)
    assert f"  left the picture at step {gone}, is back" in returned
    assert "leaves" not in path_line(plain, UNIT_WINDOW, gone - 1)
    assert "leaves" not in path_line(clipped, UNIT_WINDOW)
    assert "  starts outside the picture" in path_line(plain, (0.0, 1.0, -3.0, 0.0))


@pytest.mark.parametrize("width", range(46, 140))
def test_why_a_path_ended_outlasts_its_numbers(width: int) -> None:
    gone = descend(OneUnit("identity", 50, 1.0), (9.0, 0.0), 1e40, None, 50)
    line = path_line(gone, (0.0, 1.0, 0.0, 1.0), width=width)
    assert len(line) <= width
    for lesser in ("loss", "gradient", "starts outside"):
        if lesser in line:
            assert "left for beyond 1e90" in line
    assert ("left for beyond 1e90" in line) == (width >= 69)


def test_the_start_in_digits_to_be_compared() -> None:
    unit = OneUnit("identity", 50, 1.0, SquaredError(1.0, 0.5))
    losses = unit.evaluate(np.array([1.1]), np.array([0.0]))
    assert start_line(("w", "b"), (1.1, 0.0), losses) == (
        " S  at the start: 1.100, 0.000  loss 6773  ∂L/∂w 621055.522  ∂L/∂b 135468.306"
    )
    far = attrs.evolve(unit, steps=900)
    huge = far.evaluate(np.array([-9.0]), np.array([0.0]))
    # ∂L/∂w = 900·w⁸⁹⁹·(w⁹⁰⁰ − 1), and ∂L/∂b = (w⁹⁰⁰ − 1)²/(w − 1).
    by_w, by_b = (900 * mpmath.mpf(9) ** 1799, mpmath.mpf(9) ** 1800 / 10)
    line = start_line(("w", "b"), (-9.0, 0.0), huge)
    for name, size in (("w", by_w), ("b", by_b)):
        mantissa, exponent = mpmath.nstr(
            size, 4, strip_zeros=False, min_fixed=1, max_fixed=0
        ).split("e+")
        power = exponent.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
        assert f"∂L/∂{name} -{mantissa}·10{power}" in line


def test_a_window_about_any_start_holds_it() -> None:
    assert window_about((3.5, -3.0)) == UNIT_WINDOW
    assert window_about((3.4, -2.0)) == pytest.approx((2.4, 4.4, -2.75, -1.25))
    for x in (0.0, -1e4, 1e20, -1e90):
        low, high, *_ = window_about((x, 0.0))
        assert low < x < high
        edges = np.linspace(low, high, 1001)
        assert (np.diff(edges) > 0).all()


def test_parts_are_left_out_whole() -> None:
    parts = ("loss 10⁻⁴", "gradient 3.0·10⁻⁸", "9 clipped")
    assert fitting(parts, 80) == "loss 10⁻⁴  gradient 3.0·10⁻⁸  9 clipped"
    assert fitting(parts, 30) == "loss 10⁻⁴  gradient 3.0·10⁻⁸"
    assert fitting(parts, 30, True) == "loss 1e-4  gradient 3.0e-8"
    assert fitting(parts, 12) == "loss 10⁻⁴"
    assert fitting(parts, 4) == "los…"
    assert fitting(parts, 7, True) == "loss..."


def test_a_path_shorter_than_the_other_stays_where_it_ended() -> None:
    short: Path = descend(UNIT, START, 0.3, 0.3, 4)
    figure = landscape_figure(GROUND, (PATHS[0], short), 50)
    assert signs(figure, "O") == [tuple(short.points[-1])]
    x, y = short.points[4]
    assert f"  step 4: {x:.3f}, {y:.3f}  " in path_line(short, step=50)
