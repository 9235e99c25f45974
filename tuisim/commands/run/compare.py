"""tuisim compare: nets side by side."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from tuisim.commands.machine.waiting import elapsed_said
from tuisim.commands.run.options import (
    Grouped,
    asked_changes,
    asked_for,
    experiment_options,
    named_file,
    refusals,
)
from tuisim.commands.run.out import check_svg, drawing_options, force_option, paper
from tuisim.terminal.terminal import emit, warn
from tuisim.values import presets, toml
from tuisim.values.command_line import command_line, option_words
from tuisim.values.experiment import Experiment


def complete_net(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The presets that begin so, or files."""
    found = [CompletionItem(one) for one in presets.names() if one.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


@click.command(cls=Grouped)
@click.argument("nets", nargs=-1, metavar="[PRESET | FILE.toml]...", shell_complete=complete_net)
@click.option("--json", "as_json", is_flag=True, help="the numbers as a JSON object")
@drawing_options
@force_option("the file of --svg that is there")
@click.option("--linear", is_flag=True, help="norms on a linear axis, not a log10 one")
@experiment_options
@click.pass_context
def compare(
    ctx: click.Context,
    /,
    nets: tuple[str, ...],
    as_json: bool,
    columns: int | None,
    rows: int | None,
    only_ascii: bool,
    svg: Path | None,
    force: bool,
    linear: bool,
    **values: Any,
) -> None:
    """Run nets side by side: presets, or TOML files that the app saved.

    Options change each of them alike. Without names: a plain net and what remedies make of it.
    """
    chosen, notes, command = _nets(ctx, nets, values)
    check_svg(svg, force, json=as_json)

    from tuisim.engine.diagnosis.comparison import compare as run_all
    from tuisim.figures.views.comparison import comparison_figure, comparison_table, net_role

    with refusals(), elapsed_said("running"):
        found = run_all(chosen)
    if as_json:
        from tuisim.files.export import comparison_json

        emit(comparison_json(found, f"{command} --json"))
    else:
        on = paper(columns, rows, only_ascii, svg)
        table = comparison_table(found, on.columns, on.ascii)
        room = max(on.rows - len(table), 8)
        table[1 : len(found) + 1] = [
            on.inked(line, net_role(rank)) for rank, line in enumerate(table[1 : len(found) + 1])
        ]
        on.put([*on.drawn(comparison_figure(found, log=not linear), on.columns, room), *table])
    for note in notes:
        warn(note)


def _nets(
    ctx: click.Context, names: tuple[str, ...], values: dict[str, Any]
) -> tuple[dict[str, Experiment], list[str], str]:
    """The experiments by name, notes of what was reset for the options, and the command again."""
    if not names:
        from tuisim.values.remedies import remedies

        asked = asked_for(ctx, values)
        command = command_line(asked.experiment, "tuisim compare")
        return remedies(asked.experiment), list(asked.notes), command
    for name in ("preset", "load"):
        if values.get(name) is not None:
            raise click.UsageError(f"--{name}: name it as an argument: `tuisim compare NAME ...`")
    changes = asked_changes(ctx, values)
    chosen: dict[str, Experiment] = {}
    notes: list[str] = []
    for name in names:
        if name in chosen:
            raise click.UsageError(f"net: got {name!r} twice, allowed: each once")
        with refusals():
            net = _net(name)
        with refusals(f"{name}: "):
            # A net stays of the cell that its name is for, whatever the others are asked to have.
            wanted = {"cell": net.cell, **toml.with_implied(changes)}
            chosen[name], said = net.adjusted(**wanted)
        notes += [f"{name}: {note}" for note in said]
    return chosen, notes, shlex.join(["tuisim", "compare", *names, *option_words(changes)])


def _net(name: str) -> Experiment:
    if not name.lower().endswith(".toml"):
        return presets.preset(name)
    with named_file(name):
        return Experiment(**toml.with_implied(toml.load(Path(name)).changes))
