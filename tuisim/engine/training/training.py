"""Training: a net learns a task by stochastic gradient descent."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property

import attrs
import numpy as np

from tuisim.engine.base.budget import check_budget, run_flops
from tuisim.engine.base.memo import Array
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.maths.ordered import added
from tuisim.engine.maths.schur import Complex
from tuisim.engine.runs.weight_gradients import norm
from tuisim.engine.training import descent
from tuisim.engine.training.backprop import Backprop, Pass, Trouble
from tuisim.engine.training.descent import Vectors, fixed, rules_of
from tuisim.engine.training.parameters import Parameters, Recurrent, draw_parameters
from tuisim.engine.training.tasks import TASKS, Batch
from tuisim.engine.training.updater import Updater
from tuisim.values.experiment import Experiment
from tuisim.values.fields import refusal
from tuisim.values.plan import NEEDED, Plan

#: A loss this many times the mean of those of the updates before, as many as are named here, is an
#: overshoot; unless it is under a tenth of what guessing costs, where a solved task's noise lies.
OVERSHOOT = 10.0
_BEFORE = 10
_SOLVED = 0.1
#: Updates that a kernel makes at a time: no more than these, or about a third of a second's.
_MOST_AT_ONCE = 16
_FLOPS_AT_ONCE = 1e10


@attrs.frozen(eq=False)
class State:
    """Where training stands: all that the next update depends on.

    Attributes:
        update: its number, the first being 0.
        theta, velocity: (size,), all parameters and the averaged gradient, as one vector each.
        clipped: how many updates so far had their gradient clipped.
        losses: the newest losses, as many as an overshoot is judged by.
        squares: (size,), the averaged squares that Adam keeps; (0,) with SGD.
        averaged: how many updates are in the velocity and the squares.
    """

    update: int
    theta: Array
    velocity: Array
    clipped: int = 0
    losses: tuple[float, ...] = ()
    squares: Array = attrs.field(factory=lambda: fixed(np.empty(0)))
    averaged: int = 0


@attrs.frozen(eq=False, slots=False)
class Step:
    """What one update met, before it changed the parameters.

    Attributes:
        update: its number, the first being 0.
        loss, accuracy: of its batch; nan where the forward pass was not finite.
        gradient_norm, clipped_gradient_norm: of ∂L/∂θ, all parameters together, before and after
            clipping; nan where there was none.
        update_ratio: ‖Δθ‖/‖θ‖, how far the update moves the parameters; nan where it failed.
        clipped_share: share of the updates up to this one whose gradient was clipped.
        hidden_log10, gradient_log10: (T+1,), log10 ‖h_t‖ and log10 ‖∂L/∂h_t‖ over the batch; h_0 is
            the random start that `train` says.
        parameters: what they were.
        overshoot: whether the loss jumped to ten times what it was.
        trouble: the first value that was not finite; there is no update then.
    """

    update: int
    loss: float
    accuracy: float
    gradient_norm: float
    clipped_gradient_norm: float
    clipped_share: float
    hidden_log10: Array
    gradient_log10: Array
    parameters: Parameters = attrs.field(repr=False)
    overshoot: bool = False
    trouble: Trouble | None = None
    update_ratio: float = math.nan

    @cached_property
    def recurrent(self) -> Recurrent:
        """W as it was."""
        return Recurrent.of(self.parameters)

    @property
    def matrix(self) -> Array:
        """W (n, n), of a gated cell the candidate's."""
        return self.recurrent.matrix

    @property
    def eigenvalues(self) -> Complex:
        """The eigenvalues (n,) of `matrix`."""
        return self.recurrent.eigenvalues

    @property
    def spectral_radius(self) -> float:
        """ρ(W), the largest modulus of an eigenvalue."""
        return self.recurrent.spectral_radius

    @property
    def largest_singular_value(self) -> float:
        """σ₁ of W."""
        return self.recurrent.largest_singular_value


def check_trainable(experiment: Experiment, plan: Plan) -> None:
    """Raise ValueError where this net cannot be trained so: names the field, and why."""
    for name, allowed, why in NEEDED:
        got = getattr(experiment, name)
        if got != allowed:
            raise refusal(name, got, f"{allowed!r} ({why})")
    least = TASKS[plan.task].least_depth
    if experiment.depth < least:
        raise refusal("depth", experiment.depth, f"at least {least} for the task {plan.task}")
    check_budget(experiment)


@attrs.frozen
class Outcome:
    """What is asked of an update where only success counts: as Step."""

    accuracy: float
    trouble: Trouble | None = None


class Trainer:
    """Makes updates; holds nothing that one leaves behind for the next, which is in the State.

    Raises:
        ValueError: a net that cannot be trained so, or more work than the budget allows.
    """

    def __init__(self, experiment: Experiment, plan: Plan) -> None:
        check_trainable(experiment, plan)
        self.experiment, self.plan = experiment, plan
        self.task = TASKS[plan.task]
        self._passes = Backprop(experiment, self.task)
        self._rules = rules_of(experiment, plan, self.task.within)
        self._batches = self.task.batches(experiment)
        # So that work can be given up soon.
        self._at_once = min(_MOST_AT_ONCE, int(_FLOPS_AT_ONCE / run_flops(experiment)))

    @cached_property
    def _updater(self) -> Updater:
        return Updater(self._passes, self._rules, self._batches(0).asked)

    def begin(self) -> State:
        """Before the first update, everything drawn from the experiment's seed."""
        drawn = draw_parameters(self.experiment, self.task, self._passes.network)
        theta = fixed(self._passes.layout.join(drawn))
        squares = np.zeros(theta.size if self._rules.adam else 0)
        return State(0, theta, fixed(np.zeros(theta.size)), squares=fixed(squares))

    def recurrent(self, state: State) -> Recurrent:
        """W in this state."""
        return Recurrent.of(self._passes.layout.split(state.theta))

    def step(self, state: State) -> tuple[State, Step]:
        """One update: the state after it, or the same one where something was not finite.

        Raises:
            StoppedError: the caller made its work stoppable, and asked for that.
        """
        check_stop()
        batch = self._batches(state.update)
        if not self._at_once:
            return self._carefully(state, batch)
        made = self._updater.make(*self._kept(state), [batch], curves=True)
        if not made.updates:
            return self._carefully(state, batch)
        loss, accuracy, *norms = made.numbers[0].tolist()
        return self._moved(state, made.vectors, Pass(loss, accuracy, None, *made.curves[0]), norms)

    def steps(self, count: int) -> Iterator[tuple[State, Step]]:
        """So many steps from the beginning, fewer where one fails: that one is the last.

        Raises:
            StoppedError: as step.
        """
        state = self.begin()
        for _ in range(count):
            state, step = self.step(state)
            yield state, step
            if step.trouble is not None:
                return

    def outcomes(self, count: int) -> Iterator[Outcome]:
        """What so many updates come to, fewer where one fails: that one is the last.

        Raises:
            StoppedError: as step.
        """
        state, run = self.begin(), 1
        while state.update < count:
            check_stop()
            first = state.update
            batches = [self._batches(k) for k in range(first, min(first + run, count))]
            state, accuracies = self._several(state, batches)
            yield from map(Outcome, accuracies)
            run = min(2 * run, self._at_once)
            if len(accuracies) < len(batches):
                state, step = self._carefully(state, batches[len(accuracies)])
                yield Outcome(step.accuracy, step.trouble)
                if step.trouble is not None:
                    return
                # What was left to others once may be so again.
                run = 1

    def _several(self, state: State, batches: Sequence[Batch]) -> tuple[State, list[float]]:
        """The state after as many updates as the kernel makes, and the accuracy of each."""
        if not self._at_once:
            return state, []
        made = self._updater.make(*self._kept(state), batches, curves=False)
        theta, velocity, squares = (one[0] for one in made.vectors)
        averaged = self._kept(state)[1] + made.updates
        after = State(state.update + made.updates, theta, velocity, 0, (), squares, averaged)
        return after, made.numbers[:, 1].tolist()

    def _kept(self, state: State) -> tuple[Vectors, int]:
        """θ and the averages of this optimizer, and how many updates are in them."""
        velocity, squares, averaged = state.velocity, state.squares, state.averaged
        if self._rules.adam != (squares.size > 0):
            # Another optimizer's averages are not its own.
            velocity = fixed(np.zeros(state.theta.size))
            squares = fixed(np.zeros(state.theta.size if self._rules.adam else 0))
            averaged = 0
        return tuple(one.reshape(1, -1) for one in (state.theta, velocity, squares)), averaged

    def _carefully(self, state: State, batch: Batch) -> tuple[State, Step]:
        found = self._passes.run(state.theta, batch)
        norms = [math.nan] * 3
        if found.gradient is None or found.trouble is not None:
            if found.gradient is not None:
                norms[0] = norm(found.gradient)
            return state, self._met(state, found, norms, state.clipped)
        vectors, averaged = self._kept(state)
        moved = descent.step(self._rules, averaged, vectors, found.gradient)
        if moved.finite:
            return self._moved(state, moved.vectors, found, moved.numbers)
        before, after, _ = moved.numbers
        trouble = self._lost(*(one[0] for one in moved.vectors))
        found = attrs.evolve(found, trouble=trouble)
        clipped = state.clipped + (after != before)
        return state, self._met(state, found, [before, after, math.nan], clipped)

    def _lost(self, theta: Array, velocity: Array, squares: Array) -> Trouble:
        """Which parameter is not finite, or which average of squared gradients."""
        name, array = self._passes.layout.first_not_finite(theta), theta
        if name is None:
            name, array = f"Adam's v of {self._passes.layout.first_not_finite(squares)}", squares
        return Trouble(name, "inf" if np.isinf(array).any() else "nan")

    def _moved(
        self, state: State, vectors: Vectors, found: Pass, norms: Sequence[float]
    ) -> tuple[State, Step]:
        theta, velocity, squares = (one[0] for one in vectors)
        clipped = state.clipped + (norms[1] != norms[0])
        losses = (*state.losses, found.loss)[-_BEFORE:]
        averaged = self._kept(state)[1] + 1
        after = State(state.update + 1, theta, velocity, clipped, losses, squares, averaged)
        return after, self._met(state, found, norms, clipped)

    def _met(self, state: State, found: Pass, norms: Sequence[float], clipped: int) -> Step:
        before, after, ratio = norms
        return Step(
            update=state.update,
            loss=found.loss,
            accuracy=found.accuracy,
            gradient_norm=before,
            clipped_gradient_norm=after,
            update_ratio=ratio,
            clipped_share=clipped / (state.update + 1),
            hidden_log10=found.hidden_log10,
            gradient_log10=found.gradient_log10,
            parameters=self._passes.layout.split(state.theta),
            overshoot=self._is_overshoot(found.loss, state.losses),
            trouble=found.trouble,
        )

    def _is_overshoot(self, loss: float, losses: tuple[float, ...]) -> bool:
        if not losses:
            return False
        least = _SOLVED * self.task.chance_loss
        return loss > max(OVERSHOOT * (added(losses) / len(losses)), least)


def train(experiment: Experiment, plan: Plan | None = None) -> Iterator[Step]:
    """Train a net, and give what each update met.

    The experiment says what net, how large a batch, what clipping, which seed; its depth is the
    length of the sequences. Batches come from (seed, update): equal values train alike.

    Every sequence of every update starts from one and the same h_0, which is not 0 and not
    learned: the experiment's start (a random direction, or along start_eigenvector, of root mean
    square start_rms), which is drawn from the seed once. An lstm's c_0 is 0.

    Args:
        experiment: a tied net of any cell, one member, without a drive of its own.
        plan: the task and how it is learned; Plan() where not given.

    Yields:
        plan.steps Steps, fewer where a value is not finite: that one is the last.

    Raises:
        ValueError: at once, for a net that cannot be trained so.
    """
    plan = plan or Plan()
    return (step for _, step in Trainer(experiment, plan).steps(plan.steps))


def outcomes(experiment: Experiment, plan: Plan) -> Iterator[Outcome]:
    """As train, where only success counts: several updates at a time."""
    return Trainer(experiment, plan).outcomes(plan.steps)
