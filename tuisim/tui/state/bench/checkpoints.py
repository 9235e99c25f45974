"""Checkpoints: the files of a history, in their order, and the way from one to the next.

Everything but the jobs runs on the event loop.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePath

from textual.message import Message

from tuisim.tui.shell.background import Background
from tuisim.tui.shell.saying import said_of
from tuisim.tui.state.bench.opened import FileNet, Stamp, stamp_of

#: How the names of files end that a folder is searched for.
ENDINGS = (
    *(".pt", ".pth", ".bin", ".ckpt", ".safetensors"),
    *(".npz", ".onnx", ".keras", ".h5", ".hdf5"),
)


class CheckpointRead(Message):
    """A checkpoint of a history was read; `skipped` says of others on the way why they were not.

    Attributes:
        name: the layer that was asked for, which it has. stamp: as the file was when it was read.
    """

    def __init__(
        self,
        path: str,
        nets: Sequence[FileNet],
        name: str,
        stamp: Stamp,
        skipped: Sequence[str],
    ) -> None:
        super().__init__()
        self.path, self.nets, self.name = path, nets, name
        self.stamp, self.skipped = stamp, skipped


class NoCheckpoint(Message):
    """There is none on that way, for the reasons given."""

    def __init__(self, skipped: Sequence[str]) -> None:
        super().__init__()
        self.skipped = skipped


class CheckpointsJoined(Message):
    """New files are in the folders of a history."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__()
        self.paths = paths


def checkpoints(paths: Iterable[Path]) -> tuple[str, ...]:
    """The files of a history: a folder stands for those in it; step_9 comes before step_10.

    Raises:
        ValueError: there is none in a folder.
        OSError: a folder cannot be read.
    """
    found: list[str] = []
    for path in paths:
        inside = files_in(path) if path.is_dir() else [str(path)]
        if not inside:
            raise ValueError(f"{path}: no checkpoint in it, allowed: {', '.join(ENDINGS)}")
        found += inside
    return tuple(sorted(dict.fromkeys(found), key=_counted))


def files_in(folder: Path) -> list[str]:
    """Files whose names end as a trained net's does; those of a program's own begin with a dot."""
    with os.scandir(folder) as entries:
        # On a link that leads in a circle an entry's own is_dir would fail.
        names = [one.name for one in entries if one.name[0] != "." and not os.path.isdir(one)]
    return [str(folder / name) for name in names if PurePath(name).suffix.lower() in ENDINGS]


def short_name(path: str, paths: Sequence[str]) -> str:
    """The end of a path that tells it from the others."""
    parts = PurePath(path).parts
    for count in range(1, len(parts)):
        ends = [PurePath(one).parts[-count:] for one in paths]
        if ends.count(parts[-count:]) == 1:
            return str(PurePath(*parts[-count:]))
    return path


def _counted(path: str) -> list[str | int]:
    """Numbers in a name count as such."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", path)]


class Walking:
    """Reads checkpoints in a thread, and looks into folders for new ones."""

    def __init__(
        self,
        read: Callable[[str], Sequence[FileNet]],
        folders: Sequence[Path],
        known: Iterable[str],
        post: Callable[[Message], object],
    ) -> None:
        """Nothing is read before `start`.

        Args:
            read: gives the nets of a file; raises ValueError or OSError where it cannot.
            folders: those that are looked into. known: the files that were found in them.
        """
        self._read, self._folders, self._post = read, folders, post
        self._known = {*known}
        self._seen: dict[str, Stamp] = {}
        self._background = Background(self._failed)

    @property
    def idle(self) -> bool:
        """Whether nothing is being read."""
        return self._background.idle

    def start(self) -> None:
        """Begin to work."""
        self._background.start()

    def close(self) -> None:
        """Stop working."""
        self._background.close()

    def walk(self, paths: Sequence[str], name: str) -> None:
        """Read the first of these that has a layer of this name, in place of what waits."""
        self._background.ask("walk", lambda: self._walk(paths, name))

    def poll(self) -> None:
        """Look into the folders, soon."""
        self._background.ask("poll", self._poll)

    # What follows runs in the background thread.

    def _walk(self, paths: Sequence[str], name: str) -> None:
        skipped: list[str] = []
        for path in paths:
            called = PurePath(path).name
            try:
                stamp = stamp_of(path)
                nets = self._read(path)
            except (ValueError, OSError, ImportError, MemoryError) as error:
                skipped.append(f"{called} skipped: {said_of(error).removeprefix(f'{path}: ')}")
                continue
            found = next((one for one in nets if one.name == name), None)
            if stamp is not None and found is not None and found.experiment is not None:
                self._post(CheckpointRead(path, nets, name, stamp, skipped))
                return
            why = f"{name} is not in it" if found is None else found.refused
            skipped.append(f"{called} skipped: {why}")
        self._post(NoCheckpoint(skipped))

    def _poll(self) -> None:
        now = {
            path: stamp
            for folder in self._folders
            for path in files_in(folder)
            if path not in self._known and (stamp := stamp_of(path)) is not None
        }
        # Somebody may be writing into it: not before it was the same twice.
        ready = [path for path, stamp in now.items() if self._seen.get(path) == stamp]
        self._seen = now
        if ready:
            self._known |= {*ready}
            self._post(CheckpointsJoined(sorted(ready, key=_counted)))

    def _failed(self, error: BaseException) -> None:
        self._post(NoCheckpoint([said_of(error)]))
