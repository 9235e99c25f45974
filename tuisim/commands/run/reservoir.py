"""tuisim reservoir: a net as an echo state network."""

from __future__ import annotations

import sys
from typing import Any

import click

from tuisim.commands.run.options import Grouped, asked_for, experiment_options, refusals
from tuisim.commands.run.plot import (
    LEAST_ROWS,
    coloured,
    in_colours,
    plain,
    plot_size,
    shared_out,
    size_options,
)
from tuisim.terminal.terminal import emit, is_unicode

_PROTOCOL = ("washout", "train", "test", "ridge")


@click.command(cls=Grouped)
@click.option("--json", "as_json", is_flag=True, help="the numbers as a JSON object")
@click.option(
    "--delays", type=int, metavar="N", help="how far back memory is asked for; default 2n"
)
@click.option("--washout", type=int, metavar="N", help="first steps that are dropped; default 500")
@click.option("--train", type=int, metavar="N", help="steps to train on; default 4000")
@click.option("--test", type=int, metavar="N", help="steps held out; default 4000")
@click.option("--ridge", type=float, metavar="X", help="penalty on readout weights; default 1e-08")
@size_options
@experiment_options
@click.pass_context
def reservoir(
    ctx: click.Context,
    /,
    as_json: bool,
    delays: int | None,
    columns: int | None,
    rows: int | None,
    only_ascii: bool,
    **values: Any,
) -> None:
    """Say what a net remembers as an echo state network.

    Only a readout is trained, by ridge regression: memory capacity, NARMA-10, both on held-out
    steps, and whether the state forgets its start under the net's own drive.
    """
    asked = asked_for(ctx, values)

    from tuisim.engine.reservoirs.echo import state_distance
    from tuisim.engine.reservoirs.reservoir import Protocol, memory_capacity, narma10
    from tuisim.figures.drawing.text import draw_cells
    from tuisim.figures.views.reservoir import (
        distance_figure,
        memory_figure,
        narma_figure,
        reservoir_line,
    )
    from tuisim.figures.words.status import status_line

    given = {name: values[name] for name in _PROTOCOL if values[name] is not None}
    with refusals():
        protocol = Protocol(**given)
        distance = state_distance(asked.experiment)
        memory = memory_capacity(asked.experiment, delays=delays, protocol=protocol)
        narma = narma10(asked.experiment, protocol=protocol)
    if as_json:
        from tuisim.files.export import reservoir_json

        emit(reservoir_json(memory, narma, distance))
        asked.say_notes()
        return
    width, height = plot_size(columns, rows)
    only_ascii = only_ascii or not is_unicode(sys.stdout)
    render = coloured if in_colours() else plain
    figures = [memory_figure(memory), narma_figure(narma), distance_figure(distance)]
    lines = [status_line(asked.experiment, width, only_ascii)]
    shown = figures[-max(1, (height - 2) // LEAST_ROWS) :]
    for figure, share in zip(shown, shared_out(height - 2, len(shown)), strict=True):
        lines += render(draw_cells(figure, width, share, ascii=only_ascii))
    lines.append(reservoir_line(memory, narma, distance, width, only_ascii))
    emit("".join(f"{line.rstrip()}\n" for line in lines))
    asked.say_notes()
