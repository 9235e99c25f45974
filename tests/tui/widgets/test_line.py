"""When a line of words makes the screen be laid out anew."""

from __future__ import annotations

from typing import Any

import pytest

from tuisim.tui.widgets.line import put


class Line:
    """What is shown, and for each update whether it laid out the screen."""

    def __init__(self, content: str) -> None:
        self.content = content
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
    line: Any = Line(before)
    put(line, after, across=across)
    assert line.laid_out == laid_out
    assert line.content == after
