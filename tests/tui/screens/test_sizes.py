"""The main screen at every size of the terminal."""

from __future__ import annotations

import pytest

from tests.support.harness import running
from tuisim.tui.widgets.plot import LARGEST
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=30)


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (100, 30), (96, 18), (80, 24), (60, 20)])
async def test_both_plots_are_there_from_sixty_columns_on(size: tuple[int, int]) -> None:
    async with running(size=size) as bench:
        assert "hidden state ‖h_t‖" in bench.text
        assert "gradient ‖∂L/∂h_t‖" in bench.text
        assert ("eigenvalues of W" in bench.text) == (size[0] >= 96)
        for part in ("▼ vanishing", "a step back", "1.0·10⁻⁵ after 100"):
            assert bench.text.count(part) >= 1
        # In large letters where there is room.
        assert ("▼ vanishing  ×0.891 a step back" in bench.text) == (size[1] < 36)
        assert "? help" in bench.text
        assert "q quit" in bench.text


async def test_forty_columns_and_twelve_rows_show_one_plot() -> None:
    async with running(size=(40, 12)) as bench:
        assert "gradient ‖∂L/∂h_t‖" in bench.text
        assert "hidden state" not in bench.text
        assert "simulated" in bench.text
        assert "▼ vanishing  ×0.891 a step back" in bench.text
        assert "T 100" in bench.text
        assert "q quit" in bench.text


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 40), (300, 2), (20, 6)])
async def test_no_size_is_too_small(size: tuple[int, int]) -> None:
    async with running(NET, size=size, ascii=size[0] < 5) as bench:
        await bench.press("right", "p", "space", "l", "escape", "e", "tab", "escape")
        await bench.press("o", "escape", "question_mark", "escape")
        assert bench.experiment.radius == 0.91
        assert len(bench.rows) == size[1]


async def test_a_huge_terminal_is_drawn_in_part() -> None:
    async with running(NET, size=(900, 400)) as bench:
        for name in ("hidden", "gradient", "plane"):
            cells = bench.plot(name).cells
            assert cells is not None
            rows, columns = cells.chars.shape
            assert columns <= LARGEST[0]
            assert rows <= LARGEST[1]
        await bench.press("right")
        assert bench.experiment.radius == 0.91


async def test_side_panels_come_and_go_with_the_width() -> None:
    async with running(NET, size=(80, 24)) as bench:
        narrow = bench.text
        await bench.resize(120, 40)
        assert "eigenvalues of W" in bench.text
        assert "horizon" in bench.text
        await bench.resize(80, 24)
        assert bench.text == narrow
