"""Success of training: the share of runs that learn, and how sure it is."""

from __future__ import annotations

import math
from collections import deque
from statistics import NormalDist

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.reservoirs.reservoir import Protocol, Readout, fit_readout
from tuisim.engine.training.backprop import Backprop
from tuisim.engine.training.parameters import draw_parameters
from tuisim.engine.training.tasks import TASKS, Batch, Task
from tuisim.engine.training.training import check_trainable, outcomes
from tuisim.values.experiment import Experiment
from tuisim.values.fields import refusal
from tuisim.values.plan import Plan

#: A run succeeds once this share of its outputs is right …
LEAST_ACCURACY = 0.9
#: … over as many of the newest sequences. Each is a fresh one, so none was learned from before.
JUDGED = 1000
#: An echo state network's readout is fitted to no more sequences than this.
MOST_FITTED = 4000

# Accuracies are rounded quotients: nine of ten exactly must count.
_ROUNDING = 1e-9


@attrs.frozen
class Trial:
    """What is tried of a net: as many runs as the experiment has members.

    Attributes:
        experiment: its member m is the net of the seed `experiment.seed + m`.
        plan: how each is trained.
        readout_only: the recurrent part stays as drawn, and the readout is fitted in closed form,
            as in an echo state network.
    """

    experiment: Experiment
    plan: Plan
    readout_only: bool = False

    def run(self, member: int) -> Trial:
        """One of its runs, as a trial of its own."""
        e = attrs.evolve(self.experiment, members=1, seed=self.experiment.seed + member)
        return attrs.evolve(self, experiment=e)


def success(trial: Trial) -> float:
    """The share of a trial's runs that succeed: nine of ten outputs are right in the end.

    A run is `train(evolve(experiment, members=1, seed=seed + m), plan)`. It succeeds as soon as
    the mean accuracy over the newest 1000 sequences, rounded up to whole batches, is at least 0.9;
    it fails at the plan's last step or at a value that is not finite. A readout alone is a ridge
    regression on the sequences of the first updates, at most 4000 of them, and is judged on the
    1000 that follow.

    Raises:
        ValueError: a net that cannot be trained so, or too few steps to see 1000 sequences.
        StoppedError: the caller made its work stoppable, and asked for that.
    """
    e, plan = trial.experiment, trial.plan
    window = _window(e)
    if plan.steps < window:
        allowed = f"at least {window}, so that {JUDGED} sequences are seen, {e.batch} at a time"
        raise refusal("steps", plan.steps, allowed)
    run = _reads_out if trial.readout_only else _learns
    each = (trial.run(member).experiment for member in range(e.members))
    return sum(run(one, plan) for one in each) / e.members


def readout_accuracy(experiment: Experiment, plan: Plan) -> float:
    """The accuracy of a readout alone on 1000 sequences that it was not fitted to, see `success`.

    Returns:
        nan where a state is not finite.

    Raises:
        ValueError: a net that cannot be trained so.
        StoppedError: the caller made its work stoppable, and asked for that.
    """
    check_trainable(experiment, plan)
    task, window = TASKS[plan.task], _window(experiment)
    passes = Backprop(experiment, task)
    theta = passes.layout.join(draw_parameters(experiment, task, passes.network))

    def seen(update: int) -> tuple[Array, Batch]:
        check_stop()
        batch = task.batch(experiment, update)
        return passes.states(theta, batch), batch

    fitted = min(plan.steps, -(-MOST_FITTED // experiment.batch))
    readout = _fitted([seen(update) for update in range(fitted)], task)
    if readout is None:
        return math.nan
    found = []
    for update in range(fitted, fitted + window):
        states, batch = seen(update)
        found.append(task.judge(readout(states), batch.targets).accuracy)
    return math.fsum(found) / window


def score_interval(shares: Array, runs: Array) -> tuple[Array, Array]:
    """The 95 % score interval of shares of so many runs each (Wilson 1927, J. Am. Stat. Assoc. 22).

    All shares p at which the one that was found lies within 1.96 √(p(1 − p)/runs) of p.

    Returns:
        both ends, of the shape of `shares`; nan where a share is.
    """
    z = NormalDist().inv_cdf(0.975)
    scale = 1.0 / (1.0 + z * z / runs)
    middle = (shares + z * z / (2 * runs)) * scale
    half = z * np.sqrt(shares * (1.0 - shares) / runs + (z / (2 * runs)) ** 2) * scale
    # At none and at all of the runs the ends are 0 and 1, which rounding may miss.
    low = np.where(shares == 0.0, 0.0, middle - half)
    high = np.where(shares == 1.0, 1.0, middle + half)
    return low, high


def _window(e: Experiment) -> int:
    """The number of updates whose batches hold the sequences that a run is judged by."""
    return -(-JUDGED // e.batch)


def _learns(e: Experiment, plan: Plan) -> bool:
    window = _window(e)
    newest: deque[float] = deque(maxlen=window)
    for one in outcomes(e, plan):
        newest.append(one.accuracy)
        if one.trouble is None and len(newest) == window and _enough(math.fsum(newest) / window):
            return True
    return False


def _reads_out(e: Experiment, plan: Plan) -> bool:
    return _enough(readout_accuracy(e, plan))


def _enough(accuracy: float) -> bool:
    return accuracy >= LEAST_ACCURACY - _ROUNDING


def _fitted(batches: list[tuple[Array, Batch]], task: Task) -> Readout | None:
    """The readout of states and what they are to give; None where a state is not finite."""
    features = np.concatenate([states.reshape(-1, states.shape[-1]) for states, _ in batches])
    with np.errstate(over="ignore", invalid="ignore"):
        finite = np.isfinite(features.sum(axis=0)).all()
    if not finite:
        return None
    targets = np.concatenate([task.wanted(batch.targets) for _, batch in batches])
    return fit_readout(features, targets, Protocol().ridge)
