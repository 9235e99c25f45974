"""Pins: the runs that are pinned, and nets whose runs are computed anew to be; no widget in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import attrs

from tuisim.tui.shell.saying import said_of
from tuisim.tui.state.messages import PinComputed, WorkFailed
from tuisim.values.session import MOST_PINNED

if TYPE_CHECKING:
    from tuisim.engine.elsewhere import Preparation
    from tuisim.tui.state.computing import Computed
    from tuisim.values.experiment import Experiment


class Pins:
    """The newest first; what is due lies behind all that was pinned since."""

    def __init__(self) -> None:
        self.runs: list[Computed] = []
        self._due: list[Experiment] = []
        #: What is to be run, once.
        self.waits: tuple[Experiment, ...] = ()

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """What is pinned, or is to be."""
        return (*(one.experiment for one in self.runs), *self._due)

    def toggle(self, shown: Computed) -> str:
        """Pin a run, or unpin it.

        Returns:
            what happened.
        """
        if shown.experiment in self.experiments:
            self.runs[:] = [one for one in self.runs if one.experiment != shown.experiment]
            self._due = [one for one in self._due if one != shown.experiment]
            return "unpinned"
        self.runs.insert(0, shown)
        if len(self.experiments) > MOST_PINNED:
            (self._due or self.runs).pop()
            return f"pinned; the oldest of more than {MOST_PINNED} went"
        return "pinned"

    def put(self, runs: Iterable[Computed]) -> None:
        """Have these runs pinned and no others."""
        self.runs[:], self._due, self.waits = runs, [], ()

    def want(self, experiments: Iterable[Experiment]) -> None:
        """Have these nets pinned too, as far as there is room, once they were run."""
        there = self.experiments
        new = [one for one in experiments if one not in there]
        self._due += new[: MOST_PINNED - len(there)]
        self.waits = tuple(self._due)

    def accept(self, computed: Computed) -> None:
        """Pin a run that was due."""
        if computed.experiment in self._due:
            self._due.remove(computed.experiment)
            self.runs.append(computed)

    def run(
        self, preparation: Preparation, post: Callable[[PinComputed | WorkFailed], object]
    ) -> None:
        """Run what waits, one after the other, each with its diagnosis, in a thread.

        Args:
            preparation: of the kernels, for which this waits where it must.
            post: called with each, or with why it could not be run.
        """
        from tuisim.engine.base.stopping import StoppedError
        from tuisim.tui.state.computing import compute, diagnose

        waiting, self.waits = self.waits, ()
        preparation.attend()
        for one in waiting:
            try:
                found = compute(one)
                diagnosis = found.diagnosis or diagnose(found.run)
                post(PinComputed(attrs.evolve(found, diagnosis=diagnosis)))
            except StoppedError:
                raise
            except Exception as error:
                post(WorkFailed(None, f"pinned: {said_of(error)}"))
