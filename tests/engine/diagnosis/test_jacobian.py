"""Singular values of ∂h_T/∂h_t of nets against the twin and closed forms."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.products import backward, exact_log10, ours
from tests.support.twin import Twin
from tuisim import jacobian_singular_values, lyapunov_exponents
from tuisim.engine.cells.network import draw
from tuisim.engine.diagnosis.tangent import step_jacobian
from tuisim.engine.kernels import jit, refined, triangles
from tuisim.engine.runs.run import member_buffers
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import ACTIVATIONS, Experiment

BASE = Experiment(width=4, depth=40, bias=0.3, drive="sine", drive_gain=0.4, seed=3, radius=0.9)

#: Nets whose trajectory is not chaotic, so that the twin's is theirs to the last digits.
NETS: dict[str, dict[str, object]] = {
    "plain": {"bias": 0.0, "drive": "none"},
    "bias and drive": {},
    "untied": {"tied": False},
    "leak": {"leak": 0.3},
    "residual": {"residual": 0.4},
    "carry cancelled by nothing": {"leak": 0.5, "residual": 0.25, "tied": False},
    "layer norm": {"norm": "layer"},
    "layer norm of two": {"norm": "layer", "width": 2, "leak": 0.7},
    "layer norm with a leak": {"norm": "layer", "leak": 0.6},
    "layer norm untied": {"norm": "layer", "residual": 0.2, "tied": False},
    "saturated": {"bias": 30.0, "radius": 2.0},
    "departure": {"departure": 0.8, "activation": "softplus"},
}


def exact_jacobian(twin: Twin, t: int) -> np.ndarray:
    """∂h_t/∂h_{t−1} from what the twin does to one gradient after the other, n columns."""
    n = twin.experiment.width
    source = twin._source(twin.states, t)
    linear = twin._linear(source, t)
    rows = []
    for unit in range(n):
        above = twin.states[t] * 0
        above[0, unit] += 1
        at_linear = twin._normalised_back(linear, twin.leak * twin.slopes[t - 1] * above)
        rows.append((twin.carry * above + at_linear.dot(twin.weights[t - 1]))[0])
    return np.array(rows)


@pytest.mark.parametrize("name", NETS)
def test_runs_against_the_twin(name: str) -> None:
    e = attrs.evolve(BASE, **NETS[name])
    run = simulate(e)
    twin = Twin(e, run.networks[0])
    jacobians = [exact_jacobian(twin, t) for t in range(1, e.depth + 1)]
    found = jacobian_singular_values(run)
    assert found.shape == (e.depth + 1, e.width)
    assert (found[-1] == 0).all()
    # Layer norm without a carry loses one direction, which the twin keeps at its 50 digits.
    rank = e.width - (e.norm == "layer" and e.leak == 1 and e.residual == 0)
    assert np.isneginf(found[:-1, rank:]).all()
    for t in (0, e.depth // 2, e.depth - 1):
        expected = exact_log10(jacobians[t:][::-1], 40 + 100 * (e.depth - t))[:rank]
        np.testing.assert_allclose(found[t, :rank], expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_step_jacobian_is_a_difference_of_states(activation: str) -> None:
    for changes in ({}, {"norm": "layer"}, {"leak": 0.4, "residual": 0.1, "tied": False}):
        e = attrs.evolve(BASE, activation=activation, depth=3, **changes)
        run = simulate(e)
        twin = Twin(e, run.networks[0])
        buffers = member_buffers(run._buffers, 0)
        found = step_jacobian(e, run.networks[0], buffers, 3)
        for unit in range(e.width):
            ends = []
            for sign in (1, -1):
                moved = [state.copy() for state in twin.states[:3]]
                moved[2][0, unit] += sign * 1e-18
                ends.append(twin.forward(moved)[3][0])
            difference = ((ends[0] - ends[1]) / 2e-18).astype(float)
            np.testing.assert_allclose(found[:, unit], difference, rtol=0, atol=1e-10)


@pytest.mark.parametrize("residual", [0.0, 0.3])
def test_layer_norm_beside_a_variance_near_its_floor(residual: float) -> None:
    """Where the floor counts, N′ keeps a part along â that is neither 0 nor rounding."""
    e = attrs.evolve(
        BASE, norm="layer", start_rms=1e-6, bias=0.0, drive="none", depth=1, residual=residual
    )
    run = simulate(e)
    twin = Twin(e, run.networks[0])
    expected = exact_log10([exact_jacobian(twin, 1)], 50)
    found = jacobian_singular_values(run)[0]
    rank = 3 if residual == 0 else 4
    # Beside entries of 10⁶ a carried path has ten digits.
    np.testing.assert_allclose(found[:rank], expected[:rank], rtol=0, atol=1e-9)


def test_a_chaotic_net_of_thousands_of_steps() -> None:
    """Its own Jacobians multiplied by mpmath: 40 decades of a unit's slope, 2000 steps."""
    e = Experiment(width=3, depth=2000, spectrum="gaussian", radius=8.0, seed=1, bias=1.0)
    run = simulate(e)
    buffers = member_buffers(run._buffers, 0)
    steps = [step_jacobian(e, run.networks[0], buffers, t) for t in range(1, e.depth + 1)]
    found = jacobian_singular_values(run, steps=[0, 1000])
    for row, t in enumerate((0, 1000)):
        expected = exact_log10(backward(steps[t:]), 9000)
        np.testing.assert_allclose(found[row], expected, rtol=0, atol=1e-8)
    assert found.min() < -2400


@pytest.mark.parametrize("departure", [0.0, 0.4])
@pytest.mark.parametrize("spectrum", ["orthogonal", "identity"])
def test_all_values_of_a_scaled_orthogonal_net(spectrum: str, departure: float) -> None:
    e = Experiment(spectrum=spectrum, activation="identity", radius=0.9, departure=departure)
    found = jacobian_singular_values(simulate(e))
    lags = e.depth - np.arange(e.depth + 1)
    # det W has no share in N: the values' product is the eigenvalues'.
    np.testing.assert_allclose(found.mean(axis=1), lags * math.log10(0.9), atol=1e-9)
    if departure == 0:
        np.testing.assert_allclose(found, np.outer(lags, np.full(32, math.log10(0.9))), atol=1e-11)


@pytest.mark.parametrize("width", [2, 12, 33])
def test_a_symmetric_net_has_the_powers_of_its_eigenvalues(width: int) -> None:
    e = Experiment(spectrum="symmetric", activation="identity", width=width, depth=3000)
    steps = [0, 1234, 2999, 3000]
    found = jacobian_singular_values(simulate(e), steps=steps)
    with np.errstate(divide="ignore"):
        moduli = np.log10(np.sort(np.abs(np.linspace(-0.9, 0.9, width)))[::-1])
    for row, t in zip(found[:3], steps, strict=False):
        np.testing.assert_allclose(row, (3000 - t) * moduli, rtol=1e-12, atol=1e-9)
    assert (found[3] == 0).all()


def test_one_unit_has_its_gradient() -> None:
    for changes in ({}, {"leak": 0.2}, {"tied": False, "activation": "gelu"}):
        e = Experiment(width=1, depth=500, bias=0.5, **changes)
        run = simulate(e)
        found = jacobian_singular_values(run)[:, 0]
        np.testing.assert_allclose(found, run.gradient_log10[0], rtol=0, atol=1e-10)


def test_gradients_lie_between_the_largest_and_the_smallest() -> None:
    e = Experiment(width=16, depth=80, spectrum="gaussian", radius=1.4, members=2, bias=0.2)
    run = simulate(e)
    for member in range(2):
        found = jacobian_singular_values(run, member)
        gradient = run.gradient_log10[member]
        assert (gradient[:-1] < found[:-1, 0]).all()
        assert (gradient[:-1] > found[:-1, -1]).all()


def test_a_choice_of_steps_is_rows_of_all_of_them() -> None:
    run = simulate(Experiment(width=6, depth=30, spectrum="gaussian", radius=1.5))
    whole = jacobian_singular_values(run)
    np.testing.assert_array_equal(
        jacobian_singular_values(run, steps=[3, 7, 30]), whole[[3, 7, 30]]
    )
    np.testing.assert_array_equal(jacobian_singular_values(run, steps=[30]), np.zeros((1, 6)))
    assert jacobian_singular_values(run, steps=[]).shape == (0, 6)


def test_what_is_no_number_is_said() -> None:
    e = Experiment(width=3, depth=6, tied=False)
    network = draw(e)
    weights = network.weights.copy()
    weights[2, 1, 1] = math.nan
    run = simulate(e, [attrs.evolve(network, weights=weights)])
    found = jacobian_singular_values(run)
    # Every state after it is no number either.
    assert np.isnan(found[:6]).all()
    assert (found[6] == 0).all()
    last = [np.eye(3)] * 5
    last.insert(2, np.full((3, 3), math.inf))
    found = ours(last, range(7))
    assert np.isnan(found[:3]).all()
    assert (found[3:] == 0).all()


REFUSED = [
    ({"batch": 2}, "batch: got 2, allowed: 1"),
    ({"skip": 3}, "skip: got 3, allowed: 0"),
    ({"batch": 4, "norm": "batch"}, "batch: got 4"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_nets_whose_steps_have_no_such_jacobian(changes: dict[str, Any], message: str) -> None:
    e = Experiment(width=4, depth=5, **changes)
    with pytest.raises(ValueError, match=message):
        jacobian_singular_values(simulate(e))
    with pytest.raises(ValueError, match=message):
        lyapunov_exponents(e)


def test_members_and_steps_that_are_not_there() -> None:
    run = simulate(Experiment(width=4, depth=5, members=2))
    for member in (-1, 2):
        with pytest.raises(ValueError, match=f"^member: got {member}, allowed: 0…1"):
            jacobian_singular_values(run, member)
    for steps in ([6], [-1], [2, 2], [3, 1]):
        with pytest.raises(ValueError, match=r"^steps: got .*allowed: increasing .* 0 to 5"):
            jacobian_singular_values(run, steps=steps)


def test_too_much_work_is_refused_before_it_starts() -> None:
    said: list[int] = []
    allowed = r"^budget: .*allowed: 1e\+12; lower depth \(4000\), width \(256\)"
    run = simulate(Experiment(width=256, depth=4000))
    with pytest.raises(ValueError, match=allowed):
        jacobian_singular_values(run, progress=lambda done, total: said.append(done))
    with pytest.raises(ValueError, match=allowed):
        lyapunov_exponents(run.experiment, progress=lambda done, total: said.append(done))
    assert said == []
    # The last step alone is little work.
    assert jacobian_singular_values(run, steps=[4000]).shape == (1, 256)


@pytest.mark.parametrize("depth", [1, 7, 450])
def test_progress_goes_up_to_its_total(depth: int) -> None:
    e = Experiment(width=3, depth=depth)
    seen: list[tuple[int, int]] = []
    jacobian_singular_values(simulate(e), progress=lambda *at: seen.append(at))
    lyapunov_exponents(e, progress=lambda *at: seen.append(at))
    for total in (depth, 2 * depth):
        counts = [done for done, of in seen if of == total]
        assert counts == sorted(counts)
        assert counts[-1] == total
        assert len(counts) <= 150


def test_every_use_of_a_kernel_is_the_same_signature() -> None:
    for changes in ({}, {"norm": "layer"}, {"width": 1}, {"activation": "relu"}, {"tied": False}):
        jacobian_singular_values(simulate(Experiment(**({"width": 5, "depth": 6} | changes))))
    kernels = [one for one in jit.kernels() if one.py_func.__module__ in MODULES]
    assert len(kernels) == 5
    for kernel in kernels:
        assert len(kernel.compiled.signatures) == 1, kernel


MODULES = (triangles.__name__, refined.__name__)
