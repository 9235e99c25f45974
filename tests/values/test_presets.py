"""Each preset shows what it says it shows."""

from __future__ import annotations

import math
from functools import cache

import attrs
import numpy as np
import pytest

from tuisim.engine.reservoirs.echo import state_distance
from tuisim.engine.reservoirs.reservoir import memory_capacity, narma10
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate
from tuisim.values import presets
from tuisim.values.experiment import Experiment
from tuisim.values.remedies import REMEDIES, remedies
from tuisim.values.toml import ABOUT

PROMISED = (
    "essay vanishing exploding edge-of-chaos sigmoid he-relu deep-linear non-normal identity-rnn "
    "residual leaky skip echo-state"
)


@cache
def run_of(name: str, **changes: object) -> Run:
    return simulate(attrs.evolve(presets.preset(name), **changes))


def decades(run: Run) -> float:
    """The median member's log10 ‖∂L/∂h_0‖."""
    return float(np.median(run.gradient_log10[:, 0]))


def test_all_that_were_promised_are_there() -> None:
    assert set(PROMISED.split()) <= set(presets.names())


@pytest.mark.parametrize("name", presets.names())
def test_each_describes_itself_and_draws_in_a_moment(name: str) -> None:
    document = presets.document(name)
    assert all(getattr(document, part) for part in ABOUT)
    assert "\n" not in document.description
    run = run_of(name)
    assert not np.isnan(run.gradient_log10).any()
    assert run.gradient_log10.shape == (run.experiment.members, run.experiment.depth + 1)


@pytest.mark.parametrize(
    ("name", "regime"),
    [
        ("essay", "exploding"),
        ("vanishing", "vanishing"),
        ("exploding", "exploding"),
        ("edge-of-chaos", "stable"),
        ("sigmoid", "vanishing"),
        ("he-relu", "stable"),
        ("deep-linear", "vanishing"),
        ("non-normal", "vanishing"),
        ("identity-rnn", "stable"),
        ("residual", "stable"),
        ("leaky", "stable"),
        ("skip", "stable"),
        ("batch-norm", "exploding"),
        ("layer-norm", "stable"),
        ("clipping", "exploding"),
        ("gru", "vanishing"),
        ("echo-state", "vanishing"),
    ],
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_verdicts_hold_for_any_draw(name: str, regime: str, seed: int) -> None:
    assert run_of(name, seed=seed).regime == regime


def test_essay_falls_before_it_grows() -> None:
    run = run_of("essay")
    hidden = run.hidden_log10[0]
    eigenvalues = np.linalg.eigvalsh(run.networks[0].weights)
    assert (np.abs(eigenvalues) > 1).any()
    assert (np.abs(eigenvalues) < 0.9).any()
    assert hidden[:20].min() < hidden[0] - 0.2
    assert hidden[-1] > hidden[0] + 3
    # In the end the two at ±1.05 are alone.
    assert (hidden[-1] - hidden[-21]) / 20 == pytest.approx(math.log10(1.05), rel=0.02)


def test_vanishing_is_the_default() -> None:
    assert presets.preset("vanishing") == Experiment()
    assert run_of("vanishing").gradient_rate == pytest.approx(math.log(0.9), abs=0.015)


def test_exploding_has_a_bounded_state() -> None:
    run = run_of("exploding")
    assert run.hidden_log10[0, 10:].std() < 0.05
    assert decades(run) > 3


def test_edge_of_chaos_lies_between() -> None:
    below, on, above = (
        run_of("edge-of-chaos", radius=radius).gradient_rate
        for radius in (1.2270097, 1.3270097, 1.4270097)
    )
    assert below < on < above
    assert abs(on) < 0.015


def test_sigmoid_is_to_blame_and_not_the_matrix() -> None:
    assert run_of("sigmoid").gradient_rate < math.log(0.5)
    linear = run_of("sigmoid", activation="identity")
    assert linear.gradient_rate == pytest.approx(math.log(2), abs=1e-9)


def test_he_relu_keeps_what_the_older_scale_halves() -> None:
    assert abs(decades(run_of("he-relu"))) < 1
    older = run_of("he-relu", radius=1.0)
    # Halving the square is a factor of √½ a layer.
    assert older.gradient_rate == pytest.approx(-math.log(2) / 2, abs=0.05)


def test_deep_linear_loses_in_the_typical_case() -> None:
    run = run_of("deep-linear")
    n = run.experiment.width
    assert run.gradient_rate == pytest.approx(-1 / (2 * n), abs=0.02)
    spread = np.quantile(run.gradient_log10, [0.25, 0.75], axis=0)
    assert (spread[1] - spread[0])[0] > 2 * (spread[1] - spread[0])[-10]


def test_non_normal_grows_tenfold_before_it_decays() -> None:
    run = run_of("non-normal")
    hidden = run.hidden_log10[0]
    weights = run.networks[0].weights
    assert np.abs(np.linalg.eigvals(weights)).max() == pytest.approx(0.8, abs=1e-6)
    assert np.linalg.norm(weights, 2) > 1
    assert hidden.max() > hidden[0] + 1
    assert hidden[-1] < hidden[0] - 3


def test_identity_rnn_changes_nothing_after_the_first_step() -> None:
    run = run_of("identity-rnn")
    assert np.ptp(run.hidden_log10[0, 1:]) < 1e-9
    assert np.ptp(run.gradient_log10[0, :-1]) < 1e-9
    assert run_of("identity-rnn", radius=0.99).regime == "vanishing"
    assert run_of("identity-rnn", radius=1.01).regime == "exploding"


def test_the_remedies_remedy() -> None:
    assert decades(run_of("residual")) > -1
    assert decades(run_of("residual", residual=0.0)) < -20
    assert decades(run_of("leaky")) > -1.5
    assert decades(run_of("leaky", leak=1.0)) < -4.5
    assert decades(run_of("skip")) > -2
    assert decades(run_of("skip", skip=0)) < -4.5


def test_a_remedy_that_changes_nothing_is_not_there_twice() -> None:
    assert [*remedies(Experiment())] == [one for one in REMEDIES if one != "clipping"]
    shown = remedies(presets.preset("echo-state"))
    assert "echo state" not in shown
    assert "plain" in shown
    assert len(set(shown.values())) == len(shown)


def test_skip_makes_a_comb() -> None:
    back = run_of("skip").gradient_log10[0, ::-1]
    assert all(back[10 * k] > back[10 * k - 1] + 1 for k in (1, 2))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_echo_state_forgets_its_start_as_fast_as_the_gradient_vanishes(seed: int) -> None:
    experiment = attrs.evolve(presets.preset("echo-state"), seed=seed)
    distance = state_distance(experiment)
    assert distance.verdict == "converges"
    assert distance.rate == pytest.approx(run_of("echo-state", seed=seed).gradient_rate, abs=0.02)
    # Measured: 20.4 … 21.9, and 0.257 … 0.264.
    assert 18 < memory_capacity(experiment).total[0] < 24
    assert narma10(experiment).nrmse[0] < 0.3


def test_echo_state_at_radius_two_is_of_no_use() -> None:
    experiment = attrs.evolve(presets.preset("echo-state"), radius=2.0)
    assert state_distance(experiment).verdict == "does not converge"
    assert memory_capacity(experiment).total[0] < 1
    assert narma10(experiment).nrmse[0] > 0.8


def test_batch_norm_explodes_whatever_the_radius() -> None:
    run = run_of("batch-norm")
    assert run.gradient_rate == pytest.approx(0.5 * math.log(math.pi / (math.pi - 1)), abs=0.03)
    other = run_of("batch-norm", radius=0.3)
    assert other.gradient_rate == pytest.approx(run.gradient_rate, abs=1e-6)
    assert abs(decades(run_of("batch-norm", norm="none"))) < 1


def test_layer_norm_takes_the_radius_out() -> None:
    np.testing.assert_allclose(
        run_of("layer-norm", radius=0.4).gradient_log10[0, 1:],
        run_of("layer-norm").gradient_log10[0, 1:],
        atol=1e-2,
    )
    assert decades(run_of("layer-norm", norm="none")) > 3


def test_clipping_treats_the_symptom() -> None:
    run, plain = run_of("clipping"), run_of("clipping", clip="none")
    np.testing.assert_array_equal(run.gradient_log10, plain.gradient_log10)
    assert run.weight_gradient_norm[0] > 1e3
    assert run.clipped_weight_gradient_norm[0] == pytest.approx(1.0)
    assert run.clip_cosine[0] == 1.0
    assert run_of("clipping", clip="value").clip_cosine[0] < 0.9
    vanished = run_of("clipping", radius=0.5)
    assert vanished.regime == "vanishing"
    assert vanished.clipped_weight_gradient_norm[0] == vanished.weight_gradient_norm[0]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_lstm_carries_as_far_as_its_forget_gate_lets_it(seed: int) -> None:
    def kept(**changes: object) -> float:
        curve = run_of("lstm", seed=seed, **changes).cell_gradient_log10
        assert curve is not None
        return float(curve[0, 0] - curve[0, -1])

    assert -4 < kept() < -1
    assert kept(forget_bias=5.0) > -0.5
    assert kept(forget_bias=-2.0) < -20


def test_a_gru_at_rest_forgets_faster_than_the_plain_net() -> None:
    assert run_of("gru").gradient_rate == pytest.approx(math.log(0.725), abs=0.02)
    assert run_of("gru").gradient_rate < run_of("vanishing").gradient_rate
