"""Heat maps: which cell shows which value, what tells the levels apart, and the ramp's legend."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuisim.figures import draw_cells, draw_text
from tuisim.figures.drawing.drawing import Drawing
from tuisim.figures.drawing.figure import ROLES, Axis, Figure, Heat, Mark, Reference, Series
from tuisim.figures.drawing.heat import (
    ASCII,
    LEVELS,
    UNICODE,
    Span,
    characters,
    draw_heat,
    even_levels,
    heat_legend,
    levels,
    tones,
)
from tuisim.figures.drawing.layers import ASCII_MARKS, GLYPHS
from tuisim.figures.drawing.numbers import ascii_text
from tuisim.figures.drawing.raster import Canvas

BOUNDS = tuple(np.arange(7.0).tolist())
WORDS = tuple("0123456")


def a_heat(values: np.ndarray) -> Heat:
    rows, columns = values.shape
    edges = np.arange(columns + 1.0), np.arange(rows + 1.0)
    return Heat("heat", values, *edges, BOUNDS, WORDS)


def turned(cold: int, hot: int) -> Heat:
    bounds = tuple(float(one) for one in range(-cold, hot + 1))
    words = tuple(f"{one:g}" for one in bounds)
    return attrs.evolve(SLOPE, bounds=bounds, words=words, turn=cold)


def text_of(legend: list[Span]) -> str:
    return "".join(text for text, _, _ in legend)


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
        np.array([0.0, 1.0, 1.5, 4.0]), np.array([-1.0, 2.0, 3.0]), BOUNDS, WORDS,
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


@given(st.integers(1, 40), st.integers(1, 20), st.integers(0, 1000))
def test_half_blocks_show_two_rows_a_line(columns: int, rows: int, seed: int) -> None:
    values = np.random.default_rng(seed).uniform(0, 6, (2 * rows, columns))
    canvas = Canvas(columns, rows, 0.0, float(columns), 0.0, 2.0 * rows)
    found = draw_heat(canvas, a_heat(values), halves=2)
    assert found.tolist() == values[::-1].astype(int).tolist()


def test_levels_differ_with_colours_and_without() -> None:
    for signs in (UNICODE, ASCII):
        assert len(set(signs.rising)) == len(signs.rising) == 6
        assert len(set(signs.below + signs.above)) == len(signs.below + signs.above) == 6
        assert " " not in signs.rising + signs.below + signs.above
    assert "".join((ASCII.rising, ASCII.below, ASCII.above)).isascii()
    lines = {ASCII_MARKS["line"], ASCII_MARKS["dashed"]}
    others = {"[", "]", *(ascii_text(one) for one in GLYPHS.values())}
    assert not set(ASCII.rising + ASCII.below + ASCII.above) & (lines | others)
    assert not set(UNICODE.rising + UNICODE.below + UNICODE.above) & set("[]•◆")
    assert len(set(characters(SLOPE, False))) == len(set(tones(SLOPE))) == 6


@pytest.mark.parametrize(("cold", "hot"), [(6, 6), (6, 2), (1, 6), (0, 3), (4, 0), (3, 1)])
def test_a_ramp_turns_at_its_turn_and_is_as_deep_as_far_away(cold: int, hot: int) -> None:
    heat = turned(cold, hot)
    found = tones(heat)
    assert [role[:3] for role in found] == ["col"] * cold + ["hot"] * hot
    depth = [int(role[-1]) for role in found]
    # The same distance is the same depth, on the longer side up to the deepest.
    assert depth[cold:] == depth[::-1][hot : hot + hot] or cold != hot
    assert max(depth) == 6
    below, above = depth[:cold][::-1], depth[cold:]
    shorter = min(cold, hot)
    assert below[:shorter] == above[:shorter]
    assert below == sorted(below)
    assert above == sorted(above)
    assert len(set(found)) == len(found)
    for ascii, signs in ((False, UNICODE), (True, ASCII)):
        shown = characters(heat, ascii)
        assert set(shown[:cold]) <= set(signs.below)
        assert set(shown[cold:]) <= set(signs.above)


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
    assert rows[1:5] == [":-==|x%%", "***=|##%", ".::-|=##", "..::|[=]"]


def test_no_value_is_blank_and_has_no_colour() -> None:
    values = np.full((4, 8), np.nan)
    values[1, 2] = 6.0
    cells = draw_cells(bare(a_heat(values)), 8, 6, border=False)
    body = cells.chars[1:5]
    assert "".join(body.ravel()).strip() == "█"
    assert body[2, 2] == "█"
    assert cells.roles[3, 2] == ROLES.index("label")
    assert (np.delete(cells.roles[1:5].ravel(), 18) == 0).all()


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (3, 2), (5, 4), (14, 4), (40, 7), (500, 160)])
@pytest.mark.parametrize("ascii", [False, True])
def test_any_size(size: tuple[int, int], ascii: bool) -> None:
    figure = attrs.evolve(bare(attrs.evolve(SLOPE, marked=(0.0, 0.0))), x=Axis("w", 0, 8))
    rows = draw_text(figure, *size, ascii=ascii)
    assert [len(row) for row in rows] == [size[0]] * size[1]


@given(st.floats(-1e3, 1e3), st.floats(1e-6, 1e6), st.booleans(), st.sampled_from([6, LEVELS]))
def test_the_ramp_covers_the_values_in_round_steps(
    spans: float, span: float, log: bool, most: int
) -> None:
    low = spans * span
    bounds = even_levels(low, low + span, log, most)
    step = bounds[1] - bounds[0]
    slack = 1e-6 * step + 1e-9 * abs(low)
    assert bounds[0] <= low + slack
    assert bounds[-1] >= low + span - slack
    # No level is beyond the values, and they are not so wide that the picture is of two.
    assert bounds[1] > low - slack
    assert bounds[-2] < low + span + slack
    assert 2 <= len(bounds) <= most + 1
    assert step <= max(span, 1.0 if log else 0.0)
    mantissa = step / 10 ** np.floor(np.log10(step * (1 + 1e-9)))
    assert min(abs(mantissa - one) for one in (1, 2, 5)) < 1e-6
    assert abs(bounds[0] / step - round(bounds[0] / step)) < 1e-6
    if log:
        assert step >= 1 - 1e-9


def test_the_legend_says_where_each_level_begins() -> None:
    whole = "heat: 0 · 1 : 2 ░ 3 ▒ 4 ▓ 5 █ 6"
    assert text_of(heat_legend(SLOPE, 60, False)) == whole
    assert text_of(heat_legend(SLOPE, len(whole) - 1, False)) == whole.removeprefix("heat: ")
    assert text_of(heat_legend(SLOPE, 20, False)) == "heat: 0 ·:░▒▓█ 6"
    assert text_of(heat_legend(SLOPE, 12, False)) == "0 ·:░▒▓█ 6"
    powers = attrs.evolve(SLOPE, words=("10⁻⁴", *WORDS[1:]))
    assert text_of(heat_legend(powers, 60, True)) == "heat: 1e-4 . 1 : 2 - 3 = 4 # 5 % 6"


def test_a_character_of_two_levels_stands_there_once() -> None:
    assert text_of(heat_legend(turned(6, 2), 80, False)) == "heat: -6 = -4 - -2 · 0 ░ 2"
    assert text_of(heat_legend(turned(6, 2), 16, True)) == "-6 =-. 0 : 2"


def test_the_legend_is_in_the_colours_of_the_picture_and_says_where_they_turn() -> None:
    heat = turned(3, 2)
    legend = heat_legend(heat, 80, False, blocks=True)
    grounds = [ground for _, _, ground in legend if ground != "blank"]
    assert grounds == tones(heat) == ["cold6", "cold4", "cold2", "hot2", "hot4"]
    few = heat_legend(heat, 24, False, blocks=True)
    assert [text for text, _, ground in few if ground == "blank"] == ["-3 ", " 0 ", " 2"]
    assert [ground for _, _, ground in few if ground != "blank"] == tones(heat)


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("blocks", [False, True])
def test_a_cell_without_a_value_is_hatched_where_the_legend_says_so(
    ascii: bool, blocks: bool
) -> None:
    values = SLOPE.values.copy()
    values[1:3, 2:5] = np.nan
    heat, sign = attrs.evolve(SLOPE, values=values, missing="no value"), "/" if ascii else "╱"
    assert sign not in ASCII_MARKS.values()
    assert sign not in characters(heat, ascii)
    for one in (heat, attrs.evolve(heat, missing="")):
        canvas, legend = _parts(one, ascii, blocks)
        assert canvas.count(sign) == (6 if one.missing else 0)
        assert legend.endswith(f"{sign}{sign} no value") == bool(one.missing)


def _parts(heat: Heat, ascii: bool, blocks: bool) -> tuple[str, str]:
    """What is drawn on 8 × 4 cells, and the line of the legend."""
    drawing = Drawing(bare(heat), 60, 9, ascii=ascii, border=False, blocks=blocks)
    shown = draw_cells(bare(heat), 8, 4, ascii=ascii, border=False, blocks=blocks)
    return "".join(shown.text()), drawing.cells().text()[-1].rstrip()


def test_no_half_of_a_cell_is_drawn_in_the_colour_of_writing() -> None:
    """Where one of two rows has no value the other is written, on the ground of the whole."""
    values = SLOPE.values[:2].copy()
    values[1, :3] = np.nan
    values[0, 5:] = np.nan
    shown = draw_cells(bare(a_heat(values)), 8, 1, border=False, blocks=True)
    assert shown.grounds is not None
    drawn = list(zip(shown.text()[0], shown.roles[0], shown.grounds[0], strict=True))
    assert all(one != "▀" or role for one, role, _ in drawn)
    assert [one for one, *_ in drawn[:3]] == ["▄"] * 3
    assert [ground for *_, ground in drawn[:3]] == [0] * 3
    assert [one for one, *_ in drawn[5:]] == ["▀"] * 3


def test_half_blocks_of_colour_with_curves_over_them() -> None:
    values = np.array([[-1.5, 0.5], [1.5, 0.5]])
    heat = attrs.evolve(turned(2, 2), values=values, x_edges=np.arange(3.0), y_edges=np.arange(3.0))
    line = Series("", np.array([1.5, 1.6]), np.array([1.0, 1.0]), "contour")
    cells = Drawing(bare(heat, series=(line,)), 2, 1, border=False, blocks=True).cells()
    assert cells.grounds is not None
    low, high, pale = (ROLES.index(role) for role in ("cold6", "hot6", "hot3"))
    assert cells.chars[0, 0] == "▀"
    assert (cells.roles[0, 0], cells.grounds[0, 0]) == (high, low)
    # The line has the colour of the cell behind it, not a hole.
    assert cells.roles[0, 1] == ROLES.index("contour")
    assert cells.grounds[0, 1] == pale
    assert Drawing(bare(heat), 2, 1, border=False).cells().grounds is None
