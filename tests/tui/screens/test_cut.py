"""No text on a screen ends for want of room without a mark."""

from __future__ import annotations

import pytest
from textual.widgets import Input, Static

from tests.support.harness import Bench, running
from tuisim.tui.screens.map import MapScreen
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=30)
MARKS = pytest.mark.parametrize(("ascii", "mark"), [(False, "…"), (True, "...")])


def beginning(bench: Bench, words: str, mark: str) -> str:
    """What of a text is on the screen up to its mark."""
    (row,) = [row for row in bench.rows if words in row]
    return words + row.split(words, 1)[1].split(mark, 1)[0]


@MARKS
async def test_the_title_of_a_plot(ascii: bool, mark: str) -> None:
    whole = "Lyapunov exponents, nats a step, over 30 steps"
    async with running(NET, size=(80, 24), ascii=ascii) as bench:
        # The eigenvalues' editor leaves it half of the columns.
        await bench.press("6", "e")
        shown = beginning(bench, "Lyapunov exponents", mark)
        assert whole.startswith(shown)
        assert len(shown) > len(whole) // 2


@MARKS
async def test_a_notice(ascii: bool, mark: str) -> None:
    async with running(NET, size=(80, 24), ascii=ascii) as bench:
        words = [f"word{rank}" for rank in range(60)]
        bench.app.main.say(" ".join(words))
        await bench.settle()
        rows = [row for row in bench.rows if "word" in row]
        assert len(rows) == 3
        *first, last = " ".join(rows).split()
        assert first == words[: len(first)]
        assert last.endswith(mark)
        assert words[len(first)].startswith(last.removesuffix(mark))


@MARKS
async def test_what_a_field_of_the_form_takes(ascii: bool, mark: str) -> None:
    async with running(NET, size=(80, 24), ascii=ascii) as bench:
        await bench.press("o")
        field = bench.app.screen.query_one("#eigenvalues", Input)
        for columns, rows in ((80, 24), (40, 20)):
            await bench.resize(columns, rows)
            assert field.placeholder.endswith(mark)
            assert f" {field.placeholder} " in bench.text
            # With the focus in it all of it is said below.
            field.focus()
            await bench.settle()
            said = str(bench.app.screen.query_one("#said", Static).content)
            assert ("exactly `width` of them" in said) == (columns == 80)
            assert said.endswith("of them" if columns == 80 else mark)


@MARKS
async def test_the_line_and_the_title_of_the_map(ascii: bool, mark: str) -> None:
    async with running(NET, size=(40, 12), ascii=ascii) as bench:
        await bench.on(MapScreen, "7")
        (line,) = [row for row in bench.rows if row.startswith(" radius 0.9, depth 20 (nea")]
        assert line.rstrip().endswith(mark)
        # Past nets that are trained, for which nobody waits.
        await bench.press(*"vvvv")
        title = beginning(bench, "largest Lyapunov exponent", mark)
        assert "largest Lyapunov exponent over radius and depth".startswith(title)
