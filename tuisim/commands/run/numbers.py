"""tuisim run: the numbers of a run, as JSON, CSV, words, or arrays in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from tuisim.commands.machine.waiting import elapsed_said
from tuisim.commands.run.cliff import cliff_numbers, net_cliff_numbers
from tuisim.commands.run.options import Grouped, asked_for, experiment_options, refusals
from tuisim.commands.run.out import OTHERS, asked_format, check_out, out_options
from tuisim.commands.run.plot import measured
from tuisim.commands.run.sweep import map_numbers
from tuisim.commands.run.train import give_numbers
from tuisim.commands.run.views import NET_CLIFF, DrawnType
from tuisim.system.files import write_whole
from tuisim.terminal.terminal import emit
from tuisim.values.experiment import Experiment

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.engine.theory.prediction import Prediction


#: What holds all arrays of a run, and no view's.
_ARRAYS = ("npz", "parquet")


@click.command(cls=Grouped)
@click.option(
    "--view",
    type=DrawnType(),
    metavar="NAME",
    help="the numbers of what plot draws by this name: its measures in JSON, its curves in CSV; "
    "of map, training and cliff all there is, in both",
)
@click.option(
    "--json", "as_json", is_flag=True, help="a JSON object; so where the name of FILE has no end"
)
@click.option("--csv", "as_csv", is_flag=True, help="a row for each member and time step")
@click.option("--words", is_flag=True, help="five sentences, as a screen reader wants them")
@out_options("write to FILE.json, .csv, or with all arrays .npz or .parquet: whole, or not at all")
@experiment_options
@click.pass_context
def run(
    ctx: click.Context,
    /,
    view: str | None,
    as_json: bool,
    as_csv: bool,
    words: bool,
    out: Path | None,
    force: bool,
    **values: Any,
) -> None:
    """Print a run's numbers as JSON or CSV, or what they come to in words.

    Curves of each member, rates, verdict, norms of the weight gradient, and what theory predicts;
    in words, what one change would mend a gradient that vanishes or explodes, too.
    """
    if words and (as_json or as_csv):
        raise click.UsageError("format: got --words with another, allowed: one of them")
    if words and view is not None:
        raise click.UsageError("--view: got it with --words, allowed: JSON or CSV")
    if words and out is not None and out.suffix.lower() in (".json", ".csv", *OTHERS):
        raise click.UsageError(f"out: got a name in {out.suffix} with --words, allowed: .txt")
    more = _ARRAYS if view is None else ()
    wanted = "words" if words else asked_format(as_json, as_csv, out, "json", more)
    asked = asked_for(ctx, values)
    if wanted == "parquet":
        from tuisim.files.parquet import pyarrow_modules

        with refusals():
            pyarrow_modules()
    check_out(out, force)
    if view in PAGES:
        notes = PAGES[view](asked.experiment, wanted, out)
        attrs.evolve(asked, notes=(*asked.notes, *notes)).say_notes()
        return

    from tuisim.engine.runs.simulate import simulate

    with elapsed_said("running"):
        with refusals():
            result = simulate(asked.experiment)
        content = _content(result, view, wanted)
    _put(content, out)
    asked.say_notes()


def _content(run: Run, view: str | None, wanted: str) -> str | bytes:
    from tuisim.engine.theory.theory import predict
    from tuisim.files.export import run_csv, run_json

    if view is not None:
        return _of_view(view, run, wanted)
    if wanted == "csv":
        return run_csv(run)
    if wanted in _ARRAYS:
        from tuisim.files.arrays import FORMATS

        return FORMATS[wanted](run)
    prediction = predict(run.experiment, run.networks)
    return run_json(run, prediction) if wanted == "json" else _words(run, prediction)


def _put(content: str | bytes, out: Path | None) -> None:
    if out is None:
        emit(str(content))
    else:
        write_whole(out, content)


def _of_view(key: str, run: Run, wanted: str) -> str:
    from tuisim.engine.theory.theory import predict
    from tuisim.figures.views.table import VIEWS, Scene
    from tuisim.files.views import view_csv, view_json

    view = VIEWS[key]
    computed, missing = measured(run, view.needs)
    prediction = predict(run.experiment, run.networks)
    scene = Scene(run, prediction, computed=computed, missing=missing)
    return view_csv(view, scene) if wanted == "csv" else view_json(view, scene)


def _words(run: Run, prediction: Prediction) -> str:
    from tuisim.engine.diagnosis.advice import advise, within_reach
    from tuisim.figures.words.prose import sentences, untried

    tried = run if run.regime == "stable" else within_reach(run)
    advice = None if tried is None else advise(tried)
    told = (*sentences(run, prediction, advice, tried), untried(run, tried))
    # One to a line, as who searches a log wants them.
    return "".join(f"{one}\n" for one in told if one)


#: What writes the numbers of a net as "json" or "csv" to a file, else to stdout; gives back notes.
Writer = Callable[[Experiment, str, Path | None], tuple[str, ...]]


def _writing(numbers: Callable[[Experiment, str], tuple[str, tuple[str, ...]]]) -> Writer:
    def write(experiment: Experiment, wanted: str, out: Path | None) -> tuple[str, ...]:
        text, notes = numbers(experiment, wanted)
        _put(text, out)
        return notes

    return write


#: By number key, or name.
PAGES: Mapping[str | None, Writer] = {
    "7": _writing(map_numbers),
    "8": give_numbers,
    "9": _writing(cliff_numbers),
    NET_CLIFF: _writing(net_cliff_numbers),
}
