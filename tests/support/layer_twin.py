"""A trained layer step by step in complex numbers: an imaginary step gives its exact derivative."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.trained.layer import HARD_SLOPES, Layer

Complex = np.ndarray[tuple[int, ...], np.dtype[np.complex128]]

_STEP = 1e-30


def _clipped(a: Complex, low: float, high: float) -> Complex:
    return np.where(a.real <= low, low + 0j, np.where(a.real >= high, high + 0j, a))


#: Of which the real part decides where there are kinks.
SQUASHED: Mapping[str, Callable[[Complex], Complex]] = {
    "identity": lambda a: a,
    "tanh": np.tanh,
    "sigmoid": lambda a: np.asarray(1.0 / (1.0 + np.exp(-a)), complex),
    "relu": lambda a: np.where(a.real > 0, a, 0j),
    "leaky_relu": lambda a: np.where(a.real > 0, a, 0.01 * a),
    "elu": lambda a: np.where(a.real > 0, a, np.exp(a) - 1.0),
    "softplus": lambda a: np.log(1.0 + np.exp(a)),
    "hard_tanh": lambda a: _clipped(a, -1.0, 1.0),
}


def gate(layer: Layer, a: Complex) -> Complex:
    slope = HARD_SLOPES.get(layer.gate_activation)
    return SQUASHED["sigmoid"](a) if slope is None else _clipped(slope * a + 0.5, 0.0, 1.0)


@attrs.frozen(eq=False)
class Net:
    """A layer with its matrices, which may be complex, and its input W_in x_t (T, gates, n)."""

    layer: Layer
    weights: Complex
    fed: Array
    forget_bias: float = 0.0
    update_bias: float = 0.0

    @classmethod
    def of(cls, layer: Layer, signal: Array, **biases: float) -> Net:
        read = signal[::-1] if layer.reversed else signal
        fed = np.einsum("gnm,tm->tgn", layer.input_weights, read)
        return cls(layer, layer.weights.astype(complex), fed, **biases)

    def step(self, t: int, h: Complex, c: Complex) -> tuple[Complex, Complex]:
        layer, phi = self.layer, SQUASHED[self.layer.activation]
        x = self.fed[t] + layer.bias
        own = [w @ h + b for w, b in zip(self.weights, layer.recurrent_bias, strict=True)]
        if layer.cell == "rnn":
            return phi(own[0] + x[0]), c
        if layer.cell == "gru":
            r = gate(layer, own[0] + x[0])
            z = gate(layer, own[1] + x[1] + self.update_bias)
            inner = self.weights[2] @ (r * h) + layer.recurrent_bias[2]
            m = phi((inner if layer.reset == "before" else r * own[2]) + x[2])
            return (1.0 - z) * m + z * h, c
        i, f, g, o = (left + right for left, right in zip(own, x, strict=True))
        p = np.zeros((3, layer.width)) if layer.peepholes is None else layer.peepholes
        c = gate(layer, f + self.forget_bias + p[1] * c) * c + gate(layer, i + p[0] * c) * phi(g)
        return gate(layer, o + p[2] * c) * phi(c), c

    def run(self, h: Complex, c: Complex, first: int = 0) -> list[tuple[Complex, Complex]]:
        """(h_t, c_t) for first ≤ t ≤ T."""
        found = [(h, c)]
        for t in range(first, len(self.fed)):
            found.append(self.step(t, *found[-1]))
        return found


def states(net: Net) -> tuple[Array, Array]:
    """h_t and c_t, (T + 1, n) each."""
    start = net.layer.start.astype(complex), net.layer.cell_start.astype(complex)
    h, c = zip(*net.run(*start), strict=True)
    return np.array(h).real, np.array(c).real


def gradients(net: Net, probe: Array) -> tuple[Array, Array]:
    """∂L/∂h_t and ∂L/∂c_t, (T + 1, n) each, for L = probe·h_T; c_t as a node that h_t hears.

    ∂L/∂c_t as whatever follows from c_t, h_t too: that a step gives both of them.
    """
    h, c = states(net)
    n, steps = net.layer.width, len(net.fed)
    of_h, of_c = np.zeros_like(h), np.zeros_like(c)
    for t in range(steps + 1):
        for unit in range(n):
            turned = 1j * _STEP * np.eye(n)[unit]
            end = net.run(h[t] + turned, c[t] + 0j, t)[-1][0]
            of_h[t, unit] = (end @ probe).imag / _STEP
            shown = _shown(net, t, c[t] + turned) if t else h[t] + 0j
            end = net.run(shown, c[t] + turned, t)[-1][0]
            of_c[t, unit] = (end @ probe).imag / _STEP
    return of_h, of_c


def _shown(net: Net, t: int, c: Complex) -> Complex:
    """h_t of a c_t, for an lstm."""
    layer = net.layer
    if layer.cell != "lstm":
        return c
    before = states(net)[0][t - 1]
    o = net.weights[3] @ before + layer.recurrent_bias[3] + net.fed[t - 1, 3] + layer.bias[3]
    heard = 0.0 if layer.peepholes is None else layer.peepholes[2] * c
    return gate(layer, o + heard) * SQUASHED[layer.activation](c)


def weight_gradient(net: Net, probe: Array) -> Array:
    """∂L/∂W (gates, n, n), summed over the steps."""
    start = net.layer.start.astype(complex), net.layer.cell_start.astype(complex)
    found = np.zeros(net.weights.shape)
    for place in np.ndindex(found.shape):
        weights = net.weights.copy()
        weights[place] += 1j * _STEP
        end = attrs.evolve(net, weights=weights).run(*start)[-1][0]
        found[place] = (end @ probe).imag / _STEP
    return found
