"""States and gradients of torch's cells are those of its autograd, kept in tests/data."""

from __future__ import annotations

from pathlib import Path

import attrs
import numpy as np
import pytest

from tests.support.trained import MODELS
from tuisim import draw, read_layers, simulate

with np.load(MODELS.parent / "autograd.npz") as _found:
    KEPT = {name: _found[name] for name in _found.files}
NETS = sorted({name.partition("/")[0] for name in KEPT})


@pytest.mark.parametrize("net", NETS)
def test_gradients_are_autograd_s(net: str, tmp_path: Path) -> None:
    known = {
        name.partition("/")[2]: one for name, one in KEPT.items() if name.startswith(f"{net}/")
    }
    parameters = {name: one for name, one in known.items() if name[-1].isdigit() or "_l" in name}
    np.savez(tmp_path / "net.npz", **parameters)
    np.save(tmp_path / "x.npy", known["input"])
    layers = {layer.name: layer for layer in read_layers(tmp_path / "net.npz")}
    layer = layers[max(name for name in layers if not name.endswith("reversed"))]
    e = layer.experiment(
        depth=len(known["input"]),
        input=str(tmp_path / "x.npy"),
        activation="relu" if net == "relu" else "tanh",
    )
    network = attrs.evolve(draw(e), probe=known["probe"][np.newaxis])
    run = simulate(e, [network])
    np.testing.assert_allclose(run.states[0, :, 0], known["states"], rtol=0, atol=1e-12)
    size = np.abs(known["of_states"]).max()
    np.testing.assert_allclose(
        run.gradients[0, :, 0], known["of_states"], rtol=1e-9, atol=1e-12 * size
    )
    whole = np.linalg.norm(known["of_weights"])
    assert run.weight_gradient_norm[0] == pytest.approx(whole, rel=1e-9)
    if "of_cells" in known:
        assert run.cell_gradient_log10 is not None
        norms = np.log10(np.linalg.norm(known["of_cells"], axis=1))
        np.testing.assert_allclose(run.cell_gradient_log10[0], norms, rtol=0, atol=1e-9)


def test_there_are_all_of_them() -> None:
    assert sorted(["tanh", "relu", "lstm", "gru", "stack", "gru stack"]) == NETS
