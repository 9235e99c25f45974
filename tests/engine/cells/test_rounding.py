"""Where a linear run is rounding, against 60 digits and closed forms; what theory says there."""

from __future__ import annotations

import math

import attrs
import mpmath
import numpy as np
import pytest

from tests.support.theories import EXACT, PURE_SKIP, of
from tuisim.engine.cells.network import draw
from tuisim.engine.maths.linear import lies_along, power_norms, rounding_step
from tuisim.engine.maths.spectrum import eigen_order
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.theory.theory import predict
from tuisim.values import presets
from tuisim.values.experiment import Experiment

ALONG = Experiment(activation="identity", spectrum="symmetric", radius=1.0, start_eigenvector=30)


def precise(matrix: np.ndarray, vector: np.ndarray, steps: int) -> np.ndarray:
    """log10 ‖Aᵗx‖ in 60 digits."""
    with mpmath.workdps(60):
        a, x = mpmath.matrix(matrix.tolist()), mpmath.matrix(vector.tolist())
        norms = [mpmath.norm(x)]
        for _ in range(steps):
            x = a * x
            norms.append(mpmath.norm(x))
        return np.array([float(mpmath.log10(one)) for one in norms])


@pytest.mark.parametrize("number", [6, 20, 30])
@pytest.mark.parametrize("changes", [{}, {"spectrum": "gaussian"}, {"leak": 0.5}])
def test_a_start_along_an_eigenvector_is_its_power(number: int, changes: dict[str, object]) -> None:
    e = attrs.evolve(ALONG, start_eigenvector=number, **changes)
    run = simulate(e)
    network = run.networks[0]
    found = of(EXACT, e, run.networks)
    values = network.eigenvalues[eigen_order(network.eigenvalues)]
    factor = abs(1 - e.leak + e.leak * values[number])
    assert found.hidden_log10 is not None
    # A pair turns in its plane, which is an ellipse's business, not a power's.
    slack = 2.0 if values[number].imag else 1e-9
    expected = found.hidden_log10[0] + math.log10(factor) * np.arange(e.depth + 1)
    np.testing.assert_allclose(found.hidden_log10, expected, atol=slack)
    # Where the run is off by a tenth it is said to be rounding, and hardly where it is not.
    off = np.abs(run.hidden_log10[0] - found.hidden_log10)
    first = found.hidden_rounding
    assert (first is None) == (off.max() < 0.04)
    if first is not None:
        assert (off[:first] < 0.1).all()
        # LAPACK's vectors may be better than their bound, by two digits and no more.
        top = np.abs(1 - e.leak + e.leak * values).max()
        early = math.ceil(math.log(300) / math.log(top / factor))
        assert (off[first + early :] > 0.1).all()


def test_the_run_stalls_where_the_power_goes_on() -> None:
    """‖h_T‖ of 10⁻¹⁵ where |λ|ᵗ is 10⁻¹¹⁵: the run says so, theory gives the power."""
    run = simulate(ALONG)
    found = predict(ALONG, run.networks)
    assert run.hidden_log10[0, -1] == pytest.approx(-15, abs=1)
    assert found.hidden_log10 is not None
    assert found.hidden_log10[-1] == pytest.approx(
        math.log10(math.sqrt(32)) - 100 * math.log10(31), abs=1.5
    )
    assert found.hidden_rate == pytest.approx(
        math.log(np.sort(np.abs(run.networks[0].eigenvalues))[1]), abs=1e-9
    )
    assert found.hidden_rounding in range(9, 14)
    assert found.gradient_rounding is None
    assert found.warning == f"a run's state is rounding from step {found.hidden_rounding}"


@pytest.mark.parametrize("departure", [5.0, 10.0, 20.0])
def test_a_far_from_normal_matrix_against_sixty_digits(departure: float) -> None:
    e = Experiment(activation="identity", radius=0.5, departure=departure, depth=150)
    run = simulate(e)
    network = run.networks[0]
    found = of(EXACT, e, run.networks)
    true = precise(network.weights, network.start[0], e.depth)
    off = np.abs(run.hidden_log10[0] - true)
    first = found.hidden_rounding
    if first is None:
        assert off.max() < 0.02
        return
    assert (off[:first] < 0.05).all()
    assert off[first:].max() > 0.05
    # What hides the run's norm hides that of any product in float64.
    assert found.hidden_log10 is not None
    assert np.isnan(found.hidden_log10[first:]).all()
    np.testing.assert_allclose(found.hidden_log10[:first], true[:first], atol=0.05)
    assert found.hidden_rate is None


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(activation="identity", depth=2000, radius=0.3),
        Experiment(activation="identity", spectrum="symmetric", depth=2000),
        Experiment(activation="identity", spectrum="gaussian", radius=1.0, depth=1000),
        presets.preset("non-normal"),
        presets.preset("essay"),
        attrs.evolve(ALONG, start_eigenvector=0),
    ],
)
def test_an_ordinary_linear_net_is_none(experiment: Experiment) -> None:
    found = of(EXACT, experiment)
    assert (found.hidden_rounding, found.gradient_rounding) == (None, None)
    assert found.warning == ""


def test_it_is_said_before_a_curve_is_off_by_what_is_seen() -> None:
    """A hundredth of a decade, where rounding takes a non-normal matrix's way."""
    e = Experiment(
        activation="identity", spectrum="symmetric", departure=3.0, width=8, start_eigenvector=3
    )
    run = simulate(e)
    network = run.networks[0]
    first = of(EXACT, e, run.networks).hidden_rounding
    assert first is not None
    off = np.abs(run.hidden_log10[0] - precise(network.weights, network.start[0], e.depth))
    assert (off[:first] < 0.01).all()
    assert (off[first + 1 :] > 0.01).all()


def test_a_probe_along_an_eigenvector_is_the_gradients() -> None:
    network = draw(attrs.evolve(ALONG, start_eigenvector=None))
    along = draw(ALONG).start
    given = attrs.evolve(network, probe=along / np.linalg.norm(along))
    e = attrs.evolve(ALONG, start_eigenvector=None)
    found = of(EXACT, e, [given])
    assert found.hidden_rounding is None
    assert found.gradient_rounding in range(100 - 13, 100 - 8)
    assert found.warning.endswith("back")


def test_a_pure_skip_counts_its_jumps() -> None:
    e = attrs.evolve(ALONG, skip=3, skip_share=1.0, depth=200)
    run = simulate(e)
    found = of(PURE_SKIP, e, run.networks)
    assert found.hidden_log10 is not None
    assert found.hidden_rounding is not None
    off = np.abs(run.hidden_log10[0] - found.hidden_log10)
    assert (off[: found.hidden_rounding] < 0.1).all()
    assert (off[found.hidden_rounding + 9 :] > 0.01).all()


def test_a_tiny_part_that_is_there_is_not_taken_for_rounding() -> None:
    """A coupling of 1e-30 is exact where no sum cancels, and takes over after 30 steps."""
    matrix = np.diag([0.5, 2.0, 0.25, 0.3])
    matrix[1, 0], matrix[2, 1], matrix[3, 2] = 1e-30, 0.3, 0.2
    start = np.eye(4)[:1]
    assert not lies_along(matrix, start)
    got = power_norms(matrix, start, 120)
    assert got is not None
    np.testing.assert_allclose(got / math.log(10), precise(matrix, start[0], 120), atol=1e-9)
    assert lies_along(matrix, np.eye(4)[-1:])
    assert lies_along(1e300 * matrix, 1e-300 * np.eye(4)[-1:])


def test_a_dead_start_and_a_wide_matrix_have_no_step() -> None:
    matrix = np.triu(np.ones((4, 4)), 1)
    start = np.eye(4)[:1]
    curve = power_norms(matrix, start, 9)
    assert curve is not None
    assert rounding_step(matrix, start, curve) is None


def test_of_members_it_is_the_median() -> None:
    e = attrs.evolve(ALONG, members=3)
    plain = attrs.evolve(e, start_eigenvector=None)
    networks = [draw(e, 0), draw(plain, 1), draw(plain, 2)]
    assert of(EXACT, plain, networks).hidden_rounding is None
    networks[1] = draw(e, 1)
    assert of(EXACT, e, networks).hidden_rounding in range(9, 14)
    # One member whose curve is lost leaves no median of them, and no rate.
    far = Experiment(activation="identity", radius=0.5, departure=20.0, depth=150)
    near = Experiment(activation="identity", radius=0.5, depth=150)
    mixed = of(EXACT, attrs.evolve(near, members=3), [draw(far), draw(near), draw(near, 1)])
    assert mixed.hidden_rounding is None
    assert mixed.hidden_rate is None
