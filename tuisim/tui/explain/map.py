"""View 7 in words: what the map shows, and how the net moves on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuisim.tui.explain.net import formula
from tuisim.values.measured import MEASURED

if TYPE_CHECKING:
    from tuisim.engine.sweeps.critical import CriticalLine
    from tuisim.values.experiment import Experiment


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
    told = MEASURED[measure]
    lines = [
        f"MAP: {told.title} over {fields[0]} and {fields[1]}",
        "",
        told.words,
        "",
        formula(experiment),
        "",
        "Every cell is a net of its own, which has the two fields from its place and all else, "
        "the seed included, from the net that is marked [ ].",
        "",
        f"Here: {number}.",
    ]
    if experiment.members > 1 and told.signed:
        lines.append(
            f"It is the median over {experiment.members} members, and may be the number of none "
            "where their fates part."
        )
    if line is not None and line.curves:
        lines.append(
            f"The line is where {line.name} theory says that gradients neither vanish nor explode."
        )
    elif line is not None:
        lines.append(f"There is no critical line: {line.why}.")
    return "\n".join(lines)
