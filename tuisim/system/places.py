"""The user's own directories, where there are any."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

#: What to say of a user without directories of their own.
HOMELESS = "this user has no home directory (HOME is not set)"


_shut = False


@contextmanager
def without_any() -> Iterator[None]:
    """Let there be none meanwhile, whoever the user is: nothing of theirs is read or written."""
    global _shut
    before, _shut = _shut, True
    try:
        yield
    finally:
        _shut = before


def cache() -> Path | None:
    """The user's cache directory, None where there is no home for it to be in."""
    return _own(lambda: platformdirs.user_cache_path("tuisim"))


def settings() -> Path | None:
    """The directory of the user's settings, likewise."""
    return _own(lambda: platformdirs.user_config_path("tuisim", appauthor=False))


def state() -> Path | None:
    """The directory of what lasts from one start to the next and is no setting, likewise."""
    return _own(lambda: platformdirs.user_state_path("tuisim", appauthor=False))


def _own(find: Callable[[], Path]) -> Path | None:
    if _shut:
        return None
    # Without HOME the home is looked up by the user's number, which a container may have made up:
    # some releases then raise, others name a directory `~` in the working directory.
    try:
        path = find()
    except RuntimeError:
        return None
    return path if path.is_absolute() else None
