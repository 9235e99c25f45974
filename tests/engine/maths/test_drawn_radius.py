"""The spectral radius that a recipe has by construction, beside LAPACK's of what was drawn."""

from __future__ import annotations

import numpy as np
import pytest

from tuisim import Experiment, draw, predict
from tuisim.engine.maths.spectrum import drawn_radius

RECIPES = [
    Experiment(spectrum="orthogonal", radius=0.9, width=24),
    Experiment(spectrum="orthogonal", radius=1.3, width=7, departure=0.5),
    Experiment(spectrum="symmetric", radius=1.1, width=9),
    Experiment(spectrum="symmetric", radius=0.7, width=1),
    Experiment(spectrum="identity", radius=0.0, width=3),
    Experiment(spectrum="reservoir", radius=0.95, width=20),
    Experiment(spectrum="eigenvalues", eigenvalues=(0.5, -0.8, 0.3 + 0.9j, 0.3 - 0.9j), width=4),
]


@pytest.mark.parametrize("e", RECIPES, ids=lambda e: f"{e.spectrum} {e.width} {e.departure}")
def test_it_is_the_largest_modulus(e: Experiment) -> None:
    network = draw(e)
    of_the_matrix = np.abs(np.linalg.eigvals(network.matrix)).max()
    assert drawn_radius(e) == pytest.approx(of_the_matrix, rel=1e-6, abs=1e-12)
    assert network.spectral_radius == drawn_radius(e)


def test_a_gaussian_matrix_is_asked_itself() -> None:
    network = draw(Experiment(spectrum="gaussian", width=20))
    assert drawn_radius(Experiment(spectrum="gaussian", width=20)) is None
    expected = np.abs(np.linalg.eigvals(network.matrix)).max()
    assert network.spectral_radius == pytest.approx(expected, rel=1e-12)


def test_a_prediction_takes_no_matrix_apart_whose_radius_is_known() -> None:
    e = Experiment(width=16, radius=0.9)
    network = draw(e)
    assert predict(e, [network]).gradient_rate == pytest.approx(np.log(0.9), rel=1e-15)
    assert "eigenvalues" not in vars(network)
