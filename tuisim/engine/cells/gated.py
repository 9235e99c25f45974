"""What the gated cells share: their settings, and how a step adds up its gates.

Arrays of gates hold one row of batch·n numbers a gate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.base.facts import FACTS
from tuisim.engine.base.gates import gate_names
from tuisim.engine.base.memo import Array
from tuisim.engine.cells.beyond.common import back, by_row, forth, of_rows, steps_beyond
from tuisim.engine.cells.cell import Cell
from tuisim.engine.cells.kind import Factor
from tuisim.engine.cells.network import Network
from tuisim.engine.kernels.activations import CODES, activate, piecewise_into
from tuisim.engine.kernels.jit import aside, part
from tuisim.engine.kernels.lanes import Lanes, where_less
from tuisim.engine.kernels.scales import TANGENT_ROOM, any_faded, scaling_of
from tuisim.engine.kernels.tails import ZERO
from tuisim.engine.kernels.vectors import multiply_sum, power_of_two, rescale
from tuisim.engine.maths.extended import Extended
from tuisim.values.experiment import Experiment

#: A value past float64 stands beside a gate's slope of 0, and 0 times it is to be 0.
LARGE = 1e300


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
    gate_bias: float
    fades: bool


_SCALING = Settings._fields.index("scaling")


class Gated(Cell):
    """A cell of sigmoid gates about an activation φ."""

    #: The module of the cell's steps beyond float64.
    _beyond: Any
    #: The field that is added to the gate that keeps what was, if any is.
    kept_by = ""

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
            getattr(experiment, self.kept_by) if self.kept_by else 0.0,
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
        self._beyond.step_back(experiment, network, buffers, done, t, floor, adding)

    def by_row(
        self,
        experiment: Experiment,
        buffers: Any,
        rows: Array,
        exponents: Array,
        beyond: Callable[[int], tuple[Extended, ...]] | None = None,
    ) -> tuple[Array, Array]:
        """δ of the steps, (T, gates, batch·n), as (T, batch, gates·n), and exponents (T, batch).

        Those of the steps that left float64 are put in their places.

        Args:
            exponents: (T,).
            beyond: gives them, where that takes more than the experiment and the buffers.
        """
        found = beyond or (lambda t: self._beyond.deltas(experiment, buffers, t))
        steps, batch = experiment.depth, experiment.batch
        apart, scales = rows.reshape(steps, self.gates, batch, -1), of_rows(exponents, batch)
        for t in steps_beyond(buffers):
            apart[t - 1], scales[t - 1] = by_row(*found(t))
        return apart.transpose(0, 2, 1, 3).reshape(steps, batch, -1), scales

    def pre_activations(
        self,
        experiment: Experiment,
        network: Network,
        states: Sequence[Array],
        first: int,
        last: int,
    ) -> dict[str, Array]:
        e, source = experiment, states[0][first:last]
        found: dict[str, Array] = {}
        for gate, name in enumerate(gate_names(self.name)):
            if e.tied:
                a = source @ network.weights[gate].T + network.inside[gate]
            else:
                a = np.matmul(source, network.weights[first:last, gate].transpose(0, 2, 1))
                a += network.inside[first:last, gate, np.newaxis]
            found[name] = self.with_input(e, name, a, network.beside[first:last, gate], found)
        return found

    def with_input(
        self, experiment: Experiment, name: str, a: Array, x: Array, found: dict[str, Array]
    ) -> Array:
        """A gate's pre-activation from W h + b and its input, and from those of gates before it."""
        return a + x


@part
def pre_activations(
    p: Settings,
    gates: int,
    transposed: Array,
    bias: Array,
    states: Array,
    t: int,
    k: int,
    a: Array,
) -> None:
    """a[gate] = W_gate h_t + b_gate for every gate of the step after t, matrices from k on."""
    size = a.shape[1]
    n = size // p.batch
    one, turned = int(np.int64(1)), t % 2 == 1
    for place in range(gates):
        gate = gates - 1 - place if turned else place
        multiply_sum(transposed, k + gate, one, states, t, a, gate, p.batch, False, turned)
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
def leaves_float64(
    p: Settings, slopes: Array, row: int, candidate: int, gates: int, rows: int
) -> bool:
    """Whether one of a step's slopes is lost: of its gates but the candidate's, and of φ."""
    for one in range(rows):
        gate = one < gates and one != candidate
        if (gate or p.fades) and any_faded(slopes, row + one):
            return True
    return False


@part
def to_scale(a: Array, gates: int, candidate: int, exponent: float) -> tuple[bool, float, float]:
    """Bring the rows of a, on the scale of h, to that on which φ and the gates' σ can take them.

    Returns:
        whether the candidate's stays where it is, φ being its own tangents there; what h is to be
        multiplied with beside φ's values; and their exponent.
    """
    if exponent == 0.0:
        return False, 1.0, exponent
    tangent = is_tangent(a, candidate, exponent)
    for gate in range(gates):
        if gate != candidate or not tangent:
            to_true(a, gate, exponent)
    return (True, 1.0, exponent) if tangent else (False, power_of_two(exponent), 0.0)


@part
def phi_into(
    p: Settings, tangent: bool, a: Array, row: int, values: Array, t: int, slopes: Array, s: int
) -> None:
    """values[t], slopes[s] = φ and φ′ of a[row], on the scale of a where that is `tangent`."""
    if tangent:
        piecewise_into(a, row, values, t, slopes, s, p.slope_below, p.slope_above)
    else:
        activate(p.activation, a, row, values, t, slopes, s)


@part
def rest_of(z: Lanes, slope: Lanes) -> Lanes:
    """1 − z with all its digits: σ(−a) is σ′(a)/σ(a)."""
    rest: Lanes = where_less(0.5, z, slope / where_less(0.5, z, z, 1.0), 1.0 - z)
    return rest


def rest(z: Array, slope: Array) -> Array:
    """The same of arrays."""
    kept = z > 0.5
    return np.where(kept, slope / np.where(kept, z, 1.0), 1.0 - z)


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


def any_size_factors(
    diagonal: Extended, through: Sequence[Extended], weights: Array
) -> tuple[Factor, ...]:
    """diag(diagonal) + Σ diag(through) W with rows of any size: their scales on a diagonal.

    Args:
        diagonal: (1, n). through: of each gate, (1, n).
    """
    jacobian = Extended.of(np.diag(diagonal.m.reshape(-1)), diagonal.e.reshape(-1, 1))
    for row, matrix in zip(through, weights, strict=True):
        jacobian = jacobian + row.reshape(-1, 1) * Extended.of(matrix)
    top = jacobian.e.max(axis=1)
    # A row of zeros has no scale.
    top = np.where(top == ZERO, 0.0, top)
    return Extended.of(np.ones_like(top), top), jacobian.over(top[:, np.newaxis])


def note_step(flat: Array, t: int, kept: tuple[Extended, ...]) -> None:
    """Write the rows of the step after t, 0 or inf beyond float64."""
    for place, one in enumerate(kept):
        flat[t * len(kept) + place] = one.floats().ravel()


def scale_before(buffers: Any, t: int) -> float:
    """The scale of h_{t−1}'s rows, as far as float64 has it."""
    return math.ldexp(1.0, int(min(max(buffers.state_exponents[t - 1], -4000), 990)))
