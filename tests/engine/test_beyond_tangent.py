"""Jacobians of nets whose slopes leave float64, against products and QR of thousands of digits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.engine.twin import Twin, mp
from tuisim.engine.jacobian import jacobian_singular_values, lyapunov_exponents
from tuisim.engine.measures import mean_log_det
from tuisim.engine.network import draw
from tuisim.engine.simulate import simulate
from tuisim.experiment import Experiment

# Squares of values as far apart as 10⁻²¹⁰⁰ and 10⁻⁴⁶⁰ have to stand beside each other.
_DIGITS = 6000

NETS = {
    "every unit on its own": Experiment(spectrum="identity", radius=400, width=3, depth=3),
    "slopes of any size side by side": Experiment(radius=150, width=4, depth=3),
    "gaussian": Experiment(radius=200, width=3, depth=4, spectrum="gaussian"),
    "sigmoid, untied": Experiment(radius=900, width=3, depth=4, activation="sigmoid", tied=False),
    "elu": Experiment(radius=30, width=3, depth=2, activation="elu", bias=2.0),
    "gelu": Experiment(radius=40, width=3, depth=1, activation="gelu", bias=1.0),
    "an ordinary net of diagonal slopes": Experiment(
        spectrum="identity", radius=60, width=3, depth=3
    ),
}


def steps(experiment: Experiment) -> list[Any]:
    """∂h_t/∂h_{t−1} = diag(φ′)·W for t = 1…T."""
    network = draw(experiment)
    twin, n = Twin(experiment, network), experiment.width
    found = []
    for t in range(experiment.depth):
        matrix = mp.matrix(network.weights_by_step[0 if experiment.tied else t].tolist())
        for i in range(n):
            for j in range(n):
                matrix[i, j] *= twin.slopes[t][0, i]
        found.append(matrix)
    return found


def gram_schmidt(columns: Any) -> tuple[Any, list[float]]:
    n, logs = columns.rows, []
    frame = columns.copy()
    for j in range(n):
        for k in range(j):
            dot = mp.fsum(frame[i, k] * frame[i, j] for i in range(n))
            for i in range(n):
                frame[i, j] -= dot * frame[i, k]
        norm = mp.sqrt(mp.fsum(frame[i, j] ** 2 for i in range(n)))
        logs.append(float(mp.log(norm)))
        for i in range(n):
            frame[i, j] /= norm
    return frame, logs


@pytest.mark.parametrize("name", NETS)
def test_singular_values_and_exponents_of_any_size(name: str) -> None:
    experiment = NETS[name]
    with mp.workdps(_DIGITS):
        jacobians = steps(experiment)
        product = mp.eye(experiment.width)
        for one in jacobians:
            product = one * product
        squares = mp.eigsy(product * product.T, eigvals_only=True)
        values = sorted((float(mp.log10(abs(one)) / 2) for one in squares), reverse=True)
        frame = mp.eye(experiment.width)
        for _ in range(2):
            sums = np.zeros(experiment.width)
            for one in jacobians:
                frame, logs = gram_schmidt(one * frame)
                sums += logs
    run = simulate(experiment)
    found = jacobian_singular_values(run)[0]
    np.testing.assert_allclose(found, values, rtol=1e-9, atol=1e-8)
    exponents = lyapunov_exponents(experiment)
    mean = float(sums.sum()) / experiment.depth
    np.testing.assert_allclose(exponents, np.sort(sums)[::-1] / experiment.depth, rtol=1e-9)
    assert exponents.sum() == pytest.approx(mean, rel=1e-12)
    assert mean_log_det(run, 0) == pytest.approx(mean, rel=1e-12)


def test_the_jacobian_of_layer_norm_on_a_state_beyond_float64() -> None:
    """With 1/σ = 10⁻²⁰⁰ at the first step; one value is 0 by the mean that is taken out."""
    plain = Experiment(norm="layer", width=5, depth=2, radius=2.0)
    huge = Experiment(norm="layer", width=5, depth=2, radius=2.0, start_rms=1e200)
    ordinary = jacobian_singular_values(simulate(plain))[0]
    found = jacobian_singular_values(simulate(huge))[0]
    # a = N(W h) does not know how long h is, but for the floor, which is 1e-12/σ² less there.
    np.testing.assert_allclose(found[:3], ordinary[:3] - 200, atol=1e-9)
    assert found[4] == -math.inf
