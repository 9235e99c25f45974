"""Each sentence of a preset that states a number holds over forty seeds, in its own words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import attrs
import numpy as np
import pytest

from tuisim.engine.reservoirs.echo import state_distance
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate
from tuisim.values import presets

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

SEEDS = range(40)


def runs_of(name: str, **changes: object) -> Iterator[Run]:
    """A run of each seed, one after the other: a deep net's matrices take a hundred megabytes."""
    e = presets.preset(name)
    return (simulate(attrs.evolve(e, seed=seed, **changes)) for seed in SEEDS)


class Curves(NamedTuple):
    """What most sentences are about."""

    hidden_log10: Array
    gradient_log10: Array
    gradient_rate: float


@cache
def curves_of(name: str, **changes: object) -> tuple[Curves, ...]:
    return tuple(
        Curves(run.hidden_log10, run.gradient_log10, run.gradient_rate)
        for run in runs_of(name, **changes)
    )


def says(name: str, *words: str) -> None:
    """The preset says so."""
    document = presets.document(name)
    text = f"{document.description} {document.look_for}"
    for one in words:
        assert one in text


def left(name: str, **changes: object) -> Array:
    """log10 ‖∂L/∂h_0‖, the median over members, of each seed."""
    curves = curves_of(name, **changes)
    return np.array([float(np.median(one.gradient_log10[:, 0])) for one in curves])


def factors(name: str, **changes: object) -> Array:
    """What a step back multiplies the gradient by, of each seed."""
    return np.exp([one.gradient_rate for one in curves_of(name, **changes)])


def within(values: object, low: float, high: float) -> None:
    found = np.asarray(values, np.float64)
    assert low <= found.min()
    assert found.max() <= high


def test_essay() -> None:
    says("essay", "The norm falls at first", "grows by 1.05 a step")
    for run in curves_of("essay"):
        hidden = run.hidden_log10[0]
        assert hidden.min() < hidden[0] - 0.1
        within(10 ** ((hidden[-1] - hidden[-21]) / 20), 1.045, 1.055)
        gradient = run.gradient_log10[0]
        assert gradient.min() < gradient[-1] - 0.1
        within(10 ** ((gradient[0] - gradient[20]) / 20), 1.045, 1.055)


def test_vanishing() -> None:
    says("vanishing", "loses 11 % a step", "a tenth a step by W")
    within(1 - factors("vanishing"), 0.105, 0.115)
    for run in runs_of("vanishing"):
        assert run.matrix_log10 is not None
        np.testing.assert_allclose(10**run.matrix_log10, 0.9, rtol=1e-9)


def test_exploding() -> None:
    says("exploding", "The hidden norm is flat", "grows by a constant factor a step back")
    assert (left("exploding") > 3).all()
    for run in curves_of("exploding"):
        assert np.ptp(run.hidden_log10[0, 10:]) < 0.1


def test_edge_of_chaos() -> None:
    says(
        "edge-of-chaos", "sigma_w^2 = 1.760955, sigma_b^2 = 0.05", "chi_1 = 1", "by 0.1 either way"
    )
    e = presets.preset("edge-of-chaos")
    assert e.radius**2 == pytest.approx(1.760955, abs=5e-7)
    assert e.bias**2 == pytest.approx(0.05, abs=5e-7)
    x, w = np.polynomial.hermite_e.hermegauss(120)
    w = w / w.sum()
    q = 1.0
    for _ in range(10_000):
        q = e.radius**2 * (w @ np.tanh(math.sqrt(q) * x) ** 2) + e.bias**2
    assert e.radius**2 * (w @ (1 - np.tanh(math.sqrt(q) * x) ** 2) ** 2) == pytest.approx(
        1, abs=1e-5
    )
    within(left("edge-of-chaos"), -1.5, 0.5)
    on = factors("edge-of-chaos")[:10]
    below, above = (
        np.exp(
            [
                simulate(attrs.evolve(e, seed=seed, radius=e.radius + by)).gradient_rate
                for seed in SEEDS[:10]
            ]
        )
        for by in (-0.1, 0.1)
    )
    assert (below < on).all()
    assert (on < above).all()
    assert below.max() < 0.98
    assert above.min() > 1


def test_sigmoid() -> None:
    says("sigmoid", "at most 1/4", "loses more than half of itself at each step", "doubles")
    assert (factors("sigmoid") < 0.5).all()
    np.testing.assert_allclose(factors("sigmoid", activation="identity"), 2.0, rtol=1e-9)


def test_he_relu() -> None:
    says(
        "he-relu", "sigma_w^2 = 2", "keep their mean square", "within a factor of 30", "halves the"
    )
    assert presets.preset("he-relu").radius ** 2 == pytest.approx(2)
    runs = curves_of("he-relu")
    within(left("he-relu"), -math.log10(30), math.log10(30))
    within(
        [one.hidden_log10[0, -1] - one.hidden_log10[0, 0] for one in runs],
        -math.log10(30),
        math.log10(30),
    )
    # What 128 squares of a relu's mean vary by, 5/128 of a variance, for each layer of each seed.
    for curves in (
        [one.hidden_log10 for one in runs],
        [one.gradient_log10[:, ::-1] for one in runs],
    ):
        layers = 100 ** np.diff(np.array(curves)[:, 0])
        assert layers.mean() == pytest.approx(1, abs=3 * math.sqrt(5 / 128 / layers.size))
    within(factors("he-relu", radius=1.0) ** 2, 0.45, 0.52)


def test_deep_linear() -> None:
    says("deep-linear", "drifts down by about 1/(2n)", "keeps the mean of the squared norm")
    rates = [one.gradient_rate for one in curves_of("deep-linear")]
    within(rates, -0.072, -0.053)
    assert np.mean(rates) == pytest.approx(-1 / 16, abs=0.005)
    # χ² with n degrees over n: a variance of 2/n for each member of each seed.
    first = [
        100 ** (one.hidden_log10[:, 1] - one.hidden_log10[:, 0]) for one in curves_of("deep-linear")
    ]
    assert np.mean(first) == pytest.approx(1, abs=3 * math.sqrt(2 / 8 / (40 * 32)))


def test_non_normal() -> None:
    says("non-normal", "five- to hundredfold", "a spectral radius of 0.8", "above 4")
    for run in runs_of("non-normal"):
        hidden, w = run.hidden_log10[0], run.networks[0].weights
        within(10 ** (hidden.max() - hidden[0]), 5, 105)
        assert np.linalg.norm(w, 2) > 4
        assert np.abs(np.linalg.eigvals(w)).max() == pytest.approx(0.8, abs=1e-6)
        assert hidden[-1] < hidden[0]


def test_identity_rnn() -> None:
    says("identity-rnn", "over all 784 steps", "by 0.01", "more than a thousand, down or up")
    for run in curves_of("identity-rnn"):
        assert np.ptp(run.hidden_log10[0, 1:]) < 1e-9
        assert np.ptp(run.gradient_log10[0, :-1]) < 1e-9
    assert (left("identity-rnn", radius=0.99) < -3).all()
    assert (left("identity-rnn", radius=1.01) > 3).all()


def test_residual() -> None:
    says("residual", "crosses a hundred layers", "8 to 60 times as large", "about halve it")
    within(10 ** left("residual"), 8, 60)
    within(factors("residual", residual=0.0), 0.48, 0.51)


def test_leaky() -> None:
    says("leaky", "0.9 + 0.1 lambda", "3 to 13 %", "a hundred-thousandth")
    within(10 ** left("leaky"), 0.0295, 0.13)
    within(10 ** left("leaky", leak=1.0), 0.7e-5, 1.3e-5)


def test_skip() -> None:
    says("skip", "every tenth step", "about three times slower")
    within(left("skip", skip=0) / left("skip"), 2.6, 3.8)
    for run in curves_of("skip"):
        back = run.gradient_log10[0, ::-1]
        assert all(back[10 * k] > back[10 * k - 1] + 1 for k in (1, 2))


def test_batch_norm() -> None:
    says("batch-norm", "pi/(pi - 1) a layer in the squared gradient", "1.21 to 1.24")
    assert math.sqrt(math.pi / (math.pi - 1)) == pytest.approx(1.21, abs=0.005)
    within(factors("batch-norm"), 1.205, 1.245)
    within(left("batch-norm", norm="none"), -math.log10(30), math.log10(30))


def test_layer_norm() -> None:
    says(
        "layer-norm",
        "from -0.14 to 0.09 nats",
        "a millionth to ten thousand times",
        "nine seeds of ten",
    )
    within([one.gradient_rate for one in curves_of("layer-norm")], -0.14, 0.09)
    within(left("layer-norm"), -6, 4)
    # It takes all of this room.
    assert left("layer-norm").min() < -5
    assert left("layer-norm").max() > 3
    far = left("layer-norm", depth=1000)
    within(far, -65, 40)
    assert far.min() < -50
    assert far.max() > 30
    for one, other in zip(
        curves_of("layer-norm"), curves_of("layer-norm", radius=0.4), strict=True
    ):
        np.testing.assert_allclose(
            one.gradient_log10[0, 1:], other.gradient_log10[0, 1:], atol=1e-2
        )
    assert (left("layer-norm", norm="none") > 3).sum() >= 36


def test_clipping() -> None:
    says("clipping", "to 0.5", "a vanished gradient stays vanished")
    for run in runs_of("clipping"):
        assert run.weight_gradient_norm[0] > 1
        assert run.clipped_weight_gradient_norm[0] == pytest.approx(1.0)
        assert run.clip_cosine[0] == pytest.approx(1.0)
    for run in runs_of("clipping", clip="value"):
        assert run.clip_cosine[0] < 1 - 1e-3
    for run in runs_of("clipping", radius=0.5):
        assert run.regime == "vanishing"
        assert run.clipped_weight_gradient_norm[0] == run.weight_gradient_norm[0]


def test_lstm() -> None:
    says("lstm", "about 0.73 a step at rest", "without a loss", "up to 400-fold", "10^-46 and less")

    def kept(**changes: object) -> Array:
        curves = [one.cell_gradient_log10 for one in runs_of("lstm", **changes)]
        return np.array([curve[0, 0] - curve[0, -1] for curve in curves if curve is not None])

    assert 1 / (1 + math.exp(-presets.preset("lstm").forget_bias)) == pytest.approx(0.73, abs=5e-3)
    within(10 ** (kept() / 100), 0.73, 1)
    within(10 ** kept(forget_bias=5.0), 1, 400)
    assert (kept(forget_bias=-2.0) < -46).all()


def test_gru() -> None:
    says(
        "gru", "At rest z is 1/2", "a quarter of W's eigenvalues comes on top, 0.725 a step at most"
    )
    assert 0.5 + 0.25 * presets.preset("gru").radius == pytest.approx(0.725)
    within(factors("gru"), 0.7, 0.725)
    assert (factors("gru") < factors("vanishing")).all()


def test_echo_state() -> None:
    says("echo-state", "by about the same factor a step", "At radius 2 it forgets nothing")
    for run in runs_of("echo-state"):
        distance = state_distance(run.experiment)
        assert distance.verdict == "converges"
        assert distance.rate == pytest.approx(run.gradient_rate, abs=0.03)
        far = state_distance(attrs.evolve(run.experiment, radius=2.0))
        assert far.verdict == "does not converge"
