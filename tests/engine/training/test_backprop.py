"""The gradient of a task's loss in every parameter: 50-digit differences, and PyTorch's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support import toy
from tests.support.gated_twin import GatedTwin
from tests.support.torch_nets import torch_loss
from tests.support.trained_nets import BASE, NETS, passes
from tests.support.twin import Twin, exact, mp
from tuisim.engine.base.memo import Array
from tuisim.engine.training.backprop import Backprop
from tuisim.engine.training.parameters import NAMES, Parameters
from tuisim.engine.training.tasks import TASKS, Batch
from tuisim.values.experiment import ACTIVATIONS, Experiment

STEP = mp.mpf(10) ** -18


@pytest.fixture(scope="module", autouse=True)
def a_cell_of_one_line() -> Iterator[None]:
    with toy.known():
        yield


def twin_of(experiment: Experiment, prop: Backprop) -> Any:
    """A twin, whose arrays are put in anew for each loss."""
    return (Twin if experiment.cell == "rnn" else GatedTwin)(experiment, prop.network)


def exact_loss(twin: Any, task: str, batch: Batch, p: Parameters, start: Any) -> Any:
    """The loss in 50 digits, from a twin with these parameters and this start, of mpf."""
    e = twin.experiment
    twin.weights, twin.bias = [p.weights] * e.depth, [p.bias] * e.depth
    rows = exact(batch.inputs)
    if e.cell != "rnn":
        twin.drive = [np.array([u.dot(w.T) for w in p.inputs]) for u in rows]
        h = start
        c = 0 * h if e.cell == "lstm" else None
        states = []
        for t in range(1, e.depth + 1):
            h, c = twin.step(h, c, t)
            states.append(h)
    else:
        twin.drive = [u.dot(p.inputs.T) for u in rows]
        states = twin.forward([start])[1:]
    outputs = [h.dot(p.outputs.T) + p.output_bias for h in states[-batch.asked :]]
    total = mp.mpf(0)
    for y, wanted in zip(outputs, batch.targets, strict=True):
        for row, target in zip(y, wanted, strict=True):
            if task == "adding":
                total += (row[0] - mp.mpf(float(target[0]))) ** 2
            else:
                total += mp.log(mp.fsum(mp.exp(x) for x in row)) - row[int(target)]
    return total / (batch.asked * e.batch)


def differences(task: str, prop: Backprop, theta: Array, batch: Batch) -> tuple[float, Array]:
    """The loss, and its derivative in every entry of θ by central differences."""
    e = prop.experiment
    twin = twin_of(e, prop)
    start = exact(np.repeat(prop.network.start[:1], e.batch, axis=0))

    def loss(vector: Any) -> Any:
        return exact_loss(twin, task, batch, prop.layout.split(vector), start)

    whole = exact(theta)
    slopes = []
    for place in range(theta.size):
        ends = []
        for sign in (1, -1):
            moved = whole.copy()
            moved[place] += sign * STEP
            ends.append(loss(moved))
        slopes.append(float((ends[0] - ends[1]) / (2 * STEP)))
    return float(loss(whole)), np.array(slopes)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("net", NETS)
def test_gradients_are_differences_of_the_loss(net: str, task: str) -> None:
    experiment = attrs.evolve(BASE, **NETS[net])
    prop, theta, batch = passes(experiment, task)
    found = prop.run(theta, batch)
    loss, slopes = differences(task, prop, theta, batch)
    assert found.loss == pytest.approx(loss, rel=1e-13)
    assert found.gradient is not None
    scale = np.linalg.norm(slopes)
    parts = prop.layout.split(found.gradient), prop.layout.split(slopes)
    for name, ours, theirs in zip(NAMES, *parts, strict=True):
        # Batch norm takes b out again: that gradient is nothing but rounding.
        size = scale if experiment.norm == "batch" else max(np.linalg.norm(theirs), 1e-3 * scale)
        assert np.linalg.norm(ours - theirs) <= 1e-12 * size, name


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("net", [name for name in NETS if name != "toy"])
def test_states_are_those_that_the_loss_is_of(net: str, task: str) -> None:
    experiment = attrs.evolve(BASE, **NETS[net])
    prop, theta, batch = passes(experiment, task)
    states, p = prop.states(theta, batch), prop.layout.split(theta)
    assert states.shape == (batch.asked, experiment.batch, experiment.width)
    outputs = np.einsum("kbn,on->kbo", states, p.outputs) + p.output_bias
    loss = TASKS[task].judge(outputs, batch.targets).loss
    assert loss == pytest.approx(prop.run(theta, batch).loss, rel=1e-13)
    # What comes after another pass in the same buffers does not change what was given.
    kept = states.copy()
    prop.states(theta, TASKS[task].batch(experiment, 12))
    np.testing.assert_array_equal(states, kept)


@pytest.mark.parametrize("net", ["plain", "skip", "lstm", "gru"])
def test_the_gradient_over_t_is_that_of_the_whole_loss(net: str) -> None:
    """Copy's loss enters at several states: what goes back from each adds up at h_0."""
    experiment = attrs.evolve(BASE, **(NETS[net] | {"depth": 9}))
    prop, theta, batch = passes(experiment, "copy")
    found = prop.run(theta, batch)
    twin = twin_of(experiment, prop)
    start = np.repeat(prop.network.start[:1], experiment.batch, axis=0)
    p = Parameters(*(exact(one) for one in prop.layout.split(theta)))
    slopes = np.empty(start.shape)
    for place in np.ndindex(*start.shape):
        ends = []
        for sign in (1, -1):
            moved = exact(start)
            moved[place] += sign * STEP
            ends.append(exact_loss(twin, "copy", batch, p, moved))
        slopes[place] = float((ends[0] - ends[1]) / (2 * STEP))
    assert found.gradient_log10[0] == pytest.approx(np.log10(np.linalg.norm(slopes)), abs=1e-11)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "toy"])
def test_a_part_of_the_gradient_is_added_on_any_scale(cell: str) -> None:
    """Parts far smaller and far larger than what comes back, and none at all."""
    e = attrs.evolve(BASE, cell=cell, depth=4)
    prop = Backprop(e, TASKS["copy"])
    kind, buffers, size = prop._cell, prop._buffers, e.batch * e.width
    rng = np.random.default_rng(1)
    for come, part in ((-900, 1.0), (900, 1.0), (0, 1e-200), (3, 0.0), (2000, 1e300)):
        row, own = rng.standard_normal(size), part * rng.standard_normal(size)
        buffers.gradients[2], buffers.gradient_exponents[2] = row, come
        kind.add_gradient(own, 2, buffers)
        whole = exact(row) * mp.mpf(2) ** come + exact(own)
        got = exact(buffers.gradients[2]) * mp.mpf(2) ** int(buffers.gradient_exponents[2])
        size_of = mp.sqrt(mp.fsum(x * x for x in whole))
        assert max(abs(x) for x in got - whole) <= 1e-15 * size_of
        assert buffers.gradient_log10[2] == pytest.approx(float(mp.log10(size_of)), abs=1e-12)
    buffers.gradients[2], buffers.gradient_exponents[2] = 0.0, 1500.0
    kind.add_gradient(np.full(size, 2.0**-600), 2, buffers)
    assert buffers.gradient_log10[2] == pytest.approx(-600 * np.log10(2) + np.log10(size) / 2)
    assert buffers.gradients[2].all()


# PyTorch, where it is installed.


TORCH_NETS: dict[str, dict[str, Any]] = {
    **{one: {"activation": one} for one in ACTIVATIONS},
    "leak and residual": {"leak": 0.6, "residual": 0.3},
    "skip": {"skip": 3, "skip_share": 0.3},
    "batch norm": {"norm": "batch"},
    "layer norm and skip": {"norm": "layer", "skip": 5, "leak": 0.7},
    "lstm": {"cell": "lstm"},
    "lstm of relu": {"cell": "lstm", "activation": "relu"},
    "gru": {"cell": "gru"},
    "gru of elu": {"cell": "gru", "activation": "elu"},
}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("net", TORCH_NETS)
def test_autograd_agrees(net: str, task: str) -> None:
    torch = pytest.importorskip("torch")
    e = attrs.evolve(BASE, width=9, depth=30, batch=5, **TORCH_NETS[net])
    prop, theta, batch = passes(e, task)
    found = prop.run(theta, batch)
    p = [torch.tensor(np.array(one), requires_grad=True) for one in prop.layout.split(theta)]
    start = np.repeat(prop.network.start[:1], e.batch, axis=0)
    loss = torch_loss(torch, e, task, batch, p, start)
    loss.backward()
    assert found.loss == pytest.approx(loss.item(), rel=1e-11)
    assert found.gradient is not None
    whole = np.concatenate([one.grad.numpy().ravel() for one in p])
    # Batch norm takes b out again: that gradient is nothing but rounding.
    np.testing.assert_allclose(found.gradient, whole, rtol=0, atol=1e-9 * np.abs(whole).max())
