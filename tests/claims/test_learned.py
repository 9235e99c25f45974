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
    assert course.lost == pytest.approx(
        max(max(means[: k + 1]) - mean for k, mean in enumerate(means))
    )
    losses = [one.loss for one in steps]
    least = [min(np.mean(losses[k - 50 : k]) for k in range(50, n + 1)) for n in range(50, 70)]
    assert course.jump == pytest.approx(max(np.array(losses[50:]) / least))


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
    grown = f"{100 * (radius.median - 1):.0f} %"
    assert found.because == f"ρ grows by {grown}, σ₁ by {100 * (singular.median - 1):.0f} %"


def test_what_descent_undoes_and_what_it_would_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "SEEDS", 1)
    found = learned._overshoots()
    assert found.words.startswith("holds only if nothing is clipped")
    free, clipped, calm = (one.values[0] for one in found.measured[:3])
    assert free > 30 > calm > clipped
    # Nothing explodes, nothing is undone.
    monkeypatch.setattr(learned, "_GENTLE", attrs.evolve(learned._GENTLE, learning_rate=1e-6))
    assert learned._overshoots().verdict == "does not hold"


def test_decay_pulls_the_radius_and_not_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    def course(experiment: object, plan: Plan) -> list[learned._Course]:
        radius, path = (1.0, pulled) if plan.l2 else (4.0, -2.0)
        return [learned._Course(1, 1, 0, 1, (1, 1), path, (1, radius), (1, 1))]

    monkeypatch.setattr(learned, "_courses", course)
    pulled = -1.0
    assert learned._l2().because.startswith("ρ is pulled in, but")
    pulled = -3.0
    assert learned._l2().words == "holds"
