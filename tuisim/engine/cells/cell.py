"""Cell: runs in pieces, and what may be added to them, over a kind's own two kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.cells.beyond.common import Step, common_exponent, kernel_arrays, put
from tuisim.engine.cells.kind import Kind
from tuisim.engine.cells.network import Network
from tuisim.engine.kernels.jit import entry
from tuisim.engine.kernels.scales import IEEE
from tuisim.engine.kernels.vectors import NOTHING, log10_norms
from tuisim.engine.maths.extended import Extended
from tuisim.values.experiment import Experiment

#: About a tenth of a second.
_FLOPS_AT_A_TIME = 1e9


class Plan(NamedTuple):
    """What of a run hangs on its experiment alone: found anew, it would take longer than one.

    Attributes:
        flops: of a forward pass; 0 for a single step, which is in one piece anyway.
        depths: (1,), the only one.
        settings: the kernels', by whether there is a bias and whether there is a drive.
    """

    experiment: Experiment
    flops: float
    depths: Array
    settings: dict[tuple[bool, bool], tuple[Any, ...]]


class Cell(Kind):
    """What all kinds of cells do with their kernels."""

    #: `passes` once it is compiled.
    _door: Any = None

    def plan(self, experiment: Experiment) -> Plan:
        """What `run` needs of an experiment."""
        depth = experiment.depth
        flops = depth * self._flops_a_step(experiment) if depth > 1 else 0.0
        return Plan(experiment, flops, _read_only(np.array([depth])), {})

    def run(self, plan: Plan, network: Network, buffers: Any, member: int) -> None:
        """Both passes of one member over all of its steps; `buffers` are those of all members.

        Raises:
            StoppedError: the work was given up between two pieces of it.
        """
        experiment = plan.experiment
        if plan.flops > _FLOPS_AT_A_TIME:
            self.whole_forward(experiment, network, member_arrays(buffers, member))
            self.whole_backward(experiment, network, member_arrays(buffers, member))
            return
        added = network.biased, network.driven
        settings = plan.settings.get(added)
        if settings is None:
            settings = plan.settings[added] = self.settings(experiment, network)
        self._at_once(settings, experiment, network, buffers, member, plan.depths, _NO_ENDS)

    def _at_once(
        self,
        settings: tuple[Any, ...],
        experiment: Experiment,
        network: Network,
        buffers: Any,
        member: int,
        depths: Array,
        ends: Array,
    ) -> None:
        adding, arrays, last = experiment.skip > 0, kernel_arrays(buffers), experiment.depth
        if network.cell_start is not None:
            self.put_beside_start(network, self.buffers(*member_arrays(buffers, member)))
        door = self._door or self.passes
        reached = door(settings, network.operands, arrays, member, depths, adding, ends)
        if door is not self._door:
            self._door = entry(self.passes)
        if reached == last:
            return
        own = self.buffers(*member_arrays(buffers, member))
        if reached >= 0:
            self.run_forward(experiment, network, own, reached, reached, last)
        for place, depth in enumerate(depths.tolist()):
            self.whole_backward(attrs.evolve(experiment, depth=depth), network, own)
            if len(ends):
                ends[place] = own.gradient_log10[[0, depth]]

    def whole_forward(
        self, experiment: Experiment, network: Network, arrays: tuple[Array, ...]
    ) -> None:
        """The forward pass of `run`."""
        self.begin_at(experiment, network, arrays)
        self.forth(experiment, network, self.buffers(*arrays), 0, experiment.depth)

    def whole_backward(
        self, experiment: Experiment, network: Network, arrays: tuple[Array, ...]
    ) -> None:
        """The backward pass of `run`, from h_T on; states of more steps than T do not matter."""
        steps, named = experiment.depth, self.buffers(*arrays)
        if experiment.skip > 0:
            self.clear_gradients(named, 0, steps)
        self.seed_gradient(network.probe, steps, named, self.settings(experiment, network))
        self.back(experiment, network, named, 0, steps)

    def begin_at(self, experiment: Experiment, network: Network, buffers: Any) -> None:
        """Put the network's start into the buffers as h_0, and c_0 where there is one."""
        self.put_beside_start(network, self.buffers(*buffers))
        self._put_start(network.start, 0, buffers, self.settings(experiment, network))

    def _put_start(self, row: Array, t: int, buffers: Any, settings: tuple[Any, ...]) -> None:
        self.buffers(*buffers).beyond[t] = None
        none = row[:0]
        self.forward(settings, none, none, none, row, kernel_arrays(buffers), t, t)

    def forth(
        self, experiment: Experiment, network: Network, buffers: Any, first: int, last: int
    ) -> None:
        """The forward pass over first < t ≤ last, given up where that is asked for."""
        piece = self._piece(experiment)
        for begin in range(first, last, piece):
            check_stop()
            self.run_forward(experiment, network, buffers, begin, begin, min(begin + piece, last))

    def back(
        self, experiment: Experiment, network: Network, buffers: Any, first: int, last: int
    ) -> None:
        """The backward pass over first ≤ t < last, given up where that is asked for."""
        piece, adding = self._piece(experiment), experiment.skip > 0
        for end in range(last, first, -piece):
            check_stop()
            begin = max(end - piece, first)
            self.run_backward(experiment, network, buffers, begin, begin, end, 0, adding)

    def gradient_ends(
        self,
        experiment: Experiment,
        network: Network,
        buffers: Any,
        member: int,
        depths: Sequence[int],
    ) -> Array:
        """log10 ‖∂L/∂h_0‖ and log10 ‖∂L/∂h_T‖ of one member for each T of `depths`, (k, 2).

        Args:
            experiment: its depth is the largest of them; `buffers` are those of all its members.
        """
        found = np.empty((len(depths), 2))
        if self._piece(experiment) >= experiment.depth + sum(depths):
            check_stop()
            settings, all_depths = self.settings(experiment, network), _read_only(np.array(depths))
            self._at_once(settings, experiment, network, buffers, member, all_depths, found)
            return found
        arrays = member_arrays(buffers, member)
        self.whole_forward(experiment, network, arrays)
        for ends, depth in zip(found, depths, strict=True):
            check_stop()
            self.whole_backward(attrs.evolve(experiment, depth=depth), network, arrays)
            ends[:] = self.buffers(*arrays).gradient_log10[[0, depth]]
        return found

    def _piece(self, experiment: Experiment) -> int:
        """How many steps a kernel takes at a time, so that work can be given up soon."""
        return int(_FLOPS_AT_A_TIME / self._flops_a_step(experiment)) or 1

    def _flops_a_step(self, experiment: Experiment) -> float:
        return 2.0 * self.gates * experiment.batch * experiment.width * experiment.width

    def run_forward(
        self,
        experiment: Experiment,
        network: Network,
        buffers: Any,
        done: int,
        first: int,
        last: int,
    ) -> None:
        """Run over first < t ≤ last, the network's own first `done` steps being behind."""
        buffers.beyond[first + 1 : last + 1] = None
        settings, rows, t = self.settings(experiment, network), kernel_arrays(buffers), first
        while t < last:
            behind, stop = done + t - first, _beyond_from(buffers, experiment.skip, t, last)
            if t < stop:
                by_step = 0 if experiment.tied else behind * self.gates
                t = self.forward(
                    settings,
                    network.transposed_panels[by_step:],
                    network.bias_rows[by_step:],
                    network.drive_rows[behind * self.gates :],
                    network.start[:0],
                    rows,
                    t,
                    stop,
                )
            if t < last:
                check_stop()
                with np.errstate(invalid="ignore"):
                    self.step_beyond(experiment, network, buffers, done + t - first, t)
                t += 1

    def run_backward(
        self,
        experiment: Experiment,
        network: Network,
        buffers: Any,
        done: int,
        first: int,
        last: int,
        floor: int,
        adding: bool,
    ) -> None:
        """Back-propagate over first ≤ t < last, the network's own first `done` steps behind."""
        if not adding:
            buffers.gradients_beyond[first:last] = None
        settings, rows = self.settings(experiment, network), kernel_arrays(buffers)
        beyond, gradients = buffers.beyond, buffers.gradients_beyond
        t, apart = last, False
        while t > first:
            # A kernel goes back to the last step with a record; where it adds to rows, none of
            # those may have one.
            low = first + int(np.flatnonzero(beyond[first : t + 1]).max(initial=0))
            plain = gradients[t] is None and not (adding and gradients[first:t].any())
            if low < t and plain and not apart:
                by_step = 0 if experiment.tied else (done + low - first) * self.gates
                matrices, none = network.panels[by_step:], network.probe[:0]
                t = self.backward(settings, matrices, none, rows, low, t, floor, adding)
                apart = t > low
            else:
                check_stop()
                behind = done + t - 1 - first
                with np.errstate(invalid="ignore"):
                    self.step_back_beyond(experiment, network, buffers, behind, t, floor, adding)
                t, apart = t - 1, False

    def begin(self, start: Array, first: int, buffers: Any, scaling: int) -> None:
        """Put h_first = start, (1, batch·n), into the buffers."""
        self._put_start(_read_only(start), first, buffers, self.silent(scaling))

    def seed_gradient(
        self, probe: Array, last: int, buffers: Any, settings: tuple[Any, ...] = ()
    ) -> None:
        """Put ∂L/∂h_last = probe into the buffers.

        Args:
            probe: (1, batch·n), or (batch, n) with an experiment's settings.
        """
        row, arrays = _read_only(probe), kernel_arrays(buffers)
        self.buffers(*buffers).gradients_beyond[last] = None
        self.backward(settings or self.silent(IEEE), row[:0], row, arrays, last, last, 0, False)

    def clear_gradients(self, buffers: Any, first: int, last: int) -> None:
        """Make the rows first ≤ t < last ready for `backward` to add to."""
        named = self.buffers(*buffers)
        named.gradient_exponents[first:last] = NOTHING
        named.gradients_beyond[first:last] = None
        named.gradients[first:last] = 0.0

    def add_gradient(self, part: Array, t: int, buffers: Any) -> None:
        """Add a part of its own of the loss, ∂L/∂h_t (batch·n,), to the gradient at h_t.

        What came back from the steps behind t must be there whole: go on from t afterwards.
        """
        named = self.buffers(*buffers)
        if named.gradients_beyond[t] is not None:
            rows = Extended.of(part.reshape(named.gradients_beyond[t][0].m.shape))
            whole, *rest = named.gradients_beyond[t]
            named.gradients_beyond[t] = (whole + rows, *rest)
            put(whole + rows, named.gradients, named.gradient_exponents, t, None)
            named.gradient_log10[t] = (whole + rows).log10_norm
            return
        row, exponents = named.gradients[t], named.gradient_exponents
        before = float(exponents[t]) if row.any() else NOTHING
        top = max(before, float(np.frexp(np.abs(part).max())[1]) if part.any() else NOTHING)
        if top == NOTHING:
            return
        row[:] = np.ldexp(row, int(max(before - top, -4000.0))) + np.ldexp(part, -int(top))
        exponents[t] = top
        named.gradient_log10[t] = log10_norms(row[np.newaxis], top)[0]

    def push(self, change: Array, t: int, buffers: Any) -> None:
        """Add a vector (batch·n,) to h_t and note its norm."""
        self.to_true_scale(buffers, t, t + 1)
        record = buffers.beyond[t]
        if record is None or not record.states:
            self.begin(buffers.states[t : t + 1] + change, t, buffers, IEEE)
            return
        h, *rest = record.states
        pushed = h + Extended.of(change.reshape(h.m.shape))
        self._put_states((pushed, *rest), t, buffers)
        buffers.hidden_log10[t] = pushed.log10_norm

    def to_true_scale(self, buffers: Any, first: int, stop: int) -> None:
        """Bring the states first ≤ t < stop to their true values, with a record beyond float64."""
        for t in range(first, stop):
            record, exponent = buffers.beyond[t], float(buffers.state_exponents[t])
            if exponent == 0.0 or (record is not None and record.states):
                continue
            parts = tuple(Extended.of(rows[t], exponent) for rows in self.state_rows(buffers))
            self._put_states(parts, t, buffers)

    def _put_states(self, parts: tuple[Extended, ...], t: int, buffers: Any) -> None:
        """Write what the cell carries on at t, with a record where the rows cannot hold it."""
        exponent = common_exponent(parts, IEEE)
        for part, rows in zip(parts, self.state_rows(buffers), strict=True):
            put(part, rows, buffers.state_exponents, t, exponent)
        states = parts if exponent is None else ()
        record = buffers.beyond[t]
        if record is not None:
            buffers.beyond[t] = record._replace(states=states)
        elif states:
            buffers.beyond[t] = Step(states, (), ())


def _beyond_from(buffers: Any, skip: int, t: int, last: int) -> int:
    """The first step from t on that hears a state which its row does not hold, or `last`."""
    beyond = buffers.beyond
    if beyond[t] is not None and beyond[t].states:
        return t
    # Step u + 1 hears h_u and, over a skip connection, h_{u+1−skip}; none after h_t is there yet.
    for u in range(t, min(t + skip, last)):
        record = beyond[max(u + 1 - skip, 0)]
        if record is not None and record.states:
            return u
    return last


#: For a run: what it finds of each depth is not asked for.
_NO_ENDS = np.empty((0, 2))


def member_arrays(buffers: Any, member: int) -> tuple[Array, ...]:
    """The buffers of one member, as views."""
    return tuple([array[member] for array in buffers])


def _read_only(array: Array) -> Array:
    # As networks' arrays are: one that may be written to would have the kernel compiled anew.
    view = array.view()
    view.flags.writeable = False
    return view


def rows_a_step(array: Array, capacity: int) -> tuple[int, int]:
    """How many rows of a buffer (M, rows, any) a step has, and how many more there are at its end.

    One more, a state of step 0 being there too, or none.
    """
    return divmod(array.shape[1], capacity)


def first_steps(buffers: Any, capacity: int, steps: int) -> Any:
    """Views of the first `steps` of buffers (M, rows, any) with room for `capacity`."""
    if steps == capacity:
        return buffers
    shares = [(array, *rows_a_step(array, capacity)) for array in buffers]
    return type(buffers)(*[array[:, : each * steps + more] for array, each, more in shares])
