"""The eigenvalue plane as data and as text."""

from __future__ import annotations

import math

import numpy as np

from tuisim.figures import draw_text, eigenvalue_figure
from tuisim.figures.figure import Figure, Series
from tuisim.figures.plane import plane_note

PAIR = np.array([0.5 + 0.5j, 0.5 - 0.5j, -0.9])


def by_role(figure: Figure, role: str) -> list[Series]:
    return [one for one in figure.series if one.role == role]


def test_a_selected_pair_is_drawn_in_another_glyph() -> None:
    figure = eigenvalue_figure(PAIR, selected=0)
    (chosen,), (rest,) = by_role(figure, "selected"), by_role(figure, "eigenvalue")
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
        "│              ╎               │",
        "│          ⡀⡀⠄⠄⠄⠄⠄⠄⡀           │",
        "│       ⡀⠆⠁    ╎    ⠁⠢⠄⡀       │",
        "│     ⡤⠋       ╎       ⠉⠦      │",
        "│    ⠎         ╎     ◆   ⠣⡀    │",
        "│   ⡎          ╎          ⠡    │",
        "│  ⠨           ╎           ⡇   │",
        "│╌╌⠨•╌╌╌╌╌╌╌╌╌╌┼╌╌╌╌╌╌╌╌╌╌╌⡇╌╌ │",
        "│  ⠨           ╎           ⡇   │",
        "│   ⠇          ╎          ⡨    │",
        "│   ⠈⠦         ╎     ◆   ⡤⠁    │",
        "│     ⠣⡄       ╎       ⡠⠎      │",
        "│      ⠈⠁⠆⡀    ╎    ⡀⠤⠂⠁       │",
        "│          ⠁⠁⠂⠂⠂⠂⠂⠂⠁           │",
        "│              ╎               │",
        "│ ρ 0.90  σ₁ 0.90  normal      │",
        "╰──────────────────────────────╯",
    ]
    # Half a note is none: its parts go whole.
    assert draw_text(figure, 24, 18, border=True)[-2] == "│ ρ 0.90  σ₁ 0.90      │"


def test_one_unit_is_as_long_across_as_upright() -> None:
    from tuisim.figures.drawing import Drawing

    for size in ((60, 12), (30, 30), (101, 40)):
        canvas = Drawing(eigenvalue_figure(PAIR), *size).canvas
        across = (canvas.x_high - canvas.x_low) / (canvas.width - 1)
        upright = (canvas.y_high - canvas.y_low) / (canvas.height - 1)
        assert across == np.float64(upright) or abs(across / upright - 1) < 1e-12
        assert canvas.x_high >= 1
        assert canvas.y_high >= 1


def test_many_eigenvalues_are_single_dots() -> None:
    (cloud,) = by_role(eigenvalue_figure(np.exp(1j * np.arange(600))), "eigenvalue")
    assert cloud.marker == "point"
