"""The length map and χ against SciPy, printed numbers, closed forms and sampled nets."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import integrate, special

from tests.support.theories import LN10, plain_run
from tuisim.engine.base.facts import FACTS, slope, value
from tuisim.engine.cells.network import draw
from tuisim.engine.theory.meanfield import averages, mean_field, square_averages, susceptibility
from tuisim.engine.theory.theory import predict
from tuisim.values.experiment import ACTIVATIONS, Experiment

UNBOUNDED = [name for name in ACTIVATIONS if FACTS[name].slope_above]


def scipy_average(f: Callable[[float], float], q: float) -> float:
    """E f(√q z), QUADPACK over x, cut at each scale: a computation that shares no code."""
    root = math.sqrt(q)
    cuts = sorted(
        {0.0}
        | {s * k * root for s in (-1, 1) for k in (1, 3, 5, 8, 12)}
        | {s * x for s in (-1, 1) for x in (1.0, 3.0, 9.0, 20.0, 40.0) if x < 12 * root}
    )
    pieces = [
        integrate.quad(
            lambda x: f(x) * math.exp(-x * x / (2 * q)), a, b, epsabs=0, epsrel=1e-12, limit=200
        )[0]
        for a, b in itertools.pairwise(cuts)
    ]
    return math.fsum(pieces) / math.sqrt(2 * math.pi * q)


def scalar(name: str, of: Callable[[str, float], np.ndarray]) -> Callable[[float], float]:
    return lambda x: float(of(name, x)) ** 2


@pytest.mark.parametrize(
    ("gain_squared", "expected"), [(1.760955, 1.0), (1.5, 0.938636), (2.5, 1.133516)]
)
def test_tanh_with_a_bias_at_printed_values(gain_squared: float, expected: float) -> None:
    got = susceptibility("tanh", math.sqrt(gain_squared), math.sqrt(0.05))
    assert got == pytest.approx(expected, abs=6e-7)


@pytest.mark.parametrize(("gain", "expected"), [(2.0, 0.15472), (3.0, 0.31025)])
def test_tanh_without_a_bias_at_printed_values(gain: float, expected: float) -> None:
    field = mean_field("tanh", gain, 0.0, 1.0, 10, 1)
    assert field.gradient_rate == pytest.approx(expected, abs=6e-6)
    assert field.hidden_rate == 0


@pytest.mark.parametrize("bias", [0.0, 0.3])
@pytest.mark.parametrize("gain", [0.01, 1.3, 100.0])
@pytest.mark.parametrize("name", ["tanh", "sigmoid", "hard_tanh"])
def test_fixed_point_and_chi_of_bounded_activations(name: str, gain: float, bias: float) -> None:
    field = mean_field(name, gain, bias, 1.0, 3, 1)
    q = field.variance
    if q == 0:
        assert gain < 1
        assert bias == 0
        assert field.gradient_rate == pytest.approx(math.log(gain), rel=1e-9)
        return
    again = gain**2 * scipy_average(scalar(name, value), q) + bias**2
    assert again == pytest.approx(q, rel=1e-8)
    chi = gain**2 * scipy_average(scalar(name, slope), q)
    assert math.exp(2 * field.gradient_rate) == pytest.approx(chi, rel=1e-8)


@pytest.mark.parametrize("name", [name for name in UNBOUNDED if name != "identity"])
def test_fixed_point_and_chi_of_unbounded_activations(name: str) -> None:
    field = mean_field(name, 0.9, 0.5, 1.0, 3, 1)
    q = field.variance
    assert 0.9**2 * scipy_average(scalar(name, value), q) + 0.25 == pytest.approx(q, rel=1e-8)
    chi = 0.9**2 * scipy_average(scalar(name, slope), q)
    assert math.exp(2 * field.gradient_rate) == pytest.approx(chi, rel=1e-8)


@pytest.mark.parametrize("gain", [3.0, 100.0])
@pytest.mark.parametrize("name", UNBOUNDED)
def test_a_length_without_end_takes_the_limit_of_chi(name: str, gain: float) -> None:
    field = mean_field(name, gain, 0.1, 1.0, 3, 1)
    facts = FACTS[name]
    limit = gain**2 * (facts.slope_below**2 + facts.slope_above**2) / 2
    assert field.variance == math.inf
    assert field.gradient_rate == pytest.approx(0.5 * math.log(limit), rel=1e-14)
    assert field.hidden_rate == field.gradient_rate


def test_a_length_that_vanishes_takes_the_limit_of_chi() -> None:
    for name, per_gain in [("tanh", 1.0), ("elu", 1.0), ("gelu", 0.25), ("hard_tanh", 1.0)]:
        field = mean_field(name, 0.8, 0.0, 1.0, 3, 1)
        assert field.variance == 0
        assert field.gradient_rate == pytest.approx(0.5 * math.log(0.64 * per_gain), rel=1e-13)
        assert field.hidden_rate == field.gradient_rate


def test_the_fixed_point_is_the_one_that_the_start_tends_to() -> None:
    # Between 2 and 4, gelu's q ↦ σ_w² E φ² has both 0 and ∞ as attractors.
    small, large = (mean_field("gelu", math.sqrt(3), 0.0, rms, 5, 1) for rms in (0.1, 30.0))
    assert small.variance == 0
    assert math.exp(2 * small.gradient_rate) == pytest.approx(3 / 4, rel=1e-13)
    assert large.variance == math.inf
    assert math.exp(2 * large.gradient_rate) == pytest.approx(3 / 2, rel=1e-13)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(ACTIVATIONS),
    st.floats(0.2, 3),
    st.just(0.0) | st.floats(0.01, 1.5),
    st.floats(1e-3, 10),
)
@example("gelu", math.sqrt(2.2), 0.45, 0.6)
@example("gelu", math.sqrt(2.5), 0.1, 1e-4)
@example("softplus", 1.3, 0.2, 9.0)
def test_the_limit_is_where_a_long_run_ends(
    name: str, gain: float, bias: float, start: float
) -> None:
    field = mean_field(name, gain, bias, start, 2000, 1)
    change = float(field.hidden_log10[-1] - field.hidden_log10[-2]) * LN10
    assert field.hidden_rate == pytest.approx(change, abs=2e-3)
    if abs(change) < 1e-13 and 0 < field.variance < math.inf:
        end = float(square_averages(name, np.array([field.variance]))[0, 0])
        assert 2 * LN10 * field.hidden_log10[-1] == pytest.approx(math.log(end), abs=1e-8)
    elif change < -1e-2:
        assert field.variance == 0
    elif change > 1e-2:
        assert field.variance == math.inf


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_lengths_move_one_way_only(name: str) -> None:
    # Up to where a bounded φ has no digit left to rise by.
    squares = square_averages(name, np.exp(np.linspace(-30, 30, 200)))[0]
    assert (np.diff(squares) > 0).all()
    # A fixed point without bias is where this is 1/σ_w²: there is one at most.
    share = np.diff(squares * np.exp(-np.linspace(-30, 30, 200)))
    assert (share < 1e-13).all() or (share > -1e-13).all()


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ACTIVATIONS), st.floats(-95, 95))
def test_the_table_is_the_quadrature(name: str, length: float) -> None:
    squares, slopes = square_averages(name, np.array([math.exp(length)]))[:, 0]
    table = averages(name)
    assert table.square_value(length) == pytest.approx(math.log(squares), abs=1e-11)
    assert table.square_slope(length) == pytest.approx(math.log(slopes), abs=1e-11)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize(("gain", "bias", "start"), [(1.2, 0.0, 1.0), (2.0, 0.4, 0.05)])
def test_curves_against_a_plain_loop(name: str, gain: float, bias: float, start: float) -> None:
    steps, entries = 12, 48
    squares, hidden, factors = start**2, [entries * start**2], []
    for _ in range(steps):
        q = gain**2 * squares + bias**2
        squares, slopes = square_averages(name, np.array([q]))[:, 0]
        hidden.append(entries * squares)
        factors.append(gain**2 * slopes)
    field = mean_field(name, gain, bias, start, steps, entries)
    assert np.allclose(field.hidden_log10, 0.5 * np.log10(hidden), rtol=0, atol=1e-11)
    gradient = [0.5 * math.log10(math.prod(factors[t:])) for t in range(steps + 1)]
    assert np.allclose(field.gradient_log10, gradient, rtol=0, atol=1e-11)
    assert field.gradient_log10[-1] == 0


@pytest.mark.parametrize("name", ["tanh", "relu", "gelu", "sigmoid"])
def test_curves_against_sampled_nets(name: str) -> None:
    # Given h, the entries of W h are independent N(0, σ_w²‖h‖²/n): no matrix is needed.
    random = np.random.default_rng(5)
    n, steps, draws, gain, bias, start = 400, 8, 400, 1.3, 0.2, 0.5
    h = random.standard_normal((draws, n))
    h *= start * math.sqrt(n) / np.linalg.norm(h, axis=1, keepdims=True)
    field = mean_field(name, gain, bias, start, steps, n)
    chi = np.zeros(steps)
    for step in range(1, steps + 1):
        scale = np.sqrt(gain**2 * (h * h).sum(axis=1, keepdims=True) / n + bias**2)
        pre = scale * random.standard_normal((draws, n))
        h = value(name, pre)
        chi[step - 1] = gain**2 * (slope(name, pre) ** 2).mean()
        rms = 0.5 * math.log10((h * h).sum(axis=1).mean())
        assert field.hidden_log10[step] == pytest.approx(rms, abs=0.01)
    got = -np.diff(field.gradient_log10)
    assert np.allclose(got, 0.5 * np.log10(chi), atol=0.006)


def test_he_relu_keeps_the_mean_square_while_its_log_drifts() -> None:
    field = mean_field("relu", math.sqrt(2), 0.0, 1.0, 20, 512)
    assert field.gradient_rate == pytest.approx(0, abs=1e-15)
    assert np.allclose(field.gradient_log10, 0, atol=1e-14)
    assert np.allclose(field.hidden_log10, 0.5 * math.log10(512), atol=1e-14)
    assert field.variance == pytest.approx(2)
    assert field.hidden_rate == 0
    assert susceptibility("relu", math.sqrt(2), 0.0) == pytest.approx(1, abs=1e-15)

    random = np.random.default_rng(2)
    n, steps, draws = 512, 20, 3000
    square = np.ones(draws)
    for _ in range(steps):
        ahead = np.maximum(random.standard_normal((draws, n)), 0)
        square *= 2 * (ahead * ahead).mean(axis=1)
    assert square.mean() == pytest.approx(1, abs=4 * square.std() / math.sqrt(draws))
    drift = 0.5 * np.log(square).mean() / steps
    assert drift == pytest.approx(-5 / (4 * n), rel=0.2)


def test_lengths_far_outside_float64() -> None:
    field = mean_field("relu", 100.0, 0.0, 1.0, 5000, 1)
    rate = math.log10(100 / math.sqrt(2))
    assert field.hidden_log10[-1] == pytest.approx(5000 * rate, rel=1e-13)
    assert field.gradient_log10[0] == pytest.approx(5000 * rate, rel=1e-13)
    field = mean_field("tanh", 0.01, 0.0, 1e-200, 3000, 1)
    assert field.hidden_log10[-1] == pytest.approx(-6200, rel=1e-13)
    assert field.gradient_log10[0] == pytest.approx(-6000, rel=1e-13)
    # softplus leaves its bend behind: half of the pre-activations pass, as for relu.
    field = mean_field("softplus", 10.0, 1.0, 1.0, 5000, 1)
    steps = np.diff(field.hidden_log10)[100:]
    assert np.allclose(steps, math.log10(10 / math.sqrt(2)), rtol=1e-12)


def test_a_net_without_weights_is_dead_and_its_bias_speaks() -> None:
    dead = mean_field("relu", 0.0, 0.0, 1.0, 3, 4)
    assert dead.gradient_rate == dead.hidden_rate == -math.inf
    assert dead.gradient_log10.tolist() == [-math.inf, -math.inf, -math.inf, 0.0]
    assert dead.hidden_log10.tolist() == [pytest.approx(math.log10(2)), *[-math.inf] * 3]
    biased = mean_field("relu", 0.0, 2.0, 1.0, 3, 4)
    assert biased.variance == pytest.approx(4)
    assert biased.gradient_rate == -math.inf
    assert biased.hidden_rate == 0
    assert biased.hidden_log10[1:].tolist() == [pytest.approx(0.5 * math.log10(4 * 2))] * 3
    constant = mean_field("sigmoid", 0.0, 0.0, 1.0, 3, 4)
    assert constant.hidden_log10[3] == pytest.approx(0.0, abs=1e-15)
    assert constant.hidden_rate == 0


def test_a_long_critical_run_stays_right() -> None:
    # At σ_w = 1 tanh decays by q_{t+1} = q_t − 2q_t² + (17/3) q_t³ − …, so that q_t → 1/(2t).
    field = mean_field("tanh", 1.0, 0.0, 1.0, 100_000, 1)
    assert 10 ** (2 * field.hidden_log10[-1]) * 2 * 100_000 == pytest.approx(1, rel=1e-3)
    assert field.gradient_rate == pytest.approx(0, abs=1e-9)
    again = mean_field("tanh", 1.0, 0.0, 1.0, 100_000, 1)
    assert again is field
    with pytest.raises(ValueError, match="read-only"):
        field.hidden_log10[0] = 0.0


@pytest.mark.parametrize("gain", [2.0, 3.0])
def test_a_tied_tanh_net_has_the_same_rate(gain: float) -> None:
    random = np.random.default_rng(11)
    n, steps = 1000, 260
    weights = gain / math.sqrt(n) * random.standard_normal((n, n))
    h, slopes = random.standard_normal(n), []
    for _ in range(steps):
        pre = weights @ h
        h = np.tanh(pre)
        slopes.append(slope("tanh", pre))
    g = random.standard_normal(n)
    logs = []
    for diagonal in reversed(slopes):
        g = weights.T @ (diagonal * g)
        logs.append(math.log(np.linalg.norm(g)))
        g /= np.linalg.norm(g)
    # Interior steps only: the state first has to settle, the gradient to turn to its direction.
    rate = float(np.mean(logs[20:-40]))
    assert rate == pytest.approx(mean_field("tanh", gain, 0.0, 1.0, 1, 1).gradient_rate, abs=0.01)


def test_hard_tanh_slope_is_the_error_function() -> None:
    for length in (-6.0, -2.3, -1.0, 0.7, 5.0):
        expected = math.log(special.erf(1 / math.sqrt(2 * math.exp(length))))
        assert averages("hard_tanh").square_slope(length) == pytest.approx(expected, abs=1e-12)


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
