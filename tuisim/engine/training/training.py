"""Training: a net learns a task by stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import attrs
import numpy as np

from tuisim.engine.base.budget import check_budget
from tuisim.engine.base.gates import candidate_place
from tuisim.engine.base.memo import Array
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.maths.schur import Complex
from tuisim.engine.runs.weight_gradients import norm
from tuisim.engine.training.backprop import Backprop, Trouble
from tuisim.engine.training.parameters import Parameters, draw_parameters
from tuisim.engine.training.tasks import TASKS
from tuisim.values.experiment import Experiment
from tuisim.values.fields import refusal
from tuisim.values.plan import NEEDED, Plan

#: A loss this many times the mean of those of the updates before, as many as are named here, is an
#: overshoot; unless it is under a tenth of what guessing costs, where a solved task's noise lies.
OVERSHOOT = 10.0
_BEFORE = 10
_SOLVED = 0.1


@attrs.frozen(eq=False)
class State:
    """Where training stands: all that the next update depends on.

    Attributes:
        update: its number, the first being 0.
        theta, velocity: (size,), all parameters and what momentum keeps, as one vector each.
        clipped: how many updates so far had their gradient clipped.
        losses: the newest losses, as many as an overshoot is judged by.
    """

    update: int
    theta: Array
    velocity: Array
    clipped: int = 0
    losses: tuple[float, ...] = ()


@attrs.frozen(eq=False, slots=False)
class Step:
    """What one update met, before it changed the parameters.

    Attributes:
        update: its number, the first being 0.
        loss, accuracy: of its batch; nan where the forward pass was not finite.
        gradient_norm, clipped_gradient_norm: of ∂L/∂θ, all parameters together, before and after
            clipping; nan where there was none.
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

    @property
    def matrix(self) -> Array:
        """W (n, n), of a gated cell the candidate's."""
        weights = self.parameters.weights
        return np.asarray(weights[candidate_place(len(weights))] if weights.ndim == 3 else weights)

    @cached_property
    def eigenvalues(self) -> Complex:
        """The eigenvalues (n,) of `matrix`."""
        # LAPACK squares what it is given; a matrix that is about to overflow is scaled down.
        scale = float(np.abs(self.matrix).max()) or 1.0
        return np.asarray(scale * np.linalg.eigvals(self.matrix / scale).astype(np.complex128))

    @property
    def spectral_radius(self) -> float:
        """ρ(W), the largest modulus of an eigenvalue."""
        return float(np.abs(self.eigenvalues).max())

    @cached_property
    def largest_singular_value(self) -> float:
        """σ₁ of W."""
        scale = float(np.abs(self.matrix).max()) or 1.0
        return scale * float(np.linalg.norm(self.matrix / scale, 2))


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

    def begin(self) -> State:
        """Before the first update, everything drawn from the experiment's seed."""
        layout = self._passes.layout
        drawn = draw_parameters(self.experiment, self.task, self._passes.network)
        return State(0, _fixed(layout.join(drawn)), _fixed(np.zeros(layout.size)))

    def step(self, state: State) -> tuple[State, Step]:
        """One update: the state after it, or the same one where something was not finite.

        Raises:
            StoppedError: the caller made its work stoppable, and asked for that.
        """
        check_stop()
        layout, plan = self._passes.layout, self.plan
        found = self._passes.run(state.theta, self.task.batch(self.experiment, state.update))
        before = after = np.nan
        trouble = found.trouble
        clipped, following = state.clipped, state
        if found.gradient is not None:
            before = norm(found.gradient)
        if found.gradient is not None and trouble is None:
            gradient = self._clipped(found.gradient, before)
            after = norm(gradient)
            clipped += after != before
            with np.errstate(over="ignore", invalid="ignore"):
                decayed = gradient + plan.l2 * state.theta
                velocity = _fixed(plan.momentum * state.velocity + decayed)
                theta = _fixed(state.theta - plan.learning_rate * velocity)
            name = layout.first_not_finite(theta)
            if name is not None:
                trouble = Trouble(name, "inf" if np.isinf(theta).any() else "nan")
            else:
                losses = (*state.losses, found.loss)[-_BEFORE:]
                following = State(state.update + 1, theta, velocity, clipped, losses)
        step = Step(
            update=state.update,
            loss=found.loss,
            accuracy=found.accuracy,
            gradient_norm=before,
            clipped_gradient_norm=after,
            clipped_share=clipped / (state.update + 1),
            hidden_log10=found.hidden_log10,
            gradient_log10=found.gradient_log10,
            parameters=layout.split(state.theta),
            overshoot=self._is_overshoot(found.loss, state.losses),
            trouble=trouble,
        )
        return following, step

    def _clipped(self, gradient: Array, size: float) -> Array:
        """By norm: scaled so that all parameters' gradient together is no longer than that."""
        clip, limit = self.experiment.clip, self.experiment.clip_threshold
        if clip == "value":
            return gradient.clip(-limit, limit)
        if clip == "norm" and size > limit:
            return gradient * (limit / size)
        return gradient

    def _is_overshoot(self, loss: float, losses: tuple[float, ...]) -> bool:
        if not losses:
            return False
        least = _SOLVED * self.task.chance_loss
        return loss > max(OVERSHOOT * float(np.mean(losses)), least)


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
    return _steps(Trainer(experiment, plan), plan.steps)


def _steps(trainer: Trainer, count: int) -> Iterator[Step]:
    state = trainer.begin()
    for _ in range(count):
        state, step = trainer.step(state)
        yield step
        if step.trouble is not None:
            return


def _fixed(array: Array) -> Array:
    array.flags.writeable = False
    return array
