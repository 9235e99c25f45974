"""A net as an echo state network in words: how its readouts are trained, and the numbers now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuisim.figures.views.reservoir import distance_note, memory_note, narma_note
from tuisim.tui.explain.net import formula, matrix

if TYPE_CHECKING:
    from tuisim.engine.reservoirs.echo import StateDistance
    from tuisim.engine.reservoirs.reservoir import MemoryCapacity, Narma10
    from tuisim.values.experiment import Experiment

_WHAT = (
    "The recurrent part stays as it was drawn. Readouts of its states are trained, in closed form "
    "(ridge regression), and judged on steps held out from training:",
    "",
    "memory: MC_k is the squared correlation of a readout with the input k steps before; their "
    "sum is at most the number of units (Jaeger 2001).",
    "NARMA-10: a nonlinear system of order 10 is to be followed; NRMSE 0 is perfect, and 1 what "
    "its mean alone is worth.",
    "distance: of two trajectories from other starts under one input: they meet where the net has "
    "the echo state property.",
)


def reservoir(
    experiment: Experiment, found: tuple[MemoryCapacity, Narma10, StateDistance] | None
) -> str:
    """What the three plots are, and what they came to."""
    lines = ["ECHO STATE NETWORK", "", *_WHAT, "", formula(experiment)]
    lines += [f"    with W {matrix(experiment)}", ""]
    if found is None:
        lines.append("There are no numbers yet.")
    else:
        memory, narma, distance = found
        p = memory.protocol
        lines += [
            f"Of each sequence {p.washout} steps are let pass, {p.train} trained on, {p.test} held "
            f"out; ridge {p.ridge:g}. Medians over members:",
            "",
            f"    {memory_note(memory)}",
            f"    NARMA-10: {narma_note(narma)}",
            f"    two starts: {distance_note(distance)}",
        ]
    return "\n".join(lines)
