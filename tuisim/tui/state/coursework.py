"""Coursework: a course that is worked on in a thread of its own.

Commands are obeyed one after the other and none is lost; updates that were asked for give way to
them. What there is to see is posted as frozen looks, the newest taking the place of older ones.
It outlives the screen that shows it, and holds no widget: while none looks, it waits.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs
from textual.message import Message

from tuisim.tui.shell.background import Background
from tuisim.tui.shell.pace import FRAME_SECONDS
from tuisim.tui.shell.saying import said_of
from tuisim.tui.state.messages import Failed
from tuisim.tui.state.training_keys import turned_to
from tuisim.values.experiment import FIELDS
from tuisim.values.plan import trainable

if TYPE_CHECKING:
    from tuisim.engine.training.course import Course, Look, Point
    from tuisim.figures.drawing.drawing import Drawing
    from tuisim.figures.drawing.figure import Figure
    from tuisim.figures.drawing.sheet import Sheet
    from tuisim.values.experiment import Experiment
    from tuisim.values.plan import Plan

Command = Callable[["Course"], None]
Post = Callable[[Message], object]

#: Of one sequence an update the loss jumps about, and the accuracy is 0 or 1.
_ROWS = 16


def prepared(experiment: Experiment) -> tuple[Experiment, tuple[str, ...]]:
    """What is trained of an experiment, and a note for each field that was reset for it."""
    experiment, notes = trainable(experiment)
    if experiment.batch > 1:
        return experiment, notes
    more = f"batch is {_ROWS}: of one sequence an update there is little to see"
    return attrs.evolve(experiment, batch=_ROWS), (*notes, more)


@attrs.frozen(eq=False)
class Asked:
    """What a course is entered for.

    Attributes:
        notes: what was reset to train it, said where a course begins.
        left_out: what its course goes on without, said in any case.
        point: where its course stood as the net was taken out; None of other nets.
    """

    experiment: Experiment
    plan: Plan
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    point: Point | None = None


class CourseLooked(Message):
    """A course was changed, or went on; `figures` are those of view 8, by name.

    `drawings` are of those figures that there were sheets for; `obeyed` says how many commands
    were by then, and `passing` that another follows at once.
    """

    def __init__(
        self,
        look: Look,
        figures: Mapping[str, Figure],
        drawings: Mapping[str, Drawing],
        obeyed: int,
        *,
        passing: bool = False,
    ) -> None:
        super().__init__()
        self.look, self.figures, self.drawings, self.obeyed = look, figures, drawings, obeyed
        self.passing = passing

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, CourseLooked)

    def again(self) -> CourseLooked:
        """The same for another screen, on which nothing is drawn yet."""
        return CourseLooked(self.look, self.figures, {}, self.obeyed)


class CourseFailed(Failed):
    """There is no course."""


def _nobody(message: Message) -> None:
    """Where looks go while no screen shows them."""


#: Updates a second, and which of these it is at first.
SPEEDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
_DEFAULT_SPEED = 7

#: Of so many nets that were taken out it is known where their courses stood.
_MOST_TAKEN = 8


class Coursework:
    """A course, for those on the event loop."""

    def __init__(self, frame_seconds: float = FRAME_SECONDS) -> None:
        """Work without a course yet; `enter` asks for one.

        Args:
            frame_seconds: from one look that is shown to the next.
        """
        self._frame_seconds = frame_seconds
        self._post: Post = _nobody
        self._background = Background(self._failed)
        self._course: Course | None = None
        self._commands: deque[Command] = deque()
        self._closed = False
        #: How many commands were given, and how many are obeyed.
        self.given = 0
        self._obeyed = 0
        #: What the next figures are to be drawn on, by name; replaced, never changed.
        self.sheets: Mapping[str, Sheet] = {}
        #: The newest of what was posted; None until then.
        self.newest: CourseLooked | None = None
        #: The net as the course had it when it was entered last; None where none could begin.
        self.entered: Experiment | None = None
        #: The net that was taken out since it was entered last, for the other views.
        self.taken: Experiment | None = None
        # By the digests of their layers, the newest first: nets as they were taken out, and where
        # their courses stood.
        self._points: dict[str, tuple[Experiment, Point]] = {}
        self._speed = _DEFAULT_SPEED
        self._background.start()

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return self._background.idle

    @property
    def updates(self) -> int:
        """How many were made."""
        return 0 if self.newest is None else self.newest.look.updates

    @property
    def chosen(self) -> dict[str, Any]:
        """The fields of the net that were changed since it was entered, with their values."""
        before, look = self.entered, self.newest
        if before is None or look is None:
            return {}
        new = look.look.experiment
        names = (name for name in FIELDS if getattr(new, name) != getattr(before, name))
        return {name: getattr(new, name) for name in names}

    def prepared(self, shown: Experiment, plan: Plan) -> Asked:
        """What is trained of an experiment; of a net that was taken out, its own course."""
        found = self._points.get(shown.layer_digest)
        if found is None:
            experiment, notes = prepared(shown)
            return Asked(experiment, plan, notes)
        from tuisim.engine.training.course import CHANGEABLE

        net, point = found
        fixed = [name for name in FIELDS if name not in CHANGEABLE]
        edited = [name for name in fixed if getattr(shown, name) != getattr(net, name)]
        words = f"its training goes on without the change of {', '.join(edited)}"
        kept = {name: getattr(shown, name) for name in CHANGEABLE}
        experiment = attrs.evolve(point.experiment, **kept)
        return Asked(experiment, plan, left_out=(words,) if edited else (), point=point)

    @property
    def speed(self) -> int:
        """Updates a second."""
        return SPEEDS[self._speed]

    def faster(self, notches: int) -> None:
        """Change the speed by so many notches."""
        self._speed = min(max(self._speed + notches, 0), len(SPEEDS) - 1)

    def enter(self, asked: Asked, post: Post) -> None:
        """Go on where it was left, or with a course of this net where it is another.

        Args:
            asked: as `prepared` gives it.
            post: who looks from now on.
        """
        self._post, self.taken = post, None
        self.given += 1
        self._background.ask("enter", lambda: self._enter(asked))

    def leave(self) -> None:
        """Let nobody look any more; the course stays as it is."""
        self._post, self.sheets = _nobody, {}

    def close(self) -> None:
        """Stop working."""
        self._closed = True
        self._background.close()

    def do(self, command: Command) -> None:
        """Have a command obeyed."""
        self.given += 1
        self._commands.append(command)
        self._background.ask("commands", self._obey)

    def advance(self, count: int) -> None:
        """Have so many updates made, in place of those that wait."""
        self._background.ask("advance", lambda: self._advance(count))

    # What follows runs in the background thread.

    def take(self, course: Course) -> None:
        """A command: take the net out as it is by now."""
        from tuisim.engine.training.taken import taken

        point = course.point()
        net = taken(point.experiment, point.plan.task, point.state)
        # The event loop may be looking into the one before.
        before = [one for one in self._points.items() if one[0] != net.layer_digest]
        self._points = dict([(net.layer_digest, (net, point)), *before][:_MOST_TAKEN])
        self.taken = net

    def _enter(self, asked: Asked) -> None:
        from tuisim.engine.training.course import Course

        self._obeyed += 1
        if self._course is None:
            self._course = Course(asked.experiment, asked.plan)
            self._course.change(lambda e, p: (e, p, "; ".join(asked.notes)), "enter")
        else:
            self._turn(self._course, asked)
        self.entered = self._course.experiment
        self._show()

    def _turn(self, course: Course, asked: Asked) -> None:
        updates, plan, left_out = self.updates, asked.plan, asked.left_out
        point = asked.point
        if point is not None and not course.is_of(point):
            if updates:
                left_out = (f"u goes back to update {updates} of the other net", *left_out)
            course.go_to(point)
            updates, plan = point.state.update, point.plan
        elif point is not None and plan.task != point.plan.task:
            plan = course.plan
        change = turned_to(asked.experiment, plan, asked.notes, updates, left_out)
        course.change(change, "enter")

    def _obey(self) -> None:
        while self._commands and self._course is not None:
            self._commands.popleft()(self._course)
            self._obeyed += 1
        self._show()

    def _advance(self, count: int) -> None:
        from tuisim.engine.base.stopping import StoppedError, TooLongError, stoppable

        if self._course is None:
            return

        def asked() -> bool:
            return self._closed or bool(self._commands) or self._background.waits("enter")

        shown, before = time.monotonic(), self._course.look().updates
        try:
            with stoppable(asked):
                for _ in range(count):
                    if self._course.over or asked():
                        break
                    self._course.advance(1)
                    if time.monotonic() - shown > self._frame_seconds:
                        self._show(passing=True)
                        shown = time.monotonic()
        except StoppedError:
            pass
        except TooLongError:
            # Of those that were asked for so many were made; one alone must be allowed.
            if self._course.look().updates == before:
                raise
        self._show()

    def _show(self, *, passing: bool = False) -> None:
        if self._course is not None:
            from tuisim.figures.views.training import training_figures

            look = self._course.look()
            figures = training_figures(look)
            drawings = {name: sheet.draw(figures[name]) for name, sheet in self.sheets.items()}
            self.newest = CourseLooked(look, figures, drawings, self._obeyed, passing=passing)
            self._post(self.newest)

    def _failed(self, error: BaseException) -> None:
        self._post(CourseFailed(said_of(error, "width, depth or batch")))
