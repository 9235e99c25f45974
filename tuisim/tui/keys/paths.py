"""Completing the name of a file to load. Standard library only."""

from __future__ import annotations

import os
from pathlib import Path

#: More would be no choice but a list.
_MOST = 50


def matching(typed: str) -> tuple[str, ...]:
    """Names that begin as what was typed: folders, ending in a slash, and files of TOML.

    A file that is named in full may end in anything. Hidden ones need their dot typed; what
    cannot be looked into has nothing.
    """
    folder, part = os.path.split(typed)
    ahead = typed[: len(typed) - len(part)]
    found = []
    try:
        with os.scandir(Path(folder or ".").expanduser()) as entries:
            for entry in entries:
                name = entry.name
                if not name.startswith(part) or (name.startswith(".") and not part.startswith(".")):
                    continue
                if entry.is_dir():
                    found.append(f"{ahead}{name}/")
                elif name.lower().endswith(".toml") or name == part:
                    found.append(f"{ahead}{name}")
    except (OSError, ValueError, RuntimeError):
        return ()
    return tuple(sorted(found, key=lambda one: (one != typed, one))[:_MOST])
