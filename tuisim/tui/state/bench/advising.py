"""Advising: which one change would mend the net, measured in a thread of its own.

The newest request wins, and none is begun while keys still change the net: what would mend it is
read once the hand rests.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from textual.message import Message

from tuisim.engine.base.budget import run_flops
from tuisim.engine.base.stopping import check_stop, stoppable
from tuisim.tui.shell.background import Background
from tuisim.tui.shell.saying import said_of
from tuisim.tui.state.messages import AdviceComputed, WorkFailed

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.advice import Advice
    from tuisim.engine.runs.run import Run
    from tuisim.values.experiment import Experiment

#: What is measured unasked: some twenty runs of it take a few seconds. A step whose numbers leave
#: float64 takes a hundred times as long as another.
_AT_ONCE_FLOPS, _AT_ONCE_WIDTH, _AT_ONCE_STEPS = 1e9, 256, 10_000


class Advising:
    """What was found for runs; everything but the job runs on the event loop."""

    #: How long a net must stay as it is before anything is measured.
    rest_seconds = 0.3

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._background = Background(self._failed)
        self._found: WeakKeyDictionary[Run, Advice | None] = WeakKeyDictionary()
        self._wanted: Run | None = None
        self._turned = threading.Event()

    def start(self) -> None:
        """Begin to work."""
        self._background.start()

    def close(self) -> None:
        """Stop working."""
        self.leave()
        self._background.close()

    def leave(self) -> None:
        """Give up what is being measured: the net that is shown is to be another."""
        self._want(None)

    @property
    def idle(self) -> bool:
        """Whether all that was asked for is there."""
        return self._wanted is None and self._background.idle

    def want(self, run: Run, *, asked: bool = False) -> None:
        """Measure what mends this run, in place of any before.

        Args:
            asked: also where it takes long.
        """
        if run is self._wanted:
            # What comes late of it does not take back what was asked for.
            return
        due = run.regime != "stable" and run not in self._found and (asked or not takes_long(run))
        if not due:
            self._want(None)
            return
        self._want(run)
        self._background.ask("advice", lambda: self._advise(run))

    def waits(self, run: Run) -> bool:
        """Whether it is being measured."""
        return run is self._wanted

    def unasked(self, run: Run) -> bool:
        """Whether nothing is known of it before it is asked for."""
        known = run in self._found or self.waits(run)
        return not known and run.regime != "stable" and takes_long(run)

    def of(self, run: Run) -> Advice | None:
        """What was found for this run, None where it needs nothing or nothing is known."""
        return self._found.get(run)

    def mending(self, run: Run) -> tuple[Experiment | None, str]:
        """The net that mends this run, or None and it is looked for; and words on that."""
        from tuisim.figures.words.prose import change_words

        found = self.of(run)
        if run.regime == "stable":
            return None, "nothing to mend: the gradient is stable"
        if found is None:
            waits = self.waits(run)
            self.want(run, asked=True)
            return None, "not measured yet" if waits else "trying what would mend it …"
        if found.best is None:
            return None, f"none of the {len(found.tried)} changes tried mends it"
        return found.best.experiment, f"{change_words(found.best.changes)}; undo takes it back"

    def accept(self, message: AdviceComputed) -> None:
        """Take note of what was measured."""
        self._found[message.run] = message.advice
        if message.run is self._wanted:
            self._want(None)

    def _want(self, run: Run | None) -> None:
        self._wanted = run
        self._turned.set()
        if run is None:
            self._background.drop("advice")

    # What follows runs in the background thread.

    def _advise(self, run: Run) -> None:
        from tuisim.engine.diagnosis.advice import advise
        from tuisim.engine.runs.lean import whole

        self._turned.clear()
        with stoppable(lambda: run is not self._wanted):
            check_stop()
            self._turned.wait(self.rest_seconds)
            check_stop()
            self._post(AdviceComputed(run, advise(whole(run))))

    def _failed(self, error: BaseException) -> None:
        self._wanted = None
        self._post(WorkFailed(None, said_of(error)))


def takes_long(run: Run) -> bool:
    """Whether what mends this run is measured only where it is asked for."""
    e = run.experiment
    steps = e.members * e.batch * e.depth
    large = e.width > _AT_ONCE_WIDTH or run_flops(e) > _AT_ONCE_FLOPS
    return large or steps > _AT_ONCE_STEPS
