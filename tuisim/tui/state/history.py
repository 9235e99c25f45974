"""History: undo and redo as a list of Experiments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy

from tuisim.values.experiment import Experiment

#: A key that comes again within this many seconds is being held, or as good as.
HELD_SECONDS = 0.6


class History:
    """The newest experiment, what was before it and what was undone; without a limit."""

    def __init__(self, experiment: Experiment, clock: Callable[[], float]) -> None:
        self._past: list[Experiment] = []
        self._future: list[Experiment] = []
        self._present = experiment
        self._clock = clock
        self._action = ""
        self._time = -HELD_SECONDS

    @property
    def present(self) -> Experiment:
        """The experiment that is asked for now."""
        return self._present

    @property
    def past(self) -> tuple[Experiment, ...]:
        """What undo goes back to, the oldest first."""
        return tuple(self._past)

    @property
    def future(self) -> tuple[Experiment, ...]:
        """What redo goes on to, that of the first undo first."""
        return tuple(self._future)

    def copy(self) -> History:
        """The same, that goes its own way from here."""
        other = copy(self)
        other._past, other._future = [*self._past], [*self._future]
        return other

    def change(self, experiment: Experiment, action: str, *, joined: bool = False) -> bool:
        """Make this the present; the same action again at once extends its step.

        Args:
            joined: the same action extends its step however late it comes.

        Returns:
            whether it differs from what was there.
        """
        now = self._clock()
        held = action == self._action and (joined or now - self._time < HELD_SECONDS)
        if held:
            self._time = now
        if experiment == self._present:
            return False
        if not held:
            self._past.append(self._present)
        self._future.clear()
        self._present, self._action, self._time = experiment, action, now
        return True

    def take_back(
        self, past: Iterable[Experiment], experiment: Experiment, future: Iterable[Experiment]
    ) -> None:
        """Go on with another history; undo goes through it to what was done since in this one."""
        done = [*self._past, self._present] if self._past or self._future else []
        self._past, self._future = [*done, *past], [*future]
        self._move(experiment)

    def undo(self) -> Experiment | None:
        """Go a step back; None where there is none."""
        if not self._past:
            return None
        self._future.append(self._present)
        return self._move(self._past.pop())

    def redo(self) -> Experiment | None:
        """Take back an undo; None where there is none."""
        if not self._future:
            return None
        self._past.append(self._present)
        return self._move(self._future.pop())

    def _move(self, experiment: Experiment) -> Experiment:
        self._present, self._action = experiment, ""
        return experiment
