"""tuisim diagnose: which part of a trained layer carries memory, and which loses it."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from tuisim.commands.run.apart import work_apart
from tuisim.commands.run.options import ExperimentOption, Grouped, asked_for, refusals
from tuisim.terminal.terminal import emit, is_terminal, is_unicode
from tuisim.values.command_line import option_words
from tuisim.values.experiment import FIELDS, Experiment

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.ablation import Diagnosis

#: What a diagnosis is told: what the layer hears, and what its file may not say.
_FIELDS = (
    "input",
    "input_at",
    "depth",
    "batch",
    "drive_gain",
    "members",
    "seed",
    "activation",
    "forget_bias",
    "update_bias",
    "layer_digest",
    "input_digest",
)


@click.command(cls=Grouped, params=[ExperimentOption(name) for name in _FIELDS])
@click.argument("layer", metavar="FILE#NAME")
@click.option("--json", "as_json", is_flag=True, help="the numbers as a JSON object")
@click.pass_context
def diagnose(ctx: click.Context, /, layer: str, as_json: bool, **values: Any) -> None:
    """Say which part of a trained layer carries its memory, and which loses it.

    The same net as trained, at rest, under noise, with each part pinned or exchanged, each run
    forward and backward: the gradient's rate, its horizon, saturated units, the weight gradient.
    """
    if "#" not in layer:
        raise click.UsageError(f"layer: got {layer!r}, allowed: FILE#NAME")
    values["layer"] = ExperimentOption("layer").type.convert(layer, None, ctx)
    asked = asked_for(ctx, values)
    ground = _ground(asked.experiment)
    for name, allowed in ground.items():
        if name not in _FIELDS and (got := getattr(asked.experiment, name)) != allowed:
            raise click.UsageError(f"{name}: got {got!r}, allowed in a diagnosis: {allowed!r}")
    found = _diagnosed(asked.experiment)
    if as_json:
        from tuisim.files.diagnosis import diagnosis_json

        emit(diagnosis_json(found, _again(layer, asked.experiment, ground)))
    else:
        from tuisim.figures.words.diagnosis import diagnosis_lines

        width = shutil.get_terminal_size().columns
        lines = diagnosis_lines(found, width, not is_unicode(sys.stdout))
        emit("".join(f"{line}\n" for line in lines))
    asked.say_notes()


def _diagnosed(experiment: Experiment) -> Diagnosis:
    from tuisim.engine.diagnosis.ablation import diagnose as run_all

    found: list[Diagnosis] = []
    done: list[tuple[int, int]] = [(0, 1)]
    bar = click.progressbar(
        length=1, label="nets", show_pos=True, file=sys.stderr, hidden=not is_terminal(sys.stderr)
    )

    def look() -> None:
        at, bar.length = done[-1]
        bar.update(at - bar.pos)

    with refusals(), bar:
        work_apart(lambda: found.append(run_all(experiment, lambda *now: done.append(now))), look)
        bar.update((bar.length or 0) - bar.pos)
    return found[0]


def _ground(experiment: Experiment) -> dict[str, Any]:
    """The fields of the layer as trained, at rest."""
    from tuisim.engine.trained.finding import find_layer

    own = find_layer(experiment.layer, experiment.layer_digest).fields()
    return {name: one.default for name, one in FIELDS.items()} | own | {"layer": experiment.layer}


def _again(layer: str, experiment: Experiment, ground: Mapping[str, Any]) -> str:
    """The command, with the digests of both files."""
    asked = {name: getattr(experiment, name) for name in _FIELDS}
    changed = {name: one for name, one in asked.items() if one != ground[name]}
    changed["layer_digest"] = experiment.layer_digest
    return shlex.join(["tuisim", "diagnose", layer, *option_words(changed), "--json"])
