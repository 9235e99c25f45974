"""Theories of the gated cells against finite differences of their steps, and against runs."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest

from tests.support.theories import LINEARISED, LN10, of
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.theory.theory import predict, predictions
from tuisim.values.experiment import Experiment

CAROUSEL = "carousel"
EXACT_CAROUSEL = "exact, carousel"


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def step(cell: str, weights: np.ndarray, state: np.ndarray, forget_bias: float) -> np.ndarray:
    """One step of a tanh net without bias or input; the lstm's state is h and c."""
    n = weights.shape[-1]
    a = weights @ state[:n]
    if cell == "gru":
        r, z = sigmoid(a[0]), sigmoid(a[1])
        return (1 - z) * np.tanh(r * a[2]) + z * state
    i, f, g, o = sigmoid(a[0]), sigmoid(a[1] + forget_bias), np.tanh(a[2]), sigmoid(a[3])
    c = f * state[n:] + i * g
    return np.concatenate([o * np.tanh(c), c])


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("spectrum", ["orthogonal", "gaussian"])
@pytest.mark.parametrize("radius", [0.3, 1.4])
def test_linearised_is_the_spectral_radius_of_a_step_at_rest(
    cell: str, spectrum: str, radius: float
) -> None:
    e = Experiment(cell=cell, spectrum=spectrum, radius=radius, width=7, forget_bias=0.3)
    run = simulate(e)
    weights = run.networks[0].weights
    size = 14 if cell == "lstm" else 7
    jacobian = np.stack(
        [
            (step(cell, weights, h * unit, 0.3) - step(cell, weights, -h * unit, 0.3)) / (2 * h)
            for unit in np.eye(size)
            for h in (1e-6,)
        ],
        axis=1,
    )
    expected = math.log(np.abs(np.linalg.eigvals(jacobian)).max())
    assert of(LINEARISED, e, run.networks).gradient_rate == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_net_that_comes_to_rest_ends_at_the_linearised_rate(cell: str) -> None:
    e = Experiment(cell=cell, spectrum="symmetric", radius=0.9, depth=400, start_rms=1e-6)
    run = simulate(e)
    found = of(LINEARISED, e, run.networks)
    early = run.gradient_log10[0]
    assert found.gradient_rate is not None
    assert (early[0] - early[100]) * LN10 / 100 == pytest.approx(found.gradient_rate, abs=1e-3)
    late = run.hidden_log10[0]
    assert (late[400] - late[300]) * LN10 / 100 == pytest.approx(found.hidden_rate, abs=1e-3)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"bias": 0.5, "forget_bias": 2.0},
        {"bias": 0.5, "drive": "noise", "batch": 3, "tied": False, "activation": "relu"},
        {"drive": "sine", "activation": "sigmoid", "forget_bias": -3.0, "depth": 900},
    ],
    ids=str,
)
def test_the_carousel_is_exact_without_weights(changes: dict[str, object]) -> None:
    e = Experiment(**({"cell": "lstm", "radius": 0.0, "width": 5} | changes))
    run = simulate(e)
    found = predict(e, run.networks)
    assert found.name == EXACT_CAROUSEL
    assert found.average.startswith("exact")
    assert run.cell_gradient_log10 is not None
    np.testing.assert_allclose(
        found.cell_gradient_log10, run.cell_gradient_log10[0], rtol=1e-12, atol=1e-12
    )
    np.testing.assert_allclose(found.gradient_log10, run.gradient_log10[0], rtol=0, atol=1e-15)
    change = run.cell_gradient_log10[0, 0] - run.cell_gradient_log10[0, -1]
    assert found.cell_gradient_rate == pytest.approx(change * LN10 / e.depth, rel=1e-9)
    assert found.gradient_rate == run.gradient_rate == -math.inf
    plain = attrs.evolve(e, bias=0.0, drive="none", activation="tanh", tied=True)
    assert "no gate hears the state" in of(LINEARISED, plain).why


def test_the_carousel_printed() -> None:
    """σ(1)¹⁰⁰ = 2.4844e-14."""
    curve = predict(Experiment(cell="lstm", radius=0)).cell_gradient_log10
    assert curve is not None
    assert 10 ** (curve[0] - curve[-1]) == pytest.approx(2.4844e-14, rel=1e-4)


def test_with_weights_the_carousel_is_the_path_that_a_large_forget_gate_leaves() -> None:
    e = Experiment(cell="lstm", forget_bias=8.0, radius=1e-3, depth=60)
    run = simulate(e)
    found = of(CAROUSEL, e, run.networks)
    assert found.gradient_log10 is None
    assert found.gradient_rate is None
    assert run.cell_gradient_log10 is not None
    np.testing.assert_allclose(found.cell_gradient_log10, run.cell_gradient_log10[0], atol=0.01)


def test_each_theory_says_which_cell_it_is_for() -> None:
    for cell in ("lstm", "gru"):
        e = Experiment(cell=cell)
        assert predict(e).name == LINEARISED
        for one in predictions(e):
            if one.applies:
                assert one.name in (LINEARISED, CAROUSEL)
            elif one.name not in (CAROUSEL, EXACT_CAROUSEL):
                assert "it is for the rnn cell" in one.why
    why = of(EXACT_CAROUSEL, Experiment(cell="lstm")).why
    assert why == "does not apply, because W is not 0: other paths lead back too"
    assert "it is for the lstm cell" in of(CAROUSEL, Experiment()).why


def test_a_gated_cell_whose_activation_is_not_0_at_0_has_no_rest() -> None:
    for cell in ("lstm", "gru"):
        why = of(LINEARISED, Experiment(cell=cell, activation="sigmoid")).why
        assert "a gated cell has no rest" in why


def test_members_are_a_median() -> None:
    e = Experiment(cell="lstm", bias=0.4, members=3, radius=0.0, width=4)
    found = predict(e)
    alone = [
        predict(attrs.evolve(e, members=1), [network]).cell_gradient_log10
        for network in simulate(e).networks
    ]
    np.testing.assert_allclose(
        found.cell_gradient_log10, np.median(np.stack(alone), axis=0), rtol=1e-12
    )
