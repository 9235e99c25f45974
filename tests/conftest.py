"""Keeps the tests apart from the terminal and the settings of whoever runs them."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tuisim.system.threads import one_thread_each

# Textual reads these once, when it is imported, and each changes every snapshot; so they go now.
for _name in [*os.environ]:
    if _name.startswith("TEXTUAL") or _name in ("NO_COLOR", "COLUMNS", "LINES", "COLORTERM"):
        del os.environ[_name]
os.environ["TERM"] = "xterm-256color"

# Products of more than one thread wait for each other, beside the other worker, for minutes.
one_thread_each()

# The caches of kernels may be shared, settings and sessions may not.
_settings = tempfile.TemporaryDirectory(prefix="tuisim-tests-")
os.environ["XDG_CONFIG_HOME"] = _settings.name
os.environ["XDG_STATE_HOME"] = str(Path(_settings.name) / "state")

# How long an example takes on a busy machine says nothing of it.
settings.register_profile(
    "steady", settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
)
settings.load_profile("steady")

# Not before Textual's variables are gone.
from tests.support import bytecode, stillness  # noqa: E402

bytecode.keep()
stillness.install()


#: The files that take longest, of which one begun last would keep one worker while others rest.
LONGEST = [
    "engine/kernels/test_cache.py",
    "engine/kernels/test_cache_without_room.py",
    "engine/kernels/test_additions.py",
    "engine/kernels/test_digits.py",
    "terminal/test_users.py",
    "engine/diagnosis/test_lyapunov.py",
    "engine/theory/test_ensemble.py",
    "engine/cells/test_beyond.py",
    "tui/screens/test_fuzz.py",
    "tui/shell/test_leaving.py",
    "tui/shell/test_quitting.py",
    "tui/screens/test_map_of_success.py",
    "tui/screens/test_snapshots.py",
    "tui/screens/test_form.py",
    "tui/screens/test_cliff.py",
    "terminal/test_commands_end.py",
    "commands/test_cli_run.py",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the rest stays in its order."""
    here = Path(__file__).parent
    places = {here / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(LONGEST)))


def pytest_collection(session: pytest.Session) -> None:
    """Share the compiling of tests among the workers."""
    bytecode.import_share(session.config)


def pytest_collection_finish() -> None:
    """Look no more for garbage among thousands of tests and the modules that they import."""
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are processors: a third of the time tests wait for a terminal."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)


@pytest.fixture(autouse=True)
def _environment_of_its_own() -> Iterator[None]:
    """Give the next test the environment as it was: commands set a part of it, to their end."""
    before = dict(os.environ)
    yield
    if os.environ != before:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="module", autouse=True)
def _memory_goes_back() -> Iterator[None]:
    """Forget a file's draws at its end, and give what they took back to the system."""
    yield
    memo = sys.modules.get("tuisim.engine.base.memo")
    if memo is not None:
        memo._shelf = memo._Shelf()
    if sys.platform == "linux":
        # Not every C library has it.
        getattr(ctypes.CDLL(None), "malloc_trim", lambda pad: None)(0)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile what is not compiled yet, once: a command that has to says so where tests read."""
    if not hasattr(session.config, "workerinput") and not session.config.option.collectonly:
        from tuisim.engine.warming import warm_up

        warm_up()
