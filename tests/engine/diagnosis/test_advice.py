"""What would mend a gradient, held against closed forms and the runs themselves."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest

from tuisim.engine.diagnosis.advice import advise
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment

LINEAR = Experiment(activation="identity", width=8, depth=60)


@pytest.mark.parametrize("radius", [0.8, 1.25, 3.0])
def test_a_linear_orthogonal_net_is_told_the_radius_that_keeps_norms(radius):
    advice = advise(simulate(attrs.evolve(LINEAR, radius=radius)))
    # Its gradient's norm is ρ^T, and 1 at ρ = 1 whatever T is.
    assert advice.best.changes == {"radius": 1.0}
    assert advice.best.decades == pytest.approx(0.0, abs=1e-12)
    assert advice.best.rate == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "radius"),
        ({"radius": 0.3}, "radius"),
        ({"activation": "sigmoid"}, "activation"),
        ({"cell": "lstm", "forget_bias": -1.0}, "forget_bias"),
        ({"activation": "relu", "spectrum": "eigenvalues", "width": 2, "eigenvalues": (0.5, 0.4)},
         "leak"),
    ],
)  # fmt: skip
def test_what_is_told_is_a_field_that_mends(changes, told):
    e = attrs.evolve(Experiment(seed=1), **changes)
    best = advise(simulate(e)).best
    assert list(best.changes) == [told]
    again = simulate(attrs.evolve(e, **best.changes))
    assert again.regime == "stable"
    assert again.gradient_rate == best.rate


@pytest.mark.parametrize(
    "changes",
    [{}, {"radius": 2.5, "depth": 300}, {"cell": "lstm", "radius": 0.1}, {"cell": "gru"},
     {"members": 3, "activation": "sigmoid"}],
)  # fmt: skip
def test_every_change_that_was_tried_was_run(changes):
    e = attrs.evolve(Experiment(width=6), **changes)
    run = simulate(e)
    advice = advise(run)
    assert len({tuple(one.changes.items()) for one in advice.tried}) == len(advice.tried) > 5
    for one in advice.tried:
        again = simulate(attrs.evolve(e, **one.changes))
        end = float(np.median(again.gradient_log10[:, 0]))
        assert one.experiment == again.experiment
        assert (one.decades, one.mended) == (end, abs(end) <= 3)
        assert one.rate == again.gradient_rate
        assert e.activation == "identity" or one.changes != {"activation": "identity"}


def test_no_lesser_change_would_have_mended():
    e = Experiment(activation="sigmoid")
    advice = advise(simulate(e))
    assert list(advice.best.changes) == ["activation"]
    order = ("radius", "forget_bias", "activation")
    lesser = [one for one in advice.tried if next(iter(one.changes)) in order[:2]]
    assert lesser
    assert not any(one.mended for one in lesser)
    of_kind = [abs(one.decades) for one in advice.tried if "activation" in one.changes]
    assert abs(advice.best.decades) == min(of_kind)


def test_clipping_is_tried_and_changes_nothing_on_the_way_back():
    run = simulate(attrs.evolve(LINEAR, radius=1.5))
    (clipped,) = [one for one in advise(run).tried if "clip" in one.changes]
    assert clipped.rate == run.gradient_rate
    assert not clipped.mended


def test_a_stable_gradient_needs_nothing():
    assert advise(simulate(attrs.evolve(LINEAR, radius=1.0))) is None


def test_where_nothing_mends_there_is_no_best_unless_it_halves_the_way():
    # One step of a relu net whose units are all off: only a carried path brings anything back.
    e = Experiment(width=2, depth=100, activation="sigmoid", spectrum="eigenvalues",
                   eigenvalues=(1e-30, 1e-30))  # fmt: skip
    run = simulate(e)
    advice = advise(run)
    assert run.regime == "vanishing"
    assert list(advice.best.changes) in (["leak"], ["residual"])
    before = abs(float(run.gradient_log10[0, 0]))
    assert abs(advice.best.decades) <= before / 2


def test_a_dead_gradient_is_mended_by_what_brings_it_back():
    e = Experiment(activation="relu", radius=0.5, width=2, seed=3)
    run = simulate(e)
    assert run.regime == "dead"
    assert math.isfinite(advise(run).best.decades)
