"""Echo state networks: a reservoir that stays as drawn, a readout trained in closed form.

Jaeger 2001, "The 'echo state' approach to analysing and training recurrent neural networks";
Lukoševičius 2012, "A practical guide to applying echo state networks". No gradient goes through
time: the readout is a ridge regression on the states.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np

from tuisim.engine.base.blas import one_blas_thread
from tuisim.engine.base.memo import Array
from tuisim.engine.cells.network import Network, check_network, draw
from tuisim.engine.maths.spectrum import Stream, generator
from tuisim.engine.reservoirs.forward import forward
from tuisim.values.experiment import FIELDS, Experiment
from tuisim.values.fields import number, refusal

#: Which sequence of inputs; the numbers are part of a seed's meaning.
_MEMORY_TASK, _NARMA_TASK = 0, 1

#: Under independence test·r² follows χ² with one degree of freedom; one in 10⁴ is above this.
_CHANCE = 15.1367

_NARMA_ORDER = 10
#: Without input the recursion has an unstable fixed point at 1.24: from here there is no return.
_NARMA_LOST = 2.0


@attrs.frozen(kw_only=True)
class Protocol:
    """How a readout is trained and tested: steps dropped, learned from, held out, and the ridge.

    Raises:
        ValueError: names the field, what it got and what it allows.
    """

    washout: int = number(
        "washout", 500, "first steps that are dropped", "≥ 0", lambda n: n >= 0, whole=True
    )
    train: int = number("train", 4000, "steps to train on", "≥ 2", lambda n: n >= 2, whole=True)
    test: int = number("test", 4000, "steps held out", "≥ 2", lambda n: n >= 2, whole=True)
    ridge: float = number(
        "ridge", 1e-8, "penalty on the squared readout weights", "≥ 0", lambda x: x >= 0
    )

    def __attrs_post_init__(self) -> None:
        _, most = FIELDS["depth"].metadata["limits"]
        if self.steps > most:
            raise ValueError(f"washout, train, test: got {self.steps} steps, allowed: 1…{most}")

    @property
    def steps(self) -> int:
        """All steps together."""
        return self.washout + self.train + self.test


@attrs.frozen(eq=False)
class Readout:
    """A linear map of features, weights (features, outputs) and intercept (outputs,)."""

    weights: Array
    intercept: Array

    def __call__(self, features: Array) -> Array:
        """The outputs (steps, outputs) for features (steps, features)."""
        return np.asarray(features @ self.weights + self.intercept)


def fit_readout(features: Array, targets: Array, ridge: float) -> Readout:
    """The readout that minimises Σ‖y − ŷ‖² + ridge·‖weights‖²; the intercept is free.

    By the singular values of the centred features: normal equations would square a condition
    number that is large already. Directions that rounding alone spans are left out, as a
    pseudo-inverse does.

    Args:
        features: (steps, features).
        targets: (steps, outputs).
    """
    feature_mean, target_mean = features.mean(axis=0), targets.mean(axis=0)
    u, s, vt = np.linalg.svd(features - feature_mean, full_matrices=False)
    rounding = np.finfo(float).eps * max(features.shape) * s[0]
    # s/(s² + ridge), without squares that leave float64.
    filters = np.zeros_like(s)
    kept = s > rounding
    filters[kept] = 1.0 / (s[kept] + ridge / s[kept])
    weights = vt.T @ (filters[:, np.newaxis] * (u.T @ (targets - target_mean)))
    return Readout(weights, target_mean - feature_mean @ weights)


def check_reservoir(experiment: Experiment) -> None:
    """Raise ValueError where the experiment is no reservoir: one tied rnn net, one row."""
    for name, allowed in (("cell", "rnn"), ("tied", True), ("batch", 1), ("input", "none")):
        got = getattr(experiment, name)
        if got != allowed:
            raise refusal(name, got, f"{allowed} (a reservoir is one tied rnn)")


def draw_reservoir(experiment: Experiment, member: int = 0) -> Network:
    """The arrays of one reservoir, its drive that of a unit impulse: drive[0, 0] is W_in.

    W_in is drive_gain·v with the v of every drive, so that an input u_t adds drive_gain·v·u_t
    to the pre-activation. For weights of your own, `attrs.evolve` it.

    Raises:
        ValueError: no reservoir (see `check_reservoir`), or as `draw`.
    """
    check_reservoir(experiment)
    return draw(_shortest(experiment), member)


def _shortest(experiment: Experiment) -> Experiment:
    # A skip is at most as long as the depth.
    return attrs.evolve(experiment, drive="impulse", depth=max(1, experiment.skip))


def reservoir_states(
    experiment: Experiment, signals: Array, networks: Sequence[Network] | None = None
) -> Array:
    """The states h_1 … h_L of every member under an input of its own.

    Args:
        experiment: the reservoir: all but its depth and its drive.
        signals: (members, L), u_t; h_t is the first state that has seen u_t.
        networks: one a member, as `draw_reservoir` makes them; drawn where not given.

    Returns:
        (members, L, n).

    Raises:
        ValueError: no reservoir, arrays of another shape, a state that does not stay finite, or
            more work than the budget allows.
    """
    check_reservoir(experiment)
    if networks is None:
        networks = [draw_reservoir(experiment, member) for member in range(experiment.members)]
    if not len(networks) == len(signals) == experiment.members:
        raise ValueError(
            f"networks, signals: got {len(networks)}, {len(signals)}, "
            f"allowed: {experiment.members}, one a member"
        )
    for network in networks:
        check_network(_shortest(experiment), network)
    length = max(signals.shape[1], experiment.skip)
    padded = np.zeros((len(signals), length))
    padded[:, : signals.shape[1]] = signals
    fed = [
        attrs.evolve(network, drive=signal[:, np.newaxis, np.newaxis] * network.drive[0])
        for network, signal in zip(networks, padded, strict=True)
    ]
    run = forward(attrs.evolve(experiment, depth=length), fed)
    states = run.states[:, 1 : signals.shape[1] + 1, 0]
    finite = np.isfinite(states).all(axis=(0, 2))
    if not finite.all():
        raise refusal(
            "radius",
            experiment.radius,
            "one at which the state stays finite "
            f"(it is not from step {int(np.argmin(finite)) + 1} on)",
        )
    return states


@attrs.frozen(eq=False)
class MemoryCapacity:
    """How much of each past input a linear readout can give back. M members, K delays.

    Attributes:
        delays: (K,), k = 1 … K.
        capacity: (M, K), MC_k: the squared correlation of u_{t−k} and its reconstruction, on held
            out steps.
        threshold: what of it chance alone explains. A squared correlation is never negative, so
            that two independent series have 1/test on average; K of these would look like memory.
            One in 10⁴ of them is above the threshold, and only what is above it counts (after
            Dambre et al. 2012, "Information processing capacity of dynamical systems").
    """

    experiment: Experiment
    protocol: Protocol
    delays: np.ndarray[tuple[int, ...], np.dtype[np.int64]] = attrs.field(repr=False)
    capacity: Array = attrs.field(repr=False)
    threshold: float

    @property
    def total(self) -> Array:
        """MC, (M,): the sum over delays. Exactly known correlations would add up to n at most."""
        counted: Array = np.where(self.capacity > self.threshold, self.capacity, 0.0)
        return np.asarray(counted.sum(axis=1))


def default_delays(experiment: Experiment, protocol: Protocol) -> int:
    """How far back memory is asked for: 2n steps, as far as the washout goes."""
    return min(2 * experiment.width, protocol.washout)


@one_blas_thread()
def memory_capacity(
    experiment: Experiment,
    networks: Sequence[Network] | None = None,
    *,
    delays: int | None = None,
    protocol: Protocol | None = None,
) -> MemoryCapacity:
    """Measure the short-term memory of a reservoir under i.i.d. input, uniform on [−½, ½].

    The readout sees u_t and h_t, as in Jaeger 2001, "Short term memory in echo state networks":
    then Σ_{k≥1} MC_k ≤ n for any reservoir, as shown there, and n for a linear one but in special
    cases. Measured, a wide linear one falls short of it, what is far back being too faint for
    float64 and the ridge (Ballarin, Grigoryeva & Ortega 2023, "Memory of recurrent networks: do
    we compute it right?").

    Args:
        experiment: the reservoir: all but its depth and its drive.
        networks: one a member, as `draw_reservoir` makes them; drawn where not given.
        delays: K; 2n where not given, as far as the washout goes.
        protocol: lengths and ridge.

    Raises:
        ValueError: delays past the washout, and as `reservoir_states`.
    """
    protocol = protocol or Protocol()
    if delays is None:
        delays = default_delays(experiment, protocol)
    if protocol.washout < 1:
        raise refusal(
            "washout", protocol.washout, "≥ 1 for memory, which is asked for k steps back"
        )
    if not 1 <= delays <= protocol.washout:
        raise refusal("delays", delays, f"1…washout, which is {protocol.washout}")
    signals = np.stack(
        [
            _uniform(experiment, member, _MEMORY_TASK, protocol) - 0.5
            for member in _members(experiment)
        ]
    )
    states = reservoir_states(experiment, signals, networks)
    capacity = np.empty((experiment.members, delays))
    for member, (signal, rows) in enumerate(zip(signals, states, strict=True)):
        past = np.stack(
            [signal[protocol.washout - k : signal.size - k] for k in range(1, delays + 1)], axis=1
        )
        features = _features(signal, rows)[protocol.washout :]
        readout = fit_readout(features[: protocol.train], past[: protocol.train], protocol.ridge)
        found = readout(features[protocol.train :])
        capacity[member] = _squared_correlation(found, past[protocol.train :])
    return MemoryCapacity(
        experiment, protocol, np.arange(1, delays + 1), capacity, _CHANCE / protocol.test
    )


@attrs.frozen(eq=False)
class Narma10:
    """NARMA-10 by a trained readout, on held-out steps. M members.

    Attributes:
        target, output: (M, test), y_{t+1} and what the readout makes of u_t and h_t.
        nrmse: (M,), √(mean (output − target)² / variance of the target).
        mean_nrmse: (M,), of the training targets' mean: 1 but for what the means differ.
        last_nrmse: (M,), of y_t in place of y_{t+1}, which no readout is told.
        inputs_nrmse: (M,), of the best linear map of u_t … u_{t−9}: what ten inputs give without
            any reservoir. A reservoir that is to show anything must be under it.
    """

    experiment: Experiment
    protocol: Protocol
    target: Array = attrs.field(repr=False)
    output: Array = attrs.field(repr=False)
    nrmse: Array
    mean_nrmse: Array
    last_nrmse: Array
    inputs_nrmse: Array


@one_blas_thread()
def narma10(
    experiment: Experiment,
    networks: Sequence[Network] | None = None,
    *,
    protocol: Protocol | None = None,
) -> Narma10:
    """Train a readout to follow the NARMA-10 system (Atiya & Parlos 2000).

    Args:
        experiment: the reservoir: all but its depth and its drive.
        networks: one a member, as `draw_reservoir` makes them; drawn where not given.
        protocol: lengths and ridge.

    Raises:
        ValueError: a washout under 9 steps, and as `reservoir_states`.
    """
    protocol = protocol or Protocol()
    if protocol.washout < _NARMA_ORDER - 1:
        raise refusal("washout", protocol.washout, f"≥ {_NARMA_ORDER - 1} for NARMA-10")
    sequences = [_narma_sequence(experiment, member, protocol) for member in _members(experiment)]
    signals = np.stack([signal for signal, _ in sequences])
    states = reservoir_states(experiment, signals, networks)
    learned = slice(protocol.washout, protocol.washout + protocol.train)
    held = slice(learned.stop, None)
    targets, outputs, errors = [], [], []
    for (signal, y), rows in zip(sequences, states, strict=True):
        following, windows = y[1:, np.newaxis], _windows(signal)
        answers = [
            fit_readout(one[learned], following[learned], protocol.ridge)(one[held])[:, 0]
            for one in (_features(signal, rows), windows)
        ]
        target = following[held, 0]
        mean = np.full_like(target, following[learned].mean())
        targets.append(target)
        outputs.append(answers[0])
        errors.append([nrmse(one, target) for one in (answers[0], mean, y[:-1][held], answers[1])])
    return Narma10(experiment, protocol, np.stack(targets), np.stack(outputs), *np.array(errors).T)


def narma_series(signal: Array) -> Array:
    """y_0 … y_L of the NARMA-10 system under u_0 … u_{L−1}, (L + 1,), zero to begin with.

    y_{t+1} = 0.3 y_t + 0.05 y_t Σ_{i=0…9} y_{t−i} + 1.5 u_{t−9} u_t + 0.1. It may run off to
    infinity, and then holds inf or nan.
    """
    y = np.zeros(signal.size + 1)
    product = np.zeros(signal.size)
    product[_NARMA_ORDER - 1 :] = 1.5 * signal[: 1 - _NARMA_ORDER] * signal[_NARMA_ORDER - 1 :]
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(signal.size):
            recent = y[max(t - _NARMA_ORDER + 1, 0) : t + 1].sum()
            y[t + 1] = 0.3 * y[t] + 0.05 * y[t] * recent + product[t] + 0.1
    return y


def nrmse(output: Array, target: Array) -> float:
    """√(mean (output − target)² / variance of the target), both (steps,)."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sqrt(np.mean((output - target) ** 2) / np.var(target)))


def _members(experiment: Experiment) -> range:
    return range(experiment.members)


def _uniform(experiment: Experiment, member: int, task: int, protocol: Protocol) -> Array:
    """Numbers uniform on [0, 1), (steps,); a longer sequence begins with the shorter one."""
    random = generator(experiment.seed, member, Stream.TASK_INPUT, task)
    return random.random(protocol.steps)


def _narma_sequence(experiment: Experiment, member: int, protocol: Protocol) -> tuple[Array, Array]:
    """u uniform on [0, ½), (steps,), and its y, (steps + 1,).

    The system runs off under one in two hundred thousand inputs or so; then another sequence is
    taken, as is usual.
    """
    task = _NARMA_TASK
    while True:
        signal = 0.5 * _uniform(experiment, member, task, protocol)
        y = narma_series(signal)
        # A nan compares as lost, too.
        if y.max() <= _NARMA_LOST:
            return signal, y
        task += 1


def _features(signal: Array, states: Array) -> Array:
    """What the readout sees: u_t and h_t, (steps, 1 + n)."""
    return np.column_stack([signal, states])


def _windows(signal: Array) -> Array:
    """u_t … u_{t−9}, (steps, 10), zero before the first."""
    padded = np.concatenate([np.zeros(_NARMA_ORDER - 1), signal])
    return np.lib.stride_tricks.sliding_window_view(padded, _NARMA_ORDER)


def _squared_correlation(found: Array, targets: Array) -> Array:
    """Of each column, (outputs,); 0 where one of the two does not vary."""
    found, targets = found - found.mean(axis=0), targets - targets.mean(axis=0)
    scale = np.abs(found).max(axis=0)
    found = found / np.where(scale > 0.0, scale, 1.0)
    squares = (found**2).sum(axis=0) * (targets**2).sum(axis=0)
    products = (found * targets).sum(axis=0) ** 2
    return np.asarray(products / np.where(squares > 0.0, squares, 1.0))
