"""What bounds the kernels: the products of a run and its activations, and nothing else of it."""

from __future__ import annotations

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.network import Network
from tuisim.engine.cells.table import CELLS
from tuisim.engine.kernels.activations import CODES, activate
from tuisim.engine.kernels.jit import kernel
from tuisim.engine.kernels.vectors import multiply_sum
from tuisim.values.experiment import Experiment


@kernel
def _products(transposed: Array, matrices: Array, x: Array, out: Array, steps: int) -> None:
    top, one, count = int(np.int64(0)), int(np.int64(1)), matrices.shape[0]
    for t in range(steps):
        turned = t % 2 == 1
        for place in range(count):
            k = count - 1 - place if turned else place
            multiply_sum(transposed, k, one, x, top, out, top, one, False, turned)
    for t in range(steps):
        turned = t % 2 == 1
        for place in range(count):
            k = count - 1 - place if turned else place
            multiply_sum(matrices, k, one, x, top, out, top, one, False, turned)


@kernel
def _activations(codes: Array, x: Array, out: Array, slopes: Array, steps: int) -> None:
    top = int(np.int64(0))
    for _ in range(steps):
        for k in range(codes.shape[0]):
            activate(codes[k], x, top, out, top, slopes, top)


def products_only(experiment: Experiment, network: Network) -> None:
    """As many products as both passes of a tied net make."""
    out = np.empty((1, experiment.width))
    _products(network.transposed_panels, network.panels, network.start, out, experiment.depth)


def activations_only(experiment: Experiment, network: Network) -> None:
    """As many activations with their slopes as its forward pass evaluates."""
    names = {"gate": "sigmoid", "φ": experiment.activation}
    codes = np.array([CODES[names[one]] for one in CELLS[experiment.cell].evaluated])
    out = np.empty((2, experiment.width))
    _activations(codes, network.start, out[:1], out[1:], experiment.depth)
