"""The error surface of a net over factors on two of W's eigenvalues.

    W(x, y) = W + (x − 1)·Λ_i + (y − 1)·Λ_j,   L = ½‖h_T − h_T*‖²

with Λ_k the part of W that an eigenvalue (or a conjugate pair) makes, λ_k v_k u_kᵀ with the right
and left eigenvectors v_k and u_k, so that x and y scale these eigenvalues and nothing else; h_T* is
what the net gives with the W that it has. Λ_i = 0 for an eigenvalue 0.
"""

from __future__ import annotations

import math
from functools import cached_property

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.network import Network, draw
from tuisim.engine.cells.table import CELLS
from tuisim.engine.maths.eigenvectors import eigenbasis
from tuisim.engine.maths.linear import log_norm
from tuisim.engine.maths.schur import Complex
from tuisim.engine.maths.spectrum import eigen_order
from tuisim.engine.runs.run import Run, member_buffers
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.runs.weight_gradients import balanced_pair
from tuisim.engine.surfaces.landscape import FARTHEST, Losses
from tuisim.values.experiment import Experiment

# Beyond this W is not the sum of its parts.
_DEFECTIVE = 1e10

_LN10 = math.log(10.0)


@attrs.frozen(eq=False)
class Part:
    """An eigenvalue of W, or a conjugate pair, with what it makes of W.

    Attributes:
        eigenvalue: of a pair the one with the positive imaginary part.
        matrix: Λ, (n, n); all parts add up to W.
    """

    eigenvalue: complex
    matrix: Array


def parts(experiment: Experiment, network: Network | None = None) -> tuple[Part, ...]:
    """W taken apart by its eigenvalues, the largest modulus first.

    Raises:
        ValueError: no tied rnn, or a W whose eigenvectors are no basis.
    """
    _check(experiment)
    network = network or draw(experiment)
    values, vectors, inverse = _eigenbasis(network)
    found = []
    for index in eigen_order(values):
        value = complex(values[index])
        if value.imag < 0:
            continue
        part = np.outer(vectors[:, index] * value, inverse[index])
        found.append(Part(value, (2 * part.real if value.imag else part.real)))
    return tuple(found)


def _check(e: Experiment) -> None:
    if e.cell != "rnn":
        raise ValueError(f"error surface: got cell {e.cell!r}, allowed: rnn (it has one matrix W)")
    if not e.tied:
        raise ValueError("error surface: got a net that is not tied, allowed: one W for all steps")


def _eigenbasis(network: Network) -> tuple[Complex, Complex, Complex]:
    """Eigenvalues (n,), eigenvectors as columns (n, n), and their inverse."""
    # Eigenvalues may coincide: only the net's own basis says whose vector is whose.
    found = eigenbasis(network)
    if not found.condition < _DEFECTIVE:
        raise ValueError(
            f"error surface: got eigenvectors with a condition number of {found.condition:.1g}, "
            f"allowed: up to {_DEFECTIVE:.0e} (W is defective, or as good as)"
        )
    if found.normal:
        return found.values, found.vectors, found.vectors.conj().T
    return found.values, found.vectors, np.linalg.inv(found.vectors).astype(np.complex128)


def _alone(experiment: Experiment) -> Experiment:
    return attrs.evolve(experiment, members=1)


@attrs.frozen(slots=False, eq=False)
class EigenvalueSurface:
    """A tied rnn as a surface over factors on two of its eigenvalues or pairs; member 0 alone.

    Attributes:
        experiment: the net.
        first, second: which of `parts` are scaled by x and by y.
    """

    experiment: Experiment = attrs.field(converter=_alone)
    first: int = 0
    second: int = 1

    def __attrs_post_init__(self) -> None:
        count = len(self.parts)
        if count < 2:
            raise ValueError("error surface: got one eigenvalue or pair, allowed: from two on")
        for name in ("first", "second"):
            got = getattr(self, name)
            if not 0 <= got < count:
                raise ValueError(f"{name}: got {got!r}, allowed: 0…{count - 1}")
        if self.first == self.second:
            raise ValueError(f"second: got {self.second!r} twice, allowed: another than `first`")

    @cached_property
    def network(self) -> Network:
        """The net as it is."""
        return draw(self.experiment)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """W taken apart."""
        return parts(self.experiment, self.network)

    @cached_property
    def _goal(self) -> tuple[Array, float]:
        return _end(self._run(1.0, 1.0))

    @property
    def at_a_time(self) -> int:
        """How many points take some milliseconds."""
        e = self.experiment
        return max(1, int(4e7 / (4.0 * e.depth * e.batch * e.width * (e.width + 50) + 1e6)))

    def matrix(self, x: float, y: float) -> Array:
        """W(x, y), (n, n); at (1, 1) the net's own to the last bit."""
        one, other = self.parts[self.first].matrix, self.parts[self.second].matrix
        return np.asarray(self.network.matrix + (x - 1.0) * one + (y - 1.0) * other)

    def losses(self, x: Array, y: Array) -> Array:
        """log10 L at the factors (x, y), both (k,); (k,)."""
        return np.array([self._loss(*_rest(self._run(*at), self._goal)) for at in _points(x, y)])

    def evaluate(self, x: Array, y: Array) -> Losses:
        """Loss and gradient at the factors (x, y), both (k,)."""
        losses, gradients, exponents = [], [], []
        for at in _points(x, y):
            rest, exponent = _rest(self._run(*at), self._goal)
            losses.append(self._loss(rest, exponent))
            gradient, scale = self._gradient(*at, rest)
            gradients.append(gradient)
            exponents.append(scale + exponent)
        return Losses(np.array(losses), np.array(gradients), np.array(exponents))

    def _run(self, x: float, y: float, probe: Array | None = None) -> Run:
        probe = self.network.probe if probe is None else probe
        weights = self.matrix(x, y)
        network = attrs.evolve(self.network, weights=weights, probe=probe, _drawn=None)
        return simulate(self.experiment, [network])

    def _loss(self, rest: Array, exponent: float) -> float:
        return 2 * (log_norm(rest) / _LN10 + exponent * math.log10(2)) + math.log10(0.5)

    def _gradient(self, x: float, y: float, rest: Array) -> tuple[Array, Array]:
        """⟨∂L/∂W, Λ⟩ for both parts, for ∂L/∂h_T = rest; (2,) and the exponent of each."""
        run = self._run(x, y, rest)
        cell, buffers = CELLS["rnn"], member_buffers(run._buffers, 0)
        delta, back = cell.deltas(self.experiment, run.networks[0], buffers)
        source, on = cell.sources(self.experiment, buffers)
        delta, source, exponents = balanced_pair(delta, back, source, on)
        chosen = (self.parts[self.first].matrix, self.parts[self.second].matrix)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            terms = np.stack([(delta * (source @ one.T)).sum(axis=(1, 2)) for one in chosen])
            terms, own = np.frexp(terms)
            # A zero has no scale, and must not lend one.
            scales = np.where(terms == 0.0, -np.inf, own + exponents)
            top = scales.max(axis=1)
            top = np.where(np.isneginf(top), 0.0, top)
            down = (scales - top[:, np.newaxis]).clip(-4000, 0).astype(int)
            return np.ldexp(terms, down).sum(axis=1), top


def _points(x: Array, y: Array) -> list[tuple[float, float]]:
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    for name, array in (("x", x), ("y", y)):
        if not (np.abs(array) <= FARTHEST).all():
            raise ValueError(f"{name}: allowed: factors up to {FARTHEST:g} in size")
    return list(zip(x.tolist(), y.tolist(), strict=True))


def _end(run: Run) -> tuple[Array, float]:
    """h_T (batch, n) and the exponent of its scale."""
    buffers = member_buffers(run._buffers, 0)
    return buffers.states[-1].reshape(run.networks[0].start.shape), float(
        buffers.state_exponents[-1]
    )


def _rest(run: Run, goal: tuple[Array, float]) -> tuple[Array, float]:
    """h_T − h_T* and the exponent of its scale."""
    (h, on), (h_goal, goal_on) = _end(run), goal
    # A zero state has no scale, and must not lend one.
    scales = [scale for state, scale in ((h, on), (h_goal, goal_on)) if state.any()]
    top = max(scales, default=0.0)
    with np.errstate(invalid="ignore", under="ignore"):
        rest = _lowered(h, on - top) - _lowered(h_goal, goal_on - top)
    return rest, top


def _lowered(state: Array, exponent: float) -> Array:
    lowered: Array = np.ldexp(state, int(max(min(exponent, 0.0), -4000.0)))
    return lowered
