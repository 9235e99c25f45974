"""The checks of a fresh clone: one that fails leaves nothing running."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).parents[1] / ".ci" / "run"

#: In place of a Python that is tested beside the others, whose first child takes its time.
STUBS = """
set -euo pipefail
versions=(other) main=none
python_of() { echo python; }
environment() { sleep 20 & echo >begun; wait; }
"""
FAILS = """
while [ ! -s begun ]; do :; done
false
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_what_runs_beside_a_check_that_fails_ends_with_it(tmp_path: Path) -> None:
    script = RUN.read_text(encoding="utf-8")
    beside = script[script.index("logs=") : script.index('echo "== style"')]
    # Whoever still runs holds the other end.
    end, held = os.pipe()
    done = subprocess.run(
        ["bash", "-c", STUBS + beside + FAILS],
        cwd=tmp_path,
        pass_fds=[held],
        timeout=60,
        check=False,
    )
    os.close(held)
    assert done.returncode == 1
    assert select.select([end], [], [], 10.0)[0]
    os.close(end)
