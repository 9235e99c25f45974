"""Streaming: the net that runs on without end, in the thread that runs are computed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from tuisim.engine.base.stopping import StoppedError
from tuisim.terminal import faults
from tuisim.tui.shell.background import Background
from tuisim.tui.shell.saying import said_of
from tuisim.tui.state.messages import StreamAdvanced, StreamFailed

if TYPE_CHECKING:
    from tuisim.engine.runs.stream import Stream
    from tuisim.values.experiment import Experiment


class Streaming:
    """Everything but the jobs runs on the event loop."""

    def __init__(self, background: Background, post: Callable[[Message], object]) -> None:
        self._background, self._post = background, post
        self.on = False
        self._stream: Stream | None = None

    def begin(self, experiment: Experiment) -> None:
        """Let this net run on from its start."""
        self.on = True
        self._background.ask("stream", lambda: self._doing(lambda: self._begin(experiment)))

    def end(self) -> None:
        """Let it be."""
        self.on = False
        self._background.ask("stream", self._end)

    def go_on(self, experiment: Experiment, steps: int, kick: bool) -> None:
        """Run on as this net; a request that still waits is kept and this one dropped."""
        if self.on and (kick or not self._background.waits("stream")):
            work = lambda: self._go_on(experiment, steps, kick)  # noqa: E731
            self._background.ask("kick" if kick else "stream", lambda: self._doing(work))

    # What follows runs in the background thread.

    def _doing(self, work: Callable[[], None]) -> None:
        try:
            work()
        except StoppedError:
            raise
        except Exception as error:
            # Whatever it is, a stream that cannot go on is not to seem to.
            faults.note(error)
            self._post(StreamFailed(said_of(error)))

    def _begin(self, experiment: Experiment) -> None:
        from tuisim.engine.runs.stream import Stream

        self._stream = Stream(experiment)
        self._post(StreamAdvanced(self._stream.look()))

    def _end(self) -> None:
        self._stream = None

    def _go_on(self, experiment: Experiment, steps: int, kick: bool) -> None:
        if self._stream is None:
            return
        self._stream = self._stream.going_on_as(experiment)
        if kick:
            self._stream.kick()
        self._stream.advance(steps)
        self._post(StreamAdvanced(self._stream.look()))
