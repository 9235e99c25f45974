"""Cell: what is asked of a kind of cell, over its two kernels. May import the engine.

Kernels work on the steps first < t ≤ last of buffers that may hold more, so that a net can run on
in pieces; the arrays of the network that they are given begin at the piece's first step.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import attrs
import numpy as np

from tuisim.engine.gates import GATES
from tuisim.engine.memo import Array
from tuisim.engine.network import Network
from tuisim.engine.scales import IEEE
from tuisim.engine.stopping import check_stop
from tuisim.engine.vectors import NOTHING
from tuisim.experiment import Experiment

#: About a tenth of a second.
_FLOPS_AT_A_TIME = 1e9


class CommonBuffers(Protocol):
    """What the buffers of every cell have, for capacity C ≥ last steps.

    states, gradients: (C+1, batch·n), h_t and ∂L/∂h_t: true value = row · 2**exponent.
    slopes: (C·slopes a step, batch·n), the derivatives of every activation at step t, from row
        (t−1)·slopes a step on.
    state_exponents, gradient_exponents, hidden_log10, gradient_log10: (C+1,).

    `simulate` and a stream hold them with a leading axis of members.
    """

    states: Array
    gradients: Array
    slopes: Array
    state_exponents: Array
    gradient_exponents: Array
    hidden_log10: Array
    gradient_log10: Array


class Cell(ABC):
    """One kind of cell. Buffers are a NamedTuple of the cell's own, with CommonBuffers' names."""

    name: str
    #: How many matrices a step has.
    gates: int

    def __init_subclass__(cls) -> None:
        if hasattr(cls, "name"):
            cls.gates = len(GATES[cls.name])

    @abstractmethod
    def allocate(
        self, experiment: Experiment, members: int, capacity: int, *, any_norm: bool = False
    ) -> Any:
        """Buffers for `capacity` steps, every array with a leading axis of members.

        Args:
            any_norm: room for either norm, whatever the experiment has.
        """

    @abstractmethod
    def settings(self, experiment: Experiment, network: Network) -> tuple[Any, ...]:
        """The numbers of an experiment that the kernels need."""

    @abstractmethod
    def silent(self, scaling: int) -> tuple[Any, ...]:
        """Settings for kernels that are to take no step, of one row of a batch."""

    @abstractmethod
    def forward(self, *arguments: Any) -> None:
        """Call the forward kernel.

        Its arguments: settings; panels of the matrices transposed; bias rows; drive rows; h_first
        (rows, any) or no rows where that is in the buffers; the buffers; first; last.
        """

    @abstractmethod
    def backward(self, *arguments: Any) -> None:
        """Call the backward kernel.

        Its arguments: settings; panels of the matrices; ∂L/∂h_last (rows, any) or no rows where
        that is in the buffers; the buffers; first; last; floor, the earliest state that counts as
        a node (a skip connection's share past it is dropped); adding, whether the rows may hold
        contributions already, as they do wherever a skip connection reaches.
        """

    @abstractmethod
    def passes(self, *arguments: Any) -> None:
        """Call the kernel that does both passes of one member, the backward one for many depths.

        A second call from Python would take a tenth of the time of a small net, and a thread that
        has to ask for the interpreter between two short kernels waits for longer than they take.

        Its arguments: settings; the network's operands; the buffers of all members; which member;
        the depths (k,), the forward pass being to the deepest; adding, as for `backward`; (k, 2)
        for what it finds of log10 ‖∂L/∂h‖ at 0 and at each depth, or no rows.
        """

    @abstractmethod
    def largest_slopes(self, experiment: Experiment) -> Array:
        """sup |φ′| of each activation of a step, in the order of the rows of `slopes`."""

    def matrix_part(self, experiment: Experiment, network: Network, buffers: Any) -> Array | None:
        """log10 ‖∂L/∂h_{t−1}‖ had every slope at step t been 1, (T,); None for gated cells."""
        return None

    def carried_part(self, experiment: Experiment, network: Network, buffers: Any) -> Array | None:
        """log10 ‖f_t · ∂L/∂c_t‖, (T,); None for cells without a c."""
        return None

    @abstractmethod
    def deltas(self, experiment: Experiment, network: Network, buffers: Any) -> tuple[Array, Array]:
        """∂L/∂(W_t s_t) of every step, (T, batch, gates·n), and exponents (T,)."""

    def input_deltas(self, experiment: Experiment, buffers: Any, deltas: Array) -> Array:
        """∂L/∂x_t of every step from `deltas` and on its scale: the same where x_t is added."""
        return deltas

    def sources(self, experiment: Experiment, buffers: Any) -> tuple[Array, Array]:
        """What the matrices of a step are multiplied with, (T, batch·n), and exponents (T,)."""
        return buffers.states[:-1], buffers.state_exponents[:-1]

    def run(self, experiment: Experiment, network: Network, buffers: Any, member: int) -> None:
        """Both passes of one member over all of its steps; `buffers` are those of all members.

        Raises:
            StoppedError: the work was given up between two pieces of it.
        """
        if self._piece(experiment) < experiment.depth:
            self.whole_forward(experiment, network, member_arrays(buffers, member))
            self.whole_backward(experiment, network, member_arrays(buffers, member))
        else:
            depths = _one_depth(experiment.depth)
            self._at_once(experiment, network, buffers, member, depths, _NO_ENDS)

    def _at_once(
        self,
        experiment: Experiment,
        network: Network,
        buffers: Any,
        member: int,
        depths: Array,
        ends: Array,
    ) -> None:
        settings, adding = self.settings(experiment, network), experiment.skip > 0
        self.passes(settings, network.operands, tuple(buffers), member, depths, adding, ends)

    def whole_forward(
        self, experiment: Experiment, network: Network, arrays: tuple[Array, ...]
    ) -> None:
        """The forward pass of `run`."""
        steps = experiment.depth
        settings, transposed = self.settings(experiment, network), network.transposed_panels
        bias, drive, start = network.bias_rows, network.drive_rows, network.start
        if self._piece(experiment) >= steps:
            self.forward(settings, transposed, bias, drive, start, arrays, 0, steps)
            return
        self.forward(settings, transposed, bias, drive, start, arrays, 0, 0)
        self.forth(experiment, network, self._named(arrays), 0, steps)

    def whole_backward(
        self, experiment: Experiment, network: Network, arrays: tuple[Array, ...]
    ) -> None:
        """The backward pass of `run`, from h_T on; states of more steps than T do not matter."""
        steps, adding = experiment.depth, experiment.skip > 0
        settings, matrices = self.settings(experiment, network), network.panels
        if adding:
            self.clear_gradients(arrays, 0, steps)
        if self._piece(experiment) >= steps:
            self.backward(settings, matrices, network.probe, arrays, 0, steps, 0, adding)
            return
        self.backward(settings, matrices, network.probe, arrays, steps, steps, 0, adding)
        self.back(experiment, network, self._named(arrays), 0, steps)

    def begin_at(self, experiment: Experiment, network: Network, buffers: Any) -> None:
        """Put the network's start into the buffers as h_0."""
        none = network.drive_rows[:0]
        settings = self.settings(experiment, network)
        self.forward(
            settings, network.transposed_panels[:0], none, none, network.start, tuple(buffers), 0, 0
        )

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
            self._at_once(experiment, network, buffers, member, _read_only(np.array(depths)), found)
            return found
        arrays = member_arrays(buffers, member)
        self.whole_forward(experiment, network, arrays)
        for ends, depth in zip(found, depths, strict=True):
            check_stop()
            self.whole_backward(attrs.evolve(experiment, depth=depth), network, arrays)
            ends[:] = self._named(arrays).gradient_log10[[0, depth]]
        return found

    def _piece(self, experiment: Experiment) -> int:
        """How many steps a kernel takes at a time, so that work can be given up soon."""
        flops = 2.0 * self.gates * experiment.batch * experiment.width**2
        return max(1, int(_FLOPS_AT_A_TIME / flops))

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
        by_step = 0 if experiment.tied else done * self.gates
        self.forward(
            self.settings(experiment, network),
            network.transposed_panels[by_step:],
            network.bias_rows[by_step:],
            network.drive_rows[done * self.gates :],
            network.start[:0],
            tuple(buffers),
            first,
            last,
        )

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
        by_step = 0 if experiment.tied else done * self.gates
        settings, matrices = self.settings(experiment, network), network.panels[by_step:]
        rows = tuple(buffers)
        self.backward(settings, matrices, network.probe[:0], rows, first, last, floor, adding)

    def begin(self, start: Array, first: int, buffers: Any, scaling: int) -> None:
        """Put h_first = start, (1, batch·n), into the buffers."""
        row = _read_only(start)
        none = row[:0]
        self.forward(self.silent(scaling), none, none, none, row, tuple(buffers), first, first)

    def seed_gradient(self, probe: Array, last: int, buffers: Any) -> None:
        """Put ∂L/∂h_last = probe, (1, batch·n), into the buffers."""
        row = _read_only(probe)
        self.backward(self.silent(IEEE), row[:0], row, tuple(buffers), last, last, 0, False)

    def clear_gradients(self, buffers: Any, first: int, last: int) -> None:
        """Make the rows first ≤ t < last ready for `backward` to add to."""
        named = self._named(buffers)
        named.gradient_exponents[first:last] = NOTHING
        named.gradients[first:last] = 0.0

    def add_gradient(self, part: Array, t: int, buffers: Any) -> None:
        """Add a part of its own of the loss, ∂L/∂h_t (batch·n,), to the gradient at h_t.

        What came back from the steps behind t must be there whole: go on from t afterwards.
        """
        named = self._named(buffers)
        row, exponents = named.gradients[t], named.gradient_exponents
        before = float(exponents[t]) if row.any() else NOTHING
        top = max(before, float(np.frexp(np.abs(part).max())[1]) if part.any() else NOTHING)
        if top == NOTHING:
            return
        row[:] = np.ldexp(row, int(max(before - top, -4000.0))) + np.ldexp(part, -int(top))
        exponents[t] = top
        with np.errstate(divide="ignore"):
            named.gradient_log10[t] = np.log10(np.linalg.norm(row)) + top * np.log10(2.0)

    def push(self, change: Array, t: int, buffers: Any) -> None:
        """Add a vector (batch·n,) to h_t and note its norm."""
        self.to_true_scale(buffers, t, t + 1)
        self.begin(buffers.states[t : t + 1] + change, t, buffers, IEEE)

    def to_true_scale(self, buffers: Any, first: int, stop: int) -> None:
        """Bring the states first ≤ t < stop to their true values, 0 or inf beyond float64."""
        for t in range(first, stop):
            if buffers.state_exponents[t] != 0.0:
                shift = int(np.clip(buffers.state_exponents[t], -5000, 5000))
                with np.errstate(over="ignore", under="ignore"):
                    for rows in self.state_rows(buffers):
                        rows[t] = np.ldexp(rows[t], shift)
                buffers.state_exponents[t] = 0.0

    def state_rows(self, buffers: Any) -> tuple[Array, ...]:
        """The arrays that hold the state at each step."""
        return (buffers.states,)

    @abstractmethod
    def _named(self, buffers: Any) -> Any:
        """Buffers from a plain tuple of their arrays."""


#: For a run: what it finds of each depth is not asked for.
_NO_ENDS = np.empty((0, 2))


@lru_cache(64)
def _one_depth(depth: int) -> Array:
    return _read_only(np.array([depth]))


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
