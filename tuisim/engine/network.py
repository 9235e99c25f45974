"""Network: the arrays of one member; draw: Experiment → Network. May import the engine."""

from __future__ import annotations

import math
from functools import cached_property, lru_cache
from typing import Any

import attrs
import numpy as np

from tuisim.engine.budget import check_budget
from tuisim.engine.memo import Array
from tuisim.engine.panels import panels
from tuisim.engine.spectrum import (
    Complex,
    Stream,
    drawn_eigenvalues,
    generator,
    leading_direction,
    recurrent_matrix,
)
from tuisim.experiment import Experiment

#: How many matrices a cell has; the cells that exist are in tuisim.engine.cells.
GATES = {"rnn": 1}

_SINE_PERIOD = 25
_NOISE_BLOCK = 1024


def _array(value: Any) -> Array:
    """A read-only float64 array in C order; what is one already is not copied."""
    ready = (
        isinstance(value, np.ndarray)
        and not value.flags.writeable
        and value.dtype == np.float64
        and value.flags.c_contiguous
        # A read-only view shows what is written into its base.
        and value.base is None
    )
    if ready:
        return value  # type: ignore[no-any-return]
    try:
        # A copy: the caller may write into its own array later, and what is derived from it
        # here (the panels) would be stale.
        array = np.array(value, dtype=np.float64, order="C", copy=True)
    except (TypeError, ValueError) as error:
        raise ValueError(f"network: not an array of numbers: {error}") from None
    array.flags.writeable = False
    return array


def _fixed(array: Array) -> Array:
    array.flags.writeable = False
    return array


@attrs.frozen(eq=False, slots=False)
class Network:
    """The arrays of one member, read-only float64.

    Shapes for the rnn cell, n units, T steps:
        weights: (n, n) tied, (T, n, n) not.
        bias: (n,) tied, (T, n) not.
        drive: (T, batch, n).
        start, probe: (batch, n); the loss is L = Σ probe·h_T.
    """

    weights: Array = attrs.field(converter=_array)
    bias: Array = attrs.field(converter=_array)
    drive: Array = attrs.field(converter=_array)
    start: Array = attrs.field(converter=_array)
    probe: Array = attrs.field(converter=_array)
    #: How W was drawn, with that very matrix: its eigenvalues are known by construction.
    _drawn: tuple[Array, Experiment, int] | None = attrs.field(
        default=None, repr=False, alias="_drawn"
    )

    @cached_property
    def weights_by_step(self) -> Array:
        """weights with a leading axis of steps: (1, n, n) tied, (T, n, n) not."""
        return self.weights if self.weights.ndim == 3 else self.weights[np.newaxis]

    @cached_property
    def panels(self) -> Array:
        """weights_by_step as the backward pass reads them."""
        return panels(self.weights_by_step)

    @cached_property
    def transposed_panels(self) -> Array:
        """The same of every matrix transposed, as the forward pass reads them."""
        return panels(self.weights_by_step.transpose(0, 2, 1))

    @cached_property
    def biased(self) -> bool:
        """Whether any bias is not zero."""
        return bool(self.bias.any())

    @cached_property
    def driven(self) -> bool:
        """Whether any input is not zero."""
        return bool(self.drive.any())

    @cached_property
    def eigenvalues(self) -> Complex:
        """The eigenvalues (n,) of W, or of the first step's where the net is not tied."""
        if self._drawn is not None and self._drawn[0] is self.weights:
            _, experiment, member = self._drawn
            return drawn_eigenvalues(experiment, member)
        return np.linalg.eigvals(self.weights_by_step[0]).astype(np.complex128)

    @cached_property
    def spectral_radius(self) -> float:
        """The largest modulus of an eigenvalue of W (of the first step's)."""
        return float(np.abs(self.eigenvalues).max())

    @cached_property
    def largest_singular_value(self) -> float:
        """σ₁ of W (of the first step's): the most that one step can stretch a vector."""
        return float(np.linalg.norm(self.weights_by_step[0], 2))

    @cached_property
    def departure(self) -> float:
        """Henrici's departure from normality of W, √(‖W‖_F² − Σ|λ|²)/√n."""
        matrix = self.weights_by_step[0]
        squares = float((matrix * matrix).sum())
        rest = squares - float((np.abs(self.eigenvalues) ** 2).sum())
        # Under the rounding of the difference there is none to speak of.
        return math.sqrt(rest / matrix.shape[0]) if rest > 1e-12 * squares else 0.0


def shapes(experiment: Experiment) -> dict[str, tuple[int, ...]]:
    """The shape of each array of a Network for this experiment."""
    shape_of = _shapes(experiment.width, experiment.depth, experiment.batch, experiment.tied)
    return dict(shape_of)


@lru_cache(64)
def _shapes(n: int, steps: int, rows: int, tied: bool) -> dict[str, tuple[int, ...]]:
    lead = () if tied else (steps,)
    return {
        "weights": (*lead, n, n),
        "bias": (*lead, n),
        "drive": (steps, rows, n),
        "start": (rows, n),
        "probe": (rows, n),
    }


def check_network(experiment: Experiment, network: Network) -> None:
    """Raise ValueError where an array's shape is not the experiment's."""
    n, steps, rows = experiment.width, experiment.depth, experiment.batch
    for name, allowed in _shapes(n, steps, rows, experiment.tied).items():
        got = getattr(network, name).shape
        if got != allowed:
            raise ValueError(f"network.{name}: got shape {got}, allowed: {allowed}")


def check_cell(experiment: Experiment) -> None:
    """Raise ValueError for a cell that has no kernels."""
    if experiment.cell not in GATES:
        raise ValueError(
            f"cell: got {experiment.cell!r}, allowed: {', '.join(GATES)} "
            "(the gated cells are not there yet)"
        )


def draw(experiment: Experiment, member: int = 0) -> Network:
    """Draw the arrays of one member, all from (experiment.seed, member).

    The radius only rescales the random arrays, more depth keeps the earlier steps, another
    activation keeps every array.

    Raises:
        ValueError: a cell without kernels, or more work than the budget allows.
    """
    return draw_steps(experiment, member, 0)


def draw_steps(experiment: Experiment, member: int, first: int) -> Network:
    """As draw, for the steps first + 1 … first + depth of a net that runs on."""
    check_cell(experiment)
    check_budget(experiment)
    drawn = None
    if experiment.tied:
        weights = _fixed(recurrent_matrix(experiment, member, 0))
        drawn = (weights, experiment, member)
    else:
        weights = np.empty((experiment.depth, experiment.width, experiment.width))
        for step in range(experiment.depth):
            weights[step] = recurrent_matrix(experiment, member, first + step)
        weights = _fixed(weights)
    return Network(
        weights=weights,
        bias=_fixed(_draw_bias(experiment, member, first)),
        drive=_fixed(_draw_drive(experiment, member, first)),
        start=_fixed(_draw_start(experiment, member, weights)),
        probe=_fixed(_draw_probe(experiment, member)),
        _drawn=drawn,
    )


def _draw_bias(experiment: Experiment, member: int, first: int) -> Array:
    n = experiment.width
    if experiment.tied:
        return experiment.bias * generator(experiment.seed, member, Stream.BIAS).standard_normal(n)
    if not experiment.bias:
        return np.zeros((experiment.depth, n))
    return experiment.bias * np.stack(
        [
            generator(experiment.seed, member, Stream.BIAS, first + step).standard_normal(n)
            for step in range(experiment.depth)
        ]
    )


def _draw_drive(experiment: Experiment, member: int, first: int) -> Array:
    steps, rows, n = experiment.depth, experiment.batch, experiment.width
    if experiment.drive == "none":
        return np.zeros((steps, rows, n))
    direction = generator(experiment.seed, member, Stream.DRIVE_DIRECTION).standard_normal(n)
    signal = np.empty((steps, rows))
    times = first + 1 + np.arange(steps)
    if experiment.drive == "impulse":
        signal[:] = (times == 1)[:, np.newaxis]
    elif experiment.drive == "sine":
        signal[:] = np.sin(2 * np.pi * times / _SINE_PERIOD)[:, np.newaxis]
    else:
        signal[:] = _noise(experiment, member, first)
    return experiment.drive_gain * signal[:, :, np.newaxis] * direction


def _noise(experiment: Experiment, member: int, first: int) -> Array:
    """(depth, batch) noise; a row's numbers come in blocks, so that any step can be had."""
    last = first + experiment.depth
    blocks = range(first // _NOISE_BLOCK, -(-last // _NOISE_BLOCK))
    rows = [
        np.concatenate(
            [
                # A pairing of (row, block) that no two share: rows are at most 4096.
                generator(
                    experiment.seed, member, Stream.DRIVE_NOISE, row + 4096 * block
                ).standard_normal(_NOISE_BLOCK)
                for block in blocks
            ]
        )
        for row in range(experiment.batch)
    ]
    skipped = first - blocks[0] * _NOISE_BLOCK
    return np.stack(rows, axis=1)[skipped : skipped + experiment.depth]


def _draw_start(experiment: Experiment, member: int, weights: Array) -> Array:
    rows, n = experiment.batch, experiment.width
    if experiment.start_eigenvector is None:
        start = generator(experiment.seed, member, Stream.START).standard_normal((rows, n))
    else:
        matrix = weights if weights.ndim == 2 else weights[0]
        start = np.tile(leading_direction(matrix, experiment.start_eigenvector), (rows, 1))
    rms = np.linalg.norm(start, axis=1, keepdims=True) / math.sqrt(n)
    scaled: Array = start / rms * experiment.start_rms
    return scaled


def _draw_probe(experiment: Experiment, member: int) -> Array:
    probe = generator(experiment.seed, member, Stream.PROBE).standard_normal(
        (experiment.batch, experiment.width)
    )
    return probe / float(np.linalg.norm(probe))
