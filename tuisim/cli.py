"""The command line: opens the app, and finds the subcommands. Imports click, never numpy."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import warnings
from collections.abc import Iterator, MutableMapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from tuisim.commands.machine.kernels import compiling_said
from tuisim.commands.machine.kiosk import kiosk_of, kiosk_options, run_kiosk
from tuisim.commands.run.app import run_app
from tuisim.commands.run.kept import Going, going_of, going_options, gone_on_with
from tuisim.commands.run.look import Look, look_of, look_options
from tuisim.commands.run.options import (
    Grouped,
    PathName,
    asked_for,
    experiment_options,
    only_given,
    remember,
    watch_option,
)
from tuisim.commands.run.views import OpeningType
from tuisim.system.threads import one_thread_each
from tuisim.system.version import __version__
from tuisim.terminal import faults
from tuisim.terminal.ending import run_program
from tuisim.terminal.terminal import CLOSED, abandon_stdout, leave_on_signals, warn
from tuisim.values.command_line import option_name

if TYPE_CHECKING:
    from tuisim.tui.app import SimulatorApp

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


#: The subcommands in the order of the help, by the modules they are in.
_MODULES = {
    "plot": "run.plot",
    "run": "run.numbers",
    "compare": "run.compare",
    "reservoir": "run.reservoir",
    "cliff": "run.cliff",
    "sweep": "run.sweep",
    "train": "run.train",
    "layers": "nets.layers",
    "diagnose": "nets.diagnose",
    "open": "nets.open",
    "watch": "nets.watch",
    "claims": "demos.claims",
    "demo": "demos.demo",
    "notes": "demos.notes",
    "record": "demos.record",
    "check": "demos.check",
    "screenshot": "demos.screenshot",
    "presets": "machine.presets",
    "doctor": "machine.doctor",
    "warmup": "machine.warmup",
    "completion": "machine.completion",
    "man": "machine.man",
}


class Commands(MutableMapping[str, click.Command]):
    """The subcommands by their names, each imported when it is asked for."""

    def __init__(self) -> None:
        self._there: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._there and name in _MODULES:
            module = import_module(f"tuisim.commands.{_MODULES[name]}")
            self._there[name] = getattr(module, name)
        return self._there[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._there[name] = command

    def __delitem__(self, name: str) -> None:
        del self._there[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**_MODULES, **self._there})

    def __len__(self) -> int:
        return len({**_MODULES, **self._there})


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
    commands=Commands(),
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
@click.option(
    "--record",
    "taped",
    type=PathName(),
    metavar="FILE.tape",
    help="write the keys of this session to a tape, when it ends",
)
@watch_option
@going_options
@kiosk_options
@look_options
@experiment_options
@click.pass_context
def cli(
    ctx: click.Context,
    /,
    view: str | None,
    linear: bool,
    taped: Path | None,
    watch: bool,
    session: Path | None,
    resume: bool,
    fresh: bool,
    theme: str | None,
    marker: str | None,
    only_ascii: bool,
    no_mouse: bool,
    fps: int | None,
    **values: Any,
) -> int | None:
    """See why gradients vanish and explode: change a recurrent net with keys, watch its curves.

    Without a command the app opens. An option wins over --load, and --load over --preset.
    """
    other = {"--record": taped is not None, "--watch": watch, "--resume": resume}
    kiosk = kiosk_of(ctx, other)
    if ctx.invoked_subcommand is not None:
        given = {"view": view is not None, "linear": linear, "record": taped is not None}
        given |= {"theme": theme is not None, "marker": marker is not None}
        given |= {"ascii": only_ascii, "no-mouse": no_mouse, "fps": fps is not None}
        given |= {"watch": watch, "session": session is not None, "resume": resume, "fresh": fresh}
        for name in given:
            if given[name]:
                raise click.UsageError(
                    f"--{name}: got it before {ctx.invoked_subcommand}, allowed: for the app, or "
                    "behind a command that has it"
                )
        remember(ctx, values)
        ctx.with_resource(compiling_said())
        return None
    look = look_of(theme, marker, only_ascii, no_mouse, fps)
    going = going_of(fresh, resume, session)
    if kiosk is not None:
        shown = {"view": view or "1", "log_axis": not linear}
        given = given_of_session(values, view, linear)
        return run_kiosk(ctx, kiosk, values, look, going, given, **shown)
    return open_app(ctx, values, view, linear, taped, look, going, watch)


def open_app(
    ctx: click.Context,
    values: dict[str, Any],
    view: str | None,
    linear: bool,
    record: Path | None,
    look: Look,
    going: Going,
    watch: bool = False,
) -> int:
    """Run the app in this terminal, and return its exit code."""
    asked = asked_for(ctx, values)
    options: dict[str, Any] = {"view": view or "1", "log_axis": not linear}
    if record is not None:
        from tuisim.commands.demos.taped import run_taped

        if going.resume or going.file:
            raise click.UsageError(f"{going.named}: got it with --record, allowed: one of them")
        if watch:
            raise click.UsageError("--watch: got it with --record, allowed: one of them")
        return run_taped(asked, record, look=look, **options)
    if watch:
        from tuisim.commands.nets.open import watched_layer

        options["opened"] = watched_layer(ctx, values, asked.experiment)
    asked, more = gone_on_with(asked, going, given_of_session(values, view, linear))
    options |= more

    def make(*args: Any, **options: Any) -> SimulatorApp:
        from tuisim.tui.app import SimulatorApp

        return SimulatorApp(*args, **options)

    return run_app(asked, make, look, **options)


def given_of_session(values: dict[str, Any], view: str | None, linear: bool) -> dict[str, bool]:
    """The options of what a session has itself, and whether they were given."""
    given = {"view": view is not None, "linear": linear}
    return given | {option_name(name)[2:]: True for name in only_given(values)}


def console() -> NoReturn:
    """The program as a process of its own: run the command line, and end with its exit code."""
    one_thread_each()
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
        where = faults.note(error)
        told = f"{where} is a report to send" if where else "TUISIM_TRACEBACK=1 shows where"
        warn(f"{type(error).__name__}: {error} (a fault of tuisim; {told})")
        return FAILED
