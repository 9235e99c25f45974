"""The rnn cell over its kernels, whose equations stand there."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tuisim.engine.base.facts import FACTS
from tuisim.engine.base.memo import Array
from tuisim.engine.base.memory import empty
from tuisim.engine.cells import rnn, rnn_beyond
from tuisim.engine.cells.beyond import Records, kernel_arrays, put, records, steps_beyond
from tuisim.engine.cells.cell import Cell
from tuisim.engine.cells.network import Network
from tuisim.engine.cells.rnn_steps import Parameters
from tuisim.engine.kernels.activations import CODES
from tuisim.engine.kernels.normalisation import NO_NORM
from tuisim.engine.kernels.scales import IEEE, scaling_of
from tuisim.engine.kernels.vectors import NOTHING
from tuisim.values.experiment import NORMS, Experiment

_SCALING = Parameters._fields.index("scaling")
_SILENT = Parameters(0, 1, 0.0, 1.0, 0, 0.0, NO_NORM, True, False, False, IEEE, 1.0, 1.0, False, 0)


class Buffers(NamedTuple):
    """What the two passes write, for capacity C ≥ last steps.

    states, gradients: (C+1, batch·n), true value = row · 2**exponent.
    slopes: (C, batch·n), φ′(a_t) in row t−1.
    state_exponents, gradient_exponents: (C+1,).
    hidden_log10, gradient_log10: (C+1,), of the norms.
    normalised, offset: (C, batch·n) and inverse: (C, at least groups), with a norm only (else 0
        rows): N's output, b_t + x_t, and one over the standard deviation.
    beyond, gradients_beyond: (C+1,), as CommonBuffers; no kernel sees these two.
    """

    states: Array
    gradients: Array
    slopes: Array
    state_exponents: Array
    gradient_exponents: Array
    hidden_log10: Array
    gradient_log10: Array
    normalised: Array
    inverse: Array
    offset: Array
    beyond: Records
    gradients_beyond: Records


def _radial_groups(e: Experiment) -> int:
    """`Parameters.radial` of a norm behind an activation that is positively homogeneous."""
    # Nothing but φ(N(W h)), in groups that each are one run of numbers.
    alone = e.leak == 1.0 and not e.residual and (e.skip == 0 or e.skip_share == 1.0)
    groups = {"layer": e.batch, "batch": int(e.width == 1)}
    return groups[e.norm] if alone else 0


class Rnn(Cell):
    """The plain recurrent cell with what can be added to it."""

    name = "rnn"

    def allocate(
        self, experiment: Experiment, members: int, capacity: int, *, any_norm: bool = False
    ) -> Buffers:
        row = experiment.batch * experiment.width
        groups = kept = 0
        if any_norm or experiment.norm != "none":
            groups, kept = max(experiment.width, experiment.batch), capacity
        scales = np.empty((4, members, capacity + 1))
        normalised = np.empty((members, kept, row))
        return Buffers(
            empty(members, capacity + 1, row),
            empty(members, capacity + 1, row),
            empty(members, capacity, row),
            scales[0],
            scales[1],
            scales[2],
            scales[3],
            normalised,
            np.empty((members, kept, groups)) if kept else normalised,
            np.empty((members, kept, row)) if kept else normalised,
            *records(members, capacity),
        )

    def settings(self, experiment: Experiment, network: Network) -> tuple[Any, ...]:
        e, facts = experiment, FACTS[experiment.activation]
        biased, driven = network.biased, network.driven
        plain = e.norm == "none" and not biased and not driven
        follows = e.norm != "none" and facts.positively_homogeneous
        # As Parameters has them, and without making one: that would cost more than a short step.
        return (
            CODES[e.activation],
            e.batch,
            1.0 - e.leak + e.residual,
            e.leak,
            e.skip,
            e.skip_share,
            NORMS.index(e.norm),
            e.tied,
            biased,
            driven,
            scaling_of(facts, plain, homogeneous=True),
            facts.left_slope,
            facts.right_slope,
            facts.fades,
            _radial_groups(e) if follows else 0,
        )

    def silent(self, scaling: int) -> tuple[Any, ...]:
        return tuple(_SILENT._replace(scaling=scaling))

    forward = staticmethod(rnn.forward)
    backward = staticmethod(rnn.backward)
    passes = staticmethod(rnn.passes)

    def largest_slopes(self, experiment: Experiment) -> Array:
        return np.array([FACTS[experiment.activation].largest_slope])

    def matrix_part(self, experiment: Experiment, network: Network, buffers: Any) -> Array:
        log10 = np.empty(buffers.slopes.shape[0])
        settings = self.settings(experiment, network)
        rnn.matrix_parts(settings, network.panels, kernel_arrays(buffers), log10)
        for t in steps_beyond(buffers):
            log10[t - 1] = rnn_beyond.matrix_part(experiment, network, buffers, t)
        return log10

    def deltas(self, experiment: Experiment, network: Network, buffers: Any) -> tuple[Array, Array]:
        out, exponents = np.empty(buffers.slopes.shape), np.empty(buffers.slopes.shape[0])
        settings = self.settings(experiment, network)
        rnn.all_deltas(settings, network.panels, kernel_arrays(buffers), out, exponents)
        for t in steps_beyond(buffers):
            put(rnn_beyond.delta(experiment, buffers, t), out, exponents, t - 1, None)
        return out.reshape(-1, experiment.batch, experiment.width), exponents

    def sources(self, experiment: Experiment, buffers: Any) -> tuple[Array, Array]:
        states, exponents = self._mixed(experiment, buffers)
        if experiment.norm != "batch":
            return states, exponents
        # δ adds up to zero over the rows, so what all of them share would only cancel.
        rows = states.reshape(-1, experiment.batch, experiment.width)
        return (rows - rows[:, :1]).reshape(states.shape), exponents

    def _mixed(self, experiment: Experiment, buffers: Any) -> tuple[Array, Array]:
        states, exponents = super().sources(experiment, buffers)
        if experiment.skip == 0:
            return states, exponents
        back = np.maximum(np.arange(1, states.shape[0] + 1) - experiment.skip, 0)
        # A zero state, or one of which nothing is taken, must not lend its scale to the sum.
        scales = np.where(states.any(axis=1), exponents, NOTHING)
        share = experiment.skip_share
        shared = np.maximum(
            scales if share < 1.0 else np.full_like(scales, NOTHING),
            scales[back] if share > 0.0 else np.full_like(scales, NOTHING),
        )
        near = np.ldexp(1.0 - share, (scales - shared).clip(-4000, 0).astype(int))
        far = np.ldexp(share, (scales[back] - shared).clip(-4000, 0).astype(int))
        return near[:, np.newaxis] * states + far[:, np.newaxis] * states[back], shared

    def step_beyond(
        self, experiment: Experiment, network: Network, buffers: Any, done: int, t: int
    ) -> None:
        scaling = self.settings(experiment, network)[_SCALING]
        rnn_beyond.step(experiment, network, buffers, done, t, scaling)

    step_back_beyond = staticmethod(rnn_beyond.step_back)  # type: ignore[assignment]

    def _named(self, buffers: Any) -> Buffers:
        return Buffers(*buffers)
