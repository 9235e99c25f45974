"""tuisim open: the layers of a trained net's file in the app, worst first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from tuisim.commands.run.app import run_app
from tuisim.commands.run.layered import with_files
from tuisim.commands.run.look import look_of, look_options
from tuisim.commands.run.options import (
    Asked,
    ExperimentOption,
    Given,
    Grouped,
    PathName,
    asked_changes,
    asked_for,
    named_file,
    refusals,
    watch_option,
)
from tuisim.terminal.sessions import Sessions, directory
from tuisim.values.experiment import Experiment
from tuisim.values.layered import split

if TYPE_CHECKING:
    from tuisim.tui.app import SimulatorApp
    from tuisim.tui.state.bench.opened import FileNet, Opened

#: What the layers hear, and for how long; all else is the file's, and the app's to change.
_FIELDS = ("input", "input_at", "depth", "batch", "drive_gain", "members", "seed", "input_digest")


@click.command(cls=Grouped, params=[ExperimentOption(name) for name in _FIELDS])
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=PathName())
@watch_option
@look_options
@click.pass_context
def open(
    ctx: click.Context,
    /,
    files: tuple[Path, ...],
    watch: bool,
    theme: str | None,
    marker: str | None,
    only_ascii: bool,
    no_mouse: bool,
    fps: int | None,
    **values: Any,
) -> int:
    """Open every recurrent layer of a file: a list, the worst gradient first.

    enter opens a layer in every view, N and B go to the next and the one before, escape goes back
    to the list. Several files, or those of a folder, are checkpoints of one training: the last is
    opened, < and > walk through them.
    """
    look = look_of(theme, marker, only_ascii, no_mouse, fps)
    if len(files) > 1 or files[0].is_dir():
        asked, opened = history_of(ctx, files, values, watch)
    else:
        asked, opened = layers_of(ctx, str(files[0]), values)
        if watch:
            opened = watched(ctx, opened, values)

    def make(*args: Any, **options: Any) -> SimulatorApp:
        from tuisim.tui.app import SimulatorApp

        return SimulatorApp(*args, **options)

    return run_app(asked, make, look, opened=opened, sessions=Sessions(directory()))


def watched(ctx: click.Context, opened: Opened, values: dict[str, Any], shown: str = "") -> Opened:
    """The same file, to be read again whenever it was rewritten.

    Args:
        shown: the name of the layer to show in place of the list.
    """
    from tuisim.tui.state.bench.opened import Opened

    read = _reader(ctx, values)
    found = Opened(
        opened.path,
        opened.nets,
        again=lambda: read(found.path),
        listed=not shown,
        stamp=opened.stamp,
    )
    found.last = shown or found.last
    return found


def _reader(ctx: click.Context, values: dict[str, Any]) -> Callable[[str], Sequence[FileNet]]:
    """What reads the nets of a file; raises ValueError where it cannot."""

    def read(path: str) -> Sequence[FileNet]:
        try:
            return layers_of(ctx, path, values)[1].nets
        except click.ClickException as error:
            raise ValueError(error.format_message()) from None

    return read


def history_of(
    ctx: click.Context, files: Sequence[Path], values: dict[str, Any], watch: bool = False
) -> tuple[Asked, Opened]:
    """The last of several checkpoints that can be opened, and the history that it is of.

    Args:
        files: folders stand for what is in them.

    Raises:
        click.UsageError: there is none, a folder cannot be read, or the last one's reason why it
            cannot be opened.
    """
    from tuisim.tui.state.bench.checkpoints import checkpoints
    from tuisim.tui.state.bench.opened import History, Opened

    with named_file(files[0]):
        paths = checkpoints(files)
    skipped: list[str] = []
    path, asked, first = _newest(ctx, paths, values, skipped)
    read = _reader(ctx, values)
    folders = tuple(one for one in files if one.is_dir())
    history = History(paths, Path(path).stat().st_mtime, read, folders)
    found = Opened(path, first.nets, history=history, stamp=first.stamp)
    if watch:
        found.again = lambda: read(found.path)
    return attrs.evolve(asked, notes=(*asked.notes, *skipped)), found


def _newest(
    ctx: click.Context, paths: Sequence[str], values: dict[str, Any], skipped: list[str]
) -> tuple[str, Asked, Opened]:
    """The last of the files that can be opened; why others were not is added to `skipped`."""
    errors: list[Exception] = []
    for path in reversed(paths):
        try:
            return path, *layers_of(ctx, path, values)
        except (click.UsageError, ImportError) as error:
            errors.append(error)
            said = error.format_message() if isinstance(error, click.UsageError) else str(error)
            skipped.append(f"skipped: {said}")
    raise errors[0]


def watched_layer(ctx: click.Context, values: dict[str, Any], experiment: Experiment) -> Opened:
    """The file of the layer that an experiment names, with that layer to be shown.

    Raises:
        click.UsageError: it names none.
    """
    path, name = split(experiment.layer)
    if not path:
        raise click.UsageError("--watch: got it without a layer, allowed: with --layer FILE#NAME")
    return watched(ctx, layers_of(ctx, path, values)[1], values, name)


def layers_of(ctx: click.Context, file: str, values: dict[str, Any]) -> tuple[Asked, Opened]:
    """The net of the first layer that can be run, and what is known of all of them.

    Raises:
        click.UsageError: the file cannot be read, or none can be run, as the first one says why.
    """
    from tuisim.engine.base.budget import check_budget
    from tuisim.engine.trained.reading import read_layers
    from tuisim.tui.state.bench.opened import FileNet, Opened, stamp_of

    stamp = stamp_of(file)
    with named_file(file):
        layers = read_layers(file)
    # An input that cannot be read is no layer's fault, whatever else the first one lacks.
    heard = {name: one for name, one in asked_changes(ctx, values).items() if name == "input"}
    with refusals():
        with_files(heard)
    first: Asked | None = None
    nets = []
    for layer in layers:
        try:
            # What is in memory by its digest is not read again.
            with refusals():
                brought = {"layer": layer.fields()["layer"], "layer_digest": layer.digest}
            given = {name: Given(one) for name, one in brought.items()}
            asked = asked_for(ctx, values | given)
            with refusals():
                check_budget(asked.experiment)
        except click.UsageError as error:
            reason = error.format_message()
            lead = f"layer: {layer.name} cannot be run: "
            nets.append(FileNet(layer.name, None, reason.removeprefix(lead)))
            continue
        first = first or asked
        nets.append(FileNet(layer.name, asked.experiment))
    if first is None:
        raise click.UsageError(f"{file}: no layer can be run; {nets[0].name}: {nets[0].refused}")
    return first, Opened(file, nets, stamp=stamp)
