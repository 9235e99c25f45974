"""tuisim sweep: a number over two fields of a net."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from tuisim.commands.run.options import (
    Grouped,
    asked_changes,
    asked_for,
    experiment_options,
    refusals,
)
from tuisim.commands.run.out import Paper, check_out, check_svg, drawing_options, out_options, paper
from tuisim.commands.run.plan import given_to_plan, plan_options
from tuisim.engine.base.compiling import telling
from tuisim.system.files import write_whole
from tuisim.terminal.terminal import emit, is_terminal, warn
from tuisim.values.command_line import command_line
from tuisim.values.fields import refusal
from tuisim.values.measured import MEASURED
from tuisim.values.plan import Plan
from tuisim.values.remedies import decided_by

if TYPE_CHECKING:
    from tuisim.engine.sweeps.axes import SweepAxis
    from tuisim.engine.sweeps.sweep import Sweep
    from tuisim.files.maps import Table
    from tuisim.values.experiment import Experiment


@click.command(cls=Grouped)
@click.option(
    "--x",
    "x",
    required=True,
    metavar="AXIS",
    help="columns: FIELD=FIRST:LAST:COUNT[:log] or a list",
)
@click.option("--y", "y", required=True, metavar="AXIS", help="rows, likewise: depth=10:400:40")
@click.option(
    "--measure",
    default="gradient_rate",
    metavar="NAME",
    help=f"{', '.join(MEASURED)}; default gradient_rate",
)
@out_options(
    "FILE.npz, .csv or .parquet: whole, or not at all; CSV to stdout where not given",
    "--out or --svg",
)
@click.option("--dask", metavar="ADDRESS", help="let the workers of a dask scheduler do the work")
@click.option("--plot", is_flag=True, help="draw the map, or curves over a list's names")
@drawing_options
@plan_options
@click.option("--quiet", is_flag=True, help="no progress, and no word of what was interrupted")
@experiment_options
@click.pass_context
def sweep(
    ctx: click.Context,
    /,
    x: str,
    y: str,
    measure: str,
    out: Path | None,
    force: bool,
    dask: str | None,
    quiet: bool,
    plot: bool,
    columns: int | None,
    rows: int | None,
    only_ascii: bool,
    svg: Path | None,
    **values: Any,
) -> None:
    """Measure a net over two of its fields.

    A field goes through a range (radius=0.5:1.5:61, evenly spaced; with :log at the end, of even
    ratios) or a list (activation=tanh,relu, or remedy=plain,clipping,lstm). For success each
    member is trained, on --task with --optimizer, --learning-rate, --momentum, --l2 and --steps,
    which may be axes too. --plot and --svg draw what was found in place of the CSV.

    Interrupted work with --out is kept in FILE.partial, and the same command goes on from there.
    """
    asked = asked_for(ctx, values)
    given = given_to_plan(values)

    from tuisim.engine.sweeps.axes import SweepAxis
    from tuisim.engine.sweeps.cell_measures import trains
    from tuisim.engine.sweeps.sweep import sweep as measure_all
    from tuisim.files.maps import csv_bytes, format_of, table_of

    with refusals():
        as_bytes = format_of(out) if out is not None else csv_bytes
        trained = trains(measure)
        if given and not trained:
            name = next(iter(given))
            raise refusal(name, given[name], f"none with measure {measure}: nothing is trained")
        plan, resets = Plan().adjusted(**given) if given else (None, ())
        axes = SweepAxis.parse(x), SweepAxis.parse(y)
    notes = (*resets, *_unused(axes, asked_changes(ctx, values) | given))
    partial = None if out is None else out.with_name(out.name + ".partial")
    check_out(out, force)
    check_svg(svg, force)
    told = _Told("runs" if trained else "cells", quiet)
    # Of kernels that compile --quiet hears nothing either.
    hushed = telling(lambda done, name: None) if quiet else contextlib.nullcontext()
    try:
        with refusals(), told, hushed:
            found = measure_all(
                asked.experiment,
                *axes,
                measure,
                plan=plan,
                progress=told.count,
                partial=partial,
                cluster=dask,
            )
    except (KeyboardInterrupt, SystemExit) as error:
        if partial is not None and not quiet and told.done:
            warn(
                f"stopped after {told.done} of {told.total} {told.what}; "
                f"the same command goes on from {partial}"
            )
        if isinstance(error, SystemExit):
            raise
        raise click.Abort from None
    nothing = _nothing(found)
    if nothing is not None:
        if partial is not None:
            partial.unlink(missing_ok=True)
        raise nothing
    if out is not None and partial is not None:
        write_whole(out, as_bytes(found))
        partial.unlink(missing_ok=True)
    if plot or svg is not None:
        on = paper(columns, rows, only_ascii, svg)
        on.put(drawn_map(table_of(found), on))
    elif out is None:
        emit(as_bytes(found).decode())
    if not quiet:
        attrs.evolve(asked, notes=(*asked.notes, *notes)).say_notes()
        if found.reasons:
            count, reason = len(found.reasons), next(iter(found.reasons.values()))
            warn(f"{count} {'cell has' if count == 1 else 'cells have'} no value: {reason}")


def _nothing(found: Sweep) -> click.UsageError | None:
    """What to raise where no cell has a value."""
    if len(found.reasons) < found.values.size:
        return None
    return click.UsageError(f"no cell has a value: {next(iter(found.reasons.values()))}")


def _unused(axes: Iterable[SweepAxis], given: Mapping[str, Any]) -> tuple[str, ...]:
    """A note for each option in whose place an axis decides."""
    from tuisim.engine.sweeps.axes import REMEDY, spelled

    decided = {axis.field for axis in axes}
    if REMEDY in decided:
        decided |= decided_by(())
    return tuple(
        f"{name}: the axis decides, {spelled(value)} is not used"
        for name, value in given.items()
        if name in decided
    )


def drawn_map(found: Table, on: Paper) -> list[str]:
    """A map with theory's critical line, or curves over names."""
    from tuisim.engine.sweeps.critical import critical_line
    from tuisim.figures.views.surfaces.swept import sweep_figure

    line = None
    if found.measure == "gradient_rate" and found.grid is not None:
        # A layer's file that is gone takes the line with it, not the map that is there.
        with contextlib.suppress(ValueError):
            line = critical_line(found.grid)
    figure = sweep_figure(found.x, found.y, found.measure, found.values, found.ends, line)
    return on.drawn(figure, on.columns, on.rows)


def plot_map(experiment: Experiment, on: Paper) -> tuple[str, ...]:
    """Draw the map that view 7 opens on: of the rate over radius and depth; no notes."""
    from tuisim.files.maps import table_of

    on.put(drawn_map(table_of(_opened(experiment)), on))
    return ()


def map_numbers(experiment: Experiment, wanted: str) -> tuple[str, tuple[str, ...]]:
    """The map that view 7 opens on as "json" or "csv"; no notes."""
    from tuisim.files.maps import csv_bytes, map_json

    found = _opened(experiment)
    if wanted == "csv":
        return csv_bytes(found).decode(), ()
    return map_json(found, command_line(experiment, "tuisim run --view map")), ()


def _opened(experiment: Experiment) -> Sweep:
    """What view 7 opens on."""
    from tuisim.engine.sweeps.sweep import sweep as measure_all
    from tuisim.tui.state.mapping import MAP_COLUMNS, MAP_ROWS, axis_for

    with refusals():
        x = axis_for("radius", experiment, MAP_COLUMNS)
        y = axis_for("depth", experiment, MAP_ROWS)
        told = _Told("cells", quiet=False)
        with told:
            found = measure_all(experiment, x, y, "gradient_rate", progress=told.count)
    nothing = _nothing(found)
    if nothing is not None:
        raise nothing
    return found


class _Told:
    """How far the work is: counted, and shown with the time that is left on a terminal."""

    def __init__(self, what: str, quiet: bool) -> None:
        self.what, self.done, self.total = what, 0, 0
        self._quiet = quiet
        self._bar: Any = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.render_finish()

    def count(self, done: int, total: int) -> None:
        """Take note of what is done."""
        if not self.total:
            self._begin(done, total)
        elif self._bar is not None:
            self._bar.update(done - self.done)
        self.done, self.total = done, total

    def _begin(self, done: int, total: int) -> None:
        if self._quiet:
            return
        if done:
            were = "was" if done == 1 else "were"
            warn(f"{done} of {total} {self.what} {were} there from before")
        if is_terminal(sys.stderr) and done < total:
            # What was done before says nothing of the time that is left.
            self._bar = click.progressbar(
                length=total - done, label=self.what, show_pos=True, file=sys.stderr
            )
            self._bar.render_progress()
