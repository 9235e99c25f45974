"""What a package says of itself: its version from one place, and the files that go with it."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path

import tuisim
from tuisim.demos.shipped import names
from tuisim.system.version import __version__
from tuisim.values import presets

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_version_stands_in_one_place() -> None:
    assert "version" not in PROJECT["project"]
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "tuisim/system/version.py"
    assert tuisim.__version__ == __version__
    newest = re.search(r"^## (\S+?),? ", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == __version__


def test_what_is_no_python_lies_in_the_package() -> None:
    for room, ending, there in (
        ("tuisim.demos.tapes", ".tape", names()),
        ("tuisim.values.presets", ".toml", presets.names()),
        ("tuisim.claims.nets", ".npz", ("recall",)),
    ):
        files = {one.name for one in resources.files(room).iterdir()}
        assert {f"{name}{ending}" for name in there} <= files
