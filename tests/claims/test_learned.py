"""Claims that train: what a course notes, on nets that are trained for moments."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from tuisim.claims import claim, learned
from tuisim.engine.training.training import train
from tuisim.values.plan import Plan

NET = attrs.evolve(learned._SHORT, width=4, depth=3)


def test_a_course_notes_what_the_updates_met() -> None:
    plan = Plan(steps=70, learning_rate=0.1)
    course, steps = learned._course(NET, plan), list(train(NET, plan))
    newest = steps[-50:]
    assert course.accuracy == pytest.approx(np.mean([one.accuracy for one in newest]))
    means = [np.mean([one.accuracy for one in steps[k - 50 : k]]) for k in range(50, 71)]
    assert course.best == pytest.approx(max(means))
    assert course.gradients[0] == steps[0].gradient_norm
    assert course.gradients[1] == pytest.approx(np.mean([one.gradient_norm for one in newest]))
    assert course.path == steps[-1].gradient_log10[0] - steps[-1].gradient_log10[-1]
    assert course.radii == (steps[0].spectral_radius, steps[-1].spectral_radius)
    assert course.overshoots == sum(one.overshoot for one in steps)


def test_a_course_ends_once_the_loss_is_low_enough() -> None:
    plan = Plan(steps=400, learning_rate=0.1)
    losses = [one.loss for one in train(NET, plan)]
    means = [np.mean(losses[k - 50 : k]) for k in range(50, 401)]
    limit = 0.5 * (means[0] + min(means))
    count = next(k for k, mean in enumerate(means, 50) if mean < limit)
    assert count < 400
    step = list(train(NET, attrs.evolve(plan, steps=count)))[-1]
    assert learned._course(NET, plan, until=limit).radii[1] == step.spectral_radius


def test_the_spectral_radius_grows_before_anything_is_learned() -> None:
    found = learned._grows_first()
    assert found.verdict == "does not hold"
    radius, singular = found.measured
    assert len(radius.values) == claim.SEEDS
    assert radius.median > 1.2 > singular.median > 1.0
