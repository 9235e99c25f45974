"""The surface over two eigenvalues: its matrix, its loss and its gradient against other ways."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuisim.engine.cells.network import draw
from tuisim.engine.surfaces.eigensurface import EigenvalueSurface
from tuisim.values.experiment import Experiment

SPREAD = Experiment(
    width=6,
    depth=20,
    spectrum="eigenvalues",
    eigenvalues=(0.6 + 0.6j, 0.6 - 0.6j, 0.95, -0.4, 0.2 + 0.3j, 0.2 - 0.3j),
)
NETS = {
    "pairs": SPREAD,
    "orthogonal": Experiment(width=8, depth=15),
    "symmetric": Experiment(width=5, depth=12, spectrum="symmetric", activation="softplus"),
    "identity": Experiment(width=3, depth=10, spectrum="identity", activation="gelu"),
    "gaussian": Experiment(width=7, depth=9, spectrum="gaussian", radius=1.2, bias=0.3),
    "departed": Experiment(width=6, depth=10, departure=0.4, activation="sigmoid"),
    "remedied": Experiment(
        width=9, depth=14, spectrum="reservoir", batch=3, leak=0.4, skip=3, residual=0.2, seed=5
    ),
    "normed": Experiment(width=8, depth=8, norm="layer", drive="noise", drive_gain=0.3),
    "alike": Experiment(
        width=6,
        depth=10,
        spectrum="eigenvalues",
        eigenvalues=(0.5, 0.5, 0.5 + 0.2j, 0.5 - 0.2j, 0.5 + 0.2j, 0.5 - 0.2j),
    ),
}


def point(surface: EigenvalueSurface, x: float, y: float) -> tuple[float, np.ndarray]:
    found = surface.evaluate(np.array([x]), np.array([y]))
    return float(10 ** found.loss_log10[0]), found.gradient[0]


@pytest.mark.parametrize("name", NETS)
def test_the_parts_add_up_to_the_matrix_and_the_centre_is_the_net(name: str) -> None:
    surface = EigenvalueSurface(NETS[name])
    matrix = draw(NETS[name]).matrix
    assert sum(one.matrix for one in surface.parts) == pytest.approx(matrix, abs=1e-12)
    assert (surface.matrix(1.0, 1.0) == matrix).all()
    found = surface.evaluate(np.array([1.0]), np.array([1.0]))
    assert found.loss_log10[0] == -math.inf
    assert found.gradient_log10[0] == -math.inf


@pytest.mark.parametrize("name", NETS)
def test_just_two_eigenvalues_move(name: str) -> None:
    surface = EigenvalueSurface(NETS[name], 0, 1)
    one, other = (part.eigenvalue for part in surface.parts[:2])
    expected = [part.eigenvalue for part in surface.parts[2:]] + [1.3 * one, 0.4 * other]
    expected += [value.conjugate() for value in expected if value.imag]
    found = list(np.linalg.eigvals(surface.matrix(1.3, 0.4)))
    for value in expected:
        nearest = min(found, key=lambda one: abs(one - value))
        assert abs(nearest - value) < 1e-7
        found.remove(nearest)
    assert not found


def test_it_is_the_net_with_those_eigenvalues() -> None:
    """In the net's own basis, as the spectrum "eigenvalues" draws it from a tuple in its order."""
    surface = EigenvalueSurface(SPREAD, 0, 1)
    assert [part.eigenvalue for part in surface.parts] == [0.95, 0.6 + 0.6j, -0.4, 0.2 + 0.3j]
    for second, x, y, scaled in (
        (1, 1.2, 0.7, (0.42 + 0.42j, 0.42 - 0.42j, 1.14, -0.4, 0.2 + 0.3j, 0.2 - 0.3j)),
        (2, 0.6, -2.0, (0.6 + 0.6j, 0.6 - 0.6j, 0.57, 0.8, 0.2 + 0.3j, 0.2 - 0.3j)),
    ):
        drawn = draw(attrs.evolve(SPREAD, eigenvalues=scaled)).matrix
        found = EigenvalueSurface(SPREAD, 0, second).matrix(x, y)
        assert found == pytest.approx(drawn, abs=1e-12)


def naive_state(matrix: np.ndarray, start: np.ndarray, depth: int) -> np.ndarray:
    h = start[0]
    for _ in range(depth):
        h = np.tanh(matrix @ h)
    return h


@given(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5), st.integers(0, 3), st.integers(0, 3))
def test_the_loss_against_a_loop(x: float, y: float, first: int, second: int) -> None:
    if first == second:
        return
    surface = EigenvalueSurface(SPREAD, first, second)
    start = draw(SPREAD).start
    goal = naive_state(draw(SPREAD).matrix, start, SPREAD.depth)
    found = naive_state(surface.matrix(x, y), start, SPREAD.depth)
    expected = 0.5 * float(((found - goal) ** 2).sum())
    assert point(surface, x, y)[0] == pytest.approx(expected, rel=1e-6, abs=1e-26)
    assert 10 ** surface.losses(np.array([x]), np.array([y]))[0] == point(surface, x, y)[0]


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize(("x", "y"), [(1.07, 0.9), (0.5, 1.2), (-0.7, 1.0)])
def test_the_gradient_against_finite_differences(name: str, x: float, y: float) -> None:
    surface = EigenvalueSurface(NETS[name], 1, 0)
    d = 1e-5
    differences = [
        (point(surface, x + d, y)[0] - point(surface, x - d, y)[0]) / (2 * d),
        (point(surface, x, y + d)[0] - point(surface, x, y - d)[0]) / (2 * d),
    ]
    size = float(np.abs(differences).max())
    assert size > 0
    assert point(surface, x, y)[1].tolist() == pytest.approx(differences, rel=1e-4, abs=1e-5 * size)


@pytest.mark.parametrize("size", [3.0, 0.01])
def test_a_linear_net_far_outside_float64(size: float) -> None:
    """L = ½ Σ c_k² λ_k^{2T} (x_k^T − 1)², so ∂L/∂x_k = c_k² λ_k^{2T} (x_k^T − 1)·T·x_k^{T−1}."""
    depth = 600
    net = Experiment(
        width=2, depth=depth, spectrum="eigenvalues", eigenvalues=(size, -0.9 * size),
        activation="identity",
    )  # fmt: skip
    surface = EigenvalueSurface(net, 0, 1)
    start = draw(net).start[0]
    x = np.array([1.02, 0.97])
    values = np.array([one.eigenvalue.real for one in surface.parts])
    # Λ = λ v vᵀ.
    shares = np.array([start @ one.matrix @ start / one.eigenvalue.real for one in surface.parts])
    with np.errstate(over="ignore"):
        change = x**depth - 1
    logs = np.log10(shares) + 2 * depth * np.log10(np.abs(values))
    losses = logs + 2 * np.log10(np.abs(change)) + math.log10(0.5)
    slopes = logs + np.log10(np.abs(change)) + math.log10(depth) + (depth - 1) * np.log10(x)
    found = surface.evaluate(x[:1], x[1:])
    top = losses.max()
    assert abs(top) > 500
    assert found.loss_log10[0] == pytest.approx(top + np.log10((10 ** (losses - top)).sum()))
    top = slopes.max()
    expected = top + 0.5 * np.log10((10 ** (2 * (slopes - top))).sum())
    assert found.gradient_log10[0] == pytest.approx(expected, abs=1e-9)
    # The first grew, the second shrank.
    assert found.gradients[0, 0] > 0


@pytest.mark.parametrize(
    ("experiment", "words"),
    [
        (Experiment(cell="lstm"), "error surface: got cell 'lstm', allowed: rnn"),
        (Experiment(tied=False), "error surface: got a net that is not tied"),
        (Experiment(width=1), "error surface: got one eigenvalue or pair, allowed: from two on"),
        (
            Experiment(width=4, spectrum="identity", departure=0.5),
            "error surface: got eigenvectors with a condition number",
        ),
    ],
)
def test_a_net_without_two_eigenvalues_to_scale(experiment: Experiment, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        EigenvalueSurface(experiment)


def test_a_choice_that_is_not_there() -> None:
    with pytest.raises(ValueError, match=r"second: got 4, allowed: 0…3"):
        EigenvalueSurface(SPREAD, 0, 4)
    with pytest.raises(ValueError, match="second: got 1 twice"):
        EigenvalueSurface(SPREAD, 1, 1)
    with pytest.raises(ValueError, match="x: allowed: factors up to"):
        EigenvalueSurface(SPREAD).losses(np.array([math.nan]), np.array([1.0]))
