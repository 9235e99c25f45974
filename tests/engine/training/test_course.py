"""A course: changes on the way, going back, pinning, and what there is to see of it."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from tuisim.engine.training.course import Change, Course, Look
from tuisim.engine.training.training import train
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

NET = Experiment(width=6, depth=8, batch=4, radius=1.0, seed=4)
PLAN = Plan(learning_rate=0.5, steps=100)
#: Without clipping its states leave float64 after a few updates.
WILD = Experiment(depth=30, batch=16, radius=1.0, activation="relu", spectrum="identity")


def plan_change(words: str = "changed", **changes: object) -> Change:
    return lambda experiment, plan: (experiment, attrs.evolve(plan, **changes), words)


def net_change(words: str = "changed", **changes: object) -> Change:
    return lambda experiment, plan: (attrs.evolve(experiment, **changes), plan, words)


def course_of(experiment: Experiment, plan: Plan, updates: int) -> Course:
    course = Course(experiment, plan)
    course.advance(updates)
    return course


def same(one: Look, other: Look) -> bool:
    """Whether two looks show the same numbers."""
    return (
        one.updates == other.updates
        and np.array_equal(one.curves.loss, other.curves.loss, equal_nan=True)
        and np.array_equal(one.eigenvalues, other.eigenvalues)
    )


def test_its_curves_are_those_of_train() -> None:
    steps = list(train(NET, PLAN))
    course = course_of(NET, PLAN, 37)
    course.advance(1000)
    look = course.look()
    assert look.updates == PLAN.steps
    assert look.over
    assert look.curves.loss.tolist() == [step.loss for step in steps]
    assert look.curves.gradient_norm.tolist() == [step.gradient_norm for step in steps]
    assert look.curves.accuracy.tolist() == [step.accuracy for step in steps]
    np.testing.assert_array_equal(look.first, steps[0].gradient_log10)
    np.testing.assert_array_equal(look.step.gradient_log10, steps[-1].gradient_log10)


def test_before_the_first_update_it_shows_what_that_will_meet() -> None:
    look = Course(NET, PLAN).look()
    assert look.updates == 0
    assert len(look.curves) == 0
    assert look.step.loss == next(train(NET, PLAN)).loss
    assert not look.over


def test_a_look_stays_as_it_was() -> None:
    course = course_of(NET, PLAN, 20)
    look = course.look()
    before = look.curves.loss.copy()
    course.change(plan_change(learning_rate=3.0), "rate")
    course.advance(20)
    course.undo()
    course.advance(60)
    np.testing.assert_array_equal(look.curves.loss, before)
    with pytest.raises(ValueError, match="read-only"):
        look.curves.loss[0] = 0.0


def test_a_change_takes_hold_and_is_undone() -> None:
    course = course_of(NET, PLAN, 20)
    course.change(net_change("clipped", clip="norm", clip_threshold=0.01), "clip")
    assert course.look().said == "clipped"
    assert course.look().changes == ((20, "clipped"),)
    course.advance(10)
    changed = course.look()
    assert (changed.curves.clipped_gradient_norm[20:] <= 0.01 * (1 + 1e-12)).all()
    assert (changed.curves.clipped_gradient_norm[:20] > 0.01).all()
    course.undo()
    back = course.look()
    assert back.said == "back at update 20"
    assert back.experiment == NET
    assert back.updates == 20
    assert back.changes == ()
    course.advance(10)
    assert same(course.look(), course_of(NET, PLAN, 30).look())


def test_a_held_key_is_one_change() -> None:
    course = course_of(NET, PLAN, 5)
    for rate in (1.0, 2.0, 4.0):
        course.change(plan_change(learning_rate=rate), "rate")
    assert course.plan.learning_rate == 4.0
    course.undo()
    assert course.plan == PLAN
    course.undo()
    assert course.look().said == "nothing to go back to"


def test_another_net_or_task_begins_anew() -> None:
    for change in (net_change(width=7), net_change(seed=5), plan_change(task="adding")):
        course = course_of(NET, PLAN, 20)
        course.change(change, "form")
        assert course.look().updates == 0
        course.undo()
        assert course.look().updates == 20
        course.advance(5)
        assert same(course.look(), course_of(NET, PLAN, 25).look())


def test_what_cannot_be_is_said_and_changes_nothing() -> None:
    course = course_of(NET, PLAN, 20)
    course.change(net_change(tied=False), "form")
    assert course.look().said.startswith("tied: got False")
    course.change(plan_change(learning_rate=-1.0), "rate")
    assert course.look().said == "learning_rate: got -1.0, allowed: > 0"
    assert (course.experiment, course.plan, course.look().updates) == (NET, PLAN, 20)


def test_from_the_beginning_with_the_same_seed() -> None:
    course = course_of(NET, PLAN, 20)
    before = course.look()
    course.restart()
    assert course.look().updates == 0
    course.advance(20)
    assert same(course.look(), before)
    course.undo()
    assert course.look().updates == 20
    np.testing.assert_array_equal(course.look().curves.loss, before.curves.loss)


def test_trouble_stops_it_and_one_can_go_back_to_before() -> None:
    course = course_of(WILD, Plan(learning_rate=0.001), 12)
    before = course.look()
    assert not before.over
    course.change(plan_change(learning_rate=0.3), "rate")
    course.advance(50)
    failed = course.look()
    assert failed.trouble is not None
    assert failed.over
    assert failed.updates == failed.step.update < 30
    assert len(failed.curves) == failed.updates + 1
    course.advance(5)
    assert course.look().updates == failed.updates
    course.undo()
    back = course.look()
    assert back.trouble is None
    assert back.updates <= max(failed.updates - 10, 12)
    np.testing.assert_array_equal(back.curves.loss, failed.curves.loss[: back.updates])
    course.change(net_change("clipped", clip="norm"), "clip")
    course.advance(200)
    assert course.look().trouble is None


def test_it_goes_back_far_enough_and_not_too_far() -> None:
    """A course that fails late: to a place 10 to 34 updates before."""
    course = course_of(WILD, Plan(learning_rate=1e-4), 150)
    course.change(plan_change(learning_rate=0.05), "rate")
    course.advance(500)
    failed = course.look()
    assert failed.trouble is not None
    course.undo()
    assert 10 <= failed.updates - course.look().updates <= 34
    assert course.plan.learning_rate == 0.05
    course.undo()
    assert course.look().updates == 150
    assert course.plan.learning_rate == 1e-4


def test_a_change_after_trouble_goes_on_from_before_it() -> None:
    course = course_of(WILD, Plan(), 50)
    failed = course.look()
    assert failed.trouble is not None
    course.restart()
    course.change(net_change(clip="norm"), "clip")
    course.advance(50)
    assert course.look().trouble is None


def test_a_change_after_trouble_goes_back_to_before_it_at_once() -> None:
    course = course_of(WILD, Plan(learning_rate=1e-4), 150)
    course.change(plan_change("faster", learning_rate=0.05), "rate")
    course.advance(500)
    failed = course.look()
    assert failed.trouble is not None
    for clip in ("value", "norm"):
        course.change(net_change(clip, clip=clip), "clip")
    look = course.look()
    assert look.trouble is None
    assert 10 <= failed.updates - look.updates <= 34
    np.testing.assert_array_equal(look.curves.loss, failed.curves.loss[: look.updates])
    # What was chosen stays chosen, with the marks of what was changed before.
    assert (look.experiment.clip, look.plan.learning_rate) == ("norm", 0.05)
    assert look.changes == tuple((look.updates, what) for what in ("faster", "value", "norm"))
    course.advance(200)
    assert course.look().trouble is None
    course.undo()
    back = course.look()
    assert (back.updates, back.experiment.clip) == (look.updates, "none")
    assert (back.trouble, back.plan) == (None, failed.plan)
    course.undo()
    assert (course.look().updates, course.plan.learning_rate) == (150, 1e-4)


def test_a_change_after_trouble_says_where_it_goes_on() -> None:
    course = course_of(WILD, Plan(), 50)
    course.change(net_change("clipped", clip="norm"), "clip")
    assert course.look().said == "on from update 0, before it failed; clipped"
    course.restart()
    course.advance(50)
    assert course.look().trouble is None


def test_back_and_forth_over_trouble_ends_before_it() -> None:
    course = course_of(WILD, Plan(), 50)
    failed = course.look()
    course.restart()
    course.undo()
    assert course.look().trouble is not None
    course.change(net_change("clipped", clip="norm"), "clip")
    look = course.look()
    assert (look.trouble, look.experiment.clip) == (None, "norm")
    assert look.updates < failed.updates


def test_trouble_of_the_first_update_has_nothing_before_it() -> None:
    start = course_of(NET, PLAN, 20)
    start.change(net_change("wild", start_rms=1e200, activation="identity", radius=1e200), "form")
    assert start.look().trouble is not None
    start.change(net_change("clipped", clip="norm"), "clip")
    assert (start.look().updates, start.experiment.radius) == (0, 1e200)
    start.undo()
    start.undo()
    assert (start.look().updates, start.experiment) == (20, NET)
    course = course_of(NET, PLAN, 0)
    course.change(plan_change(learning_rate=1e308, l2=1e308), "rate")
    course.advance(1)
    assert course.look().trouble is not None
    course.undo()
    assert (course.look().trouble, course.plan) == (None, PLAN)


def test_overshoots_are_noted() -> None:
    course = course_of(attrs.evolve(WILD, clip="norm"), Plan(), 300)
    flagged = [step.update for step in train(course.experiment, Plan(steps=300)) if step.overshoot]
    assert list(course.look().overshoots) == flagged
    assert flagged


def test_where_the_eigenvalues_were() -> None:
    course = course_of(NET, attrs.evolve(PLAN, steps=2000), 1000)
    look = course.look()
    steps = {step.update: step for step in train(NET, attrs.evolve(PLAN, steps=1001))}
    assert 20 <= len(look.places) <= 40
    apart = np.diff([one.update for one in look.places])
    assert len(set(apart.tolist())) == 1
    for one in look.places:
        np.testing.assert_array_equal(one.eigenvalues, steps[one.update].eigenvalues)
    # Where they are is what the next update would meet.
    np.testing.assert_array_equal(look.eigenvalues, steps[1000].eigenvalues)
    assert look.recurrent.largest_singular_value == steps[1000].largest_singular_value


def test_pinned_curves_are_kept_and_dropped() -> None:
    course = course_of(NET, PLAN, 0)
    course.pin()
    assert course.look().said.startswith("nothing to pin yet")
    course.advance(10)
    course.pin()
    (pinned,) = course.look().pinned
    np.testing.assert_array_equal(pinned.curves.loss, course.look().curves.loss)
    course.pin()
    assert course.look().pinned == ()
    for _ in range(6):
        course.advance(1)
        course.pin()
    assert [len(one.curves) for one in course.look().pinned] == [16, 15, 14, 13]
    course.restart()
    assert len(course.look().pinned) == 4


def test_it_stops_when_asked() -> None:
    asked = iter([False] * 7 + [True] * 10)
    course = Course(NET, PLAN)
    course.advance(50, lambda: next(asked))
    assert course.look().updates == 7
