"""Course: a training run with its past, which can be changed and gone back in.

One thread works on it; what `look` gives is frozen, for others.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.maths.schur import Complex
from tuisim.engine.training.backprop import Trouble
from tuisim.engine.training.parameters import Recurrent
from tuisim.engine.training.tasks import TASKS, Task
from tuisim.engine.training.training import State, Step, Trainer
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

#: Fields of an experiment that may change while it is trained.
CHANGEABLE = ("clip", "clip_threshold")

#: After trouble one goes back by at least so many updates.
_BACK = 10
_EVERY = 25
#: Undo keeps so many places of the course, in so many bytes of parameters.
_MOST_POINTS, _MOST_BYTES = 20, 64 << 20
_MOST_PINNED = 4
#: How many places of the wandering eigenvalues are kept, and how far apart they are at first.
_MOST_PLACES = 40
_PLACES_APART = 10
#: Wider matrices have their eigenvalues taken at those places alone.
_AT_ONCE = 128


@attrs.frozen(eq=False)
class Curves:
    """What each update met: arrays (updates,) that are never written to again."""

    loss: Array
    accuracy: Array
    gradient_norm: Array
    clipped_gradient_norm: Array
    update_ratio: Array

    def __len__(self) -> int:
        return len(self.loss)


class _Log:
    """Curves that grow: room that was handed out is not written to any more."""

    def __init__(self, begin: Curves | None = None) -> None:
        self._count = 0 if begin is None else len(begin)
        self._room = np.empty((len(attrs.fields(Curves)), max(1024, 2 * self._count)))
        if begin is not None:
            for row, curve in zip(self._room, attrs.astuple(begin, recurse=False), strict=True):
                row[: self._count] = curve

    def add(self, step: Step) -> None:
        if self._count == self._room.shape[1]:
            self._room = np.concatenate([self._room, np.empty_like(self._room)], axis=1)
        self._room[:, self._count] = (
            step.loss,
            step.accuracy,
            step.gradient_norm,
            step.clipped_gradient_norm,
            step.update_ratio,
        )
        self._count += 1

    def curves(self) -> Curves:
        rows = self._room[:, : self._count]
        rows.flags.writeable = False
        return Curves(*rows)


@attrs.frozen(eq=False)
class Place:
    """Where the eigenvalues of W were before an update."""

    update: int
    eigenvalues: Complex


@attrs.frozen(eq=False)
class Point:
    """Where a course stood: everything that going back to it needs."""

    experiment: Experiment
    plan: Plan
    state: State
    curves: Curves
    overshoots: tuple[int, ...]
    changes: tuple[tuple[int, str], ...]
    places: tuple[Place, ...]
    apart: int
    first: Array


@attrs.frozen(eq=False)
class PinnedCourse:
    """The curves of another training run, and what it was."""

    experiment: Experiment
    plan: Plan
    curves: Curves


@attrs.frozen(eq=False)
class Look:
    """What there is to see of a course.

    Attributes:
        updates: how many were made; one that failed was not.
        state: where they led; recurrent: the W of there, which no update has met yet.
        step: the newest update, or before the first one what it will meet.
        curves: of every update so far, one that failed included.
        first: (T+1,), the first update's log10 ‖∂L/∂h_t‖.
        overshoots: the updates at which the loss jumped.
        changes: at which update what was changed, in words.
        places: where the eigenvalues were, oldest first.
        eigenvalues: of `recurrent`, or of the newest W that has them.
        said: what the last command did, in words.
    """

    experiment: Experiment
    plan: Plan
    updates: int
    state: State = attrs.field(repr=False)
    recurrent: Recurrent
    step: Step
    curves: Curves
    first: Array
    overshoots: tuple[int, ...]
    changes: tuple[tuple[int, str], ...]
    places: tuple[Place, ...]
    eigenvalues: Complex
    pinned: tuple[PinnedCourse, ...]
    said: str = ""

    @property
    def task(self) -> Task:
        """What is learned."""
        return TASKS[self.plan.task]

    @property
    def trouble(self) -> Trouble | None:
        """What stopped it, if anything did."""
        return self.step.trouble

    @property
    def over(self) -> bool:
        """Whether no update follows: all were made, or one failed."""
        return self.trouble is not None or self.updates >= self.plan.steps


#: What a command makes of the experiment and the plan, and what it says of that.
Change = Callable[[Experiment, Plan], tuple[Experiment, Plan, str]]


class Course:
    """A net being trained."""

    def __init__(
        self, experiment: Experiment, plan: Plan, pinned: tuple[PinnedCourse, ...] = ()
    ) -> None:
        """Before the first update.

        Raises:
            ValueError: as Trainer.
        """
        self._trainer: Trainer
        self._state: State
        self._step: Step
        self._log: _Log
        self._overshoots: tuple[int, ...]
        self._changes: tuple[tuple[int, str], ...]
        self._places: tuple[Place, ...]
        self._past: list[Point] = []
        self._recent: list[Point] = []
        self._action = ""
        self._said = ""
        self.pinned = pinned
        self._begin(Trainer(experiment, plan))

    @property
    def experiment(self) -> Experiment:
        """What is trained."""
        return self._trainer.experiment

    @property
    def plan(self) -> Plan:
        """How it is trained."""
        return self._trainer.plan

    @property
    def over(self) -> bool:
        """Whether no update follows."""
        return self._step.trouble is not None or self._state.update >= self.plan.steps

    def advance(self, count: int, stop: Callable[[], bool] = lambda: False) -> None:
        """Make so many updates, fewer where the plan ends, something fails or `stop` says so."""
        for _ in range(count):
            if self.over or stop():
                return
            if self._state.update % _EVERY == 0 and not self._is_noted():
                self._recent = [*self._recent[-2:], self.point()]
            self._state, self._step = self._trainer.step(self._state)
            self._log.add(self._step)
            self._note_place()
            self._recurrent = self._trainer.recurrent(self._state)
            if self._step.overshoot:
                self._overshoots += (self._step.update,)
            if self._step.trouble is not None and self._state.update:
                self._keep(self._before_trouble())
            self._said = self._action = ""

    def change(self, change: Change, action: str) -> None:
        """Change how it goes on; another net or task begins anew. An equal action joins the last.

        After trouble it goes on from before that, where `undo` would have gone: what led there is
        in the parameters by the time that something is not finite. What is refused changes
        nothing, and is said.
        """
        try:
            experiment, plan, words = change(self.experiment, self.plan)
            if (experiment, plan) == (self.experiment, self.plan):
                self._said = words
                return
            trainer = Trainer(experiment, plan)
        except ValueError as error:
            self._said = str(error)
            return
        another = self._is_another(experiment, plan)
        before = None if another else self._kept_before_trouble()
        # That point stays behind, to be gone back to.
        if before is None and (action != self._action or not self._past):
            self._keep(self.point())
        self._said, self._action = words, action
        if another:
            self._begin(trainer)
            return
        if before is not None:
            self._restore(attrs.evolve(before, experiment=experiment, plan=plan))
            self._said = f"on from update {before.state.update}, before it failed; {words}"
        else:
            self._trainer = trainer
            if self._step.trouble is not None:
                self._restore(self.point())
        self._changes = (*self._changes, (self._state.update, words))

    def restart(self) -> None:
        """Begin anew, from the same seed, with the settings of now; not at the beginning."""
        if not (self._state.update or self._changes or self._log.curves()):
            self._said = "this is the beginning"
            return
        self._keep(self.point())
        self._begin(Trainer(self.experiment, self.plan))
        self._said, self._action = "from the beginning, with the same seed", ""

    def undo(self) -> None:
        """Go back to before the last change, or before what failed with all as it is chosen."""
        if not self._past:
            self._said = "nothing to go back to"
            return
        point = self._past.pop()
        self._restore(point)
        self._said, self._action = f"back at update {point.state.update}", ""

    def pin(self) -> None:
        """Keep this run's curves to be compared with; again to drop them."""
        curves = self._log.curves()
        for one in self.pinned:
            same = (one.experiment, one.plan) == (self.experiment, self.plan)
            if same and len(one.curves) == len(curves):
                self.pinned = tuple(other for other in self.pinned if other is not one)
                self._said = "unpinned"
                return
        if not self._state.update:
            failed = self._step.trouble is not None
            why = ": the first update failed" if failed else " yet: space trains"
            self._said = f"nothing to pin{why}"
            return
        own = PinnedCourse(self.experiment, self.plan, curves)
        self.pinned = (own, *self.pinned)[:_MOST_PINNED]
        self._said = "pinned: 0 begins anew, to compare"

    def point(self) -> Point:
        """Where it stands, to go back to."""
        # A failed update's numbers are in the log, but it is not behind.
        curves, count = self._log.curves(), self._state.update
        return Point(
            experiment=self.experiment,
            plan=self.plan,
            state=self._state,
            curves=Curves(*(one[:count] for one in attrs.astuple(curves, recurse=False))),
            overshoots=tuple(one for one in self._overshoots if one < count),
            changes=self._changes,
            places=self._places,
            apart=self._apart,
            first=self._first,
        )

    def is_of(self, point: Point) -> bool:
        """Whether it trains the net and the task that were trained there."""
        return not self._is_another(point.experiment, point.plan)

    def go_to(self, point: Point) -> None:
        """Go on from a place that was kept, of this net or another; undo leads back."""
        self._keep(self.point())
        self._restore(point)
        self._action = ""

    def look(self) -> Look:
        """What there is to see now."""
        if self._places and self.experiment.width > _AT_ONCE:
            eigenvalues = self._places[-1].eigenvalues
        else:
            eigenvalues = self._recurrent.eigenvalues
        return Look(
            experiment=self.experiment,
            plan=self.plan,
            updates=self._state.update,
            state=self._state,
            recurrent=self._recurrent,
            step=self._step,
            curves=self._log.curves(),
            first=self._first,
            overshoots=self._overshoots,
            changes=self._changes,
            places=self._places,
            eigenvalues=eigenvalues,
            pinned=self.pinned,
            said=self._said,
        )

    def _is_another(self, experiment: Experiment, plan: Plan) -> bool:
        kept = {name: getattr(experiment, name) for name in CHANGEABLE}
        same = attrs.evolve(self.experiment, **kept) == experiment
        return not same or plan.task != self.plan.task

    def _begin(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._state = trainer.begin()
        self._log = _Log()
        self._overshoots, self._changes, self._places = (), (), ()
        self._apart = _PLACES_APART
        self._recent = []
        self._show_next()
        self._first = self._step.gradient_log10

    def _show_next(self) -> None:
        """Let the newest step be the one that the next update will meet."""
        _, self._step = self._trainer.step(self._state)
        self._recurrent = self._step.recurrent

    def _restore(self, point: Point) -> None:
        self._trainer = Trainer(point.experiment, point.plan)
        self._state = point.state
        self._log = _Log(point.curves)
        self._overshoots, self._changes = point.overshoots, point.changes
        self._places, self._apart, self._first = point.places, point.apart, point.first
        self._recent = []
        self._show_next()

    def _keep(self, point: Point) -> None:
        self._past.append(point)
        size = 2 * point.state.theta.nbytes
        most = min(_MOST_POINTS, max(1, _MOST_BYTES // size))
        del self._past[:-most]

    def _is_noted(self) -> bool:
        # An update that was given up comes again.
        return bool(self._recent) and self._recent[-1].state is self._state

    def _before_trouble(self) -> Point:
        """A place some updates before, with what is chosen now, as if it had been chosen there."""
        least = self._step.update - _BACK
        before = [one for one in self._recent if one.state.update <= least]
        point = (before or self._recent)[-1 if before else 0]
        changes = tuple((min(at, point.state.update), what) for at, what in self._changes)
        return attrs.evolve(point, experiment=self.experiment, plan=self.plan, changes=changes)

    def _kept_before_trouble(self) -> Point | None:
        """Where `undo` goes after trouble; None where there is none, or nothing before it."""
        troubled = self._step.trouble is not None and self._state.update > 0
        return self._past[-1] if troubled else None

    def _note_place(self) -> None:
        if self._step.update % self._apart:
            return
        # What was looked at before this update has them already.
        place = Place(self._step.update, self._recurrent.eigenvalues)
        self._places = (*self._places, place)
        if len(self._places) > _MOST_PLACES:
            self._places = self._places[::2]
            self._apart *= 2
