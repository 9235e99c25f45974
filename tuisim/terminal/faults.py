"""Faults of the program itself: a report of each in the user's state directory, to be sent.

Standard library only. Nothing is written before `report_to` says where.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tuisim.system import places
from tuisim.system.files import write_whole
from tuisim.system.version import __version__

#: Of the reports so many stay, the newest.
MOST = 8

_TO_SEND = """\
To send it: add this file to an issue of tuisim's, and say what was pressed before. It holds nothing
that is written in your files; names of some may stand in it. tuisim itself sends nothing.
"""
_LIBRARIES = ("numpy", "numba", "textual")
_TERMINAL = ("TERM", "COLORTERM", "LANG", "LC_ALL", "TMUX", "STY", "SSH_TTY")
#: What these say is of what was asked for, or of the machine.
_NO_FAULTS = (ValueError, MemoryError, OSError)

_directory: Path | None = None
_about: Callable[[], str] = str
# By where each was raised: a figure that fails does so at each frame.
_known: dict[tuple[object, ...], Path | None] = {}


def directory() -> Path | None:
    """Where reports lie, whether or not it is there; None without a home directory."""
    state = places.state()
    return None if state is None else state / "faults"


def report_to(directory: Path | None, about: Callable[[], str] = str) -> None:
    """Write reports there from now on, or nowhere.

    Args:
        about: says what the program was at.
    """
    global _directory, _about
    _directory, _about = directory, about
    _known.clear()


def note(error: BaseException) -> Path | None:
    """Write a report of a fault, if none is there of the same; where it lies, None where nowhere.

    From any thread, and never an error itself.
    """
    if _directory is None or isinstance(error, _NO_FAULTS):
        return None
    frames = traceback.extract_tb(error.__traceback__)
    place = type(error), *((one.filename, one.lineno) for one in frames[-1:])
    if place not in _known:
        _known[place] = None
        path = _directory / f"{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}-{len(_known)}.txt"
        with contextlib.suppress(Exception):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(path, report(error))
            _known[place] = path
            for old in sorted(path.parent.glob("[!.]*.txt"))[:-MOST]:
                old.unlink(missing_ok=True)
    return _known[place]


def words(error: BaseException) -> str:
    """What failed, in a line, and where the report of it lies."""
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    path = note(error)
    return f"{said} (a fault of tuisim{f'; report: {path}' if path else ''})"


def report(error: BaseException) -> str:
    """All that helps to find a fault."""
    versions = []
    for name in _LIBRARIES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions.append(f"{name} {importlib.metadata.version(name)}")
    terminal = [f"{name}={os.environ[name]}" for name in _TERMINAL if name in os.environ]
    with contextlib.suppress(OSError):
        terminal.append("{}x{}".format(*os.get_terminal_size(sys.__stderr__.fileno())))  # type: ignore[union-attr]
    try:
        about = _about()
    except Exception as other:
        about = f"not known: {other}"
    return "\n".join(
        [
            f"tuisim {__version__}, a fault of it, {time.strftime('%Y-%m-%d %H:%M:%S %z')}",
            "",
            _TO_SEND,
            f"Python {platform.python_version()}, {platform.platform()}, {', '.join(versions)}",
            f"terminal: {' '.join(terminal)}",
            f"net: {about}",
            "",
            "".join(traceback.format_exception(error)),
        ]
    )
