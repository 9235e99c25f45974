"""What a sweep can measure of one experiment: a number each.

A new measure is an entry in MEASURES, and its words in tuisim.values.measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.diagnosis.jacobian import lyapunov_exponents
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.verdicts import median, rate_since_awake
from tuisim.engine.training.success import Trial, success
from tuisim.values.experiment import Experiment


@attrs.frozen
class EndsMeasure:
    """A number of log10 ‖∂L/∂h_t‖ at both ends of a run.

    Attributes:
        value: those at 0 and at T, (cells, members, 2), and the depths (cells,) → (cells,).
    """

    name: str
    value: Callable[[Array, Array], Array]


@attrs.frozen
class StatesMeasure:
    """A number of the curves of log10 ‖h_t‖, (members, T+1)."""

    name: str
    value: Callable[[Array], float]


@attrs.frozen
class ForwardMeasure:
    """A number of a Run of which the forward pass alone was computed."""

    name: str
    value: Callable[[Run], float]


@attrs.frozen
class OwnMeasure:
    """A number of an experiment that is found in a way of its own."""

    name: str
    value: Callable[[Experiment], float]


@attrs.frozen
class TrialMeasure:
    """A number of nets that are trained: of an experiment and a plan."""

    name: str
    value: Callable[[Trial], float]


CellMeasure = EndsMeasure | StatesMeasure | ForwardMeasure | OwnMeasure | TrialMeasure


def _gradient_rate(ends: Array, depths: Array) -> Array:
    """Median over members of the mean change of ln ‖∂L/∂h‖ per step back, as on Run."""
    return median((ends[..., 0] - ends[..., 1]).T) * math.log(10) / depths


def _gradient_log10(ends: Array, depths: Array) -> Array:
    """Median over members of log10 ‖∂L/∂h_0‖."""
    return median(ends[..., 0].T)


def _saturation(run: Run) -> float:
    """Share of units, over all members and steps, whose |φ′| is under a tenth of its largest."""
    return float(run.saturation.mean())


def _lyapunov(experiment: Experiment) -> float:
    """Median over members of the largest Lyapunov exponent, in nats per step."""

    def go_on(done: int, total: int) -> None:
        check_stop()

    found = [
        lyapunov_exponents(experiment, progress=go_on, member=member)[0]
        for member in range(experiment.members)
    ]
    return float(np.median(found))


#: By name, in the order in which they are offered.
MEASURES: dict[str, CellMeasure] = {
    one.name: one
    for one in (
        EndsMeasure("gradient_rate", _gradient_rate),
        StatesMeasure("hidden_rate", rate_since_awake),
        EndsMeasure("gradient_log10", _gradient_log10),
        ForwardMeasure("saturation", _saturation),
        OwnMeasure("lyapunov", _lyapunov),
        TrialMeasure("success", success),
    )
}


def measure_named(name: str) -> CellMeasure:
    """The measure of this name.

    Raises:
        ValueError: there is none.
    """
    if name not in MEASURES:
        raise ValueError(f"measure: got {name!r}, allowed: {', '.join(MEASURES)}")
    return MEASURES[name]


def trains(name: str) -> bool:
    """Whether nets are trained for the measure of this name."""
    return isinstance(measure_named(name), TrialMeasure)
