"""The tasks: what is asked, from what, and what guessing earns."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest

from tuisim.engine.training.tasks import TASKS, Task
from tuisim.values.experiment import Experiment
from tuisim.values.plan import TASKS as NAMES

MANY = Experiment(batch=4096, depth=12, seed=2)


def constant(task: Task, batch_targets: np.ndarray, output: np.ndarray):  # type: ignore[no-untyped-def]
    """What an output that ignores the input earns."""
    shape = (*batch_targets.shape[:2], task.outputs)
    return task.judge(np.broadcast_to(output, shape).copy(), batch_targets)


def test_every_task_has_its_entry() -> None:
    assert tuple(TASKS) == NAMES
    assert [task.name for task in TASKS.values()] == [*TASKS]


@pytest.mark.parametrize("name", TASKS)
def test_a_batch_is_of_its_seed_and_update_alone(name: str) -> None:
    task = TASKS[name]
    one, again = task.batch(MANY, 3), task.batch(attrs.evolve(MANY, cell="gru", width=5), 3)
    np.testing.assert_array_equal(one.inputs, again.inputs)
    np.testing.assert_array_equal(one.targets, again.targets)
    assert one.inputs.shape == (12, 4096, task.channels)
    for other in (task.batch(MANY, 4), task.batch(attrs.evolve(MANY, seed=3), 3)):
        assert not np.array_equal(one.targets, other.targets)


@pytest.mark.parametrize("name", ["recall", "copy"])
def test_guessing_a_class(name: str) -> None:
    task = TASKS[name]
    batch = task.batch(MANY, 0)
    judged = constant(task, batch.targets, np.zeros(task.outputs))
    assert judged.loss == pytest.approx(task.chance_loss, rel=1e-12)
    for answer in range(task.outputs):
        judged = constant(task, batch.targets, np.eye(task.outputs)[answer])
        deviation = math.sqrt(task.chance_accuracy / batch.targets.size)
        assert judged.accuracy == pytest.approx(task.chance_accuracy, abs=4 * deviation)


def test_guessing_a_sum() -> None:
    task = TASKS["adding"]
    targets = task.batch(attrs.evolve(MANY, depth=40), 0).targets
    judged = constant(task, targets, np.array([0.5]))
    assert judged.loss == pytest.approx(task.chance_loss, rel=0.08)
    assert judged.accuracy == pytest.approx(task.chance_accuracy, abs=4 * math.sqrt(0.13 / 4096))
    # The closed forms, by adding up over a grid of both numbers.
    x = (np.arange(4000) + 0.5) / 2000 - 1
    sums = x[:, np.newaxis] + x
    assert task.chance_loss == pytest.approx(float((sums**2).mean()) / 16, rel=1e-6)
    assert task.chance_accuracy == pytest.approx(float((np.abs(sums) < 0.16).mean()), abs=1e-4)
    for other in (0.45, 0.55):
        assert constant(task, targets, np.array([other])).loss > judged.loss


def test_recall_shows_the_class_first_and_noise_afterwards() -> None:
    batch = TASKS["recall"].batch(MANY, 1)
    np.testing.assert_array_equal(batch.inputs[0].argmax(axis=1), batch.targets[0])
    assert set(np.unique(batch.inputs[0])) == {0.0, 1.0}
    noise = batch.inputs[1:]
    assert noise.std() == pytest.approx(0.2, rel=0.01)
    assert abs(noise.mean()) < 0.002
    # Nothing of the class is in what comes after.
    per_class = [noise[:, batch.targets[0] == one].mean() for one in range(4)]
    assert np.ptp(per_class) < 0.005


def test_adding_asks_for_the_marked_numbers() -> None:
    batch = TASKS["adding"].batch(attrs.evolve(MANY, depth=11), 1)
    numbers, marks = batch.inputs[..., 0], batch.inputs[..., 1]
    np.testing.assert_array_equal(marks[:5].sum(axis=0), 1)
    np.testing.assert_array_equal(marks[5:].sum(axis=0), 1)
    np.testing.assert_allclose(
        batch.targets[0, :, 0], 0.5 + (numbers * marks).sum(axis=0) / 4, rtol=0, atol=1e-15
    )
    assert numbers.min() >= -1
    assert numbers.max() <= 1
    # Every place is marked as often as the others of its half.
    assert marks[:5].mean(axis=1) == pytest.approx(1 / 5, abs=0.03)
    assert marks[5:].mean(axis=1) == pytest.approx(1 / 6, abs=0.03)


@pytest.mark.parametrize(("depth", "count"), [(3, 1), (4, 1), (5, 2), (11, 5), (12, 5), (60, 5)])
def test_copy_shows_symbols_blanks_and_the_sign(depth: int, count: int) -> None:
    batch = TASKS["copy"].batch(Experiment(batch=50, depth=depth), 0)
    assert batch.asked == count
    np.testing.assert_array_equal(batch.inputs.sum(axis=2), 1)
    shown = batch.inputs.argmax(axis=2)
    np.testing.assert_array_equal(shown[:count], batch.targets)
    sign = depth - count - 1
    assert (shown[sign] == 9).all()
    rest = np.delete(shown[count:], sign - count, axis=0)
    assert (rest == 8).all()


@pytest.mark.parametrize("name", TASKS)
def test_the_gradient_of_the_loss_is_its_difference(name: str) -> None:
    task = TASKS[name]
    batch = task.batch(Experiment(batch=3, depth=8), 0)
    outputs = np.random.default_rng(0).standard_normal((batch.asked, 3, task.outputs))
    gradient = task.judge(outputs, batch.targets).gradient
    for place in np.ndindex(*outputs.shape):
        ends = []
        for sign in (1, -1):
            moved = outputs.copy()
            moved[place] += sign * 1e-5
            ends.append(task.judge(moved, batch.targets).loss)
        assert gradient[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, abs=1e-9)


def test_logits_far_apart() -> None:
    task = TASKS["recall"]
    targets = np.array([[0, 1]])
    judged = task.judge(np.array([[[1e3, 0, 0, 0], [1e3, 0, 0, 0]]], float), targets)
    assert judged.loss == pytest.approx(500, rel=1e-15)
    assert judged.accuracy == 0.5
    np.testing.assert_allclose(judged.gradient[0, 0], 0, atol=1e-300)
    np.testing.assert_allclose(judged.gradient[0, 1], [0.5, -0.5, 0, 0], atol=1e-15)
