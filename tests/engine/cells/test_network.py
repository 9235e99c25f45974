"""Networks: shapes, read-only copies, a matrix of the user's own, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
import pytest

from tuisim.engine.cells.network import Network, draw
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment

ARRAYS = ("weights", "bias", "drive", "start", "probe")


@pytest.mark.parametrize("tied", [True, False])
def test_shapes_are_the_experiments(tied: bool) -> None:
    network = draw(Experiment(width=3, depth=5, batch=2, tied=tied))
    lead = () if tied else (5,)
    shapes = {name: getattr(network, name).shape for name in ARRAYS}
    assert shapes == {
        "weights": (*lead, 3, 3),
        "bias": (*lead, 3),
        "drive": (5, 2, 3),
        "start": (2, 3),
        "probe": (2, 3),
    }
    assert np.linalg.norm(network.probe) == pytest.approx(1, rel=1e-15)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize(("cell", "gates"), [("lstm", 4), ("gru", 3)])
def test_shapes_of_gated_cells(cell: str, gates: int, tied: bool) -> None:
    network = draw(Experiment(cell=cell, width=3, depth=5, batch=2, tied=tied))
    lead = (gates,) if tied else (5, gates)
    shapes = {name: getattr(network, name).shape for name in ARRAYS}
    assert shapes == {
        "weights": (*lead, 3, 3),
        "bias": (*lead, 3),
        "drive": (5, gates, 2, 3),
        "start": (2, 3),
        "probe": (2, 3),
    }
    with pytest.raises(ValueError, match=r"network.weights: got shape"):
        simulate(Experiment(width=3, depth=5, batch=2, tied=tied), [network])


@pytest.mark.parametrize("name", ARRAYS)
def test_drawn_arrays_are_read_only_float64_in_c_order(name: str) -> None:
    for tied in (True, False):
        array = getattr(draw(Experiment(width=4, depth=3, tied=tied, bias=1.0)), name)
        assert array.dtype == np.float64
        assert array.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_a_matrix_of_the_users_own() -> None:
    experiment = Experiment(width=2, depth=9, activation="identity")
    network = draw(experiment)
    # One of numpy's, whole numbers, not in C order, and written to afterwards.
    mine = np.asfortranarray([[0, 1], [-4, 0]])
    own = attrs.evolve(network, weights=mine)
    mine[:] = 100
    np.testing.assert_array_equal(own.weights, [[0, 1], [-4, 0]])
    assert own.weights.dtype == np.float64
    assert own.weights.flags.c_contiguous
    assert not own.weights.flags.writeable
    np.testing.assert_allclose(sorted(own.eigenvalues.imag), [-2, 2], rtol=1e-14)
    np.testing.assert_allclose(own.eigenvalues.real, 0, atol=1e-14)
    assert own.spectral_radius == pytest.approx(2, rel=1e-14)
    assert own.largest_singular_value == pytest.approx(4, rel=1e-14)
    # √((‖W‖² − Σ|λ|²)/n) = √((17 − 8)/2)
    assert own.departure == pytest.approx((9 / 2) ** 0.5, rel=1e-13)
    run = simulate(experiment, [own])
    assert run.networks[0] is own
    expected = np.linalg.matrix_power(np.array([[0.0, 1], [-4, 0]]), 9) @ network.start[0]
    np.testing.assert_allclose(run.states[0, -1, 0], expected, rtol=1e-14)
    # The network it came from is as it was.
    np.testing.assert_array_equal(network.weights, draw(experiment).weights)
    np.testing.assert_allclose(np.abs(network.eigenvalues), 0.9, rtol=1e-14)


def test_lists_will_do_and_read_only_views_are_not_trusted() -> None:
    experiment = Experiment(width=2, depth=2)
    network = attrs.evolve(draw(experiment), weights=[[1, 2], [3, 4]])
    assert network.weights.tolist() == [[1, 2], [3, 4]]
    base = np.eye(2)
    view = base[:]
    view.flags.writeable = False
    own = attrs.evolve(draw(experiment), weights=view)
    base[:] = 7
    np.testing.assert_array_equal(own.weights, np.eye(2))


def test_another_bias_keeps_the_known_eigenvalues() -> None:
    network = draw(Experiment(width=6, depth=2, spectrum="identity", departure=1.0))
    own = attrs.evolve(network, bias=np.ones(6))
    np.testing.assert_array_equal(own.eigenvalues, np.full(6, 0.9))


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("name", ARRAYS)
def test_a_wrong_shape_is_refused_by_name(name: str, tied: bool) -> None:
    experiment = Experiment(width=3, depth=4, batch=2, tied=tied)
    network = draw(experiment)
    right = getattr(network, name).shape
    for wrong in [(*right, 1), right[1:], (*right[:-1], 4), ()]:
        own = attrs.evolve(network, **{name: np.zeros(wrong)})
        with pytest.raises(ValueError, match=name) as refusal:
            simulate(experiment, [own])
        assert str(wrong) in str(refusal.value)
        assert str(right) in str(refusal.value)


def test_what_is_no_number_is_refused() -> None:
    network = draw(Experiment(width=2, depth=2))
    for name, wrong in (
        ("weights", [["a", "b"], ["c", "d"]]),
        ("weights", [["1", "2"], ["3", "4"]]),
        ("weights", [[1, 2], [3]]),
        ("bias", np.ones(2) * 1j),
        ("drive", None),
        ("probe", np.array(["2020-01-01"], "datetime64[D]")),
    ):
        said = rf"network\.{name}: got .*, allowed: an array of real numbers"
        with pytest.raises(ValueError, match=said):
            attrs.evolve(network, **{name: wrong})
    assert attrs.evolve(network, bias=[1, True]).bias.tolist() == [1.0, 1.0]


def test_another_number_of_networks_is_refused() -> None:
    experiment = Experiment(width=2, depth=2, members=2)
    network = draw(experiment)
    with pytest.raises(ValueError, match=r"networks: got 1, allowed: 2"):
        simulate(experiment, [network])
    wrong: Any
    for wrong in ("xy", 3, [None, None], [network, "x"], network):
        with pytest.raises(ValueError, match=r"networks: got .*, allowed: 2 of them, a Network"):
            simulate(experiment, wrong)


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200, 1e300])
def test_the_departure_scales_with_the_matrix(scale: float) -> None:
    network = draw(Experiment(width=6, depth=2))
    jordan = scale * (np.eye(6) + 2 * np.eye(6, k=1))
    own = attrs.evolve(network, weights=jordan)
    # Henrici: the strictly upper part alone, five entries of 2.
    assert own.departure == pytest.approx(scale * math.sqrt(5 * 4 / 6), rel=1e-6)


def test_a_network_does_not_change_when_it_is_simulated() -> None:
    experiment = Experiment(width=4, depth=6, tied=False, bias=0.2, drive="noise")
    network = draw(experiment)
    before = {name: getattr(network, name).copy() for name in ARRAYS}
    simulate(experiment, [network])
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(network, name), before[name])
    assert isinstance(network, Network)


@pytest.mark.parametrize("spectrum", ["orthogonal", "symmetric", "identity", "eigenvalues"])
def test_of_a_normal_matrix_as_drawn_no_singular_value_is_looked_for(
    spectrum: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = (0.5, -1.2, 0.3 + 0.4j, 0.3 - 0.4j) if spectrum == "eigenvalues" else ()
    drawn = draw(Experiment(width=4, depth=2, spectrum=spectrum, radius=1.2, eigenvalues=own))
    brought = attrs.evolve(drawn, weights=drawn.weights)
    expected = brought.largest_singular_value
    monkeypatch.setattr(np.linalg, "norm", None)
    assert drawn.largest_singular_value == pytest.approx(expected, rel=1e-14)
    assert drawn.largest_singular_value == 1.2
