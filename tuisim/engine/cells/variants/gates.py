"""Gates that are σ or a hard sigmoid, clip(slope·a + ½, 0, 1), as a setting says."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.gated import Gated, leaves_float64, rest, rest_of
from tuisim.engine.cells.network import Network
from tuisim.engine.kernels.activations import sigmoid_into
from tuisim.engine.kernels.jit import aside, part
from tuisim.engine.kernels.lanes import Lanes
from tuisim.engine.kernels.scales import any_faded
from tuisim.engine.maths.extended import Extended, activated
from tuisim.engine.trained.layer import HARD_SLOPES
from tuisim.values.experiment import Experiment


class Settings(NamedTuple):
    """Those of the gated cells, and what a trained layer's gates need.

    hard: the slope of hard gates; 0 where they are σ. before: whether a gru resets before the
    product.
    """

    activation: int
    batch: int
    tied: bool
    biased: bool
    driven: bool
    scaling: int
    slope_below: float
    slope_above: float
    gate_bias: float
    fades: bool
    hard: float
    before: bool


def hard_slope(network: Network) -> float:
    """The slope of hard gates; 0 where they are σ."""
    return HARD_SLOPES.get(network.gate_activation, 0.0)


class Varied(Gated):
    """What gated cells of a trained layer's gates have in common, before the plain cell's own."""

    def settings(self, experiment: Experiment, network: Network) -> tuple[Any, ...]:
        more = hard_slope(network), network.reset == "before"
        return (*super().settings(experiment, network), *more)

    def silent(self, scaling: int) -> tuple[Any, ...]:
        return (*super().silent(scaling), 0.0, False)

    def largest_slopes(self, experiment: Experiment, network: Network) -> Array:
        found, hard = super().largest_slopes(experiment, network), hard_slope(network)
        gate = np.array([one == "gate" for one in self.evaluated])
        return np.where(gate, hard, found) if hard else found

    def input_deltas(self, experiment: Experiment, buffers: Any, deltas: Array) -> Array:
        raise NotImplementedError("nets with a trained layer's gates are not trained")


@aside
def _hard_into(
    a: Array, row: int, states: Array, t: int, slopes: Array, s: int, slope: float
) -> None:
    for i in range(a.shape[1]):
        x = slope * a[row, i] + 0.5
        states[t, i] = 0.0 if x <= 0.0 else (1.0 if x >= 1.0 else x)
        slopes[s, i] = 0.0 if (x <= 0.0 or x >= 1.0) else (slope if x == x else x)


@part
def gate_into(
    p: Settings, a: Array, row: int, values: Array, t: int, slopes: Array, s: int
) -> None:
    """values[t], slopes[s] = a gate of a[row] and its slope."""
    if p.hard == 0.0:
        sigmoid_into(a, row, values, t, slopes, s)
    else:
        _hard_into(a, row, values, t, slopes, s, p.hard)


@part
def rest_of_gate(p: Settings, z: Lanes, slope: Lanes) -> Lanes:
    """1 − z with all its digits."""
    found: Lanes = 1.0 - z
    if p.hard == 0.0:
        found = rest_of(z, slope)
    return found


@part
def any_lost(p: Settings, slopes: Array, row: int, candidate: int, gates: int, rows: int) -> bool:
    """Whether one of a step's slopes is lost; a hard gate's is 0 where it is 0."""
    if p.hard == 0.0:
        return leaves_float64(p, slopes, row, candidate, gates, rows)  # type: ignore[arg-type]
    for one in range(rows):
        if (one >= gates or one == candidate) and p.fades and any_faded(slopes, row + one):
            return True
    return False


def rest_of_gates(hard: float, z: Array, slope: Array) -> Array:
    """1 − z of whole arrays."""
    return 1.0 - z if hard else rest(z, slope)


def gate_beyond(hard: float, a: Extended) -> tuple[Extended, Extended, Extended]:
    """A gate, its slope, and 1 − the gate, in numbers of any size."""
    if not hard:
        found, slope = activated("sigmoid", a)
        return found, slope, activated("sigmoid", -a)[0]
    # What float64 does not hold of a is far inside or far outside.
    x = hard * a.floats() + 0.5
    inside = np.where((x <= 0.0) | (x >= 1.0), 0.0, np.where(np.isnan(x), x, hard))
    z = x.clip(0.0, 1.0)
    return Extended.of(z), Extended.of(inside), Extended.of(1.0 - z)
