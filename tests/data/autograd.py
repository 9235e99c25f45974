"""Makes tests/data/autograd.npz: what PyTorch's autograd says of small nets, in float64.

    python -m venv models && models/bin/pip install torch==2.13.0
    models/bin/python tests/data/autograd.py

Of each net NET/NAME: its parameters under torch's names, `input` (T, m), `probe` (n,), and of
L = probe·h_T `states`, `of_states` = ∂L/∂h_t and `of_cells` = ∂L/∂c_t (T + 1, n), `of_weights`
= ∂L/∂W_hh. The layer that is looked at is the last one, in its forward direction.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

STEPS, INPUTS, UNITS = 7, 3, 5

NETS: dict[str, tuple[Any, dict[str, Any]]] = {
    "tanh": (torch.nn.RNN, {}),
    "relu": (torch.nn.RNN, {"nonlinearity": "relu"}),
    "lstm": (torch.nn.LSTM, {}),
    "gru": (torch.nn.GRU, {}),
    "stack": (torch.nn.LSTM, {"num_layers": 2, "bidirectional": True}),
    "gru stack": (torch.nn.GRU, {"num_layers": 2, "bidirectional": True}),
}


def made(kind: Any, options: dict[str, Any]) -> dict[str, Any]:
    net = kind(INPUTS, UNITS, **options).double()
    x, probe = torch.randn(STEPS, INPUTS).double(), torch.randn(UNITS).double()
    top = options.get("num_layers", 1) - 1
    below = x
    if top:
        lower = kind(INPUTS, UNITS, **(options | {"num_layers": top})).double()
        lower.load_state_dict({name: net.state_dict()[name] for name in lower.state_dict()})
        below = lower(x)[0].detach()
    cells = {"RNN": torch.nn.RNNCell, "LSTM": torch.nn.LSTMCell, "GRU": torch.nn.GRUCell}
    more = {name: one for name, one in options.items() if name == "nonlinearity"}
    cell = cells[kind.__name__](below.shape[1], UNITS, **more).double()
    with torch.no_grad():
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(cell, name).copy_(getattr(net, f"{name}_l{top}"))
    states = [torch.zeros(UNITS).double().requires_grad_()]
    memory = [torch.zeros(UNITS).double().requires_grad_()]
    for row in below:
        if kind is torch.nn.LSTM:
            # Not by LSTMCell, in which h_t does not hear the c_t that it gives.
            fed = cell.weight_ih @ row + cell.bias_ih + cell.bias_hh
            i, f, g, o = (fed + cell.weight_hh @ states[-1]).chunk(4)
            c = f.sigmoid() * memory[-1] + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            memory.append(c)
        else:
            h = cell(row, states[-1])
        states.append(h)
    for one in states + memory:
        one.retain_grad()
    assert torch.allclose(torch.stack(states[1:]), net(x)[0][:, :UNITS], atol=1e-14, rtol=0)
    (states[-1] @ probe).backward()
    found = {name: one.numpy() for name, one in net.state_dict().items()}
    found |= {
        "input": x.numpy(),
        "probe": probe.numpy(),
        "states": torch.stack(states).detach().numpy(),
        "of_states": torch.stack([one.grad for one in states]).numpy(),
        "of_weights": cell.weight_hh.grad.numpy(),
    }
    if kind is torch.nn.LSTM:
        found["of_cells"] = torch.stack([one.grad for one in memory]).numpy()
    return found


if __name__ == "__main__":
    torch.manual_seed(12)
    arrays = {
        f"{net}/{name}": array
        for net, (kind, options) in NETS.items()
        for name, array in made(kind, options).items()
    }
    path = Path(__file__).parent / "autograd.npz"
    np.savez_compressed(path, **arrays)
    print(path.name, path.stat().st_size)
