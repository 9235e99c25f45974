"""A slow, readable twin of the gated cells in 50 digits: loops, one member, no backward pass.

Derivatives are central differences of the loss, a state moved as a node of the graph: in 50 digits
they are right to 30.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.support.twin import ACTIVATIONS, Rows, each, exact, mp
from tuisim.engine.cells.network import Network
from tuisim.values.experiment import Experiment

STEP = mp.mpf(10) ** -18

State = tuple[Rows, Rows | None]


def sigmoid(rows: Rows) -> Rows:
    """σ of every entry."""
    return each(lambda x: 1 / (1 + mp.exp(-x)), rows)


class GatedTwin:
    """Forward passes of one member.

    Attributes:
        states: (h_t, c_t) for t = 0 … T; c is None for the gru.
        slopes: for each step the derivatives of its activations, in the order gates, then φ(c).
    """

    def __init__(self, experiment: Experiment, network: Network) -> None:
        self.experiment = e = experiment
        steps = range(e.depth)
        self.weights = [exact(network.weights if e.tied else network.weights[t]) for t in steps]
        self.bias = [exact(network.bias if e.tied else network.bias[t]) for t in steps]
        self.drive = [exact(x) for x in network.drive]
        self.probe = exact(network.probe)
        self.value, self.slope = ACTIVATIONS[e.activation]
        self.slopes: list[list[Rows]] = []
        start = exact(network.start)
        self.states: list[State] = [(start, 0 * start if e.cell == "lstm" else None)]
        for t in range(1, e.depth + 1):
            self.states.append(self.step(*self.states[-1], t, note=True))

    def linear(self, h: Rows, t: int, gate: int) -> Rows:
        """W_gate h + b_gate."""
        rows: Rows = h.dot(self.weights[t - 1][gate].T) + self.bias[t - 1][gate]
        return rows

    def step(self, h: Rows, c: Rows | None, t: int, note: bool = False) -> State:
        """The state after step t from the one before."""
        x = self.drive[t - 1]
        if self.experiment.cell == "lstm":
            a = [self.linear(h, t, gate) + x[gate] for gate in range(4)]
            a[1] = a[1] + mp.mpf(self.experiment.forget_bias)
            i, f, o = (sigmoid(a[gate]) for gate in (0, 1, 3))
            c = f * c + i * each(self.value, a[2])
            state: State = (o * each(self.value, c), c)
            kinds = [self.gate_slope, self.gate_slope, self.slope, self.gate_slope, self.slope]
            inner = [*a, c]
        elif self.experiment.cell == "toy":
            first = self.linear(h, t, 0) + x[0]
            f = sigmoid(first)
            second = f * self.linear(h, t, 1) + x[1]
            state = ((1 - f) * h + f * each(self.value, second), None)
            kinds, inner = [self.gate_slope, self.slope], [first, second]
        else:
            r, z = (sigmoid(self.linear(h, t, gate) + x[gate]) for gate in (0, 1))
            a = [self.linear(h, t, gate) + x[gate] for gate in (0, 1)]
            a.append(r * self.linear(h, t, 2) + x[2])
            state = ((1 - z) * each(self.value, a[2]) + z * h, None)
            kinds = [self.gate_slope, self.gate_slope, self.slope]
            inner = a
        if note:
            self.slopes.append([each(kind, rows) for kind, rows in zip(kinds, inner, strict=True)])
        return state

    @staticmethod
    def gate_slope(x: Any) -> Any:
        """σ(x)σ(−x)."""
        return 1 / ((1 + mp.exp(-x)) * (1 + mp.exp(x)))

    def loss(self, h: Rows, c: Rows | None, t: int) -> Any:
        """L from the state at t on."""
        for later in range(t + 1, self.experiment.depth + 1):
            h, c = self.step(h, c, later)
        return mp.fsum((self.probe * h).flat)

    def _moved(self, t: int, which: int, place: tuple[int, int], by: Any) -> Any:
        h, c = (None if rows is None else rows.copy() for rows in self.states[t])
        (h, c)[which][place] += by
        if which == 1 and t > 0:
            # h_t is a child of c_t.
            i, f = self.states[t][0], self.states[t][1]
            with_c = [x / each(self.value, y) for x, y in zip(i.flat, f.flat, strict=True)]
            h = np.array(with_c, object).reshape(i.shape) * each(self.value, c)
        return self.loss(h, c, t)

    def gradient(self, t: int, which: int = 0) -> Rows:
        """∂L/∂h_t (which = 0) or ∂L/∂c_t (1), by central differences."""
        rows = self.states[t][which]
        assert rows is not None
        out = np.empty(rows.shape, object)
        for place in np.ndindex(*rows.shape):
            ends = [self._moved(t, which, place, sign * STEP) for sign in (1, -1)]
            out[place] = (ends[0] - ends[1]) / (2 * STEP)
        return out

    def weight_gradient(self, t: int) -> Rows:
        """∂L/∂W_t, one step's share, (gates, n, n), by central differences."""
        kept = self.weights[t - 1]
        out = np.empty(kept.shape, object)
        for place in np.ndindex(*kept.shape):
            ends = []
            for sign in (1, -1):
                self.weights[t - 1] = kept.copy()
                self.weights[t - 1][place] += sign * STEP
                moved = self.step(*self.states[t - 1], t)
                self.weights[t - 1] = kept
                ends.append(self.loss(*moved, t))
            out[place] = (ends[0] - ends[1]) / (2 * STEP)
        return out
