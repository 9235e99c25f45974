"""When a line of words makes the screen be laid out anew."""

from __future__ import annotations

from typing import Any

import pytest
from textual.geometry import Size

from tuisim.tui.widgets.line import put


class Line:
    """What is shown, and for each update whether it laid out the screen."""

    def __init__(self, content: str, width: int) -> None:
        self.content = content
        self.size = Size(width, 1)
        self.laid_out: list[bool] = []

    def update(self, content: str, *, layout: bool) -> None:
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
