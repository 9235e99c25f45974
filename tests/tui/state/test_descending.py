"""What is chosen on an error surface, and the steps of a path."""

from __future__ import annotations

import pytest

from tuisim.tui.state.descending import Choice, Stepping


def test_a_choice_keeps_the_cursor_until_it_is_moved_from_middle_to_middle() -> None:
    choice = Choice((0.0, 2.0, 0.0, 1.0), (1.1, 0.6), (1.1, 0.6), 3, 4)
    choice.fit(4, 2)
    assert choice.cursor == (1.1, 0.6)
    choice.move(1, 0)
    assert choice.cursor == (1.75, 0.75)
    choice.fit(40, 20)
    assert choice.cursor == (1.75, 0.75)
    choice.move(0, -1)
    assert choice.cursor == pytest.approx((1.775, 0.725))
    choice.fit(0, 0)
    assert choice.cells == (1, 1)
    choice.move(5, 5)
    assert choice.cursor == (1.0, 0.5)


def test_stepping_on_a_path_of_no_steps() -> None:
    stepping = Stepping()
    stepping.toggle(1.0)
    assert stepping.advance(2.0, 0)
    assert stepping.step is None
    stepping.move(1, 0)
    assert stepping.step == 0
