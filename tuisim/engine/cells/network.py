"""Network: the arrays of one member; draw: Experiment → Network."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from functools import cached_property, lru_cache
from typing import Any

import attrs
import numpy as np

from tuisim.engine.base.blas import one_blas_thread
from tuisim.engine.base.budget import check_budget
from tuisim.engine.base.gates import candidate_place, gate_count, gate_keys
from tuisim.engine.base.memo import Array, memo
from tuisim.engine.base.panels import panels
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.maths.eigenvectors import leading_direction
from tuisim.engine.maths.normality import departure_from_normality
from tuisim.engine.maths.ordered import norms
from tuisim.engine.maths.schur import Complex
from tuisim.engine.maths.spectrum import (
    Stream,
    drawn_eigenvalues,
    drawn_radius,
    drawn_stretch,
    generator,
    recurrent_matrix,
)
from tuisim.values.experiment import Experiment

#: sin(2πk/25) for k = 0 … 12: a processor's own sine has other last digits on another one.
_SINE = (
    0.0,
    0.2486898871648548,
    0.48175367410171527,
    0.6845471059286887,
    0.8443279255020151,
    0.9510565162951535,
    0.9980267284282716,
    0.9822872507286887,
    0.9048270524660196,
    0.7705132427757893,
    0.5877852522924731,
    0.368124552684678,
    0.12533323356430426,
)
_SINE_PERIOD = 25
_NOISE_BLOCK = 1024

#: Kinds of dtype that float64 holds: bool, whole numbers, floats.
_REAL_KINDS = "biuf"


def _array(name: str, value: Any) -> Array:
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
        found = np.asarray(value)
        if found.dtype.kind not in _REAL_KINDS:
            raise TypeError(f"dtype {found.dtype}")
        array = np.array(found, dtype=np.float64, order="C", copy=True)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"network.{name}: got {error}, allowed: an array of real numbers"
        ) from None
    array.flags.writeable = False
    return array


def array(name: str) -> Any:
    """A field that takes an array of real numbers, and keeps it as read-only float64."""
    return attrs.field(converter=lambda value: _array(name, value))


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
    Gated cells have an axis of gates (i f g o, or r z m) before the last two of weights and of
    drive and before the last one of bias; their c_0 is 0.
    """

    weights: Array = array("weights")
    bias: Array = array("bias")
    drive: Array = array("drive")
    start: Array = array("start")
    probe: Array = array("probe")
    #: How W was drawn, with that very array: its eigenvalues are known by construction.
    _drawn: tuple[Array, Experiment, int] | None = attrs.field(
        default=None, repr=False, alias="_drawn"
    )

    @property
    def gates(self) -> int:
        """How many matrices a step has."""
        return int(self.drive.shape[1]) if self.drive.ndim == 4 else 1

    @cached_property
    def weights_by_step(self) -> Array:
        """Every matrix, gate by gate and step by step: (gates, n, n) tied, (T·gates, n, n) not."""
        return self.weights.reshape(-1, *self.weights.shape[-2:])

    def matrices_at(self, t: int, tied: bool) -> Array:
        """The matrices of step t ≥ 1, gate by gate, (gates, n, n)."""
        first = 0 if tied else (t - 1) * self.gates
        return self.weights_by_step[first : first + self.gates]

    @property
    def matrix(self) -> Array:
        """W (n, n): the first step's where not tied, the candidate's (g, m) of a gated cell."""
        matrix: Array = self.weights_by_step[candidate_place(self.gates)]
        return matrix

    @cached_property
    def panels(self) -> Array:
        """weights_by_step as the backward pass reads them."""
        return panels(self.weights_by_step)

    @cached_property
    def transposed_panels(self) -> Array:
        """The same of every matrix transposed, as the forward pass reads them."""
        return panels(self.weights_by_step.transpose(0, 2, 1))

    @cached_property
    def bias_rows(self) -> Array:
        """bias as the forward pass reads it: a row a matrix, (gates or T·gates, n)."""
        return self.bias.reshape(-1, self.bias.shape[-1])

    @cached_property
    def drive_rows(self) -> Array:
        """drive likewise, (T·gates, batch·n)."""
        return self.drive.reshape(self.drive.shape[0] * self.gates, -1)

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each array, by its name."""
        return {name: getattr(self, name).shape for name in _shapes(1, 1, 1, 1, True)}

    @cached_property
    def operands(self) -> tuple[Array, ...]:
        """What both passes read: transposed_panels, bias, drive, start; panels, probe."""
        forward = self.transposed_panels, self.bias_rows, self.drive_rows, self.start
        return (*forward, self.panels, self.probe)

    @cached_property
    def biased(self) -> bool:
        """Whether any bias is not zero."""
        return bool(self.bias.any())

    @cached_property
    def driven(self) -> bool:
        """Whether any input is not zero."""
        return bool(self.drive.any())

    @property
    def recipe(self) -> tuple[Experiment, int] | None:
        """Whose first W `matrix` is: an experiment and a member; None for arrays of a caller's."""
        if self._drawn is None or self._drawn[0] is not self.weights:
            return None
        return self._drawn[1:]

    @cached_property
    def eigenvalues(self) -> Complex:
        """The eigenvalues (n,) of `matrix`."""
        if self.recipe is not None:
            return drawn_eigenvalues(*self.recipe)
        if not np.isfinite(self.matrix).all():
            return np.full(self.matrix.shape[0], complex(math.nan, math.nan))
        with one_blas_thread():
            return np.linalg.eigvals(self.matrix).astype(np.complex128)

    @cached_property
    def spectral_radius(self) -> float:
        """The largest modulus of an eigenvalue of `matrix`."""
        known = None if self.recipe is None else drawn_radius(self.recipe[0])
        return float(np.abs(self.eigenvalues).max()) if known is None else known

    @cached_property
    def largest_singular_value(self) -> float:
        """σ₁ of `matrix`: the most that it can stretch a vector."""
        if self.recipe is not None and (known := drawn_stretch(self.recipe[0])) is not None:
            return known
        if not np.isfinite(self.matrix).all():
            return math.nan
        with one_blas_thread():
            return float(np.linalg.norm(self.matrix, 2))

    @cached_property
    def departure(self) -> float:
        """Henrici's departure from normality of `matrix`, √(‖W‖_F² − Σ|λ|²)/√n."""
        return departure_from_normality(self.matrix, self.eigenvalues)


def shapes(experiment: Experiment) -> dict[str, tuple[int, ...]]:
    """The shape of each array of a Network for this experiment."""
    return dict(_shapes_of(experiment))


def _shapes_of(e: Experiment) -> dict[str, tuple[int, ...]]:
    return _shapes(gate_count(e.cell), e.width, e.depth, e.batch, e.tied)


@lru_cache(64)
def _shapes(gates: int, n: int, steps: int, rows: int, tied: bool) -> dict[str, tuple[int, ...]]:
    by_gate = (gates,) if gates > 1 else ()
    lead = by_gate if tied else (steps, *by_gate)
    return {
        "weights": (*lead, n, n),
        "bias": (*lead, n),
        "drive": (steps, *by_gate, rows, n),
        "start": (rows, n),
        "probe": (rows, n),
    }


def check_network(experiment: Experiment, network: Network) -> None:
    """Raise ValueError where an array's shape is not the experiment's."""
    for name, allowed in _shapes_of(experiment).items():
        got = network.shapes[name]
        if got != allowed:
            raise ValueError(f"network.{name}: got shape {got}, allowed: {allowed}")


def checked_networks(experiment: Experiment, networks: Sequence[Network]) -> tuple[Network, ...]:
    """The networks of a caller's own, one a member.

    Raises:
        ValueError: what was given are no networks, another number of them than members, or
            arrays of another shape.
    """
    members = experiment.members
    if type(networks) is tuple:
        # Asking for the type takes a tenth of asking what an iterable is.
        found = networks
    else:
        found = tuple(networks) if isinstance(networks, Iterable) else ()
    strange = [one for one in found if not isinstance(one, Network)]
    if strange or len(found) != members:
        got = len(found) if found and isinstance(found[0], Network) else reprlib.repr(networks)
        raise ValueError(f"networks: got {got}, allowed: {members} of them, a Network a member")
    shapes = _shapes_of(experiment)
    for network in found:
        if network.shapes != shapes:
            check_network(experiment, network)
    return found


def draw(experiment: Experiment, member: int = 0) -> Network:
    """Draw the arrays of one member, all from (experiment.seed, member).

    The radius only rescales the random arrays, more depth keeps the earlier steps, another
    activation keeps every array.

    Raises:
        ValueError: more work than the budget allows.
    """
    return draw_steps(experiment, member, 0)


@np.errstate(over="ignore", invalid="ignore")
def draw_steps(experiment: Experiment, member: int, first: int) -> Network:
    """As draw, for the steps first + 1 … first + depth of a net that runs on."""
    check_budget(experiment)
    keys, shape = gate_keys(experiment), _shapes_of(experiment)
    weights = np.empty(shape["weights"])
    matrices = weights.reshape(-1, experiment.width, experiment.width)
    # Every matrix that is drawn for the first time asks for this; for many, once is cheaper.
    with nullcontext() if experiment.tied else one_blas_thread():
        for place, matrix in enumerate(matrices):
            check_stop()
            step, gate = divmod(place, len(keys))
            step = 0 if experiment.tied else first + step
            matrix[...] = recurrent_matrix(experiment, member, step, *keys[gate])
    weights = _fixed(weights)
    return Network(
        weights=weights,
        bias=_fixed(_draw_bias(experiment, member, first).reshape(shape["bias"])),
        drive=_fixed(_draw_drive(experiment, member, first)),
        start=_fixed(_draw_start(experiment, member)),
        probe=_draw_probe(experiment.seed, member, experiment.batch, experiment.width),
        _drawn=(weights, experiment, member) if experiment.tied or first == 0 else None,
    )


def _draw_bias(experiment: Experiment, member: int, first: int) -> Array:
    n, keys = experiment.width, gate_keys(experiment)
    steps = (0,) if experiment.tied else range(first, first + experiment.depth)
    if not experiment.bias:
        return np.zeros((len(steps) * len(keys), n))
    return experiment.bias * np.stack(
        [
            generator(experiment.seed, member, Stream.BIAS, step, *key).standard_normal(n)
            for step in steps
            for key in keys
        ]
    )


def _draw_drive(experiment: Experiment, member: int, first: int) -> Array:
    shape = _shapes_of(experiment)["drive"]
    if experiment.drive == "none":
        return np.zeros(shape)
    directions = np.stack(
        [
            generator(experiment.seed, member, Stream.DRIVE_DIRECTION, 0, *key).standard_normal(
                experiment.width
            )
            for key in gate_keys(experiment)
        ]
    )
    signal = np.empty((experiment.depth, 1, experiment.batch, 1))
    times = first + 1 + np.arange(experiment.depth)
    if experiment.drive == "impulse":
        signal[:, 0, :, 0] = (times == 1)[:, np.newaxis]
    elif experiment.drive == "sine":
        # The second half of a period is the first one backwards, and negative.
        period = np.array([*_SINE, *(-one for one in _SINE[:0:-1])])
        signal[:, 0, :, 0] = period[times % _SINE_PERIOD][:, np.newaxis]
    else:
        signal[:, 0, :, 0] = _noise(experiment, member, first)
    drive: Array = experiment.drive_gain * signal * directions[:, np.newaxis]
    return drive.reshape(shape)


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


def _draw_start(experiment: Experiment, member: int) -> Array:
    rows, n = experiment.batch, experiment.width
    if experiment.start_eigenvector is None:
        unit = _unit_start(experiment.seed, member, rows, n)
    else:
        # Of the matrix that the rnn cell has, and a gated cell's candidate.
        direction = leading_direction(experiment, member, experiment.start_eigenvector)
        unit = _to_unit_rms(np.tile(direction, (rows, 1)))
    scaled: Array = unit * experiment.start_rms
    return scaled


@memo
def _unit_start(seed: int, member: int, rows: int, width: int) -> Array:
    return _to_unit_rms(generator(seed, member, Stream.START).standard_normal((rows, width)))


def _to_unit_rms(start: Array) -> Array:
    rms = norms(start) / math.sqrt(start.shape[1])
    unit: Array = start / rms[:, np.newaxis]
    return unit


@memo
def _draw_probe(seed: int, member: int, rows: int, width: int) -> Array:
    probe = generator(seed, member, Stream.PROBE).standard_normal((rows, width))
    return probe / float(norms(probe.ravel()))
