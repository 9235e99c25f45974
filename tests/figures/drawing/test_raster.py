"""The rasteriser against a naive twin, against plotext, and at its edges."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuisim.figures.drawing.raster import Canvas, draw_band, draw_line, draw_points


def _canvas(columns: int = 20, rows: int = 6, ascii: bool = False) -> Canvas:
    return Canvas(columns, rows, 0.0, 10.0, -1.0, 1.0, ascii)


def _dots(canvas: Canvas, bits: np.ndarray) -> set[tuple[int, int]]:
    """Unpack bits into (dot column, dot row from the top)."""
    if canvas.ascii:
        return {(int(c), int(r)) for r, c in zip(*np.nonzero(bits), strict=True)}
    table = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    return {
        (2 * column + dx, 4 * row + dy)
        for row in range(canvas.rows)
        for column in range(canvas.columns)
        for dy in range(4)
        for dx in range(2)
        if bits[row, column] & table[dy][dx]
    }


def _text(bits: np.ndarray) -> list[str]:
    return ["".join(chr(0x2800 + int(one)) for one in row) for row in bits]


def _twin(canvas: Canvas, x: np.ndarray, y: np.ndarray) -> set[tuple[int, int]]:
    """Each segment followed in small steps, each step a dot if it is on the canvas."""
    dots = set()
    pieces = [[i] for i in range(len(x))] + [[i, i + 1] for i in range(len(x) - 1)]
    for piece in pieces:
        if not all(np.isfinite(x[i]) and np.isfinite(y[i]) for i in piece):
            continue
        u, v = canvas.across(x[piece]), canvas.upright(y[piece])
        for share in np.linspace(0, 1, 4001):
            column = u[0] + (u[-1] - u[0]) * share
            row = v[0] + (v[-1] - v[0]) * share
            if -0.5 <= column < canvas.width - 0.5 and -0.5 < row <= canvas.height - 0.5:
                dots.add((int(np.floor(column + 0.5)), int(np.ceil(row - 0.5))))
    return dots


def _far(ones: set[tuple[int, int]], others: set[tuple[int, int]]) -> int:
    """The largest distance, in dots, from one of `ones` to the nearest of `others`."""
    if not ones or not others:
        return 0 if not ones else 99
    a, b = np.array(sorted(ones)), np.array(sorted(others))
    return int(np.abs(a[:, None] - b[None]).max(axis=2).min(axis=1).max())


values = st.floats(-3, 3).map(lambda one: round(one, 3))
points = st.lists(st.tuples(st.floats(-2, 12), values), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(points, st.booleans())
def test_lines_are_where_a_naive_twin_draws_them(
    pairs: list[tuple[float, float]], ascii: bool
) -> None:
    canvas = _canvas(ascii=ascii)
    x, y = (np.array(one, np.float64) for one in zip(*pairs, strict=True))
    ours, theirs = _dots(canvas, draw_line(canvas, x, y)), _twin(canvas, x, y)
    assert _far(ours, theirs) <= 1
    assert _far(theirs, ours) <= 1


anything = st.floats(allow_nan=True, allow_infinity=True, width=64)


@given(
    st.lists(st.tuples(anything, anything), max_size=30),
    st.integers(1, 12),
    st.integers(1, 8),
    st.booleans(),
    st.sampled_from(["line", "dashed", "dotted", "sparse"]),
)
def test_any_floats_stay_on_the_canvas(
    pairs: list[tuple[float, float]], columns: int, rows: int, ascii: bool, marker: str
) -> None:
    canvas = _canvas(columns, rows, ascii)
    data = np.array(pairs, np.float64).reshape(-1, 2)
    with np.errstate(all="raise", under="ignore"):
        bits = draw_line(canvas, data[:, 0], data[:, 1], marker)  # type: ignore[arg-type]
        assert bits.shape == (rows, columns)
        assert draw_points(canvas, data[:, 0], data[:, 1]).shape == (rows, columns)


@pytest.mark.parametrize("seed", range(5))
def test_plotext_draws_the_same(seed: int) -> None:
    from plotext._date import date_class
    from plotext._monitor import monitor_class

    random = np.random.default_rng(seed)
    canvas = Canvas(40, 10, 0, 100, -5, 1)
    x = np.arange(101.0)
    y = np.clip(0.75 - 0.05 * x + np.cumsum(random.normal(0, 0.1, 101)), -5, 1)
    plot = monitor_class()
    plot.set_date(date_class())
    plot.set_size([40, 10])
    plot.set_xaxes(False, False)
    plot.set_yaxes(False, False)
    plot.set_xticks([])
    plot.set_yticks([])
    plot.set_xlim(0, 100)
    plot.set_ylim(-5, 1)
    plot.draw(x.tolist(), y.tolist(), marker="braille", lines=False)
    plot.build_plot()
    theirs = np.array(
        [
            [0 if one == " " else ord(one) - 0x2800 for one in row]
            for row in plot.matrix.marker[::-1]
        ]
    )
    # The points agree to the dot.
    assert (theirs == draw_points(canvas, x, y)).all()
    plot.draw_init()
    plot.draw(x.tolist(), y.tolist(), marker="braille", lines=True)
    plot.build_plot()
    theirs = np.array(
        [
            [0 if one == " " else ord(one) - 0x2800 for one in row]
            for row in plot.matrix.marker[::-1]
        ]
    )
    # Between points plotext cuts off where we round: a dot of difference at most.
    ours, other = _dots(canvas, draw_line(canvas, x, y)), _dots(canvas, theirs)
    assert _far(ours, other) <= 1
    assert _far(other, ours) <= 1


def test_a_line_from_corner_to_corner() -> None:
    canvas = Canvas(4, 2, 0, 1, 0, 1)
    line = draw_line(canvas, np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    assert _text(line) == ["⠀⠀⡠⠊", "⡠⠊⠀⠀"]


def test_a_line_that_leaves_is_cut_at_the_edge() -> None:
    canvas = Canvas(4, 2, 0, 1, 0, 1)
    # Through the middle of the canvas at 45°, from far outside to far outside.
    far = draw_line(canvas, np.array([-9.0, 10.0]), np.array([-9.0, 10.0]))
    assert _text(far) == ["⠀⠀⡠⠊", "⡠⠊⠀⠀"]
    beside = draw_line(canvas, np.array([-9.0, 10.0]), np.array([-5.0, 14.0]))
    assert not beside.any()


def test_an_outlier_is_a_straight_way_up() -> None:
    canvas = Canvas(3, 2, 0, 2, 0, 1)
    line = draw_line(canvas, np.array([0.0, 1.0, 2.0]), np.array([0.0, 1e300, 0.0]))
    assert _text(line) == ["⡇⠀⢸", "⡇⠀⢸"]


def test_nan_breaks_the_line_and_a_lone_point_is_a_dot() -> None:
    canvas = Canvas(5, 1, 0, 9, 0, 1)
    y = np.array([0, 0, np.nan, 0, np.inf, 0, 0, 0, np.nan, np.nan])
    assert _text(draw_line(canvas, np.arange(10.0), y)) == ["⣀⢀⢀⣀⠀"]


def test_many_points_are_thinned_without_a_trace() -> None:
    canvas = Canvas(60, 15, 0, 99_999, -4, 4)
    random = np.random.default_rng(1)
    x, y = np.arange(100_000.0), random.normal(size=100_000)
    y[500:700] = np.nan
    thinned = draw_line(canvas, x, y)
    whole = draw_line(canvas, x[::-1].copy(), y[::-1].copy())  # descending is never thinned
    differing = int((thinned != whole).sum())
    assert differing <= 0.02 * thinned.size
    # Of this thread's own work: whatever else the machine does is not of it.
    started = time.thread_time()
    draw_line(canvas, x, y)
    assert time.thread_time() - started < 1


@given(st.integers(2, 400))
def test_old_columns_keep_still_while_a_curve_grows(points: int) -> None:
    canvas = Canvas(30, 8, 0, 400, -1.2, 1.2)
    x = np.arange(401.0)
    y = np.sin(x / 7)
    grown, whole = (
        draw_line(canvas, x[:points], y[:points], "dashed"),
        draw_line(canvas, x, y, "dashed"),
    )
    settled = canvas.column(points - 1) - 1
    assert (grown[:, : max(settled, 0)] == whole[:, : max(settled, 0)]).all()


def test_patterns_differ_at_every_slope() -> None:
    canvas = Canvas(30, 15, 0, 1, 0, 1)
    line = np.array([0.0, 1.0])
    for y in (line * 0 + 0.5, line, 1 - line, line * 0.5):
        counts = [
            len(_dots(canvas, draw_line(canvas, line, y, marker)))
            for marker in ("line", "dashed", "dotted", "sparse")
        ]
        assert counts == sorted(counts, reverse=True)
        assert len(set(counts)) == 4
        assert counts[-1] > 0
    upright = [
        len(_dots(canvas, draw_line(canvas, line * 0 + 0.5, line, marker)))
        for marker in ("line", "dashed", "dotted", "sparse")
    ]
    assert upright == sorted(upright, reverse=True)


def test_the_reveal_mask_follows_the_dots() -> None:
    canvas = Canvas(5, 1, 0, 9, 0, 1)
    assert canvas.revealed(-np.inf, np.inf).tolist() == [0xFF] * 5
    assert canvas.revealed(0, 4).tolist() == [0xFF, 0xFF, 0x47, 0, 0]
    assert canvas.revealed(4, np.inf).tolist() == [0, 0, 0xFF, 0xFF, 0xFF]
    assert canvas.revealed(np.inf, -np.inf).tolist() == [0] * 5


def test_a_band_fills_between_its_edges() -> None:
    canvas = Canvas(4, 3, 0, 3, 0, 1)
    x = np.arange(4.0)
    band = draw_band(canvas, x, np.full(4, -np.inf), np.full(4, 0.5))
    assert (band[0] == 0).all()
    assert (band[2] != 0).all()
    gap = draw_band(canvas, x, np.zeros(4), np.array([1, np.nan, np.nan, 1]))
    assert (gap[:, 1:3] == 0).all()
    ascii_canvas = Canvas(4, 3, 0, 3, 0, 1, ascii=True)
    assert (draw_band(ascii_canvas, x, np.zeros(4), np.ones(4)) == 255).all()


@given(st.floats(-1e3, 1e3), st.integers(1, 90), st.integers(1, 40), st.booleans())
def test_one_value_falls_where_a_curve_through_it_does(
    value: float, columns: int, rows: int, ascii: bool
) -> None:
    canvas = Canvas(columns, rows, -7.0, 9.0, -3.0, 5.0, ascii)
    bits = draw_points(canvas, np.array([value]), np.array([value]))
    inside = 0 <= canvas.column(value) < columns and 0 <= canvas.row(value) < rows
    assert inside == bits.any()
    if inside:
        assert bits[canvas.row(value), canvas.column(value)]
