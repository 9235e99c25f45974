"""tuisim plot: a view, drawn once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuisim.commands.run.options import Grouped, asked_for, experiment_options, refusals
from tuisim.commands.run.out import force_option
from tuisim.commands.run.paper import Paper, check_svg, drawing_options, paper, shared_out
from tuisim.commands.run.views import ViewType

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.figures.views.table import Scene, View

#: A plot with fewer rows says nothing, and one beside another with fewer columns neither.
LEAST_ROWS = 5
_LEAST_COLUMNS = 30


@click.command(cls=Grouped)
@click.option(
    "--view",
    type=ViewType(),
    default="norms",
    metavar="NAME",
    help="norms, spectrum, activation, shrink, modes or jacobian, or its number; default norms",
)
@drawing_options
@force_option("the file of --svg that is there")
@click.option("--linear", is_flag=True, help="a linear axis, not a log10 one")
@experiment_options
@click.pass_context
def plot(
    ctx: click.Context,
    /,
    view: View,
    columns: int | None,
    rows: int | None,
    only_ascii: bool,
    svg: Path | None,
    force: bool,
    linear: bool,
    **values: Any,
) -> None:
    """Draw a view once, to a terminal or a pipe.

    To anything but a terminal it writes plain text, without colours.
    """
    asked = asked_for(ctx, values)
    check_svg(svg, force)

    from tuisim.engine.runs.simulate import simulate
    from tuisim.engine.theory.theory import linearised, predict
    from tuisim.figures.views.table import Scene
    from tuisim.figures.words.badge import badge_cells, badge_of
    from tuisim.figures.words.status import status_line

    with refusals():
        run = simulate(asked.experiment)
    prediction = predict(asked.experiment, run.networks)
    on = paper(columns, rows, only_ascii, svg)
    computed, missing = measured(run, view.needs)
    scene = Scene(run, prediction, log=not linear, computed=computed, missing=missing)
    badge = badge_of(run, prediction, linearised(asked.experiment, run.networks))
    lines = on.rendered(badge_cells(badge, on.columns, 1, on.ascii))
    lines.append(f" {status_line(asked.experiment, on.columns - 1, on.ascii)}")
    on.put([*lines, *drawn(view, scene, on, on.rows - 2)])
    asked.say_notes()


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
