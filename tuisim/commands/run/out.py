"""--out and --force: a command's file, written whole, and never over another unasked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from tuisim.commands.run.options import Command
from tuisim.system.files import check_place, holds_something


def out_options(help: str) -> Callable[[Command], Command]:
    """Add --out and --force to a command.

    Args:
        help: what the file is.
    """
    out = click.option(
        "--out",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"{help}; one that is there already stays, and nothing is done",
    )
    force = click.option("--force", is_flag=True, help="replace the file of --out that is there")

    def added(command: Command) -> Command:
        return out(force(command))

    return added


def check_out(out: Path | None, force: bool) -> None:
    """Find out before long work whether the file can be written, and may be.

    Raises:
        click.UsageError: there is one with content already, and no --force.
        OSError: it cannot be written.
    """
    if out is None:
        return
    check_place(out)
    if not force and holds_something(out):
        raise click.UsageError(f"out: {out} is there already; --force replaces it")
