"""The pages' pictures are what the app shows now; `python -m tests.screenshots` makes them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.screenshots import FOLDER, PICTURES, SUCCESS, take
from tuisim.engine.sweeps.sweep import sweep
from tuisim.files import maps
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan


@pytest.mark.parametrize("name", PICTURES)
async def test_a_screenshot_is_current(name: str) -> None:
    stored = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    # Compared by lines: a report of two long strings says nothing.
    assert (await take(name)).splitlines() == stored.splitlines()


def test_there_are_no_others() -> None:
    pictures = {f"{name}.svg" for name in PICTURES}
    assert {path.name for path in FOLDER.iterdir()} == pictures | {SUCCESS.name}


def test_the_shares_that_learn_are_what_training_gives_now() -> None:
    """Of the cells that take seconds, as many members as that allows."""
    table = maps.read_csv(SUCCESS.read_text(encoding="utf-8"))
    assert table.x.values == (5, 10, 20, 50, 100)
    names = table.y.values
    e = Experiment(batch=16, spectrum="gaussian", radius=1.0, width=32, forget_bias=4.0)
    learned = sweep(e, "depth=5", "remedy=plain,clipping,lstm,echo state", "success", members=3)
    for name, share in zip(learned.y.values, learned.values[:, 0], strict=True):
        assert table.values[names.index(name), 0] == share == 1.0
    lost = sweep(e, "depth=100", "remedy=echo state", "success", members=3, plan=Plan())
    assert table.values[names.index("echo state"), -1] == lost.values[0, 0] == 0.0


def test_each_is_shown_on_a_page() -> None:
    root = Path(__file__).parent.parent
    pages = [root / "README.md", *(root / "docs").glob("*.md")]
    text = "\n".join(one.read_text(encoding="utf-8") for one in pages)
    shown = re.findall(r"!\[[^]]*\]\((?:\.\./)?screenshots/(.*?)\.svg\)", text)
    assert {*shown} == {*PICTURES}
