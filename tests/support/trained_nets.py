"""Small nets of every sort with parameters, none of them 0, and a batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.training.backprop import Backprop
from tuisim.engine.training.parameters import draw_parameters
from tuisim.engine.training.tasks import TASKS, Batch
from tuisim.values.experiment import Experiment

BASE = Experiment(width=3, depth=5, batch=2, radius=1.1, bias=0.4, spectrum="gaussian", seed=5)

NETS: dict[str, dict[str, Any]] = {
    "plain": {},
    "one row, no bias": {"batch": 1, "bias": 0.0},
    "leak and residual": {"leak": 0.6, "residual": 0.3},
    "skip": {"skip": 3, "skip_share": 0.3},
    "skip over all": {"skip": 5, "leak": 0.5},
    "batch norm": {"norm": "batch", "batch": 4},
    "layer norm, skip": {"norm": "layer", "width": 4, "skip": 2, "residual": 0.5},
    "softplus": {"activation": "softplus"},
    "lstm": {"cell": "lstm", "width": 2, "forget_bias": 0.5},
    "lstm of elu": {"cell": "lstm", "width": 2, "activation": "elu", "batch": 1},
    "gru": {"cell": "gru", "width": 2},
    "toy": {"cell": "toy", "width": 2},
    "gru of gelu": {"cell": "gru", "width": 3, "activation": "gelu", "batch": 1},
}


def passes(experiment: Experiment, task: str) -> tuple[Backprop, Array, Batch]:
    """What is tested, the parameters (none of them 0) and a batch."""
    prop = Backprop(experiment, TASKS[task])
    drawn = draw_parameters(experiment, TASKS[task], prop.network)
    theta = prop.layout.join(drawn)
    theta = theta + 0.1 * np.random.default_rng(3).standard_normal(theta.size)
    return prop, theta, TASKS[task].batch(experiment, 11)
