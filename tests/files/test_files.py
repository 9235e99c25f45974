"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import default_signals
from tuisim.system.files import check_place, keep_whole, write_whole


def test_new_and_old_files(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_whole(path, "one\n")
    assert path.read_text() == "one\n"
    path.chmod(0o640)
    write_whole(path, "zwei ≥\n")
    assert path.read_bytes() == "zwei ≥\n".encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["a.csv"]


def test_of_two_that_write_at_the_same_time_one_is_there_whole(tmp_path: Path) -> None:
    path, size = tmp_path / "a.csv", 1 << 20
    program = (
        "import sys; from pathlib import Path; from tuisim.system.files import write_whole\n"
        "print('on', flush=True); sys.stdin.readline()\n"
        f"for _ in range(40): write_whole(Path(sys.argv[1]), sys.argv[2] * {size})"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path), letter],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=default_signals,
        )
        for letter in "ab"
    ]
    for one in both:
        assert one.stdout is not None
        assert one.stdout.readline() == "on\n"
    for one in both:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    # Whoever reads meanwhile has one of them as well.
    while any(one.poll() is None for one in both):
        found = path.read_text() if path.exists() else "a" * size
        assert found in ("a" * size, "b" * size)
    for one in both:
        one.communicate(timeout=60)
        assert one.returncode == 0
    assert path.read_text() in ("a" * size, "b" * size)
    assert os.listdir(tmp_path) == ["a.csv"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write_whole(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_whole(Path(os.devnull), "gone")
    assert Path(os.devnull).is_char_device()


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_alone(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, broken, full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_whole(path, "new")
    assert caught.value.filename == str(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.csv"]


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        write_whole(tmp_path / "none" / "a.csv", "x")
    assert caught.value.filename == str(tmp_path / "none" / "a.csv")
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, "x")


def test_a_place_is_checked_without_a_trace(tmp_path: Path) -> None:
    old, link = tmp_path / "old.csv", tmp_path / "link.csv"
    old.write_text("old")
    link.symlink_to(old)
    for path in (tmp_path / "new.csv", old, link, Path(os.devnull)):
        check_place(path)
    assert old.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["link.csv", "old.csv"]


def test_no_place_is_told_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("old")
    monkeypatch.chdir(tmp_path)
    for name, error in (
        ("none/a.csv", FileNotFoundError),
        ("a.csv/b.csv", NotADirectoryError),
        (".", IsADirectoryError),
    ):
        with pytest.raises(error) as caught:
            check_place(Path(name))
        assert caught.value.filename == name


def test_a_directory_that_cannot_be_written_is_no_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "a temporary name")

    # Modes mean nothing to root, as whom tests may run.
    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(PermissionError) as caught:
        check_place(tmp_path / "a.csv")
    assert caught.value.filename == str(tmp_path / "a.csv")


def test_what_is_kept_for_later_brings_its_directory_or_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "claims" / "a.json"
    keep_whole(path, "[1]")
    assert path.read_text() == "[1]"
    # A file stands where a directory is to be.
    keep_whole(path / "b.json", "[2]")
    assert path.read_text() == "[1]"
    assert [one.name for one in path.parent.iterdir()] == ["a.json"]
