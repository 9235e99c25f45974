"""Where updates work: arrays that are made once for all updates of a net."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.memory import aligned_empty, empty
from tuisim.engine.base.panels import LANES
from tuisim.engine.training.parameters import Layout
from tuisim.values.experiment import Experiment

#: Rows of δ that are kept until they are multiplied with what they belong to.
HELD = 64


class Room(NamedTuple):
    """What updates work in, of a net of n units and G gates, for batches of B rows.

    forth, back, inputs, outputs: panels of every Wᵀ and W, of W_inᵀ and of W_outᵀ.
    bias: (G, n); drive: (T·G, B·n), W_in u_t.
    answers, errors: (K·B, outputs), y_t and ∂loss/∂y_t; parts: (K, B·n), the loss's own ∂L/∂h_t.
    delta, entering: (G, rows·n), δ of some steps, and that at x_t; heard: (1, rows·n), s_t.
    by_channel: (G, channels·n), ∂L/∂W_in transposed; ones: (1, 1), a one.
    gradient, theta, velocity, squares: (1, size), what an update has found.
    """

    forth: Array
    back: Array
    inputs: Array
    outputs: Array
    bias: Array
    drive: Array
    answers: Array
    errors: Array
    parts: Array
    delta: Array
    entering: Array
    heard: Array
    by_channel: Array
    ones: Array
    gradient: Array
    theta: Array
    velocity: Array
    squares: Array


def room_for(layout: Layout, experiment: Experiment, asked: int, adam: bool) -> Room:
    """Room for the updates of an experiment whose loss is asked for at so many steps."""
    gates, n, channels, outputs = layout.sizes
    rows, size = experiment.batch, experiment.batch * experiment.width
    held = max(1, HELD // rows) * size
    return Room(
        forth=empty(gates, n * _padded(n)),
        back=empty(gates, n * _padded(n)),
        inputs=empty(gates, channels * _padded(n)),
        outputs=empty(1, n * _padded(outputs)),
        bias=empty(gates, n),
        drive=empty(experiment.depth * gates, size),
        answers=empty(asked * rows, outputs),
        errors=empty(asked * rows, outputs),
        parts=empty(asked, size),
        delta=empty(gates, held),
        entering=empty(gates, held),
        heard=empty(1, held),
        by_channel=empty(gates, channels * n),
        ones=np.ones((1, 1)),
        gradient=aligned_empty(1, layout.size),
        theta=aligned_empty(1, layout.size),
        velocity=aligned_empty(1, layout.size),
        squares=aligned_empty(1, layout.size if adam else 0),
    )


def _padded(n: int) -> int:
    return -(-n // LANES) * LANES
