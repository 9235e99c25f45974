"""All parameters of a trained net as one vector, and as arrays."""

from __future__ import annotations

import math
from functools import cached_property
from typing import NamedTuple

import attrs
import numpy as np

from tuisim.engine.base.blas import one_blas_thread
from tuisim.engine.base.gates import candidate_place, gate_count, gate_keys
from tuisim.engine.base.memo import Array
from tuisim.engine.cells.network import Network, shapes
from tuisim.engine.maths.eigenvalues import eigenvalues_of
from tuisim.engine.maths.schur import Complex
from tuisim.engine.maths.spectrum import Stream, generator
from tuisim.engine.maths.stretch import largest_singular_value
from tuisim.engine.training.tasks import Task
from tuisim.values.experiment import Experiment


class Parameters(NamedTuple):
    """What is trained. Gated cells have an axis of gates in front of the first three.

    weights: (n, n), W; bias: (n,), b; inputs: (n, channels), the input matrix W_in with
    x_t = W_in u_t; outputs: (outputs, n) and output_bias: (outputs,), W_out and b_out with
    y_t = W_out h_t + b_out.
    """

    weights: Array
    bias: Array
    inputs: Array
    outputs: Array
    output_bias: Array


@attrs.frozen(eq=False, slots=False)
class Recurrent:
    """W (n, n) of a net in training, of a gated cell the candidate's, each measure taken once."""

    matrix: Array = attrs.field(repr=False)

    @classmethod
    def of(cls, parameters: Parameters) -> Recurrent:
        """The W among these."""
        weights = parameters.weights
        return cls(
            np.asarray(weights[candidate_place(len(weights))] if weights.ndim == 3 else weights)
        )

    @cached_property
    def eigenvalues(self) -> Complex:
        """The eigenvalues (n,) of W."""
        # LAPACK squares what it is given; a matrix that is about to overflow is scaled down.
        scale = float(np.abs(self.matrix).max()) or 1.0
        with one_blas_thread():
            found = eigenvalues_of(self.matrix / scale)
        return np.asarray(scale * found)

    @property
    def spectral_radius(self) -> float:
        """ρ(W), the largest modulus of an eigenvalue."""
        return float(np.abs(self.eigenvalues).max())

    @cached_property
    def largest_singular_value(self) -> float:
        """σ₁ of W."""
        with one_blas_thread():
            return largest_singular_value(self.matrix)


#: What each is called, in their order.
NAMES = Parameters("W", "b", "W_in", "W_out", "b_out")  # type: ignore[arg-type]


class Layout:
    """Where each parameter lies in the vector θ of all of them."""

    def __init__(self, experiment: Experiment, task: Task) -> None:
        of_net, n = shapes(experiment), experiment.width
        gates = gate_count(experiment.cell)
        #: Gates, units, channels and outputs.
        self.sizes = gates, n, task.channels, task.outputs
        by_gate = (gates,) if gates > 1 else ()
        self.shapes = (
            of_net["weights"],
            of_net["bias"],
            (*by_gate, n, task.channels),
            (task.outputs, n),
            (task.outputs,),
        )
        ends = np.cumsum([math.prod(shape) for shape in self.shapes])
        self.size = int(ends[-1])
        self._parts = [
            slice(int(end) - math.prod(shape), int(end))
            for end, shape in zip(ends, self.shapes, strict=True)
        ]

    def split(self, theta: Array) -> Parameters:
        """The parameters as views of θ (size,)."""
        parts = zip(self._parts, self.shapes, strict=True)
        return Parameters(*(theta[part].reshape(shape) for part, shape in parts))

    def join(self, parameters: Parameters) -> Array:
        """θ with these parameters, whose shapes may be others of the same sizes."""
        return np.concatenate([one.ravel() for one in parameters])

    def first_not_finite(self, theta: Array) -> str | None:
        """The name of the first parameter with an inf or nan in it, None where there is none."""
        if np.isfinite(theta).all():
            return None
        found = zip(NAMES, self._parts, strict=True)
        return next(str(name) for name, part in found if not np.isfinite(theta[part]).all())


def draw_parameters(experiment: Experiment, task: Task, network: Network) -> Parameters:
    """The parameters before the first update, all from the experiment's seed.

    W and b are the network's. Entries of W_in are drive_gain · N(0, 1), as those of v in any
    drive; those of W_out are N(0, 1/n), and b_out is 0.
    """
    seed, n = experiment.seed, experiment.width
    inputs = [
        generator(seed, 0, Stream.INPUT_WEIGHTS, 0, *key).standard_normal((n, task.channels))
        for key in gate_keys(experiment)
    ]
    outputs = generator(seed, 0, Stream.OUTPUT_WEIGHTS).standard_normal((task.outputs, n))
    return Parameters(
        weights=network.weights,
        bias=network.bias,
        inputs=experiment.drive_gain * np.stack(inputs),
        outputs=outputs / math.sqrt(n),
        output_bias=np.zeros(task.outputs),
    )
