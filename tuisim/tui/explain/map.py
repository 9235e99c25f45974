"""View 7 in words: what the map shows, and how the net moves on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tuisim.figures.views.phase import MEASURED
from tuisim.tui.explain.net import formula

if TYPE_CHECKING:
    from tuisim.engine.sweeps.critical import CriticalLine
    from tuisim.values.experiment import Experiment

_WHAT: Mapping[str, str] = {
    "gradient_rate": "The mean change of ln ‖∂L/∂h‖ from a step to the one before, "
    "(ln ‖∂L/∂h_0‖ − ln ‖∂L/∂h_T‖)/T: below 0 the gradient vanishes, above 0 it explodes.",
    "hidden_rate": "The mean change of ln ‖h‖ a step, (ln ‖h_T‖ − ln ‖h_0‖)/T: below 0 the state "
    "dies away, above 0 it grows.",
    "gradient_log10": "What of a gradient of 1 at the last step reaches the first one.",
    "saturation": "The share of units whose slope |φ′| is under a tenth of φ's largest, over all "
    "steps: a gradient that passes them keeps less than that of itself.",
    "lyapunov": "How fast two states that differ by a hair part, over the T steps: below 0 they "
    "meet again, above 0 the net is chaotic.",
    "success": "The share of runs that learn: every member is trained as view 8 does it, with a "
    "seed of its own, until nine of ten outputs are right over the newest 1000 sequences, or the "
    "updates are used up.",
}


def explanation(
    measure: str,
    fields: tuple[str, str],
    number: str,
    line: CriticalLine | None,
    experiment: Experiment,
) -> str:
    """The map in words.

    Args:
        fields: across and up.
        number: what there is to say of the cell that the net is in.
        line: theory's critical line, where the measure has one.
    """
    lines = [
        f"MAP: {MEASURED[measure].title} over {fields[0]} and {fields[1]}",
        "",
        _WHAT[measure],
        "",
        formula(experiment),
        "",
        "Every cell is a net of its own, which has the two fields from its place and all else, "
        "the seed included, from the net that is marked [ ].",
        "",
        f"Here: {number}.",
    ]
    if experiment.members > 1 and measure not in ("saturation", "success"):
        lines.append(
            f"It is the median over {experiment.members} members, and may be the number of none "
            "where their fates part."
        )
    if line is not None and line.curves:
        lines.append(
            f"The dashed line is where {line.name} theory says that gradients neither vanish nor "
            "explode."
        )
    elif line is not None:
        lines.append(f"There is no critical line: {line.why}.")
    return "\n".join(lines)
