"""tuisim plot: a view of a net, or a saved map, drawn once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from tuisim.commands.machine.waiting import elapsed_said
from tuisim.commands.run.cliff import plot_cliff, plot_net_cliff
from tuisim.commands.run.options import (
    Grouped,
    PathName,
    asked_for,
    experiment_options,
    named_file,
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
from tuisim.commands.run.views import NET_CLIFF, DrawnType
from tuisim.values.experiment import Experiment

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.figures.drawing.figure import Figure
    from tuisim.figures.views.table import Scene, View

#: A plot with fewer rows says nothing, and one beside another with fewer columns neither.
LEAST_ROWS = 5
_LEAST_COLUMNS = 30
#: A panel that is told in a line, and its border.
BRIEF_ROWS = 3


@click.command(cls=Grouped)
@click.argument("file", metavar="[FILE]", required=False, type=PathName())
@click.option(
    "--view",
    type=DrawnType(),
    metavar="NAME",
    help="norms, spectrum, activation, shrink, modes, jacobian, map, training or cliff, or its "
    "number; cliff-net for the cliff over two of the net's own eigenvalues; default norms",
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
        with elapsed_said("running"):
            lines = _of_view(view or "1", asked.experiment, on, log=not linear)
        on.put(lines)
        asked.say_notes()


def _of_view(key: str, experiment: Experiment, on: Paper, log: bool) -> list[str]:
    """The badge, a line on the net, and the panels of a view."""
    from tuisim.engine.runs.simulate import simulate
    from tuisim.engine.theory.theory import linearised, predict
    from tuisim.figures.views.table import VIEWS, Scene
    from tuisim.figures.words.badge import badge_cells, badge_of, badge_rows
    from tuisim.figures.words.cause import cause_pieces
    from tuisim.figures.words.status import status_line

    view = VIEWS[key]
    with refusals():
        run = simulate(experiment)
    prediction = predict(experiment, run.networks)
    computed, missing = measured(run, view.needs)
    scene = Scene(run, prediction, log=log, computed=computed, missing=missing)
    linear = linearised(experiment, run.networks)
    badge = badge_of(run, prediction, linear, why=cause_pieces(run))
    high = min(badge_rows(on.columns, on.rows, on.ascii), 1 + bool(badge.why))
    lines = on.rendered(badge_cells(badge, on.columns, high, on.ascii))
    lines.append(f" {status_line(experiment, on.columns - 1, on.ascii)}")
    return [*lines, *drawn(view, scene, on, on.rows - len(lines))]


def _plot_file(file: Path, on: Paper) -> None:
    from tuisim.files.maps import read_map

    with named_file(file):
        found = read_map(file)
    on.put(drawn_map(found, on))


#: What draws the views that have a screen of their own, by number key, and gives back notes.
_PAGES: Mapping[str | None, Callable[[Experiment, Paper], tuple[str, ...]]] = {
    "7": plot_map,
    "8": plot_training,
    "9": plot_cliff,
    NET_CLIFF: plot_net_cliff,
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
    figures = [panel.figure(scene) for panel in panels]
    if view.beside:
        widths = shared_out(on.columns, count if room >= count else 1)
        parts = [on.drawn(one, width, height) for one, width in zip(figures, widths, strict=True)]
        return ["".join(row) for row in zip(*parts, strict=True)]
    parts = [
        on.drawn(*one) for one in zip(figures, *_rooms(figures, on.columns, height), strict=True)
    ]
    return [row for part in parts for row in part]


def _rooms(figures: Sequence[Figure], columns: int, height: int) -> tuple[list[int], list[int]]:
    """Columns and rows of figures over one another: what is told in a line spares its room."""
    brief = [one.brief for one in figures]
    spared = brief if any(brief) and not all(brief) else [False] * len(brief)
    left = height - BRIEF_ROWS * sum(spared)
    shares = iter(shared_out(left, len(figures) - sum(spared)))
    return [columns] * len(figures), [BRIEF_ROWS if one else next(shares) for one in spared]
