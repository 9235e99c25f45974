"""tuisim train: a net learns a task. Imports click and the plan; the engine when it is called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from tuisim.commands.options import Grouped, asked_for, experiment_options, refusals
from tuisim.commands.plan import given_to_plan, plan_options
from tuisim.commands.plot import coloured, in_colours, plain, plot_size, shared_out, size_options
from tuisim.engine.plan import Plan
from tuisim.experiment import Experiment
from tuisim.files import check_place, write_whole
from tuisim.terminal import emit, is_unicode

_LINES = 5


@click.command(cls=Grouped)
@plan_options
@click.option("--json", "as_json", is_flag=True, help="every update, as a JSON object")
@click.option("--csv", "as_csv", is_flag=True, help="a row for each update")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="write to a file: whole, or not at all",
)
@size_options
@experiment_options
@click.pass_context
def train(
    ctx: click.Context,
    /,
    as_json: bool,
    as_csv: bool,
    out: Path | None,
    columns: int | None,
    rows: int | None,
    only_ascii: bool,
    **values: Any,
) -> None:
    """Train a net on a task that asks for memory.

    Stochastic gradient descent: loss, accuracy, the gradient before and after clipping, and where
    it ends if a value is not finite. Depth is the length of the sequences.
    """
    if as_json and as_csv:
        raise click.UsageError("format: got --json and --csv, allowed: one of them")
    asked = asked_for(ctx, values)
    if out is not None:
        check_place(out)
    with refusals():
        plan = Plan(**given_to_plan(values))
        if as_json or as_csv:
            text = _numbers(asked.experiment, plan, as_csv)
        else:
            ascii = only_ascii or not is_unicode(sys.stdout)
            text = _picture(asked.experiment, plan, plot_size(columns, rows), ascii)
    if out is None:
        emit(text)
    else:
        write_whole(out, text)
    asked.say_notes()


def _numbers(experiment: Experiment, plan: Plan, as_csv: bool) -> str:
    from tuisim.engine.training import train as steps_of
    from tuisim.export import step_row, training_csv, training_json

    # A step holds its parameters; what is written of it does not.
    found = [step_row(step) for step in steps_of(experiment, plan)]
    return training_csv(found) if as_csv else training_json(experiment, plan, found)


def _picture(experiment: Experiment, plan: Plan, size: tuple[int, int], ascii: bool) -> str:
    from tuisim.engine.course import Course
    from tuisim.figures.numbers import ascii_text
    from tuisim.figures.text import draw_cells
    from tuisim.figures.training import (
        accuracy_figure,
        clipping_figure,
        loss_figure,
        plan_line,
        training_line,
        training_status,
        trouble_line,
    )

    course = Course(experiment, plan)
    course.advance(plan.steps)
    look = course.look()
    width, height = size
    render = coloured if in_colours() else plain
    figures = [loss_figure(look), clipping_figure(look), accuracy_figure(look)]
    shown = figures[: max(1, (height - _LINES) // 7)]
    lines = [training_status(experiment, plan, width, ascii)]
    for figure, share in zip(shown, shared_out(height - _LINES, len(shown)), strict=True):
        lines += render(draw_cells(figure, width, share, ascii=ascii))
    lines.append(f"update {look.updates} of {plan.steps}")
    lines.append(training_line(look, width, ascii))
    lines.append(plan_line(look, width, ascii))
    trouble = trouble_line(look)
    if trouble:
        lines.append(ascii_text(trouble) if ascii else trouble)
    return "".join(f"{line.rstrip()}\n" for line in lines)
