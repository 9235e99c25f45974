"""tuisim train: a net learns a task."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from tuisim.commands.run.apart import work_apart
from tuisim.commands.run.options import Grouped, PathName, asked_for, experiment_options, refusals
from tuisim.commands.run.out import (
    Paper,
    asked_format,
    check_out,
    check_svg,
    drawing_options,
    out_options,
    paper,
    shared_out,
)
from tuisim.commands.run.plan import given_to_plan, plan_options
from tuisim.system.files import write_whole
from tuisim.terminal.terminal import emit, is_terminal, warn
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

if TYPE_CHECKING:
    from tuisim.engine.training.course import Look
    from tuisim.engine.training.training import State

_LINES = 5


@click.command(cls=Grouped)
@plan_options
@click.option("--json", "as_json", is_flag=True, help="every update, as a JSON object")
@click.option("--csv", "as_csv", is_flag=True, help="a row for each update")
@click.option(
    "--save",
    type=PathName(),
    metavar="FILE",
    help="write the trained net to a file: .npz or .safetensors, for torch or --layer",
)
@out_options("write to a file: whole, or not at all", "--out, --svg or --save")
@drawing_options
@experiment_options
@click.pass_context
def train(
    ctx: click.Context,
    /,
    as_json: bool,
    as_csv: bool,
    save: Path | None,
    out: Path | None,
    force: bool,
    columns: int | None,
    rows: int | None,
    only_ascii: bool,
    svg: Path | None,
    **values: Any,
) -> None:
    """Train a net on a task that asks for memory.

    Stochastic gradient descent, or Adam: loss, accuracy, the gradient before and after clipping,
    how far each update moves the parameters, and where it ends if a value is not finite. Depth is
    the length of the sequences. Interrupted, it gives what is done by then.
    """
    wanted = asked_format(as_json, as_csv, out, "picture")
    asked = asked_for(ctx, values)
    check_out(out, force)
    check_svg(svg, force, out=out, json=as_json, csv=as_csv)
    _check_save(save, force)
    with refusals():
        plan, notes = Plan().adjusted(**given_to_plan(values))
        if wanted != "picture":
            work: _Numbers | _Picture = _Numbers(asked.experiment, plan, wanted == "csv")
        else:
            on = paper(columns, rows, only_ascii, svg)
            work = _Picture(asked.experiment, plan, on)
        _give(work, plan, out or svg, partial(_save, save, asked.experiment, plan))
    for note in (*asked.notes, *notes):
        warn(note)


def plot_training(experiment: Experiment, on: Paper) -> tuple[str, ...]:
    """Train the net as view 8 does, and draw it.

    Returns:
        a note for each field that was reset for it.
    """
    from tuisim.tui.state.coursework import prepared

    plan = Plan()
    with refusals():
        net, notes = prepared(experiment)
        _give(_Picture(net, plan, on), plan, on.svg)
    return notes


def give_numbers(experiment: Experiment, wanted: str, out: Path | None) -> tuple[str, ...]:
    """Train the net as view 8 does, and write every update as "json" or "csv".

    Returns:
        a note for each field that was reset for it.
    """
    from tuisim.tui.state.coursework import prepared

    plan = Plan()
    with refusals():
        net, notes = prepared(experiment)
        _give(_Numbers(net, plan, wanted == "csv"), plan, out)
    return notes


def _give(
    work: _Numbers | _Picture,
    plan: Plan,
    path: Path | None,
    keep: Callable[[State], None] = lambda state: None,
) -> None:
    """Train to the end, or to a signal, write what there is by then, and keep where it led.

    Raises:
        KeyboardInterrupt, SystemExit: a signal came.
    """
    ended = _work_through(work, plan.steps)
    # Once: what was interrupted may make another update meanwhile.
    made, text, state = work.so_far()
    if ended is not None:
        warn(f"stopped after {made} of {plan.steps} updates")
        if not made:
            raise ended
    if path is None:
        emit(text)
    else:
        write_whole(path, text)
    keep(state)
    if ended is not None:
        raise ended


def _check_save(path: Path | None, force: bool) -> None:
    """As check_out, of the file for the net, whose name says its format."""
    from tuisim.files.nets import ENDINGS

    if path is not None and path.suffix.lower() not in ENDINGS:
        allowed = ", ".join(ENDINGS)
        raise click.UsageError(f"save: got {path.name!r}, allowed: a name in {allowed}")
    check_out(path, force, "save")


def _save(path: Path | None, experiment: Experiment, plan: Plan, state: State) -> None:
    if path is None:
        return
    from tuisim.engine.training.taken import taken_layer
    from tuisim.files.nets import net_bytes, net_words

    layer = taken_layer(experiment, plan.task, state)
    write_whole(path, net_bytes(layer, experiment, path.suffix.lower()))
    warn(f"saved {path} {net_words(layer, experiment, path)}")


def _work_through(work: _Numbers | _Picture, steps: int) -> BaseException | None:
    """Train to the end, or to a signal, which is given back; how far it is shows on a terminal."""
    shown = is_terminal(sys.stderr)
    bar = click.progressbar(
        length=steps, label="updates", show_pos=True, file=sys.stderr, hidden=not shown
    )
    try:
        with bar:
            work_apart(work.train, lambda: bar.update(work.done - bar.pos))
    except (KeyboardInterrupt, SystemExit) as error:
        return error
    return None


class _Numbers:
    """Every update, as rows."""

    def __init__(self, experiment: Experiment, plan: Plan, as_csv: bool) -> None:
        from tuisim.engine.training.training import Trainer

        self._experiment, self._plan, self._as_csv = experiment, plan, as_csv
        self._trainer = Trainer(experiment, plan)
        self._rows: list[dict[str, Any]] = []
        # How many rows led to which state.
        self._reached = 0, self._trainer.begin()
        self._over = False

    @property
    def done(self) -> int:
        """How many updates are made."""
        return len(self._rows)

    def train(self) -> None:
        """Make all updates."""
        from tuisim.files.export import step_row

        for state, step in self._trainer.steps(self._plan.steps):
            # A step holds its parameters; what is written of it does not.
            self._rows.append(step_row(step))
            self._reached = len(self._rows), state
        self._over = True

    def so_far(self) -> tuple[int, str, State]:
        """How many updates are made, their text, and where they led."""
        from tuisim.files.export import training_csv, training_json

        over, (count, state) = self._over, self._reached
        rows = self._rows[:count]
        if self._as_csv:
            return count, training_csv(rows), state
        # The command that it names is to make these updates again.
        plan = self._plan if over else attrs.evolve(self._plan, steps=count)
        left = self._trainer.recurrent(state)
        return count, training_json(self._experiment, plan, rows, left), state


class _Picture:
    """The curves, drawn."""

    def __init__(self, experiment: Experiment, plan: Plan, on: Paper) -> None:
        from tuisim.engine.training.course import Course

        self._plan, self._on = plan, on
        self._course = Course(experiment, plan)
        #: How many updates are made.
        self.done = 0

    def train(self) -> None:
        """Make all updates."""
        while not self._course.over:
            self._course.advance(1)
            self.done += 1

    def so_far(self) -> tuple[int, str, State]:
        """How many updates are made, their picture, and where they led."""
        look = self._course.look()
        return look.updates, self._on.content(_drawn(look, self._plan, self._on)), look.state


def _drawn(look: Look, plan: Plan, on: Paper) -> list[str]:
    from tuisim.figures.drawing.numbers import ascii_text
    from tuisim.figures.views.training import (
        accuracy_figure,
        clipping_figure,
        loss_figure,
        plan_line,
        training_line,
        training_status,
        trouble_line,
    )

    width, height, ascii = on.columns, on.rows, on.ascii
    figures = [loss_figure(look), clipping_figure(look), accuracy_figure(look)]
    shown = figures[: max(1, (height - _LINES) // 7)]
    lines = [training_status(look.experiment, plan, width, ascii)]
    for figure, share in zip(shown, shared_out(height - _LINES, len(shown)), strict=True):
        lines += on.drawn(figure, width, share)
    lines.append(f"update {look.updates} of {plan.steps}")
    lines.append(training_line(look, width, ascii))
    lines.append(plan_line(look, width, ascii))
    trouble = trouble_line(look)
    if trouble:
        lines.append(ascii_text(trouble) if ascii else trouble)
    return lines
