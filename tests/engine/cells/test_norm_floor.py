"""Nets in which a norm leaves of the gradient only what 1e-12 in the denominator makes of it.

Layer norm of two units, a relu that lets one unit through, matrices of rank one, rows that are
nearly alike: beside the terms that cancel, what is left has fewer digits than float64 has. The
twin takes 400, since what lies along the state falls by twenty decades a step in the worst of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.twin import Twin, exact, log10_norm, mp
from tuisim.engine.cells.network import Network, draw
from tuisim.engine.kernels.activations import evaluate
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.runs.stream import Stream
from tuisim.values.experiment import ACTIVATIONS, Experiment

#: In decades, over all steps.
CLOSE = 1e-6

BASE = Experiment(width=3, depth=12, norm="layer", activation="relu")


@pytest.fixture(autouse=True)
def _digits() -> Iterator[None]:
    with mp.workdps(400):
        yield


def assert_right(experiment: Experiment, network: Network | None = None) -> tuple[Run, Twin]:
    """Both curves, and the weights' gradients, are the twin's."""
    network = draw(experiment) if network is None else network
    run, twin = simulate(experiment, [network]), Twin(experiment, network)
    found = {
        "hidden": (run.hidden_log10[0], [log10_norm(h) for h in twin.states]),
        "gradient": (run.gradient_log10[0], [log10_norm(g) for g in twin.gradients]),
    }
    for name, (ours, theirs) in found.items():
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=CLOSE, err_msg=f"{name} {experiment}")
    if experiment.norm == "layer":
        theirs = [log10_norm(g) for g in twin.weight_gradients]
        ours = run.weight_gradient_log10[0]
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-3, err_msg=f"{experiment}")
    return run, twin


@pytest.mark.parametrize(
    "e",
    [
        Experiment(norm="layer", spectrum="reservoir", width=8, depth=5, seed=985),
        Experiment(norm="layer", spectrum="reservoir", width=8, depth=5, activation="relu"),
        Experiment(norm="layer", spectrum="identity", width=4, depth=5, batch=3, activation="selu"),
        Experiment(norm="batch", width=5, depth=4, batch=5, bias=1e-10, activation="hard_tanh"),
        Experiment(norm="batch", width=4, depth=3, batch=4, tied=False, activation="leaky_relu"),
    ],
    ids=str,
)
def test_states_whose_products_with_a_small_matrix_underflow(e: Experiment) -> None:
    """1e-12 under the root makes 10⁻¹⁹⁴ of 10⁻²⁰⁰, and W times that is less than float64 has."""
    # A bias hides what its rows differ by from fewer.
    with mp.workdps(1500):
        run, _ = assert_right(attrs.evolve(e, radius=1e-200))
    assert np.isfinite(run.hidden_log10).all()
    if e.seed:
        assert run.hidden_log10[0, 2] == pytest.approx(-387.7207, abs=1e-4)


def test_two_units_under_a_matrix_whose_squares_leave_float64() -> None:
    """Of two units the floor's share, 10⁻⁶¹² a step, is all of the gradient; it is not 0."""
    e = Experiment(
        activation="relu", norm="layer", radius=1e300, width=2, batch=2, tied=False, depth=20,
        seed=766,
    )  # fmt: skip
    run = simulate(e)
    # With 14 000 digits.
    assert run.gradient_log10[0, 0] == pytest.approx(-12224.9430, abs=1e-3)
    assert run.regime == "vanishing"
    with mp.workdps(3000):
        assert_right(attrs.evolve(e, depth=4))


def test_a_relu_that_lets_one_unit_through() -> None:
    """Printed numbers: the gradient is neither 0 nor what rounding leaves."""
    deep, _ = assert_right(attrs.evolve(BASE, width=4, depth=20))
    assert deep.gradient_log10[0, 0] == pytest.approx(-161.03, abs=0.005)
    assert deep.regime == "vanishing"
    short, _ = assert_right(attrs.evolve(BASE, depth=3))
    assert short.gradient_log10[0, 0] == pytest.approx(-25.38, abs=0.005)


@pytest.mark.parametrize("width", [2, 3, 4])
@pytest.mark.parametrize("tied", [True, False])
def test_few_units_at_any_seed(width: int, tied: bool) -> None:
    for seed in range(12):
        assert_right(attrs.evolve(BASE, width=width, tied=tied, seed=seed))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation: str) -> None:
    for width, radius in ((2, 0.9), (2, 30.0), (3, 0.9), (4, 3.0)):
        assert_right(attrs.evolve(BASE, activation=activation, width=width, radius=radius))


PATHS: dict[str, dict[str, Any]] = {
    "leak": {"leak": 0.5},
    "leak of little": {"leak": 1e-9},
    "residual": {"residual": 0.5},
    "residual of little": {"residual": 1e-13},
    "skip": {"skip": 3},
    "skip of all": {"skip": 2, "skip_share": 1.0},
    "skip of nothing": {"skip": 3, "skip_share": 0.0, "tied": False, "batch": 2, "radius": 0.5},
    "bias": {"bias": 0.5},
    "bias of little": {"bias": 1e-13},
    "bias of less": {"bias": 1e-25},
    "drive": {"drive": "noise"},
    "drive of little": {"drive": "sine", "drive_gain": 1e-15},
    "both": {"bias": 1e-9, "drive": "noise", "drive_gain": 1e-11},
    "rows": {"batch": 3},
    "identity": {"spectrum": "identity", "radius": 2.0},
    "symmetric": {"spectrum": "symmetric", "width": 5},
    "large": {"radius": 1e6},
    "small": {"radius": 1e-7},
}


@pytest.mark.parametrize("path", PATHS)
def test_whatever_else_there_is(path: str) -> None:
    for seed in range(4):
        assert_right(attrs.evolve(BASE, **{"seed": seed} | PATHS[path]))


@pytest.mark.parametrize("activation", ["relu", "tanh", "hard_tanh", "identity"])
def test_a_matrix_of_rank_one(activation: str) -> None:
    """W = u uᵀ but for rounding: what W makes of any state lies along u."""
    values = (2.0, 0.0, 0.0)
    changes = {"spectrum": "eigenvalues", "eigenvalues": values, "activation": activation}
    for seed in range(3):
        assert_right(attrs.evolve(BASE, seed=seed, **changes))


@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("radius", [0.9, 20.0])
def test_batch_norm_of_few_rows(width: int, radius: float) -> None:
    for seed in range(6):
        assert_right(
            attrs.evolve(BASE, norm="batch", batch=4, width=width, radius=radius, seed=seed)
        )


@pytest.mark.parametrize("apart", [0.0, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3])
@pytest.mark.parametrize("activation", ["relu", "tanh", "identity"])
def test_rows_that_are_nearly_alike(apart: float, activation: str) -> None:
    e = attrs.evolve(BASE, norm="batch", batch=4, width=3, depth=4, activation=activation)
    network = draw(e)
    start = network.start[:1] + apart * np.random.default_rng(1).standard_normal((4, 3))
    run, twin = assert_right(e, attrs.evolve(network, start=start))
    if apart:
        theirs = [log10_norm(g) for g in twin.weight_gradients]
        np.testing.assert_allclose(run.weight_gradient_log10[0], theirs, rtol=0, atol=1e-3)
    else:
        assert (run.weight_gradient_log10 == -math.inf).all()


@pytest.mark.parametrize("activation", ["relu", "tanh", "softplus"])
@pytest.mark.parametrize("width", [4, 13, 41])
def test_a_pre_activation_that_is_constant(activation: str, width: int) -> None:
    """Rows of W that are the same: nothing is left but what is exactly zero."""
    e = attrs.evolve(BASE, width=width, depth=3, activation=activation)
    network = draw(e)
    same = np.tile(network.weights[:1], (width, 1))
    run = simulate(e, [attrs.evolve(network, weights=same)])
    assert (run.gradient_log10[0, :-1] == -math.inf).all()
    at_rest = evaluate(activation, np.zeros(1))[0][0]
    assert (run.states[0, 1:] == at_rest).all()
    assert run.regime == "dead"


@pytest.mark.parametrize(
    "changes",
    [
        {"bias": 3.0},
        {"bias": 3.0, "width": 2},
        {"drive": "noise"},
        {"drive": "noise", "norm": "batch", "width": 1, "batch": 4},
    ],
    ids=str,
)
def test_a_matrix_of_zeros_lets_nothing_back(changes: dict[str, Any]) -> None:
    """Wᵀ y is 0 exactly, and so is what it makes of h."""
    e = attrs.evolve(BASE, radius=0.0, depth=5, **changes)
    run = simulate(e)
    assert (run.gradient_log10[0, :-1] == -math.inf).all()
    assert (run.hidden_log10[0] > -1).all()


@pytest.mark.parametrize("radius", [1e-14, 1e-20, 1e-9])
@pytest.mark.parametrize("width", [2, 3])
def test_little_of_the_state_beside_a_bias(radius: float, width: int) -> None:
    assert_right(attrs.evolve(BASE, radius=radius, width=width, depth=4, bias=3.0))


@pytest.mark.parametrize(
    "e",
    [
        Experiment(
            norm="layer", activation="softplus", residual=1e10, width=2, batch=2, depth=25,
            bias=0.1, start_rms=1e100, skip=3, radius=30, spectrum="symmetric", tied=False,
            seed=689,
        ),
        Experiment(
            norm="batch", activation="elu", residual=1e10, width=1, batch=4, depth=25, bias=1e6,
            start_rms=1e-6, radius=1e8, spectrum="gaussian", tied=False, seed=325,
        ),
    ],
    ids=["layer", "batch"],
)  # fmt: skip
def test_of_a_huge_state_the_norm_leaves_nothing_beside_the_residual_path(e: Experiment) -> None:
    run = simulate(e)
    np.testing.assert_allclose(run.gradient_log10[0], 10.0 * np.arange(25, -1, -1), atol=1e-5)


def test_rows_nearly_alike_hear_a_state_near_the_end_of_float64() -> None:
    e = attrs.evolve(BASE, activation="tanh", radius=1e-160, width=4, depth=1, start_rms=1e302)
    network = draw(e)
    alike = np.tile(network.weights[:1], (4, 1))
    alike[0, 0] *= 1 + 2.0**-40
    run = simulate(e, [attrs.evolve(network, weights=alike)])
    twin = Twin(e, run.networks[0])
    assert run.hidden_log10[0, 1] == pytest.approx(log10_norm(twin.states[1]), abs=1e-12)


def test_one_unit_is_dead_but_for_what_is_carried() -> None:
    dead, _ = assert_right(attrs.evolve(BASE, width=1, activation="tanh"))
    assert (dead.gradient_log10[0, :-1] == -math.inf).all()
    assert_right(attrs.evolve(BASE, width=1, activation="tanh", leak=0.5))


def test_what_lies_under_float64_beside_its_row() -> None:
    """Thirty steps along the state, beside what lies across, before one unit is all there is."""
    e = attrs.evolve(BASE, radius=1e6, depth=40, seed=3)
    with mp.workdps(1200):
        twin = assert_right(e)[1]
    pairs = zip(twin.gradients, twin.states, strict=True)
    fall = [mp.log10(abs(g.dot(h.T)[0, 0])) for g, h in pairs]
    assert min(fall) < -330


@pytest.mark.parametrize("changes", [{"seed": 0}, {"seed": 3, "width": 2, "activation": "tanh"}])
def test_the_slope_and_the_matrix(changes: dict[str, Any]) -> None:
    run, twin = assert_right(attrs.evolve(BASE, **changes))
    assert run.matrix_log10 is not None
    before = np.array([log10_norm(g) for g in twin.gradients[1:]])
    expected = np.array([log10_norm(g) for g in twin.matrix_only]) - before
    np.testing.assert_allclose(run.matrix_log10[0], expected, rtol=0, atol=CLOSE)


def test_the_gradient_itself() -> None:
    """Entry by entry, where float64 can hold it beside the row's largest."""
    run, twin = assert_right(attrs.evolve(BASE, depth=8))
    for t in range(9):
        scale = mp.mpf(10) ** run.gradient_log10[0, t]
        ours = exact(run._buffers.gradients[0, t])
        ours = ours * (scale / mp.sqrt(mp.fsum(x * x for x in ours)))
        theirs = twin.gradients[t][0]
        for one, other in zip(ours, theirs, strict=True):
            assert abs(one - other) <= 1e-9 * abs(other)


def test_a_stream_has_the_same_gradient() -> None:
    e = attrs.evolve(BASE, width=4, depth=20)
    stream = Stream(e)
    stream.advance(20)
    run = simulate(e)
    np.testing.assert_allclose(stream.look().gradient_log10, run.gradient_log10, rtol=0, atol=1e-9)
