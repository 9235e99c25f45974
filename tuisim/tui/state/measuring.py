"""Measuring: what views need beyond a run, computed in a thread of its own, once for each run.

The newest request wins: work that nobody waits for any more is given up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import attrs
from textual.message import Message

from tuisim.engine.base.stopping import StoppedError, check_stop, stoppable
from tuisim.terminal import faults
from tuisim.tui.shell.background import Background
from tuisim.tui.shell.saying import said_of
from tuisim.tui.state.bench.sketching import Sketching
from tuisim.tui.state.messages import MeasureComputed, MeasureProgressed, WorkFailed

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run

#: Work that takes longer says how far it is, this often.
LATE_SECONDS = 0.5
_TOLD_SECONDS = 0.25
#: How long a measure waits for a run at most, and how often it looks.
_PATIENCE_SECONDS, _LOOK_SECONDS = 0.1, 0.002


@attrs.define(eq=False)
class _Found:
    """What is known of one run."""

    values: dict[str, Any] = attrs.field(factory=dict)
    #: Why a measure has nothing to say.
    reasons: dict[str, str] = attrs.field(factory=dict)

    def has(self, name: str) -> bool:
        return name in self.values or name in self.reasons


class Measuring:
    """The measures of runs; everything but the job itself runs on the event loop."""

    def __init__(
        self,
        post: Callable[[Message], object],
        sketching: Sketching,
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        """Without anything to do; what is done while `busy` waits a little."""
        self._post, self._sketching, self._busy = post, sketching, busy
        self._background = Background(self._failed)
        # By run and for as long as it lives: coming back to a view computes nothing anew.
        self._found: WeakKeyDictionary[Run, _Found] = WeakKeyDictionary()
        self._wanted: tuple[tuple[Run, str], ...] = ()
        self._progress: dict[str, str] = {}

    def start(self) -> None:
        """Begin to work."""
        self._background.start()

    def close(self) -> None:
        """Stop working."""
        self._wanted = ()
        self._background.close()

    @property
    def idle(self) -> bool:
        """Whether all that was asked for is there."""
        return not self._wanted and self._background.idle

    def want(self, runs: Sequence[Run], names: Sequence[str]) -> None:
        """Compute what is not there yet, in this order and in place of what was wanted before."""
        wanted = tuple(
            (run, name)
            for run in runs
            for name in names
            if not self._found.setdefault(run, _Found()).has(name)
        )
        if wanted == self._wanted:
            return
        self._wanted = wanted
        self._progress.clear()
        if wanted:
            jobs = [(run, name, self._found[run]) for run, name in wanted]
            self._background.ask("measures", lambda: self._measure(jobs))
        else:
            self._background.drop("measures")

    def alike(self, run: Run, other: Run) -> None:
        """Let the other, of the same net, have all that is known of a run or will be."""
        self._found[other] = self._found.setdefault(run, _Found())

    def waiting(self, run: Run, names: Sequence[str]) -> tuple[str, ...]:
        """Those of these that are still to come."""
        return tuple(name for name in names if (run, name) in self._wanted)

    def values(self, run: Run) -> Mapping[str, Any]:
        """What is there, by name."""
        found = self._found.get(run)
        return {} if found is None else found.values

    def missing(self, run: Run, names: Sequence[str]) -> Mapping[str, str]:
        """Why each of the others is not there, in words."""
        found = self._found.get(run)
        reasons = {} if found is None else found.reasons
        n = run.experiment.width
        words = {name: f"computing {name.replace('_', '-')} of {n} units" for name in names}
        coming = {name: f"{words[name]} … {self._progress.get(name, '')}" for name in names}
        values = self.values(run)
        return {
            name: reasons.get(name, coming[name]).rstrip() for name in names if name not in values
        }

    def accept(self, message: MeasureComputed) -> None:
        """Take note of what was computed."""
        self._wanted = tuple(
            (run, name)
            for run, name in self._wanted
            if not (run is message.run and name == message.name)
        )

    def accept_progress(self, message: MeasureProgressed) -> None:
        """Take note of how far one is."""
        self._progress[message.name] = f"{100 * message.done // max(message.total, 1)} %"

    # What follows runs in the background thread.

    def _measure(self, jobs: Sequence[tuple[Run, str, _Found]]) -> None:
        from tuisim.engine.diagnosis.measures import MEASURES
        from tuisim.engine.runs.lean import whole

        wholes: dict[Run, Run] = {}
        for run, name, found in jobs:
            if (run, name) not in self._wanted:
                continue
            if not found.has(name):
                asked = partial(self._superseded, run, name)
                self._let_pass(asked)
                try:
                    with stoppable(asked):
                        if run not in wholes:
                            wholes = {run: whole(run)}
                        value = MEASURES[name](wholes[run], self._teller(run, name))
                except StoppedError:
                    continue
                except Exception as error:
                    faults.note(error)
                    found.reasons[name] = said_of(error)
                else:
                    # Before the event loop can see it, and draw it itself.
                    self._let_pass(asked)
                    if not asked():
                        self._sketching.draw(run, computed={name: value}, needs=name)
                    found.values[name] = value
            self._post(MeasureComputed(run, name))

    def _let_pass(self, superseded: Callable[[], bool]) -> None:
        """Wait for a run that is under way, after which nobody may want these measures any more.

        Threads share one interpreter: side by side both would be late. One that takes long is not
        waited for.
        """
        until = time.monotonic() + _PATIENCE_SECONDS
        while self._busy() and not superseded() and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)

    def _superseded(self, run: Run, name: str) -> bool:
        return (run, name) not in self._wanted

    def _failed(self, error: BaseException) -> None:
        self._post(WorkFailed(None, said_of(error)))

    def _teller(self, run: Run, name: str) -> Callable[[int, int], None]:
        last = time.monotonic() + LATE_SECONDS - _TOLD_SECONDS

        def told(done: int, total: int) -> None:
            nonlocal last
            check_stop()
            if time.monotonic() - last >= _TOLD_SECONDS:
                last = time.monotonic()
                self._post(MeasureProgressed(run, name, done, total))

        return told
