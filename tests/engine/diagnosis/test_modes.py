"""Modes against closed forms and against independent computations."""

from __future__ import annotations

import math
import sys

import attrs
import mpmath
import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings

from tests.support.strategies import experiments
from tuisim import Experiment, draw, simulate
from tuisim.engine.diagnosis import modes as module
from tuisim.engine.diagnosis.modes import modes
from tuisim.engine.maths.spectrum import eigen_order

# The smallest falls 10⁻⁵ under the largest, so that rounding leaves it ten digits.
PAIR_AND_REALS = Experiment(
    width=5,
    depth=10,
    activation="identity",
    spectrum="eigenvalues",
    eigenvalues=(0.5 + 0.6j, 0.5 - 0.6j, -0.95, 0.3, 0.9),
)


def test_a_linear_net_multiplies_each_mode_by_its_eigenvalue() -> None:
    found = modes(simulate(PAIR_AND_REALS))
    assert found.eigenvalues == pytest.approx([-0.95, 0.9, 0.5 + 0.6j, 0.3])
    assert found.numbers.tolist() == [0, 1, 2, 4]
    times = np.arange(11)
    start = found.coefficients_log10[:, :1]
    expected = start + times * np.log10([[0.95], [0.9], [math.sqrt(0.61)], [0.3]])
    assert found.coefficients_log10 == pytest.approx(expected, abs=1e-9)
    assert found.predicted_log10 == pytest.approx(expected, abs=1e-12)
    assert found.condition == 1
    # The four squares are all of ‖h_t‖², and those of the pair are no two modes.
    squares = (100**found.coefficients_log10).sum(axis=0)
    assert squares == pytest.approx(100 ** simulate(PAIR_AND_REALS).hidden_log10[0], rel=1e-10)
    assert found.leading.tolist() == [True, False, False, False]
    assert found.leading_share == pytest.approx(100 ** found.coefficients_log10[0] / squares)
    assert found.leading_share[-1] > found.leading_share[0] + 0.1


def test_far_outside_float64() -> None:
    run = simulate(attrs.evolve(PAIR_AND_REALS, depth=3000, eigenvalues=(8, -8, 0.2, 0.3, 3)))
    found = modes(run)
    assert found.predicted_log10 is not None
    assert found.coefficients_log10[0, -1] > 2700
    for kept in (0, 1):
        assert found.coefficients_log10[kept] == pytest.approx(
            found.predicted_log10[kept], abs=1e-8
        )
    # ±8 lead together.
    assert found.leading.tolist() == [True, True, False, False, False]
    assert found.leading_share[-1] == pytest.approx(1)


def test_a_matrix_that_is_not_normal_against_mpmath() -> None:
    e = Experiment(width=5, depth=6, radius=0.9, departure=0.7, activation="tanh", seed=3)
    run = simulate(e)
    found = modes(run)
    with mpmath.workdps(40):
        matrix = mpmath.matrix(draw(e).weights.tolist())
        values, vectors = mpmath.eig(matrix)
        for k in range(5):
            column = vectors[:, k] / mpmath.norm(vectors[:, k])
            for row in range(5):
                vectors[row, k] = column[row]
        singular = mpmath.svd_c(vectors, compute_uv=False)
        expected = {}
        for t in range(7):
            solved = mpmath.lu_solve(vectors, mpmath.matrix(run.states[0, t, 0].tolist()))
            expected[t] = [complex(one) for one in solved]
        order = [k for k in eigen_order(np.array(values, complex)) if mpmath.im(values[k]) > -1e-20]
    assert found.eigenvalues == pytest.approx(np.array([complex(values[k]) for k in order]))
    assert not found.normal
    assert found.leading_share is None
    assert found.predicted_log10 is None
    assert found.condition == pytest.approx(float(singular[0] / singular[4]), rel=1e-8)
    assert found.condition > 1.5
    for row, k in enumerate(order):
        root = math.sqrt(2) if abs(complex(values[k]).imag) > 1e-12 else 1
        sizes = [root * abs(expected[t][k]) for t in range(7)]
        assert 10 ** found.coefficients_log10[row] == pytest.approx(sizes, rel=1e-8)


def test_eigenvalues_that_coincide_have_orthogonal_vectors_where_w_is_normal() -> None:
    e = attrs.evolve(
        PAIR_AND_REALS,
        width=7,
        eigenvalues=(0.5 + 0.6j, 0.5 - 0.6j, 0.5 + 0.6j, 0.5 - 0.6j, 0.9, 0.9, 0.9),
    )
    run = simulate(e)
    found = modes(run)
    assert found.condition == 1
    squares = (100**found.coefficients_log10).sum(axis=0)
    assert squares == pytest.approx(100 ** run.hidden_log10[0], rel=1e-10)
    # Schur vectors of a normal matrix are eigenvectors, whoever computes them.
    form, _ = scipy.linalg.schur(draw(e).weights, output="complex")
    assert np.diag(form) == pytest.approx(np.diag(np.diag(form)).sum(axis=0), abs=1e-9)
    assert found.coefficients_log10 == pytest.approx(found.predicted_log10, abs=1e-9)


@given(experiments(max_width=4, activation="identity", tied=True))
@settings(max_examples=60, deadline=None)
def test_the_closed_form_holds_wherever_it_is_given(e: Experiment) -> None:
    symmetric = {"spectrum": "symmetric", "eigenvalues": (), "departure": 0.0}
    e = attrs.evolve(e, **symmetric, start_eigenvector=None)
    found = modes(simulate(e))
    plain = not (e.skip and e.skip_share) and e.norm == "none" and not e.bias
    driven = e.drive != "none" and e.drive_gain != 0
    assert (found.predicted_log10 is not None) == (plain and not driven)
    if found.predicted_log10 is None:
        return
    # Under 1e-12 of the largest there is rounding alone.
    seen = found.coefficients_log10 > found.coefficients_log10.max(axis=0) - 10
    difference = np.where(seen, found.coefficients_log10, 0) - np.where(
        seen, found.predicted_log10, 0
    )
    assert np.abs(difference[np.isfinite(difference)]).max(initial=0) < 1e-5


def test_rows_of_a_batch_add_up_and_steps_come_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    e = Experiment(width=6, depth=11, batch=3, spectrum="symmetric", members=2)
    run = simulate(e)
    whole = modes(run, 1)
    monkeypatch.setattr(module, "_CHUNK_BYTES", 16 * 3 * 6 * 2)
    told: list[tuple[int, int]] = []
    found = modes(run, 1, lambda done, total: told.append((done, total)))
    assert np.array_equal(found.coefficients_log10, whole.coefficients_log10)
    assert told[-1] == (12, 12)
    _, vectors = np.linalg.eigh(draw(e, 1).weights)
    sizes = np.linalg.norm(run.states[1] @ vectors, axis=1)
    assert np.sort(10**found.coefficients_log10, axis=0) == pytest.approx(
        np.sort(sizes.T, axis=0), rel=1e-9
    )


def test_a_start_along_an_eigenvector_is_its_mode_alone() -> None:
    for number in (0, 1, 2, 4):
        found = modes(simulate(attrs.evolve(PAIR_AND_REALS, start_eigenvector=number)))
        (mode,) = np.flatnonzero(found.numbers == number)
        others = np.delete(found.coefficients_log10[:, 0], mode)
        assert found.coefficients_log10[mode, 0] == pytest.approx(math.log10(math.sqrt(5)))
        assert (others < -14).all()


def test_leak_and_residual_move_the_multipliers() -> None:
    found = modes(simulate(attrs.evolve(PAIR_AND_REALS, leak=0.5, residual=0.25)))
    assert found.multipliers == pytest.approx(0.75 + 0.5 * found.eigenvalues)
    # −0.95 leads no more.
    assert found.eigenvalues[found.leading] == pytest.approx([0.9])
    near = found.coefficients_log10 > found.coefficients_log10.max(axis=0) - 5
    assert near[:, :6].all()
    assert found.predicted_log10 is not None
    assert found.coefficients_log10[near] == pytest.approx(found.predicted_log10[near], abs=1e-9)


def test_what_has_no_modes() -> None:
    with pytest.raises(ValueError, match=r"modes: got eigenvectors .* \(W is defective"):
        modes(simulate(Experiment(width=3, spectrum="identity", departure=1.0)))


def test_zero_and_nan_are_themselves() -> None:
    # Compared as a warning-free whole: −inf where exactly zero, nan where not a number.
    dead = modes(simulate(Experiment(width=2, depth=3, spectrum="identity", radius=0.0)))
    assert np.isneginf(dead.coefficients_log10[:, 1:]).all()
    assert dead.leading_share is not None
    assert np.isnan(dead.leading_share[1:]).all()
    # A start past float64 is infinite, and W takes the difference of infinities.
    wild = modes(simulate(Experiment(activation="softplus", start_rms=sys.float_info.max)))
    assert np.isnan(wild.coefficients_log10[:, 1:]).all()


def test_modes_of_a_state_that_outgrows_float64() -> None:
    """softplus(x) is x for large x, and nothing for −x: past 10³⁰⁸ it is relu, with its modes."""
    e = Experiment(activation="softplus", radius=30, depth=300)
    run = simulate(e)
    found = modes(run)
    assert run.hidden_log10[0, -1] > 350
    _, vectors = np.linalg.eig(run.networks[0].weights)
    with mpmath.workdps(40):
        h = [mpmath.mpf(one) for one in run.states[0, 150, 0]]
        rows = run.networks[0].weights.tolist()
        for _ in range(150):
            h = [mpmath.log1p(mpmath.exp(mpmath.fdot(row, h))) for row in rows]
        size = mpmath.sqrt(mpmath.fdot(h, h))
        unit = np.array([float(one / size) for one in h])
        expected = float(mpmath.log10(size)) + np.log10(np.abs(vectors.conj().T @ unit))
    paired = found.eigenvalues.imag > 0
    ours = found.coefficients_log10[:, -1] - np.where(paired, 0.5 * math.log10(2), 0.0)
    assert np.sort(np.concatenate([ours, ours[paired]])) == pytest.approx(np.sort(expected))


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        # All on one circle: 31 pairs and both reals.
        ({"width": 64, "departure": 3.0}, 33),
        ({"width": 64, "departure": 3.0, "tied": False, "depth": 5}, 33),
        ({"width": 33, "departure": 4.0, "radius": 1.7}, 17),
        ({"width": 24, "departure": 2.0, "spectrum": "symmetric"}, 2),
        ({"width": 40, "spectrum": "symmetric", "departure": 50.0, "radius": 30.0}, 2),
    ],
)
def test_equal_moduli_lead_together_whatever_the_condition(
    fields: dict[str, object], count: int
) -> None:
    """LAPACK's eigenvalues are off by κ(V) times the rounding there, and part by it."""
    run = simulate(Experiment(activation="identity", **fields))
    found = modes(run)
    assert found.condition > 100
    assert int(found.leading.sum()) == count
    matrix = run.networks[0].weights_by_step[0]
    lead = np.abs(found.eigenvalues[found.leading])
    assert lead == pytest.approx(run.experiment.radius, rel=1e-12)
    # They are eigenvalues all the same: W − λ has a singular value of 0, to rounding.
    for value in found.eigenvalues[found.leading][:3]:
        smallest = np.linalg.svd(matrix - value * np.eye(len(matrix)), compute_uv=False)[-1]
        assert smallest < 1e-13 * np.linalg.norm(matrix, 2)


def test_so_do_they_in_a_matrix_of_a_callers_own() -> None:
    e = Experiment(width=64, departure=3.0, activation="identity")
    drawn = draw(e)
    found = modes(simulate(e, [attrs.evolve(drawn, weights=drawn.weights.copy())]))
    assert found.leading.all()
    assert found.eigenvalues.size == 33


@pytest.mark.parametrize("departure", [0.0, 0.3])
def test_a_start_is_the_mode_of_its_number_in_a_net_that_is_not_normal(departure: float) -> None:
    e = Experiment(
        width=10, depth=3, activation="identity", spectrum="symmetric", departure=departure
    )
    for number in range(10):
        found = modes(simulate(attrs.evolve(e, start_eigenvector=number)))
        (mode,) = np.flatnonzero(found.numbers == number)
        others = np.delete(found.coefficients_log10[:, 0], mode)
        assert found.coefficients_log10[mode, 0] == pytest.approx(math.log10(math.sqrt(10)))
        assert (others < -13).all()


@pytest.mark.parametrize("number", [None, 20, 30])
@pytest.mark.parametrize("spectrum", ["symmetric", "gaussian"])
def test_a_coefficient_off_its_power_is_called_rounding(number: int | None, spectrum: str) -> None:
    e = Experiment(activation="identity", spectrum=spectrum, radius=1.0, start_eigenvector=number)
    run = simulate(e)
    found = modes(run)
    assert found.rounding is not None
    assert found.predicted_log10 is not None
    with np.errstate(invalid="ignore"):
        off = np.abs(found.coefficients_log10 - found.predicted_log10)
    assert (off[~found.rounding] < 0.05).all()
    # And no more is: with a start in all modes those that lead are what they are.
    leading = found.rounding[found.leading]
    assert leading.all() if number is not None else not leading.any()
    if number is not None:
        own = int(np.searchsorted(found.numbers, number, side="right")) - 1
        assert not found.rounding[own, :5].any()
    assert modes(simulate(attrs.evolve(e, activation="tanh"))).rounding is None
