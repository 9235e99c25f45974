"""tuisim demo and tuisim --record in a terminal of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.command import failure
from tests.support.shown import shown
from tests.support.terminal import LEAVES
from tuisim.demos.grammar.parser import parse
from tuisim.demos.grammar.tape import Press, Sleep, Type

TAPE = """Hide
Type "tuisim --width 4 --depth 20"
Enter
Show
# caption it begins
Sleep 200ms
Type "c"
# caption it is an {cell} now
"""


def test_a_demo_plays_and_is_left_by_its_own_key(tmp_path: Path) -> None:
    path = tmp_path / "mine.tape"
    path.write_text(TAPE)
    with shown("demo", str(path)) as s:
        s.shows("it begins")
        s.shows("an lstm now")
        s.write(b"q")
        code, drawn = s.leave()
        assert (code, LEAVES in drawn) == (0, True)
        assert s.restored()


def test_the_keys_of_a_session_become_a_tape(tmp_path: Path) -> None:
    path = tmp_path / "mine.tape"
    with shown("--record", str(path), "--width", "4", "--depth", "20") as s:
        s.shows("gradient ", "0.90")
        s.press(b"\x1b[C\x1b[C", "0.92")
        s.write(b"q")
        assert s.leave()[0] == 0
    tape = parse(path.read_text())
    assert tape.start is not None
    assert tape.start.words == ("--width", "4", "--depth", "20")
    keys = [one for one in tape.commands if not isinstance(one, Sleep)]
    assert keys in ([Press("right", 2), Type("q")], [Press("right"), Press("right"), Type("q")])
    assert tape.size == (100, 30)


def test_a_tape_that_is_there_is_not_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.tape"
    path.write_text("Right\n")
    said = failure(capsys, ["--record", str(path)])
    assert said == (2, f"record: {path} is there already; give another name")
    assert path.read_text() == "Right\n"
    said = failure(capsys, ["--record", "a.cast"])
    assert said == (2, "record: got 'a.cast', allowed: FILE.tape")
    said = failure(capsys, ["--record", "a.tape", "plot"])
    assert said[0] == 2


def test_a_demo_without_a_terminal_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = failure(capsys, ["demo", "first"])
    assert code == 2
    assert "is not a terminal" in said
    assert failure(capsys, ["demo", "first", "--at", "9"])[1].startswith("step: got '9', allowed:")


@pytest.mark.skipif("TUISIM_LONG" not in os.environ, reason="takes a minute; .ci/long does it")
def test_the_tour_goes_to_its_end_in_a_terminal() -> None:
    # Every key of all steps before the last is pressed there, in no time between them.
    with shown("demo", "essay", "--at", "a trained net", size=(24, 80)) as s:
        s.shows("An lstm, trained:", "15/15")
        s.write(b"q")
        s.shows("yours")
        s.write(b"q")
        s.shows("ends with the app")
        s.write(b"q")
        assert s.leave()[0] == 0
        assert s.restored()
