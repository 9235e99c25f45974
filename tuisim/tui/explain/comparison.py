"""Nets side by side in words: what is compared, and what each column of the table is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tuisim.figures.comparison import comparison_table
from tuisim.tui.explain.net import formula

if TYPE_CHECKING:
    from tuisim.engine.comparison import Compared
    from tuisim.experiment import Experiment

_WHAT = (
    "Each net is run with the seed of the one that is shown. The curves are medians over members; "
    "the numbers along them are those of the table.",
    "",
    "a step back     the factor by which the gradient norm changes a step back, on average",
    "10⁻³ or 10³     the steps back after which it has changed a thousandfold",
    "‖∂L/∂h_0‖       what of a gradient of 1 at the last step reaches the first one",
    "saturated       the units whose slope |φ′| is under a tenth of φ's largest, over all steps",
    "theory          the theory that applies, with its factor a step back",
)


def comparison(title: str, experiments: Mapping[str, Experiment], nets: Sequence[Compared]) -> str:
    """What is compared; the whole table, whatever the screen has room for; one step of each net."""
    lines = [title.upper(), "", *_WHAT, ""]
    if nets:
        lines += [*comparison_table(nets), ""]
    for rank, (name, experiment) in enumerate(experiments.items(), 1):
        lines += [f"{rank}  {name}", formula(experiment), ""]
    return "\n".join(lines[:-1])
