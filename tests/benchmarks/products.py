"""The matrix-vector products of a run and nothing else, to see their share of its time."""

from __future__ import annotations

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.network import Network
from tuisim.engine.kernels.jit import kernel
from tuisim.engine.kernels.vectors import multiply
from tuisim.values.experiment import Experiment


@kernel
def _products(transposed: Array, matrices: Array, x: Array, out: Array, steps: int) -> None:
    top = int(np.int64(0))
    for _ in range(steps):
        multiply(transposed, top, x, top, out, top, int(np.int64(1)), False)
    for _ in range(steps):
        multiply(matrices, top, x, top, out, top, int(np.int64(1)), False)


def products_only(experiment: Experiment, network: Network) -> None:
    """As many products as both passes of a tied rnn make."""
    out = np.empty((1, experiment.width))
    _products(network.transposed_panels, network.panels, network.start, out, experiment.depth)
