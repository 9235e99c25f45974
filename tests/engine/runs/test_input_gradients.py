"""∂L/∂x_t against differences of the loss over what is heard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tuisim import Experiment, simulate
from tuisim.engine.cells.beyond.common import steps_beyond
from tuisim.engine.cells.network import Network, draw
from tuisim.engine.runs.run import member_buffers
from tuisim.engine.trained.layer import Layer
from tuisim.engine.trained.reading import read_layers

STEP = 1e-5
MODELS = Path(__file__).parents[2] / "data" / "models"


def loss(e: Experiment, network: Network) -> float:
    return float((network.probe * simulate(e, (network,)).states[0, -1]).sum())


def differences(e: Experiment, network: Network, far: float = STEP) -> Any:
    """∂L/∂drive, of its shape."""
    found = np.empty(network.drive.shape)
    for place in np.ndindex(found.shape):
        sides = []
        for step in (far, -far):
            drive = network.drive.copy()
            drive[place] += step
            sides.append(loss(e, attrs.evolve(network, drive=drive)))
        found[place] = (sides[0] - sides[1]) / (2 * far)
    return found


def norms_by_step(gradient: Any) -> Any:
    return np.sqrt((gradient**2).reshape(len(gradient), -1).sum(axis=1))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"leak": 0.3, "residual": 0.2, "activation": "softplus"},
        {"skip": 2, "activation": "gelu"},
        {"norm": "layer"},
        {"norm": "batch", "batch": 4},
        {"tied": False, "batch": 2, "drive": "sine"},
        {"cell": "lstm", "batch": 2},
        {"cell": "gru", "batch": 2},
        {"cell": "gru", "tied": False, "drive": "impulse"},
    ],
    ids=str,
)
def test_of_a_drive(fields: dict[str, Any]) -> None:
    e = Experiment(**{"width": 3, "depth": 4, "drive": "noise", "bias": 0.3, **fields})
    run = simulate(e)
    wanted = norms_by_step(differences(e, run.networks[0]))
    assert run.input_gradient_log10 is not None
    assert run.input_gradient_log10.shape == (1, 4)
    np.testing.assert_allclose(10 ** run.input_gradient_log10[0], wanted, rtol=1e-7)


@pytest.mark.parametrize("file", ["checkpoint.pt", "keras3.keras", "exported_gru.onnx"])
def test_of_what_a_trained_layer_reads(file: str, tmp_path: Path) -> None:
    layers = {one.cell: one for one in read_layers(MODELS / file) if not (one.refused or one.below)}
    assert layers
    for layer in layers.values():
        signal = np.random.default_rng(1).normal(size=(3, 1, layer.input_width))

        def loss_of(values: Any, layer: Layer = layer) -> float:
            np.save(tmp_path / "x.npy", values)
            e = layer.experiment(input=str(tmp_path / "x.npy"), depth=3)
            return loss(e, draw(e))

        wanted = np.empty(signal.shape)
        for place in np.ndindex(signal.shape):
            moved = np.zeros(signal.shape)
            moved[place] = STEP
            wanted[place] = (loss_of(signal + moved) - loss_of(signal - moved)) / (2 * STEP)
        np.save(tmp_path / "x.npy", signal)
        run = simulate(layer.experiment(input=str(tmp_path / "x.npy"), depth=3))
        assert run.input_gradient_log10 is not None
        found = 10 ** run.input_gradient_log10[0]
        # In the order in which the layer reads.
        wanted = wanted[::-1] if layer.reversed else wanted
        np.testing.assert_allclose(found, norms_by_step(wanted), rtol=1e-6)


def test_a_net_that_hears_nothing_has_none() -> None:
    assert simulate(Experiment(width=3, depth=4)).input_gradient_log10 is None


def test_it_is_there_where_the_norm_leaves_float64() -> None:
    """Of W = ρI and the identity it is ρ to the power of T − t."""
    e = Experiment(
        width=2, depth=900, spectrum="identity", radius=0.25, activation="identity", drive="noise"
    )
    (found,) = simulate(e).input_gradient_log10  # type: ignore[misc]
    wanted = np.arange(899, -1, -1) * np.log10(0.25)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-13)
    assert found[0] < -540


def test_of_a_gru_whose_states_are_beyond_what_kernels_take() -> None:
    gain = 1e180
    e = Experiment(
        cell="gru", width=8, depth=4, activation="identity", drive="noise", drive_gain=gain
    )
    run = simulate(e)
    assert [*steps_beyond(member_buffers(run._buffers, 0))]
    # Gates so far out let all or nothing through: of some inputs nothing is left, to the last bit.
    wanted = norms_by_step(differences(e, run.networks[0], 1e-5 * gain))
    assert np.count_nonzero(wanted) > 2
    assert run.input_gradient_log10 is not None
    np.testing.assert_allclose(10 ** run.input_gradient_log10[0], wanted, rtol=1e-7)
