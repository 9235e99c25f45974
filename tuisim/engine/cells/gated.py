"""What the gated cells share: their settings, and how a step adds up its gates. Imports the engine.

Arrays of gates hold one row of batch·n numbers a gate.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.activations import CODES
from tuisim.engine.cells.cell import Cell
from tuisim.engine.facts import FACTS
from tuisim.engine.jit import aside, part
from tuisim.engine.memo import Array
from tuisim.engine.network import Network
from tuisim.engine.scales import TANGENT_ROOM, scaling_of
from tuisim.engine.vectors import multiply, power_of_two, rescale
from tuisim.experiment import Experiment


class Settings(NamedTuple):
    """The numbers of an experiment that the kernels of gated cells need."""

    activation: int
    batch: int
    tied: bool
    biased: bool
    driven: bool
    scaling: int
    slope_below: float
    slope_above: float
    forget_bias: float


class Gated(Cell):
    """A cell of sigmoid gates about an activation φ."""

    #: The activations of a step in the order of the rows of `slopes`: a gate's or φ.
    _evaluated: tuple[str, ...]

    def settings(self, experiment: Experiment, network: Network) -> tuple[Any, ...]:
        facts = FACTS[experiment.activation]
        plain = not network.biased and not network.driven
        return (
            CODES[experiment.activation],
            experiment.batch,
            experiment.tied,
            network.biased,
            network.driven,
            scaling_of(facts, plain, homogeneous=False),
            facts.left_slope,
            facts.right_slope,
            experiment.forget_bias,
        )

    def silent(self, scaling: int) -> tuple[Any, ...]:
        return tuple(Settings(0, 1, True, False, False, scaling, 1.0, 1.0, 0.0))

    def largest_slopes(self, experiment: Experiment) -> Array:
        names = {"gate": "sigmoid", "φ": experiment.activation}
        return np.array([FACTS[names[one]].largest_slope for one in self._evaluated])

    def by_row(self, experiment: Experiment, rows: Array) -> Array:
        """(T, gates, batch·n) as (T, batch, gates·n)."""
        steps, batch = experiment.depth, experiment.batch
        apart = rows.reshape(steps, self.gates, batch, experiment.width)
        return apart.transpose(0, 2, 1, 3).reshape(steps, batch, -1)


@part
def pre_activations(
    p: Settings,
    gates: int,
    transposed: Array,
    bias: Array,
    states: Array,
    t: int,
    step: int,
    a: Array,
) -> None:
    """a[gate] = W_gate h_t + b_gate for every gate of the step after t."""
    size = a.shape[1]
    n = size // p.batch
    k = step - step if p.tied else step * gates
    for gate in range(gates):
        multiply(transposed, k + gate, states, t, a, gate, p.batch, False)
    if p.biased:
        for gate in range(gates):
            for b in range(p.batch):
                for j in range(n):
                    a[gate, b * n + j] += bias[k + gate, j]


@part
def add_input(drive: Array, row: int, a: Array, gate: int) -> None:
    """a[gate] += drive[row]."""
    for i in range(a.shape[1]):
        a[gate, i] += drive[row, i]


@aside
def is_tangent(a: Array, row: int, exponent: float) -> bool:
    """Whether a[row] · 2**exponent meets φ's tangents to the last bit."""
    largest = 0.0
    for i in range(a.shape[1]):
        largest = max(largest, abs(a[row, i]))
    return largest * power_of_two(exponent) < TANGENT_ROOM


@aside
def to_true(rows: Array, row: int, exponent: float) -> None:
    """rows[row] *= 2**exponent."""
    rescale(rows, row, -exponent)
