"""When a line of words makes the screen be laid out anew."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.events import Resize
from textual.geometry import Size
from textual.widgets import Static

from tuisim.tui.widgets.line import put


class Line:
    """What is shown, and for each update whether it laid out the screen."""

    def __init__(self, content: str, width: int) -> None:
        self.content = content
        self.size = Size(width, 1)
        self.laid_out: list[bool] = []
        self._layout_updates = 0

    def update(self, content: str, *, layout: bool = True) -> None:
        self.content = content
        self.laid_out.append(layout)


@pytest.mark.parametrize(
    ("before", "after", "across", "laid_out"),
    [
        ("mends it", "", False, [False]),
        ("", "mends it", False, [False]),
        ("one", "one", False, []),
        ("one", "one\ntwo", False, [True]),
        ("t = 9", "t = 10", True, [True]),
    ],
)
def test_only_another_extent_does(
    before: str, after: str, across: bool, laid_out: list[bool]
) -> None:
    line: Any = Line(before, 20)
    put(line, after, across=across)
    assert line.laid_out == laid_out
    assert line.content == after


@pytest.mark.parametrize(
    ("width", "after", "laid_out"),
    [(20, "two words", False), (20, "as many as take two lines", True), (0, "two words", True)],
)
def test_of_one_that_wraps_its_lines_on_the_screen_count(
    width: int, after: str, laid_out: bool
) -> None:
    line: Any = Line("a word", width)
    put(line, after, wraps=True)
    assert line.laid_out == [laid_out]


class Player(App[None]):
    """A line that is as wide as its words."""

    CSS = "#time { width: auto; } Horizontal { height: 1; }"

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static("update 9", id="time")


async def test_a_layout_between_two_updates_leaves_the_extent_of_the_second() -> None:
    app = Player()
    async with app.run_test(size=(80, 24)) as pilot:
        line = app.query_one("#time", Static)

        def both() -> None:
            put(line, "update 99", across=True)
            # All three before the line's own task has its turn.
            app.screen.post_message(Resize(Size(90, 24), Size(90, 24)))
            app.screen.call_later(put, line, "update 100", across=True)

        app.screen.call_later(both)
        await pilot.pause()
        await pilot.pause()
        assert str(line.content) == "update 100"
        assert line.size.width == len("update 100")
