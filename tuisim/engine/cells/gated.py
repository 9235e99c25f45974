"""What the gated cells share: their settings, and how a step adds up its gates.

Arrays of gates hold one row of batch·n numbers a gate.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.base.facts import FACTS
from tuisim.engine.base.gates import CANDIDATE
from tuisim.engine.base.memo import Array
from tuisim.engine.cells.beyond import back, forth
from tuisim.engine.cells.cell import Cell
from tuisim.engine.cells.network import Network
from tuisim.engine.kernels.activations import CODES
from tuisim.engine.kernels.jit import aside, part
from tuisim.engine.kernels.scales import TANGENT_ROOM, any_faded, scaling_of
from tuisim.engine.kernels.vectors import multiply, power_of_two, rescale
from tuisim.engine.maths.extended import Extended
from tuisim.values.experiment import Experiment


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
    fades: bool


_SCALING = Settings._fields.index("scaling")


class Gated(Cell):
    """A cell of sigmoid gates about an activation φ."""

    #: The activations of a step in the order of the rows of `slopes`: a gate's or φ.
    _evaluated: tuple[str, ...]
    #: The module of the cell's steps beyond float64.
    _beyond: Any

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
            facts.fades,
        )

    def silent(self, scaling: int) -> tuple[Any, ...]:
        return tuple(Settings(0, 1, True, False, False, scaling, 1.0, 1.0, 0.0, False))

    def step_beyond(
        self, experiment: Experiment, network: Network, buffers: Any, done: int, t: int
    ) -> None:
        scaling = self.settings(experiment, network)[_SCALING]
        self._beyond.step(experiment, network, buffers, done, t, scaling)

    def step_back_beyond(
        self,
        experiment: Experiment,
        network: Network,
        buffers: Any,
        done: int,
        t: int,
        floor: int,
        adding: bool,
    ) -> None:
        self._beyond.step_back(experiment, network, buffers, done, t)

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


@part
def leaves_float64(p: Settings, slopes: Array, row: int, gates: int, rows: int) -> bool:
    """Whether one of a step's slopes is lost: of its gates but the candidate's, and of φ."""
    for one in range(rows):
        gate = one < gates and one != CANDIDATE
        if (gate or p.fades) and any_faded(slopes, row + one):
            return True
    return False


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


def pre_activations_beyond(
    experiment: Experiment, network: Network, h: Extended, done: int
) -> tuple[list[Extended], list[Extended]]:
    """W_gate h + b_gate, (B, n) each, and the inputs of the gates, which a gru adds later."""
    shape = experiment.batch, experiment.width
    found, inputs = [], []
    for gate in range(network.gates):
        k = gate if experiment.tied else done * network.gates + gate
        a = forth(network, h, k)
        if network.biased:
            a = a + Extended.of(np.broadcast_to(network.bias_rows[k], shape))
        found.append(a)
        row = network.drive_rows[done * network.gates + gate]
        inputs.append(Extended.of(row.reshape(shape)))
    return found, inputs


def pulled_back_beyond(
    experiment: Experiment, network: Network, deltas: tuple[Extended, ...], done: int
) -> Extended:
    """Σ W_gateᵀ δ_gate, (B, n)."""
    first = 0 if experiment.tied else done * network.gates
    parts = [back(network, delta, first + gate) for gate, delta in enumerate(deltas)]
    total = parts[0]
    for one in parts[1:]:
        total = total + one
    return total


def of_step(
    experiment: Experiment, flat: Array, kept: tuple[Extended, ...], t: int, count: int
) -> tuple[Extended, ...]:
    """What a step has, (B, n) each: the record's, or the buffer's rows."""
    if kept:
        return kept
    block = flat[(t - 1) * count : t * count]
    return tuple(Extended.of(row.reshape(experiment.batch, experiment.width)) for row in block)


def note_step(flat: Array, t: int, kept: tuple[Extended, ...]) -> None:
    """Write the rows of the step after t, 0 or inf beyond float64."""
    for place, one in enumerate(kept):
        flat[t * len(kept) + place] = one.floats().ravel()
