"""The screens in ASCII and without colours: nothing else is sent, and nothing is lost."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import textual
from rich.segment import Segment
from textual.command import CommandPalette

import tuisim
from tests.support.harness import Bench, running
from tuisim.terminal.terminal import ascii_cells
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=30)


def segments(bench: Bench) -> list[Segment]:
    """What the screen consists of, filters applied."""
    return [one for strip in bench.app.screen._compositor.render_strips() for one in strip]


def colours(bench: Bench) -> list[Segment]:
    """The segments with a colour."""
    return [one for one in segments(bench) if one.style and (one.style.color or one.style.bgcolor)]


def reversed_text(bench: Bench) -> str:
    """All that is drawn reversed."""
    return "|".join(one.text for one in segments(bench) if one.style and one.style.reverse)


async def visit_every_screen(bench: Bench) -> list[str]:
    """The text of all screens, each with something to say."""
    seen = [bench.text]
    for keys in (
        ["p", "right_square_bracket"], ["full_stop"], ["space"], ["escape"], ["l"], ["l"], ["y"],
        ["f"], ["i"], ["f"], ["c"], ["S"], ["u"], ["t"], ["u"],
        ["e"], ["tab"], ["right"], ["x"], ["escape"],
        ["o"], ["tab", "tab", "x"], ["escape"],
        ["question_mark"], [*["down"] * 30], ["escape"],
        ["tab", "tab", "question_mark"], ["escape"],
        ["tab", "question_mark"], ["escape"],
    ):  # fmt: skip
        await bench.press(*keys)
        seen.append(bench.text)
    await bench.press("colon")
    assert isinstance(bench.app.screen, CommandPalette)
    await bench.type("radius")
    seen.append(bench.text)
    return seen


async def test_ascii_has_no_other_character_on_any_screen() -> None:
    experiment = Experiment(width=8, depth=30, activation="relu", departure=0.3, members=3)
    async with running(experiment, size=(120, 40), ascii=True) as bench:
        for text in await visit_every_screen(bench):
            foreign = sorted({one for one in text if not one.isascii()})
            assert not foreign, text
            assert {len(row) for row in text.splitlines()} == {120}


#: Modules of the terminal library that draw on screens of ours.
DRAWN_BY = (
    "_border", "command", "keys", "scrollbar", "widgets._input", "widgets._key_panel",
    "widgets._help_panel", "widgets._option_list", "widgets._select", "widgets._toast",
)  # fmt: skip


def characters(source: str) -> set[str]:
    """All that is in the texts of a module but not in its docstrings."""
    tree = ast.parse(source)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return {
        one
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
        for one in node.value
    }


def test_every_character_that_is_drawn_has_a_stand_in() -> None:
    library = Path(textual.__file__).parent
    files = [library / f"{name.replace('.', '/')}.py" for name in DRAWN_BY]
    files += Path(tuisim.__file__).parent.rglob("*.py")
    for file in files:
        for one in characters(file.read_text()):
            # A plot in ASCII is drawn without braille.
            if not "\u2800" <= one <= "\u28ff":
                assert "?" not in ascii_cells(one) or one == "?", (file, one)


async def test_ascii_stands_in_for_what_the_library_draws() -> None:
    async with running(NET, size=(120, 40), ascii=True) as bench:
        await bench.press("o")
        assert re.search("cell +rnn +v  kind of cell", bench.text)
        await bench.press("escape", "e", "up")
        assert re.search(r"theta = \d+\.\ddeg", bench.text)
        await bench.press("escape", "colon")
        assert re.search(r"> +Search", bench.text)
        assert "?" not in bench.rows[-1].replace("? help", "")


async def test_no_color_draws_without_colours_and_tells_everything_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    experiment = Experiment(width=8, depth=30, activation="relu", departure=0.3, members=3)
    async with running(experiment) as bench:
        coloured = await visit_every_screen(bench)
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(experiment) as bench:
        assert await visit_every_screen(bench) == coloured
        assert not colours(bench)
        # In the palette the chosen line, in the form the field, in the help the scrollbar.
        assert "r|a|d|i|u|s" in reversed_text(bench)
        await bench.press("escape", "o")
        assert "lstm" in reversed_text(bench)
        await bench.press("enter", "down")
        assert "gru" in reversed_text(bench)
        assert not colours(bench)
        await bench.resize(80, 24)
        await bench.press("escape", "escape", "question_mark")
        assert "  " in reversed_text(bench)
