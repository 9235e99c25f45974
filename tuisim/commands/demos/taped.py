"""tuisim --record FILE.tape: a session in this terminal, whose keys become a tape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tuisim.commands.demos.sources import with_own_keys_off
from tuisim.commands.run.app import run_app
from tuisim.commands.run.options import Asked
from tuisim.system.files import check_place, holds_something, write_whole


def run_taped(asked: Asked, path: Path, **options: Any) -> int:
    """Run the app, and write its tape however it ends.

    Raises:
        click.UsageError: there is such a file already.
        OSError: it cannot be written.
    """
    if path.suffix.lower() != ".tape":
        raise click.UsageError(f"record: got {str(path)!r}, allowed: FILE.tape")
    check_place(path)
    if holds_something(path):
        raise click.UsageError(f"record: {path} is there already; give another name")
    apps: list[Any] = []

    def make(*args: Any, **options: Any) -> Any:
        options["config"] = with_own_keys_off(options["config"])
        from tuisim.demos.taping import TapedApp

        apps.append(TapedApp(*args, **options))
        return apps[0]

    try:
        return run_app(asked, make, **options)
    finally:
        if apps:
            from tuisim.demos.grammar.writer import written

            write_whole(path, written(apps[0].tape()))
