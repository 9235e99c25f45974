"""--out and --force: a command's file, written whole, and never over another unasked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from tuisim.commands.run.options import Command, PathName
from tuisim.system.files import check_place, holds_something


def force_option(files: str) -> Callable[[Command], Command]:
    """Add --force to a command, which it lets replace these files."""
    return click.option("--force", is_flag=True, help=f"replace {files}")


def out_options(help: str, draws: bool = False) -> Callable[[Command], Command]:
    """Add --out and --force to a command.

    Args:
        help: what the file is.
        draws: whether the command has --svg too.
    """
    out = click.option(
        "-o",
        "--out",
        type=PathName(),
        metavar="FILE",
        help=f"{help}; one that is there already stays, and nothing is done",
    )
    force = force_option(f"the file of --out that is there{', or of --svg' if draws else ''}")

    def added(command: Command) -> Command:
        return out(force(command))

    return added


#: What files of ours end in that not every command writes.
_OTHERS = (".npz", ".parquet", ".svg", ".toml")


def asked_format(
    as_json: bool, as_csv: bool, out: Path | None, usual: str, more: Sequence[str] = ()
) -> str:
    """ "json", "csv" or what is usual: by the flag, else by how the file's name ends.

    Args:
        more: ends of names, and formats, that this command has beside these two.

    Raises:
        click.UsageError: both flags, or a name that promises something else.
    """
    if as_json and as_csv:
        raise click.UsageError("format: got --json and --csv, allowed: one of them")
    if as_json or as_csv:
        return "csv" if as_csv else "json"
    ending = out.suffix.lower() if out is not None else ""
    endings = [f".{one}" for one in ("json", "csv", *more)]
    if ending in endings:
        return ending[1:]
    if ending in _OTHERS:
        allowed = f"{', '.join(endings[:-1])} or {endings[-1]}"
        raise click.UsageError(f"out: got a name in {ending}, allowed: {allowed}")
    return usual


def check_out(out: Path | None, force: bool, name: str = "out") -> None:
    """Find out before long work whether the file can be written, and may be.

    Raises:
        click.UsageError: there is one with content already, and no --force.
        OSError: it cannot be written.
    """
    if out is None:
        return
    check_place(out)
    if not force and holds_something(out):
        raise click.UsageError(f"{name}: {out} is there already; --force replaces it")
