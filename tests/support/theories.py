"""The names of the theories, and a plain run to hold them against."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tuisim.engine.base.facts import slope, value
from tuisim.engine.cells.network import Network
from tuisim.engine.theory.theory import Prediction, predictions
from tuisim.values.experiment import Experiment

LN10 = math.log(10)
EXACT = "exact, linear"
PURE_SKIP = "exact, pure skip"
ORTHOGONAL = "exact, orthogonal"
MEAN_LOG = "mean log, gaussian linear"
MEAN_SQUARE = "mean square, gaussian linear"
BATCH_NORM = "mean field, batch norm"
MEAN_FIELD = "mean field"
LINEARISED = "linearised"
BOUND = "bound"


def of(name: str, experiment: Experiment, networks: Any = None) -> Prediction:
    (found,) = (one for one in predictions(experiment, networks) if one.name == name)
    return found


def plain_run(e: Experiment, network: Network) -> tuple[np.ndarray, np.ndarray]:
    """log10 ‖h_t‖ and log10 ‖∂L/∂h_t‖ of an rnn without skip and norm, step by step."""

    def log10_norm(x: np.ndarray) -> float:
        with np.errstate(divide="ignore"):
            return float(np.log10(np.linalg.norm(x)))

    steps = range(e.depth)
    weights = [network.weights if e.tied else network.weights[t] for t in steps]
    bias = [network.bias if e.tied else network.bias[t] for t in steps]
    h, slopes, hidden = network.start, [], [log10_norm(network.start)]
    for t in steps:
        pre = h @ weights[t].T + bias[t] + network.drive[t]
        h = (1 - e.leak + e.residual) * h + e.leak * value(e.activation, pre)
        slopes.append(slope(e.activation, pre))
        hidden.append(log10_norm(h))
    g, gradient = network.probe, [log10_norm(network.probe)]
    for t in reversed(steps):
        g = (1 - e.leak + e.residual) * g + e.leak * (slopes[t] * g) @ weights[t]
        gradient.append(log10_norm(g))
    return np.array(hidden), np.array(gradient[::-1])
