"""Lyapunov exponents against determinants, eigenvalues, the mean field and a tangent vector."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
import pytest

from tuisim import jacobian_singular_values, lyapunov_exponents
from tuisim.engine.cells.network import draw
from tuisim.engine.diagnosis.jacobian import exponents
from tuisim.engine.diagnosis.measures import lyapunov
from tuisim.engine.diagnosis.tangent import step_jacobian
from tuisim.engine.runs.run import Run, member_buffers
from tuisim.engine.runs.simulate import simulate
from tuisim.figures.views.jacobian import lyapunov_figure
from tuisim.values.experiment import Experiment


def step_determinants(run: Run) -> float:
    """The mean of ln |det ∂h_t/∂h_{t−1}| over the steps."""
    buffers = member_buffers(run._buffers, 0)
    steps = range(1, run.experiment.depth + 1)
    jacobians = [step_jacobian(run.experiment, run.networks[0], buffers, t) for t in steps]
    return float(np.linalg.slogdet(np.array(jacobians))[1].mean())


@pytest.mark.parametrize(
    "changes",
    [
        {"spectrum": "gaussian", "radius": 2.0},
        {"tied": False, "bias": 0.3, "activation": "gelu"},
        {"leak": 0.3, "residual": 0.1, "drive": "noise"},
        {"norm": "layer", "leak": 0.5},
        {"spectrum": "gaussian", "radius": 20.0},
        {"spectrum": "identity", "departure": 1.0, "activation": "identity"},
    ],
    ids=str,
)
def test_exponents_add_up_to_the_determinants(changes: dict[str, Any]) -> None:
    e = Experiment(**({"width": 12, "depth": 90} | changes))
    run = simulate(e)
    found = lyapunov_exponents(e)
    assert found.shape == (12,)
    assert (np.diff(found) <= 0).all()
    assert found.sum() == pytest.approx(step_determinants(run), rel=1e-11, abs=1e-10)
    values = jacobian_singular_values(run, steps=[0])[0]
    assert values.sum() * math.log(10) / 90 == pytest.approx(found.sum(), rel=1e-11, abs=1e-10)


@pytest.mark.parametrize("spectrum", ["orthogonal", "identity", "symmetric", "gaussian"])
def test_a_linear_net_has_the_moduli_of_its_eigenvalues(spectrum: str) -> None:
    e = Experiment(width=8, depth=1000, activation="identity", spectrum=spectrum, radius=1.1)
    expected = np.sort(np.log(np.abs(draw(e).eigenvalues)))[::-1]
    # A frame turns with a pair of eigenvalues for ever, and with none of a normal matrix.
    tolerance = 2e-3 if spectrum == "gaussian" else 1e-12
    np.testing.assert_allclose(lyapunov_exponents(e), expected, rtol=0, atol=tolerance)


def test_chosen_eigenvalues_are_the_exponents() -> None:
    chosen = (1.2, 0.5 + 0.5j, 0.5 - 0.5j, -0.3, 0.01)
    e = Experiment(
        width=5, spectrum="eigenvalues", eigenvalues=chosen, activation="identity", depth=400
    )
    expected = np.sort(np.log(np.abs(chosen)))[::-1]
    np.testing.assert_allclose(lyapunov_exponents(e), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize(("gain", "depth", "expected"), [(2.0, 60, 0.15472), (3.0, 25, 0.31025)])
def test_the_largest_exponent_of_a_wide_chaotic_net(
    gain: float, depth: int, expected: float
) -> None:
    """½ ln χ₁ of the mean field (Poole et al. 2016), to which wide nets rise as 1/n: the means of
    six nets are 0.148 and 0.299 at 256 units, 0.151 and 0.305 at 512."""
    e = Experiment(spectrum="gaussian", radius=gain, width=512, depth=depth, start_rms=0.7)
    assert lyapunov_exponents(e)[0] == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("gain", [2.0, 3.0])
def test_the_largest_exponent_is_the_growth_of_a_tangent_vector(gain: float) -> None:
    e = Experiment(spectrum="gaussian", radius=gain, width=40, depth=1500, seed=4)
    run = simulate(e)
    vector, growth = np.ones(40), 0.0
    for slopes in run.slopes[0, :, 0]:
        vector = slopes * (run.networks[0].weights @ vector)
        growth += math.log(np.linalg.norm(vector))
        vector /= np.linalg.norm(vector)
    # Two directions of the start differ by a few nats over all of the steps.
    assert lyapunov_exponents(e)[0] == pytest.approx(growth / 1500, abs=3 / 1500)


def test_exponents_where_the_map_is_singular() -> None:
    # −inf as often as the whole product lacks rank.
    singular: list[dict[str, Any]] = [
        {"activation": "relu", "seed": 2},
        {"norm": "layer"},
        {"radius": 0.0},
        # Its middle eigenvalue is 0, and of W no more than rounding.
        {"spectrum": "symmetric", "activation": "identity"},
    ]
    for changes in singular:
        e = Experiment(width=7, depth=30, **changes)
        found = lyapunov_exponents(e)
        values = jacobian_singular_values(simulate(e), steps=[0])[0]
        np.testing.assert_array_equal(np.isneginf(found), np.isneginf(values))
        assert np.isneginf(found).any()
        assert not np.isnan(found).any()
    one = lyapunov_exponents(Experiment(width=1, depth=4, norm="layer"))
    assert list(one) == [-math.inf]


def test_a_column_that_depends_on_an_earlier_one_makes_room() -> None:
    """The frame's first vector is lost at once, the second is the one that lives."""
    step = np.array([[0.0, 0.0], [0.0, 0.5]])
    found = exponents(lambda t: (step,), 2, 40)
    np.testing.assert_allclose(found, [math.log(0.5), -math.inf], atol=1e-12)


def test_exponents_of_a_state_of_two_vectors() -> None:
    step = np.diag([2.0, 0.5, 1.0, 0.1])
    found = exponents(lambda t: (step,), 4, 10)
    np.testing.assert_allclose(found, np.log([2.0, 1.0, 0.5, 0.1]), atol=1e-14)
    assert np.isnan(exponents(lambda t: (step * math.nan,), 4, 10)).all()


def test_exponents_are_of_the_first_member() -> None:
    e = Experiment(width=5, depth=50, spectrum="gaussian", radius=1.5)
    np.testing.assert_array_equal(
        lyapunov_exponents(e), lyapunov_exponents(attrs.evolve(e, members=3))
    )


def test_networks_of_ones_own_as_for_simulate() -> None:
    e = Experiment(width=4, depth=300, activation="identity", members=2)
    chosen = np.diag([0.9, 0.5, -0.3, 0.1])
    own = [attrs.evolve(draw(e, member), weights=(1 + member) * chosen) for member in range(2)]
    expected = np.log([0.9, 0.5, 0.3, 0.1])
    np.testing.assert_allclose(lyapunov_exponents(e, own), expected, atol=1e-12)
    np.testing.assert_allclose(
        lyapunov_exponents(e, own, member=1), expected + math.log(2), atol=1e-12
    )
    np.testing.assert_array_equal(
        lyapunov_exponents(e, [draw(e, member) for member in range(2)]), lyapunov_exponents(e)
    )
    for refused, of in (
        (own[:1], e),
        (own, attrs.evolve(e, width=5)),
        (own[0], e),
    ):
        with pytest.raises(ValueError, match=r"networks|weights"):
            lyapunov_exponents(of, refused)
    with pytest.raises(ValueError, match="member: got 2, allowed: 0…1"):
        lyapunov_exponents(e, member=2)


def test_view_six_shows_the_exponents_of_the_networks_it_was_given() -> None:
    e = Experiment(width=2, depth=50, activation="identity")
    own = [attrs.evolve(draw(e), weights=np.diag([0.7, 0.2]))]
    found = lyapunov(simulate(e, own))
    np.testing.assert_allclose(found.exponents, np.log([0.7, 0.2]), atol=1e-12)
    assert found.mean_log_det == pytest.approx(math.log(0.14), abs=1e-12)
    assert lyapunov_figure(found).title == "Lyapunov exponents, nats a step, over 50 steps"
