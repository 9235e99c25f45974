"""Reports of the program's own faults: where they lie and what they hold; none is an error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tuisim.terminal import faults


@pytest.fixture(autouse=True)
def nowhere_after() -> Iterator[None]:
    yield
    faults.report_to(None)


def failing(number: int = 0) -> Exception:
    try:
        return Exception(1 / number)
    except ZeroDivisionError as error:
        return error


def test_a_report_says_what_failed_where_and_how_to_send_it(tmp_path: Path) -> None:
    faults.report_to(tmp_path / "faults", lambda: "tuisim --width 4")
    path = faults.note(failing())
    assert path is not None
    text = path.read_text()
    assert "To send it: add this file to an issue" in text
    assert "net: tuisim --width 4" in text
    assert "numba" in text
    assert text.rstrip().endswith("ZeroDivisionError: division by zero")
    assert "in failing" in text
    assert faults.words(failing()) == (
        f"ZeroDivisionError: division by zero (a fault of tuisim; report: {path})"
    )
    assert [*path.parent.iterdir()] == [path]


def test_of_many_the_newest_stay(tmp_path: Path) -> None:
    faults.report_to(tmp_path)
    for number in range(faults.MOST + 3):
        (tmp_path / f"2001{number:04}.txt").touch()
    new = faults.note(failing())
    assert len([*tmp_path.iterdir()]) == faults.MOST
    assert new in tmp_path.iterdir()


@pytest.mark.parametrize("error", [ValueError("width"), MemoryError(), OSError(28, "full")])
def test_what_was_asked_for_wrongly_is_no_fault(error: Exception, tmp_path: Path) -> None:
    faults.report_to(tmp_path)
    assert faults.note(error) is None
    assert [*tmp_path.iterdir()] == []


def test_where_nothing_can_be_written_nothing_is(tmp_path: Path) -> None:
    assert faults.note(failing()) is None
    (tmp_path / "file").touch()
    faults.report_to(tmp_path / "file" / "faults", lambda: str(1 / 0))
    assert faults.note(failing()) is None
    assert "net: not known: division by zero" in faults.report(failing())
    assert faults.words(failing()) == "ZeroDivisionError: division by zero (a fault of tuisim)"
