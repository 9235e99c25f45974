"""Saving from the app: TOML, CSV and SVG, whole or not at all. Imports textual when called."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tuisim import toml
from tuisim.files import write_whole
from tuisim.tui.picture import picture

if TYPE_CHECKING:
    from tuisim.tui.screens.main import MainScreen


def save(screen: MainScreen, kind: str, name: str = "") -> str:
    """Save what the screen shows into the working directory.

    Args:
        kind: "toml" (the experiment), "csv" (the run), "svg" (a picture).
        name: of the file; a free one is chosen where not given.

    Returns:
        what happened, for a notice.
    """
    path = Path(os.path.expanduser(name)) if name else _free(kind)
    if name and path.exists():
        return f"save: {path} is there already; type another name"
    computed = screen.laboratory.computed
    if kind == "toml":
        text = toml.dumps(screen.laboratory.experiment)
    elif kind == "svg":
        text = picture(screen.app)
    elif computed is None:
        return "save: there is no run yet"
    else:
        from tuisim.export import run_csv

        text = run_csv(computed.run)
    try:
        write_whole(path, text)
    except OSError as error:
        return f"save: {path}: {error.strerror or error}"
    return f"saved {path}"


def _free(kind: str) -> Path:
    for number in itertools.count(1):
        path = Path(f"tuisim-{number}.{kind}")
        if not path.exists():
            return path
    raise AssertionError("unreachable")
