"""What this process opens, starts and connects to, as Python itself tells of it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tuisim

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
#: Events that are written down with what they are about, whatever that is.
_ALL = {
    "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen",
    "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod",
    "os.truncate", "os.putenv", "os.chdir", "socket.connect", "socket.bind", "webbrowser.open",
    "shutil.copyfile", "tempfile.mkstemp", "tempfile.mkdtemp", "pty.spawn", "os.kill",
}  # fmt: skip
#: What ships, and what the system says of itself.
_SHIPS = (
    sys.prefix,
    sys.base_prefix,
    Path(tuisim.__file__).parents[1],
    "/proc",
    "/sys",
    "/dev/null",
)


class _Watch:
    """Whose list the newest is; a hook stays for good."""

    found: list[str] | None = None


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    found = _Watch.found
    if found is None:
        return
    if event in _ALL:
        found.append(f"{event} {arguments[0] if arguments else ''}")
    elif event in ("open", "os.scandir") and isinstance(arguments[0], str | bytes | os.PathLike):
        path = os.path.abspath(os.fsdecode(arguments[0]))
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES
        # Python keeps what it compiles of a module; a kiosk runs with -B.
        if "__pycache__" not in path and (writes or not _ships(path)):
            found.append(f"{'write' if writes else 'read'} {path}")


def _ships(path: str) -> bool:
    return any(Path(path).is_relative_to(one) for one in _SHIPS)


@contextlib.contextmanager
def watched() -> Iterator[list[str]]:
    """What is opened meanwhile to be written, or outside what ships; started; connected to."""
    if not hasattr(_Watch, "hooked"):
        sys.addaudithook(_heard)
        _Watch.hooked = True  # type: ignore[attr-defined]
    _Watch.found = found = []
    try:
        yield found
    finally:
        _Watch.found = None
