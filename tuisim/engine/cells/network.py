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
from tuisim.engine.base.memo import Array
from tuisim.engine.base.panels import Packed, packed_once
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.cells.draws import draw_bias, draw_drive, draw_probe, draw_start
from tuisim.engine.cells.layered import layer_arrays
from tuisim.engine.maths.eigenvalues import eigenvalues_of
from tuisim.engine.maths.normality import departure_from_normality
from tuisim.engine.maths.schur import Complex
from tuisim.engine.maths.spectrum import (
    drawn_eigenvalues,
    drawn_radius,
    drawn_stretch,
    recurrent_matrix,
)
from tuisim.engine.maths.stretch import largest_singular_value
from tuisim.engine.trained.finding import find_layer
from tuisim.engine.trained.layer import GATE_ACTIVATIONS, RESETS, Layer
from tuisim.values.experiment import Experiment

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


def optional_array(name: str) -> Any:
    """The same, or None."""
    return attrs.field(
        default=None, converter=lambda value: None if value is None else _array(name, value)
    )


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

    What a trained layer may have besides, and is tied then:
        recurrent_bias: bias' shape, of a gru that resets after the product: what is added inside
            the product in place of `bias`, which then stands beside it, as the input does.
        peepholes: (3, n), what i, f and o of an lstm hear of c. cell_start: (batch, n), its c_0.
        reset: where a gru resets, "after" the product or "before".
        gate_activation: "sigmoid", "hard_sigmoid_0.2" or "hard_sigmoid_1/6".
    """

    weights: Array = array("weights")
    bias: Array = array("bias")
    drive: Array = array("drive")
    start: Array = array("start")
    probe: Array = array("probe")
    recurrent_bias: Array | None = optional_array("recurrent_bias")
    peepholes: Array | None = optional_array("peepholes")
    cell_start: Array | None = optional_array("cell_start")
    reset: str = attrs.field(default="after", validator=attrs.validators.in_(RESETS))
    gate_activation: str = attrs.field(
        default="sigmoid", validator=attrs.validators.in_(GATE_ACTIVATIONS)
    )
    #: How W was drawn, with that very array: its eigenvalues are known by construction.
    _drawn: tuple[Array, Experiment, int] | None = attrs.field(
        default=None, repr=False, alias="_drawn"
    )
    #: `attrs.evolve` hands it on.
    _packed: Packed = attrs.field(factory=dict, repr=False, alias="_packed")

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
    def varied(self) -> bool:
        """Whether a step is none of the plain cells', which know no peephole and no hard gate."""
        plain = self.reset == "after" and self.gate_activation == "sigmoid"
        return not plain or self.peepholes is not None

    @cached_property
    def panels(self) -> Array:
        """weights_by_step as the backward pass reads them."""
        return self._as_read(transposed=False)

    @cached_property
    def transposed_panels(self) -> Array:
        """The same of every matrix transposed, as the forward pass reads them."""
        return self._as_read(transposed=True)

    @cached_property
    def enlarged(self) -> bool:
        """Whether it has any of what only a trained layer has."""
        more = self.recurrent_bias, self.peepholes, self.cell_start
        return self.varied or any(one is not None for one in more)

    def _as_read(self, *, transposed: bool) -> Array:
        """Panels, and a row more that begins with the peepholes, where a kernel looks for them."""
        packed = packed_once(self.weights, self._packed, transposed=transposed, gates=self.gates)
        if not self.varied:
            return packed
        row = np.zeros((1, packed.shape[1]))
        if self.peepholes is not None:
            row[0, : self.peepholes.size] = self.peepholes.ravel()
        return _fixed(np.concatenate([packed, row]))

    @cached_property
    def inside(self) -> Array:
        """What is added to W h, of bias' shape."""
        if self.recurrent_bias is None:
            return self.bias
        inner = self.bias + self.recurrent_bias
        inner[..., candidate_place(self.gates), :] = self.recurrent_bias[
            ..., candidate_place(self.gates), :
        ]
        return _fixed(inner)

    @cached_property
    def beside(self) -> Array:
        """What a step's input comes to, of drive's shape."""
        if self.recurrent_bias is None:
            return self.drive
        place = candidate_place(self.gates)
        whole = self.drive.copy()
        whole[:, place] += self.bias[..., place, :].reshape(-1, 1, self.bias.shape[-1])
        return _fixed(whole)

    @cached_property
    def bias_rows(self) -> Array:
        """`inside` as the forward pass reads it: a row a matrix, (gates or T·gates, n)."""
        return self.inside.reshape(-1, self.bias.shape[-1])

    @cached_property
    def drive_rows(self) -> Array:
        """`beside` likewise, (T·gates, batch·n)."""
        return self.beside.reshape(self.drive.shape[0] * self.gates, -1)

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
        """Whether anything is added to W h."""
        return bool(self.inside.any())

    @cached_property
    def driven(self) -> bool:
        """Whether anything comes in beside it."""
        return bool(self.beside.any())

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
            return eigenvalues_of(self.matrix)

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
        with one_blas_thread():
            return largest_singular_value(self.matrix)

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
    expected = _shapes_of(experiment)
    for name, allowed in expected.items():
        got = network.shapes[name]
        if got != allowed:
            raise ValueError(f"network.{name}: got shape {got}, allowed: {allowed}")
    more = {
        "recurrent_bias": ("gru", expected["bias"]),
        "peepholes": ("lstm", (3, experiment.width)),
        "cell_start": ("lstm", expected["start"]),
    }
    for name, (cell, allowed) in more.items():
        array = getattr(network, name)
        if array is not None and experiment.cell != cell:
            raise ValueError(
                f"network.{name}: got one with cell {experiment.cell!r}, allowed: with {cell!r}"
            )
        if array is not None and array.shape != allowed:
            raise ValueError(f"network.{name}: got shape {array.shape}, allowed: {allowed}")
    if network.varied and not (experiment.tied and experiment.cell in ("lstm", "gru")):
        raise ValueError("network: got gates of its own, allowed: in a tied lstm or gru")
    if network.reset != "after" and experiment.cell != "gru":
        raise ValueError(f"network.reset: got {network.reset!r}, allowed: with a gru")


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
        if network.shapes != shapes or network.enlarged:
            check_network(experiment, network)
    return found


def draw(experiment: Experiment, member: int = 0) -> Network:
    """Draw the arrays of one member, all from (experiment.seed, member).

    The radius only rescales the random arrays, more depth keeps the earlier steps, another
    activation keeps every array. A trained layer's are those of its file, and its input's.

    Raises:
        ValueError: more work than the budget allows; a layer's or an input's file is not there,
            is another one than its digest says, or does not fit.
    """
    return draw_steps(experiment, member, 0)


@np.errstate(over="ignore", invalid="ignore")
def draw_with(layer: Layer, experiment: Experiment, member: int = 0) -> Network:
    """As draw, with this layer in place of the one that the experiment names."""
    return _with(layer, experiment, member, 0, looping=False)


def _with(
    layer: Layer, experiment: Experiment, member: int, first: int, *, looping: bool
) -> Network:
    check_budget(experiment)
    arrays = layer_arrays(layer, experiment, member, first, looping)
    return Network(probe=_probe(experiment, member), **arrays)


def _probe(experiment: Experiment, member: int) -> Array:
    return draw_probe(experiment.seed, member, experiment.batch, experiment.width)


@np.errstate(over="ignore", invalid="ignore")
def draw_steps(
    experiment: Experiment, member: int, first: int, *, looping: bool = False
) -> Network:
    """As draw, for the steps first + 1 … first + depth of a net that runs on.

    Args:
        looping: an input from a file begins anew at its end.
    """
    check_budget(experiment)
    if experiment.layer:
        layer = find_layer(experiment.layer, experiment.layer_digest)
        return _with(layer, experiment, member, first, looping=looping)
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
        bias=_fixed(draw_bias(experiment, member, first).reshape(shape["bias"])),
        drive=_fixed(draw_drive(experiment, member, first).reshape(shape["drive"])),
        start=_fixed(draw_start(experiment, member)),
        probe=_probe(experiment, member),
        _drawn=(weights, experiment, member) if experiment.tied or first == 0 else None,
    )
