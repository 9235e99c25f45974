"""Options made from the fields of Experiment, and how they become one."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import attrs
import click
from click.shell_completion import CompletionItem

from tuisim.commands.run.layered import file_notes, with_files
from tuisim.terminal.terminal import warn, writable
from tuisim.values import presets, toml
from tuisim.values.command_line import off_name, option_name
from tuisim.values.experiment import FIELDS, Experiment

#: How --help groups the fields; one that is in no group is shown under "More".
GROUPS: Mapping[str, Sequence[str]] = {
    "Network": ("cell", "width", "depth", "tied", "activation", "bias"),
    "Recurrent matrix": ("spectrum", "radius", "eigenvalues", "departure"),
    "Remedies": (
        "leak",
        "residual",
        "skip",
        "skip_share",
        "norm",
        "batch",
        "forget_bias",
        "update_bias",
    ),
    "Trained layer": ("layer", "input", "input_at", "layer_digest", "input_digest"),
    "Clipping": ("clip", "clip_threshold"),
    "Start and input": ("start_eigenvector", "start_rms", "drive", "drive_gain"),
    "Sampling": ("members", "seed"),
}

_METAVARS = {"whole": "N", "real": "X", "eigenvalues": "LIST", "text": "TEXT"}
_OWN_METAVARS = {"layer": "FILE#NAME", "input": "none|noise|FILE.npy"}
_GIVEN = "tuisim.given"

Command = TypeVar("Command", bound=Callable[..., Any])


class FieldType(click.ParamType):  # type: ignore[type-arg]
    """What an option of a field accepts: whatever the field accepts."""

    def __init__(self, field: str) -> None:
        self.name = self.field = field

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        with refusals():
            return Given(toml.read(self.field, value))

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        choices = FIELDS[self.field].metadata.get("choices", ())
        return [CompletionItem(one) for one in choices if one.startswith(incomplete)]


class Within(click.ParamType):  # type: ignore[type-arg]
    """What an option that is a whole number between two others accepts."""

    name = "whole"

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            found = int(value)
        except ValueError:
            found = self.low - 1
        if not self.low <= found <= self.high:
            name = param.name if param is not None else self.name
            raise click.UsageError(f"{name}: got {value!r}, allowed: {self.low}…{self.high}")
        return found


class Real(click.ParamType):  # type: ignore[type-arg]
    """What an option that is a number accepts; it is refused by the option's name."""

    name = "real"

    def __init__(self, allowed: str, accepts: Callable[[float], bool]) -> None:
        self.allowed, self.accepts = allowed, accepts

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            found = float(value)
        except ValueError:
            found = math.nan
        if not self.accepts(found):
            name = param.name if param is not None else self.name
            raise click.UsageError(f"{name}: got {value!r}, allowed: {self.allowed}")
        return found


@attrs.frozen
class Given:
    """A value that was typed, so that none differs from not given."""

    value: Any


class PathName(click.Path):
    """The name of a file or folder."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(path_type=Path, **kwargs)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The path; an empty name, as of a variable that is not set, would be this folder's."""
        if value == "":
            self.fail("got '', allowed: a name", param, ctx)
        return super().convert(value, param, ctx)


class ExperimentOption(click.Option):
    """An option that stands for one field."""

    def __init__(self, field: str) -> None:
        self.field = field
        metadata = FIELDS[field].metadata
        if metadata.get("kind") == "flag":
            # The second name is the one that other programs have accustomed people to.
            names = [f"{option_name(field)}/{off_name(field)}", f" /--no-{field}"]
            super().__init__([*names, field], default=None, help=self._help())
            return
        metavar = _OWN_METAVARS.get(field) or (
            "NAME" if "choices" in metadata else _METAVARS[metadata["kind"]]
        )
        super().__init__(
            [option_name(field), field], type=FieldType(field), metavar=metavar, help=self._help()
        )

    def _help(self) -> str:
        metadata = FIELDS[self.field].metadata
        default = FIELDS[self.field].default
        if metadata.get("kind") == "flag":
            return f"{metadata['help']}; default {option_name(self.field)}"
        if metadata.get("kind") == "eigenvalues":
            return f'{metadata["help"]}, as in "0.5,0.9+0.3j,0.9-0.3j"; sets spectrum and width'
        spoken = f"{default:g}" if isinstance(default, float) else default
        if spoken in (None, ""):
            spoken = "none"
        return f"{metadata['help']}: {metadata['allowed']}; default {spoken}"


def complete_preset(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The presets that begin so."""
    return [CompletionItem(one) for one in presets.names() if one.startswith(incomplete)]


def experiment_options(command: Command) -> Command:
    """Add --preset, --load and one option for each field of Experiment to a command."""
    added: list[click.Parameter] = [
        click.Option(
            ["--preset"],
            metavar="NAME",
            shell_complete=complete_preset,
            help="start from a preset (`tuisim presets` lists them)",
        ),
        click.Option(
            ["--load"],
            metavar="FILE",
            type=PathName(),
            help="start from a TOML file that the app saved",
        ),
        *(ExperimentOption(name) for name in FIELDS),
    ]
    # click's own decorators keep parameters here, last one first.
    existing = getattr(command, "__click_params__", [])
    command.__click_params__ = [*existing, *reversed(added)]  # type: ignore[attr-defined]
    return command


def watch_option(command: Command) -> Command:
    """Add --watch."""
    help = "read the net's file again whenever it was rewritten"
    return click.option("--watch", is_flag=True, help=help)(command)


class Grouped(click.Command):
    """A command whose --help shows the experiment's options in their groups."""

    def get_help(self, ctx: click.Context) -> str:
        return writable(super().get_help(ctx), sys.stdout)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own: list[tuple[str, str]] = []
        grouped: dict[str, list[tuple[str, str]]] = {title: [] for title in (*GROUPS, "More")}
        titles = {name: title for title, names in GROUPS.items() for name in names}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            if isinstance(parameter, ExperimentOption):
                grouped[titles.get(parameter.field, "More")].append(record)
            else:
                own.append(record)
        for title, records in [("Options", own), *grouped.items()]:
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


def remember(ctx: click.Context, values: Mapping[str, Any]) -> None:
    """Keep what was given before a subcommand's name: `tuisim --radius 2 plot`."""
    ctx.meta[_GIVEN] = only_given(values)


@contextmanager
def refusals(place: str = "") -> Iterator[None]:
    """What the engine or a field refuses with a ValueError is bad usage; faults stay faults."""
    try:
        yield
    except ValueError as error:
        raise click.UsageError(f"{place}{error}") from None


@contextmanager
def named_file(path: str | Path) -> Iterator[None]:
    """A file of the command line that cannot be read, or is not what it should be, is bad usage."""
    with refusals():
        try:
            yield
        except OSError as error:
            name = error.filename or path
            raise click.UsageError(f"{name}: {error.strerror or error}") from None


@attrs.frozen
class Asked:
    """The experiment that was asked for, and what had to be reset for it."""

    experiment: Experiment
    notes: tuple[str, ...]

    def say_notes(self) -> None:
        """Say on stderr what was reset; left until the work is done, so that errors stand alone."""
        for note in self.notes:
            warn(note)


def asked_for(ctx: click.Context, values: Mapping[str, Any]) -> Asked:
    """What the command line asks for: a preset, a file over it, options over both.

    Raises:
        click.UsageError: a value that is not allowed, values that contradict each other, or a
            file that cannot be read.
    """
    given = {**remembered(ctx), **only_given(values)}
    preset, path, options = given.get("preset"), given.get("load"), asked_changes(ctx, values)
    with refusals():
        asked = Asked(presets.preset(preset) if preset is not None else Experiment(), ())
        if path is not None:
            asked = overlaid(asked, _loaded(path))
        asked = overlaid(asked, with_files(options))
        return Asked(asked.experiment, (*asked.notes, *file_notes(asked.experiment)))


def remembered(ctx: click.Context) -> Mapping[str, Any]:
    """What of a net was given before the command."""
    given: Mapping[str, Any] = ctx.meta.get(_GIVEN, {})
    return given


def asked_changes(ctx: click.Context, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that options give, by themselves."""
    given = {**remembered(ctx), **only_given(values)}
    return {
        name: value.value if isinstance(value, Given) else value
        for name, value in given.items()
        if name in FIELDS
    }


def overlaid(ground: Asked, changes: Mapping[str, Any]) -> Asked:
    """The ground with the changes over it; what they conflict with is reset, with a note.

    Raises:
        ValueError: the changes contradict each other.
    """
    result, notes = toml.laid_over(ground.experiment, changes)
    return Asked(result, (*ground.notes, *notes))


def _loaded(path: Path) -> Mapping[str, Any]:
    with named_file(path):
        return toml.load(path).changes


def only_given(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was given of a net: its fields, a preset, a file."""
    wanted = {"preset", "load", *FIELDS}
    return {name: value for name, value in values.items() if name in wanted and value is not None}
