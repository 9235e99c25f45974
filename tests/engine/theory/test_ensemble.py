"""Averages over gaussian draws against sampled nets, closed forms and printed numbers."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest
from scipy import special

from tests.support.theories import (
    BATCH_NORM,
    LN10,
    MEAN_FIELD,
    MEAN_LOG,
    MEAN_SQUARE,
    of,
    plain_run,
)
from tuisim import simulate
from tuisim.engine.base.facts import FACTS, slope, value
from tuisim.engine.cells.network import draw
from tuisim.engine.theory.ensemble import batch_norm_growth, digamma
from tuisim.engine.theory.theory import predict
from tuisim.values.experiment import Experiment


@pytest.mark.parametrize(("gain", "printed"), [(2.0, 0.15472), (3.0, 0.31025)])
def test_a_tied_tanh_net_has_the_largest_lyapunov_exponent(gain: float, printed: float) -> None:
    # Engelken, Wolf & Abbott 2023 and Molgedey, Schuchhardt & Schuster 1992, for n → ∞.
    e = Experiment(width=768, depth=300, spectrum="gaussian", radius=gain, members=2)
    found = predict(e, [])
    assert found.name == MEAN_FIELD
    assert found.gradient_rate == pytest.approx(printed, abs=6e-6)
    # The gradient first turns to its direction, and the state at the start is on no attractor.
    interior = simulate(e).gradient_log10[:, 30:251].mean(axis=0)
    rate = float(interior[0] - interior[-1]) * LN10 / 220
    assert rate == pytest.approx(printed, abs=0.01)


@pytest.mark.parametrize(
    ("leak", "residual", "radius", "growth"),
    [
        (1.0, 0.0, 1.3, 1.69),
        (1.0, 1.0, 0.5, 1.25),
        (0.4, 0.0, 1.5, 0.72),
        (0.7, 0.15, 0.9, 0.5994),
        (1.0, 0.0, 0.0, 0.0),
    ],
)
def test_mean_squares_of_linear_nets(
    leak: float, residual: float, radius: float, growth: float
) -> None:
    e = Experiment(
        width=24,
        depth=6,
        batch=2,
        activation="identity",
        spectrum="gaussian",
        tied=False,
        radius=radius,
        leak=leak,
        residual=residual,
        start_rms=0.7,
        members=400,
    )
    found = predict(e, [])
    assert found.name == MEAN_SQUARE
    rate = 0.5 * math.log(growth) if growth else -math.inf
    assert found.gradient_rate == found.hidden_rate == pytest.approx(rate, abs=1e-12)
    run = simulate(e)
    for curve, norms in (
        (found.hidden_log10, run.hidden_norms),
        (found.gradient_log10, run.gradient_norms),
    ):
        assert curve is not None
        squares = norms**2
        error = 4 * squares.std(axis=0) / math.sqrt(400)
        assert (np.abs(10 ** (2 * curve) - squares.mean(axis=0)) <= error + 1e-12).all()


def test_mean_squares_far_outside_float64_and_beside_an_eigenvector() -> None:
    fields = {"activation": "identity", "spectrum": "gaussian", "tied": False}
    e = Experiment(width=1024, depth=50, radius=1e200, residual=1, **fields)
    found = predict(e, [])
    assert found.gradient_log10 is not None
    assert found.gradient_log10[0] == pytest.approx(10_000, rel=1e-13)
    assert not found.warning
    few = predict(Experiment(width=8, depth=50, residual=1, start_eigenvector=0, **fields), [])
    assert few.hidden_log10 is None
    assert few.gradient_log10 is not None
    assert "eigenvector" in few.warning
    assert "8 units" in few.warning
    assert "50 steps" in few.warning


def sampled_growth(name: str, rows: int, draws: int = 200_000) -> float:
    """The growth of a gradient without a mean over the rows, at the states' fixed point.

    Pre-activations u of a unit are N(0, s² P), P taking out the mean over the rows; s² is what
    the states' own covariance gives. The length of u is averaged exactly, E|u|⁻² = 1/(B − 3);
    its direction is sampled.
    """
    random = np.random.default_rng(3)
    u = random.standard_normal((draws, rows))
    u -= u.mean(axis=1, keepdims=True)
    normalised = u * (math.sqrt(rows) / np.linalg.norm(u, axis=1, keepdims=True))
    states = value(name, normalised)
    spread = (states**2).sum(axis=1) - states.sum(axis=1) ** 2 / rows
    slopes = slope(name, normalised)
    total = 0.0
    centre = np.eye(rows) - 1 / rows
    for row in range(rows):
        back = slopes * centre[row]
        back -= back.mean(axis=1, keepdims=True)
        back -= normalised * (back * normalised).mean(axis=1, keepdims=True)
        total += (back**2).sum(axis=1).mean()
    return total * rows / (rows - 3) / float(spread.mean())


@pytest.mark.parametrize("rows", [4, 5, 8, 32])
@pytest.mark.parametrize("name", ["identity", "relu", "leaky_relu"])
def test_batch_norm_growth_against_sampled_units(name: str, rows: int) -> None:
    facts = FACTS[name]
    growth = batch_norm_growth(rows, facts.left_slope, facts.right_slope)
    assert sampled_growth(name, rows, 1_600_000 // rows) == pytest.approx(growth, rel=4e-3)


def test_batch_norm_growth_at_printed_values() -> None:
    # Yang et al. 2019: (B − 2)/(B − 3), and a rate that falls to π/(π − 1) ≈ 1.467.
    for rows in (4, 5, 17, 4096):
        assert batch_norm_growth(rows, 1, 1) == pytest.approx((rows - 2) / (rows - 3), rel=1e-13)
    falling = [batch_norm_growth(rows, 0, 1) for rows in (4, 6, 10, 100, 4096)]
    assert falling == sorted(falling, reverse=True)
    limit = math.pi / (math.pi - 1)
    assert limit < falling[-1]
    assert batch_norm_growth(10**9, 0, 1) == pytest.approx(limit, rel=1e-8)
    assert limit == pytest.approx(1.467, abs=5e-4)


@pytest.mark.parametrize(
    ("activation", "batch", "radius", "bias"),
    [("relu", 64, 1.0, 0.0), ("relu", 16, 0.05, 3.0), ("identity", 16, 2.0, 0.5)],
)
def test_batch_norm_is_met_between_the_ends(
    activation: str, batch: int, radius: float, bias: float
) -> None:
    e = Experiment(
        width=384,
        depth=22,
        batch=batch,
        activation=activation,
        spectrum="gaussian",
        tied=False,
        norm="batch",
        radius=radius,
        bias=bias,
        members=6,
        start_rms=3,
    )
    found, run = predict(e, []), simulate(e)
    assert found.name == BATCH_NORM
    assert found.gradient_rate is not None
    inner = run.gradient_log10[:, 5:18]
    rates = (inner[:, 0] - inner[:, -1]) * LN10 / 12
    # Two and a half standard errors; the limit of many rows is another 0.04 away for 16.
    error = 2.5 * float(rates.std(ddof=1)) / math.sqrt(6)
    assert error < 0.01
    assert float(rates.mean()) == pytest.approx(found.gradient_rate, abs=error)
    assert found.hidden_rate == 0
    squares = np.log10((run.hidden_norms**2).mean(axis=0)) / 2
    assert np.allclose(found.hidden_log10, squares, rtol=0, atol=0.01)
    if activation == "identity":
        middle = np.median(run.gradient_log10, axis=0)
        assert np.allclose(found.gradient_log10, middle, rtol=0, atol=0.04)
    else:
        assert found.gradient_log10 is None


@pytest.mark.parametrize("depth", [1, 2])
def test_the_ends_of_a_linear_net_with_batch_norm(depth: int) -> None:
    e = Experiment(
        width=256,
        depth=depth,
        batch=12,
        activation="identity",
        spectrum="gaussian",
        tied=False,
        norm="batch",
        members=60,
        start_rms=0.5,
    )
    found, run = predict(e, []), simulate(e)
    assert found.gradient_log10 is not None
    # Scatter over 60 draws, and a part of the order 1/n; each end is worth 8 % and more.
    growth = (run.gradient_norms**2).mean(axis=0)
    assert np.allclose(10 ** (2 * found.gradient_log10), growth, rtol=0.02)
    step = (11 / 12) * 10 / 9 if depth == 2 else 10 / 9 / 0.25
    assert 10 ** (2 * found.gradient_log10[-2]) == pytest.approx(step, rel=1e-13)


def test_batch_norm_warns_of_what_is_not_large() -> None:
    def warning(**fields: int) -> str:
        plain = {"activation": "relu", "spectrum": "gaussian", "tied": False, "norm": "batch"}
        return of(
            BATCH_NORM, Experiment(**plain | {"width": 512, "depth": 20} | fields), []
        ).warning

    assert "with 4 rows" in warning(batch=4)
    assert not warning(batch=64)
    assert "300 rows are many for 512" in warning(batch=300)
    assert "32 units" in warning(batch=8, width=32)
    assert "100 steps" in warning(batch=8, depth=100)


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
