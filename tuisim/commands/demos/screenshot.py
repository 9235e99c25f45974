"""tuisim screenshot: a picture of the app, made without a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tuisim.commands.demos.sources import (
    Opening,
    TapeType,
    checked,
    forget_environment,
    loaded,
    run_apart,
    size_option,
)
from tuisim.commands.run.options import Grouped, asked_for, experiment_options, refusals
from tuisim.commands.run.out import check_out, out_options
from tuisim.commands.run.views import OpeningType
from tuisim.system.files import write_whole
from tuisim.terminal.terminal import emit


@click.command(cls=Grouped)
@click.option("--view", type=OpeningType(), metavar="NAME", help="what to open on; default norms")
@click.option("--linear", is_flag=True, help="a linear axis, not a log10 one")
@click.option("--press", "keys", metavar="KEYS", help='keys to press then, as in "right*5,a"')
@click.option(
    "--tape", "name", metavar="NAME|FILE.tape", type=TapeType(), help="play this tape before"
)
@click.option(
    "--at",
    metavar="STEP",
    help="put the cursor on this time step; of a tape, play as far as the step of this name",
)
@size_option
@click.option("--theme", metavar="NAME", help="default textual-dark; settings are not read")
@click.option("--ascii", "only_ascii", is_flag=True, help="no character outside ASCII")
@out_options("write to FILE.svg, .txt, .ans (a terminal's codes) or .html; else text to stdout")
@experiment_options
@click.pass_context
def screenshot(
    ctx: click.Context,
    /,
    view: str | None,
    linear: bool,
    keys: str | None,
    name: str | None,
    at: str | None,
    size: tuple[int, int] | None,
    theme: str | None,
    only_ascii: bool,
    out: Path | None,
    force: bool,
    **values: Any,
) -> None:
    """Take a picture of the app without a terminal; the same bytes in whatever environment.

    It fails where no binding takes a key, or the app does not come to rest.
    """
    forget_environment()
    from tuisim.demos.playing import USUAL_SIZE
    from tuisim.demos.shots import shot
    from tuisim.demos.still import StillTapeApp
    from tuisim.testing import Clock
    from tuisim.testing.pictures import KINDS

    ending = out.suffix.lower() if out is not None else ".txt"
    if ending not in KINDS:
        raise click.UsageError(f"out: got a name in {ending!r}, allowed: {', '.join(KINDS)}")
    asked = asked_for(ctx, values)
    if name is None:
        tape, start = None, checked(Opening(asked, view or "1", not linear))
    elif view or any(value is not None for value in values.values()):
        raise click.UsageError("tape: got one beside a net or a view, allowed: what it opens on")
    else:
        one = loaded(ctx, name)
        tape, start = one.tape, one.opening
    check_out(out, force)
    columns = size or (tape and tape.size) or USUAL_SIZE
    app = StillTapeApp(clock=Clock(), size=columns, ascii=only_ascii, **start.options())
    app.has_strip = tape is not None
    app.theme = _theme(theme, app)
    with refusals():
        picture = run_apart(shot(app, KINDS[ending], tape, keys, at), name)
    if out is None:
        emit(picture)
    else:
        write_whole(out, picture)
    asked.say_notes()


def _theme(name: str | None, app: Any) -> str:
    if name is not None and name not in app.available_themes:
        allowed = ", ".join(sorted(app.available_themes))
        raise click.UsageError(f"theme: got {name!r}, allowed: {allowed}")
    return name or str(app.theme)
