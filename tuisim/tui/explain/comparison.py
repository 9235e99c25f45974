"""Nets side by side in words: what is compared, what the numbers are, one step of each net."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tuisim.tui.explain.net import formula

if TYPE_CHECKING:
    from tuisim.values.experiment import Experiment

_WHAT = (
    "All nets are run with the seed of the one that is shown. The curves are medians over members; "
    "a number along a curve is that of its net in the table, and takes it.",
    "",
    "a step back: the factor by which the gradient norm changes a step back, on average.",
    "10⁻³ or 10³: the steps back after which it has changed a thousandfold.",
    "‖∂L/∂h_0‖: what of a gradient of 1 at the last step reaches the first one.",
    "saturated: the units whose slope |φ′| is under a tenth of φ's largest, over all steps.",
    "theory: the one that applies, with its factor a step back.",
)


def comparison(title: str, experiments: Mapping[str, Experiment]) -> str:
    """What is compared."""
    lines = [title.upper(), "", *_WHAT]
    for rank, (name, experiment) in enumerate(experiments.items(), 1):
        lines += ["", f"{rank}  {name}", formula(experiment)]
    return "\n".join(lines)
