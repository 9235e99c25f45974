"""Sessions that were kept, one file a process, in the user's state directory.

While a process runs it holds a lock beside its file, which the system takes from it however it
ends: what another has open is not offered. Imports nothing that is slow to import.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path

import attrs

from tuisim.system import places
from tuisim.system.files import locked
from tuisim.terminal import session_files
from tuisim.values.experiment import Experiment
from tuisim.values.session import Session, anchored

#: Of the files of each kind so many stay, the newest.
MOST = 8
_SESSION, _LOCK, _ASIDE = ".toml", ".lock", ".aside"


@attrs.frozen
class Found:
    """A session that was kept, and when."""

    path: Path
    session: Session
    #: Seconds since 1970.
    when: float


def directory() -> Path | None:
    """Where they lie, whether or not it is there; None without a home directory."""
    state = places.state()
    return None if state is None else state / "sessions"


class Sessions:
    """The sessions in a directory, one of them this process's own once it is written."""

    def __init__(self, directory: Path | None, name: str = "") -> None:
        """Nothing is read or written yet.

        Args:
            directory: None where there is no place for them.
            name: of the own file; the time and the process where not given.
        """
        self._directory = directory
        self._name = name or f"{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}"
        self._lock: int | None = None
        self._taken: Path | None = None
        # The nets whose arrays lie beside the own file.
        self._beside: tuple[Experiment, ...] = ()

    def newest(self, check: Callable[[Session], object]) -> tuple[Found | None, tuple[str, ...]]:
        """The newest that no process has open, and a line for each that had to be set aside.

        Args:
            check: raises ValueError where one that was read cannot be opened.
        """
        lines: list[str] = []
        for path in self._files(_SESSION):
            if self._is_open(path):
                continue
            try:
                session, lost = session_files.read(path)
                check(session)
                return Found(path, session, path.stat().st_mtime), (*lines, *lost)
            except ValueError as error:
                lines.append(_set_aside(path, error))
            except OSError as error:
                lines.append(f"session: {path}: {error.strerror or error}")
        return None, tuple(lines)

    def take(self, found: Found) -> None:
        """Go on with it: its file goes once the own one is there."""
        self._taken = found.path

    @property
    def took(self) -> bool:
        """Whether this process goes on with what another has kept."""
        return self._taken is not None

    def write(self, session: Session) -> None:
        """Keep this, in place of what this process has kept before.

        Raises:
            OSError: it cannot be written; what there was is still there.
        """
        self._path(_SESSION).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._claim()
        own = self._path(_SESSION)
        session = anchored(session)
        session_files.write(own, session, self._beside)
        self._beside = session_files.in_memory(session)
        if not self._beside:
            session_files.beside(own).unlink(missing_ok=True)
        if self._taken not in (None, own):
            _remove(self._taken)
            self._taken = own
        for kind in (_SESSION, _ASIDE):
            for path in self._files(kind)[MOST:]:
                if not self._is_open(path):
                    _remove(path)

    def forget(self) -> None:
        """Keep nothing of this process's."""
        if self._lock is not None:
            own = self._path(_SESSION)
            for one in (own, session_files.beside(own)):
                one.unlink(missing_ok=True)
            self._beside = ()

    def close(self) -> None:
        """Let others have what was kept."""
        if self._lock is not None:
            with contextlib.suppress(OSError):
                self._path(_LOCK).unlink()
            os.close(self._lock)
            self._lock = None

    def count(self) -> int:
        """How many there are."""
        return len(self._files(_SESSION))

    def _path(self, kind: str) -> Path:
        if self._directory is None:
            raise OSError(0, places.HOMELESS)
        return self._directory / f"{self._name}{kind}"

    def _files(self, kind: str) -> list[Path]:
        """The files of a kind, the newest first."""
        # A temporary file begins with a dot, which this passes over.
        paths = [] if self._directory is None else self._directory.glob(f"[!.]*{kind}")
        found = []
        for path in paths:
            # Another process may take it away.
            with contextlib.suppress(OSError):
                found.append((path.stat().st_mtime, path))
        return [path for _, path in sorted(found, reverse=True)]

    def _claim(self) -> None:
        name = self._name
        for number in itertools.count(2):
            if self._lock is not None:
                return
            lock = os.open(self._path(_LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if locked(lock, alone=True):
                self._lock = lock
            else:
                # In another container of the same home a process may have the same number.
                os.close(lock)
                self._name = f"{name}-{number}"

    def _is_open(self, path: Path) -> bool:
        """Whether a process that runs, this or another, keeps it."""
        try:
            lock = os.open(path.with_suffix(_LOCK), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return not locked(lock, alone=False)
        finally:
            os.close(lock)


def _remove(path: Path) -> None:
    for one in (path, path.with_suffix(_LOCK), session_files.beside(path)):
        with contextlib.suppress(OSError):
            one.unlink()


def _set_aside(path: Path, error: ValueError) -> str:
    """Let a file that cannot be used be in nobody's way; what is said of it."""
    reason = str(error).removeprefix(f"{path}: ")
    aside = path.with_name(f"{path.name}{_ASIDE}")
    try:
        os.replace(path, aside)
    except OSError:
        return f"session {path.name}: {reason}"
    with contextlib.suppress(OSError):
        path.with_suffix(_LOCK).unlink()
    return f"session set aside as {aside.name}: {reason}"
