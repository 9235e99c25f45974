"""A run in sentences: each number in them is the run's own."""

from __future__ import annotations

import math
import re
import sys

import attrs
import numpy as np
import pytest

from tuisim import Layer
from tuisim.engine.base.budget import run_flops
from tuisim.engine.diagnosis import advice
from tuisim.engine.diagnosis.advice import advise, within_reach
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.theory.theory import predict
from tuisim.figures.words import prose
from tuisim.figures.words.prose import (
    advice_line,
    advice_words,
    change_words,
    sentences,
    untried,
)
from tuisim.values.experiment import Experiment


def told(e: Experiment) -> tuple[str, ...]:
    run = simulate(e)
    return sentences(run, predict(e, run.networks), advise(run))


def test_the_default_net_in_five_sentences() -> None:
    net, state, gradient, cause, rest = told(Experiment())
    assert net == "The net: tanh rnn, 32 units, 100 steps, tied, orthogonal ρ 0.90, seed 0."
    assert state.startswith("The norm of the hidden state goes from 5.7 at t = 0 to ")
    assert "vanishing, ×0.891 a step back, 1.0·10⁻⁵ after 100, float16 keeps it" in gradient
    assert gradient.endswith("it first passes 10⁻³ after 66 steps.")
    # ρ of an orthogonal matrix is all that it does.
    assert cause == "That is because the matrix gives ×0.900 a step, the slopes of tanh ×0.9905."
    assert re.search(
        r"mends it, measured: radius 1\.\d+: ×0\.99\d+ a step back instead of ×0\.891\.$", rest
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"radius": 2.0},
        {"cell": "lstm"},
        {"cell": "gru"},
        {"activation": "sigmoid", "members": 3},
        # Its states and gradients leave float64.
        {"cell": "gru", "activation": "relu", "radius": 60, "depth": 600, "width": 16},
    ],
)
def test_the_two_parts_multiply_to_the_whole(changes: dict[str, object]) -> None:
    e = attrs.evolve(Experiment(width=8), **changes)
    run = simulate(e)
    first, *total, second = (float(one) for one in re.findall(r"×(\d+\.\d+)", told(e)[3]))
    log10 = run.gradient_log10 if run.cell_gradient_log10 is None else run.cell_gradient_log10
    whole = float(np.median(log10[:, 0] - log10[:, -1])) * math.log(10) / e.depth
    if e.cell == "lstm":
        # ∂L/∂c of step T is no unit vector, but its parts add up to the change all the same.
        assert whole != run.gradient_rate
        assert total == [pytest.approx(math.exp(whole), rel=5e-4)]
    else:
        assert not total
    assert first * second == pytest.approx(math.exp(whole), rel=5e-3)


def test_what_has_no_two_parts_says_by_which_paths_it_comes() -> None:
    assert "a step at a time (share 0.50) and 5 steps at once" in told(Experiment(skip=5))[3]


def test_a_dead_gradient_gives_no_number_to_its_parts() -> None:
    e = Experiment(activation="relu", radius=0.5, width=2, seed=3)
    _, _, gradient, cause, _ = told(e)
    assert "dead" in gradient
    assert "×" not in cause
    assert "nan" not in " ".join(told(e))


def test_a_gradient_is_said_to_be_no_number_where_it_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = "From where it is no number nothing changes it any more."
    assert said in sentences(simulate(Experiment(start_rms=sys.float_info.max)), None, None)
    monkeypatch.setattr(prose, "cause_pieces", lambda run: ())
    found = sentences(simulate(Experiment()), None, None)
    assert said not in found
    assert all(found)


def test_a_state_that_is_zero_throughout_has_no_rate() -> None:
    layer = Layer("l", "rnn", np.eye(2)[np.newaxis], np.ones((1, 2, 1)))
    said = told(layer.experiment(depth=4))[1]
    assert said == (
        "The norm of the hidden state goes from 0 at t = 0 to 0 at t = 4; 0 % of the units are "
        "saturated."
    )


def test_a_stable_net_is_told_no_change() -> None:
    assert "mends" not in told(Experiment(activation="identity", radius=1.0))[4]


def test_changes_in_words() -> None:
    assert change_words({"forget_bias": 3.0}) == "forget bias 3"
    assert change_words({"activation": "selu"}) == "activation selu"
    assert change_words({"skip": 10, "skip_share": 0.5}) == "skip 10, skip share 0.5"


def test_the_line_of_advice_says_change_effect_and_key() -> None:
    run = simulate(Experiment())
    found = advise(run)
    assert found is not None
    whole = advice_line(found, run, "enter")
    effect, key, runs = whole.split(" · ")
    assert effect == f"mends it: {advice_words(found, run)}"
    assert key == "enter makes the change"
    assert runs == f"best of {len(found.tried)} runs"
    assert advice_line(found, run, "").split(" · ") == [effect, runs]
    assert advice_line(found, run, "enter", 57).split(" · ")[0] == effect.partition(" instead")[0]
    assert advice_line(None, run, "enter") == ""


def test_the_line_of_advice_says_where_it_mends_half_or_nothing() -> None:
    run = simulate(Experiment())
    found = advise(run)
    assert found is not None
    assert found.best is not None
    half = attrs.evolve(found, best=attrs.evolve(found.best, mended=False))
    assert advice_line(half, run, "enter").startswith("eases it: ")
    none = advice_line(attrs.evolve(found, best=None), run, "enter")
    assert none == f"none of the {len(found.tried)} changes tried brings it half as near to stable"


def test_changes_tried_on_fewer_steps_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    run = simulate(Experiment(width=8, depth=300))
    assert within_reach(run) is run
    monkeypatch.setattr(advice, "_MOST_STEPS", 100)
    tried = within_reach(run)
    assert tried is not None
    assert tried.experiment == attrs.evolve(run.experiment, depth=100)
    found = advise(tried)
    assert found is not None
    assert {one.experiment.depth for one in found.tried} == {100}
    rest = sentences(run, None, found, tried)[-1]
    assert rest.endswith(
        f"; what mends it, measured over its first 100 steps: {advice_words(found, tried)}."
    )
    assert untried(run, tried) == ""
    assert untried(simulate(Experiment(width=8, depth=3)), None) == ""


def test_what_was_not_tried_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advice, "_MOST_STEPS", 25)
    run = simulate(Experiment(width=8, depth=300))
    tried = within_reach(run)
    assert tried is not None
    assert tried.regime == "stable"
    assert sentences(run, None, None, tried)[-1] == "As for theory, no theory speaks of it."
    assert untried(run, tried) == (
        "What would mend it was not tried: 300 steps take long, and over the first 25 the gradient "
        "is stable."
    )
    for e in (
        Experiment(width=8, depth=300, members=2),
        Experiment(width=8, depth=300, skip=40, radius=0.3),
    ):
        run = simulate(e)
        assert within_reach(run) is None
        assert untried(run, None) == "What would mend it was not tried: each run of it takes long."


def test_a_wide_net_is_tried_over_as_many_steps_as_its_products_allow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = simulate(Experiment(width=8, depth=300))
    monkeypatch.setattr(advice, "_MOST_FLOPS", run_flops(run.experiment) / 3)
    tried = within_reach(run)
    assert tried is not None
    assert tried.experiment.depth == 100
