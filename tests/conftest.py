"""Keeps the tests apart from the terminal and the settings of whoever runs them."""

from __future__ import annotations

import os
import tempfile

import pytest
from hypothesis import HealthCheck, settings

# Textual reads these once, when it is imported, and each changes every snapshot; so they go now.
for _name in [*os.environ]:
    if _name.startswith("TEXTUAL") or _name in ("NO_COLOR", "COLUMNS", "LINES", "COLORTERM"):
        del os.environ[_name]
os.environ["TERM"] = "xterm-256color"

# The caches of kernels may be shared, the settings may not.
_settings = tempfile.TemporaryDirectory(prefix="tuisim-tests-")
os.environ["XDG_CONFIG_HOME"] = _settings.name

# How long an example takes on a busy machine says nothing of it.
settings.register_profile(
    "steady", settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
)
settings.load_profile("steady")

# Not before Textual's variables are gone.
from tests.support import stillness  # noqa: E402

stillness.install()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile what is not compiled yet, once: a command that has to says so where tests read."""
    if not hasattr(session.config, "workerinput") and not session.config.option.collectonly:
        from tuisim.engine.warming import warm_up

        warm_up()
