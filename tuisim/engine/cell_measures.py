"""What a sweep can measure of one experiment: a number each. May import the engine.

A new measure is one entry in MEASURES.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import attrs
import numpy as np

from tuisim.engine.cells.cell import first_steps
from tuisim.engine.jacobian import lyapunov_exponents
from tuisim.engine.memo import Array
from tuisim.engine.run import Run
from tuisim.engine.stopping import check_stop
from tuisim.experiment import Experiment

Passes = Literal["forward", "both"]


@attrs.frozen
class CellMeasure:
    """A number of an experiment: read off its passes, or found in a way of its own.

    Attributes:
        name: as it is asked for.
        passes: which of them `read` needs.
        read: an experiment and the buffers of all its members, which may have room for more
            steps → numbers (k,).
        summed_up: those of several experiments (cells, k) and their depths (cells,) → (cells,).
        of_experiment: the number where the passes do not hold it.
        lacking: what it waits for; such a measure is refused.
    """

    name: str
    passes: Passes = "both"
    read: Callable[[Experiment, Any], Array] | None = None
    summed_up: Callable[[Array, Array], Array] = lambda numbers, depths: numbers[:, 0]
    of_experiment: Callable[[Experiment], float] | None = None
    lacking: str = ""


def _gradient_change(e: Experiment, buffers: Any) -> Array:
    """The change of log10 ‖∂L/∂h‖ from T back to 0, (members,)."""
    log10 = buffers.gradient_log10
    change: Array = log10[:, 0] - log10[:, e.depth]
    return change


def _hidden_change(e: Experiment, buffers: Any) -> Array:
    """The change of log10 ‖h‖ from 0 to T, (members,)."""
    log10 = buffers.hidden_log10
    change: Array = log10[:, e.depth] - log10[:, 0]
    return change


def _rate(changes: Array, depths: Array) -> Array:
    """Median over members of the mean change of a ln per step, as on Run."""
    rates: Array = np.median(changes, axis=1) * math.log(10) / depths
    return rates


def _first_gradient(e: Experiment, buffers: Any) -> Array:
    """log10 ‖∂L/∂h_0‖, (members,)."""
    log10: Array = buffers.gradient_log10[:, 0].copy()
    return log10


def _median(numbers: Array, depths: Array) -> Array:
    middle: Array = np.median(numbers, axis=1)
    return middle


def _saturation(e: Experiment, buffers: Any) -> Array:
    """Share of units, over all members and steps, whose |φ′| is under a tenth of its largest."""
    own = first_steps(buffers, buffers.states.shape[1] - 1, e.depth)
    return np.array([Run(e, (), own).saturation.mean()])


def _lyapunov(experiment: Experiment) -> float:
    """Median over members of the largest Lyapunov exponent, in nats per step."""

    def go_on(done: int, total: int) -> None:
        check_stop()

    found = [
        lyapunov_exponents(experiment, go_on, member)[0] for member in range(experiment.members)
    ]
    return float(np.median(found))


#: By name, in the order in which they are offered.
MEASURES = {
    one.name: one
    for one in (
        CellMeasure("gradient_rate", "both", _gradient_change, _rate),
        CellMeasure("hidden_rate", "forward", _hidden_change, _rate),
        CellMeasure("gradient_log10", "both", _first_gradient, _median),
        CellMeasure("saturation", "forward", _saturation),
        CellMeasure("lyapunov", of_experiment=_lyapunov),
        # `of_experiment` in place of `lacking` is all that it takes once there is training.
        CellMeasure("success", lacking="training, which this version cannot do"),
    )
}


def measure_named(name: str) -> CellMeasure:
    """The measure of this name.

    Raises:
        ValueError: there is none, or it waits for something.
    """
    ready = [one.name for one in MEASURES.values() if not one.lacking]
    if name not in MEASURES:
        raise ValueError(f"measure: got {name!r}, allowed: {', '.join(ready)}")
    measure = MEASURES[name]
    if measure.lacking:
        raise ValueError(
            f"measure: got {name!r}, allowed: {', '.join(ready)} ({name} needs {measure.lacking})"
        )
    return measure
