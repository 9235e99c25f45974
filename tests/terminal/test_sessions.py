"""Files of sessions: whole or not at all, one a process, bounded, and bad ones set aside."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tuisim.commands.machine.diagnosis import diagnose
from tuisim.system import files, places
from tuisim.terminal import sessions
from tuisim.terminal.sessions import MOST, Sessions
from tuisim.values.experiment import Experiment
from tuisim.values.session import Session

NET = Session(Experiment(radius=1.25))
OTHER = Session(Experiment(radius=1.5))


def anything(session: Session) -> None:
    """Refuse none."""


def one(folder: Path, name: str, when: float, session: Session = NET) -> Sessions:
    """One that was written then; it is open until it is closed."""
    made = Sessions(folder, name)
    made.write(session)
    os.utime(folder / f"{name}.toml", (when, when))
    return made


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_newest_is_found_that_nobody_has_open(tmp_path: Path) -> None:
    old, new = one(tmp_path, "old", 1e9), one(tmp_path, "new", 2e9, OTHER)
    assert Sessions(tmp_path).newest(anything) == (None, ())
    old.close()
    found, lines = Sessions(tmp_path).newest(anything)
    assert found is not None
    assert (found.session, found.when, lines) == (NET, 1e9, ())
    new.close()
    found, _ = Sessions(tmp_path).newest(anything)
    assert found is not None
    assert found.session == OTHER
    # Its lock went with it; nothing else lies there.
    assert names(tmp_path) == {"old.toml", "new.toml"}


def test_of_a_process_that_died_only_its_file_is_left_and_that_is_found(tmp_path: Path) -> None:
    dead = one(tmp_path, "dead", 1e9)
    assert dead._lock is not None
    # As the system does at its end, whatever that was.
    os.close(dead._lock)
    assert "dead.lock" in names(tmp_path)
    found, _ = Sessions(tmp_path).newest(anything)
    assert found is not None
    assert found.session == NET


def test_two_at_once_keep_a_file_each(tmp_path: Path) -> None:
    first, second = Sessions(tmp_path, "first"), Sessions(tmp_path, "second")
    for session in (NET, OTHER):
        first.write(session)
        second.write(NET)
    first.close()
    second.close()
    assert names(tmp_path) == {"first.toml", "second.toml"}


def test_what_was_taken_goes_once_the_own_one_is_there(tmp_path: Path) -> None:
    one(tmp_path, "before", 1e9).close()
    mine = Sessions(tmp_path, "mine")
    found, _ = mine.newest(anything)
    assert found is not None
    mine.take(found)
    assert mine.took
    assert names(tmp_path) == {"before.toml"}
    mine.write(OTHER)
    mine.write(NET)
    mine.close()
    assert names(tmp_path) == {"mine.toml"}


def test_what_is_not_worth_keeping_goes_and_others_stay(tmp_path: Path) -> None:
    one(tmp_path, "before", 1e9).close()
    mine = Sessions(tmp_path, "mine")
    mine.forget()
    mine.write(NET)
    mine.forget()
    mine.close()
    assert names(tmp_path) == {"before.toml"}


def test_only_so_many_are_kept(tmp_path: Path) -> None:
    for number in range(MOST + 3):
        one(tmp_path, f"s{number:02}", 1e9 + number).close()
        (tmp_path / f"a{number:02}.toml.aside").touch()
        os.utime(tmp_path / f"a{number:02}.toml.aside", (1e9 + number, 1e9 + number))
    still = one(tmp_path, "open", 1.0)
    Sessions(tmp_path, "newest").write(NET)
    kept = {f"s{number:02}.toml" for number in range(4, MOST + 3)}
    aside = {f"a{number:02}.toml.aside" for number in range(3, MOST + 3)}
    assert names(tmp_path) == {
        *kept, *aside, "newest.toml", "newest.lock", "open.toml", "open.lock"
    }  # fmt: skip
    still.close()


def refusing(session: Session) -> None:
    """Refuse one that can be read."""
    if session == OTHER:
        raise ValueError("view: got 'x', allowed: norms")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda path: path.write_bytes(b"version = 1\n[exp\x00"), "not valid TOML"),
        (lambda path: path.write_bytes(b""), "version: got None, allowed: 1; this is no session"),
        (lambda path: path.write_text("version = 9"), "version: got 9, a newer tuisim's"),
        (lambda path: None, "view: got 'x', allowed: norms"),
    ],
    ids=["damaged", "empty", "newer", "refused"],
)
def test_a_bad_one_is_set_aside_with_a_line_and_the_next_is_found(
    spoil: Callable[[Path], object], reason: str, tmp_path: Path
) -> None:
    one(tmp_path, "good", 1e9).close()
    one(tmp_path, "bad", 2e9, OTHER).close()
    spoil(tmp_path / "bad.toml")
    content = (tmp_path / "bad.toml").read_bytes()
    os.utime(tmp_path / "bad.toml", (2e9, 2e9))
    found, (line,) = Sessions(tmp_path).newest(refusing)
    assert found is not None
    assert found.session == NET
    assert line.startswith(f"session set aside as bad.toml.aside: {reason}")
    assert "\n" not in line
    assert names(tmp_path) == {"good.toml", "bad.toml.aside"}
    assert (tmp_path / "bad.toml.aside").read_bytes() == content
    assert Sessions(tmp_path).newest(refusing)[1] == ()


def test_a_full_disk_leaves_what_there_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = one(tmp_path, "mine", 1e9)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        mine.write(OTHER)
    monkeypatch.undo()
    mine.close()
    found, _ = Sessions(tmp_path).newest(anything)
    assert found is not None
    assert found.session == NET
    assert names(tmp_path) == {"mine.toml"}


def test_without_a_place_nothing_is_found_and_nothing_kept() -> None:
    nowhere = Sessions(None)
    assert nowhere.newest(anything) == (None, ())
    assert nowhere.count() == 0
    nowhere.forget()
    nowhere.close()
    with pytest.raises(OSError, match="no home directory"):
        nowhere.write(NET)


def test_they_lie_in_the_users_state_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert sessions.directory() == tmp_path / "tuisim" / "sessions"
    monkeypatch.setattr(places, "state", lambda: None)
    assert sessions.directory() is None


def test_doctor_says_where_and_how_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    folder = tmp_path / "tuisim" / "sessions"
    for number in range(2):
        one(folder, f"s{number}", 1e9).close()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert f"{folder} (2 kept)" in diagnose().text()
