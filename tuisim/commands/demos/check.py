"""tuisim check: whether tapes come out as they expect."""

from __future__ import annotations

import click

from tuisim.commands.demos.sources import (
    TapeType,
    bar_of,
    forget_environment,
    loaded,
    run_apart,
    size_option,
)
from tuisim.terminal.terminal import emit


@click.command()
@click.argument("names", metavar="NAME|FILE.tape...", nargs=-1, type=TapeType())
@size_option
@click.pass_context
def check(ctx: click.Context, /, names: tuple[str, ...], size: tuple[int, int] | None) -> int:
    """Play tapes without a terminal, and see whether all that they expect holds.

    A line for each expectation that does not, with its place, what was expected and what was got;
    exit code 1 where there is one.
    """
    if not names:
        raise click.UsageError("tape: got none, allowed: FILE.tape, or the name of one")
    forget_environment()
    found = [loaded(ctx, name) for name in names]

    from tuisim.demos.playing import USUAL_SIZE, checked
    from tuisim.demos.still import StillTapeApp
    from tuisim.testing import Clock

    differ = False
    for one in found:
        columns = size or one.tape.size or USUAL_SIZE
        app = StillTapeApp(clock=Clock(), size=columns, **one.opening.options())
        with bar_of(one.tape, f"playing {one.name}") as each:
            result = run_apart(checked(one.tape, app, each), one.name)
        differ = differ or bool(result.found)
        lines = [f"{one.name}:{line}: {words}" for line, words in result.found]
        emit("".join(f"{line}\n" for line in lines) or f"{one.name}: {_held(result.checked)}\n")
        one.say_notes()
    return int(differ)


def _held(count: int) -> str:
    if not count:
        return "plays, and expects nothing"
    return f"{count} expectation{'s hold' if count > 1 else ' holds'}"
