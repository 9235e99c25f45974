"""Laboratory: the experiment asked for, the run there is, what is pinned; no widget in it.

Requests go to the background thread; what it finds comes back as messages, and `accept` takes
it in. Everything here but the jobs runs on the event loop.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any
from weakref import ref

import attrs
from textual.message import Message

from tuisim.engine.base.budget import MAX_BYTES, run_bytes
from tuisim.engine.base.stopping import StoppedError, stoppable
from tuisim.engine.elsewhere import Preparation
from tuisim.terminal import faults
from tuisim.tui.shell.background import Background
from tuisim.tui.shell.saying import said_of
from tuisim.tui.state.bench.advising import Advising
from tuisim.tui.state.bench.pins import Pins
from tuisim.tui.state.bench.places import Places
from tuisim.tui.state.bench.sketching import Sketching
from tuisim.tui.state.bench.streaming import Streaming
from tuisim.tui.state.computing import Computed, compute, diagnose, within_budget
from tuisim.tui.state.history import History
from tuisim.tui.state.measuring import Measuring
from tuisim.tui.state.messages import (
    ExperimentLoaded,
    FileSaved,
    KernelsPrepared,
    RunComputed,
    Warned,
    WorkFailed,
)
from tuisim.tui.state.shelf import Shelf
from tuisim.values.allowed import Take, taken
from tuisim.values.experiment import Experiment
from tuisim.values.session import Session

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.tui.state.bench.opened import Opened
    from tuisim.tui.state.coursework import Coursework

#: Numbers the files that are asked for: none takes the place of another.
_files = itertools.count()

#: A run that takes longer is given up for a newer one.
LONG_SECONDS = 1.0


@attrs.frozen(eq=False)
class Kept:
    """A state of the laboratory that it can come back to."""

    history: History
    computed: Computed | None
    pinned: tuple[Computed, ...]


class Laboratory:
    """The state of a session at the bench."""

    def __init__(
        self,
        experiment: Experiment,
        post: Callable[[Message], object],
        clock: Callable[[], float],
    ) -> None:
        self._post, self._clock = post, clock
        #: What views 7 and 9 were left with.
        self.places = Places(experiment)
        self._begun_with = experiment
        #: What changes make of an experiment; ValueError where they are refused.
        self.adjusted: Take[Experiment] = within_budget
        self.history = History(experiment, clock)
        self.computed: Computed | None = None
        self.pins = Pins()
        #: The newest first.
        self.pinned = self.pins.runs
        #: The net in training, while view 8 is open and after it was left; None until then.
        self.training: Coursework | None = None
        #: The file whose layers are looked at; None where none was opened.
        self.opened: Opened | None = None
        #: The newest results of the screens over the main one, by their names.
        self.shelves: defaultdict[str, Shelf] = defaultdict(Shelf)
        #: Which kernels are being compiled or loaded, in words; empty once all are there.
        self.preparing = ""
        self._failed: Experiment | None = None
        self._background = Background(lambda error: self._report(None, error))
        # Compiling takes seconds, and so do the eigenvalues of a wide net: no run must wait.
        self._preparing = Background(lambda error: self._report(None, error), nullcontext)
        self._preparation = Preparation()
        self._streams = Streaming(self._background, post)
        self._diagnosing = Background(lambda error: self._report(None, error))
        self._filing = Background(lambda error: self._report(None, error))
        self.sketching = Sketching()
        self.measuring = Measuring(post, self.sketching, lambda: not self._background.idle)
        self.advising = Advising(post)
        # Before the kernels are there a run takes a thousand times as long.
        self._may_advise = False
        # The newest run that was told of, which is kept by what shows it alone; and that where its
        # eigenvalues come late.
        self._newest: Callable[[], Run | None] = lambda: None
        self._undiagnosed: Run | None = None

    @property
    def experiment(self) -> Experiment:
        """The newest experiment asked for."""
        return self.history.present

    @property
    def streaming(self) -> bool:
        """Whether the net runs on without end."""
        return self._streams.on

    @property
    def settled(self) -> bool:
        """Whether the run is of the experiment asked for, and nothing is under way."""
        done = self._failed is self.experiment or (
            self.computed is not None
            and self.computed.diagnosis is not None
            and self.computed.experiment == self.experiment
        )
        threads = (self._background, self._diagnosing, self._filing)
        idle = all(one.idle for one in (*threads, self.measuring, self.advising))
        return done and idle

    @property
    def prepared(self) -> bool:
        """Whether all kernels are there, and the last that was said of them was heard."""
        return self._preparing.idle and not self.preparing

    @property
    def filing(self) -> bool:
        """Whether a file is being written or read."""
        return not self._filing.idle

    def start(self) -> None:
        """Begin to work."""
        for one in (self._background, self._preparing, self._diagnosing, self._filing):
            one.start()
        self.measuring.start()
        self.advising.start()
        self._request()
        self._preparing.ask("kernels", self._prepare)

    def prepare(self) -> None:
        """Let kernels be compiled or loaded: the first curves are drawn."""
        self._preparation.begin()

    def close(self) -> None:
        """Stop working."""
        self._background.close()
        self._preparing.close()
        self._preparation.begin()
        self._diagnosing.close()
        self._filing.close()
        self.measuring.close()
        self.advising.close()
        if self.training is not None:
            self.training.close()

    def kept(self) -> Kept:
        """What there is now, to come back to."""
        shown = self.computed and self.computed.lean()
        return Kept(self.history.copy(), shown, tuple(self.pinned))

    def come_back(self, kept: Kept) -> None:
        """Be as it was; what was trained or streamed since then is gone."""
        self.history, self.computed = kept.history.copy(), kept.computed
        self.pins.put(kept.pinned)
        self.places = Places(self.experiment)
        self.shelves.clear()
        if self.training is not None:
            self.training.close()
            self.training = None
        if self.streaming:
            self.stream(False)
        self._request()

    def take_back(self, session: Session) -> None:
        """Go on with a session that was kept; its pinned nets are run anew."""
        self.history.take_back(session.past, session.experiment, session.future)
        self.pins.want(session.pinned)
        self.places.go_to(session.experiment, session.map, session.cliff)
        self._request()

    def adjust(
        self, action: str, changes: Mapping[str, Any], *, joined: bool = False
    ) -> tuple[str, ...]:
        """Change fields, resetting what conflicts; `joined` as in `choose`.

        Returns:
            notes to say: what was reset, or why the experiment stays.
        """
        try:
            experiment, notes = self.adjusted(self.experiment, changes)
        except ValueError as error:
            return (str(error),)
        self.choose(experiment, action, joined=joined)
        return notes

    def fill_in(self, action: str, changes: Mapping[str, Any]) -> tuple[str, ...]:
        """Change fields that were chosen each for itself: those that are allowed.

        Returns:
            notes to say: what was reset, and which field is refused and why.
        """
        experiment, _, notes = taken(self.experiment, changes, self.adjusted)
        self.choose(experiment, action)
        return notes

    def choose(self, experiment: Experiment, action: str, *, joined: bool = False) -> None:
        """Ask for this experiment; `joined` makes one undo step of all that share the action."""
        if self.history.change(experiment, action, joined=joined):
            self._request()

    def undo(self) -> bool:
        """Ask for the experiment before; whether there is one."""
        return self._moved(self.history.undo())

    def redo(self) -> bool:
        """Take back an undo; whether there is one."""
        return self._moved(self.history.redo())

    def save(self, saving: Callable[[], str]) -> None:
        """Have a file written, after those that wait; what happened is posted."""
        self._filing.ask(f"file {next(_files)}", lambda: self._save(saving))

    def load(self, name: str) -> None:
        """Have an experiment read from a file; it is posted, or why it cannot be."""
        self._filing.ask(f"file {next(_files)}", lambda: self._load(name))

    def pin(self) -> str:
        """Pin the run that is shown, or unpin it.

        Returns:
            what happened.
        """
        shown = self.computed
        if self._failed is self.experiment:
            return "nothing is pinned: this net could not be run"
        if shown is None:
            return "there is no run to pin yet"
        # Of four large runs there is no room for more than the curves.
        return self.pins.toggle(self._leaned(shown))

    def make_room(self) -> bool:
        """Of what is shown keep the curves, where it and what is asked for are more than may be.

        Returns:
            whether it is to be drawn anew, so that nobody holds on to the rest.
        """
        shown, asked = self.computed, self.experiment
        if shown is None or shown.experiment == asked or shown.is_lean:
            return False
        if run_bytes(shown.experiment) + run_bytes(asked) <= MAX_BYTES:
            return False
        self.computed = self._leaned(shown)
        return True

    def _leaned(self, computed: Computed) -> Computed:
        found = computed.lean()
        self.measuring.alike(computed.run, found.run)
        return found

    def accept(self, message: RunComputed) -> bool:
        """Take in a run; False for one that a newer has overtaken, and for a diagnosis of it."""
        computed = message.computed
        shown = None if self.computed is None else self.computed.run
        if computed.run is not (shown if message.late else self._newest()):
            return False
        self.computed = computed
        self._advise()
        return True

    def accept_kernels(self, words: str, there: bool) -> None:
        """Note how far they are."""
        self.preparing = words
        if there:
            self._may_advise = True
            self._advise()

    def _advise(self) -> None:
        if self._may_advise and self.computed is not None and not self.streaming:
            self.advising.want(self.computed.run)

    def accept_failure(self, message: WorkFailed) -> None:
        """Note that this experiment cannot be run."""
        self._failed = message.experiment

    def stream(self, on: bool) -> None:
        """Let the net run on without end, or stop it."""
        if on:
            self.advising.leave()
            self._streams.begin(self.experiment)
        else:
            self._streams.end()
            self._advise()

    def stream_on(self, steps: int, kick: bool = False) -> None:
        """Run the stream on; a request that still waits is kept and this one dropped."""
        self._streams.go_on(self.experiment, steps, kick)

    def _moved(self, experiment: Experiment | None) -> bool:
        if experiment is not None:
            self._request()
        return experiment is not None

    def _request(self) -> None:
        experiment = self.experiment
        self._failed = None
        self.advising.leave()
        self._background.ask("run", lambda: self._run(experiment))

    # What follows runs in the background threads.

    def _save(self, saving: Callable[[], str]) -> None:
        self._post(FileSaved(saving()))

    def _load(self, name: str) -> None:
        from tuisim.tui.state.saving import loaded

        try:
            self._post(ExperimentLoaded(name, *loaded(name)))
        except ValueError as error:
            self._post(FileSaved(f"load: {error}"))

    def _prepare(self) -> None:
        def told(done: int, total: int, doing: str, compiled: int) -> None:
            from tuisim.engine.kernels.compiler import door

            self._post(KernelsPrepared(done, total, doing, compiled, door.unkept is not None))

        self._preparation.prepare(told)
        from tuisim.engine.kernels.compiler import door

        # Whichever thread was the first to load the engine.
        if door.unkept is not None:
            self._post(Warned(door.UNKEPT.format(door.unkept)))

    def _run(self, experiment: Experiment) -> None:
        begun = self._clock()
        self._preparation.attend()

        def superseded() -> bool:
            # Not at once: while a key is held, runs of a moment are to be seen.
            late = self._background.waits("run") and self._clock() - begun > LONG_SECONDS
            return late or self._background.closed

        try:
            with stoppable(superseded):
                computed = compute(experiment)
        except StoppedError:
            return
        except Exception as error:
            self._report(experiment, error)
        else:
            self._tell(computed)
        # Not before: two runs at once take twice as long each.
        if self.pins.waits:
            self._diagnosing.ask("pins", lambda: self.pins.run(self._preparation, self._post))

    def _tell(self, computed: Computed) -> None:
        self.sketching.draw(computed.run, computed.prediction)
        self.sketching.draw_beside(computed)
        self._newest = ref(computed.run)
        self._post(RunComputed(computed))
        self._undiagnosed = computed.run if computed.diagnosis is None else None
        if computed.diagnosis is None:
            self._diagnosing.ask("diagnosis", lambda: self._diagnose(computed.run))
        else:
            self._diagnosing.drop("diagnosis")

    def _diagnose(self, run: Run) -> None:
        with stoppable(lambda: run is not self._undiagnosed or self._diagnosing.closed):
            self._post(RunComputed(Computed(run, diagnose(run)), late=True))

    def _report(self, experiment: Experiment | None, error: BaseException) -> None:
        faults.note(error)
        reason = said_of(error, "width, depth, batch or members")
        self._post(WorkFailed(experiment, reason))
