"""Whether a net learns: against plain loops, and where a run is decided."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import attrs
import numpy as np
import pytest

from tuisim.engine.base.stopping import StoppedError, stoppable
from tuisim.engine.sweeps.sweep import sweep
from tuisim.engine.training import success as module
from tuisim.engine.training.success import Trial, success
from tuisim.engine.training.training import Step, train
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

#: Learns at a depth of 2 within 100 updates or so.
NET = Experiment(width=8, depth=2, batch=20, radius=1.0, members=3)
PLAN = Plan(learning_rate=0.5, steps=400)


def test_what_surely_learns_and_what_surely_does_not() -> None:
    assert success(Trial(NET, PLAN)) == 1.0
    assert success(Trial(NET, attrs.evolve(PLAN, learning_rate=1e-12))) == 0.0
    # Leaves float64 in the first update.
    lost = attrs.evolve(NET, activation="identity", radius=30.0, depth=300)
    assert next(train(attrs.evolve(lost, members=1), PLAN)).trouble is not None
    assert success(Trial(lost, PLAN)) == 0.0


def naive(e: Experiment, plan: Plan) -> list[bool]:
    """Which runs succeed: all updates are made, and outputs are counted one by one."""
    found = []
    for member in range(e.members):
        one = attrs.evolve(e, members=1, seed=e.seed + member)
        steps = list(train(one, plan))
        right = [
            Fraction(round(step.accuracy * e.batch), e.batch)
            for step in steps
            if step.trouble is None
        ]
        window = math.ceil(1000 / e.batch)
        means = [
            sum(right[first : first + window], Fraction()) / window
            for first in range(len(right) - window + 1)
        ]
        found.append(max(means, default=Fraction()) >= Fraction(9, 10))
    return found


def test_a_plain_loop_counts_as_many() -> None:
    seen = set()
    for depth, rate in itertools.product((2, 6), (0.3, 1.0)):
        e = attrs.evolve(NET, depth=depth, members=4, seed=5)
        plan = Plan(learning_rate=rate, steps=90)
        expected = naive(e, plan)
        assert success(Trial(e, plan)) == sum(expected) / 4
        seen.add(sum(expected))
    assert len(seen) > 2


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The updates of each run from now on."""
    counts: list[int] = []

    def counting(e: Experiment, plan: Plan) -> Iterator[Step]:
        counts.append(0)
        for step in train(e, plan):
            counts[-1] += 1
            yield step

    monkeypatch.setattr(module, "outcomes", counting)
    return counts


def test_a_run_stops_as_soon_as_it_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = counted(monkeypatch)
    assert success(Trial(NET, PLAN)) == 1.0
    assert all(50 <= count < 400 for count in counts)
    for member, count in enumerate(counts):
        steps = train(attrs.evolve(NET, members=1, seed=member), PLAN)
        accuracies = [step.accuracy for step in itertools.islice(steps, count)]
        assert np.mean(accuracies[-50:]) >= 0.9 - 1e-12
        assert np.mean(accuracies[-51:-1]) < 0.9 or count == 50


def of_accuracies(monkeypatch: pytest.MonkeyPatch, accuracies: list[float]) -> float:
    """The success of one run whose batches of 100 have these accuracies."""

    def steps(e: Experiment, plan: Plan) -> Iterator[Any]:
        first = next(train(attrs.evolve(NET, members=1), PLAN))
        for one in accuracies:
            yield attrs.evolve(first, accuracy=one)

    monkeypatch.setattr(module, "outcomes", steps)
    return success(Trial(attrs.evolve(NET, batch=100, members=1), PLAN))


@pytest.mark.parametrize(
    ("accuracies", "expected"),
    [
        ([0.9] * 10, 1.0),
        ([1.0] * 9, 0.0),
        ([0.89] + [0.9] * 9, 0.0),
        ([0.1] * 5 + [0.88, 0.92] * 5 + [0.1] * 5, 1.0),
        ([0.7, 0.9, 1.0, 0.8, 1.0] * 2, 0.0),
        ([0.8, 1.0] * 5, 1.0),
        ([0.3, 0.9, 1.0, 1.0, 0.6, 1.0, 0.9, 1.0, 0.9, 0.8, 0.9] * 2, 1.0),
    ],
)
def test_nine_of_ten_over_a_thousand_are_enough(
    accuracies: list[float], expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert of_accuracies(monkeypatch, accuracies) == expected


def test_trouble_fails_even_in_the_last_update_that_it_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    *_, lost = train(Experiment(depth=300, activation="identity", radius=30.0, batch=100), PLAN)
    first = next(train(attrs.evolve(NET, members=1), PLAN))
    good = [attrs.evolve(first, accuracy=1.0)] * 9
    e = attrs.evolve(NET, batch=100, members=1)
    for last, expected in ((attrs.evolve(lost, accuracy=1.0), 0.0), (good[0], 1.0)):
        steps = [*good, last]
        monkeypatch.setattr(module, "outcomes", lambda e, plan, steps=steps: iter(steps))
        assert success(Trial(e, PLAN)) == expected


def test_too_few_steps_are_refused() -> None:
    words = r"steps: got 49, allowed: at least 50, so that 1000 sequences are seen, 20 at a time"
    for alone in (False, True):
        with pytest.raises(ValueError, match=words):
            success(Trial(NET, attrs.evolve(PLAN, steps=49), alone))
    found = sweep(NET, "batch=10,20", "depth=1,2", "success", plan=attrs.evolve(PLAN, steps=60))
    assert {*found.reasons} == {(0, 0), (1, 0)}
    assert np.isfinite(found.values[:, 1]).all()


def test_it_is_given_up_when_asked() -> None:
    for alone in (False, True):
        with pytest.raises(StoppedError), stoppable(lambda: True):
            success(Trial(NET, PLAN, alone))


def test_a_share_is_of_all_runs() -> None:
    e, plan = attrs.evolve(NET, members=4, seed=5), attrs.evolve(PLAN, steps=90)
    found = sweep(e, "depth=2,6", "learning_rate=0.3,1", "success", plan=plan)
    for row, rate in enumerate((0.3, 1.0)):
        for column, depth in enumerate((2, 6)):
            own = attrs.evolve(plan, learning_rate=rate)
            each = naive(attrs.evolve(e, depth=depth), own)
            assert found.values[row, column] == sum(each) / 4
    assert any(0 < one < 1 for one in found.values.ravel().tolist())
