"""The help over the main screen: what it explains, that it closes and that it scrolls."""

from __future__ import annotations

import pytest

from tests.support.harness import running
from tuisim.tui.keys.keymap import ENTRIES
from tuisim.tui.screens.help import HelpScreen
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=30)


@pytest.mark.parametrize(
    ("tabs", "title", "numbers"),
    [
        (0, "HIDDEN STATE", "h_t = tanh(W h_{t−1})"),
        (1, "HIDDEN STATE", "n = 8 units, T = 30 steps, orthogonal, radius 0.9"),
        (2, "GRADIENT", "‖∂L/∂h_0‖"),
        (3, "EIGENVALUES OF W", "ρ = max|λ| = 0.9"),
    ],
)
async def test_help_explains_the_focused_panel_with_the_current_numbers(
    tabs: int, title: str, numbers: str
) -> None:
    async with running(NET) as bench:
        await bench.press(*["tab"] * tabs, "question_mark")
        assert isinstance(bench.app.screen, HelpScreen)
        assert title in bench.text
        assert numbers in bench.text
        await bench.press("escape")
        assert bench.app.screen is bench.app.main


@pytest.mark.parametrize("key", ["escape", "question_mark", "q"])
async def test_help_closes_without_quitting(key: str) -> None:
    async with running(NET) as bench:
        await bench.press("question_mark", key)
        assert bench.app.screen is bench.app.main
        assert not bench.app._exit


async def test_help_lists_every_key() -> None:
    async with running(NET, size=(100, 90)) as bench:
        await bench.press("question_mark")
        for entry in ENTRIES:
            assert f" {entry.action} " in bench.text
            assert entry.does in bench.text


@pytest.mark.parametrize("keys", [("down", "up"), ("j", "k")])
async def test_help_scrolls_where_it_is_long(keys: tuple[str, str]) -> None:
    async with running(NET, size=(80, 24)) as bench:
        await bench.press("question_mark")
        top = bench.rows
        await bench.press(*[keys[0]] * 3)
        assert [row[:-5] for row in bench.rows[1:-4]] == [row[:-5] for row in top[4:-1]]
        await bench.press(*[keys[1]] * 3)
        assert bench.rows == top
