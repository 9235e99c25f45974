"""Gradients against central differences of the loss: at each node h_t, at W, and end to end."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from tests.support.torch_nets import torch_activation
from tests.support.twin import Twin
from tuisim.engine.cells.network import Network, draw
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import ACTIVATIONS, Experiment

BASE = Experiment(
    width=3, depth=4, radius=1.2, bias=0.4, batch=4, drive="noise", spectrum="gaussian", seed=5
)

#: Every path that a gradient can take, alone and together.
PATHS: dict[str, dict[str, object]] = {
    "plain": {"bias": 0.0, "drive": "none", "batch": 1},
    "bias and drive": {},
    "untied": {"tied": False},
    "leak": {"leak": 0.3},
    "residual": {"residual": 0.7},
    "carry cancelled": {"leak": 1.0, "residual": 0.0},
    "skip": {"skip": 2},
    "skip past the start": {"skip": 4, "skip_share": 0.75},
    "skip alone": {"skip": 3, "skip_share": 1.0},
    "skip that takes nothing": {"skip": 2, "skip_share": 0.0},
    "batch norm": {"norm": "batch"},
    "layer norm": {"norm": "layer", "batch": 2},
    "layer norm with all else": {
        "norm": "layer",
        "batch": 2,
        "leak": 0.6,
        "residual": 0.5,
        "skip": 2,
        "tied": False,
    },
    "batch norm with all else": {
        "norm": "batch",
        "leak": 0.6,
        "residual": 0.5,
        "skip": 3,
        "skip_share": 0.25,
        "tied": False,
    },
}


def check_nodes(experiment: Experiment) -> None:
    run = simulate(experiment)
    twin = Twin(experiment, run.networks[0])
    for t in range(experiment.depth + 1):
        size = max(np.linalg.norm(run.gradients[0, t]), 1e-12)
        for row in range(experiment.batch):
            for unit in range(experiment.width):
                difference = float(twin.node_difference(t, row, unit))
                ours = run.gradients[0, t, row, unit]
                assert abs(ours - difference) <= 1e-10 * size, (t, row, unit)


@pytest.mark.parametrize("path", PATHS)
def test_node_gradients_are_differences_of_the_loss(path: str) -> None:
    check_nodes(attrs.evolve(BASE, **PATHS[path]))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_node_gradients_through_every_activation(activation: str) -> None:
    check_nodes(
        attrs.evolve(BASE, activation=activation, batch=1, width=4, leak=0.8, skip=2, residual=0.3)
    )


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("path", ["plain", "skip", "batch norm", "layer norm", "leak"])
def test_weight_gradients_are_differences_of_the_loss(path: str, tied: bool) -> None:
    experiment = attrs.evolve(BASE, **(PATHS[path] | {"tied": tied}))
    run = simulate(experiment)
    twin = Twin(experiment, run.networks[0])
    n, steps = experiment.width, [0] if tied else range(experiment.depth)
    by_difference = np.array(
        [
            [[float(twin.weight_difference(i, j, t)) for j in range(n)] for i in range(n)]
            for t in steps
        ]
    )
    whole = np.linalg.norm(by_difference)
    assert run.weight_gradient_norm[0] == pytest.approx(whole, rel=1e-10)
    if not tied:
        shares = 10 ** run.weight_gradient_log10[0]
        np.testing.assert_allclose(shares, np.linalg.norm(by_difference, axis=(1, 2)), rtol=1e-10)


def loss(experiment: Experiment, network: Network) -> float:
    return float((network.probe * simulate(experiment, [network]).states[0, -1]).sum())


@pytest.mark.parametrize("path", PATHS)
def test_the_simulation_agrees_with_differences_of_itself(path: str) -> None:
    """Without the twin: h_0 and W moved in the Network, the loss taken from the Run."""
    experiment = attrs.evolve(BASE, **(PATHS[path] | {"tied": True}))
    network = draw(experiment)
    run = simulate(experiment, [network])
    rng, step = np.random.default_rng(0), 1e-5
    for name in ("start", "weights"):
        array = getattr(network, name)
        direction = rng.standard_normal(array.shape)
        ends = [
            loss(experiment, attrs.evolve(network, **{name: array + sign * step * direction}))
            for sign in (1, -1)
        ]
        difference = (ends[0] - ends[1]) / (2 * step)
        if name == "start":
            slope = float((run.gradients[0, 0] * direction).sum())
            assert slope == pytest.approx(difference, rel=1e-6, abs=1e-8)
        else:
            # By Cauchy and Schwarz no direction is steeper than the whole gradient.
            assert abs(difference) <= run.weight_gradient_norm[0] * np.linalg.norm(direction)
            assert difference != 0


def test_the_probe_is_the_gradient_at_the_end() -> None:
    run = simulate(BASE)
    np.testing.assert_array_equal(run.gradients[0, -1], run.networks[0].probe)
    assert np.linalg.norm(run.networks[0].probe) == pytest.approx(1, rel=1e-15)
    assert run.gradient_log10[0, -1] == pytest.approx(0, abs=1e-15)


def test_autograd_agrees() -> None:
    """The same graph in PyTorch, where it is installed."""
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    for activation in ACTIVATIONS:
        phi = torch_activation(torch, activation)
        e = attrs.evolve(
            BASE, width=7, depth=9, activation=activation, norm="batch", skip=3, leak=0.7
        )
        run = simulate(e)
        network = run.networks[0]
        weights = torch.tensor(network.weights, requires_grad=True)
        bias, drive = torch.tensor(network.bias), torch.tensor(network.drive)
        h = [torch.tensor(network.start, requires_grad=True)]
        for t in range(1, e.depth + 1):
            s = (1 - e.skip_share) * h[t - 1] + e.skip_share * h[max(t - e.skip, 0)]
            a = functional.batch_norm(
                s @ weights.T + bias + drive[t - 1], None, None, training=True, eps=1e-12
            )
            h.append((1 - e.leak) * h[t - 1] + e.leak * phi(a))
            h[-1].retain_grad()
        (torch.tensor(network.probe) * h[-1]).sum().backward()
        for t, node in enumerate(h):
            np.testing.assert_allclose(run.states[0, t], node.detach().numpy(), rtol=0, atol=1e-12)
            np.testing.assert_allclose(run.gradients[0, t], node.grad.numpy(), rtol=0, atol=1e-10)
        assert run.weight_gradient_norm[0] == pytest.approx(float(weights.grad.norm()), rel=1e-10)
