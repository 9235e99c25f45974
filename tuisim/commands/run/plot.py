"""tuisim plot: a view, drawn once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from tuisim.commands.run.options import (
    Command,
    Grouped,
    Within,
    asked_for,
    experiment_options,
    refusals,
)
from tuisim.commands.run.views import ViewType
from tuisim.terminal.ink import codes
from tuisim.terminal.terminal import emit, is_dumb, is_terminal, is_unicode

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.figures.drawing.cells import Cells
    from tuisim.figures.views.table import Scene, View

PIPE_SIZE = (80, 24)
LARGEST = 1000

#: A plot with fewer rows says nothing, and one beside another with fewer columns neither.
LEAST_ROWS = 5
_LEAST_COLUMNS = 30


def size_options(command: Command) -> Command:
    """Add --columns, --rows and --ascii to a command that draws."""
    columns = click.option(
        "--columns",
        type=Within(20, LARGEST),
        metavar="N",
        help=f"width: 20…{LARGEST}; default the terminal's, or {PIPE_SIZE[0]}",
    )
    rows = click.option(
        "--rows",
        type=Within(8, LARGEST),
        metavar="N",
        help=f"height: 8…{LARGEST}; default the terminal's, or {PIPE_SIZE[1]}",
    )
    only_ascii = click.option(
        "--ascii", "only_ascii", is_flag=True, help="no character outside ASCII"
    )
    return columns(rows(only_ascii(command)))


@click.command(cls=Grouped)
@click.option(
    "--view",
    type=ViewType(),
    default="norms",
    metavar="NAME",
    help="norms, spectrum, activation, shrink, modes or jacobian, or its number; default norms",
)
@size_options
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
    linear: bool,
    **values: Any,
) -> None:
    """Draw a view once, to a terminal or a pipe.

    To anything but a terminal it writes plain text, without colours.
    """
    asked = asked_for(ctx, values)

    from tuisim.engine.runs.simulate import simulate
    from tuisim.engine.theory.theory import linearised, predict
    from tuisim.figures.views.table import Scene
    from tuisim.figures.words.badge import badge_cells, badge_of
    from tuisim.figures.words.status import status_line

    with refusals():
        run = simulate(asked.experiment)
    prediction = predict(asked.experiment, run.networks)
    width, height = plot_size(columns, rows)
    only_ascii = only_ascii or not is_unicode(sys.stdout)
    render = coloured if in_colours() else plain
    computed, missing = measured(run, view.needs)
    scene = Scene(run, prediction, log=not linear, computed=computed, missing=missing)
    badge = badge_of(run, prediction, linearised(asked.experiment, run.networks))
    lines = render(badge_cells(badge, width, 1, only_ascii))
    lines.append(f" {status_line(asked.experiment, width - 1, only_ascii)}")
    lines += drawn(view, scene, (width, height - 2), only_ascii, render)
    emit("".join(f"{line.rstrip()}\n" for line in lines))
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


def drawn(
    view: View,
    scene: Scene,
    size: tuple[int, int],
    only_ascii: bool,
    render: Callable[[Cells], list[str]],
) -> list[str]:
    """The view's panels over or beside one another; one alone where not all fit."""
    from tuisim.figures.drawing.text import draw_cells

    width, height = size
    room = width // _LEAST_COLUMNS if view.beside else height // LEAST_ROWS
    count = len(view.panels)
    panels = view.panels if room >= count else (view.panels[view.alone[1]],)
    shares = shared_out(width if view.beside else height, len(panels))
    parts = [
        render(
            draw_cells(
                panel.figure(scene),
                *((share, height) if view.beside else (width, share)),
                ascii=only_ascii,
            )
        )
        for panel, share in zip(panels, shares, strict=True)
    ]
    if view.beside:
        return ["".join(row) for row in zip(*parts, strict=True)]
    return [row for part in parts for row in part]


def shared_out(cells: int, count: int) -> list[int]:
    """Equal shares, what is over going to the first."""
    share, over = divmod(cells, count)
    return [share + (rank < over) for rank in range(count)]


def plain(cells: Cells) -> list[str]:
    """The rows as text."""
    return cells.text()


def coloured(cells: Cells) -> list[str]:
    """The rows as text with the codes of a terminal's colours."""
    return [
        "".join(inked(text, role, ground) for text, role, ground in cells.runs(row))
        for row in range(len(cells.chars))
    ]


def inked(text: str, role: str, ground: str = "blank") -> str:
    """A text with the codes of its role."""
    numbers = codes(role, ground, os.environ)
    shown = numbers and (ground != "blank" or text.strip())
    return f"\x1b[{numbers}m{text}\x1b[m" if shown else text


def in_colours() -> bool:
    """Whether stdout is a terminal that takes colours."""
    return is_terminal(sys.stdout) and not os.environ.get("NO_COLOR") and not is_dumb(os.environ)


def plot_size(columns: int | None, rows: int | None) -> tuple[int, int]:
    """Columns and rows as asked for, else the terminal's, else a pipe's."""
    width, height = PIPE_SIZE
    if is_terminal(sys.stdout):
        found = os.get_terminal_size(sys.stdout.fileno())
        # The prompt needs the last line; a terminal that does not know its size says 0.
        width = found.columns or width
        height = found.lines - 1 if found.lines else height
    width, height = min(max(width, 20), LARGEST), min(max(height, 8), LARGEST)
    return columns or width, rows or height
