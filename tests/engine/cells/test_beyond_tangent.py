"""Jacobians of nets whose slopes leave float64, against products and QR of thousands of digits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.support.gated_chain import GatedChain
from tests.support.twin import Twin, exact, mp
from tuisim.engine.cells.network import draw
from tuisim.engine.diagnosis.jacobian import jacobian_singular_values, lyapunov_exponents
from tuisim.engine.diagnosis.measures import mean_log_det
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment

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
    """∂h_t/∂h_{t−1} = carry·I + leak·diag(φ′)·W for t = 1…T."""
    network = draw(experiment)
    twin, n = Twin(experiment, network), experiment.width
    found = []
    for t in range(experiment.depth):
        matrix = mp.matrix(network.weights_by_step[0 if experiment.tied else t].tolist())
        for i in range(n):
            for j in range(n):
                matrix[i, j] *= experiment.leak * twin.slopes[t][0, i]
            matrix[i, i] += 1 - mp.mpf(experiment.leak) + mp.mpf(experiment.residual)
        found.append(matrix)
    return found


def gated_steps(experiment: Experiment) -> list[Any]:
    """∂h_t/∂h_{t−1}, for the lstm of (h, c), by the chain rule."""
    network = draw(experiment)
    twin, n, found = GatedChain(experiment, network), experiment.width, []
    for t, v in enumerate(twin.inner):
        w = exact(network.weights if experiment.tied else network.weights[t])
        eye = exact(np.eye(n))
        if experiment.cell == "gru":
            r, z, old = v["r"].T, v["z"].T, (twin.states[t] - v["m"]).T
            inner = (v["rest"] * v["slope"]).T
            through = r * w[2] + (v["q"] * v["r_slope"]).T * w[0]
            jacobian = z * eye + old * z * v["rest"].T * w[1] + inner * through
        else:
            slopes = [one.T for one in v["slopes"]]
            c = v["g"].T * slopes[0] * w[0] + v["i"].T * slopes[2] * w[2]
            c = np.hstack([c + twin.cells[t].T * slopes[1] * w[1], v["f"].T * eye])
            h = np.hstack([v["shown"].T * slopes[3] * w[3], 0 * eye])
            jacobian = np.vstack([h + (v["o"] * v["c_slope"]).T * c, c])
        found.append(mp.matrix(jacobian.tolist()))
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
    with mp.workdps(_DIGITS):
        check(NETS[name])


GATED = {
    "lstm": Experiment(cell="lstm", width=2, depth=3),
    "gru": Experiment(cell="gru", width=2, depth=3),
    "gru, tanh saturates": Experiment(cell="gru", radius=700, width=3, depth=3),
    "gru, gates shut": Experiment(cell="gru", radius=3, bias=900.0, width=3, depth=3),
    "gru, softplus": Experiment(
        cell="gru", activation="softplus", radius=20, width=2, depth=4, tied=False, drive="noise"
    ),
    "gru, grows": Experiment(cell="gru", activation="elu", radius=1e80, width=2, depth=6, bias=0.1),
}
CARRIED = {
    "leak": Experiment(radius=900, width=3, depth=4, leak=0.25),
    "residual": Experiment(radius=900, width=3, depth=4, residual=1e-9),
    "a small residual": Experiment(radius=150, width=3, depth=4, residual=1e-200),
}


@pytest.mark.parametrize("name", GATED)
def test_so_have_gated_cells(name: str) -> None:
    with mp.workdps(_DIGITS):
        check_values(GATED[name])


@pytest.mark.parametrize("name", CARRIED)
def test_so_have_states_that_are_carried_along(name: str) -> None:
    with mp.workdps(_DIGITS):
        check(CARRIED[name])


def check_values(experiment: Experiment) -> list[Any]:
    """Singular values, and the sum of the exponents; returns the Jacobians."""
    n = experiment.width
    jacobians = (steps if experiment.cell == "rnn" else gated_steps)(experiment)
    product = mp.eye(jacobians[0].rows)
    for one in jacobians:
        product = one * product
    squares = mp.eigsy(product[:n, :n] * product[:n, :n].T, eigvals_only=True)
    values = sorted((float(mp.log10(abs(one)) / 2) for one in squares), reverse=True)
    run = simulate(experiment)
    found = jacobian_singular_values(run)[0]
    np.testing.assert_allclose(found, values, rtol=1e-9, atol=1e-8)
    mean = float(mp.fsum(mp.log(abs(mp.det(one))) for one in jacobians)) / experiment.depth
    assert lyapunov_exponents(experiment).sum() == pytest.approx(mean, rel=1e-12)
    assert mean_log_det(run, 0) == pytest.approx(mean, rel=1e-12)
    return jacobians


def check(experiment: Experiment) -> None:
    jacobians = check_values(experiment)
    frame = mp.eye(experiment.width)
    for _ in range(2):
        sums = np.zeros(experiment.width)
        for one in jacobians:
            frame, logs = gram_schmidt(one * frame)
            sums += logs
    expected = np.sort(sums)[::-1] / experiment.depth
    np.testing.assert_allclose(lyapunov_exponents(experiment), expected, rtol=1e-9)


def test_the_jacobian_of_layer_norm_on_a_state_beyond_float64() -> None:
    """With 1/σ = 10⁻²⁰⁰ at the first step; one value is 0 by the mean that is taken out."""
    plain = Experiment(norm="layer", width=5, depth=2, radius=2.0)
    huge = Experiment(norm="layer", width=5, depth=2, radius=2.0, start_rms=1e200)
    ordinary = jacobian_singular_values(simulate(plain))[0]
    found = jacobian_singular_values(simulate(huge))[0]
    # a = N(W h) does not know how long h is, but for the floor, which is 1e-12/σ² less there.
    np.testing.assert_allclose(found[:3], ordinary[:3] - 200, atol=1e-9)
    assert found[4] == -math.inf


@pytest.mark.parametrize("changes", [{"radius": 700.0}, {"bias": 900.0, "radius": 3.0}])
def test_of_a_joint_state_beyond_float64_nothing_is_said(changes: dict[str, float]) -> None:
    """−inf where the truth is 10⁻²⁷⁵ would be worse."""
    e = Experiment(cell="lstm", width=3, depth=3, **changes)  # type: ignore[arg-type]
    run = simulate(e)
    for ask in (jacobian_singular_values, mean_log_det, lambda run: lyapunov_exponents(e)):
        with pytest.raises(ValueError, match="cell: got 'lstm', whose slopes leave float64 at t ="):
            ask(run)


@pytest.mark.parametrize("start", [1e5, 1e6, 1e160])
def test_one_unit_that_keeps_its_state_beside_those_that_lost_it(start: float) -> None:
    """What is left of the others lies past float64 beside it, and is zero in its row: not nan."""
    e = Experiment(
        cell="gru", activation="hard_tanh", spectrum="gaussian", radius=0.04, start_rms=start,
        width=4, depth=5, bias=1e-300, update_bias=1.0, seed=592,
    )  # fmt: skip
    found = jacobian_singular_values(simulate(e), steps=[0])[0]
    with mp.workdps(100):
        product = gated_steps(e)[0]
        for step in gated_steps(e)[1:]:
            product = step * product
        # The others are no part of a hundred digits.
        largest = float(mp.log10(mp.mnorm(product, "f")))
    assert found[0] == pytest.approx(largest, abs=1e-12)
    assert (found[1:] < -100).all()
