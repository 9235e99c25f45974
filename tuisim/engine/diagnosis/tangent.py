"""The Jacobian of one step, of the joint state where a cell carries more than h."""

from __future__ import annotations

from typing import Any

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.network import Network
from tuisim.engine.cells.table import cell_of
from tuisim.engine.maths.extended import Extended
from tuisim.values.experiment import Experiment


def step_jacobian(experiment: Experiment, network: Network, buffers: Any, t: int) -> Array:
    """∂h_t/∂h_{t−1} of the joint state, (m, m) with m = vectors·n, for 1 ≤ t ≤ T.

    Args:
        buffers: one member's, after the forward pass; batch 1, no skip, no batch norm.
    """
    cell = cell_of(experiment, network)
    product = np.eye(cell.vectors * experiment.width)
    for factor in reversed(cell.step_factors(experiment, network, buffers, t)):
        factor = factor.floats() if isinstance(factor, Extended) else factor
        product = factor[:, None] * product if factor.ndim == 1 else factor @ product
    return product
