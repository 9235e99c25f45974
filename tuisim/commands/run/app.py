"""Opening an app in this terminal, of whatever sort it is, and its exit code."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from tuisim.commands.run.look import Look
from tuisim.commands.run.options import Asked, refusals
from tuisim.system.pages import let_go_of_code, share_one_arena
from tuisim.terminal import faults
from tuisim.terminal.terminal import (
    end_for_certain,
    is_dumb,
    is_unicode,
    missing_terminals,
    prepare_environment,
    stand_ins_on,
    warn,
)

if TYPE_CHECKING:
    from tuisim.terminal.config import Config
    from tuisim.tui.widgets.dressed import DressedApp


def _settle() -> None:
    """Let go of what only a start needs, once all kernels are there; perhaps more than once."""
    # Modules stay for good, and to look through them for garbage takes 100 ms.
    gc.freeze()
    # A quarter of all that is resident, for a compiler that has nothing more to do.
    let_go_of_code("libllvmlite")


def run_app(
    asked: Asked,
    make: Callable[..., DressedApp],
    look: Look | None = None,
    settings: Config | None = None,
    **options: Any,
) -> int:
    """Run an app in this terminal, and return its exit code.

    Args:
        asked: the net that it opens on.
        make: gives the app of these options and others that the terminal and the settings decide;
            it is called once Textual may be imported.
        look: what goes over the settings.
        settings: the user's own, of their file, where not given.

    Raises:
        click.UsageError: the net is too large, this is no terminal, or the settings are wrong.
    """
    from tuisim.engine.base.budget import check_budget
    from tuisim.engine.base.compiling import check_compiler
    from tuisim.terminal import config

    with refusals():
        check_budget(asked.experiment)
    missing = missing_terminals()
    if missing:
        raise click.UsageError(
            f"{missing[0]} is not a terminal, which the app needs; "
            "`tuisim plot` draws to a pipe or a file"
        )
    if is_dumb(os.environ):
        raise click.UsageError(
            f"TERM is {os.environ['TERM']}: such a terminal cannot move the cursor, which the app "
            "needs; `tuisim plot` draws without that"
        )
    with refusals():
        prepare_environment()
        settings = (look or Look()).over(settings or config.load())
    check_compiler()

    from tuisim.tui.shell.pace import share_interpreter

    share_interpreter()
    share_one_arena()
    # Textual draws on stderr.
    ascii = settings.marker == "ascii" or not is_unicode(sys.__stderr__)
    if ascii:
        stand_ins_on(sys.__stderr__)
    # A theme that was given is not the settings' fault.
    with refusals("" if look and look.theme else f"{config.path()}: "):
        app = make(
            asked.experiment,
            ascii=ascii,
            config=settings,
            notes=asked.notes,
            leaving=end_for_certain,
            prepared=_settle,
            **options,
        )
    faults.report_to(faults.directory(), lambda: app.reproduced_by)
    asked.say_notes()
    # A line over the screen helps nobody; what matters of them the app says itself.
    warnings.showwarning = lambda *_: None
    app.run(mouse=settings.mouse)
    if app.keeping is not None and (trouble := app.keeping.finish()):
        warn(trouble)
    if app.ended:
        warn(f"ended: {app.ended}")
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0
