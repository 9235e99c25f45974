"""Gradients whose entries lie farther apart than the numbers of one float64 row can."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.support.gated_chain import GatedChain
from tests.support.twin import Twin, log10_norm, mp
from tuisim.engine.cells.network import draw
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment


def unit_by_unit(experiment: Experiment) -> np.ndarray:
    """log10 ‖∂L/∂h_t‖ of a tanh net in which no unit hears another: a sum of logarithms each."""
    network = draw(experiment)
    own = np.diagonal(network.weights, axis1=1, axis2=2)
    h, falls = network.start[0], []
    for w, b in zip(own, network.bias, strict=True):
        a = np.abs(w * h + b)
        slope = math.log10(4) - 2 * a / math.log(10) - 2 * np.log1p(np.exp(-2 * a)) / math.log(10)
        falls.append(np.log10(w) + slope)
        h = np.tanh(w * h + b)
    last = np.log10(np.abs(network.probe[0]))
    behind = np.cumsum(falls[::-1], axis=0)[::-1]
    each = np.vstack([last + behind, last])
    top = each.max(axis=1)
    return np.asarray(top + 0.5 * np.log10((100.0 ** (each - top[:, np.newaxis])).sum(axis=1)))


@pytest.mark.parametrize("seed", range(6))
def test_units_that_do_not_hear_each_other_fade_in_turns(seed: int) -> None:
    """Who leads changes, hundreds of decades after the other one would have been lost."""
    e = Experiment(spectrum="identity", tied=False, bias=30.0, width=2, depth=1500, seed=seed)
    run = simulate(e)
    np.testing.assert_allclose(run.gradient_log10[0], unit_by_unit(e), rtol=1e-12, atol=1e-9)


ALONE: dict[str, Any] = {"spectrum": "identity", "tied": False, "width": 2}


def test_the_printed_number_of_such_a_net() -> None:
    run = simulate(Experiment(**ALONE, bias=30.0, depth=1500, seed=5))
    assert run.gradient_log10[0, 0] == pytest.approx(-29662.2833, abs=1e-4)


@pytest.mark.parametrize(
    "e",
    [
        Experiment(**ALONE, bias=300.0, depth=60, skip=3, seed=10),
        Experiment(**ALONE, bias=300.0, depth=60, batch=2, seed=2),
        Experiment(**ALONE, bias=300.0, depth=60, activation="sigmoid", seed=11),
        # A slope of 10⁻¹³⁰ times a matrix of 10⁻²⁰⁰.
        Experiment(activation="sigmoid", bias=300.0, radius=1e-200, width=1, depth=4, seed=8),
        # Small shares of what comes back through a small matrix.
        Experiment(radius=1e-160, width=3, depth=8, skip=5, skip_share=1e-200),
        Experiment(radius=1e-160, width=3, depth=8, norm="layer", skip=5, skip_share=1e-200),
    ],
    ids=str,
)  # fmt: skip
def test_an_rnn_against_its_twin(e: Experiment) -> None:
    with mp.workdps(400):
        run, twin = simulate(e), Twin(e, draw(e))
        gradient = [log10_norm(g) for g in twin.gradients]
    np.testing.assert_allclose(run.gradient_log10[0], gradient, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize(
    "e",
    [
        Experiment(**ALONE, cell="gru", bias=60.0, depth=400, seed=1),
        Experiment(**ALONE, cell="lstm", bias=60.0, depth=150, forget_bias=-20.0, seed=1),
        Experiment(cell="lstm", activation="relu", width=4, depth=12, spectrum="gaussian",
                   radius=1e-200, forget_bias=-200.0, bias=100.0, seed=3),
    ],
    ids=str,
)  # fmt: skip
def test_a_gated_cell_against_its_twin(e: Experiment) -> None:
    run, twin = simulate(e), GatedChain(e, draw(e))
    gradient = [log10_norm(g) for g in twin.gradients]
    np.testing.assert_allclose(run.gradient_log10[0], gradient, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize(
    "e",
    [
        Experiment(activation="gelu", width=1, depth=3, tied=False, radius=90.0, batch=5,
                   drive="impulse", drive_gain=10.0, seed=161),
        Experiment(activation="gelu", width=1, depth=5, spectrum="reservoir", radius=300.0,
                   bias=10.0, drive="sine", drive_gain=10.0, batch=3, seed=483),
        Experiment(activation="gelu", width=1, depth=2, spectrum="gaussian", radius=300.0, batch=3,
                   seed=316),
    ],
    ids=str,
)  # fmt: skip
def test_weight_gradients_of_rows_that_lie_far_apart(e: Experiment) -> None:
    """The row with the largest slope hears next to nothing, and the one that hears has no slope."""
    with mp.workdps(400):
        run, twin = simulate(e), Twin(e, draw(e))
        shares = [log10_norm(share) for share in twin.weight_gradients]
        whole = log10_norm(np.stack(twin.whole_weight_gradient()))
    np.testing.assert_allclose(run.weight_gradient_log10[0], shares, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(run.weight_gradient_norm_log10[0], whole, rtol=1e-12, atol=1e-9)


def test_entries_of_a_matrix_that_lie_far_apart() -> None:
    """(r d; 0 r) three times, with r 10⁻²⁰⁰ and d ±√2·10⁶ of any sign: d·r² and its likes."""
    e = Experiment(**ALONE, departure=1e6, radius=1e-200, depth=5, activation="identity", seed=53)
    run = simulate(e)
    with mp.workdps(400):
        expected = log10_norm(Twin(e, draw(e)).gradients[0])
    assert run.gradient_log10[0, 0] == pytest.approx(expected, abs=1e-9)


def test_rows_that_a_bias_would_hide_from_a_batch_norm() -> None:
    """Batch norm takes out what all rows share, be it 10³⁰⁰ times what they differ by."""
    e = Experiment(
        activation="leaky_relu", width=1, depth=12, spectrum="gaussian", radius=30.0, bias=30.0,
        leak=1e-9, residual=1e-20, skip=8, skip_share=1.0, norm="batch", batch=4,
        drive="sine", drive_gain=1e-100, start_rms=1e-300, seed=610,
    )  # fmt: skip
    run = simulate(e)
    with mp.workdps(800):
        twin = Twin(e, draw(e))
        hidden = [log10_norm(h) for h in twin.states]
        gradient = [log10_norm(g) for g in twin.gradients]
        shares = [float(np.mean(slope.astype(float) < 0.1)) for slope in twin.slopes]
    np.testing.assert_allclose(run.hidden_log10[0], hidden, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(run.gradient_log10[0], gradient, rtol=0, atol=1e-6)
    np.testing.assert_allclose(run.saturation[0], shares, atol=1e-12)


def test_a_norm_leaves_hard_tanh_under_its_kink_there_too() -> None:
    """Two units that are normalised lie at ±1 but for what 1e-12 under the root takes off.

    Of a variance of 10⁹²⁰ that is too little for any twin; it is never nothing.
    """
    e = Experiment(
        activation="hard_tanh", width=2, depth=4, norm="layer", radius=1e160, start_rms=1e300,
        leak=1e-30,
    )  # fmt: skip
    assert simulate(e).saturation[0].tolist() == [0.0] * 4


def test_what_an_lstm_hears_is_not_lost_beside_its_cell() -> None:
    """h on the scale of a c that is hundreds of decades larger would be 0."""
    e = Experiment(
        cell="lstm", width=2, depth=3, tied=False, spectrum="identity", radius=50.0, bias=1e6,
        forget_bias=-800.0, seed=885,
    )  # fmt: skip
    run, twin = simulate(e), GatedChain(e, draw(e))
    shares = [log10_norm(twin.share(t)) for t in (1, 2, 3)]
    assert min(shares) < -1e5
    np.testing.assert_allclose(run.weight_gradient_log10[0], shares, rtol=1e-12)
