"""Writing files so that each is there whole or not at all. Standard library only."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """Write bytes, or text as UTF-8, to a neighbouring temporary file and rename it into place.

    A reader sees the old file or the new one; a failure leaves the old one and nothing else. What
    is not a regular file (a pipe, /dev/stdout) is written to directly, since a rename would
    replace it.

    Raises:
        OSError: the directory cannot be written, the disk is full, or the path is a directory.
    """
    data = content.encode() if isinstance(content, str) else content
    target, mode = _target(path)
    if mode is not None and not stat.S_ISREG(mode):
        with target.open("wb") as file:
            file.write(data)
        return
    temporary = _neighbour(target)
    try:
        with temporary.open("xb") as file:
            if mode is not None:
                os.chmod(temporary, stat.S_IMODE(mode))
            file.write(data)
            file.flush()
            # Without it a crash of the machine may leave an empty file under the final name.
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            # The temporary's name would mean nothing to whoever reads the message.
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise


def keep_whole(path: Path, content: str) -> None:
    """As write_whole, of what is only kept for later: where that cannot be, nothing is written."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)


def check_place(path: Path) -> None:
    """Find out before long work whether write_whole has a place to write to; nothing is left there.

    Raises:
        OSError: the directory is none or cannot be written, or the path is a directory.
    """
    try:
        target, mode = _target(path)
        if mode is not None and stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if mode is None or stat.S_ISREG(mode):
            temporary = _neighbour(target)
            temporary.touch(exist_ok=False)
            temporary.unlink()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def locked(file: int, *, alone: bool) -> bool:
    """Whether a lock on an open file could be had; where there are none, it could.

    The system takes it from the process with the file, however that ends.
    """
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # Some file systems of other machines have none.
        return True
    return True


def holds_something(path: Path) -> bool:
    """Whether write_whole would put other content in the place of some that is there.

    A pipe or /dev/stdout holds none, and neither does an empty file.
    """
    target, mode = _target(path)
    return mode is not None and stat.S_ISREG(mode) and target.stat().st_size > 0


def alterable(folder: Path) -> Path | None:
    """The first of a folder, what lies in it, and where it lies that this user could change.

    None where all of it is what others made it.

    Raises:
        OSError: the folder is not there, or cannot be looked into.
    """
    whole = folder.resolve(strict=True)
    if not whole.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    above = (one for one in reversed(whole.parents) if not _keeps_names(one))
    return next((one for one in (*above, whole, *whole.rglob("*")) if _is_ours(one)), None)


def _is_ours(path: Path) -> bool:
    """Whether this user could write it, or let themselves; a link leads who knows where."""
    found = path.lstat()
    owned = found.st_uid == os.geteuid()
    effective = os.access in os.supports_effective_ids
    writes = os.access(path, os.W_OK, effective_ids=effective)
    return owned or stat.S_ISLNK(found.st_mode) or writes


def _keeps_names(folder: Path) -> bool:
    """Whether all may write there, but none may rename what is another's, as in /tmp."""
    found = folder.stat()
    return bool(found.st_mode & stat.S_ISVTX) and found.st_uid != os.geteuid()


def _target(path: Path) -> tuple[Path, int | None]:
    """The file that is written, and its mode where it is there."""
    # A link stays a link: the file that it leads to is replaced.
    target = Path(os.path.realpath(path))
    with contextlib.suppress(FileNotFoundError):
        return target, target.stat().st_mode
    return target, None


def _neighbour(target: Path) -> Path:
    return target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.tmp")
