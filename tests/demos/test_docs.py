"""What docs/tapes.md shows is what tapes and the kit do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.support.command import opened
from tests.support.harness import prepare_kernels
from tuisim.demos.grammar.fields import IN_WORDS, MEASURED
from tuisim.demos.grammar.keynames import NAMED
from tuisim.demos.grammar.parser import parse
from tuisim.demos.playing import Differences, checked
from tuisim.demos.still import StillTapeApp
from tuisim.testing import Clock

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = (ROOT / "docs/tapes.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```(\w*)\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL)


async def test_the_tape_that_is_shown_holds() -> None:
    (text,) = (text for kind, text in SHOWN if not kind)
    tape = parse(text)
    assert tape.start is not None
    options = opened(*tape.start.words)
    app = StillTapeApp(clock=Clock(), size=(100, 30), **options)
    assert await checked(tape, app) == Differences(2, ())


def test_the_test_that_is_shown_passes(tmp_path: Path) -> None:
    prepare_kernels()
    (text,) = (text for kind, text in SHOWN if kind == "python")
    # What a stranger pastes from there is the same.
    assert f"```python\n{text}```" in README
    path = tmp_path / "test_mine.py"
    path.write_text(text)
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(path)]
    done = subprocess.run(
        [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert "1 passed" in done.stdout, done.stdout


def test_all_names_are_there() -> None:
    for name in (*NAMED, *MEASURED, *IN_WORDS):
        assert re.search(rf"\b{name}\b", DOCS), name
