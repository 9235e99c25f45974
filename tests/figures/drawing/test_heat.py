"""Heat maps: which cell shows which value, what tells the levels apart, and the ramp's legend."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuisim.figures import draw_cells, draw_text
from tuisim.figures.drawing.figure import ROLES, Axis, Figure, Heat, Mark, Reference, Series
from tuisim.figures.drawing.heat import (
    ASCII_RAMP,
    HEAT_ROLES,
    LEVELS,
    RAMP,
    draw_heat,
    heat_legend,
    level_range,
    levels,
)
from tuisim.figures.drawing.layers import ASCII_MARKS, GLYPHS
from tuisim.figures.drawing.numbers import ascii_text
from tuisim.figures.drawing.raster import Canvas


def a_heat(values: np.ndarray, low: float = 0.0, high: float = 6.0) -> Heat:
    rows, columns = values.shape
    return Heat("heat", values, np.arange(columns + 1.0), np.arange(rows + 1.0), low, high)


def bare(heat: Heat, **more: object) -> Figure:
    x = Axis("", float(heat.x_edges[0]), float(heat.x_edges[-1]), ticks=None)
    y = Axis("", float(heat.y_edges[0]), float(heat.y_edges[-1]), ticks=None)
    return attrs.evolve(Figure("", x, y, heat=heat), **more)


SLOPE = a_heat(np.add.outer(np.arange(4.0), np.arange(8.0)) * 0.6)


@given(st.integers(1, 40), st.integers(1, 20), st.booleans(), st.integers(0, 1000))
def test_a_grid_as_fine_as_the_canvas_is_shown_whole(
    columns: int, rows: int, ascii: bool, seed: int
) -> None:
    values = np.random.default_rng(seed).uniform(0, 6, (rows, columns))
    canvas = Canvas(columns, rows, 0.0, float(columns), 0.0, float(rows), ascii)
    expected = [[int(values[rows - 1 - row, column]) for column in range(columns)]
                for row in range(rows)]  # fmt: skip
    assert draw_heat(canvas, a_heat(values)).tolist() == expected


@given(st.integers(1, 40), st.integers(1, 20), st.booleans(), st.data())
def test_the_middle_of_a_cell_of_the_grid_is_where_that_cell_is_drawn(
    columns: int, rows: int, ascii: bool, data: st.DataObject
) -> None:
    canvas = Canvas(columns, rows, 0.0, float(columns), 0.0, float(rows), ascii)
    i, j = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    assert (canvas.row(i + 0.5), canvas.column(j + 0.5)) == (rows - 1 - i, j)


@given(st.integers(1, 30), st.integers(1, 12), st.booleans())
def test_a_coarse_grid_with_edges_of_its_own_is_read_at_the_middle_of_each_cell(
    columns: int, rows: int, ascii: bool
) -> None:
    heat = Heat(
        "", np.array([[0.0, 1.0, 2.0], [3.0, np.nan, 5.0]]),
        np.array([0.0, 1.0, 1.5, 4.0]), np.array([-1.0, 2.0, 3.0]), 0.0, 6.0,
    )  # fmt: skip
    canvas = Canvas(columns, rows, -1.0, 4.0, -1.0, 3.0, ascii)
    drawn = draw_heat(canvas, heat)
    for row in range(rows):
        for column in range(columns):
            # From dots as the canvas places them.
            dot = column if ascii else 2 * column + 0.5
            x = -1.0 + 5.0 * dot / max(canvas.width - 1, 1)
            dot = row if ascii else 4 * row + 1.5
            y = 3.0 - 4.0 * dot / max(canvas.height - 1, 1)
            if x < 0:
                expected = -1
            else:
                j = 0 if x < 1 else 1 if x < 1.5 else 2
                value = heat.values[0 if y < 2 else 1, j]
                expected = -1 if np.isnan(value) else int(value)
            assert drawn[row, column] == expected


def test_beyond_the_ends_is_the_nearest_level_and_nan_is_blank() -> None:
    values = np.array([-np.inf, -1.0, 0.0, 0.999, 1.0, 5.999, 6.0, 7.0, np.inf, np.nan])
    assert levels(values, SLOPE).tolist() == [0, 0, 0, 0, 1, 5, 5, 5, 5, -1]


def test_each_level_has_a_character_of_its_own() -> None:
    assert len(set(RAMP)) == len(set(ASCII_RAMP)) == len(HEAT_ROLES) == LEVELS
    assert ASCII_RAMP.isascii()
    assert " " not in RAMP + ASCII_RAMP
    lines = {ASCII_MARKS["line"], ASCII_MARKS["dashed"]}
    others = {"[", "]", *(ascii_text(one) for one in GLYPHS.values())}
    assert not set(ASCII_RAMP) & (lines | others)
    assert not set(RAMP) & set("[]•◆")


def test_as_text() -> None:
    assert draw_text(bare(SLOPE), 10, 6, border=False)[1:] == [
        ":░░▒▒▓▓███",
        ":::░▒▒▓▓▓█",
        "·:::░▒▒▓▓▓",
        "···::░▒▒▒▓",
        "0 ·:░▒▓█ 6",
    ]


def test_the_same_in_ascii_with_a_curve_a_mark_a_line_and_brackets() -> None:
    heat = attrs.evolve(SLOPE, marked=(6.5, 0.5))
    figure = bare(
        heat,
        series=(Series("", np.array([0.5, 2.5]), np.array([2.5, 2.5]), "hidden"),),
        marks=(Mark(5.5, 3.5, "×", "warning"),),
        references=(Reference("", 4.5, "guide", upright=True),),
    )
    rows = draw_text(figure, 8, 6, True, border=False)
    assert rows[1:] == [":-==|x%%", "***=|##%", ".::-|=##", "..::|[=]", "0 .:-=#%"]


def test_no_value_is_blank_and_has_no_colour() -> None:
    values = np.full((4, 8), np.nan)
    values[1, 2] = 6.0
    cells = draw_cells(bare(a_heat(values)), 8, 6, border=False)
    body = cells.chars[1:5]
    assert "".join(body.ravel()).strip() == "█"
    assert body[2, 2] == "█"
    assert cells.roles[3, 2] == ROLES.index("high")
    assert (np.delete(cells.roles[1:5].ravel(), 18) == 0).all()


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (3, 2), (5, 4), (14, 4), (40, 7), (500, 160)])
@pytest.mark.parametrize("ascii", [False, True])
def test_any_size(size: tuple[int, int], ascii: bool) -> None:
    figure = attrs.evolve(bare(attrs.evolve(SLOPE, marked=(0.0, 0.0))), x=Axis("w", 0, 8))
    rows = draw_text(figure, *size, ascii=ascii)
    assert [len(row) for row in rows] == [size[0]] * size[1]


@given(st.floats(-1e3, 1e3), st.floats(1e-6, 1e6), st.booleans())
def test_the_ramp_covers_the_values_in_round_steps(spans: float, span: float, log: bool) -> None:
    low = spans * span
    first, last = level_range(low, low + span, log)
    step = (last - first) / LEVELS
    slack = 1e-6 * step + 1e-9 * abs(low)
    assert first <= low + slack
    assert last >= low + span - slack
    # Not so wide that the picture is of two levels.
    assert step <= max(span, 1.0 if log else 0.0)
    mantissa = step / 10 ** np.floor(np.log10(step * (1 + 1e-9)))
    assert min(abs(mantissa - one) for one in (1, 2, 5)) < 1e-6
    assert abs(first / step - round(first / step)) < 1e-6
    if log:
        assert step >= 1 - 1e-9


def test_the_legend_says_where_each_level_begins() -> None:
    heat = attrs.evolve(SLOPE, name="loss", low=-4.0, high=2.0, log=True)
    whole = "loss: 10⁻⁴ · 0.001 : 0.01 ░ 0.1 ▒ 1 ▓ 10 █ 100"
    assert heat_legend(heat, 60, False) == whole
    assert heat_legend(heat, len(whole) - 1, False) == whole.removeprefix("loss: ")
    assert heat_legend(heat, 30, False) == "loss: 10⁻⁴ ·:░▒▓█ 100"
    assert heat_legend(heat, 16, False) == "10⁻⁴ ·:░▒▓█ 100"
    assert heat_legend(heat, 60, True) == whole.replace("10⁻⁴ ·", "1e-4 .").translate(
        str.maketrans("░▒▓█", "-=#%")
    )
    plain = attrs.evolve(SLOPE, low=-0.15, high=0.15)
    assert heat_legend(plain, 60, True) == "heat: -0.15 . -0.1 : -0.05 - 0 = 0.05 # 0.1 % 0.15"
    halves = attrs.evolve(heat, low=-2.0, high=1.0)
    assert heat_legend(halves, 60, True) == "loss: 0.01 . 0.03 : 0.1 - 0.3 = 1 # 3 % 10"
    fifths = attrs.evolve(heat, low=-1.2, high=0.0)
    assert heat_legend(fifths, 60, True) == "loss: 0.063 . 0.1 : 0.16 - 0.25 = 0.40 # 0.63 % 1"


def test_the_legend_names_no_value_that_there_is_not() -> None:
    share = attrs.evolve(SLOPE, name="share", low=0.0, high=6 * 0.2, most=1.0)
    assert heat_legend(share, 60, False) == "share: 0 · 0.2 : 0.4 ░ 0.6 ▒ 0.8 ▓ 1 █"
    assert heat_legend(share, 20, False) == "share: 0 ·:░▒▓█ 1"
    assert heat_legend(attrs.evolve(share, most=math.inf), 60, False).endswith("1 █ 1.2")
