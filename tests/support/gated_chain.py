"""Both passes of the gated cells in 50 digits by the chain rule, for what no difference shows.

The equations are those of tests.support.gated_twin; nothing here is the engine's. 1 − z is σ(−a),
which has digits where z has none left.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.support.gated_twin import sigmoid
from tests.support.twin import ACTIVATIONS, Rows, each, exact, mp, zeros
from tuisim.engine.cells.network import Network
from tuisim.values.experiment import Experiment


class GatedChain:
    """One member.

    Attributes:
        states, gradients: h_0 … h_T and ∂L/∂h_0 …; cells, cell_gradients: c_t likewise (lstm).
        shares: ∂L/∂W_t, a list of (n, n), one a gate, for each step.
    """

    def __init__(self, experiment: Experiment, network: Network) -> None:
        e = self.experiment = experiment
        self.value, self.slope = ACTIVATIONS[e.activation]
        self.network = network
        self.states = [exact(network.start)]
        self.cells = [zeros(network.start.shape)]
        self.inner: list[dict[str, Rows]] = []
        for t in range(e.depth):
            {"lstm": self._lstm, "gru": self._gru, "toy": self._toy}[e.cell](t)
        self.gradients = [exact(network.probe)]
        self.cell_gradients = [zeros(network.start.shape)]
        self.shares: list[list[Rows]] = []
        for t in range(e.depth, 0, -1):
            {"lstm": self._lstm_back, "gru": self._gru_back, "toy": self._toy_back}[e.cell](t)
        for rows in (self.gradients, self.cell_gradients, self.shares):
            rows.reverse()

    def _weights(self, t: int) -> Rows:
        return exact(self.network.weights if self.experiment.tied else self.network.weights[t])

    def _sums(self, t: int) -> tuple[list[Rows], Rows]:
        bias = exact(self.network.bias if self.experiment.tied else self.network.bias[t])
        sums = [self.states[t].dot(w.T) + b for w, b in zip(self._weights(t), bias, strict=True)]
        return sums, exact(self.network.drive[t])

    def _lstm(self, t: int) -> None:
        sums, x = self._sums(t)
        a = [one + drive for one, drive in zip(sums, x, strict=True)]
        a[1] = a[1] + mp.mpf(self.experiment.forget_bias)
        i, f, o = (sigmoid(a[gate]) for gate in (0, 1, 3))
        rest = [sigmoid(-a[gate]) for gate in (0, 1, 3)]
        g = each(self.value, a[2])
        c = f * self.cells[t] + i * g
        shown = each(self.value, c)
        self.states.append(o * shown)
        self.cells.append(c)
        slopes = [i * rest[0], f * rest[1], each(self.slope, a[2]), o * rest[2]]
        kept = {"i": i, "f": f, "g": g, "o": o, "shown": shown, "c_slope": each(self.slope, c)}
        self.inner.append(kept | {"slopes": slopes})  # type: ignore[dict-item]

    def _lstm_back(self, t: int) -> None:
        v = self.inner[t - 1]
        gh = self.gradients[-1]
        gc = self.cell_gradients.pop() + gh * v["o"] * v["c_slope"]
        self.cell_gradients.append(gc)
        through = (gc * v["g"], gc * self.cells[t - 1], gc * v["i"], gh * v["shown"])
        self._pull(t, [one * slope for one, slope in zip(through, v["slopes"], strict=True)], 0)
        self.cell_gradients.append(gc * v["f"])

    def _gru(self, t: int) -> None:
        sums, x = self._sums(t)
        r, z = sigmoid(sums[0] + x[0]), sigmoid(sums[1] + x[1])
        rest = sigmoid(-(sums[1] + x[1]))
        a = r * sums[2] + x[2]
        m = each(self.value, a)
        self.states.append(rest * m + z * self.states[t])
        kept = {"r": r, "z": z, "rest": rest, "m": m, "q": sums[2], "slope": each(self.slope, a)}
        self.inner.append(kept | {"r_slope": r * sigmoid(-(sums[0] + x[0]))})

    def _gru_back(self, t: int) -> None:
        v, g = self.inner[t - 1], self.gradients[-1]
        inner = g * v["rest"] * v["slope"]
        at_z = g * (self.states[t - 1] - v["m"]) * v["z"] * v["rest"]
        self._pull(t, [inner * v["q"] * v["r_slope"], at_z, inner * v["r"]], g * v["z"])

    def _toy(self, t: int) -> None:
        (a, q), x = self._sums(t)
        f, rest = sigmoid(a + x[0]), sigmoid(-(a + x[0]))
        m = each(self.value, f * q + x[1])
        self.states.append(rest * self.states[t] + f * m)
        slope = each(self.slope, f * q + x[1])
        self.inner.append({"f": f, "rest": rest, "m": m, "q": q, "slope": slope})

    def _toy_back(self, t: int) -> None:
        v, g = self.inner[t - 1], self.gradients[-1]
        inner = g * v["f"] * v["slope"]
        at_f = (g * (v["m"] - self.states[t - 1]) + inner * v["q"]) * v["f"] * v["rest"]
        self._pull(t, [at_f, inner * v["f"]], g * v["rest"])

    def _pull(self, t: int, deltas: list[Rows], carried: Any) -> None:
        total = carried
        for delta, weights in zip(deltas, self._weights(t - 1), strict=True):
            total = total + delta.dot(weights)
        self.gradients.append(total)
        self.shares.append([delta.T.dot(self.states[t - 1]) for delta in deltas])

    def share(self, t: int) -> Rows:
        """∂L/∂W_t, all gates, (gates·n, n)."""
        return np.concatenate(self.shares[t - 1])
