"""The layers of a file that was opened, and what the run of each gave; no widget in it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs

from tuisim.values.experiment import Experiment


@attrs.frozen
class FileNet:
    """A layer by its name: its net as trained, or None and why it cannot be run."""

    name: str
    experiment: Experiment | None
    refused: str = ""


@attrs.frozen
class Ran:
    """What a layer's run gave.

    Attributes:
        regime, rate: as of Run, in nats a step back.
        curve: the median log10 ‖∂L/∂h_t‖ for t = 0…T.
    """

    regime: str
    rate: float
    curve: tuple[float, ...]

    @property
    def badness(self) -> float:
        """How far the gradient is from keeping its norm; no number is the farthest."""
        return math.inf if math.isnan(self.rate) else abs(self.rate)


class Opened:
    """The file that the app was opened with."""

    def __init__(self, path: str, nets: Sequence[FileNet]) -> None:
        """The layers in the file's order, one of them at least with an experiment."""
        self.path, self.nets = path, tuple(nets)
        #: What is known of the layers by name: a run, or why there is none.
        self.found: dict[str, Ran | str] = {one.name: one.refused for one in nets if one.refused}
        #: The layer that was looked at last.
        self.last = next(one.name for one in nets if one.experiment is not None)

    def beside(self, by: int) -> FileNet:
        """The layer so many on from the last one, in the file's order; those refused are none."""
        runnable = [one for one in self.nets if one.experiment is not None]
        at = next(k for k, one in enumerate(runnable) if one.name == self.last)
        return runnable[(at + by) % len(runnable)]

    def worst_first(self) -> list[FileNet]:
        """Those that ran, the farthest from keeping the gradient first; those that may; others."""

        def rank(net: FileNet) -> tuple[int, float]:
            found = self.found.get(net.name)
            if isinstance(found, Ran):
                return 0, -found.badness
            return (1 if found is None else 2), 0.0

        return sorted(self.nets, key=rank)


def ran(experiment: Experiment) -> Ran:
    """Run a layer's net.

    Raises:
        ValueError: as `simulate`.
    """
    from tuisim.engine.runs.simulate import simulate
    from tuisim.figures.drawing.curves import median_curve

    run = simulate(experiment)
    curve = tuple(median_curve(run.gradient_log10).tolist())
    return Ran(run.regime, run.gradient_rate, curve)
