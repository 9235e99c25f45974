"""tuisim plot: a view of a net, or a saved map, drawn once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from tuisim.commands.run.cliff import plot_cliff
from tuisim.commands.run.options import (
    Grouped,
    PathName,
    asked_for,
    experiment_options,
    refusals,
    remembered,
)
from tuisim.commands.run.out import (
    Paper,
    check_svg,
    drawing_options,
    force_option,
    paper,
    shared_out,
)
from tuisim.commands.run.sweep import drawn_map, plot_map
from tuisim.commands.run.train import plot_training
from tuisim.commands.run.views import OpeningType
from tuisim.values.experiment import Experiment

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.figures.views.table import Scene, View

#: A plot with fewer rows says nothing, and one beside another with fewer columns neither.
LEAST_ROWS = 5
_LEAST_COLUMNS = 30


@click.command(cls=Grouped)
@click.argument("file", metavar="[FILE]", required=False, type=PathName())
@click.option(
    "--view",
    type=OpeningType(),
    metavar="NAME",
    help="norms, spectrum, activation, shrink, modes, jacobian, map, training or cliff, or its "
    "number; default norms",
)
@drawing_options
@force_option("the file of --svg that is there")
@click.option("--linear", is_flag=True, help="a linear axis, not a log10 one")
@experiment_options
@click.pass_context
def plot(
    ctx: click.Context,
    /,
    file: Path | None,
    view: str | None,
    columns: int | None,
    rows: int | None,
    only_ascii: bool,
    svg: Path | None,
    force: bool,
    linear: bool,
    **values: Any,
) -> None:
    """Draw a view of a net once, or the map that `tuisim sweep` wrote to FILE.

    To anything but a terminal it writes plain text, without colours.
    """
    if file is not None:
        own = {"view": view, "linear": linear or None, **values, **remembered(ctx)}
        for name in (name for name, value in own.items() if value is not None):
            option = name.replace("_", "-")
            raise click.UsageError(f"--{option}: got it beside a map, allowed: with a net")
        check_svg(svg, force)
        _plot_file(file, paper(columns, rows, only_ascii, svg))
        return
    asked = asked_for(ctx, values)
    if linear and view in _PAGES:
        raise click.UsageError(f"--linear: got it with view {view}, allowed: with views 1 to 6")
    check_svg(svg, force)
    on = paper(columns, rows, only_ascii, svg)
    if view in _PAGES:
        notes = _PAGES[view](asked.experiment, on)
        attrs.evolve(asked, notes=(*asked.notes, *notes)).say_notes()
    else:
        _plot_view(view or "1", asked.experiment, on, log=not linear)
        asked.say_notes()


def _plot_view(key: str, experiment: Experiment, on: Paper, log: bool) -> None:
    """Draw the badge, a line on the net, and the panels of a view."""
    from tuisim.engine.runs.simulate import simulate
    from tuisim.engine.theory.theory import linearised, predict
    from tuisim.figures.views.table import VIEWS, Scene
    from tuisim.figures.words.badge import badge_cells, badge_of
    from tuisim.figures.words.status import status_line

    view = VIEWS[key]
    with refusals():
        run = simulate(experiment)
    prediction = predict(experiment, run.networks)
    computed, missing = measured(run, view.needs)
    scene = Scene(run, prediction, log=log, computed=computed, missing=missing)
    badge = badge_of(run, prediction, linearised(experiment, run.networks))
    lines = on.rendered(badge_cells(badge, on.columns, 1, on.ascii))
    lines.append(f" {status_line(experiment, on.columns - 1, on.ascii)}")
    on.put([*lines, *drawn(view, scene, on, on.rows - 2)])


def _plot_file(file: Path, on: Paper) -> None:
    from tuisim.files.maps import read_map

    with refusals():
        found = read_map(file)
    on.put(drawn_map(found, on))


#: What draws the views that have a screen of their own, by number key, and gives back notes.
_PAGES: Mapping[str | None, Callable[[Experiment, Paper], tuple[str, ...]]] = {
    "7": plot_map,
    "8": plot_training,
    "9": plot_cliff,
}


def measured(run: Run, needs: Sequence[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What a view needs beyond the run, and why some of it is not there."""
    from tuisim.engine.diagnosis.measures import MEASURES

    computed, missing = {}, {}
    for name in needs:
        try:
            computed[name] = MEASURES[name](run, None)
        except ValueError as error:
            missing[name] = str(error)
    return computed, missing


def drawn(view: View, scene: Scene, on: Paper, height: int) -> list[str]:
    """The view's panels over or beside one another; one alone where not all fit."""
    room = on.columns // _LEAST_COLUMNS if view.beside else height // LEAST_ROWS
    count = len(view.panels)
    panels = view.panels if room >= count else (view.panels[view.alone[1]],)
    shares = shared_out(on.columns if view.beside else height, len(panels))
    parts = [
        on.drawn(panel.figure(scene), *((share, height) if view.beside else (on.columns, share)))
        for panel, share in zip(panels, shares, strict=True)
    ]
    if view.beside:
        return ["".join(row) for row in zip(*parts, strict=True)]
    return [row for part in parts for row in part]
