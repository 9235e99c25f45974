"""Compares pictures of the app with those kept."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.pictures import PictureFile


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compares SVGs with those kept; a difference is shown as text."""
    return snapshot.use_extension(PictureFile)
