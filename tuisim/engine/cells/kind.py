"""What each kind of cell has of its own, two kernels above all.

Kernels work on the steps first < t ≤ last of buffers that may hold more, so that a net can run on
in pieces; the arrays of the network that they are given begin at the piece's first step.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from tuisim.engine.base.facts import FACTS
from tuisim.engine.base.gates import gate_count
from tuisim.engine.base.memo import Array
from tuisim.engine.base.memory import empty, empty_of
from tuisim.engine.cells.beyond.common import Records, by_row, of_rows, records, state
from tuisim.engine.cells.network import Network
from tuisim.engine.maths.extended import Extended
from tuisim.values.experiment import Experiment

#: A factor of a step's Jacobian: (rows, columns), or (rows,) for a diagonal one, of numbers of any
#: size if need be.
Factor = Array | Extended


class CommonBuffers(Protocol):
    """What the buffers of every cell have, for capacity C ≥ last steps: the first seven, and the
    last two, in this order. What is the cell's own stands between.

    states, gradients: (C+1, batch·n), h_t and ∂L/∂h_t: true value = row · 2**exponent.
    slopes: (C·slopes a step, batch·n), the derivatives of every activation at step t, from row
        (t−1)·slopes a step on.
    state_exponents, gradient_exponents, hidden_log10, gradient_log10: (C+1,).
    beyond, gradients_beyond: (C+1,) of objects: what a step that left float64 has beyond its rows,
        a Step and a tuple of numbers of any size, else None; last, as no kernel takes them.

    `simulate` and a stream hold them with a leading axis of members.
    """

    states: Array
    gradients: Array
    slopes: Array
    state_exponents: Array
    gradient_exponents: Array
    hidden_log10: Array
    gradient_log10: Array
    beyond: Records
    gradients_beyond: Records


class Kind(ABC):
    """One kind of cell. Buffers are a NamedTuple of its own, with CommonBuffers' names."""

    name: str
    #: The type of its buffers.
    buffers: Any
    #: The activations of a step in the order of the rows of `slopes`: a gate's σ ("gate") or "φ".
    evaluated: tuple[str, ...]
    #: What its kernels are made of, as tuisim.engine.cells.template names it.
    parts: Mapping[str, Any]
    #: How many vectors of n numbers the state is made of, h first.
    vectors = 1

    @cached_property
    def gates(self) -> int:
        """How many matrices a step has."""
        return gate_count(self.name)

    def allocate(
        self, experiment: Experiment, members: int, capacity: int, *, any_norm: bool = False
    ) -> Any:
        """Buffers for `capacity` steps, every array with a leading axis of members.

        Args:
            any_norm: room for either norm, whatever the experiment has.
        """
        size, each = experiment.batch * experiment.width, len(self.evaluated)
        by_step, rows = (members, capacity + 1), (members, capacity + 1, size)
        slopes = members, capacity * each, size
        new = empty_of(members * capacity * size)
        return self.buffers(
            new(rows),
            new(rows),
            new(slopes) if each == 1 else empty(*slopes),
            np.empty(by_step),
            np.empty(by_step),
            np.empty(by_step),
            np.empty(by_step),
            *self.own_arrays(experiment, members, capacity, any_norm),
            *records(members, capacity),
        )

    @abstractmethod
    def own_arrays(
        self, experiment: Experiment, members: int, capacity: int, any_norm: bool
    ) -> tuple[Array, ...]:
        """What of the buffers is the cell's own; arguments as for `allocate`."""

    @abstractmethod
    def settings(self, experiment: Experiment, network: Network) -> tuple[Any, ...]:
        """The numbers of an experiment that the kernels need."""

    @abstractmethod
    def silent(self, scaling: int) -> tuple[Any, ...]:
        """Settings for kernels that are to take no step, of one row of a batch."""

    def put_beside_start(self, network: Network, buffers: Any) -> None:  # noqa: B027
        """Put what a state has besides h_0 into one member's buffers, where a network brings it."""

    @abstractmethod
    def forward(self, *arguments: Any) -> int:
        """Call the forward kernel.

        Its arguments: settings; panels of the matrices transposed; bias rows; drive rows; h_first
        (rows, any) or no rows where that is in the buffers; the buffers; first; last.

        It returns the step that it came to: `last`, or that before the first to leave float64.
        """

    @abstractmethod
    def backward(self, *arguments: Any) -> int:
        """Call the backward kernel.

        Its arguments: settings; panels of the matrices; ∂L/∂h_last (rows, any) or no rows where
        that is in the buffers; the buffers; first; last; floor, the earliest state that counts as
        a node (a skip connection's share past it is dropped); adding, whether the rows may hold
        contributions already, as they do wherever a skip connection reaches.

        It returns the step that it came to: `first`, or that whose gradient no row will hold on.
        """

    @abstractmethod
    def passes(self, *arguments: Any) -> int:
        """Call the kernel that does both passes of one member, the backward one for many depths.

        A second call from Python would take a tenth of the time of a small net, and a thread that
        has to ask for the interpreter between two short kernels waits for longer than they take.

        Its arguments: settings; the network's operands; the buffers of all members; which member;
        the depths (k,), the forward pass being to the deepest; adding, as for `backward`; (k, 2)
        for what it finds of log10 ‖∂L/∂h‖ at 0 and at each depth, or no rows.

        It returns the step that the forward pass came to; short of the deepest, no more was done.
        Where a backward pass came to an end of its own, it returns −1.
        """

    @abstractmethod
    def step_beyond(
        self, experiment: Experiment, network: Network, buffers: Any, done: int, t: int
    ) -> None:
        """The forward step from t to t + 1 in numbers of any size, leaving its record.

        Args:
            done: how many of the network's own steps are behind.
        """

    @abstractmethod
    def step_back_beyond(
        self,
        experiment: Experiment,
        network: Network,
        buffers: Any,
        done: int,
        t: int,
        floor: int,
        adding: bool,
    ) -> None:
        """The backward step from t to t − 1 likewise; arguments as `backward` says."""

    def largest_slopes(self, experiment: Experiment, network: Network) -> Array:
        """sup |φ′| of each activation of a step, in the order of the rows of `slopes`."""
        names = {"gate": "sigmoid", "φ": experiment.activation}
        return np.array([FACTS[names[one]].largest_slope for one in self.evaluated])

    def matrix_part(self, experiment: Experiment, network: Network, buffers: Any) -> Array | None:
        """log10 ‖∂L/∂h_{t−1}‖ had every slope at step t been 1, (T,); None for gated cells."""
        return None

    def carried_part(self, experiment: Experiment, network: Network, buffers: Any) -> Array | None:
        """log10 ‖f_t · ∂L/∂c_t‖, of the gru ‖z_t · ∂L/∂h_t‖, (T,); None for cells without gates."""
        return None

    @abstractmethod
    def deltas(self, experiment: Experiment, network: Network, buffers: Any) -> tuple[Array, Array]:
        """∂L/∂(W_t s_t) of every step, (T, batch, gates·n), and exponents (T, batch)."""

    def drive_deltas(
        self, experiment: Experiment, network: Network, buffers: Any
    ) -> tuple[Array, Array]:
        """∂L/∂(what is added to the pre-activations of a step), of the shapes of `deltas`."""
        return self.deltas(experiment, network, buffers)

    def input_deltas(self, experiment: Experiment, buffers: Any, deltas: Array) -> Array:
        """∂L/∂x_t of every step from `deltas` and on its scale: the same where x_t is added."""
        return deltas

    def sources(self, experiment: Experiment, buffers: Any) -> tuple[Array, Array]:
        """What a step's matrices are multiplied with, (T, batch, n), and exponents (T, batch)."""
        e = experiment
        rows = buffers.states[:-1].reshape(-1, e.batch, e.width)
        exponents = of_rows(buffers.state_exponents[:-1], e.batch)
        kept = enumerate(buffers.beyond[:-1])
        beyond = [t for t, one in kept if one is not None and one.states]
        if beyond:
            # There a row may lie on a scale that it shares with more than h.
            rows = rows.copy()
            for t in beyond:
                (rows[t],), exponents[t] = by_row(state(e, buffers, t))
        return rows, exponents

    def own_sources(
        self, experiment: Experiment, network: Network, buffers: Any
    ) -> tuple[Array, Array] | None:
        """As `sources`, of the last gate's matrix, where that hears something of its own."""
        return None

    def state_rows(self, buffers: Any) -> tuple[Array, ...]:
        """The arrays that hold the state at each step."""
        return (buffers.states,)

    @abstractmethod
    def step_factors(
        self, experiment: Experiment, network: Network, buffers: Any, t: int
    ) -> tuple[Factor, ...]:
        """∂h_t/∂h_{t−1} of the joint state for 1 ≤ t ≤ T, as the factors of a product, first left.

        What is nearly singular by construction lies in a diagonal factor, where it keeps its
        digits.

        Args:
            buffers: one member's, after the forward pass; batch 1, no skip, no batch norm.
        """

    @abstractmethod
    def pre_activations(
        self,
        experiment: Experiment,
        network: Network,
        states: Sequence[Array],
        first: int,
        last: int,
    ) -> dict[str, Array]:
        """What φ or a gate's σ was applied to at first < t ≤ last, (steps, batch, n), by gate.

        Args:
            states: of each vector that a state is made of, h_0 … h_T first, (T+1, batch, n).
        """
