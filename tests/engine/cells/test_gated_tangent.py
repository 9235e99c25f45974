"""Step Jacobians and pre-activations of the gated cells against the twin in 50 digits."""

from __future__ import annotations

import math
from collections.abc import Iterator

import attrs
import numpy as np
import pytest

from tests.support import toy
from tests.support.gated_twin import STEP, GatedTwin
from tests.support.twin import exact, mp
from tuisim.engine.base.facts import slope, value
from tuisim.engine.base.gates import candidate_place, gate_names
from tuisim.engine.diagnosis.jacobian import jacobian_singular_values, lyapunov_exponents
from tuisim.engine.diagnosis.preactivations import pre_activations, spread
from tuisim.engine.diagnosis.tangent import step_jacobian
from tuisim.engine.runs.run import member_buffers
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import ACTIVATIONS, Experiment

CELLS = ("lstm", "gru", "toy")
BASE = Experiment(width=3, depth=5, bias=0.3, drive="noise", radius=1.2, spectrum="gaussian")


@pytest.fixture(scope="module", autouse=True)
def a_cell_of_one_line() -> Iterator[None]:
    with toy.known():
        yield


def joint(twin: GatedTwin, t: int) -> np.ndarray:
    """∂(h_t, c_t)/∂(h_{t−1}, c_{t−1}) by central differences, as mpf."""
    state = [rows for rows in twin.states[t - 1] if rows is not None]
    columns = []
    for which, rows in enumerate(state):
        for unit in range(rows.shape[1]):
            ends = []
            for sign in (1, -1):
                moved = [one.copy() for one in state]
                moved[which][0, unit] += sign * STEP
                after = twin.step(moved[0], moved[1] if len(moved) > 1 else None, t)
                ends.append(np.concatenate([one.ravel() for one in after if one is not None]))
            columns.append((ends[0] - ends[1]) / (2 * STEP))
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("activation", ["tanh", "selu", "softplus"])
@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("cell", CELLS)
def test_step_jacobians_are_differences_of_a_step(cell: str, tied: bool, activation: str) -> None:
    e = attrs.evolve(BASE, cell=cell, tied=tied, activation=activation)
    run = simulate(e)
    twin = GatedTwin(e, run.networks[0])
    for t in range(1, e.depth + 1):
        ours = step_jacobian(e, run.networks[0], member_buffers(run._buffers, 0), t)
        np.testing.assert_allclose(ours, joint(twin, t).astype(float), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("cell", CELLS)
def test_singular_values_of_the_last_state_by_earlier_ones(cell: str) -> None:
    """With c_t held fixed, the (h, h) block of the product, against mpmath's."""
    e = attrs.evolve(BASE, cell=cell, depth=9)
    run = simulate(e)
    twin = GatedTwin(e, run.networks[0])
    found = jacobian_singular_values(run)
    assert found.shape == (10, 3)
    np.testing.assert_allclose(found[-1], 0, atol=1e-15)
    product = exact(np.eye(6 if cell == "lstm" else 3))
    for t in range(e.depth, 0, -1):
        product = product.dot(joint(twin, t))
        values = mp.svd_r(mp.matrix(product[:3, :3].tolist()), compute_uv=False)
        expected = [float(mp.log10(one)) for one in values]
        np.testing.assert_allclose(found[t - 1], expected, rtol=0, atol=1e-9)
    # A gradient is the probe pulled back, so it lies between the extreme singular values.
    gradient = run.gradient_log10[0]
    assert (gradient <= found[:, 0] + 1e-12).all()
    assert (gradient >= found[:, -1] - 1e-12).all()


def test_exponents_of_an_lstm_are_those_of_h_and_c() -> None:
    """Without weights h is forgotten at once, and c goes by its forget gate."""
    e = Experiment(cell="lstm", radius=0.0, width=4, depth=50, bias=0.6)
    bias = simulate(e).networks[0].bias
    exponents = lyapunov_exponents(e)
    assert exponents.shape == (8,)
    gates = np.sort(-np.log1p(np.exp(-(bias[1] + 1.0))))[::-1]
    np.testing.assert_allclose(exponents[:4], gates, rtol=1e-9)
    assert (exponents[4:] == -math.inf).all()


def test_exponents_of_a_gru_add_up_to_its_mean_log_det() -> None:
    e = attrs.evolve(BASE, cell="gru", width=6, depth=40)
    run = simulate(e)
    buffers = member_buffers(run._buffers, 0)
    logs = [
        np.linalg.slogdet(step_jacobian(e, run.networks[0], buffers, t))[1]
        for t in range(1, e.depth + 1)
    ]
    exponents = lyapunov_exponents(e)
    assert exponents.shape == (6,)
    assert exponents.sum() == pytest.approx(np.mean(logs), abs=1e-10)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("cell", CELLS)
def test_pre_activations_are_what_the_gates_were_applied_to(
    cell: str, tied: bool, activation: str
) -> None:
    e = attrs.evolve(BASE, cell=cell, tied=tied, activation=activation, batch=2, forget_bias=0.4)
    run = simulate(e)
    names = gate_names(cell)
    found = pre_activations(run)
    assert tuple(found) == names
    slopes = run._buffers.slopes[0].reshape(e.depth, len(names) + (cell == "lstm"), -1)
    kept = run._buffers.values[0].reshape(e.depth, len(names) + 1, -1)
    for gate, name in enumerate(names):
        function = activation if gate == candidate_place(len(names)) else "sigmoid"
        a = found[name].reshape(e.depth, -1)
        np.testing.assert_allclose(value(function, a), kept[:, gate], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(slope(function, a), slopes[:, gate], rtol=1e-9, atol=1e-12)
    one = pre_activations(run, 3)
    for name in names:
        np.testing.assert_allclose(one[name], found[name][4:6], rtol=1e-12)


def test_the_histogram_of_a_gated_cell_is_its_candidates() -> None:
    e = attrs.evolve(BASE, cell="lstm", width=50, depth=8)
    run = simulate(e)
    found = spread(run)
    a = pre_activations(run)["g"]
    assert found.counts.sum() == a.size
    np.testing.assert_allclose(found.rms**2, (a.reshape(8, -1) ** 2).mean(axis=1), rtol=1e-9)
