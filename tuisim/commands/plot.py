"""tuisim plot: the first view, drawn once. Imports click; engine and figures when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from tuisim.commands.options import Grouped, asked_for, experiment_options, refusals
from tuisim.terminal import emit, is_dumb, is_terminal, is_unicode

if TYPE_CHECKING:
    from tuisim.figures.cells import Cells
    from tuisim.figures.figure import Figure

PIPE_SIZE = (80, 24)
LARGEST = 1000

#: A plot with fewer rows says nothing; where two do not fit, the gradient's stays.
_LEAST_ROWS = 5

# The sixteen colours of the terminal's own theme; series differ by marker too.
_SGR = {
    "frame": "2",
    "label": "2",
    "title": "1",
    "readout": "1",
    "hidden": "36",
    "gradient": "32",
    "theory": "33",
    "pinned": "2",
    "band": "2",
    "limit": "31",
    "guide": "2",
    "warning": "1;31",
}


@click.command(cls=Grouped)
@click.option(
    "--columns",
    type=click.IntRange(20, LARGEST),
    metavar="N",
    help=f"width: 20…{LARGEST}; default the terminal's, or {PIPE_SIZE[0]}",
)
@click.option(
    "--rows",
    type=click.IntRange(8, LARGEST),
    metavar="N",
    help=f"height: 8…{LARGEST}; default the terminal's, or {PIPE_SIZE[1]}",
)
@click.option("--ascii", "only_ascii", is_flag=True, help="no character outside ASCII")
@click.option("--linear", is_flag=True, help="norms on a linear axis, not a log10 one")
@experiment_options
@click.pass_context
def plot(
    ctx: click.Context,
    /,
    columns: int | None,
    rows: int | None,
    only_ascii: bool,
    linear: bool,
    **values: Any,
) -> None:
    """Draw the norms once, to a terminal or a pipe.

    To anything but a terminal it writes plain text, without colours.
    """
    asked = asked_for(ctx, values)

    from tuisim.engine.simulate import simulate
    from tuisim.engine.theory import linearised, predict
    from tuisim.figures.text import draw_cells
    from tuisim.figures.verdict import status_line, verdict_line
    from tuisim.figures.views import VIEWS, Scene

    with refusals():
        run = simulate(asked.experiment)
    prediction = predict(asked.experiment, run.networks)
    width, height = plot_size(columns, rows)
    only_ascii = only_ascii or not is_unicode(sys.stdout)
    render = coloured if in_colours() else plain
    scene = Scene(run, prediction, log=not linear)
    figures = [panel.figure(scene) for panel in VIEWS["1"].panels]
    lines = [status_line(asked.experiment, width, only_ascii)]
    for figure, share in shared_out(figures, height - 2):
        lines += render(draw_cells(figure, width, share, ascii=only_ascii))
    local = linearised(asked.experiment, run.networks)
    lines.append(verdict_line(run, prediction, local, width, only_ascii))
    emit("".join(f"{line.rstrip()}\n" for line in lines))
    asked.say_notes()


def shared_out(figures: list[Figure], rows: int) -> Iterable[tuple[Figure, int]]:
    """Each figure with its rows: equal shares, the last ones first where not all fit."""
    count = max(1, min(len(figures), rows // _LEAST_ROWS))
    share, over = divmod(rows, count)
    return [(one, share + (rank < over)) for rank, one in enumerate(figures[-count:])]


def plain(cells: Cells) -> list[str]:
    """The rows as text."""
    return cells.text()


def coloured(cells: Cells) -> list[str]:
    """The rows as text with the codes of a terminal's sixteen colours."""
    return [
        "".join(
            f"\x1b[{_SGR[role]}m{text}\x1b[m" if role in _SGR and text.strip() else text
            for text, role in cells.runs(row)
        )
        for row in range(len(cells.chars))
    ]


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
