"""What is painted into cells is what Textual would have written, by pyte's word."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from tests.support.harness import running
from tests.support.pairs import COLUMNS, ROWS, Pair
from tuisim.tui.shell.painting import Painted, Painter
from tuisim.tui.shell.shown import MoreThanCellsError, Piece, Shown
from tuisim.values.experiment import Experiment

STYLES = (
    None,
    Style(),
    Style(bold=True),
    Style(color="red", bgcolor="#102030"),
    Style(color="#ff8800", bold=True, reverse=True),
    Style(bgcolor="color(9)", underline=True),
    Style(color="blue", meta={"@click": "app.bell"}),
)
SYSTEMS = ("standard", "256", "truecolor")


def console(system: str) -> Console:
    made = Console(force_terminal=True, color_system=system)  # type: ignore[arg-type]
    assert made._color_system is not ColorSystem.WINDOWS
    return made


def strip(numbers: random.Random, width: int) -> Strip:
    segments, left = [], width
    while left:
        length = numbers.randint(1, left)
        text = "".join(numbers.choices("  ab⠿φ", k=length))
        segments.append(Segment(text, numbers.choice(STYLES)))
        left -= length
    return Strip(segments, width)


def update(numbers: random.Random, rows: list[Strip]) -> ChopsUpdate:
    """Changes a part of some rows, and tells of it as the compositor does, each row in its cuts."""
    chops: list[dict[int, Strip | None]] = []
    ends, spans = [], []
    for row, before in enumerate(rows):
        if row == ROWS - 1 or numbers.random() < 0.7:
            first = numbers.randrange(COLUMNS)
            stop = numbers.randint(first + 1, COLUMNS)
            middle = strip(numbers, stop - first)
            rows[row] = Strip.join([before.crop(0, first), middle, before.crop(stop)])
            spans.append((row, numbers.randint(0, first), numbers.randint(stop, COLUMNS)))
        cuts = sorted({0, COLUMNS, *numbers.sample(range(1, COLUMNS), numbers.randint(0, 3))})
        chops.append({start: rows[row].crop(start, stop) for start, stop in pairwise(cuts)})
        ends.append(cuts[1:])
    return ChopsUpdate(chops, spans, ends)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("seed", range(12))
def test_a_terminal_shows_what_textual_would_have_written(seed: int, system: str) -> None:
    numbers, pair = random.Random(seed), Pair()
    screen = console(system)
    painter, rows = Painter(screen), [Strip([Segment(" " * COLUMNS)])] * ROWS
    for _ in range(25):
        shown = update(numbers, rows)
        written = pair.shown.painted(painter.pieces(shown))
        assert written is not None
        plain = shown.render_segments(screen)
        for stream, text in zip(pair.streams, (plain, written), strict=True):
            stream.feed(text.replace("\n", "\r\n") + "\x1b[1;1H")
        pair.agree()


def of_one(*segments: Segment, stop: int = COLUMNS) -> ChopsUpdate:
    return ChopsUpdate([{0: Strip(segments)}], [(0, 0, stop)], [[COLUMNS]])


@pytest.mark.parametrize("text", ["語", "e\u0301", "a\x1b[2J", "a\tb"])
def test_what_is_more_than_cells_is_left_to_be_written_whole(text: str) -> None:
    shown, screen = Shown(COLUMNS, ROWS), console("truecolor")
    painter = Painter(screen)
    plain = of_one(Segment("abc"))
    assert shown.painted(painter.pieces(plain)) == "\x1b[1Habc"
    assert shown.painted(painter.pieces(plain)) == ""
    assert shown.painted(painter.pieces(of_one(Segment(text + "x", Style(bold=True))))) is None
    # Nothing is known of it from then on.
    assert shown.painted(painter.pieces(plain)) == "\x1b[1Habc"


def test_a_wide_character_beside_what_is_painted_is_found_too() -> None:
    update = of_one(Segment("語"), Segment("abc"), stop=3)
    update.spans[:] = [(0, 2, 3)]
    with pytest.raises(MoreThanCellsError):
        list(Painter(console("truecolor")).pieces(update))


def test_what_cannot_be_painted_is_written_as_textual_has_it() -> None:
    screen, update = console("truecolor"), of_one(Segment("abc", Style(bold=True)))
    seen: list[Piece] = []

    def paint(pieces: object) -> bool:
        seen.extend(pieces)  # type: ignore[call-overload]
        return len(seen) > 1

    assert Painted(update, Painter(screen), paint).render_segments(screen) == (
        update.render_segments(screen)
    )
    assert seen == [(0, 0, "abc", "1")]
    assert Painted(update, Painter(screen), paint).render_segments(screen) == ""


async def test_of_the_app_only_whole_screens_are_written_in_codes() -> None:
    async with running(Experiment(width=8, depth=20), size=(80, 24)) as bench:
        compositor = bench.app.screen._compositor
        compositor._dirty_regions.add(bench.plot("gradient").region)
        update = compositor.render_update()
        assert isinstance(update, ChopsUpdate)
        pieces = [*Painter(bench.app.console).pieces(update)]
        region = bench.plot("gradient").region
        assert sum(len(text) for _, _, text, _ in pieces) == region.area
        assert {row for row, *_ in pieces} == {*range(region.y, region.bottom)}
