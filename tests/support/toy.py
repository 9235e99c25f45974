"""A cell that the engine does not have, in one module and one line of the table, for tests.

    f = σ(W_f h_{t−1} + b_f + x_ft),  m = φ(f·(W_m h_{t−1} + b_m) + x_mt)
    h_t = (1 − f)·h_{t−1} + f·m

The minimal gated unit of Zhou et al. 2016, with its gate after the product.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.base.facts import value
from tuisim.engine.base.memo import Array
from tuisim.engine.base.memory import empty
from tuisim.engine.cells import gated, table
from tuisim.engine.cells.beyond.common import (
    Records,
    Step,
    common_exponent,
    gradient,
    put,
    put_gradient,
    state,
)
from tuisim.engine.cells.gated import (
    Gated,
    Settings,
    add_input,
    leaves_float64,
    phi_into,
    pre_activations,
    rest_of,
    to_scale,
    to_true,
)
from tuisim.engine.cells.kind import Factor
from tuisim.engine.cells.network import Network
from tuisim.engine.cells.template import kernels
from tuisim.engine.kernels import jit
from tuisim.engine.kernels.activations import sigmoid_into
from tuisim.engine.kernels.jit import part
from tuisim.engine.kernels.lanes import AT_ONCE, load_some, store_some
from tuisim.engine.kernels.scales import any_near_kink, leaves, note_state
from tuisim.engine.kernels.vectors import multiply, power_of_two, settle
from tuisim.engine.maths.extended import Extended, activated
from tuisim.engine.training import updates
from tuisim.values.cells import CELLS, CellFacts
from tuisim.values.experiment import Experiment

#: The line.
LINE = CellFacts({"f": (2,), "m": ()}, 7, 6, __name__)

GATES = 2
F, M = range(GATES)
#: The rows of a step in `values`: its gates, and W_m h_{t−1} + b_m.
Q, ROWS = GATES, GATES + 1


# Other tests count the kernels of the engine, among which those below are no more at the end.
_COUNTED = list(jit._kernels), list(jit._parts)


@contextmanager
def known() -> Iterator[None]:
    """The cell "toy" is in the table while this lasts."""
    CELLS["toy"] = LINE
    try:
        yield
    finally:
        del CELLS["toy"]
        table.CELLS.pop("toy", None)
        updates.UPDATES.pop("toy", None)
        for counted in (jit._kernels, jit._parts):
            counted[:] = [one for one in counted if one.py_func.__module__ != __name__]


class Buffers(NamedTuple):
    """As CommonBuffers; values: (3·C, batch·n), f m and W_m h_{t−1} + b_m from row 3(t−1) on."""

    states: Array
    gradients: Array
    slopes: Array
    state_exponents: Array
    gradient_exponents: Array
    hidden_log10: Array
    gradient_log10: Array
    values: Array
    beyond: Records
    gradients_beyond: Records


@part
def _step(
    p: Settings,
    transposed: Array,
    bias: Array,
    drive: Array,
    arrays: tuple[Array, ...],
    a: Array,
    t: int,
    k: int,
    x: int,
) -> bool:
    states, _, slopes, exponents, _, log10, _, values = arrays
    size, row, slope_row = states.shape[1], ROWS * t, GATES * t
    pre_activations(p, GATES, transposed, bias, states, t, k, a)
    if p.driven:
        add_input(drive, x + F, a, F)
    tangent, carried, exponent = to_scale(a, GATES, M, exponents[t])
    sigmoid_into(a, F, values, row + F, slopes, slope_row + F)
    for i in range(0, size, AT_ONCE):
        count = min(size - i, AT_ONCE)
        q = load_some(a, M * size + i, count)
        store_some(q, values, (row + Q) * size + i, count)
        store_some(load_some(values, (row + F) * size + i, count) * q, a, M * size + i, count)
    if p.driven:
        add_input(drive, x + M, a, M)
    phi_into(p, tangent, a, M, values, row + M, slopes, slope_row + M)
    if p.slope_below != p.slope_above and any_near_kink(a, M):
        return False
    if leaves_float64(p, slopes, slope_row, M, GATES, GATES):
        return False
    for i in range(0, size, AT_ONCE):
        count = min(size - i, AT_ONCE)
        f = load_some(values, (row + F) * size + i, count)
        rest = rest_of(f, load_some(slopes, (slope_row + F) * size + i, count))
        old = rest * (carried * load_some(states, t * size + i, count))
        new = f * load_some(values, (row + M) * size + i, count)
        store_some(old + new, states, (t + 1) * size + i, count)
    if tangent:
        to_true(values, row + M, exponent)
        to_true(values, row + Q, exponent)
    exponents[t + 1] = exponent
    note_state(states, t + 1, exponents, log10, p.scaling)
    return not leaves(log10, exponents, t, True)


@part
def _step_back(
    p: Settings,
    matrices: Array,
    arrays: tuple[Array, ...],
    delta: Array,
    t: int,
    first: int,
    k: int,
    floor: int,
    adding: bool,
) -> float:
    states, gradients, slopes, state_exponents, exponents, _, log10, values = arrays
    size, row, slope_row = states.shape[1], ROWS * (t - 1), GATES * (t - 1)
    before = power_of_two(state_exponents[t - 1])
    for i in range(0, size, AT_ONCE):
        count = min(size - i, AT_ONCE)
        g = load_some(gradients, t * size + i, count)
        f = load_some(values, (row + F) * size + i, count)
        f_slope = load_some(slopes, (slope_row + F) * size + i, count)
        change = load_some(values, (row + M) * size + i, count) - before * load_some(
            states, (t - 1) * size + i, count
        )
        inner = g * f * load_some(slopes, (slope_row + M) * size + i, count)
        heard = inner * load_some(values, (row + Q) * size + i, count)
        store_some((g * change + heard) * f_slope, delta, F * size + i, count)
        store_some(inner * f, delta, M * size + i, count)
        store_some(rest_of(f, f_slope) * g, gradients, (t - 1) * size + i, count)
    for gate in range(GATES):
        multiply(matrices, k + gate, delta, gate, gradients, t - 1, p.batch, True)
    of_delta: float = exponents[t]
    exponents[t - 1] = of_delta
    settle(gradients, t - 1, exponents, log10)
    return of_delta


@part
def _at_input(p: Settings, arrays: tuple[Array, ...], t: int, delta: Array) -> None:
    _, gradients, slopes, _, _, _, _, values = arrays
    size, row, slope_row = gradients.shape[1], ROWS * (t - 1), GATES * (t - 1)
    for i in range(size):
        inner = gradients[t, i] * values[row + F, i] * slopes[slope_row + M, i]
        delta[M, i] = inner


forward, backward, passes, parts = kernels(
    __name__,
    Buffers,
    Settings=Settings,
    gates=GATES,
    step=_step,
    step_back=_step_back,
    at_input=_at_input,
)


class Toy(Gated):
    """A minimal gated unit."""

    name = "toy"
    buffers = Buffers
    evaluated = ("gate", "φ")
    forward = staticmethod(forward)
    backward = staticmethod(backward)
    passes = staticmethod(passes)
    parts = parts

    def own_arrays(
        self, experiment: Experiment, members: int, capacity: int, any_norm: bool
    ) -> tuple[Array, ...]:
        return (empty(members, capacity * ROWS, experiment.batch * experiment.width),)

    def _inner(self, experiment: Experiment, buffers: Any) -> tuple[Array, Array, Array, Array]:
        """Values and slopes (T, rows, batch·n), ∂L/∂h_t, and ∂L/∂(pre-activation of m)."""
        values = buffers.values.reshape(experiment.depth, ROWS, -1)
        slopes = buffers.slopes.reshape(experiment.depth, GATES, -1)
        g = buffers.gradients[1:]
        return values, slopes, g, g * values[:, F] * slopes[:, M]

    def deltas(self, experiment: Experiment, network: Network, buffers: Any) -> tuple[Array, Array]:
        with np.errstate(invalid="ignore", over="ignore"):
            values, slopes, g, inner = self._inner(experiment, buffers)
            before = np.ldexp(1.0, buffers.state_exponents[:-1].clip(-4000, 0).astype(int))
            change = values[:, M] - before[:, np.newaxis] * buffers.states[:-1]
            of_f = (g * change + inner * values[:, Q]) * slopes[:, F]
            rows = np.stack([of_f, inner * values[:, F]], axis=1)
        return self.by_row(experiment, buffers, rows, buffers.gradient_exponents[1:].copy())

    def input_deltas(self, experiment: Experiment, buffers: Any, deltas: Array) -> Array:
        own = deltas.copy()
        behind = self._inner(experiment, buffers)[3]
        own[..., experiment.width :] = behind.reshape(*deltas.shape[:2], experiment.width)
        return own

    def step_factors(
        self, experiment: Experiment, network: Network, buffers: Any, t: int
    ) -> tuple[Factor, ...]:
        """diag(1 − f) + diag((m − h + f φ′ q)σ′_f) W_f + diag(f² φ′) W_m."""
        weights = network.matrices_at(t, experiment.tied)
        record = buffers.beyond[t]
        if record is not None and record.slopes:
            (f, m, q, rest), (f_slope, m_slope) = evaluated(experiment, buffers, t)
            inner = f * m_slope
            of_f = (m + -state(experiment, buffers, t - 1) + inner * q) * f_slope
            return gated.any_size_factors(rest, (of_f, inner * f), weights)
        values = buffers.values[(t - 1) * ROWS : t * ROWS].clip(-gated.LARGE, gated.LARGE)
        slopes = buffers.slopes[(t - 1) * GATES : t * GATES]
        inner = values[F] * slopes[M]
        change = values[M] - gated.scale_before(buffers, t) * buffers.states[t - 1]
        of_f = (change + inner * values[Q]) * slopes[F]
        through = of_f[:, None] * weights[F] + (inner * values[F])[:, None] * weights[M]
        return (through + np.diag(gated.rest(values[F], slopes[F])),)

    def with_input(
        self, experiment: Experiment, name: str, a: Array, x: Array, found: dict[str, Array]
    ) -> Array:
        return a * value("sigmoid", found["f"]) + x if name == "m" else a + x

    _beyond = sys.modules[__name__]


def step(e: Experiment, network: Network, buffers: Any, done: int, t: int, scaling: int) -> None:
    """h_{t+1} in numbers of any size."""
    h = state(e, buffers, t)
    (a_f, q), (x_f, x_m) = gated.pre_activations_beyond(e, network, h, done)
    f, f_slope = activated("sigmoid", a_f + x_f)
    m, m_slope = activated(e.activation, f * q + x_m)
    rest = activated("sigmoid", -(a_f + x_f))[0]
    h = rest * h + f * m
    gated.note_step(buffers.values, t, (f, m, q))
    gated.note_step(buffers.slopes, t, (f_slope, m_slope))
    exponent = common_exponent((h,), scaling)
    put(h, buffers.states, buffers.state_exponents, t + 1, exponent)
    buffers.hidden_log10[t + 1] = h.log10_norm
    kept = (h,) if exponent is None else ()
    buffers.beyond[t + 1] = Step(kept, (f, m, q, rest), (f_slope, m_slope))


def evaluated(e: Experiment, buffers: Any, t: int) -> tuple[tuple[Extended, ...], ...]:
    """Values f m q and 1 − f, and slopes, (B, n) each."""
    record = buffers.beyond[t] or Step((), (), ())
    values = gated.of_step(e, buffers.values, record.values, t, ROWS)
    slopes = gated.of_step(e, buffers.slopes, record.slopes, t, GATES)
    if len(values) == ROWS:
        values = (*values, Extended.of(gated.rest(values[F].floats(), slopes[F].floats())))
    return values, slopes


def deltas(e: Experiment, buffers: Any, t: int) -> tuple[Extended, ...]:
    """∂L/∂(W_gate h_{t−1}), (B, n) each."""
    (f, m, q, _), (f_slope, m_slope) = evaluated(e, buffers, t)
    g = gradient(e, buffers, t)
    inner = g * f * m_slope
    change = m + -state(e, buffers, t - 1)
    return (g * change + inner * q) * f_slope, inner * f


def step_back(
    e: Experiment, network: Network, buffers: Any, done: int, t: int, floor: int, adding: bool
) -> None:
    """∂L/∂h_{t−1} in numbers of any size."""
    kept = evaluated(e, buffers, t)[0][3] * gradient(e, buffers, t)
    pulled = gated.pulled_back_beyond(e, network, deltas(e, buffers, t), done)
    put_gradient(kept + pulled, buffers, t - 1)


CELL = Toy()
jit._kernels[:], jit._parts[:] = _COUNTED
