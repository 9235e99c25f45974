"""The command line: opens the app, and holds the subcommands. Imports click, never numpy."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import click

from tuisim.commands.machine.completion import completion
from tuisim.commands.machine.doctor import doctor
from tuisim.commands.machine.kernels import compiling_said
from tuisim.commands.machine.presets import presets
from tuisim.commands.machine.warmup import warmup
from tuisim.commands.run.cliff import cliff
from tuisim.commands.run.compare import compare
from tuisim.commands.run.numbers import run
from tuisim.commands.run.options import Grouped, asked_for, experiment_options, refusals, remember
from tuisim.commands.run.plot import plot
from tuisim.commands.run.reservoir import reservoir
from tuisim.commands.run.sweep import sweep
from tuisim.commands.run.train import train
from tuisim.commands.run.views import OpeningType
from tuisim.system.version import __version__
from tuisim.terminal.ending import run_program
from tuisim.terminal.terminal import (
    CLOSED,
    abandon_stdout,
    end_for_certain,
    is_dumb,
    is_unicode,
    leave_on_signals,
    missing_terminals,
    prepare_environment,
    stand_ins_on,
    warn,
)

FAILED = 1
INTERRUPTED = 130
CUT_OFF = 141


@contextlib.contextmanager
def _cut_off() -> Iterator[None]:
    # What click itself hears of a broken pipe it calls a failure.
    try:
        yield
    except BrokenPipeError:
        raise click.exceptions.Exit(CUT_OFF) from None


class Tuisim(Grouped, click.Group):
    """The group of all commands, with its options in groups."""

    def make_context(self, *arguments: Any, **extra: Any) -> click.Context:
        with _cut_off():
            return super().make_context(*arguments, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _cut_off():
            return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        Grouped.format_options(self, ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            allowed = ", ".join(self.list_commands(ctx))
            raise click.UsageError(f"command: got {name!r}, allowed: {allowed}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=Tuisim,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="tuisim", message="%(prog)s %(version)s")
@click.option(
    "--view",
    type=OpeningType(),
    metavar="NAME",
    help="what to open on: norms, spectrum, activation, shrink, modes, jacobian, map, training or "
    "cliff, or its number; default norms",
)
@click.option("--linear", is_flag=True, help="a linear axis, not a log10 one")
@experiment_options
@click.pass_context
def cli(ctx: click.Context, /, view: str | None, linear: bool, **values: Any) -> int | None:
    """See why gradients vanish and explode: change a recurrent net with keys, watch its curves.

    Without a command the app opens. An option wins over --load, and --load over --preset.
    """
    if ctx.invoked_subcommand is not None:
        for name, given in (("view", view is not None), ("linear", linear)):
            if given:
                raise click.UsageError(
                    f"--{name}: got it before {ctx.invoked_subcommand}, allowed: for the app, or "
                    "behind a command that has it"
                )
        remember(ctx, values)
        ctx.with_resource(compiling_said())
        return None
    return open_app(ctx, values, view, linear)


for command in (
    plot,
    run,
    compare,
    reservoir,
    cliff,
    sweep,
    train,
    presets,
    doctor,
    warmup,
    completion,
):
    cli.add_command(command)


def open_app(
    ctx: click.Context, values: dict[str, Any], view: str | None = None, linear: bool = False
) -> int:
    """Run the app in this terminal, and return its exit code."""
    asked = asked_for(ctx, values)
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
        settings = config.load()
    check_compiler()

    from tuisim.tui.app import SimulatorApp
    from tuisim.tui.shell.pace import share_interpreter

    share_interpreter()
    # Textual draws on stderr.
    ascii = not is_unicode(sys.__stderr__)
    if ascii:
        stand_ins_on(sys.__stderr__)
    with refusals(f"{config.path()}: "):
        app = SimulatorApp(
            asked.experiment,
            ascii=ascii,
            config=settings,
            notes=asked.notes,
            view=view or "1",
            log_axis=not linear,
            leaving=end_for_certain,
            # Modules stay for good, and to look through them for garbage takes 100 ms.
            prepared=gc.freeze,
        )
    asked.say_notes()
    # A line over the screen helps nobody; what matters of them the app says itself.
    warnings.showwarning = lambda *_: None
    app.run()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


def console() -> NoReturn:
    """The program as a process of its own: run the command line, and end with its exit code."""
    run_program(main)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; every failure is one line on stderr.

    Returns:
        the exit code: 0, 1 (failed), 2 (bad usage), 130 (interrupted), 141 (nobody reads what is
        written), 128 + a signal.
    """
    leave_on_signals()
    # A warning's file and line mean nothing to whoever runs the program.
    warnings.showwarning = lambda message, *_: warn(f"warning: {message}")
    try:
        code = cli.main(
            None if arguments is None else list(arguments),
            prog_name="tuisim",
            standalone_mode=False,
        )
        if sys.stdout is not None:
            sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except (click.exceptions.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.ClickException as error:
        warn(error.format_message())
        return error.exit_code
    except BrokenPipeError:
        # As others end of it, and as silently.
        abandon_stdout()
        return CUT_OFF
    except ImportError as error:
        warn(str(error))
        return FAILED
    except MemoryError:
        warn("not enough memory; lower width, depth, batch or members")
        return FAILED
    except OSError as error:
        abandon_stdout()
        name = f"{error.filename}: " if error.filename else ""
        closed = error.errno == errno.EBADF
        warn(CLOSED if closed else f"{name}{error.strerror or error}")
        return FAILED
    except Exception as error:
        if os.environ.get("TUISIM_TRACEBACK"):
            raise
        warn(f"{type(error).__name__}: {error} (a fault of tuisim; TUISIM_TRACEBACK=1 shows where)")
        return FAILED
