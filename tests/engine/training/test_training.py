"""Training against a loop of its own, what it refuses, where it fails, and that it learns."""

from __future__ import annotations

import itertools
import math
import re
from typing import Any

import attrs
import numpy as np
import pytest

import tuisim
from tests.support.torch_nets import torch_loss
from tuisim.engine.base.stopping import StoppedError, stoppable
from tuisim.engine.training.parameters import draw_parameters
from tuisim.engine.training.tasks import TASKS
from tuisim.engine.training.training import State, Step, Trainer, train
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan, trainable

NET = Experiment(width=6, depth=8, batch=5, radius=1.0, bias=0.1, seed=4)
FAST = Plan(task="recall", learning_rate=0.7, momentum=0.8, l2=0.01, steps=25)


def last(steps: Any) -> Step:
    """The last of the steps."""
    *_, step = steps
    return step  # type: ignore[no-any-return]


def naive(e: Experiment, plan: Plan) -> list[tuple[float, float, float]]:
    """Loss and gradient norms of each update of a tanh rnn on recall, by loops over t."""
    net = tuisim.draw(e)
    task = TASKS["recall"]
    w, b, v, o, c = (
        np.array(one, float) for one in draw_parameters(e, task, net)._replace(
            inputs=draw_parameters(e, task, net).inputs.reshape(e.width, -1)
        )
    )  # fmt: skip
    parameters = [w, b, v, o, c]
    kept = [np.zeros_like(one) for one in parameters]
    found = []
    for update in range(plan.steps):
        batch = task.batch(e, update)
        h = [np.tile(net.start[0], (e.batch, 1))]
        for u in batch.inputs:
            h.append(np.tanh(h[-1] @ w.T + b + u @ v.T))
        y = h[-1] @ o.T + c
        p = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True)
        rows = np.arange(e.batch)
        loss = -np.log(p[rows, batch.targets[0]]).mean()
        p[rows, batch.targets[0]] -= 1
        p /= e.batch
        g = p @ o
        sums = [np.zeros_like(w), np.zeros_like(b), np.zeros_like(v), p.T @ h[-1], p.sum(axis=0)]
        for t in range(e.depth, 0, -1):
            delta = g * (1 - h[t] ** 2)
            sums[0] += delta.T @ h[t - 1]
            sums[1] += delta.sum(axis=0)
            sums[2] += delta.T @ batch.inputs[t - 1]
            g = delta @ w
        size = math.sqrt(sum((one**2).sum() for one in sums))
        if e.clip == "norm" and size > e.clip_threshold:
            sums = [one * e.clip_threshold / size for one in sums]
        elif e.clip == "value":
            sums = [np.clip(one, -e.clip_threshold, e.clip_threshold) for one in sums]
        after = math.sqrt(sum((one**2).sum() for one in sums))
        found.append((loss, size, after))
        for one, memory, gradient in zip(parameters, kept, sums, strict=True):
            memory *= plan.momentum
            memory += gradient + plan.l2 * one
            one -= plan.learning_rate * memory
    return found


@pytest.mark.parametrize("clip", ["none", "norm", "value"])
def test_every_step_is_that_of_a_loop(clip: str) -> None:
    e = attrs.evolve(NET, clip=clip, clip_threshold=0.05 if clip == "value" else 0.5)
    theirs = naive(e, FAST)
    ours = list(train(e, FAST))
    assert len(ours) == len(theirs) == FAST.steps
    clipped = 0
    for step, (loss, before, after) in zip(ours, theirs, strict=True):
        assert step.loss == pytest.approx(loss, rel=1e-9)
        assert step.gradient_norm == pytest.approx(before, rel=1e-9)
        assert step.clipped_gradient_norm == pytest.approx(after, rel=1e-9)
        clipped += after < before * (1 - 1e-12)
        assert step.clipped_share == clipped / (step.update + 1)
    assert (clipped > 0) == (clip != "none")


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_torch_trains_alike(optimizer: str) -> None:
    torch = pytest.importorskip("torch")
    for cell, task in itertools.product(("rnn", "lstm", "gru"), TASKS):
        e = attrs.evolve(NET, cell=cell, clip="value", clip_threshold=0.02)
        plan = attrs.evolve(FAST, task=task, learning_rate=0.3)
        if optimizer == "adam":
            adam = {"optimizer": "adam", "momentum": 0.0, "learning_rate": 0.001}
            plan = attrs.evolve(plan, **adam)
        net = tuisim.draw(e)
        drawn = draw_parameters(e, TASKS[task], net)
        if cell == "rnn":
            drawn = drawn._replace(inputs=drawn.inputs[0])
        p = [torch.tensor(np.array(one), requires_grad=True) for one in drawn]
        start = np.repeat(net.start[:1], e.batch, axis=0)
        shared: dict[str, Any] = {"lr": plan.learning_rate, "weight_decay": plan.l2}
        if optimizer == "adam":
            steps = torch.optim.Adam(p, **shared)
        else:
            steps = torch.optim.SGD(p, momentum=plan.momentum, **shared)
        for step in train(e, plan):
            steps.zero_grad()
            loss = torch_loss(torch, e, task, TASKS[task].batch(e, step.update), p, start)
            loss.backward()
            torch.nn.utils.clip_grad_value_(p, e.clip_threshold)
            assert step.loss == pytest.approx(loss.item(), rel=1e-9)
            np.testing.assert_allclose(
                step.matrix, (p[0] if cell == "rnn" else p[0][2]).detach(), rtol=0, atol=1e-9
            )
            steps.step()


def test_it_is_deterministic_and_every_option_counts() -> None:
    def end(e: Experiment, plan: Plan = FAST) -> float:
        return last(train(e, plan)).loss

    assert end(NET) == end(NET)
    others = [
        end(attrs.evolve(NET, seed=5)),
        end(attrs.evolve(NET, leak=0.5)),
        end(attrs.evolve(NET, drive_gain=0.5)),
        end(attrs.evolve(NET, start_rms=0.5)),
        end(attrs.evolve(NET, skip=3)),
        end(attrs.evolve(NET, norm="layer")),
        end(attrs.evolve(NET, cell="gru")),
        end(attrs.evolve(NET, cell="lstm")),
        end(attrs.evolve(NET, cell="lstm", forget_bias=0.0)),
        end(NET, attrs.evolve(FAST, momentum=0.7)),
        end(NET, attrs.evolve(FAST, momentum=0.0, optimizer="adam")),
        end(NET, attrs.evolve(FAST, l2=0.02)),
        end(NET, attrs.evolve(FAST, learning_rate=0.6)),
    ]
    assert len({end(NET), *others}) == len(others) + 1


def test_what_a_step_says_of_the_matrix() -> None:
    for cell in ("rnn", "lstm"):
        step = last(train(attrs.evolve(NET, cell=cell), FAST))
        values = np.linalg.eigvals(step.matrix)
        assert step.spectral_radius == pytest.approx(np.abs(values).max(), rel=1e-12)
        assert step.largest_singular_value == pytest.approx(
            np.linalg.svd(step.matrix, compute_uv=False)[0], rel=1e-12
        )
    first = next(train(NET, FAST))
    np.testing.assert_array_equal(first.matrix, tuisim.draw(NET).weights)
    # Numbers whose squares are past float64.
    huge = attrs.evolve(first, parameters=first.parameters._replace(weights=1e300 * first.matrix))
    assert huge.largest_singular_value == pytest.approx(1e300, rel=1e-9)
    assert huge.spectral_radius == pytest.approx(1e300, rel=1e-9)


def test_a_state_is_all_that_goes_on() -> None:
    """The same state goes on the same way, in another trainer, however often."""
    trainer = Trainer(NET, FAST)
    state = trainer.begin()
    for _ in range(7):
        state, _ = trainer.step(state)
    kept = state
    assert kept.update == 7
    for _ in range(5):
        state, step = trainer.step(state)
    other = Trainer(NET, FAST)
    again = kept
    for _ in range(5):
        again, repeated = other.step(again)
    np.testing.assert_array_equal(again.theta, state.theta)
    assert repeated.loss == step.loss
    with pytest.raises(ValueError, match="read-only"):
        state.theta[0] = 1.0


@pytest.mark.parametrize(
    ("changes", "plan", "words"),
    [
        ({"tied": False}, {}, "tied: got False, allowed: True (what is trained is one W"),
        ({"drive": "sine"}, {}, "drive: got 'sine', allowed: 'none' (the input is the task's)"),
        ({"members": 3}, {}, "members: got 3, allowed: 1 (one net is trained at a time"),
        ({"depth": 1}, {"task": "adding"}, "depth: got 1, allowed: at least 2 for the task adding"),
        ({"depth": 2}, {"task": "copy"}, "depth: got 2, allowed: at least 3 for the task copy"),
        ({"width": 2048, "depth": 100_000, "batch": 64}, {}, "budget: the run takes"),
    ],
)
def test_what_cannot_be_trained_is_refused_at_once(
    changes: dict[str, Any], plan: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(words)}"):
        train(attrs.evolve(NET, **changes), Plan(**plan))


def test_the_nearest_that_can_be_trained() -> None:
    asked = attrs.evolve(NET, tied=False, drive="noise", members=4)
    found, notes = trainable(asked)
    assert found == NET
    assert len(notes) == 3
    assert trainable(NET) == (NET, ())


# Trouble.


def test_a_state_that_overflows_stops_it() -> None:
    """A linear net of radius 30: h_t passes 1.8e308 at a step that can be told beforehand."""
    e = Experiment(
        width=4, depth=300, activation="identity", spectrum="identity", radius=30.0, drive_gain=0.0
    )
    (step,) = train(e, Plan())
    room = np.finfo(float).max / np.linalg.norm(tuisim.draw(e).start)
    overflow = math.ceil(math.log(room) / math.log(30))
    assert step.trouble is not None
    assert (step.trouble.array, step.trouble.value, step.trouble.t) == ("h_t", "inf", overflow)
    assert step.trouble.words == f"h_t grew past every float64 at t = {overflow}"
    assert math.isnan(step.loss)
    assert math.isnan(step.gradient_norm)


def test_a_gradient_that_overflows_stops_it() -> None:
    """States start so small that they stay finite, while a step back multiplies by 50."""
    e = Experiment(
        width=3,
        depth=200,
        activation="identity",
        spectrum="identity",
        radius=50.0,
        start_rms=1e-300,
        drive_gain=1e-200,
    )
    step = last(train(e, Plan()))
    assert step.trouble is not None
    assert (step.trouble.array, step.trouble.value) == ("∂L/∂h_t", "inf")
    # Its norm at T, and fifty times that a step back.
    back = (np.log10(np.finfo(float).max) - step.gradient_log10[-1]) / math.log10(50)
    assert step.trouble.t == 200 - math.ceil(back)
    assert step.trouble.words.endswith(f"on its way back at t = {step.trouble.t}")


def test_parameters_that_overflow_stop_it_and_are_named() -> None:
    """Weight decay multiplies by l2·learning_rate = 1e310; what is exactly 0 stays finite."""
    (step,) = train(NET, Plan(l2=1e155, learning_rate=1e155))
    assert step.trouble is not None
    assert (step.trouble.array, step.trouble.value, step.trouble.t) == ("W", "inf", None)
    assert step.trouble.words == "W grew past every float64"


def test_a_loss_that_overflows_stops_it() -> None:
    """Outputs of 1e200 are finite, their squares are not."""
    e = attrs.evolve(NET, activation="identity", drive_gain=1e200)
    step = last(train(e, Plan(task="adding")))
    assert step.trouble is not None
    assert (step.trouble.array, step.trouble.value) == ("loss", "inf")


def test_a_sum_over_the_steps_that_overflows_stops_it() -> None:
    """A state of 1e307 that stays: each step's share of ∂L/∂W is finite, two thousand are not."""
    e = Experiment(
        width=4,
        depth=2000,
        activation="identity",
        spectrum="identity",
        radius=1.0,
        start_rms=1e307,
        drive_gain=1e-9,
    )
    step = last(train(e, Plan()))
    assert step.trouble is not None
    assert (step.trouble.array, step.trouble.value) == ("∂L/∂W", "inf")
    assert np.isfinite(step.gradient_log10).all()


def test_trouble_leaves_the_state_as_it_was() -> None:
    e = Experiment(width=4, depth=300, activation="identity", spectrum="identity", radius=30.0)
    trainer = Trainer(e, Plan())
    state = trainer.begin()
    after, step = trainer.step(state)
    assert step.trouble is not None
    assert after is state


def test_a_jump_of_the_loss_is_an_overshoot() -> None:
    trainer = Trainer(NET, Plan())
    begin = trainer.begin()
    _, step = trainer.step(begin)
    assert not step.overshoot
    for factor, expected in ((9.9, False), (10.1, True)):
        losses = (step.loss / factor,) * 10
        state = State(begin.update, begin.theta, begin.velocity, 0, losses)
        assert trainer.step(state)[1].overshoot is expected
    # The noise of a task that is solved.
    solved = Trainer(NET, Plan(task="adding"))
    start = solved.begin()
    quiet = np.zeros_like(start.theta)
    quiet[-1] = 0.5
    _, found = solved.step(State(0, quiet, start.velocity, 0, (1e-9,) * 10))
    assert found.overshoot is (found.loss > TASKS["adding"].chance_loss / 10)


def test_it_can_be_given_up() -> None:
    asked = iter([False] * 4 + [True] * 100)
    found = []
    with stoppable(lambda: next(asked)), pytest.raises(StoppedError):
        found.extend(train(NET, FAST))


# Learning.


def mean_accuracy(e: Experiment, plan: Plan, newest: int = 50) -> float:
    return float(np.mean([step.accuracy for step in train(e, plan)][-newest:]))


def test_a_net_that_can_remember_learns_to() -> None:
    e = Experiment(width=16, depth=10, batch=16, radius=1.0, clip="norm")
    assert mean_accuracy(e, Plan(learning_rate=0.5, steps=500)) > 0.9


def test_a_vanishing_net_stays_at_chance_level() -> None:
    e = Experiment(width=16, depth=60, batch=16, radius=0.5, clip="norm")
    chance = TASKS["recall"].chance_accuracy
    assert mean_accuracy(e, Plan(learning_rate=0.5, steps=300), 200) < chance + 0.05


def test_an_lstm_learns_to_add() -> None:
    e = Experiment(width=16, depth=10, batch=16, cell="lstm", clip="norm", drive_gain=0.5)
    plan = Plan(task="adding", learning_rate=0.2, momentum=0.9, steps=600)
    losses = [step.loss for step in train(e, plan)]
    assert np.mean(losses[-50:]) < 0.25 * TASKS["adding"].chance_loss
