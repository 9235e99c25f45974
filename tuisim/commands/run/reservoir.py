"""tuisim reservoir: a net as an echo state network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tuisim.commands.machine.waiting import elapsed_said
from tuisim.commands.run.options import Grouped, asked_for, experiment_options, refusals
from tuisim.commands.run.out import check_svg, drawing_options, force_option, paper, shared_out
from tuisim.commands.run.plot import LEAST_ROWS
from tuisim.terminal.terminal import emit

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
@drawing_options
@force_option("the file of --svg that is there")
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
    svg: Path | None,
    force: bool,
    **values: Any,
) -> None:
    """Say what a net remembers as an echo state network.

    Only a readout is trained, by ridge regression: memory capacity, NARMA-10, both on held-out
    steps, and whether the state forgets its start under the net's own drive.
    """
    asked = asked_for(ctx, values)
    check_svg(svg, force, json=as_json)

    from tuisim.engine.reservoirs.echo import state_distance
    from tuisim.engine.reservoirs.reservoir import Protocol, memory_capacity, narma10
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
        with elapsed_said("whether the state forgets its start, 1 of 3"):
            distance = state_distance(asked.experiment)
        with elapsed_said("memory capacity, 2 of 3"):
            memory = memory_capacity(asked.experiment, delays=delays, protocol=protocol)
        with elapsed_said("NARMA-10, 3 of 3"):
            narma = narma10(asked.experiment, protocol=protocol)
    if as_json:
        from tuisim.files.export import reservoir_json

        emit(reservoir_json(memory, narma, distance))
        asked.say_notes()
        return
    on = paper(columns, rows, only_ascii, svg)
    figures = [memory_figure(memory), narma_figure(narma), distance_figure(distance)]
    lines = [status_line(asked.experiment, on.columns, on.ascii)]
    shown = figures[-max(1, (on.rows - 2) // LEAST_ROWS) :]
    for figure, share in zip(shown, shared_out(on.rows - 2, len(shown)), strict=True):
        lines += on.drawn(figure, on.columns, share)
    on.put([*lines, reservoir_line(memory, narma, distance, on.columns, on.ascii)])
    asked.say_notes()
