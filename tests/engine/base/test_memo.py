"""Drawn arrays are kept, the newest of all of them, up to a limit in bytes."""

from __future__ import annotations

import numpy as np
import pytest

from tuisim.engine.base import memo as memos
from tuisim.engine.base import memory
from tuisim.engine.base.memo import Array, memo


class Seconds:
    """A clock in the place of the system's."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    """One for what is kept, of which there is nothing at first."""
    seconds = Seconds()
    for module in (memos, memory):
        monkeypatch.setattr(module, "time", seconds)
    monkeypatch.setattr(memos, "_shelf", memos._Shelf())
    monkeypatch.setattr(memory, "_spare", {})
    return seconds


def test_all_draws_share_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[str, int]] = []

    @memo
    def zeros(size: int) -> Array:
        drawn.append(("zeros", size))
        return np.zeros(size)

    @memo
    def ones(size: int) -> Array:
        drawn.append(("ones", size))
        return np.ones(size)

    monkeypatch.setattr(memos, "_shelf", memos._Shelf())
    monkeypatch.setattr(memos, "LIMIT_BYTES", 8 * 100)
    assert zeros(60) is zeros(60)
    assert ones(30).sum() == 30
    assert drawn == [("zeros", 60), ("ones", 30)]
    assert not zeros(60).flags.writeable
    # There is no room for all three: that which was not asked for the longest goes.
    ones(20)
    assert zeros(60).sum() == 0
    assert drawn == [("zeros", 60), ("ones", 30), ("ones", 20)]
    ones(30)
    assert drawn[3:] == [("ones", 30)]


def test_one_that_is_larger_than_all_is_kept_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []

    @memo
    def zeros(size: int) -> Array:
        drawn.append(size)
        return np.zeros(size)

    monkeypatch.setattr(memos, "_shelf", memos._Shelf())
    monkeypatch.setattr(memos, "LIMIT_BYTES", 8 * 10)
    assert zeros(50) is zeros(50)
    zeros(4)
    zeros(50)
    assert drawn == [50, 4, 50]


def test_of_much_what_nobody_asks_for_goes_after_a_while(
    clock: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []

    @memo
    def zeros(size: int) -> Array:
        drawn.append(size)
        return np.zeros(size)

    monkeypatch.setattr(memos, "USUAL_BYTES", 8 * 100)
    first = zeros(60)
    zeros(30)
    clock.now = memos.IDLE_SECONDS + 1
    # Of little all stays, however old it is.
    memos.tidy()
    assert zeros(60) is first
    zeros(50)
    assert zeros(60) is first
    zeros(30)
    # One of 30 was not asked for since; what was is still there, though it is more than is usual.
    assert drawn == [60, 30, 50, 30]
    clock.now *= 3
    memos.tidy()
    assert zeros(60) is first
    zeros(50)
    assert drawn == [60, 30, 50, 30, 50]


def test_arrays_that_came_back_are_lent_again_and_go_after_a_while(
    clock: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = memory._WORTH_LENDING // 8
    monkeypatch.setattr(memos, "USUAL_BYTES", 20 * 8 * size)
    for count in (size, 4 * size, 16 * size):
        memory.empty(count)
    assert len(memory._spare) == 3
    clock.now = memos.IDLE_SECONDS + 1
    memory.empty(size)
    # The smallest is lent again; without the oldest of the others there is not too much.
    assert [raw.size // size for raw, _ in memory._spare.values()] == [18, 1]
