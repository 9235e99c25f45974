"""Recordings: what a terminal makes of a cast is what the app showed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import attrs
import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuisim.demos.acts import Passed
from tuisim.demos.casts import Cast
from tuisim.demos.grammar.parser import parse
from tuisim.demos.grammar.tape import Screenshot
from tuisim.demos.playing import played
from tuisim.demos.recording import Recorded, recorded
from tuisim.demos.still import StillTapeApp
from tuisim.testing import Clock, plain_screen, svg
from tuisim.testing.pictures import coded, strips
from tuisim.values.experiment import Experiment

SIZE = (90, 26)
TAPE = """
# step one
# caption ρ is {radius}: ×{gradient_factor} a step
Right 2
Sleep 1s
Hide
Type "a"
Sleep 1s
Show
# step two
Space
Sleep 500ms
Screenshot pictures/playing.png
# caption Help
Type "?"
Sleep 1.5s
"""


def an_app(**options: Any) -> StillTapeApp:
    return StillTapeApp(Experiment(width=4, depth=20), clock=Clock(), size=SIZE, **options)


async def a_recording(text: str, version: Any = 2, **options: Any) -> Recorded:
    return await recorded(parse(text), an_app(**options), "a tape", version)


def events(cast: str) -> tuple[dict[str, Any], list[list[Any]]]:
    head, *lines = map(json.loads, cast.splitlines())
    return head, lines


def on_a_terminal(cast: str) -> list[str]:
    screen = pyte.Screen(*SIZE)
    stream = pyte.Stream(screen)
    for _, code, data in events(cast)[1]:
        if code == "o":
            stream.feed(data)
    return list(screen.display)


@attrs.frozen
class Live:
    """What an app showed that was played: at each moment what a cast said and the screen."""

    moments: list[tuple[list[list[Any]], str]]
    picture: str


async def watched(**options: Any) -> Live:
    app, cast = an_app(**options), Cast(SIZE, "")
    moments, picture, done = [], "", 0
    async with app.run_test() as pilot:
        async for moment in played(parse(TAPE), pilot):
            await app.told(moment.of)
            cast.show(moment.seconds, coded(strips(app)))
            lines = events(cast.text(0.0))[1][done:-1]
            done += len(lines)
            moments.append((lines, plain_screen(app)))
            if isinstance(moment.of, Passed) and isinstance(moment.of.of, Screenshot):
                picture = svg(app)
    return Live(moments, picture)


@pytest.fixture(scope="module")
def recording() -> Recorded:
    return asyncio.run(a_recording(TAPE))


@pytest.fixture(scope="module")
def live() -> Live:
    return asyncio.run(watched())


def has_the_last_screen(found: Recorded, live: Live) -> None:
    _, last = live.moments[-1]
    assert found.screen == last
    assert on_a_terminal(found.cast) == last.split("\n")
    assert "Help" in last


def test_the_last_screen_of_a_terminal_is_that_of_the_app(recording: Recorded, live: Live) -> None:
    has_the_last_screen(recording, live)


async def test_so_it_is_in_ascii() -> None:
    has_the_last_screen(await a_recording(TAPE, ascii=True), await watched(ascii=True))


def test_each_screen_on_the_way_is_that_of_the_app(live: Live) -> None:
    screen = pyte.Screen(*SIZE)
    stream = pyte.Stream(screen)
    for lines, seen in live.moments:
        for _, _, data in lines:
            stream.feed(data)
        assert list(screen.display) == seen.split("\n")
    assert sum(len(lines) for lines, _ in live.moments) > 10


def test_the_head_and_the_marks(recording: Recorded) -> None:
    head, lines = events(recording.cast)
    assert head == {"version": 2, "width": 90, "height": 26, "title": "a tape"}
    marks = [(time, name) for time, code, name in lines if code == "m"]
    assert marks == [(0.0, "one"), (1.1, "two")]
    times = [time for time, *_ in lines]
    assert times == sorted(times)
    # Both keys are followed by a twentieth of a second; what was hidden took none.
    assert times[-1] == pytest.approx(1.1 + 0.05 + 0.5 + 0.05 + 1.5, abs=1e-3)


async def test_version_3_says_the_same_with_times_between(recording: Recorded) -> None:
    third = await a_recording(TAPE, 3)
    head, lines = events(third.cast)
    assert head == {"version": 3, "term": {"cols": 90, "rows": 26}, "title": "a tape"}
    total = 0
    for (time, *told), (interval, *same) in zip(events(recording.cast)[1], lines, strict=True):
        total += round(1000 * interval)
        assert told == same
        assert round(1000 * time) == total


async def test_what_is_hidden_is_not_seen() -> None:
    found = await a_recording('Hide\nType "c"\nShow\nHide\nType "c"\nShow')
    outputs = [data for _, code, data in events(found.cast)[1] if code == "o"]
    assert not any("lstm" in one for one in outputs[:1])
    assert "gru" in "".join(outputs)


def test_a_picture_for_each_screenshot(recording: Recorded, live: Live) -> None:
    assert recording.pictures == {"playing.svg": live.picture}


async def test_a_caption_has_the_values_of_now_and_the_keys_beside_it() -> None:
    app = an_app()
    async with app.run_test() as pilot:
        async for moment in played(parse("# caption ρ is {radius}\nRight 3\nType `a`"), pilot):
            await app.told(moment.of)
        *_, first, _ = plain_screen(app).split("\n")
    assert first.startswith(" ρ is 0.93 ")
    assert first.rstrip().endswith("→×3 a")


def row_of(width: int) -> st.SearchStrategy[tuple[tuple[str, int], ...]]:
    plain = st.sampled_from(["a", "b", "\x1b[31mc\x1b[0m", " "])
    return st.lists(plain, min_size=width, max_size=width).map(_joined)


def _joined(cells: list[str]) -> tuple[tuple[str, int], ...]:
    joined: list[tuple[str, int]] = []
    for cell in cells:
        if joined and len(cell) == 1 and joined[-1][0][0] == cell:
            joined[-1] = joined[-1][0] + cell, joined[-1][1] + 1
        else:
            joined.append((cell, 1))
    return tuple(joined)


@given(st.lists(st.tuples(row_of(9), row_of(9)), min_size=1, max_size=6))
def test_what_differs_is_all_that_has_to_be_written(
    screens: list[tuple[Any, Any]],
) -> None:
    cast = Cast((9, 2), "")
    screen = pyte.Screen(9, 2)
    for rows in screens:
        cast.show(0.0, rows)
    for _, _, data in events(cast.text(0.0))[1]:
        pyte.Stream(screen).feed(data)
    plain = ["".join(code for code, _ in row).replace("\x1b[31m", "") for row in screens[-1]]
    assert list(screen.display) == [one.replace("\x1b[0m", "") for one in plain]
