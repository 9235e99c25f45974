"""The options of a kiosk, and running the app as one."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from tuisim.claims import NET
from tuisim.commands.run.app import run_app
from tuisim.commands.run.kept import Going, gone_on_with
from tuisim.commands.run.look import Look
from tuisim.commands.run.options import Command, PathName, Real, Within, asked_for
from tuisim.system import places
from tuisim.system.files import alterable
from tuisim.values.kiosk import Limits

if TYPE_CHECKING:
    from tuisim.tui.app import SimulatorApp
    from tuisim.values.experiment import Experiment

#: Seconds beyond those limits that the app itself keeps, after which the system ends it.
_GRACE = 30

_minutes = Real("a number > 0", lambda value: 0 < value < 1e6)


class _Size(click.ParamType):  # type: ignore[type-arg]
    """Columns and rows, as 200x60."""

    name = "size"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:
        columns, _, rows = str(value).partition("x")
        if not (columns.isdecimal() and rows.isdecimal()):
            raise click.UsageError(f"max_size: got {value!r}, allowed: COLUMNSxROWS, as 200x60")
        return int(columns), int(rows)


_OPTIONS: Mapping[str, tuple[str, Any, str, str]] = {
    "--max-width": ("width", Within(1, 2048), "N", "units of a net"),
    "--max-depth": ("depth", Within(1, 100_000), "N", "time steps of a net"),
    "--max-members": ("members", Within(1, 1024), "N", "members of a net"),
    "--max-seconds": (
        "seconds",
        Real("a number > 0", lambda value: 0 < value < 1e6),
        "X",
        "seconds of one core that one key may ask for",
    ),
    "--max-memory": ("megabytes", Within(1, 1 << 20), "N", "MiB of the arrays of a run"),
    "--max-cpu-minutes": ("cpu_minutes", _minutes, "X", "minutes of computing in all"),
    "--idle-minutes": ("idle_minutes", _minutes, "X", "minutes without a key"),
    "--max-minutes": ("minutes", _minutes, "X", "minutes in all"),
}
_SIZE = "--max-size"


@attrs.frozen
class Kiosk:
    """What was given of a kiosk."""

    limits: Limits
    kernels: Path | None = None


def kiosk_options(command: Command) -> Command:
    """Add --kiosk, its limits and --kernels, as `kiosk`."""

    def kept(ctx: click.Context, param: click.Parameter, value: Any) -> None:
        if value not in (None, False):
            ctx.meta.setdefault(__name__, {})[param.name] = value

    def option(name: str, **more: Any) -> None:
        nonlocal command
        # Not handed to the command one by one.
        command = click.option(name, callback=kept, expose_value=False, **more)(command)

    option(
        "--kernels",
        type=PathName(),
        metavar="DIR",
        help="where a kiosk reads compiled kernels, written by others alone",
    )
    size = f"{Limits().columns}x{Limits().rows}"
    help = f"columns and rows that a kiosk draws at most; default {size}"
    option(_SIZE, type=_Size(), metavar="CxR", help=help)
    for name, (field, type, metavar, help) in reversed([*_OPTIONS.items()]):
        help = f"most {help}, in a kiosk; default {getattr(Limits(), field):g}"
        option(name, type=type, metavar=metavar, help=help)
    help = "for guests: no file is written, nor read but those named here; no shell; all limited"
    option("--kiosk", is_flag=True, help=help)
    return command


def kiosk_of(ctx: click.Context, other: Mapping[str, bool]) -> Kiosk | None:
    """What was given of a kiosk, None where it was not asked for.

    Args:
        other: options that a kiosk has not, and whether they were given.

    Raises:
        click.UsageError: options of it were given without it, or others with it.
    """
    given = {**ctx.meta.get(__name__, {})}
    if not given.pop("kiosk", False):
        for name in given:
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"{option}: got it without --kiosk, allowed: with it")
        return None
    if ctx.invoked_subcommand is not None:
        raise click.UsageError(
            f"--kiosk: got it before {ctx.invoked_subcommand}, allowed: for the app"
        )
    for name, there in other.items():
        if there:
            raise click.UsageError(f"{name}: got it with --kiosk, allowed: without it")
    columns, rows = given.pop("max_size", (Limits().columns, Limits().rows))
    kernels = given.pop("kernels", None)
    fields = {name[2:].replace("-", "_"): one[0] for name, one in _OPTIONS.items()}
    chosen = {fields[name]: value for name, value in given.items()}
    return Kiosk(Limits(columns=columns, rows=rows, **chosen), kernels)


def run_kiosk(
    ctx: click.Context,
    kiosk: Kiosk,
    values: dict[str, Any],
    look: Look,
    going: Going,
    given: Mapping[str, bool],
    **options: Any,
) -> int:
    """Run the app as a kiosk in this terminal, and return its exit code.

    Raises:
        click.UsageError: what it is to open on is not allowed in it, or the folder of kernels is
            one that this account could write.
    """
    from tuisim.terminal.config import Config

    if kiosk.kernels is not None:
        os.environ["NUMBA_CACHE_DIR"] = str(_foreign(kiosk.kernels))
    asked, more = gone_on_with(asked_for(ctx, values), going, given)
    session = more.get("session")
    named = [asked.experiment]
    if session is not None:
        named += [*session.past, *session.future, *session.pinned]
    limits = kiosk.limits.naming(*named)
    limits = attrs.evolve(limits, shipped=frozenset([NET]))

    def make(*args: Any, **made: Any) -> SimulatorApp:
        from tuisim.tui.kiosk.app import KioskApp

        # What opens a terminal reads no file any more, and writes none.
        _limit(limits)
        return KioskApp(*args, limits=limits, **made)

    with shut(limits):
        return run_app(asked, make, look, Config(), session=session, **options)


@contextlib.contextmanager
def shut(limits: Limits) -> Iterator[None]:
    """This process as long as guests use it."""
    from tuisim.engine.base.budget import bounded, run_bytes
    from tuisim.engine.base.stopping import working_within

    def check(experiment: Experiment) -> None:
        limits.check(experiment)
        size = run_bytes(experiment) / 2**20
        if size > limits.megabytes:
            raise ValueError(
                f"budget: the run takes {size:.0f} MiB, allowed here: {limits.megabytes} MiB; "
                "lower members, batch, depth or width"
            )

    with places.without_any(), bounded(check), working_within(limits.seconds):
        yield


def _foreign(folder: Path) -> Path:
    """The folder of kernels; what numba reads from it becomes code of this process."""
    try:
        own = alterable(folder)
    except OSError as error:
        raise click.UsageError(f"--kernels: {folder}: {error.strerror or error}") from None
    if own is not None:
        raise click.UsageError(
            f"--kernels: got {folder}, of which this account could change {own}, "
            "allowed: what it cannot"
        )
    return folder


def _limit(limits: Limits) -> None:
    """Have the system hold this process to what the app does not exceed by itself."""
    import resource

    signal.alarm(int(60 * limits.minutes) + _GRACE)
    seconds = int(60 * limits.cpu_minutes) + _GRACE
    for name, most in (("FSIZE", 0), ("CORE", 0), ("CPU", seconds)):
        # Not every system knows all of them, or lets them be set: each has a chance of its own.
        with contextlib.suppress(ValueError, OSError, AttributeError):
            which = getattr(resource, f"RLIMIT_{name}")
            resource.setrlimit(which, (most, most))
