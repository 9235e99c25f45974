"""What is said of a trained layer before it is run: the spectrum of each gate's matrix."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

import attrs
import numpy as np

from tuisim.engine.base.blas import one_blas_thread
from tuisim.engine.base.memo import Array
from tuisim.engine.base.stopping import thread_pool
from tuisim.engine.maths.eigenvalues import eigenvalues_of
from tuisim.engine.maths.normality import departure_from_normality
from tuisim.engine.maths.stretch import largest_singular_value
from tuisim.engine.trained.layer import Layer
from tuisim.engine.trained.orders import gate_letters

#: Layers that are begun while one is waited for, so that no thread rests between two of few gates.
_AHEAD = 8


@attrs.frozen
class GateMeasures:
    """The numbers of one gate, nan where its array holds what is not finite.

    Attributes:
        spectral_radius, largest_singular_value: ρ and σ₁ of the recurrent matrix W.
        departure: Henrici's departure from normality, √(‖W‖_F² − Σ|λ|²)/√n.
        mean_bias: over the units, of `bias` and `recurrent_bias` together.
    """

    spectral_radius: float
    largest_singular_value: float
    departure: float
    mean_bias: float


def gate_measures(layer: Layer) -> dict[str, GateMeasures]:
    """The numbers of each gate by its letter; empty where the layer has no arrays."""
    return next(measured_gates([layer]))


def measured_gates(layers: Iterable[Layer]) -> Iterator[dict[str, GateMeasures]]:
    """The same of each layer in turn, as soon as it is known."""
    begun: deque[dict[str, Future[GateMeasures]]] = deque()
    try:
        for layer in layers:
            begun.append(_begun(layer))
            if len(begun) > _AHEAD:
                yield _ended(begun.popleft())
        while begun:
            yield _ended(begun.popleft())
    finally:
        for gates in begun:
            for one in gates.values():
                one.cancel()


def _begun(layer: Layer) -> dict[str, Future[GateMeasures]]:
    if not layer.weights.size:
        return {}
    bias = (layer.bias + layer.recurrent_bias).mean(axis=1).tolist()
    gates = zip(gate_letters(layer.cell), layer.weights, bias, strict=True)
    return {gate: _pool().submit(_measured, matrix, mean) for gate, matrix, mean in gates}


def _ended(begun: dict[str, Future[GateMeasures]]) -> dict[str, GateMeasures]:
    return {gate: one.result() for gate, one in begun.items()}


@cache
def _pool() -> ThreadPoolExecutor:
    return thread_pool(4, "tuisim-gates")


def _measured(matrix: Array, mean_bias: float) -> GateMeasures:
    if not np.isfinite(matrix).all():
        return GateMeasures(math.nan, math.nan, math.nan, mean_bias)
    # Two matrices side by side are done sooner than one after the other by two threads.
    with one_blas_thread():
        values = eigenvalues_of(matrix)
        largest = largest_singular_value(matrix)
    departure = departure_from_normality(matrix, values)
    return GateMeasures(float(np.abs(values).max()), largest, departure, mean_bias)
