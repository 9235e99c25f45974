"""Only cells that are others are written, and the terminal shows the same, by pyte's word."""

from __future__ import annotations

import random
import re

import pytest
from rich.cells import get_character_cell_size
from textual.drivers.headless_driver import HeadlessDriver

from tests.support.harness import Bench, running
from tests.support.pairs import COLUMNS, ROWS, Pair, seen
from tuisim.tui.shell.shown import NARROW, Shown
from tuisim.values.experiment import Experiment

#: As Rich writes styles: attributes, then colours of 16, of 256, of 24 bits.
STYLES = ("", "1", "31", "97;40", "1;4;38;5;9", "7;33;44", "38;2;1;2;3;48;2;9;9;9", "48;2;9;9;9")
MARKS = re.compile(r"\x1b\[\?2026[hl]")


def styled(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if style else text


def update(numbers: random.Random) -> str:
    """A few pieces of rows, as Textual writes them, and where the cursor comes to lie."""
    pieces = []
    for _ in range(numbers.randint(1, 8)):
        row, column = numbers.randrange(ROWS), numbers.randrange(COLUMNS)
        pieces.append(f"\x1b[{row + 1};{column + 1}H")
        while column < COLUMNS and numbers.random() < 0.8:
            length = numbers.randint(1, min(6, COLUMNS - column))
            text = "".join(numbers.choices("  ab⠿φ", k=length))
            pieces.append(styled(text, numbers.choice(STYLES)))
            column += length
        if row + 1 < ROWS:
            pieces.append("\n")
    return "".join(pieces) + f"\x1b[{numbers.randint(1, ROWS)};{numbers.randint(1, COLUMNS)}H"


@pytest.mark.parametrize("seed", range(40))
def test_a_terminal_shows_the_same_after_any_updates(seed: int) -> None:
    numbers, pair = random.Random(seed), Pair()
    for _ in range(25):
        pair.write(update(numbers))
        pair.agree()
        if numbers.random() < 0.1:
            pair.write("\x1b[?25h" if numbers.random() < 0.5 else "\x1b[2J")


def test_only_the_cells_that_are_others_are_written() -> None:
    pair = Pair()
    line = styled("gradient ", "1") + styled("0.90", "31")
    pair.write(f"\x1b[1;1H{line}\x1b[1;1H")
    assert pair.write(f"\x1b[1;1H{line}\x1b[1;1H") == "\x1b[1;1H"
    other = styled("gradient ", "1") + styled("0.91", "31")
    assert pair.write(f"\x1b[1;1H{other}\x1b[1;1H") == "\x1b[31m\x1b[1;13H1\x1b[0m\x1b[1;1H"
    pair.agree()


def test_a_colour_is_named_once_and_only_what_differs_of_it() -> None:
    pair = Pair()
    blue, red = "38;2;0;0;9;48;2;7;7;7", "38;2;9;0;0;48;2;7;7;7"
    rows = "".join(
        f"\x1b[{row};1H{styled('a', blue)}{styled('    ' + 'b', red)}" for row in (1, 2, 3)
    )
    written = pair.write(rows + "\x1b[1;1H")
    assert written.count("\x1b[38;2;0;0;9;48;2;7;7;7m") == 1
    assert written.count("\x1b[38;2;9;0;0m") == 1
    pair.agree()


def test_a_few_cells_between_two_that_changed_are_written_again() -> None:
    pair = Pair()
    pair.write("\x1b[1;1Haaaaaaaaaaaa\x1b[1;1H")
    assert pair.write("\x1b[1;1Hbaabaaaaaaab\x1b[1;1H") == ("\x1b[1Hbaab\x1b[7Cb\x1b[1;1H")
    pair.agree()


@pytest.mark.parametrize(
    "data",
    [
        "\x1b[?1049h",
        "\x1b]52;c;YQ==\x07",
        "\x1b[2J",
        "text where no place was said",
        "\x1b[1;1H\x1b[31ma style that stays on",
        "\x1b[1;1H\x1b[31;600ma\x1b[0m",
        "\x1b[1;1H\x1b[31m \x1b[1mone style on another\x1b[0m",
        "\x1b[1;20Hbeyond the right edge",
        "\x1b[9;1Hbelow",
        # Two cells wide, and one of none.
        "\x1b[1;1H語",
        "\x1b[1;1He\u0301",
    ],
)
def test_what_is_more_than_cells_is_written_whole_and_nothing_is_known_then(data: str) -> None:
    pair = Pair()
    line = "\x1b[1;1Habc\x1b[1;1H"
    pair.write(line)
    assert pair.write(data) == data
    assert "abc" in pair.write(line)


def test_an_update_of_the_whole_screen_is_written_whole() -> None:
    # Whatever another program wrote over it is gone then.
    pair = Pair()
    whole = "\n".join(f"\x1b[{row};1H{'x' * COLUMNS}" for row in range(1, ROWS + 1)) + "\x1b[1;1H"
    pair.write(whole)
    assert pair.write(whole).count("x") == COLUMNS * ROWS
    pair.agree()


def test_another_size_makes_everything_unknown() -> None:
    shown = Shown(COLUMNS, ROWS)
    line = "\x1b[1;1Habc\x1b[1;1H"
    shown.changes(line)
    shown.forget(COLUMNS, ROWS)
    assert "abc" in shown.changes(line)


def test_what_is_taken_for_narrow_at_once_is() -> None:
    every = map(chr, range(0x20, 0x11000))
    taken = [one for one in every if NARROW.fullmatch(one)]
    assert len(taken) > 1000
    assert {get_character_cell_size(one) for one in taken} == {1}


async def updates(bench: Bench, monkeypatch: pytest.MonkeyPatch, *keys: str) -> list[list[str]]:
    """The frames that Textual writes to a terminal for each of these keys."""
    written: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "is_headless", False)
    monkeypatch.setattr(HeadlessDriver, "write", lambda self, data: written.append(data))
    found = []
    for key in keys:
        written.clear()
        await bench.press(key)
        found.append([one for one in written if not MARKS.fullmatch(one)])
    return found


async def test_a_radius_key_writes_what_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(Experiment(width=64, depth=200)) as bench:
        bench.app.screen.refresh()
        whole, *keys = await updates(bench, monkeypatch, "l", "right", "left", "right")
    pair = Pair(120, 40)
    pair.write("".join(whole))
    for frames in keys:
        changed, written = 0, ""
        # On a busy machine a key is answered in two frames, of which the second draws over some.
        for data in frames:
            before = seen(pair.screens[0])
            written += pair.write(data)
            pair.agree()
            after = seen(pair.screens[0])
            changed += sum(
                a != b
                for was, now in zip(before, after, strict=True)
                if "mends it" not in "".join(cell[0] for cell in now)
                for a, b in zip(was, now, strict=True)
            )
        text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", written)
        # What would mend the net goes at once, and comes back when it was measured anew.
        text = re.sub("mends it: .*? runs", "", text)
        assert changed
        # Of the cells between changed ones a few are written along, and the rest is not.
        assert len(text) < 1.5 * changed
        assert len(written.encode()) <= 4000
        assert len(written.encode()) < len("".join(frames).encode()) / 2
