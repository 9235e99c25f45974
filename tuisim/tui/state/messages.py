"""What happened in the background, as messages to the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.advice import Advice
    from tuisim.engine.runs.run import Run
    from tuisim.engine.runs.stream import StreamRun
    from tuisim.terminal.sessions import Found
    from tuisim.tui.state.computing import Computed
    from tuisim.values.experiment import Experiment


class _Newest(Message):
    """Only the newest of its kind matters: one that waits is replaced by the next."""

    def can_replace(self, message: Message) -> bool:
        return type(message) is type(self)


class Failed(Message):
    """Something came to nothing, for the reason given."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class RunComputed(_Newest):
    """A run was computed, or `late`, what there is to know of one that was posted before."""

    def __init__(self, computed: Computed, *, late: bool = False) -> None:
        super().__init__()
        self.computed, self.late = computed, late

    def can_replace(self, message: Message) -> bool:
        # Textual asks the older message whether `message` may take its place: a late diagnosis
        # may, of this very run, but not of one that is gone.
        return isinstance(message, RunComputed) and (
            not message.late or message.computed.run is self.computed.run
        )


class StreamAdvanced(_Newest):
    """A stream ran on."""

    def __init__(self, look: StreamRun) -> None:
        super().__init__()
        self.look = look


class StreamFailed(Failed):
    """A stream cannot begin or go on."""


class MeasureComputed(Message):
    """What a view needs of a run was computed, or there is a reason why it cannot be."""

    def __init__(self, run: Run, name: str) -> None:
        super().__init__()
        self.run, self.name = run, name


class MeasureProgressed(_Newest):
    """How far the work on what a view needs is."""

    def __init__(self, run: Run, name: str, done: int, total: int) -> None:
        super().__init__()
        self.run, self.name, self.done, self.total = run, name, done, total


class PinComputed(Message):
    """A net that is to be pinned was run."""

    def __init__(self, computed: Computed) -> None:
        super().__init__()
        self.computed = computed


class SessionFound(Message):
    """What was kept of a session, None where there is nothing; and what there is to say of it."""

    def __init__(self, found: Found | None, lines: tuple[str, ...]) -> None:
        super().__init__()
        self.found, self.lines = found, lines


class AdviceComputed(Message):
    """Which change would mend a run was measured."""

    def __init__(self, run: Run, advice: Advice | None) -> None:
        super().__init__()
        self.run, self.advice = run, advice


class KernelsPrepared(_Newest):
    """A piece of the kernels was compiled or loaded; `doing` is the next, empty at the end.

    `compiled` says how many were not there to be loaded, `again` that the next start finds none
    of them either.
    """

    def __init__(
        self, done: int, total: int, doing: str, compiled: int, again: bool = False
    ) -> None:
        super().__init__()
        self.done, self.total, self.doing, self.compiled = done, total, doing, compiled
        self.again = again


class WorkFailed(Message):
    """Work for an experiment failed, for the reason given."""

    def __init__(self, experiment: Experiment | None, reason: str) -> None:
        super().__init__()
        self.experiment, self.reason = experiment, reason


class FileSaved(Message):
    """A file was written, or not; what happened, in words."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words


class ExperimentLoaded(Message):
    """A file was read; what was reset to make an experiment of it."""

    def __init__(self, name: str, experiment: Experiment, notes: tuple[str, ...]) -> None:
        super().__init__()
        self.name, self.experiment, self.notes = name, experiment, notes


class Warned(Message):
    """The engine warned of something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
