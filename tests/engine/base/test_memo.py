"""Drawn arrays are kept, the newest of all of them, up to a limit in bytes."""

from __future__ import annotations

import numpy as np
import pytest

from tuisim.engine.base import memo as memos
from tuisim.engine.base.memo import Array, memo


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
