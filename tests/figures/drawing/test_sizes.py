"""Every size draws, and every row is exactly as wide as asked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from wcwidth import wcswidth

from tuisim.figures import (
    Figure,
    Reveal,
    draw_text,
    eigenvalue_figure,
    gradient_figure,
    hidden_figure,
)


def _run(values: Any) -> Any:
    curves = np.atleast_2d(np.asarray(values, np.float64))
    return SimpleNamespace(hidden_log10=curves, gradient_log10=curves[:, ::-1])


STEPS = np.arange(41.0)
THEORY: Any = SimpleNamespace(
    name="mean field 理論",
    hidden_log10=-0.1 * STEPS,
    gradient_log10=None,
    hidden_rate=None,
    gradient_rate=-0.2,
)
BROKEN = np.where(STEPS > 30, -np.inf, np.where(STEPS > 20, np.nan, -0.5 * STEPS))
FIGURES: dict[str, Figure] = {
    "hidden": hidden_figure(_run(-0.11 * STEPS), THEORY, [_run(-0.2 * STEPS)]),
    "gradient": gradient_figure(_run(-0.9 * STEPS), THEORY),
    "linear": hidden_figure(_run(-0.11 * STEPS), log=False),
    "members": gradient_figure(_run([-0.1 * STEPS, -0.2 * STEPS, -0.3 * STEPS])),
    "broken": hidden_figure(_run(BROKEN)),
    "huge": gradient_figure(_run(np.linspace(2385.6, 0, 41))),
    "infinite": hidden_figure(_run(np.where(STEPS > 9, np.inf, STEPS)), log=False),
    "dead": hidden_figure(_run(np.full(41, -np.inf))),
    "one step": hidden_figure(_run([0.0, -0.1])),
    "plane": eigenvalue_figure(0.9 * np.exp(1j * np.arange(32)), 0.9, 0.0, selected=3),
    "no eigenvalues": eigenvalue_figure(np.zeros(0, complex)),
}


def _draws(figure: Figure, columns: int, rows: int) -> None:
    lines = draw_text(figure, columns, rows, (columns + rows) % 2 == 0, Reveal(cursor=7))
    assert len(lines) == rows
    assert {len(line) for line in lines} <= {columns}


def test_every_small_size() -> None:
    for columns in range(61):
        for rows in range(21):
            _draws(FIGURES["hidden"], columns, rows)


@pytest.mark.parametrize("name", FIGURES)
def test_sizes_about_each_step_of_the_layout(name: str) -> None:
    for columns in (1, 2, 3, 6, 7, 13, 14, 15, 24, 39, 40, 60):
        for rows in (1, 2, 3, 4, 5, 6, 7, 8, 12, 20):
            _draws(FIGURES[name], columns, rows)


@pytest.mark.parametrize("size", [(24, 6), (60, 20), (100, 30), (300, 90)])
@pytest.mark.parametrize("border", [True, False, None])
@pytest.mark.parametrize("name", FIGURES)
def test_rows_are_as_wide_in_a_terminal(
    name: str, border: bool | None, size: tuple[int, int]
) -> None:
    for ascii in (False, True):
        lines = draw_text(FIGURES[name], *size, ascii, Reveal(0, 20, 20), border)
        assert {wcswidth(line) for line in lines} == {size[0]}
        assert not ascii or all(line.isascii() for line in lines)


def test_a_letter_two_cells_wide_becomes_a_question_mark() -> None:
    lines = draw_text(FIGURES["hidden"], 80, 20)
    assert any("mean field ??" in line for line in lines)
