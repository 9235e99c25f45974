"""Compares pictures of the app with those kept, and shares what is to be seen in several."""

from __future__ import annotations

from functools import cache

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.pictures import PictureFile
from tuisim.engine.sweeps import values

_values_once = cache(values.cell_values)


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compares SVGs with those kept; a difference is shown as text."""
    return snapshot.use_extension(PictureFile)


@pytest.fixture(autouse=True)
def maps_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute the cells of a map once, however often it is opened."""
    monkeypatch.setattr(values, "cell_values", _values_once)
