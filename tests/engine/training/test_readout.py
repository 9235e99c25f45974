"""Echo state networks: a readout of least squares and the share of them that succeed."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
import pytest

import tuisim
from tuisim.engine.training.parameters import draw_parameters
from tuisim.engine.training.success import Trial, readout_accuracy, success
from tuisim.engine.training.tasks import TASKS
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

PLAN = Plan(learning_rate=0.5, steps=400)

ECHO = Experiment(width=12, depth=4, batch=20, spectrum="reservoir", bias=0.2, drive_gain=0.1)


def fitted_by_hand(e: Experiment, plan: Plan, count: int) -> float:
    """The accuracy of least squares on the states of a loop over t, on 1000 sequences after it."""
    task, net = TASKS[plan.task], tuisim.draw(e)
    drawn = draw_parameters(e, task, net)
    v = drawn.inputs.reshape(e.width, -1)

    def seen(update: int) -> tuple[Any, Any]:
        batch = task.batch(e, update)
        h, rows = np.tile(net.start[0], (e.batch, 1)), []
        for u in batch.inputs:
            h = np.tanh(h @ net.weights.T + net.bias + u @ v.T)
            rows.append(np.hstack([h, np.ones((e.batch, 1))]))
        return np.concatenate(rows[-batch.asked :]), batch.targets

    def numbers(targets: Any) -> Any:
        if plan.task == "adding":
            return targets[..., 0].ravel()[:, None]
        return (targets.ravel()[:, None] == np.arange(task.outputs)).astype(float)

    pairs = [seen(update) for update in range(count)]
    learned = np.concatenate([rows for rows, _ in pairs])
    wanted = np.concatenate([numbers(targets) for _, targets in pairs])
    solution = np.linalg.lstsq(learned, wanted, rcond=None)[0]
    right = []
    for update in range(count, count + 1000 // e.batch):
        rows, targets = seen(update)
        outputs = rows @ solution
        if plan.task == "adding":
            right.append(np.abs(outputs[:, 0] - targets.ravel()) < 0.04)
        else:
            right.append(outputs.argmax(axis=1) == targets.ravel())
    return float(np.mean(right))


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("steps", [50, 2000])
def test_the_readout_is_that_of_least_squares(task: str, steps: int) -> None:
    plan = Plan(task=task, steps=steps)
    for seed in range(3):
        e = attrs.evolve(ECHO, seed=seed)
        expected = fitted_by_hand(e, plan, min(steps, 200))
        assert readout_accuracy(e, plan) == pytest.approx(expected, abs=1e-12)


def test_a_readout_alone_succeeds_where_nine_of_ten_are_right() -> None:
    e = attrs.evolve(ECHO, members=6)
    each = [readout_accuracy(attrs.evolve(e, members=1, seed=m), PLAN) for m in range(6)]
    k = sum(one >= 0.9 for one in each)
    assert 0 < k < 6
    assert success(Trial(e, PLAN, readout_only=True)) == k / 6


def test_states_that_leave_float64_cannot_be_read() -> None:
    e = attrs.evolve(ECHO, activation="identity", radius=30.0, depth=300, bias=0.0)
    assert math.isnan(readout_accuracy(e, PLAN))
    assert success(Trial(e, PLAN, readout_only=True)) == 0.0
