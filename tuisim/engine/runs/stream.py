"""Stream: networks that run on without end, their gradient that of the last T steps.

Truncated back-propagation (Williams & Peng 1990): the loss is probe·h_now, and what happened more
than T steps ago counts as a constant.
"""

from __future__ import annotations

import math

import attrs

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.cell import rows_a_step
from tuisim.engine.cells.network import Network, draw_steps
from tuisim.engine.cells.table import cell_of
from tuisim.engine.maths.ordered import norms
from tuisim.engine.maths.spectrum import Stream as Randomness
from tuisim.engine.maths.spectrum import generator
from tuisim.engine.runs.run import member_buffers
from tuisim.engine.runs.verdicts import (
    Regime,
    horizon,
    member_regimes,
    rate,
    rate_since_awake,
    verdict,
)
from tuisim.values.experiment import Experiment


@attrs.frozen(eq=False)
class StreamRun:
    """A frozen look at a stream, with as much of Run's words as a window has.

    Attributes:
        experiment: what drives the net now.
        first: the step, counted from the stream's start, of hidden_log10's first point.
        hidden_log10: (M, points), log10 ‖h_t‖ up to now.
        gradient_log10: (M, window + 1), log10 ‖∂L/∂h_t‖ of L = probe·h_now, up to now.
    """

    experiment: Experiment
    networks: tuple[Network, ...] = attrs.field(repr=False)
    first: int
    hidden_log10: Array = attrs.field(repr=False)
    gradient_log10: Array = attrs.field(repr=False)

    @property
    def window(self) -> int:
        """How far the gradient goes back: T steps, or fewer while the stream is younger."""
        return int(self.gradient_log10.shape[1]) - 1

    @property
    def gradient_first(self) -> int:
        """The step of gradient_log10's first point."""
        return self.now - self.window

    @property
    def now(self) -> int:
        """The newest step."""
        return self.first + self.hidden_log10.shape[1] - 1

    @property
    def newest(self) -> StreamRun:
        """The last `window` steps alone, all of which the gradient goes back."""
        points = self.window + 1
        hidden = self.hidden_log10[:, -points:]
        return attrs.evolve(self, first=self.gradient_first, hidden_log10=hidden)

    @property
    def page(self) -> tuple[float, float]:
        """The time axis to show: T steps, turned by half a page so that it seldom moves."""
        length = self.experiment.depth
        half = max(length // 2, 1)
        low = max(-(-(self.now - length) // half), 0) * half
        return float(low), float(low + length)

    @property
    def gradient_rate(self) -> float:
        """Median over members of the mean change of ln ‖∂L/∂h‖ per step back, in nats."""
        return rate(self.gradient_log10[:, ::-1]) if self.window else 0.0

    @property
    def hidden_rate(self) -> float:
        """Median over members of the mean change of ln ‖h‖ per step over the window, in nats.

        As of a run, from the first step with a state that is not zero.
        """
        return rate_since_awake(self.newest.hidden_log10) if self.window else 0.0

    @property
    def horizon(self) -> int | None:
        """The first step back at which the median norm has changed a thousandfold; or None."""
        return horizon(self.gradient_log10)

    @property
    def regime(self) -> Regime:
        """The verdict on the gradient at the window's oldest step."""
        return verdict(self.gradient_log10[:, 0])

    @property
    def member_regimes(self) -> tuple[Regime, ...]:
        """The verdict on each member alone, (M,)."""
        return member_regimes(self.gradient_log10[:, 0])


@attrs.define(eq=False)
class _Segment:
    """Steps first < t ≤ last (rows of the buffers) that one set of networks made."""

    first: int
    last: int
    experiment: Experiment
    networks: tuple[Network, ...]


class Stream:
    """Networks running on; not safe to share between threads."""

    def __init__(self, experiment: Experiment) -> None:
        """Begin where a run of this experiment begins.

        Raises:
            ValueError: as `draw`.
        """
        self._window = experiment.depth
        self._capacity = 3 * self._window
        networks = self._networks(experiment, 0)
        self._cell = cell_of(experiment, networks[0])
        self._buffers = self._cell.allocate(
            experiment, experiment.members, self._capacity, any_norm=True
        )
        self._members = experiment.members
        # Rows of the buffers: the newest state, and how many steps were dropped before row 0.
        self._now = 0
        self._dropped = 0
        self._kicks = 0
        self._segments: list[_Segment] = []
        self._segments.append(_Segment(0, 0, experiment, networks))
        for member, network in enumerate(networks):
            start, buffers = network.start.reshape(1, -1), member_buffers(self._buffers, member)
            self._cell.put_beside_start(network, buffers)
            self._cell.begin(start, 0, buffers, 0)

    @property
    def experiment(self) -> Experiment:
        """What drives the nets now."""
        return self._segments[-1].experiment

    def going_on_as(self, experiment: Experiment) -> Stream:
        """The stream that this experiment drives from now on.

        That is this very stream, with another window where the depth is another, or a fresh one
        where the states have another shape.

        Raises:
            ValueError: as `draw`.
        """
        now = self.experiment
        if experiment == now:
            return self
        same = all(
            getattr(experiment, name) == getattr(now, name)
            # Another layer may have gates of another kind.
            for name in ("cell", "width", "batch", "members", "layer", "layer_digest")
        )
        if not same:
            return Stream(experiment)
        if experiment.depth != self._window:
            self._resize(experiment)
        self._begin(experiment)
        self._to_true_scale()
        return self

    def advance(self, steps: int) -> None:
        """Run on by so many steps."""
        while steps > 0:
            if self._now == self._capacity:
                self._roll()
            segment = self._segments[-1]
            # The arrays of a segment's networks reach `window` steps from its first.
            left = segment.first + self._window - self._now
            if left <= 0:
                self._begin(segment.experiment)
                continue
            count = min(steps, left, self._capacity - self._now)
            self._run(segment, count)
            steps -= count

    def kick(self) -> None:
        """Add a random vector of the start's size to every state."""
        self._kicks += 1
        experiment = self.experiment
        for member in range(self._members):
            buffers = member_buffers(self._buffers, member)
            random = generator(experiment.seed, member, Randomness.KICK, self._kicks)
            push = random.standard_normal(buffers.states.shape[1])
            push *= experiment.start_rms / (float(norms(push)) / math.sqrt(push.size))
            self._cell.push(push, self._now, buffers)

    def look(self) -> StreamRun:
        """The curves of the last two windows, and the gradient of the newest one."""
        window = min(self._window, self._now)
        oldest = self._now - window
        self._back_propagate(oldest)
        low = max(self._now - 2 * self._window, 0)
        b, seen, back = self._buffers, slice(low, self._now + 1), slice(oldest, self._now + 1)
        return StreamRun(
            experiment=self.experiment,
            networks=self._segments[-1].networks,
            first=self._dropped + low,
            hidden_log10=b.hidden_log10[:, seen].copy(),
            gradient_log10=b.gradient_log10[:, back].copy(),
        )

    def _begin(self, experiment: Experiment) -> None:
        first = self._dropped + self._now
        networks = self._networks(experiment, first)
        if self._segments and self._segments[-1].last == self._segments[-1].first:
            self._segments.pop()
        self._segments.append(_Segment(self._now, self._now, experiment, networks))

    def _networks(self, experiment: Experiment, first: int) -> tuple[Network, ...]:
        members = range(experiment.members)
        return tuple(draw_steps(experiment, one, first, looping=True) for one in members)

    def _run(self, segment: _Segment, count: int) -> None:
        done = self._now - segment.first
        for member, network in enumerate(segment.networks):
            self._cell.run_forward(
                segment.experiment,
                network,
                member_buffers(self._buffers, member),
                done,
                self._now,
                self._now + count,
            )
        self._now += count
        segment.last = self._now

    def _to_true_scale(self) -> None:
        # States kept on scales of their own would be read as true values by a net that is not
        # homogeneous; a skip connection reads back as far as the window.
        for member in range(self._members):
            buffers = member_buffers(self._buffers, member)
            low = max(self._now - self._window, 0)
            self._cell.to_true_scale(buffers, low, self._now + 1)

    def _back_propagate(self, oldest: int) -> None:
        segments = [one for one in self._segments if one.last > oldest]
        adding = any(one.experiment.skip for one in segments)
        probes = self._segments[-1].networks
        for member in range(self._members):
            buffers = member_buffers(self._buffers, member)
            if adding:
                self._cell.clear_gradients(buffers, oldest, self._now)
            self._cell.seed_gradient(probes[member].probe.reshape(1, -1), self._now, buffers)
            for segment in reversed(segments):
                self._cell.run_backward(
                    segment.experiment,
                    segment.networks[member],
                    buffers,
                    max(oldest - segment.first, 0),
                    max(oldest, segment.first),
                    segment.last,
                    oldest,
                    adding,
                )

    def _resize(self, experiment: Experiment) -> None:
        """Take a window of another length, keeping what of the past has room in it.

        A skip connection that reaches further back than what is kept takes the oldest of it.
        """
        kept = min(self._now, 2 * experiment.depth)
        shift = self._now - kept
        before, capacity = self._buffers, self._capacity
        self._window, self._capacity = experiment.depth, 3 * experiment.depth
        self._buffers = self._cell.allocate(
            experiment, experiment.members, self._capacity, any_norm=True
        )
        for old, new in zip(before, self._buffers, strict=True):
            each, more = rows_a_step(old, capacity)
            rows = each * kept + more
            new[:, :rows] = old[:, each * shift : each * shift + rows]
        self._shift(shift)

    def _roll(self) -> None:
        """Drop the oldest window of steps, keeping two for the picture and the gradient."""
        shift = self._capacity - 2 * self._window
        for array in self._buffers:
            gone = shift * rows_a_step(array, self._capacity)[0]
            array[:, :-gone] = array[:, gone:].copy()
        self._shift(shift)

    def _shift(self, shift: int) -> None:
        """Count rows anew after the first `shift` of them went."""
        self._now -= shift
        self._dropped += shift
        for segment in self._segments:
            segment.first -= shift
            segment.last -= shift
        self._segments = [one for one in self._segments if one.last > 0]
