"""The part of the time axis that is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuisim.tui.state.bench.window import Window


def test_it_zooms_about_a_step_and_back() -> None:
    window = Window(1000)
    assert window.span is None
    assert window.zoom(4, 500)
    assert window.span == (375, 625)
    assert window.zoom(4)
    assert window.span == (469, 531)
    window.whole()
    assert window.span is None


def test_what_stays_at_its_place_stays() -> None:
    window = Window(1000)
    window.zoom(2, 250, centred=False)
    assert window.span == (125, 625)
    window.zoom(0.5, 250, centred=False)
    assert window.span is None


def test_the_ends_are_not_passed() -> None:
    window = Window(1000)
    window.zoom(4, 1000)
    assert window.span == (750, 1000)
    window.zoom(4, 750)
    assert window.span[1] - window.span[0] == 62  # type: ignore[index]
    assert window.zoom(4, 0)
    assert window.span == (0, 20)
    assert not window.zoom(4, 0)


@pytest.mark.parametrize("depth", [1, 5, 20])
def test_a_short_run_is_shown_whole(depth: int) -> None:
    window = Window(depth)
    assert not window.zoom(4, depth)
    assert window.span is None


def test_pages_turn_as_playing_goes() -> None:
    window = Window(1000)
    window.zoom(10, 50)
    assert window.span == (0, 100)
    for step, backward, span in (
        (100, False, (0, 100)),
        (101, False, (101, 201)),
        (100, True, (0, 100)),
        (1000, False, (900, 1000)),
        (None, False, (900, 1000)),
    ):
        window.follow(step, backward)
        assert window.span == span


def test_another_run_keeps_the_steps_it_has() -> None:
    window = Window(1000)
    window.zoom(10, 900)
    window.retarget(900)
    assert window.span == (800, 900)
    window.retarget(50)
    assert window.span is None


def test_pages_of_a_stream() -> None:
    window = Window(1000)
    assert window.page(12345) is None
    window.zoom(10)
    assert window.page(12345) == (12300, 12400)


@given(
    st.integers(1, 100_000),
    st.lists(st.tuples(st.floats(0.1, 10), st.integers(0, 100_000), st.booleans()), max_size=8),
)
def test_a_span_lies_within_the_run(depth: int, zooms: list[tuple[float, int, bool]]) -> None:
    window = Window(depth)
    for factor, at, centred in zooms:
        window.zoom(factor, min(at, depth), centred=centred)
        window.follow(min(at, depth), centred)
        low, high = window.span or (0, depth)
        assert 0 <= low < high <= depth
        assert window.span != (0, depth)
        assert low <= min(at, depth) <= high
        assert window.span is None or high - low >= 20
