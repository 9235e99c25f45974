"""What views need beyond the run: bound, parts, determinants."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
import pytest

from tuisim import Experiment, simulate
from tuisim.engine.diagnosis.jacobian import log_det
from tuisim.engine.diagnosis.measures import (
    MEASURES,
    jacobian,
    lyapunov,
    mean_log_det,
    parts,
    spectrum,
)
from tuisim.figures.views.jacobian import exponents_note, jacobian_figure


def test_the_growth_bound_holds_for_every_step_back() -> None:
    for e in (
        Experiment(width=6, depth=30, radius=1.3, departure=0.5),
        Experiment(width=6, depth=30, activation="sigmoid", spectrum="gaussian", radius=3),
        Experiment(width=6, depth=30, leak=0.3, residual=0.2, activation="selu"),
    ):
        run = simulate(e)
        found = spectrum(run, None)
        assert found.growth_bound is not None
        steps = run.gradient_log10[0, :-1] - run.gradient_log10[0, 1:]
        assert (steps <= math.log10(found.growth_bound) + 1e-12).all()


def test_the_growth_bound_is_reached_by_a_linear_orthogonal_net() -> None:
    found = spectrum(simulate(Experiment(width=6, radius=0.7)), None)
    assert found.growth_bound == pytest.approx(0.7, rel=1e-14)
    assert found.radius == pytest.approx(0.7, rel=1e-14)
    assert found.singular_values == pytest.approx([0.7] * 6, rel=1e-14)


def test_there_is_no_such_bound_with_other_paths() -> None:
    for changes in ({"skip": 3}, {"norm": "layer"}):
        assert spectrum(simulate(Experiment(width=4, **changes)), None).growth_bound is None


def test_parts_of_the_rnn_are_the_runs() -> None:
    run = simulate(Experiment(width=4, depth=6, members=2))
    found = parts(run, None)
    assert found.names == ("slope", "matrix")
    assert found.first + found.second == pytest.approx(
        run.gradient_log10[:, :-1] - run.gradient_log10[:, 1:], abs=1e-12
    )


def test_parts_of_the_lstm_are_those_of_its_cell() -> None:
    run = simulate(Experiment(cell="lstm", width=4, depth=30, members=2))
    found = parts(run, None)
    assert (found.names, found.gradient) == (("carried", "rest"), "∂L/∂c_t")
    log10 = run.cell_gradient_log10
    assert log10 is not None
    np.testing.assert_array_equal(found.log10, log10)
    np.testing.assert_allclose(found.first + found.second, log10[:, :-1] - log10[:, 1:], atol=1e-12)
    # Carried alone is what the forget gate makes of ∂L/∂c_t.
    forget = run._buffers.values[:, 1::5]
    kept = forget * run._buffers.cell_gradients[:, 1:]
    norms = np.linalg.norm(kept, axis=2) / np.linalg.norm(
        run._buffers.cell_gradients[:, 1:], axis=2
    )
    np.testing.assert_allclose(found.first, np.log10(norms), atol=1e-12)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_spectrum_and_determinant_of_gated_cells(cell: str) -> None:
    run = simulate(Experiment(cell=cell, width=6, depth=20, spectrum="gaussian", bias=0.2))
    w = run.networks[0].weights[2]
    found = spectrum(run, None)
    np.testing.assert_allclose(found.singular_values, np.linalg.svd(w, compute_uv=False))
    assert found.growth_bound is None
    whole = lyapunov(run, None)
    assert whole.exponents.sum() == pytest.approx(whole.mean_log_det, abs=1e-9)


def test_why_there_are_no_parts() -> None:
    with pytest.raises(ValueError, match="parts: got skip 3, allowed: 0"):
        parts(simulate(Experiment(width=3, skip=3)), None)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"leak": 0.4},
        {"residual": 0.5},
        {"tied": False},
        {"tied": False, "leak": 0.4, "depth": 70},
        {"leak": 0.5, "activation": "sigmoid"},
    ],
)
def test_the_mean_log_determinant_is_that_of_finite_differences(changes: dict[str, object]) -> None:
    e = attrs.evolve(Experiment(width=4, depth=5, spectrum="gaussian", bias=0.3), **changes)
    run = simulate(e)
    logs = []
    for t in range(1, e.depth + 1):
        columns = []
        weights, bias = run.networks[0].weights_by_step, run.networks[0].bias
        w = weights[0 if e.tied else t - 1]
        b = bias if e.tied else bias[t - 1]
        for j in range(4):
            ends = []
            for sign in (1, -1):
                h = run.states[0, t - 1, 0].copy()
                h[j] += sign * 1e-6
                a = w @ h + b
                phi = np.tanh(a) if e.activation == "tanh" else 1 / (1 + np.exp(-a))
                ends.append((1 - e.leak + e.residual) * h + e.leak * phi)
            columns.append((ends[0] - ends[1]) / 2e-6)
        logs.append(np.linalg.slogdet(np.array(columns))[1])
    assert mean_log_det(run) == pytest.approx(np.mean(logs), abs=1e-6)


def test_a_dead_unit_has_no_determinant() -> None:
    run = simulate(Experiment(width=4, depth=5, activation="relu"))
    assert mean_log_det(run) == -math.inf


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 7, "spectrum": "symmetric"},
        {"width": 7, "spectrum": "symmetric", "activation": "identity"},
        {"width": 9, "spectrum": "symmetric", "tied": False, "radius": 1e-7},
        {"width": 15, "spectrum": "symmetric", "radius": 3.0, "departure": 1.0},
        {"width": 5, "radius": 0.0},
        {"width": 3, "spectrum": "eigenvalues", "eigenvalues": (0.0, 0.5, -0.2)},
        # The step's matrix is singular, W is not: 1 − ½ − ½.
        {"width": 3, "spectrum": "eigenvalues", "eigenvalues": (-1.0, 0.5, 0.3), "leak": 0.5,
         "activation": "identity"},
    ],
    ids=str,
)  # fmt: skip
def test_the_determinant_of_a_singular_step_is_zero(changes: dict[str, Any]) -> None:
    whole = lyapunov(simulate(Experiment(**({"depth": 40} | changes))), None)
    assert whole.mean_log_det == whole.exponents.sum() == -math.inf
    assert exponents_note(whole).endswith("sum −∞  mean ln|det| −∞")


@pytest.mark.parametrize("changes", [{"leak": 0.5}, {"residual": 0.3}])
def test_what_is_carried_past_a_layer_norm_has_a_determinant(changes: dict[str, Any]) -> None:
    whole = lyapunov(simulate(Experiment(width=5, depth=40, norm="layer", **changes)), None)
    assert whole.mean_log_det is not None
    assert whole.mean_log_det == pytest.approx(whole.exponents.sum(), abs=1e-9)
    plain = lyapunov(simulate(Experiment(width=5, depth=40, norm="layer")), None)
    assert plain.mean_log_det is None
    assert plain.exponents[-1] == -math.inf


@pytest.mark.parametrize("least", [1e-3, 1e-8, 1e-13])
def test_a_nearly_singular_w_has_its_determinant(least: float) -> None:
    chosen = (least, 0.5, -0.2)
    e = Experiment(
        width=3, depth=20, spectrum="eigenvalues", eigenvalues=chosen, activation="identity"
    )
    whole = lyapunov(simulate(e), None)
    expected = float(np.log(np.abs(chosen)).sum())
    assert whole.mean_log_det == pytest.approx(expected, abs=1e-15 / least + 1e-12)
    assert whole.exponents.sum() == pytest.approx(expected, abs=1e-15 / least + 1e-12)


def test_the_determinant_of_what_is_no_number_is_none() -> None:
    for factor in (
        np.full((2, 2), np.nan),
        np.array([[1.0, np.inf], [0.0, 0.0]]),
        np.array([np.nan]),
    ):
        assert math.isnan(log_det(factor))
    assert log_det(np.array([0.5, -2.0, 3.0])) == pytest.approx(math.log(3))


def test_every_measure_speaks_of_the_default_run() -> None:
    run = simulate(Experiment())
    for measure in MEASURES.values():
        assert measure(run, None) is not None


@pytest.mark.parametrize(
    ("changes", "rounded"),
    [
        ({}, True),
        ({"activation": "tanh"}, False),
        ({"residual": 0.1}, False),
        ({"norm": "none"}, False),
    ],
)
def test_the_view_says_where_small_singular_values_are_rounding(
    changes: dict[str, Any], rounded: bool
) -> None:
    e = attrs.evolve(Experiment(width=3, depth=4, norm="layer", activation="relu"), **changes)
    run = simulate(e)
    assert ("rounding" in jacobian_figure(jacobian(run)).notes[0]) == rounded
    assert ("rounding" in exponents_note(lyapunov(run))) == rounded
