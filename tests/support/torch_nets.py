"""The nets of PyTorch, where it is installed: the same graphs, of tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.training.tasks import Batch
from tuisim.values.experiment import Experiment


def torch_activation(torch: Any, name: str) -> Any:
    """φ of this name, of tensors."""
    functional = torch.nn.functional
    return {
        "identity": lambda x: x,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "relu": torch.relu,
        "leaky_relu": functional.leaky_relu,
        "elu": functional.elu,
        "selu": functional.selu,
        "gelu": functional.gelu,
        "softplus": functional.softplus,
        "hard_tanh": functional.hardtanh,
    }[name]


def torch_loss(torch: Any, e: Experiment, task: str, batch: Batch, p: Any, start: Array) -> Any:
    """The same graph, of tensors."""
    functional = torch.nn.functional
    phi = torch_activation(torch, e.activation)
    h = [torch.tensor(np.array(start))]
    c = torch.zeros_like(h[0])
    for t in range(1, e.depth + 1):
        u = torch.tensor(batch.inputs[t - 1])
        if e.cell == "rnn":
            s = h[t - 1]
            if e.skip:
                s = (1 - e.skip_share) * s + e.skip_share * h[max(t - e.skip, 0)]
            a = s @ p[0].T + p[1] + u @ p[2].T
            if e.norm == "batch":
                a = functional.batch_norm(a, None, None, training=True, eps=1e-12)
            elif e.norm == "layer":
                a = functional.layer_norm(a, (e.width,), eps=1e-12)
            h.append((1 - e.leak + e.residual) * h[t - 1] + e.leak * phi(a))
            continue
        own = [h[t - 1] @ p[0][gate].T + p[1][gate] for gate in range(len(p[0]))]
        x = [u @ p[2][gate].T for gate in range(len(p[0]))]
        if e.cell == "lstm":
            i, f, g, o = (left + right for left, right in zip(own, x, strict=True))
            c = torch.sigmoid(f + e.forget_bias) * c + torch.sigmoid(i) * phi(g)
            h.append(torch.sigmoid(o) * phi(c))
        else:
            r, z = (torch.sigmoid(own[gate] + x[gate]) for gate in (0, 1))
            h.append((1 - z) * phi(r * own[2] + x[2]) + z * h[t - 1])
    outputs = torch.stack(h[-batch.asked :]) @ p[3].T + p[4]
    if task == "adding":
        return functional.mse_loss(outputs, torch.tensor(batch.targets))
    flat = torch.tensor(batch.targets).reshape(-1)
    return functional.cross_entropy(outputs.reshape(len(flat), -1), flat)
