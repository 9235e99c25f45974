"""A strip in the line of the axis: which input still moves the end."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from tuisim import Experiment, simulate
from tuisim.figures import Figure, Reveal, draw_cells, gradient_figure, hidden_figure
from tuisim.figures.drawing.drawing import Drawing
from tuisim.figures.drawing.figure import ROLES, Axis, Strip
from tuisim.figures.drawing.ramp import decade_tone

CHANCE = np.random.default_rng(5)


def figure(log10: Any) -> Figure:
    """A strip of steps from 1 on, under an axis from 0."""
    x = np.arange(1.0, len(log10) + 1)
    axis = Axis("step", 0.0, float(len(log10)))
    return Figure("", axis, Axis("", 0.0, 1.0), strip=Strip("size", x, np.array(log10)))


def line_of(found: Figure, ascii: bool = False, reveal: Reveal | None = None) -> tuple[str, Any]:
    """The characters and the roles of the axis, in the columns of the canvas."""
    drawing = Drawing(found, 60, 12, ascii=ascii)
    cells = drawing.cells(reveal) if reveal else drawing.cells()
    row = drawing._origin[1] + drawing.canvas.rows
    first = drawing._origin[0] + drawing._left
    columns = slice(first, first + drawing.canvas.columns)
    return "".join(cells.chars[row, columns]), cells.roles[row, columns]


@pytest.mark.parametrize("ascii", [False, True])
def test_a_column_has_the_largest_of_its_steps(ascii: bool) -> None:
    log10 = CHANCE.uniform(-9, 0, 700)
    found = figure(log10)
    canvas = Drawing(found, 60, 12, ascii=ascii).canvas
    of_column: dict[int, float] = {}
    for step, size in enumerate(log10.tolist(), 1):
        column = canvas.column(float(step))
        of_column[column] = max(of_column.get(column, -math.inf), size)
    text, roles = line_of(found, ascii)
    ramp = ".:-=#%" if ascii else "·:░▒▓█"
    under = (0.5, 1.0, 2.0, 4.0, 8.0)
    top, seen = log10.max(), 0
    for column, size in of_column.items():
        if text[column] in ramp:
            seen += 1
            level = sum(top - size > one for one in under)
            assert text[column] == ramp[5 - level]
            assert ROLES[roles[column]] == decade_tone(size)
    # All but the ticks.
    assert seen >= len(of_column) - 8
    assert text.isascii() == ascii


def test_ticks_stay_and_fewer_steps_than_columns_are_wide() -> None:
    text, _ = line_of(figure([-9.0, -3.0, 0.0]))
    bare, _ = line_of(Figure("", Axis("step", 0.0, 3.0), Axis("", 0.0, 1.0)))
    ticks = [place for place, one in enumerate(bare) if one == "┬"]
    assert ticks
    assert [place for place, one in enumerate(text) if one == "┬"] == ticks
    # Nothing is heard before half a step.
    assert [one for one, _ in itertools.groupby(text.replace("┬", ""))] == [*"─·░█"]


def test_what_is_no_size_says_so() -> None:
    text, roles = line_of(figure([-math.inf, math.nan, math.inf, 0.0]))
    plain = text.replace("┬", "")
    assert [plain[len(plain) * place // 8] for place in (2, 4, 6)] == ["×", "?", "█"]
    assert ROLES[roles[text.index("?")]] == "warning"
    ascii_text, _ = line_of(figure([-math.inf, math.nan, math.inf, 0.0]), ascii=True)
    assert "x" in ascii_text


def test_playing_uncovers_it() -> None:
    whole, _ = line_of(figure([0.0] * 40))
    half, _ = line_of(figure([0.0] * 40), reveal=Reveal(low=20.0))
    middle = len(whole) // 2
    assert half[: middle - 1] == whole[: middle - 1].replace("█", "─")
    assert half[middle + 1 :] == whole[middle + 1 :]
    assert "█" in whole[:middle]


def test_the_gradient_of_a_driven_net_has_it_and_no_other_figure() -> None:
    run = simulate(Experiment(width=4, depth=9, drive="noise", members=3))
    strip = gradient_figure(run).strip
    assert strip is not None
    assert strip.x.tolist() == [*range(1, 10)]
    assert run.input_gradient_log10 is not None
    np.testing.assert_array_equal(strip.log10, np.median(run.input_gradient_log10, axis=0))
    assert hidden_figure(run).strip is None
    assert gradient_figure(simulate(Experiment(width=4, depth=9))).strip is None
    rows = draw_cells(gradient_figure(run), 80, 14).text()
    assert "input ‖∂L/∂x_t‖" in "\n".join(rows)
