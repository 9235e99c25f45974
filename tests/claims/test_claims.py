"""The claims: their numbers against closed forms, and verdicts that follow the numbers."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest

from tuisim.claims import claim, learned, powers, remedied, slopes
from tuisim.claims.table import CLAIMS
from tuisim.engine.runs.simulate import simulate
from tuisim.values import presets
from tuisim.values.experiment import Experiment

TRAINED = {one.name for one in learned.CLAIMS}
QUICK = [name for name in CLAIMS if name not in TRAINED]


def numbers(name: str) -> list[tuple[float, ...]]:
    return [one.values for one in CLAIMS[name].check().measured]


@pytest.mark.parametrize("name", QUICK)
def test_a_check_goes_over_all_seeds_and_gives_the_same_again(name: str) -> None:
    first, again = CLAIMS[name].check(), CLAIMS[name].check()
    assert first == again
    assert first.measured
    for one in first.measured:
        assert len(one.values) == claim.SEEDS
        assert np.isfinite(one.values).all()
    assert (first.verdict == "holds only if") <= bool(first.because)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("powers", "holds only if"),
        ("leading-eigenvector", "holds only if"),
        ("start-along-it", "holds only if"),
        ("no-sigmoid-needed", "holds"),
        ("slowly", "holds"),
        ("radius-contracts", "holds only if"),
        ("sigmoid-quarter", "holds"),
        ("relu-cures", "holds only if"),
        ("shared-weights", "holds only if"),
        ("batch-norm-cures", "does not hold"),
        ("layer-norm-cures", "does not hold"),
        ("leaky", "holds"),
        ("skip", "holds"),
        ("lstm", "holds"),
        ("echo-state", "holds"),
        ("clipping", "holds"),
        ("forget-bias-5", "holds only if"),
        ("truncation", "holds only if"),
        ("radius-explodes", "does not hold"),
        ("memory-in-its-bias", "does not hold"),
    ],
)
def test_verdicts(name: str, verdict: str) -> None:
    assert CLAIMS[name].check().verdict == verdict


def test_linear_nets_have_closed_forms() -> None:
    (log10, factors), (slow, steps) = numbers("no-sigmoid-needed"), numbers("slowly")
    assert log10 == pytest.approx([100 * math.log10(0.9)] * claim.SEEDS)
    assert factors == pytest.approx([0.9] * claim.SEEDS)
    assert slow == pytest.approx([500 * math.log10(0.98)] * claim.SEEDS)
    # The first whole number of steps with 0.98ⁿ ≤ 1/1000.
    assert set(steps) == {math.ceil(-3 / math.log10(0.98))}


def test_relu_nets_have_their_mean_field_factors() -> None:
    at, below = numbers("relu-cures")
    # χ₁ = σ_w²/2; a net of finite width loses a little.
    assert np.median(at) == pytest.approx(1.0, abs=0.02)
    assert np.median(below) == pytest.approx(math.sqrt(0.5), abs=0.02)
    with_it, _ = numbers("batch-norm-cures")
    assert np.median(with_it) == pytest.approx(math.sqrt(math.pi / (math.pi - 1)), abs=0.01)


def test_layers_of_their_own_go_by_the_root_mean_square() -> None:
    fresh, shared, theory, fresh_wild, shared_wild, theory_wild, *_ = numbers("shared-weights")
    # Eigenvalues of the essay's net.
    spaced = np.linspace(-1.0, 1.0, 32)
    for radius, own, one, field in (
        (1.05, fresh, shared, theory),
        (1.6, fresh_wild, shared_wild, theory_wild),
    ):
        mean = radius * math.sqrt(np.mean(spaced**2))
        assert field == pytest.approx([mean] * claim.SEEDS, rel=1e-9)
        # A step's norm scatters about its root mean square, and its log lies below.
        assert own == pytest.approx([mean] * claim.SEEDS, rel=0.03)
        assert one == pytest.approx([radius] * claim.SEEDS, rel=0.02)
    # Exactly what `tuisim run --preset essay --untied` prints.
    run = simulate(attrs.evolve(presets.preset("essay"), tied=False))
    assert fresh[0] == math.exp(run.gradient_rate)
    assert round(run.gradient_rate, 3) == -0.472


def test_between_the_teeth_of_a_skip_only_single_steps_are_heard() -> None:
    *_, between, plain = numbers("skip")
    # Half of the input comes over single steps; slopes near rest take little.
    assert between == pytest.approx([9 * math.log10(0.5 * 0.9)] * claim.SEEDS, abs=0.01)
    assert plain == pytest.approx([9 * math.log10(0.9)] * claim.SEEDS, abs=0.02)


def test_a_leaky_unit_hears_a_tenth() -> None:
    *_, heard = numbers("leaky")
    assert heard == pytest.approx([0.1] * claim.SEEDS, rel=1e-6)


def test_a_start_along_the_leading_vector_gains_what_a_random_one_loses() -> None:
    grown, _ = numbers("start-along-it")
    for seed, gained in enumerate(grown):
        run = simulate(attrs.evolve(powers._LEADING, seed=seed))
        w = run.networks[0].weights
        # The essay's Q: the start's part along the leading eigenvector is all that is left.
        values, vectors = np.linalg.eigh(w)
        part = abs(vectors[:, np.argmax(values)] @ run.states[0, 0, 0])
        left = np.linalg.norm(run.states[0, 0, 0]) / part
        assert gained == pytest.approx(left, rel=1e-3)


def test_the_truncated_gradient_is_the_sum_of_the_newest_shares() -> None:
    run = simulate(attrs.evolve(remedied._TRUNCATED, width=3, depth=30))
    w = run.networks[0].weights
    whole, newest = np.zeros_like(w), np.zeros_like(w)
    back = run.networks[0].probe[0]
    for t in range(30, 0, -1):
        # Linear: ∂L/∂a_t is ∂L/∂h_t, and W_t's share its product with h_{t−1}.
        share = np.outer(back, run.states[0, t - 1, 0])
        whole += share
        newest += share * (t > 10)
        back = w.T @ back
    expected = 100 * np.linalg.norm(newest) / np.linalg.norm(whole)
    assert remedied._kept(run) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("module", "net", "changes", "check", "verdict"),
    [
        (powers, "_ASKEW", {"departure": 0.0}, "_contracts", "holds"),
        (powers, "_VANISHES", {"radius": 1.0}, "_no_sigmoid", "does not hold"),
        (powers, "_SLOWLY", {"radius": 0.99}, "_slowly", "does not hold"),
        (slopes, "_RELU", {"radius": 1.0}, "_he", "does not hold"),
        (slopes, "_SIGMOID", {"activation": "tanh"}, "_quarter", "does not hold"),
        (slopes, "_ESSAY", {"spectrum": "orthogonal"}, "_shared", "does not hold"),
        (slopes, "_BATCH_NORM", {"norm": "none"}, "_batch_norm", "holds"),
        (remedied, "_CLIPPED", {"clip_threshold": 1e9}, "_clipping", "does not hold"),
        (remedied, "_TRUNCATED", {"drive": "none"}, "_truncation", "does not hold"),
        (remedied, "_HIGH", {"forget_bias": -2.0}, "_remembers", "does not hold"),
        (remedied, "_PLAIN", {"radius": 1.0, "activation": "identity"}, "_leaky", "does not hold"),
    ],
)
def test_another_net_gets_another_verdict(
    module: object, net: str, changes: dict[str, object], check: str, verdict: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(module, net, attrs.evolve(getattr(module, net), **changes))
    run = (lambda: remedied._path("leaky")) if check == "_leaky" else getattr(module, check)
    assert run().verdict == verdict


def test_nothing_that_is_claimed_is_too_long_to_read() -> None:
    for name, one in CLAIMS.items():
        assert one.name == name
        assert one.says.endswith(".")
        assert len(one.says) < 140
        assert one.where in ("the essay", "its readers", "textbooks", "a guess")
        assert isinstance(one.experiment, Experiment)
