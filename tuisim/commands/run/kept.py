"""Options of what the app goes on with: a session that was kept, or one that was prepared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import click

from tuisim.commands.run.options import Asked, Command, PathName, named_file, refusals
from tuisim.terminal import session_files
from tuisim.terminal.sessions import Sessions, directory
from tuisim.values.session import Session


@attrs.frozen
class Going:
    """What was given on the command line of how the app goes on."""

    fresh: bool = False
    resume: bool = False
    file: Path | None = None

    @property
    def named(self) -> str:
        """The option that was given; empty without one."""
        given = {"--fresh": self.fresh, "--resume": self.resume, "--session": self.file is not None}
        return next((name for name, there in given.items() if there), "")


def going_options(command: Command) -> Command:
    """Add --session, --resume and --fresh."""
    for option in (
        click.option("--fresh", is_flag=True, help="offer no session that was kept"),
        click.option("--resume", is_flag=True, help="go on with the session that was kept last"),
        click.option(
            "--session",
            metavar="FILE",
            type=PathName(),
            help="open a session that was saved in the app, or prepared",
        ),
    ):
        command = option(command)
    return command


def going_of(fresh: bool, resume: bool, file: Path | None) -> Going:
    """What was asked for.

    Raises:
        click.UsageError: two of them were.
    """
    if fresh + resume + (file is not None) > 1:
        raise click.UsageError("--session, --resume, --fresh: got two, allowed: one of them")
    return Going(fresh, resume, file)


def gone_on_with(
    asked: Asked, going: Going, given: Mapping[str, bool]
) -> tuple[Asked, dict[str, Any]]:
    """What the app opens on, and what it keeps and offers, as arguments of SimulatorApp.

    Args:
        asked: the net that the other options ask for.
        given: options of what a session has itself, and whether they were given.

    Raises:
        click.UsageError: a session was asked for beside these, or it cannot be used.
    """
    other = next((name for name, there in given.items() if there), "")
    sessions = Sessions(directory())
    if not (going.resume or going.file):
        return asked, {"sessions": sessions, "offer": not (going.fresh or other)}
    if other:
        raise click.UsageError(
            f"{going.named}: got it with --{other}, allowed: without what a session has itself"
        )
    from tuisim.tui.state.saving import check_session

    notes: tuple[str, ...] = ()
    if going.file is not None:
        session, notes = _prepared(going.file, check_session)
    else:
        found, notes = sessions.newest(check_session)
        if found is None:
            return Asked(asked.experiment, (*notes, "no session was kept")), {"sessions": sessions}
        sessions.take(found)
        session = found.session
    return Asked(session.experiment, notes), {"sessions": sessions, "session": session}


def _prepared(path: Path, check: Callable[[Session], object]) -> tuple[Session, tuple[str, ...]]:
    with named_file(path):
        session, notes = session_files.read(path)
    with refusals(f"{path}: "):
        check(session)
    return session, notes
