"""The echo state property, measured: the distance of two trajectories under one input.

A reservoir has it where the state forgets its start (Jaeger 2001, "The 'echo state' approach to
analysing and training recurrent neural networks", definition 1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import attrs
import numpy as np

from tuisim.engine.base.blas import one_blas_thread
from tuisim.engine.base.facts import FACTS, SELU_ALPHA, SELU_SCALE, slope, value
from tuisim.engine.base.memo import Array
from tuisim.engine.cells.network import Network
from tuisim.engine.maths.linear import log_norm
from tuisim.engine.maths.ordered import norms
from tuisim.engine.maths.spectrum import Stream, generator
from tuisim.engine.reservoirs.reservoir import check_reservoir
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.runs.verdicts import REGIME_DECADES
from tuisim.values.experiment import Experiment

Verdict = Literal["converges", "does not converge", "not a number"]

#: Up to this difference of two pre-activations φ's slope in their middle is its chord to 1e-11;
#: above it the difference of two values has lost as little.
_SHORT = 1e-5
_NORM_FLOOR = 1e-12
#: The exponent of a zero vector: it lends its scale to no sum.
_NOTHING = -(10**9)


@attrs.frozen(eq=False)
class StateDistance:
    """How two starts of one reservoir come together, or do not. M members, T steps.

    Attributes:
        distance_log10: (M, T+1), log10 ‖h_t − h′_t‖: true values also where the states agree in
            every digit, and below float64. −inf: exactly equal; nan from where the state itself
            is inf or nan, except in a linear net, whose distance does not depend on it.
    """

    experiment: Experiment
    distance_log10: Array = attrs.field(repr=False)

    @property
    def rate(self) -> float:
        """Median over members of the mean change of ln ‖h − h′‖ per step, in nats."""
        return self._change * math.log(10) / self.experiment.depth

    @property
    def verdict(self) -> Verdict:
        """Whether the distance ends three decades and more under where it began.

        It speaks of the steps run: what converges slowly needs more of them.
        """
        return _verdict(self._change)

    @property
    def member_verdicts(self) -> tuple[Verdict, ...]:
        """The verdict on each member alone, (M,)."""
        return tuple(map(_verdict, self._changes.tolist()))

    @property
    def _changes(self) -> Array:
        """Decades from the start to the end of each member, (M,)."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.distance_log10[:, -1] - self.distance_log10[:, 0])

    @property
    def _change(self) -> float:
        with np.errstate(invalid="ignore"):
            return float(np.median(self._changes))


def _verdict(change: float) -> Verdict:
    if math.isnan(change):
        return "not a number"
    return "converges" if change <= -REGIME_DECADES else "does not converge"


@one_blas_thread()
def state_distance(
    experiment: Experiment, networks: Sequence[Network] | None = None
) -> StateDistance:
    """Follow the distance of two trajectories of the experiment, under its own drive.

    The first is the experiment's run; the other starts from another random vector of the same
    size. Their difference is followed by a recursion of its own, δ_t = carry·δ_{t−1} +
    leak·(φ(a_t + W δ) − φ(a_t)), the difference of φ being taken without cancellation: two
    trajectories beside one another in float64 cannot come closer than rounding, 10⁻¹⁶ of their
    size.

    Args:
        networks: one a member, as `draw` makes them; drawn where not given.

    Raises:
        ValueError: no reservoir, arrays of another shape, or more work than the budget allows.
    """
    check_reservoir(experiment)
    run = simulate(experiment, networks)
    curves = [
        _distances(run, member, network, other_start(experiment, network, member))
        for member, network in enumerate(run.networks)
    ]
    return StateDistance(experiment, np.stack(curves))


def other_start(experiment: Experiment, network: Network, member: int = 0) -> Array:
    """The second trajectory's h_0, (n,): random, its root mean square start_rms."""
    random = generator(experiment.seed, member, Stream.START, 1)
    start = random.standard_normal(experiment.width)
    start *= experiment.start_rms / (float(norms(start)) / math.sqrt(experiment.width))
    # A single unit has two starts of that size.
    return np.asarray(-start if np.array_equal(start, network.start[0]) else start)


def _distances(run: Run, member: int, network: Network, other: Array) -> Array:
    """log10 ‖h′_t − h_t‖ from h′_0 = other, (T+1,)."""
    e, states = run.experiment, run.states[member, :, 0]
    carry = 1.0 - e.leak + e.residual
    before = _mixed(e, states)
    with np.errstate(over="ignore", invalid="ignore"):
        reached = before @ network.weights.T + network.bias + network.drive[:, 0]
    # True values are gaps[t]·2**exponents[t], the largest entry of each near 1.
    gaps, exponents = np.empty_like(states), np.empty(len(states), dtype=np.int64)
    gaps[0], exponents[0] = _scaled(other - states[0], 0)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for t in range(1, len(gaps)):
            back = max(t - e.skip, 0) if e.skip else t - 1
            scale = max(exponents[t - 1], exponents[back])
            last = _at(gaps[t - 1], exponents[t - 1] - scale)
            share = e.skip_share if e.skip else 0.0
            source = (1.0 - share) * last + share * _at(gaps[back], exponents[back] - scale)
            a, d = reached[t - 1], network.weights @ source
            if e.norm == "layer":
                a, d = _normalised(a, d, scale)
            change = e.leak * rise(e.activation, a, d, scale)
            # Not 0·δ: an infinite one would turn into nan.
            gaps[t], exponents[t] = _scaled(change + carry * last if carry else change, scale)
    norms = np.array([log_norm(row) for row in gaps])
    return np.asarray(norms / math.log(10) + exponents * math.log10(2))


def _mixed(e: Experiment, states: Array) -> Array:
    """s_t of t = 1 … T, (T, n)."""
    if not e.skip:
        return states[:-1]
    back = np.maximum(np.arange(1, len(states)) - e.skip, 0)
    return np.asarray((1.0 - e.skip_share) * states[:-1] + e.skip_share * states[back])


def _at(row: Array, shift: int) -> Array:
    return np.asarray(np.ldexp(row, int(max(shift, -5000))))


def _scaled(row: Array, exponent: int) -> tuple[Array, int]:
    """The row with its largest entry brought near 1, and its exponent."""
    largest = float(np.abs(row).max())
    if largest == 0.0:
        return row, _NOTHING
    shift = math.frexp(largest)[1] if math.isfinite(largest) else 0
    return np.asarray(np.ldexp(row, -shift)), exponent + shift


def rise(activation: str, a: Array, d: Array, exponent: int) -> Array:
    """(φ(a + D) − φ(a))/2**exponent for D = d·2**exponent, to 1e-10 of itself; all (n,).

    Near the minimum of gelu, where it crosses zero, to 1e-10 of d.
    """
    if activation == "identity":
        return d
    far = np.ldexp(d, int(np.clip(exponent, -5000, 5000)))
    found = slope(activation, a + 0.5 * far) * d
    long = np.abs(far) > _SHORT
    for kink in FACTS[activation].kinks:
        # What steps over a kink has no slope in the middle.
        long |= (a > kink) != (a + far > kink)
    chord = _chord(activation, a[long], a[long] + far[long])
    found[long] = np.ldexp(chord, -exponent)
    return found


def _chord(activation: str, a: Array, b: Array) -> Array:
    """φ(b) − φ(a), also where both lie so far out that φ has come to its limit in every digit."""
    chord = value(activation, b) - value(activation, a)
    if activation == "tanh":
        # tanh x = ±(1 − 2/(1 + e^(2|x|))); the rest alone changes on one side.
        rest_a, rest_b = 2 / (1 + np.exp(2 * np.abs(a))), 2 / (1 + np.exp(2 * np.abs(b)))
        chord = np.where(a * b > 0, np.sign(a) * (rest_a - rest_b), chord)
    elif activation == "sigmoid":
        # σ(x) = 1 − σ(−x).
        rest = value(activation, -a) - value(activation, -b)
        chord = np.where((a > 0) & (b > 0), rest, chord)
    elif activation in ("elu", "selu"):
        left = SELU_SCALE * SELU_ALPHA if activation == "selu" else 1.0
        rest = left * (np.exp(np.minimum(b, 0)) - np.exp(np.minimum(a, 0)))
        chord = np.where((a <= 0) & (b <= 0), rest, chord)
    return np.asarray(chord)


def _normalised(a: Array, d: Array, exponent: int) -> tuple[Array, Array]:
    """N(a) and (N(a + D) − N(a))/2**exponent for layer norm, D = d·2**exponent."""
    a, d = a - a.mean(), d - d.mean()
    before = float(np.sqrt(np.mean(a * a) + _NORM_FLOOR))
    size = math.ldexp(1.0, int(np.clip(exponent, -1000, 1000)))
    after_square = np.mean((a + size * d) ** 2) + _NORM_FLOOR
    after = float(np.sqrt(after_square))
    # 1/after − 1/before, from the difference of their squares.
    squares = 2.0 * np.mean(a * d) + size * np.mean(d * d)
    return a / before, d / after - a * (squares / (before * after * (before + after)))
