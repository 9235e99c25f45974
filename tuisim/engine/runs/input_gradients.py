"""∂L/∂x_t of what a net hears: which earlier input still moves the end."""

from __future__ import annotations

import math
from typing import Any

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.network import Network
from tuisim.engine.cells.table import cell_of
from tuisim.engine.kernels.vectors import log10_norms
from tuisim.engine.maths.ordered import as_kernels_take_it, gathered
from tuisim.engine.runs.weight_gradients import balanced, by_step
from tuisim.engine.trained.finding import find_layer
from tuisim.values.experiment import Experiment


def hears(experiment: Experiment) -> bool:
    """Whether a net has an input at all."""
    return experiment.drive != "none" or experiment.input != "none"


def input_gradient_log10(experiment: Experiment, network: Network, buffers: Any) -> Array:
    """log10 ‖∂L/∂x_t‖ over the batch, (T,), of one member.

    x_t is what a trained layer reads, where it reads something: Σ U_gateᵀ δ_gate with its input
    weights; else the drive, which is added to the pre-activations.
    """
    e = experiment
    found = cell_of(e, network).drive_deltas(e, network, buffers)
    delta, exponents = by_step(*balanced(*found))
    if e.input != "none":
        layer = find_layer(e.layer, e.layer_digest)
        weights = layer.input_weights.reshape(-1, layer.input_width)
        columns = delta.reshape(-1, delta.shape[2]).T
        delta = gathered(as_kernels_take_it(columns), as_kernels_take_it(weights))
    return log10_norms(delta.reshape(e.depth, -1)) + exponents * math.log10(2)
