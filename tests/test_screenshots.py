"""The README's pictures are what the app shows now; `python -m tests.screenshots` makes them so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.screenshots import FOLDER, SHOTS, take


@pytest.mark.parametrize("name", SHOTS)
async def test_a_screenshot_is_current(name: str) -> None:
    stored = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    # Compared by lines: a report of two long strings says nothing.
    assert (await take(name)).splitlines() == stored.splitlines()


def test_there_are_no_others() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.svg" for name in SHOTS}


def test_the_readme_shows_pictures_that_exist() -> None:
    root = Path(__file__).parent.parent
    shown = re.findall(r"!\[[^]]*\]\(([^)]*)\)", (root / "README.md").read_text(encoding="utf-8"))
    assert shown
    for name in shown:
        assert (root / name).is_file(), name
