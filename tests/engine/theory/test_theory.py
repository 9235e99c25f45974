"""Each theory against independent computations, and where each applies and does not."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from tests.support.theories import (
    BATCH_NORM,
    BOUND,
    EXACT,
    LINEARISED,
    LN10,
    MEAN_FIELD,
    MEAN_LOG,
    MEAN_SQUARE,
    ORTHOGONAL,
    PURE_SKIP,
    of,
    plain_run,
)
from tuisim.engine.base.facts import FACTS, slope
from tuisim.engine.cells.network import draw
from tuisim.engine.maths import linear
from tuisim.engine.theory.ensemble import digamma
from tuisim.engine.theory.prediction import Case, Theory
from tuisim.engine.theory.theory import THEORIES, Prediction, linearised, predict
from tuisim.values.experiment import ACTIVATIONS, Experiment


def test_the_defaults_are_linearised_and_the_verdict_line_can_quote_it() -> None:
    experiment = Experiment()
    found = predict(experiment)
    assert found.name == LINEARISED
    assert found.average == "local to rest"
    assert found.gradient_rate == pytest.approx(math.log(0.9), rel=1e-13)
    assert found.gradient_log10 is not None
    assert found.gradient_log10[[0, -1]].tolist() == [pytest.approx(100 * math.log10(0.9)), 0.0]
    assert found.hidden_log10 is not None
    assert found.hidden_log10[0] == pytest.approx(0.5 * math.log10(32))
    assert linearised(experiment).gradient_rate == found.gradient_rate
    assert not found.warning


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"activation": "identity"}, EXACT),
        ({"activation": "identity", "spectrum": "gaussian"}, EXACT),
        ({"activation": "identity", "spectrum": "gaussian", "tied": False}, MEAN_LOG),
        ({"activation": "identity", "spectrum": "gaussian", "tied": False, "bias": 1}, MEAN_FIELD),
        (
            {"activation": "identity", "spectrum": "gaussian", "tied": False, "batch": 2},
            MEAN_SQUARE,
        ),
        (
            {"activation": "identity", "spectrum": "gaussian", "tied": False, "leak": 0.5},
            MEAN_SQUARE,
        ),
        ({"activation": "identity", "tied": False}, ORTHOGONAL),
        ({"activation": "identity", "tied": False, "departure": 0.5}, BOUND),
        ({"activation": "identity", "skip": 3, "skip_share": 1}, PURE_SKIP),
        ({"activation": "identity", "skip": 3}, "none"),
        (
            {
                "activation": "relu",
                "spectrum": "gaussian",
                "tied": False,
                "norm": "batch",
                "batch": 8,
            },
            BATCH_NORM,
        ),
        ({"spectrum": "gaussian"}, MEAN_FIELD),
        ({"spectrum": "gaussian", "tied": False, "activation": "relu"}, MEAN_FIELD),
        ({"spectrum": "gaussian", "leak": 0.5}, LINEARISED),
        ({"activation": "gelu", "residual": 0.5}, LINEARISED),
        ({"activation": "relu"}, BOUND),
        ({"tied": False}, BOUND),
        ({"bias": 0.1}, BOUND),
        ({"drive": "sine"}, BOUND),
        ({"drive": "sine", "drive_gain": 0}, LINEARISED),
        ({"activation": "identity", "skip": 3, "skip_share": 0}, EXACT),
        ({"skip": 3}, "none"),
        ({"norm": "layer"}, "none"),
        ({"cell": "lstm"}, LINEARISED),
        ({"cell": "lstm", "radius": 0.0}, "exact, carousel"),
        ({"cell": "lstm", "bias": 0.5}, "carousel"),
        ({"cell": "gru"}, LINEARISED),
        ({"cell": "gru", "bias": 0.5}, "none"),
    ],
)
def test_the_most_specific_theory_is_chosen(changes: dict[str, Any], name: str) -> None:
    found = predict(Experiment(width=6, depth=9, **changes))
    assert found.name == name
    assert found.applies == (name != "none")
    if name == "none":
        assert found.gradient_rate is found.hidden_rate is None
        assert found.gradient_log10 is found.hidden_log10 is None
        assert all(theory.name in found.why for theory in THEORIES)


@pytest.mark.parametrize(
    ("name", "changes", "because"),
    [
        (EXACT, {"activation": "tanh"}, "activation is tanh"),
        (EXACT, {"tied": False}, "not tied"),
        (EXACT, {"skip": 2}, "skip is 2"),
        (EXACT, {"norm": "layer"}, "norm is layer"),
        (EXACT, {"bias": 0.5}, "bias is 0.5"),
        (EXACT, {"drive": "noise"}, "drive is noise"),
        (EXACT, {"cell": "gru"}, "cell is gru"),
        (PURE_SKIP, {"activation": "tanh"}, "activation is tanh"),
        (PURE_SKIP, {"tied": False}, "not tied"),
        (PURE_SKIP, {"skip": 0}, "skip is 0: it is for nets with a skip"),
        (PURE_SKIP, {"skip_share": 0.5}, "skip_share is 0.5"),
        (PURE_SKIP, {"leak": 0.5}, "leak is 0.5"),
        (PURE_SKIP, {"residual": 0.5}, "residual is 0.5"),
        (PURE_SKIP, {"norm": "layer"}, "norm is layer"),
        (PURE_SKIP, {"bias": 0.5}, "bias is 0.5"),
        (PURE_SKIP, {"drive": "noise"}, "drive is noise"),
        (PURE_SKIP, {"cell": "lstm", "skip": 0, "skip_share": 0.5}, "it is for the rnn cell"),
        (ORTHOGONAL, {"activation": "tanh"}, "activation is tanh"),
        (ORTHOGONAL, {"spectrum": "gaussian"}, "spectrum is gaussian"),
        (ORTHOGONAL, {"spectrum": "symmetric"}, "stretches some directions more"),
        (ORTHOGONAL, {"departure": 0.1}, "stretches some directions more"),
        (ORTHOGONAL, {"leak": 0.5}, "leak is 0.5"),
        (ORTHOGONAL, {"residual": 0.5}, "residual is 0.5"),
        (ORTHOGONAL, {"skip": 2}, "skip is 2"),
        (ORTHOGONAL, {"norm": "layer"}, "norm is layer"),
        (ORTHOGONAL, {"bias": 0.5}, "bias is 0.5"),
        (ORTHOGONAL, {"drive": "noise"}, "drive is noise"),
        (MEAN_LOG, {"spectrum": "orthogonal"}, "spectrum is orthogonal"),
        (MEAN_LOG, {"tied": True}, "net is tied"),
        (MEAN_LOG, {"leak": 0.5}, "leak is 0.5"),
        (MEAN_LOG, {"residual": 0.5}, "residual is 0.5"),
        (MEAN_LOG, {"batch": 3}, "3 rows"),
        (MEAN_SQUARE, {"spectrum": "reservoir"}, "spectrum is reservoir"),
        (MEAN_SQUARE, {"activation": "relu"}, "activation is relu"),
        (MEAN_SQUARE, {"tied": True}, "net is tied"),
        (MEAN_SQUARE, {"skip": 2}, "skip is 2"),
        (MEAN_SQUARE, {"norm": "layer"}, "norm is layer"),
        (MEAN_SQUARE, {"bias": 0.5}, "bias is 0.5"),
        (MEAN_SQUARE, {"drive": "noise"}, "drive is noise"),
        (BATCH_NORM, {"norm": "layer"}, "norm is layer"),
        (BATCH_NORM, {"spectrum": "orthogonal"}, "spectrum is orthogonal"),
        (BATCH_NORM, {"activation": "tanh"}, "activation is tanh"),
        (BATCH_NORM, {"tied": True}, "net is tied"),
        (BATCH_NORM, {"leak": 0.5}, "leak is 0.5"),
        (BATCH_NORM, {"residual": 0.5}, "residual is 0.5"),
        (BATCH_NORM, {"skip": 2}, "skip is 2"),
        (BATCH_NORM, {"drive": "noise"}, "drive is noise"),
        (BATCH_NORM, {"start_eigenvector": 1}, "rows start along one eigenvector"),
        (BATCH_NORM, {"radius": 0}, "lost beside the norm's floor"),
        (BATCH_NORM, {"start_rms": 1e-5}, "lost beside the norm's floor"),
        (BATCH_NORM, {"radius": 1e160}, "in float64"),
        (BATCH_NORM, {"bias": 1e9}, "drowns the rows' part"),
        (MEAN_FIELD, {"spectrum": "reservoir"}, "spectrum is reservoir"),
        (MEAN_FIELD, {"leak": 0.5}, "leak is 0.5"),
        (MEAN_FIELD, {"residual": 0.5}, "residual is 0.5"),
        (MEAN_FIELD, {"skip": 2}, "skip is 2"),
        (MEAN_FIELD, {"norm": "layer"}, "norm is layer"),
        (MEAN_FIELD, {"drive": "impulse"}, "drive is impulse"),
        (LINEARISED, {"activation": "relu"}, "relu is not differentiable at 0"),
        (LINEARISED, {"activation": "leaky_relu"}, "leaky_relu is not differentiable at 0"),
        (LINEARISED, {"activation": "selu"}, "selu is not differentiable at 0"),
        (LINEARISED, {"tied": False}, "not tied"),
        (LINEARISED, {"skip": 2}, "skip is 2"),
        (LINEARISED, {"norm": "layer"}, "norm is layer"),
        (LINEARISED, {"bias": 0.5}, "bias is 0.5"),
        (LINEARISED, {"drive": "noise"}, "drive is noise"),
        (BOUND, {"skip": 2}, "skip is 2"),
        (BOUND, {"norm": "layer"}, "norm is layer"),
        (BOUND, {"cell": "lstm"}, "cell is lstm"),
    ],
)
def test_one_broken_condition_is_named(name: str, changes: dict[str, Any], because: str) -> None:
    fits: dict[str, Any] = {"width": 5, "depth": 6}
    fits |= {
        EXACT: {"activation": "identity"},
        PURE_SKIP: {"activation": "identity", "skip": 2, "skip_share": 1.0},
        ORTHOGONAL: {"activation": "identity", "tied": False},
        MEAN_LOG: {"activation": "identity", "spectrum": "gaussian", "tied": False},
        MEAN_SQUARE: {"activation": "identity", "spectrum": "gaussian", "tied": False},
        BATCH_NORM: {
            "activation": "relu",
            "spectrum": "gaussian",
            "tied": False,
            "norm": "batch",
            "batch": 8,
        },
        MEAN_FIELD: {"spectrum": "gaussian"},
    }.get(name, {})
    assert of(name, Experiment(**fits)).applies
    refused = of(name, Experiment(**fits | changes))
    assert refused.why.startswith("does not apply, because ")
    assert because in refused.why
    assert refused.gradient_rate is refused.gradient_log10 is refused.hidden_log10 is None
    assert refused.reference


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"radius": 1.05, "departure": 0.4},
        {"spectrum": "symmetric", "leak": 0.3},
        {"spectrum": "gaussian", "residual": 0.2},
        {"spectrum": "reservoir", "leak": 0.5, "residual": 0.1},
        {"spectrum": "eigenvalues", "eigenvalues": (0.9 + 0.3j, 0.9 - 0.3j, 0.5, -1, 0.2, 0.1)},
    ],
)
def test_exact_curves_against_a_plain_run(changes: dict[str, Any], rows: int) -> None:
    e = Experiment(width=6, depth=40, activation="identity", batch=rows, seed=4, **changes)
    network = draw(e)
    found = predict(e, [network])
    hidden, gradient = plain_run(e, network)
    assert found.name == EXACT
    assert np.allclose(found.hidden_log10, hidden, rtol=0, atol=1e-12)
    assert np.allclose(found.gradient_log10, gradient, rtol=0, atol=1e-12)
    assert found.gradient_rate == pytest.approx((gradient[0] - gradient[-1]) * LN10 / 40)
    assert found.hidden_rate == pytest.approx((hidden[-1] - hidden[0]) * LN10 / 40)


@pytest.mark.parametrize(
    ("radius", "depth", "expected"), [(3.0, 5000, 2385.606273598312), (0.01, 1000, -2000.0)]
)
def test_exact_curves_far_outside_float64(radius: float, depth: int, expected: float) -> None:
    e = Experiment(activation="identity", spectrum="identity", radius=radius, depth=depth)
    found = predict(e)
    assert found.gradient_log10 is not None
    assert found.gradient_log10[0] == pytest.approx(expected, abs=1e-9)
    assert found.gradient_rate == pytest.approx(math.log(radius), rel=1e-13)


def test_a_radius_of_zero_is_an_exact_zero() -> None:
    found = predict(Experiment(activation="identity", radius=0, depth=3))
    assert found.gradient_log10 is not None
    assert found.gradient_log10[:3].tolist() == [-math.inf] * 3
    assert found.gradient_log10[3] == pytest.approx(0, abs=1e-15)
    assert found.gradient_rate == found.hidden_rate == -math.inf


def test_a_theory_says_which_cells_it_is_for() -> None:
    gated = Theory("gated", "none", lambda case: Prediction(gradient_rate=0.0), ("lstm", "gru"))
    gru, rnn = Experiment(cell="gru"), Experiment()
    assert gated.of(Case(gru, [draw(gru)])).applies
    refused = gated.of(Case(rnn, [draw(rnn)]))
    assert refused.why == (
        "does not apply, because the cell is rnn: it is for the lstm or gru cell"
    )
    assert of(BOUND, gru, [draw(gru)]).why == (
        "does not apply, because the cell is gru: it is for the rnn cell"
    )


def test_members_are_a_median() -> None:
    e = Experiment(width=5, depth=12, activation="identity", spectrum="gaussian", members=3)
    networks = [draw(e, member) for member in range(3)]
    single = [predict(attrs.evolve(e, members=1), [one]) for one in networks]
    found = predict(e, networks)
    assert np.array_equal(
        found.gradient_log10, np.median([one.gradient_log10 for one in single], axis=0)
    )
    assert found.gradient_rate == np.median([one.gradient_rate for one in single])
    assert "median over members" in found.average
    assert np.array_equal(predict(e).hidden_log10, found.hidden_log10)


def test_too_much_work_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    e = Experiment(width=8, depth=50, activation="identity", spectrum="gaussian")
    networks = [draw(e)]
    monkeypatch.setattr(linear, "WORK", 1.0)
    assert "would take too long" in of(EXACT, e, networks).why
    assert (
        "would take too long"
        in of(BOUND, Experiment(width=8, depth=50, tied=False, spectrum="gaussian")).why
    )


@pytest.mark.filterwarnings("error")
def test_a_given_network_counts_and_not_only_its_experiment() -> None:
    e = Experiment(width=4, depth=5, activation="identity")
    network = draw(e)
    biased = attrs.evolve(network, bias=np.ones(4))
    driven = attrs.evolve(network, drive=np.ones((5, 1, 4)))
    broken = attrs.evolve(network, weights=np.full((4, 4), np.nan))
    for name in (EXACT, LINEARISED):
        assert "bias of its own" in of(name, e, [biased]).why
        assert "input of its own" in of(name, e, [driven]).why
        assert "not finite" in of(name, e, [broken]).why
    assert "weights has entries that are not finite" in of(BOUND, e, [broken]).why
    lost = attrs.evolve(network, start=np.full((1, 4), np.inf))
    assert "start has entries that are not finite" in predict(e, [lost]).why
    huge = attrs.evolve(e, spectrum="identity", radius=1.7e308, residual=1e308)
    assert "does not fit" in of(EXACT, huge).why
    mine = attrs.evolve(network, weights=np.diag([0.5, 0.4, 0.3, 0.2]))
    assert linearised(e, [mine]).gradient_rate == pytest.approx(math.log(0.5))


@pytest.mark.parametrize("x", [0.5, 1.0, 1.5, 4.0, 9.999, 10.0, 16.0, 512.0, 1024.0])
def test_digamma(x: float) -> None:
    assert digamma(x) == pytest.approx(float(special.digamma(x)), rel=1e-13)


@pytest.mark.parametrize("width", [1, 2, 3, 32, 1000])
def test_mean_log_of_untied_gaussian_linear_nets(width: int) -> None:
    e = Experiment(
        width=width, depth=50, activation="identity", spectrum="gaussian", tied=False, radius=1.3
    )
    found = predict(e, [])
    closed = 0.5 * (special.digamma(width / 2) + math.log(2 * 1.3**2 / width))
    assert found.gradient_rate == found.hidden_rate == pytest.approx(closed, abs=1e-13)
    assert found.gradient_log10 is not None
    assert found.hidden_log10 is not None
    assert found.gradient_log10[0] == pytest.approx(50 * closed / LN10, abs=1e-12)
    assert found.hidden_log10[[0, 50]] == pytest.approx(
        0.5 * math.log10(width) + np.array([0, 50 * closed / LN10]), abs=1e-12
    )


@pytest.mark.parametrize("width", [1, 4])
def test_mean_log_against_sampled_nets(width: int) -> None:
    e = Experiment(
        width=width, depth=4, activation="identity", spectrum="gaussian", tied=False, start_rms=2
    )
    hidden, gradient = np.mean([plain_run(e, draw(e, member)) for member in range(600)], axis=0)
    found = predict(e, [])
    # Four standard errors: ln χ²_n varies by ψ′(n/2), over four layers and 600 draws.
    error = 4 * math.sqrt(4 * float(special.polygamma(1, width / 2)) / 4 / 600) / LN10
    assert np.allclose(found.hidden_log10, hidden, rtol=0, atol=error)
    assert np.allclose(found.gradient_log10, gradient, rtol=0, atol=error)


def test_a_start_along_an_eigenvector_has_no_mean_curve() -> None:
    e = Experiment(width=8, depth=5, spectrum="gaussian", start_eigenvector=0)
    found = predict(e)
    assert found.name == MEAN_FIELD
    assert found.hidden_log10 is found.gradient_log10 is None
    assert found.gradient_rate is not None
    assert "eigenvector" in found.warning
    free = attrs.evolve(e, activation="identity", tied=False)
    found = predict(free)
    assert found.name == MEAN_LOG
    assert found.hidden_log10 is None
    assert found.gradient_log10 is not None


def test_mean_field_counts_the_rows_of_a_batch() -> None:
    e = Experiment(width=6, depth=5, spectrum="gaussian", batch=7, start_rms=0.3)
    found = predict(e)
    assert found.hidden_log10 is not None
    assert found.hidden_log10[0] == pytest.approx(plain_run(e, draw(e))[0][0], abs=1e-12)
    assert found.hidden_log10[0] == pytest.approx(math.log10(0.3 * math.sqrt(42)), abs=1e-12)


def test_mean_field_warns_of_few_units() -> None:
    narrow = predict(Experiment(spectrum="gaussian", width=32, depth=10), [])
    wide = predict(Experiment(spectrum="gaussian", width=1024, depth=10), [])
    deep = predict(Experiment(spectrum="gaussian", width=1024, depth=1000), [])
    assert "32 units" in narrow.warning
    assert "1000 steps" in deep.warning
    assert not wide.warning
    assert wide.average == "root mean square over draws, n → ∞"


@pytest.mark.parametrize("activation", ["tanh", "elu", "gelu", "hard_tanh"])
@pytest.mark.parametrize(("leak", "residual"), [(1.0, 0.0), (0.4, 0.0), (0.7, 0.15)])
def test_the_linearised_rate_is_met_near_rest(
    activation: str, leak: float, residual: float
) -> None:
    e = Experiment(
        width=5,
        depth=240,
        activation=activation,
        spectrum="eigenvalues",
        eigenvalues=(0.8, 0.5, 0.3 + 0.2j, 0.3 - 0.2j, 0.1),
        leak=leak,
        residual=residual,
        start_rms=1e-9,
    )
    network = draw(e)
    hidden, gradient = plain_run(e, network)
    found = of(LINEARISED, e, [network])
    factor = 1 - leak + residual + leak * (0.5 if activation == "gelu" else 1.0) * 0.8
    assert found.gradient_rate == found.hidden_rate == pytest.approx(math.log(factor), rel=1e-12)
    # Interior steps: the other modes have died, the state is still far from any bend.
    assert np.allclose(-np.diff(gradient)[60:120] * LN10, found.gradient_rate, atol=1e-6)
    assert np.allclose(np.diff(hidden)[100:180] * LN10, found.hidden_rate, atol=1e-6)


@pytest.mark.parametrize("activation", ["sigmoid", "softplus"])
def test_where_phi_does_not_rest_only_the_gradient_is_linearised(activation: str) -> None:
    found = of(LINEARISED, Experiment(activation=activation, radius=0.5))
    expected = math.log(0.5 * float(slope(activation, 0.0)))
    assert found.gradient_rate == pytest.approx(expected, rel=1e-12)
    assert found.gradient_log10 is not None
    assert found.hidden_rate is found.hidden_log10 is None
    assert "no rest at 0" in found.warning
    assert found.average == "local to a pre-activation of 0"


def test_linearised_by_eigenvalues_and_not_by_singular_values() -> None:
    e = Experiment(width=16, departure=2.0, radius=0.9)
    assert linearised(e).gradient_rate == pytest.approx(math.log(0.9), rel=1e-9)
    leaky = attrs.evolve(e, leak=0.25, departure=0.0)
    network = draw(leaky)
    angles = np.angle(np.linalg.eigvals(network.weights))
    expected = np.log(np.abs(0.75 + 0.25 * 0.9 * np.exp(1j * angles)).max())
    assert linearised(leaky, [network]).gradient_rate == pytest.approx(expected, rel=1e-10)


def test_a_linearised_rate_of_nothing_is_a_curve_without_nan() -> None:
    found = linearised(Experiment(radius=0, depth=3))
    assert found.gradient_rate == -math.inf
    assert found.gradient_log10 is not None
    assert found.gradient_log10.tolist() == [-math.inf] * 3 + [0.0]


@settings(max_examples=120, deadline=None)
@given(
    activation=st.sampled_from(ACTIVATIONS),
    spectrum=st.sampled_from(["orthogonal", "symmetric", "gaussian", "identity"]),
    radius=st.floats(0.2, 3),
    tied=st.booleans(),
    leak=st.floats(0.1, 1),
    residual=st.floats(0, 1),
    bias=st.floats(0, 2),
    batch=st.integers(1, 3),
    drive=st.sampled_from(["none", "noise"]),
    seed=st.integers(0, 10**6),
)
def test_the_bound_bounds(**fields: Any) -> None:
    e = Experiment(width=5, depth=15, start_rms=0.5, **fields)
    network = draw(e)
    found = of(BOUND, e, [network])
    singular = np.linalg.norm(network.weights_by_step, 2, axis=(1, 2))
    largest = FACTS[e.activation].largest_slope
    factors = 1 - e.leak + e.residual + e.leak * np.broadcast_to(singular, 15) * largest
    expected = np.log10(np.concatenate([np.cumprod(factors[::-1])[::-1], [1.0]]))
    assert np.allclose(found.gradient_log10, expected, rtol=0, atol=1e-10)
    assert found.hidden_log10 is None
    gradient = plain_run(e, network)[1]
    assert (gradient <= found.gradient_log10 + 1e-10).all()


@pytest.mark.filterwarnings("error")
def test_the_bound_of_a_net_without_weights_is_zero() -> None:
    found = of(BOUND, Experiment(radius=0, depth=3, tied=False))
    assert found.gradient_log10 is not None
    assert found.gradient_log10[:3].tolist() == [-math.inf] * 3
    carried = of(BOUND, Experiment(radius=0, depth=3, leak=0.5))
    assert carried.gradient_log10 is not None
    assert carried.gradient_log10[0] == pytest.approx(3 * math.log10(0.5))


def test_the_bound_is_reached() -> None:
    e = Experiment(width=5, depth=15, tied=False, activation="identity", radius=1.1)
    network = draw(e)
    found = of(BOUND, e, [network])
    assert np.allclose(found.gradient_log10, plain_run(e, network)[1], rtol=0, atol=1e-12)
    assert found.gradient_rate == pytest.approx(math.log(1.1), rel=1e-12)


def test_the_bound_of_members_holds_for_each() -> None:
    e = Experiment(width=4, depth=6, tied=False, spectrum="gaussian", members=3, bias=0.1)
    networks = [draw(e, member) for member in range(3)]
    single = [of(BOUND, e, [one]).gradient_log10 for one in networks]
    found = of(BOUND, e, networks)
    assert np.array_equal(found.gradient_log10, np.max(single, axis=0))
    assert found.average == "bound on every member"


def test_theory_needs_no_compiler_and_no_terminal() -> None:
    program = (
        "import sys; from tuisim import Experiment, predict; predict(Experiment());"
        "print([m for m in ('numba', 'textual', 'plotext', 'click', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300
    )
    assert done.stdout.strip() == "[]", done.stderr
