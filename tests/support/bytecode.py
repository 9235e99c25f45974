"""Bytecode of sources and tests: compiled once, not by each worker and each process of a test."""

from __future__ import annotations

import contextlib
import os
import sys
from importlib import import_module
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


def keep() -> None:
    """Keep it whatever the environment says: else each worker and process compiles all anew."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def import_share(config: pytest.Config) -> None:
    """Import every so manieth file of tests first, as a worker.

    All workers import all files, and in one order; begun like that, each would compile each file.
    """
    worker = getattr(config, "workerinput", None)
    if worker is None:
        return
    asked = [Path(word.split("::")[0]).resolve() for word in config.args]
    files = [path for where in asked for path in sorted(where.rglob("test_*.py")) or [where]]
    for path in files[int(worker["workerid"][2:]) :: worker["workercount"]]:
        # What is wrong there, or to be skipped, is said when the tests are collected.
        with contextlib.suppress(Exception, pytest.skip.Exception):
            import_module(".".join(path.relative_to(_ROOT).with_suffix("").parts))
