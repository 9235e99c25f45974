"""tuisim demo: a tape, played in this terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tuisim.commands.demos.sources import TapeType, loaded, with_own_keys_off
from tuisim.commands.run.app import run_app
from tuisim.commands.run.options import refusals
from tuisim.terminal.terminal import emit

if TYPE_CHECKING:
    from tuisim.tui.app import SimulatorApp


@click.command()
@click.argument("name", metavar="NAME|FILE.tape", required=False, type=TapeType())
@click.option("--at", metavar="STEP", help="begin at a step, by its name or number")
@click.option("--step", "by_key", is_flag=True, help="each key pressed does the tape's next one")
@click.option("--loop", is_flag=True, help="begin anew at the end")
@click.option("--no-notes", is_flag=True, help="keep no notes for `tuisim notes` to show")
@click.pass_context
def demo(
    ctx: click.Context,
    /,
    name: str | None,
    at: str | None,
    by_key: bool,
    loop: bool,
    no_notes: bool,
) -> int | None:
    """Play a tape in this terminal; without a name, list those there are.

    f9 waits and plays on; f5 and f6 go back and on by a step, f7 and f8 slower and faster. Any
    other key takes over: the app is yours until f9 goes back to where the tape was. `tuisim notes`
    in another terminal shows the presenter's notes.
    """
    from tuisim.demos import shipped

    if name is None:
        emit("".join(f"{one}\n" for one in shipped.names()))
        return None
    one = loaded(ctx, name)
    with refusals():
        step = None if at is None else one.tape.step_named(at)
    options = one.opening.options()

    def make(*args: Any, **options: Any) -> SimulatorApp:
        options["config"] = with_own_keys_off(options["config"])
        from tuisim.demos.live import LiveTapeApp

        how: dict[str, Any] = {"at": step, "loop": loop, "by_key": by_key, "noted": not no_notes}
        return LiveTapeApp(*args, tape=one.tape, **{**options, **how})

    one.say_notes()
    return run_app(one.opening.asked, make, view=options["view"], log_axis=options["log_axis"])
