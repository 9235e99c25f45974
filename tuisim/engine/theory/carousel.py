"""The lstm's carousel: ∂L/∂c along the forget gates alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tuisim.engine.base.facts import slope, value
from tuisim.engine.cells.network import Network
from tuisim.engine.theory.prediction import (
    LN10,
    Case,
    Prediction,
    Theory,
    median_curve,
    over_members,
)
from tuisim.values.experiment import Experiment

Array = NDArray[np.float64]

_I, _F, _G, _O = range(4)
_REFERENCE = "Hochreiter & Schmidhuber 1997 (constant error carousel); Gers et al. 2000 (its gate)"


def _sigmoid(x: Array) -> Array:
    return np.asarray(value("sigmoid", x))


def _log10_norms(logs: Array, factors: Array) -> Array:
    """log10 of the norms of factors · e^logs, both (T, batch, n); (T,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = logs + np.log(np.abs(factors))
    top = logs.max(axis=(1, 2), keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = np.where(np.isneginf(top), 0.0, np.exp(2 * (logs - top))).sum(axis=(1, 2))
        return np.asarray((top[:, 0, 0] + 0.5 * np.log(rest)) / LN10)


def carousel_log10(experiment: Experiment, network: Network) -> Array:
    """log10 ‖∂L/∂c_t‖ of an lstm whose gates hear their biases and inputs, and no state; (T+1,).

    Then f, i, g, o are known for every step, and ∂L/∂c_t = ∂L/∂c_T · ∏_{s>t} f_s, with
    ∂L/∂c_T = p·o_T·φ′(c_T), unit by unit.
    """
    e = experiment
    bias = np.broadcast_to(network.bias, (e.depth, 4, e.width))
    a = bias[:, :, np.newaxis] + network.drive
    a[:, _F] += e.forget_bias
    forget = _sigmoid(a[:, _F])
    put = _sigmoid(a[:, _I]) * value(e.activation, a[:, _G])
    cell = np.zeros(network.start.shape) if network.cell_start is None else network.cell_start
    for step in range(e.depth):
        cell = forget[step] * cell + put[step]
    end = network.probe * _sigmoid(a[-1, _O]) * slope(e.activation, cell)
    with np.errstate(divide="ignore"):
        logs = np.log(forget)
    kept = np.zeros((e.depth + 1, *cell.shape))
    kept[:-1] = np.cumsum(logs[::-1], axis=0)[::-1]
    return _log10_norms(kept, np.broadcast_to(end, kept.shape))


def _carousel(case: Case) -> Prediction:
    curves = [carousel_log10(case.experiment, network) for network in case.networks]
    curve = median_curve(curves)
    silent = not any(network.weights.any() for network in case.networks)
    gradient = None
    if silent:
        # No gate hears the state, so only h_T, which the loss reads, has a gradient.
        gradient = np.full(curve.size, -np.inf)
        gradient[-1] = 0.0
    with np.errstate(invalid="ignore"):
        # From a dead end nothing comes that could change.
        rate = float((curve[0] - curve[-1]) * LN10 / case.experiment.depth)
    return Prediction(
        average=over_members(
            "exact" if silent else "of ∂L/∂c alone, its gates hearing no state", case
        ),
        gradient_rate=-np.inf if silent else None,
        gradient_log10=gradient,
        cell_gradient_rate=rate,
        cell_gradient_log10=curve,
    )


def _exact(case: Case) -> Prediction:
    """The carousel where it is the only path: all weights are 0."""
    for network in case.networks:
        case.require_finite(network)
        case.require(not network.weights.any(), "W is not 0: other paths lead back too")
    return _carousel(case)


def _alone(case: Case) -> Prediction:
    """The carousel as one of several paths."""
    for network in case.networks:
        case.require_finite(network)
    return _carousel(case)


EXACT_CAROUSEL = Theory("exact, carousel", _REFERENCE, _exact, ("lstm",))
CAROUSEL = Theory("carousel", _REFERENCE, _alone, ("lstm",))
