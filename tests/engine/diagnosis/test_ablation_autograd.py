"""Pinned gates and another bias in torch itself: its autograd finds the same rates."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuisim import draw, read_layers
from tuisim.engine.diagnosis.ablation import diagnose

torch = pytest.importorskip("torch")

UNITS, INPUTS, STEPS = 4, 3, 12
#: The rows of the gate that keeps the state, in torch's order.
KEPT = slice(UNITS, 2 * UNITS)


def rate(net: Any, signal: Any, probe: Any) -> float:
    start = torch.zeros(1, 1, UNITS, dtype=torch.float64, requires_grad=True)
    states = (start, torch.zeros_like(start)) if isinstance(net, torch.nn.LSTM) else start
    output, _ = net(signal, states)
    (back,) = torch.autograd.grad((output[-1, 0] * probe).sum(), start)
    return math.log(float(back.norm() / probe.norm())) / STEPS


def changed(net: Any, bias: float | None, more: float = 0.0) -> Any:
    """A copy whose gate hears nothing; at a bias where one is given."""
    other = type(net)(INPUTS, UNITS).double()
    other.load_state_dict(net.state_dict())
    with torch.no_grad():
        if not more:
            other.weight_hh_l0[KEPT] = 0.0
            other.weight_ih_l0[KEPT] = 0.0
        if bias is not None:
            other.bias_ih_l0[KEPT] = bias
            other.bias_hh_l0[KEPT] = 0.0
        other.bias_ih_l0[KEPT] += more
    return other


@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
def test_rates_are_autograd_s(cell: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = getattr(torch.nn, cell)(INPUTS, UNITS).double()
    with torch.no_grad():
        for one in net.parameters():
            one.mul_(2.0)
    signal = torch.randn(STEPS, 1, INPUTS, dtype=torch.float64)
    torch.save(net.state_dict(), tmp_path / "net.pt")
    np.save(tmp_path / "x.npy", signal[:, 0].numpy())
    (layer,) = read_layers(tmp_path / "net.pt")
    e = layer.experiment(depth=STEPS, input=str(tmp_path / "x.npy"))
    found, probe = diagnose(e), torch.from_numpy(draw(e).probe[0].copy())
    lines = {(one.kind, one.value): one.rate for one in found.lines}
    expected = {
        ("as trained", None): rate(net, signal, probe),
        ("at rest", None): rate(net, torch.zeros_like(signal), probe),
        ("gate on its bias", None): rate(changed(net, None), signal, probe),
        ("gate pinned", 0.5): rate(changed(net, 0.0), signal, probe),
        ("gate pinned", 0.993): rate(changed(net, math.log(0.993 / 0.007)), signal, probe),
        ("gate bias more", 1.0): rate(changed(net, None, 1.0), signal, probe),
    }
    assert len({*expected.values()}) == 6
    for key, one in expected.items():
        assert lines[key] == pytest.approx(one, rel=1e-9), key
