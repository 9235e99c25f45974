"""A slow, readable twin of the rnn cell in 50 digits: loops, one member, nothing of the engine's.

    s_t = (1 − skip_share)·h_{t−1} + skip_share·h_{max(t−skip, 0)}
    a_t = N(W_t s_t + b_t + x_t)
    h_t = (1 − leak + residual)·h_{t−1} + leak·φ(a_t)
    L   = Σ probe·h_T

mpmath's exponents have no end, so nothing under- or overflows here however deep the net is.
Arrays are object arrays of mpf with one row a row of the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from tests.support.digits import context
from tuisim.engine.cells.network import Network
from tuisim.values.experiment import Experiment

mp = context(50)

Rows = np.ndarray[tuple[int, ...], np.dtype[np.object_]]
Scalar = Callable[[Any], Any]

_ONE = mp.mpf(1)
_SELU_SCALE = mp.mpf("1.0507009873554804934193349852946")
_SELU_ALPHA = mp.mpf("1.6732632423543772848170429916717")
_LEAKY = mp.mpf(0.01)


def _logistic(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def _cdf(x: Any) -> Any:
    # mpmath's erfc takes no number beyond float64; so far out Φ is 1, or nothing.
    return mp.ncdf(x) if abs(x) < 1e6 else mp.mpf(int(x > 0))


#: φ and φ′, with PyTorch's slopes at the kinks.
ACTIVATIONS: dict[str, tuple[Scalar, Scalar]] = {
    "identity": (lambda x: x, lambda x: _ONE),
    "tanh": (mp.tanh, lambda x: mp.sech(x) ** 2),
    "sigmoid": (_logistic, lambda x: _logistic(x) * _logistic(-x)),
    "relu": (lambda x: max(x, 0 * x), lambda x: _ONE if x > 0 else 0 * _ONE),
    "leaky_relu": (lambda x: x if x > 0 else _LEAKY * x, lambda x: _ONE if x > 0 else _LEAKY),
    "elu": (lambda x: x if x > 0 else mp.expm1(x), lambda x: _ONE if x > 0 else mp.exp(x)),
    "selu": (
        lambda x: _SELU_SCALE * (x if x > 0 else _SELU_ALPHA * mp.expm1(x)),
        lambda x: _SELU_SCALE * (_ONE if x > 0 else _SELU_ALPHA * mp.exp(x)),
    ),
    "gelu": (lambda x: x * _cdf(x), lambda x: _cdf(x) + (x * mp.npdf(x) if abs(x) < 1e6 else 0)),
    "softplus": (lambda x: mp.log1p(mp.exp(x)), _logistic),
    "hard_tanh": (
        lambda x: max(-_ONE, min(_ONE, x)),
        lambda x: _ONE if -1 < x < 1 else 0 * _ONE,
    ),
}

#: φ at an object array.
each = np.frompyfunc(lambda function, x: function(x), 2, 1)


def exact(array: Any) -> Rows:
    """The same numbers as mpf."""
    return np.frompyfunc(mp.mpf, 1, 1)(np.asarray(array, dtype=float).astype(object))


def zeros(shape: tuple[int, ...]) -> Rows:
    """Zeros as mpf."""
    return exact(np.zeros(shape))


def norm(rows: Rows) -> Any:
    """The square root of the sum of squares."""
    return mp.sqrt(mp.fsum(x * x for x in rows.flat))


def log10_norm(rows: Rows) -> float:
    """log10 of the norm, −inf for zero."""
    size = norm(rows)
    return float(mp.log10(size)) if size else -np.inf


class Twin:
    """Forward and backward over the graph of one member.

    Attributes:
        states: h_0 … h_T, rows of (batch, n).
        gradients: ∂L/∂h_0 … ∂L/∂h_T.
        linear: a_1 … a_T, before a norm.
        slopes: φ′ at each of them, after it.
        matrix_only: what ∂L/∂h_{t−1} had been, had the slopes at step t all been 1; no skip.
        weight_gradients: ∂L/∂W_1 … ∂L/∂W_T, one step's share each, (n, n).
        weight_terms: the size of the terms that add up to each, to judge rounding by: batch
            norm takes a matrix's scale out again, so that they may cancel.
        spread: the smallest variance that a norm divided by.
    """

    def __init__(self, experiment: Experiment, network: Network) -> None:
        e = self.experiment = experiment
        self.weights = [self._of_step(network.weights, t) for t in range(1, e.depth + 1)]
        self.bias = [self._of_step(network.bias, t) for t in range(1, e.depth + 1)]
        self.drive = [exact(x) for x in network.drive]
        self.probe = exact(network.probe)
        self.value, self.slope = ACTIVATIONS[e.activation]
        self.leak = mp.mpf(e.leak)
        self.carry = 1 - self.leak + mp.mpf(e.residual)
        self.share = mp.mpf(e.skip_share) if e.skip else mp.mpf(0)
        self.spread = mp.inf
        self.states = self.forward([exact(network.start)])
        self._backward()

    def _of_step(self, array: np.ndarray, t: int) -> Rows:
        return exact(array if self.experiment.tied else array[t - 1])

    def _earlier(self, t: int) -> int:
        return max(t - self.experiment.skip, 0)

    def _source(self, states: list[Rows], t: int) -> Rows:
        if self.experiment.skip == 0:
            return states[t - 1]
        source: Rows = (1 - self.share) * states[t - 1] + self.share * states[self._earlier(t)]
        return source

    def _linear(self, source: Rows, t: int) -> Rows:
        rows: Rows = source.dot(self.weights[t - 1].T) + self.bias[t - 1] + self.drive[t - 1]
        return rows

    def _groups(self, rows: Rows) -> list[Rows]:
        """Views of what is normalised together."""
        if self.experiment.norm == "batch":
            return [rows[:, unit] for unit in range(rows.shape[1])]
        return [rows[row] for row in range(rows.shape[0])]

    def _normalised(self, linear: Rows) -> Rows:
        result = linear.copy()
        if self.experiment.norm == "none":
            return result
        for group, out in zip(self._groups(linear), self._groups(result), strict=True):
            mean = mp.fsum(group) / len(group)
            variance = mp.fsum((x - mean) ** 2 for x in group) / len(group)
            self.spread = min(self.spread, variance)
            out[:] = (group - mean) / mp.sqrt(variance + mp.mpf(1e-12))
        return result

    def _normalised_back(self, linear: Rows, above: Rows) -> Rows:
        """By the full Jacobian ∂â_i/∂a_j = (δ_ij − 1/m)/σ − (a_i − μ)(a_j − μ)/(mσ³)."""
        result = above.copy()
        if self.experiment.norm == "none":
            return result
        parts = zip(self._groups(linear), self._groups(above), self._groups(result), strict=True)
        for group, bar, out in parts:
            m = len(group)
            mean = mp.fsum(group) / m
            sigma = mp.sqrt(mp.fsum((x - mean) ** 2 for x in group) / m + mp.mpf(1e-12))
            for j in range(m):
                total = mp.mpf(0)
                for i in range(m):
                    jacobian = (int(i == j) - mp.mpf(1) / m) / sigma
                    jacobian -= (group[i] - mean) * (group[j] - mean) / (m * sigma**3)
                    total += bar[i] * jacobian
                out[j] = total
        return result

    def forward(self, states: list[Rows]) -> list[Rows]:
        """Go on from the states given to h_T; the given ones are nodes, not computed again."""
        states = list(states)
        for t in range(len(states), self.experiment.depth + 1):
            a = self._normalised(self._linear(self._source(states, t), t))
            states.append(self.carry * states[t - 1] + self.leak * each(self.value, a))
        return states

    def loss(self, states: list[Rows]) -> Any:
        """L, from the states up to some step."""
        return mp.fsum((self.probe * self.forward(states)[-1]).flat)

    def _backward(self) -> None:
        depth, shape = self.experiment.depth, self.states[0].shape
        self.gradients = [zeros(shape) for _ in range(depth + 1)]
        self.slopes = [zeros(shape)] * depth
        self._sources = [self._source(self.states, t) for t in range(1, depth + 1)]
        self.linear = [self._linear(source, t + 1) for t, source in enumerate(self._sources)]
        self._at_linear = [zeros(shape)] * depth
        self.gradients[depth] = self.gradients[depth] + self.probe
        for t in range(depth, 0, -1):
            above, linear = self.gradients[t], self.linear[t - 1]
            slopes = each(self.slope, self._normalised(linear))
            self.slopes[t - 1] = slopes
            at_linear = self._normalised_back(linear, self.leak * slopes * above)
            self._at_linear[t - 1] = at_linear
            at_source = at_linear.dot(self.weights[t - 1])
            into = self.gradients
            into[t - 1] = into[t - 1] + self.carry * above + (1 - self.share) * at_source
            if self.experiment.skip:
                back = self._earlier(t)
                into[back] = into[back] + self.share * at_source

    @cached_property
    def matrix_only(self) -> list[Rows]:
        return [
            self.carry * above
            + self._normalised_back(linear, self.leak * above).dot(self.weights[t])
            for t, (above, linear) in enumerate(zip(self.gradients[1:], self.linear, strict=True))
        ]

    @cached_property
    def weight_gradients(self) -> list[Rows]:
        return [
            at_linear.T.dot(source)
            for at_linear, source in zip(self._at_linear, self._sources, strict=True)
        ]

    @cached_property
    def weight_terms(self) -> list[Any]:
        return [
            norm(at_linear) * norm(source)
            for at_linear, source in zip(self._at_linear, self._sources, strict=True)
        ]

    def whole_weight_gradient(self) -> list[Rows]:
        """∂L/∂W: one matrix where tied, else one a step."""
        if self.experiment.tied:
            return [sum(self.weight_gradients[1:], self.weight_gradients[0])]
        return self.weight_gradients

    def node_difference(self, t: int, row: int, unit: int, step: float = 1e-18) -> Any:
        """∂L/∂h_t[row, unit] by central differences, h_t perturbed as a node of the graph."""
        ends = []
        for sign in (1, -1):
            moved = [state.copy() for state in self.states[: t + 1]]
            moved[t][row, unit] += sign * mp.mpf(step)
            ends.append(self.loss(moved))
        return (ends[0] - ends[1]) / (2 * mp.mpf(step))

    def weight_difference(self, i: int, j: int, t: int = 0, step: float = 1e-18) -> Any:
        """∂L/∂W[i, j] by central differences: of every step where tied, else of step t."""
        ends = []
        kept = self.weights
        for sign in (1, -1):
            moved = kept[t].copy()
            moved[i, j] += sign * mp.mpf(step)
            self.weights = [
                moved if self.experiment.tied or at == t else matrix
                for at, matrix in enumerate(kept)
            ]
            ends.append(self.loss(self.states[:1]))
        self.weights = kept
        return (ends[0] - ends[1]) / (2 * mp.mpf(step))
