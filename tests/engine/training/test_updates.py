"""Compiled updates against the passes in parts, and against loops of NumPy's over updates."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support import toy
from tests.support.trained_nets import BASE, NETS, passes
from tuisim.engine.base.memo import Array
from tuisim.engine.training import descent
from tuisim.engine.training import training as module
from tuisim.engine.training.backprop import Backprop, Pass
from tuisim.engine.training.descent import fixed, rules_of
from tuisim.engine.training.parameters import NAMES, draw_parameters
from tuisim.engine.training.tasks import TASKS, Batch
from tuisim.engine.training.training import Trainer, outcomes, train
from tuisim.engine.training.updater import Made, Updater
from tuisim.values.experiment import ACTIVATIONS, Experiment
from tuisim.values.plan import Plan

#: Beside the nets whose gradients are differences: shapes on both sides of every block.
SHAPES: dict[str, dict[str, Any]] = {
    "a block": {"width": 32, "batch": 4},
    "blocks and rests": {"width": 45, "batch": 7, "depth": 11},
    "rows by themselves": {"width": 40, "batch": 3},
    "many rows": {"width": 5, "batch": 70},
    "a long chunk and a short one": {"width": 9, "batch": 5, "depth": 31},
    "one unit": {"width": 1, "batch": 1},
    "lstm in blocks": {"cell": "lstm", "width": 34, "batch": 6},
    "gru in blocks": {"cell": "gru", "width": 34, "batch": 6},
    "batch norm and skip": {"norm": "batch", "batch": 6, "width": 9, "skip": 2, "depth": 9},
    "relu in layers": {"norm": "layer", "activation": "relu", "width": 9, "depth": 9},
    "relu in layers, skip": {
        "norm": "layer", "activation": "relu", "width": 9, "skip": 2, "skip_share": 1.0,
    },
    **{one: {"activation": one, "width": 9} for one in ACTIVATIONS},
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def a_cell_of_one_line() -> Iterator[None]:
    with toy.known():
        yield


def made(prop: Backprop, theta: Array, batch: Batch, plan: Plan) -> Made:
    """An update from these parameters, with nothing kept from before."""
    none = np.zeros((1, theta.size))
    vectors = tuple(fixed(one) for one in (theta.reshape(1, -1).copy(), none, none[:, :0]))
    rules = rules_of(prop.experiment, plan, prop.task.within)
    return Updater(prop, rules, batch.asked).make(vectors, 0, [batch], curves=True)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("net", [*NETS, *SHAPES])
def test_an_update_is_that_of_the_passes(net: str, task: str) -> None:
    experiment = attrs.evolve(BASE, **(NETS | SHAPES)[net])
    prop, theta, batch = passes(experiment, task)
    # With this rate the velocity is the gradient.
    found = made(prop, theta, batch, Plan(task=task, learning_rate=1.0))
    expected = prop.run(theta, batch)
    assert found.updates == 1
    loss, accuracy, before, after, ratio = found.numbers[0]
    gradient = found.vectors[1][0]
    assert loss == pytest.approx(expected.loss, rel=1e-13)
    assert accuracy == expected.accuracy
    assert before == after == pytest.approx(np.linalg.norm(gradient), rel=1e-14)
    assert ratio == pytest.approx(before / np.linalg.norm(theta), rel=1e-14)
    np.testing.assert_allclose(found.curves[0, 0], expected.hidden_log10, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.curves[0, 1], expected.gradient_log10, rtol=0, atol=1e-11)
    np.testing.assert_array_equal(found.vectors[0][0], theta - gradient)
    assert expected.gradient is not None
    scale = np.linalg.norm(expected.gradient)
    parts = prop.layout.split(gradient), prop.layout.split(expected.gradient)
    for name, ours, theirs in zip(NAMES, *parts, strict=True):
        # Batch norm takes b out again: that gradient is nothing but rounding.
        size = scale if experiment.norm == "batch" else max(np.linalg.norm(theirs), 1e-3 * scale)
        assert np.linalg.norm(ours - theirs) <= 1e-12 * size, name


def by_hand(e: Experiment, plan: Plan) -> list[tuple[float, float, float, Array]]:
    """Loss, norms before and after clipping and θ after each update: the passes and NumPy."""
    task = TASKS[plan.task]
    prop = Backprop(e, task)
    theta = prop.layout.join(draw_parameters(e, task, prop.network))
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    found = []
    for t in range(1, plan.steps + 1):
        at = prop.run(theta, task.batch(e, t - 1))
        assert at.gradient is not None
        g = at.gradient
        before = float(np.linalg.norm(g))
        if e.clip == "value":
            g = g.clip(-e.clip_threshold, e.clip_threshold)
        elif e.clip == "norm":
            g = g * min(1.0, e.clip_threshold / before)
        after = float(np.linalg.norm(g))
        g = g + plan.l2 * theta
        if plan.optimizer == "adam":
            # As torch.optim.Adam's documentation has it, with its defaults.
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            change = (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        else:
            m = plan.momentum * m + g
            change = m
        theta = theta - plan.learning_rate * change
        found.append((at.loss, before, after, theta))
    return found


@pytest.mark.parametrize("clip", ["none", "norm", "value"])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize(
    "plan",
    [
        Plan(learning_rate=0.03, momentum=0.8, l2=0.01, steps=20),
        Plan(task="copy", optimizer="adam", learning_rate=0.01, l2=0.01, steps=20),
        Plan(task="adding", optimizer="adam", learning_rate=0.001, steps=20),
    ],
)
def test_twenty_updates_are_those_of_a_loop(cell: str, clip: str, plan: Plan) -> None:
    threshold = 0.05 if clip == "value" else 0.5
    e = attrs.evolve(BASE, cell=cell, width=7, depth=9, clip=clip, clip_threshold=threshold)
    trainer = Trainer(e, plan)
    state = trainer.begin()
    for loss, before, after, theta in by_hand(e, plan):
        old = state.theta
        state, step = trainer.step(state)
        assert step.loss == pytest.approx(loss, rel=1e-12)
        assert step.gradient_norm == pytest.approx(before, rel=1e-11)
        assert step.clipped_gradient_norm == pytest.approx(after, rel=1e-11)
        np.testing.assert_allclose(state.theta, theta, rtol=0, atol=1e-11 * np.abs(theta).max())
        moved = np.linalg.norm(state.theta - old) / np.linalg.norm(old)
        assert step.update_ratio == pytest.approx(moved, rel=1e-10)


#: θ after 1, 2 and 10 steps as printed by torch.optim.Adam 2.13.0 with lr 0.01, from 0.5, −2,
#: 0.001 and gradients 1/t, −3e-9·t, (−1)ᵗ·100; weight_decay → steps → θ.
PRINTED = {
    0.0: {
        1: (0.4900000001, -1.9976923076923077, 0.010999999999),
        2: (0.48067820382981613, -1.9945867003117816, 0.010473684209578952),
        10: (0.4228717375022402, -1.9517204725756816, 0.01645391567781374),
    },
    0.1: {
        1: (0.4900000000952381, -1.9900000005, 0.010999999998999997),
        2: (0.48061345562585933, -1.9800013389508677, 0.010473624211468342),
        10: (0.41999476375616834, -1.9001677715716498, 0.016452944293976337),
    },
}


@pytest.mark.parametrize("l2", PRINTED)
def test_adam_steps_as_torch_has_printed(l2: float) -> None:
    rules = rules_of(BASE, Plan(optimizer="adam", learning_rate=0.01, l2=l2), 0.0)
    begin = np.array([[0.5, -2.0, 1e-3]])
    vectors = tuple(fixed(one) for one in (begin, np.zeros((1, 3)), np.zeros((1, 3))))
    for t in range(1, 11):
        gradient = np.array([1.0 / t, -3e-9 * t, (-1.0) ** t * 100.0])
        moved = descent.step(rules, t - 1, vectors, gradient)
        vectors = moved.vectors
        if t in PRINTED[l2]:
            np.testing.assert_allclose(vectors[0][0], PRINTED[l2][t], rtol=1e-13)


def test_another_optimizer_begins_with_averages_of_its_own() -> None:
    sgd = Trainer(BASE, Plan(momentum=0.9))
    adam = Trainer(BASE, Plan(optimizer="adam", learning_rate=0.01))
    state, _ = sgd.step(sgd.begin())
    state, _ = sgd.step(state)
    turned, _ = adam.step(state)
    # Its first step is ±0.01 wherever the gradient is not tiny.
    moved = np.abs(turned.theta - state.theta)
    assert moved.max() == pytest.approx(0.01, rel=1e-6)
    assert np.median(moved) == pytest.approx(0.01, rel=1e-5)
    assert turned.averaged == 1
    back, _ = sgd.step(turned)
    fresh = attrs.evolve(
        turned, velocity=fixed(np.zeros(turned.theta.size)), squares=fixed(np.empty(0))
    )
    np.testing.assert_array_equal(back.theta, sgd.step(fresh)[0].theta)


def left_to_the_passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """At which update the kernel ended short, from now on."""
    counts: list[int] = []
    make = Updater.make

    def counting(self: Updater, *args: Any, **options: Any) -> Made:
        found = make(self, *args, **options)
        counts.append(found.updates)
        return found

    monkeypatch.setattr(Updater, "make", counting)
    return counts


@pytest.mark.parametrize(
    "net",
    [
        # The gradient at h_0 is over 1e100.
        {"activation": "identity", "radius": 50.0, "depth": 80, "start_rms": 1e-300,
         "drive_gain": 1e-300},
        # Slopes of tanh under 1e-290.
        {"drive_gain": 1e5},
        # States over 1e100, and under 1e-140.
        {"activation": "identity", "start_rms": 1e150},
        {"drive_gain": 0.0, "bias": 0.0, "start_rms": 1e-200},
    ],
)  # fmt: skip
def test_what_is_no_ordinary_size_is_left_to_the_passes(
    net: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    e, plan = attrs.evolve(BASE, **net), Plan(learning_rate=1e-3, momentum=0.5)
    trainer = Trainer(e, plan)
    state, task = trainer.begin(), TASKS["recall"]
    counts = left_to_the_passes(monkeypatch)
    after, step = trainer.step(state)
    assert counts == [0]
    expected: Pass = Backprop(e, task).run(state.theta, task.batch(e, 0))
    assert step.loss == expected.loss
    np.testing.assert_array_equal(step.hidden_log10, expected.hidden_log10)
    np.testing.assert_array_equal(step.gradient_log10, expected.gradient_log10)
    assert expected.gradient is not None
    np.testing.assert_array_equal(after.theta, state.theta - 1e-3 * expected.gradient)
    np.testing.assert_array_equal(after.velocity, expected.gradient)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_several_updates_at_once_are_those_one_by_one(
    optimizer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(optimizer=optimizer, learning_rate=0.05, momentum=0.0, steps=50)
    expected = [step.accuracy for step in train(BASE, plan)]
    counts = left_to_the_passes(monkeypatch)
    found = list(outcomes(BASE, plan))
    assert [one.accuracy for one in found] == expected
    assert len(set(expected)) > 2
    assert counts == [1, 2, 4, 8, 16, 16, 3]


def test_updates_that_the_kernel_leaves_come_in_their_places() -> None:
    """Too long a step throws tanh where its slope is no float64, and the next is the passes'."""
    plan = Plan(learning_rate=3e3, steps=40)
    e = attrs.evolve(BASE, width=8, batch=6)
    steps = list(train(e, plan))
    found = list(outcomes(e, plan))
    assert [one.accuracy for one in found] == [one.accuracy for one in steps]
    assert [one.trouble for one in found] == [one.trouble for one in steps]


def test_trouble_is_the_last_outcome() -> None:
    e = Experiment(width=4, depth=300, activation="identity", spectrum="identity", radius=30.0)
    (outcome,), (step,) = outcomes(e, Plan()), train(e, Plan())
    assert outcome.trouble is not None
    assert outcome.trouble == step.trouble


def test_long_updates_can_be_given_up_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are made by the passes, which ask between two pieces."""
    expected = [step.loss for step in train(BASE, Plan(steps=3))]
    monkeypatch.setattr(module, "_FLOPS_AT_ONCE", 1.0)
    counts = left_to_the_passes(monkeypatch)
    found = [step.loss for step in train(BASE, Plan(steps=3))]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert len(list(outcomes(BASE, Plan(steps=3)))) == 3
    assert counts == []


def test_squares_that_overflow_stop_adam() -> None:
    """A gradient of 1e180 is a float64, its square is not."""
    e = attrs.evolve(BASE, activation="identity", drive_gain=1e90, radius=0.0)
    plan = Plan(task="adding", optimizer="adam")
    *_, step = train(e, plan)
    assert step.trouble is not None
    assert math.isfinite(step.gradient_norm)
    assert step.trouble.words == "Adam's v of W grew past every float64"
    # SGD goes on from there.
    assert next(train(e, attrs.evolve(plan, optimizer="sgd", learning_rate=1e-300))).trouble is None


def test_runs_are_the_same_to_the_last_bit() -> None:
    for cell, optimizer in itertools.product(("rnn", "lstm", "gru"), ("sgd", "adam")):
        e, plan = attrs.evolve(BASE, cell=cell), Plan(optimizer=optimizer, steps=3)
        first, again = (list(train(e, plan)) for _ in range(2))
        assert [one.loss for one in first] == [one.loss for one in again]
        np.testing.assert_array_equal(first[-1].matrix, again[-1].matrix)
