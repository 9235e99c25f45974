"""tuisim run: the numbers of a run, as JSON or CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tuisim.commands.run.options import Grouped, asked_for, experiment_options, refusals
from tuisim.commands.run.out import asked_format, check_out, out_options
from tuisim.system.files import write_whole
from tuisim.terminal.terminal import emit


@click.command(cls=Grouped)
@click.option("--json", "as_json", is_flag=True, help="a JSON object; so without --out FILE.csv")
@click.option("--csv", "as_csv", is_flag=True, help="a row for each member and time step")
@out_options("write to a file: whole, or not at all")
@experiment_options
@click.pass_context
def run(
    ctx: click.Context,
    /,
    as_json: bool,
    as_csv: bool,
    out: Path | None,
    force: bool,
    **values: Any,
) -> None:
    """Print a run's numbers as JSON or CSV.

    Curves of each member, rates, verdict, norms of the weight gradient, and what theory predicts.
    """
    wanted = asked_format(as_json, as_csv, out, "json")
    asked = asked_for(ctx, values)
    check_out(out, force)

    from tuisim.engine.runs.simulate import simulate
    from tuisim.files.export import run_csv, run_json

    with refusals():
        result = simulate(asked.experiment)
    if wanted == "csv":
        text = run_csv(result)
    else:
        from tuisim.engine.theory.theory import predict

        text = run_json(result, predict(asked.experiment, result.networks))
    if out is None:
        emit(text)
    else:
        write_whole(out, text)
    asked.say_notes()
