"""The eigenvalue plane as data and as text."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from tuisim import Experiment, simulate
from tuisim.commands.run.out import Paper
from tuisim.commands.run.plot import drawn
from tuisim.engine.diagnosis.measures import spectrum
from tuisim.figures import VIEWS, Scene, draw_text, eigenvalue_figure
from tuisim.figures.drawing.drawing import Drawing
from tuisim.figures.drawing.figure import Figure, Series
from tuisim.figures.views.plane import plane_note

PAIR = np.array([0.5 + 0.5j, 0.5 - 0.5j, -0.9])


def by_role(figure: Figure, role: str) -> list[Series]:
    return [one for one in figure.series if one.role == role]


def test_a_selected_pair_is_drawn_in_another_glyph() -> None:
    figure = eigenvalue_figure(PAIR, selected=0)
    (chosen,), (rest,) = by_role(figure, "selected"), by_role(figure, "cold3")
    assert chosen.marker == "diamond"
    assert chosen.y.tolist() == [0.5, -0.5]
    assert (rest.marker, rest.x.tolist()) == ("bullet", [-0.9])
    (real,) = by_role(eigenvalue_figure(PAIR, selected=2), "selected")
    assert real.x.tolist() == [-0.9]
    assert not by_role(eigenvalue_figure(PAIR, selected=9), "selected")


def test_limits_hold_the_circle_and_move_in_steps() -> None:
    assert eigenvalue_figure(PAIR).x.high == eigenvalue_figure(0.9 * PAIR).x.high >= 1
    assert eigenvalue_figure(3 * PAIR).x.high >= 2.7
    assert eigenvalue_figure(PAIR, pinned=4 * PAIR).x.high >= 3.6


def test_eigenvalues_at_the_end_of_float64_are_drawn_or_left_out() -> None:
    for size in (1e300, 1.7e308):
        text = "".join(draw_text(eigenvalue_figure(size * PAIR), 40, 20))
        assert "ρ 1.53·10³⁰⁸" in text or "ρ 9.00·10²⁹⁹" in text
        assert ("•" in text) == (size == 1e300)


def test_the_note_names_the_facts_that_are_known() -> None:
    assert plane_note(0.9) == "ρ 0.90"
    assert plane_note(0.9, 0.9, 0.0) == "ρ 0.90  σ₁ 0.90  normal"
    assert plane_note(1.04e58, 1234.0) == "ρ 1.04·10⁵⁸  σ₁ 1230"
    assert plane_note(math.inf, 123.4) == "ρ inf  σ₁ 123"
    assert plane_note(0.9, 1.42, 0.31) == "ρ 0.90  σ₁ 1.42  departure 0.31"


def test_the_picture() -> None:
    figure = eigenvalue_figure(PAIR, 0.9, 0.0, selected=0)
    assert draw_text(figure, 32, 18, border=True) == [
        "╭ eigenvalues of W ────────────╮",
        "│              ╎ Im λ          │",
        "│          ⡀⡀⠄⠄⠤⠠⠠⢀⢀           │",
        "│      ⢀⡀⠆⠁    ╎    ⠈⠰⢀⡀       │",
        "│     ⡔⠃       ╎       ⠘⢢      │",
        "│   ⢀⠖         ╎     ◆   ⠲⡀    │",
        "│   ⡆          ╎          ⢰    │",
        "│  ⢐           ╎           ⡂   │",
        "│╌╌⠰•╌╌╌╌╌╌╌╌╌╌┼╌╌╌╌╌╌╌╌╌╌╌⠆╌╌ │",
        "│  ⠨           ╎           ⠅   │",
        "│   ⠇          ╎          ⠸    │",
        "│   ⠈⠦         ╎     ◆   ⠴⠁    │",
        "│     ⠣⡄       ╎       ⢠⠜      │",
        "│      ⠈⠁⠆⡀    ╎    ⢀⠰⠈⠁       │",
        "│          ⠁⠁⠂⠂⠒⠐⠐⠈⠈           │",
        "│              ╎               │",
        "│ ρ 0.90  σ₁ 0.90  normal      │",
        "╰──────────────────────────────╯",
    ]
    # Half a note is none: its parts go whole.
    assert draw_text(figure, 24, 18, border=True)[-2] == "│ ρ 0.90  σ₁ 0.90      │"


def test_one_unit_is_as_long_across_as_upright() -> None:
    for size in ((60, 12), (30, 30), (101, 40)):
        canvas = Drawing(eigenvalue_figure(PAIR), *size).canvas
        across = (canvas.x_high - canvas.x_low) / (canvas.width - 1)
        upright = (canvas.y_high - canvas.y_low) / (canvas.height - 1)
        assert across == np.float64(upright) or abs(across / upright - 1) < 1e-12
        assert canvas.x_high >= 1
        assert canvas.y_high >= 1


def test_an_ascii_cell_is_twice_as_high_as_wide() -> None:
    for size in ((60, 12), (30, 30), (61, 40), (41, 17)):
        canvas = Drawing(eigenvalue_figure(PAIR), *size, ascii=True).canvas
        across = (canvas.x_high - canvas.x_low) / (canvas.columns - 1)
        upright = (canvas.y_high - canvas.y_low) / (canvas.rows - 1)
        assert upright == pytest.approx(2 * across, rel=1e-12)


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("border", [False, True])
def test_mirror_images_are_as_far_from_the_axes(ascii: bool, border: bool) -> None:
    """Pairs, opposite numbers and the circle, whatever the numbers of rows and columns."""
    parts = np.array([0.5 + 0.1j, 0.3 + 0.7j, 0.25 + 0.25j, 0.05 + 0.9j, 1 + 0.5j, 0.2j, 0.4])
    values = np.concatenate([parts, parts.conj(), -parts, -parts.conj()])
    for columns, rows in itertools.product(range(20, 52), range(9, 41)):
        drawing = Drawing(eigenvalue_figure(values), columns, rows, ascii=ascii, border=border)
        canvas = drawing.canvas
        middle = canvas.row(0.0), canvas.column(0.0)
        marks = {(one.row - middle[0], one.column - middle[1]) for one in drawing._glyphs}
        assert marks == {(-row, column) for row, column in marks}, (columns, rows)
        assert marks == {(row, -column) for row, column in marks}, (columns, rows)
        assert all(0 <= one.row < canvas.rows for one in drawing._glyphs)
        assert all(0 <= one.column < canvas.columns for one in drawing._glyphs)
        (circle, *_) = drawing._layers
        cells = np.argwhere(circle.bits != 0) - middle
        found = {tuple(cell) for cell in cells.tolist()}
        assert found == {(-row, column) for row, column in found}, (columns, rows)
        assert found == {(row, -column) for row, column in found}, (columns, rows)


@pytest.mark.parametrize("rows", range(18, 26))
@pytest.mark.parametrize("columns", [80, 90, 91, 110])
def test_a_pair_stands_about_the_axis_in_the_view(columns: int, rows: int) -> None:
    e = Experiment(width=2, spectrum="eigenvalues", eigenvalues=(0.5 + 0.1j, 0.5 - 0.1j), depth=5)
    run = simulate(e)
    scene = Scene(run, computed={"spectrum": spectrum(run, None)})
    lines = drawn(VIEWS["2"], scene, Paper(columns, rows, False, None), rows)
    half = [line[: columns // 2] for line in lines]
    bullets = [row for row, line in enumerate(half) if "•" in line]
    (axis,) = (row for row, line in enumerate(half) if "┼" in line)
    if len(bullets) == 2:
        assert bullets[0] + bullets[1] == 2 * axis
    else:
        assert bullets == [axis]


def test_many_eigenvalues_are_single_dots() -> None:
    (cloud,) = by_role(eigenvalue_figure(np.exp(1j * np.arange(600))), "neutral")
    assert cloud.marker == "point"


def test_what_shrinks_is_cold_and_what_grows_hot() -> None:
    values = np.array([0.3, -0.75, 0.97j, 1.0, -1.0001, 1.3, 4.0])
    figure = eigenvalue_figure(values)
    found = {one.role: one.x + 1j * one.y for one in figure.series if one.role != "guide"}
    assert {role: shown.tolist() for role, shown in found.items()} == {
        "cold6": [0.3],
        "cold4": [-0.75],
        "cold1": [0.97j],
        "neutral": [1.0, -1.0001],
        "hot4": [1.3],
        "hot6": [4.0],
    }
