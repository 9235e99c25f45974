"""Figures drawn as text, row by row."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.figures import a_run
from tuisim.figures import Reveal, draw_cells, draw_text, gradient_figure, hidden_figure
from tuisim.figures.drawing.cells import Cells
from tuisim.figures.drawing.drawing import Drawing
from tuisim.figures.drawing.figure import ROLES, Axis, Figure, Role, Series, blank_figure
from tuisim.figures.drawing.legend import readout
from tuisim.figures.drawing.ramp import TONES, decade_tone

STEPS = np.arange(11.0)


THEORY: Any = SimpleNamespace(
    name="theory",
    hidden_log10=1 - 0.4 * STEPS,
    gradient_log10=None,
    hidden_rate=0,
    gradient_rate=None,
)
FIGURE = hidden_figure(a_run(0.9 - 0.5 * STEPS), THEORY)


def roles_at(cells: Cells, role: str) -> np.ndarray:
    return cells.roles == ROLES.index(role)  # type: ignore[arg-type]


def test_halfway_through_the_forward_pass() -> None:
    assert draw_text(FIGURE, 44, 9, reveal=Reveal(high=6, cursor=6)) == [
        "╭ hidden state ‖h_t‖ ─ 6: 0.0079 ──────────╮",
        "│    │⣀⣀                   ⠒⠒⠒⠒ simulated  │",
        "│ 10⁰┤ ⠉⠉⠒⠒⠢⠤⠤⣀⣀⣀ ⡀        ⠒⠒ ⠒ theory     │",
        "│    │          ⠉⠑⠒⠢⠤⠤⢄⣀⣀⠒ ⠤⢄ ⡀            │",
        "│    │                   ⠉⠉●  ⠈⠉ ⠒⠒ ⠢⠤ ⣀⣀  │",
        "│    │                     │               │",
        "│10⁻⁵┤                     │               │",
        "│    └┬─────────────────┬────────────────┬ │",
        "╰──── 0 ─ time step t ─ 5 ──────────── 10 ─╯",
    ]


def test_theory_leaves_the_cells_alone_that_the_curve_goes_through() -> None:
    theory, simulated = (attrs.evolve(one, name="") for one in FIGURE.series)
    alone, both, only = (
        draw_cells(attrs.evolve(FIGURE, series=series), 60, 20)
        for series in ((simulated,), (theory, simulated), (theory,))
    )
    curve = (alone.chars >= "\u2801") & (alone.chars <= "\u28ff")
    np.testing.assert_array_equal(both.chars[curve], alone.chars[curve])
    np.testing.assert_array_equal(both.roles[curve], alone.roles[curve])
    shared = curve & roles_at(only, "theory")
    assert shared.sum() > 2
    elsewhere = roles_at(only, "theory") & ~shared
    assert elsewhere.sum() > 10
    np.testing.assert_array_equal(both.chars[elsewhere], only.chars[elsewhere])


def test_the_same_in_ascii() -> None:
    assert draw_text(FIGURE, 44, 9, True, Reveal(high=6, cursor=6)) == [
        "+ hidden state |h_t| - 6: 0.0079 ----------+",
        "|    |***                 ***** simulated  |",
        "| 1e0+   ********** o o   o o o theory     |",
        "|    |             ********@o o o o o      |",
        "|1e-3+                     |          o o  |",
        "|    |                     |               |",
        "|1e-6+                     |               |",
        "|    ++-----------------+----------------+ |",
        "+---- 0 - time step t - 5 ------------ 10 -+",
    ]


def test_exact_zeros() -> None:
    figure = hidden_figure(a_run(np.where(STEPS > 6, -np.inf, -0.5 * STEPS)))
    assert draw_text(figure, 44, 9) == [
        "╭ hidden state ‖h_t‖ ──────────────────────╮",
        "│ 10⁰┤⠤⣀                 ×   exactly zero  │",
        "│    │  ⠉⠒⠤⣀                               │",
        "│    │      ⠉⠒⠤⣀                           │",
        "│    │          ⠉⠑⠢⢄⣀                      │",
        "│    │               ⠉⠒⠤⣀                  │",
        "│10⁻³┤                   ⠉⠒⠤   ××××××××××× │",
        "│    └┬─────────────────┬────────────────┬ │",
        "╰──── 0 ─ time step t ─ 5 ──────────── 10 ─╯",
    ]


def test_inf_and_nan_begin() -> None:
    values = 0.2 * STEPS
    values[6:8], values[8:] = np.inf, np.nan
    assert draw_text(hidden_figure(a_run(values)), 60, 11) == [
        "╭ hidden state ‖h_t‖ ──────────────────────────────────────╮",
        "│      │                                                   │",
        "│  10¹ ┤                     ⢀⣀⣀⠤⠄   ∞                     │",
        "│      │              ⣀⣀⠤⠔⠒⠊⠉⠁                             │",
        "│      │      ⣀⡠⠤⠔⠒⠊⠉⠉                                     │",
        "│  10⁰ ┤⠤⠔⠒⠒⠉⠉                                             │",
        "│      │                                                   │",
        "│      │  ∞   inf from step 6                              │",
        "│ 10⁻¹ ┤  ?   not a number from step 8         ?           │",
        "│      └┬─────────┬─────────┬────────┬─────────┬─────────┬ │",
        "╰────── 0 ─────── 2 ─────── 4 ────── 6 ─────── 8 ─ t ─ 10 ─╯",
    ]


def test_at_a_small_size_the_border_goes() -> None:
    assert draw_text(gradient_figure(a_run(0.5 * (STEPS - 10))), 24, 7) == [
        "gradient ‖∂L/∂h_t‖      ",
        " 10⁰┤                ⣀⡠⠤",
        "    │          ⢀⣀⠤⠔⠊⠉   ",
        "    │    ⣀⠤⠔⠒⠊⠉⠁        ",
        "10⁻⁵┤⠤⠒⠒⠉               ",
        "    └┬────────┬────────┬",
        "     0        5  t   10 ",
    ]


def test_reveals_only_clip_columns() -> None:
    drawing = Drawing(FIGURE, 60, 14)
    whole = drawing.cells()
    part = drawing.cells(Reveal(high=4))
    assert roles_at(part, "theory").sum() >= roles_at(whole, "theory").sum()
    assert not (toned(part) & ~toned(whole)).any()
    assert 0 < toned(part).sum() < toned(whole).sum()
    nothing = drawing.cells(Reveal(low=np.inf, high=-np.inf))
    # Only the sample in the legend is left.
    assert toned(nothing).sum() == 4


def toned(cells: Cells) -> np.ndarray:
    """Where a curve has a colour of the ramp."""
    found: np.ndarray = np.isin(cells.roles, [ROLES.index(role) for role in TONES])
    return found


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("log", [False, True])
def test_a_curve_has_the_colour_of_the_decade_it_is_in(ascii: bool, log: bool) -> None:
    values = -1.2 * STEPS if log else 0.35 * STEPS
    figure = attrs.evolve(gradient_figure(a_run(values), log=log), references=(), marks=())
    drawing = Drawing(figure, 60, 20, ascii=ascii, border=False)
    roles = drawing.cells().roles[1 : drawing.canvas.rows + 1, drawing._left :]
    seen = set()
    for row in range(drawing.canvas.rows):
        # The middle of the row, by the plot's own ticks and not by its dots.
        share = (row + 0.5) / drawing.canvas.rows
        low, high = drawing.canvas.y_low, drawing.canvas.y_high
        value = high - share * (high - low)
        found = {ROLES[one] for one in roles[row]} & set(TONES)
        near = {decade_tone(value + far) for far in np.linspace(-0.35, 0.35, 15)}
        if not log:
            reach = low + (1 - row / drawing.canvas.rows) * (high - low)
            near = {decade_tone(np.log10(reach) + far) for far in (-0.1, 0.0, 0.1)}
        assert found <= near
        seen |= found
    assert not log or "neutral" in seen
    assert len(seen) >= (5 if log else 2)


def test_the_colours_of_decades() -> None:
    found = [decade_tone(one) for one in (-40, -6, -4, -2.5, -1.5, -0.7, -0.2, 0.2, 0.7, 9)]
    assert found == ["cold6", "cold5", "cold4", "cold3", "cold2", "cold1", "neutral", "neutral",
                     "hot1", "hot6"]  # fmt: skip
    assert (decade_tone(-np.inf), decade_tone(np.inf)) == ("cold6", "hot6")


def test_the_readout_goes_beyond_float64() -> None:
    figure = gradient_figure(a_run(-240.092 * STEPS))
    assert readout(figure, 10) == "10: 1.2·10⁻²⁴⁰¹"
    assert draw_text(figure, 60, 9, True, Reveal(cursor=10))[0].startswith(
        "+ gradient |dL/dh_t| - 10: 1.2e-2401 -"
    )
    assert readout(hidden_figure(a_run(0 * STEPS), log=False), 3) == "3: 1.0"
    assert readout(figure, None) == ""


def test_runs_are_the_row_in_roles() -> None:
    cells = draw_cells(FIGURE, 60, 14, reveal=Reveal(cursor=5))
    for row in range(14):
        runs = list(cells.runs(row))
        assert "".join(text for text, _, _ in runs) == cells.text()[row]
        column = 0
        for text, role, ground in runs:
            assert ground == ROLES[0]
            for offset, one in enumerate(text):
                if one != " ":
                    assert ROLES[cells.roles[row, column + offset]] == role
            column += len(text)


def test_blanks_run_on_with_what_is_before_except_a_title() -> None:
    roles: list[Role] = [ROLES[0], "hidden", "hidden", ROLES[0], "hidden", "gradient", ROLES[0]]
    roles += ["title", ROLES[0], ROLES[0], "hidden"]
    numbers = np.array([[ROLES.index(one) for one in roles]], np.uint8)
    cells = Cells(np.array([[*" ⠒⠒ ⠒◆ λ  x"]], "<U1"), numbers)
    assert cells.text() == [" ⠒⠒ ⠒◆ λ  x"]
    assert list(cells.runs(0)) == [
        (" ", ROLES[0], ROLES[0]),
        ("⠒⠒ ⠒", "hidden", ROLES[0]),
        ("◆ ", "gradient", ROLES[0]),
        ("λ", "title", ROLES[0]),
        ("  ", ROLES[0], ROLES[0]),
        ("x", "hidden", ROLES[0]),
    ]
    grounds = np.array([[0, 0, 0, 5, 5, 5, 5, 0, 0, 0, 0]], np.uint8)
    grounded = attrs.evolve(cells, grounds=grounds)
    assert list(grounded.runs(0))[1:5] == [
        ("⠒⠒", "hidden", ROLES[0]),
        (" ", ROLES[0], ROLES[5]),
        ("⠒", "hidden", ROLES[5]),
        ("◆ ", "gradient", ROLES[5]),
    ]
    # What lies behind is a change as well.
    assert grounded.changed_spans(cells) == cells.changed_spans(grounded) == [(0, 3, 7)]
    assert grounded.changed_spans(grounded) == []
    assert list(Cells(np.empty((1, 0), "<U1"), np.empty((1, 0), np.uint8)).runs(0)) == []


def test_changed_spans_are_the_changed_cells() -> None:
    drawing = Drawing(FIGURE, 60, 14)
    before, after = drawing.cells(Reveal(high=4)), drawing.cells(Reveal(high=6))
    patched = before.chars.copy()
    spans = after.changed_spans(before)
    assert 0 < len(spans) < 6
    for row, start, stop in spans:
        patched[row, start:stop] = after.chars[row, start:stop]
    assert (patched == after.chars).all()
    assert after.changed_spans(after) == []


def test_a_frame_stays_while_values_change_within_a_decade() -> None:
    from tuisim.figures.drawing.frame import draw_frame

    Drawing(hidden_figure(a_run(-0.91 * STEPS)), 70, 15)
    misses = draw_frame.cache_info().misses
    for rate in (0.92, 0.93, 0.94):
        Drawing(hidden_figure(a_run(-rate * STEPS)), 70, 15)
    assert draw_frame.cache_info().misses == misses


def test_figures_import_neither_textual_nor_numba_nor_plotext() -> None:
    code = (
        "import sys, tuisim.figures; "
        "print([m for m in ('textual', 'click', 'numba', 'plotext', 'rich') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.strip() == "[]"


def test_an_empty_figure_draws() -> None:
    from tuisim.figures.drawing.figure import Axis

    figure = Figure("nothing", Axis("", 0, 1), Axis("", 0, 1))
    assert len(draw_text(figure, 40, 8)) == 8


def test_ticks_and_lines_lie_in_the_rows_of_their_curves() -> None:
    for rows in range(6, 40):
        figure = gradient_figure(a_run(np.where(STEPS < 5, -8.0, 0.0)))
        drawing = Drawing(figure, 60, rows)
        lines = drawing.cells().text()
        tick = next(line for line in lines if "10⁰" in line)
        assert set(tick[40:55]) <= set("⠉⠒⠤⣀"), rows
        name = next(line for line in lines if "float16 reads 0" in line)
        assert "╌" in name


def test_a_band_does_not_fray_its_curve() -> None:
    values = np.stack([0 * STEPS - 1, 0 * STEPS, 0 * STEPS + 1])
    cells = draw_cells(hidden_figure(a_run(values)), 60, 14)
    curve = cells.chars[roles_at(cells, "hidden")]
    assert set(curve) <= set("⠉⠒⠤⣀")


def test_what_is_told_in_a_line_has_a_title_in_three_rows() -> None:
    brief = blank_figure("share", "none, at any step", brief=True)
    assert draw_text(brief, 30, 3) == [
        "╭ share ─────────────────────╮",
        "│     none, at any step      │",
        "╰────────────────────────────╯",
    ]


def test_a_legend_without_a_free_place_stands_under_the_plot() -> None:
    everywhere = np.tile([0.0, 10.0], 200)
    x = np.linspace(0, 10, 400)
    crowded = Figure(
        "crowded",
        Axis("time step t", 0, 10),
        Axis("", 0, 10),
        (Series("one", x, everywhere, "hue1"), Series("two", x, everywhere[::-1], "hue2")),
    )
    rows = draw_text(crowded, 44, 12)
    assert "one" in rows[-2]
    assert "two" in rows[-2]
    assert not any("one" in row for row in rows[:-2])
    assert "time step t" in rows[-3]
    # Where there is little room it is over the curves, but there.
    assert any("one" in row for row in draw_text(crowded, 44, 9))


def test_the_names_of_axes_are_whole_or_a_symbol_or_left_out() -> None:
    figure = attrs.evolve(
        FIGURE,
        x=attrs.evolve(FIGURE.x, ticks=((5.0, "5"), (10.0, "10"))),
        y=attrs.evolve(FIGURE.y, label="depth"),
    )
    wide, narrow = draw_text(figure, 80, 14)[-1], draw_text(FIGURE, 24, 7)[-1]
    assert " time step t " in wide
    assert "depth ↑" in wide
    assert " t " in narrow
    assert "time" not in narrow
    assert "depth ^" in draw_text(figure, 80, 14, ascii=True)[-1]
