"""Holds still what the app does by the wall clock."""

from __future__ import annotations

import pytest

from tuisim.tui.screens import display


@pytest.fixture(autouse=True)
def notices_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notice is forgotten after a while, which on a slow machine comes before it is read."""
    monkeypatch.setattr(display, "_NOTICE_SECONDS", 1e6)
