"""--out and --force: a command's file, written whole, and never over another unasked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from tuisim.commands.run.options import Command, PathName
from tuisim.system.files import check_place, holds_something


def out_options(help: str, options: str = "--out") -> Callable[[Command], Command]:
    """Add --out and --force to a command.

    Args:
        help: what the file is.
        options: those that name a file which --force replaces.
    """
    out = click.option(
        "-o",
        "--out",
        type=PathName(),
        metavar="FILE",
        help=f"{help}; one that is there already stays, and nothing is done",
    )
    force = click.option(
        "--force", is_flag=True, help=f"replace the file of {options} that is there"
    )

    def added(command: Command) -> Command:
        return out(force(command))

    return added


#: What other files of ours end in, none of which a table of numbers is.
_NO_TABLES = (".npz", ".parquet", ".safetensors", ".svg", ".toml")


def asked_format(as_json: bool, as_csv: bool, out: Path | None, usual: str) -> str:
    """ "json", "csv" or what is usual: by the flag, else by how the file's name ends.

    Raises:
        click.UsageError: both flags, or a name that promises something else.
    """
    if as_json and as_csv:
        raise click.UsageError("format: got --json and --csv, allowed: one of them")
    if as_json or as_csv:
        return "csv" if as_csv else "json"
    ending = out.suffix.lower() if out is not None else ""
    if ending in _NO_TABLES:
        raise click.UsageError(f"out: got a name in {ending}, allowed: .json or .csv")
    return ending[1:] if ending in (".json", ".csv") else usual


def check_out(out: Path | None, force: bool, option: str = "out") -> None:
    """Find out before long work whether the file can be written, and may be.

    Raises:
        click.UsageError: there is one with content already, and no --force.
        OSError: it cannot be written.
    """
    if out is None:
        return
    check_place(out)
    if not force and holds_something(out):
        raise click.UsageError(f"{option}: {out} is there already; --force replaces it")
