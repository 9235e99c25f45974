"""Where compiled code cannot be kept, one warning says so, and the curves are right."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.caches import ONE, QUICK, copied, start


def test_a_directory_that_cannot_be_made_costs_one_warning(
    tmp_path: Path, expected: list[float]
) -> None:
    # Under a regular file nobody makes a directory, root included.
    (tmp_path / "file").write_text("")
    answer = start(tmp_path / "file" / "cache", middle=ONE, patience=60.0)
    assert answer["gradient"] == expected
    assert len(answer["warnings"]) == 1
    assert "compiled in memory" in answer["warnings"][0]
    assert "\n" not in answer["warnings"][0]
    assert answer["statistics"] == [0, 1]
    assert answer["warnings"][0].endswith(answer["unkept"])


FULL_DISK = """
    import errno, os
    from numba.core import caching
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    caching.IndexDataCacheFile.save = full
"""


def test_a_full_disk_costs_one_warning(tmp_path: Path, expected: list[float]) -> None:
    answer = start(copied(tmp_path, *QUICK), before=FULL_DISK.strip())
    assert answer["statistics"][1] > 1
    assert answer["gradient"] == expected
    assert len(answer["warnings"]) == 1
    assert os.strerror(errno.ENOSPC) in answer["warnings"][0]
    assert os.strerror(errno.ENOSPC) in answer["unkept"]


def fill(path: Path) -> None:
    """A file that takes all the room there is."""
    with path.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(bytes(1 << 16))
            except OSError:
                break


def test_a_disk_that_really_is_full(tmp_path: Path, expected: list[float]) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(tmp_path)],
        capture_output=True,
        check=False,
        timeout=60,
    )
    if mounted.returncode:
        pytest.skip("no tmpfs can be mounted here")
    try:
        copied(tmp_path, *QUICK)
        fill(tmp_path / "other")
        answer = start(tmp_path)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True, timeout=60)
    assert answer["gradient"] == expected
    assert len(answer["warnings"]) == 1
