"""Results as JSON or CSV.

The `command` that stands first in a JSON object writes the same object again.
"""

from __future__ import annotations

import csv
import io
import json
import math
import shlex
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from tuisim.system.version import __version__
from tuisim.values.command_line import command_line, option_words
from tuisim.values.experiment import Experiment
from tuisim.values.toml import spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuisim.engine.diagnosis.comparison import Compared
    from tuisim.engine.reservoirs.echo import StateDistance
    from tuisim.engine.reservoirs.reservoir import MemoryCapacity, Narma10, Protocol
    from tuisim.engine.runs.run import Run
    from tuisim.engine.theory.theory import Prediction
    from tuisim.engine.training.parameters import Recurrent
    from tuisim.engine.training.training import Step
    from tuisim.values.plan import Plan

#: Curves over the nodes t = 0…T, each (members, T+1).
NODE_CURVES = ("hidden_log10", "gradient_log10", "cell_log10", "cell_gradient_log10")

#: Curves over the steps t = 1…T, each (members, T).
STEP_CURVES = (
    "weight_gradient_log10",
    "input_gradient_log10",
    "slope_log10",
    "matrix_log10",
    "carried_log10",
    "rest_log10",
    "saturation",
)

#: What a run comes to, and what it has one number a member of.
SUMMARY = ("regime", "member_regimes", "gradient_rate", "hidden_rate", "horizon")
PER_MEMBER = ("weight_gradient_norm", "clipped_weight_gradient_norm")

#: What is written of the W of a net in training.
OF_MATRIX = ("spectral_radius", "largest_singular_value")


def run_json(run: Run, prediction: Prediction | None = None) -> str:
    """The run's numbers as a JSON object, ending in a newline.

    Curves keep the shapes they have on Run: a list of members, each a list over t. Curves over
    steps begin at t = 1. The horizon is null where the run is shorter. Numbers that are not finite
    are the strings "-inf", "inf", "nan".
    """
    found = {name: getattr(run, name) for name in (*SUMMARY, *PER_MEMBER)}
    found |= curves(run, NODE_CURVES) | curves(run, STEP_CURVES)
    content = {
        "tuisim": __version__,
        "command": command_line(run.experiment, "tuisim run"),
        "experiment": experiment_fields(run.experiment),
        **found,
        "prediction": None if prediction is None else attrs.asdict(prediction, recurse=False),
    }
    return json.dumps(plain(content), indent=None, separators=(", ", ": ")) + "\n"


def run_csv(run: Run) -> str:
    """The run's curves as CSV with a header: a row for each member and t = 0…T.

    Curves over steps are empty at t = 0. Numbers that are not finite are -inf, inf and nan.
    """
    nodes, steps = curves(run, NODE_CURVES), curves(run, STEP_CURVES)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["member", "t", *nodes, *steps])
    members, length = run.hidden_log10.shape
    for member in range(members):
        columns = [curve[member].tolist() for curve in nodes.values()]
        columns += [["", *curve[member].tolist()] for curve in steps.values()]
        writer.writerows([member, t, *row] for t, *row in zip(range(length), *columns, strict=True))
    return out.getvalue()


def reservoir_json(memory: MemoryCapacity, narma: Narma10, distance: StateDistance) -> str:
    """What a reservoir can do as a JSON object, ending in a newline.

    Curves keep the shapes they have on the results, members first. Numbers that are not finite
    are the strings "-inf", "inf", "nan".
    """
    from tuisim.engine.reservoirs.reservoir import default_delays

    asked = _not_default(memory.protocol)
    if memory.delays.size != default_delays(memory.experiment, memory.protocol):
        asked["delays"] = memory.delays.size
    content = {
        "tuisim": __version__,
        "command": _own_command("reservoir", memory.experiment, asked),
        "experiment": experiment_fields(memory.experiment),
        "protocol": attrs.asdict(memory.protocol),
        "memory_capacity": own_fields(memory) | {"total": memory.total},
        "narma10": own_fields(narma),
        "state_distance": own_fields(distance)
        | {"rate": distance.rate, "verdict": distance.verdict},
    }
    return json.dumps(plain(content), indent=None, separators=(", ", ": ")) + "\n"


def comparison_json(nets: Sequence[Compared], command: str | None = None) -> str:
    """Nets side by side as a JSON object, ending in a newline: a list in their order.

    Each has the command that opens the app on it. Numbers that are not finite are the strings
    "-inf", "inf", "nan"; a horizon or a theory's rate that there is none of is null.

    Args:
        command: what writes this object, where a command does.
    """
    from tuisim.figures.views.comparison import comparison_rows

    found = [
        {
            "name": net.name,
            "command": command_line(net.run.experiment),
            "experiment": experiment_fields(net.run.experiment),
            **attrs.asdict(row),
            "median_gradient_log10": np.median(net.run.gradient_log10, axis=0),
            "median_hidden_log10": np.median(net.run.hidden_log10, axis=0),
        }
        for net, row in zip(nets, comparison_rows(nets), strict=True)
    ]
    content = {"tuisim": __version__, "command": command, "nets": found}
    return json.dumps(plain(content), indent=None, separators=(", ", ": ")) + "\n"


def step_row(step: Step) -> dict[str, Any]:
    """What there is to write of one update; `trouble` is null, or names the value and where."""
    return {
        "update": step.update,
        "loss": step.loss,
        "accuracy": step.accuracy,
        "gradient_norm": step.gradient_norm,
        "clipped_gradient_norm": step.clipped_gradient_norm,
        "clipped_share": step.clipped_share,
        "update_ratio": step.update_ratio,
        **{name: getattr(step, name) for name in OF_MATRIX},
        "gradient_log10_first": float(step.gradient_log10[0]),
        "gradient_log10_last": float(step.gradient_log10[-1]),
        "overshoot": step.overshoot,
        "trouble": None if step.trouble is None else step.trouble.words,
    }


def training_json(
    experiment: Experiment, plan: Plan, rows: Sequence[dict[str, Any]], left: Recurrent
) -> str:
    """Updates (as `step_row` has them) as a JSON object, ending in a newline.

    A row has the measures of W as its update met it; `left` those of W after the last one.

    Numbers that are not finite are the strings "-inf", "inf", "nan".
    """
    from tuisim.engine.training.tasks import TASKS

    task = TASKS[plan.task]
    content = {
        "tuisim": __version__,
        "command": _own_command("train", experiment, plan.asked),
        "experiment": experiment_fields(experiment),
        "plan": attrs.asdict(plan),
        "chance": {"loss": task.chance_loss, "accuracy": task.chance_accuracy},
        "steps": rows,
        "left": {name: getattr(left, name) for name in OF_MATRIX},
    }
    return json.dumps(plain(content), indent=None, separators=(", ", ": ")) + "\n"


def training_csv(rows: Sequence[dict[str, Any]]) -> str:
    """Updates (as `step_row` has them) as CSV with a header; no trouble is an empty field."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _own_command(name: str, experiment: Experiment, options: Mapping[str, Any]) -> str:
    """The subcommand that writes JSON of this experiment with these options of its own."""
    words = [*option_words(options), "--json"]
    return f"{command_line(experiment, f'tuisim {name}')} {shlex.join(words)}"


def _not_default(chosen: Protocol) -> dict[str, Any]:
    """The fields that are not at their default."""
    fields = attrs.fields_dict(type(chosen)).items()
    found = {name: (getattr(chosen, name), field.default) for name, field in fields}
    return {name: value for name, (value, default) in found.items() if value != default}


def own_fields(result: Any) -> dict[str, Any]:
    """What a result holds beyond what it is a result of."""
    fields = attrs.asdict(result, recurse=False)
    return {name: one for name, one in fields.items() if name not in ("experiment", "protocol")}


def curves(run: Run, names: tuple[str, ...]) -> dict[str, Any]:
    """The curves that this run has; some belong to one kind of cell."""
    found = {name: getattr(run, name, None) for name in names}
    return {name: curve for name, curve in found.items() if curve is not None}


def experiment_fields(experiment: Experiment) -> dict[str, Any]:
    """An experiment's fields, eigenvalues as they are typed."""
    fields = attrs.asdict(experiment, recurse=False)
    return fields | {"eigenvalues": [spoken(one) for one in experiment.eigenvalues]}


def plain(value: Any) -> Any:
    """The value in types that JSON knows, non-finite numbers as strings."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "iub" or (value.dtype.kind == "f" and np.isfinite(value).all()):
            return value.tolist()
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, complex):
        return spoken(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
