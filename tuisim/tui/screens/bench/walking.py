"""MainWalking: the keys by which the main screen walks through the checkpoints of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.timer import Timer

from tuisim.tui.screens.bench.looking import MainLooking
from tuisim.tui.state import words
from tuisim.tui.state.bench.checkpoints import (
    CheckpointRead,
    CheckpointsJoined,
    NoCheckpoint,
    Walking,
    short_name,
)
from tuisim.tui.state.bench.opened import rewritten
from tuisim.tui.state.bench.watching import POLL_SECONDS
from tuisim.values.layered import split

if TYPE_CHECKING:
    from tuisim.tui.state.bench.opened import History, Opened


class MainWalking(MainLooking):
    """One net at other times: the layer stays the same by its name."""

    #: Reads the checkpoints of the history that the app was opened with; None without one.
    walking: Walking | None = None
    walk_timer: Timer | None = None
    # Where the keys are, while what they ask for is read.
    _ahead: int | None = None

    def begin_with(self, opened: Opened) -> None:
        """The same; a history may be walked, and grows where it is watched."""
        super().begin_with(opened)
        history = opened.history
        if history is None:
            return
        opened.which = self._which(history, opened.path, history.written)
        self.walking = Walking(history.read, history.folders, history.paths, self.post_message)
        self.walking.start()
        if opened.again is not None and history.folders:
            self.walk_timer = self.set_interval(POLL_SECONDS, self.walking.poll)

    def on_unmount(self) -> None:
        """Read no further."""
        super().on_unmount()
        if self.walking is not None:
            self.walking.close()

    def action_checkpoint_before(self) -> None:
        """Show the layer as it was a checkpoint before."""
        self.walk(-1)

    def action_checkpoint_next(self) -> None:
        """Show the layer as it was a checkpoint later."""
        self.walk(1)

    def walk(self, by: int) -> None:
        """Go to the checkpoint so many on that has the layer."""
        opened = self.laboratory.opened
        if opened is None or opened.history is None or self.walking is None:
            self.say("there is one file only: `tuisim open FOLDER`, or FILE FILE …, walks several")
            return
        e, paths = self.laboratory.experiment, opened.history.paths
        at = paths.index(opened.path_of(e) or opened.path) if self._ahead is None else self._ahead
        ahead = at + by
        if not 0 <= ahead < len(paths):
            self.say(f"this is the {'last' if by > 0 else 'first'} checkpoint of {len(paths)}")
            return
        self._ahead = ahead
        # Where none beyond has the layer, the farthest before it that does.
        shown = paths.index(opened.path_of(e) or opened.path)
        order = (
            (*paths[ahead:], *paths[ahead - 1 : shown : -1])
            if by > 0
            else (*paths[ahead::-1], *paths[ahead + 1 : shown])
        )
        self.walking.walk(order, self._walked(opened))

    def on_checkpoint_read(self, message: CheckpointRead) -> None:
        """Show the layer as this checkpoint has it, with all that was changed of it."""
        opened, e = self.laboratory.opened, self.laboratory.experiment
        assert opened is not None
        assert opened.history is not None
        self._ahead = None
        (newest,) = (one.experiment for one in message.nets if one.name == message.name)
        assert newest is not None
        net = rewritten(e, newest) if opened.path_of(e) else newest
        opened.wake.leave(self.laboratory.computed)
        opened.go_to(message.path, message.nets, message.stamp)
        opened.last = message.name
        self.watch_file(opened)
        opened.which = self._which(opened.history, message.path, message.stamp[2] / 1e9)
        self.laboratory.choose(net, "checkpoint")
        self.asked()
        self.draw_words()
        self.say_of_file(opened.which, "; ".join(message.skipped))

    def on_no_checkpoint(self, message: NoCheckpoint) -> None:
        """Say why all stays as it was."""
        self._ahead = None
        self.say_of_file("", "; ".join(message.skipped))

    def on_checkpoints_joined(self, message: CheckpointsJoined) -> None:
        """Add them at the end; who looks at the last one goes on to the new last one."""
        opened = self.laboratory.opened
        assert opened is not None
        assert opened.history is not None
        assert self.walking is not None
        history, e = opened.history, self.laboratory.experiment
        last = history.paths[-1]
        history.paths += tuple(one for one in message.paths if one not in history.paths)
        if (opened.path_of(e) or opened.path) == last and self._ahead is None:
            self._ahead = len(history.paths) - 1
            self.walking.walk(message.paths[::-1], self._walked(opened))
            return
        names = ", ".join(short_name(one, history.paths) for one in message.paths)
        self.say_of_file("", f"new: {names}; there are {len(history.paths)} checkpoints")

    def _walked(self, opened: Opened) -> str:
        """The name of the layer that is to stay."""
        e = self.laboratory.experiment
        return split(e.layer)[1] if opened.path_of(e) else opened.last

    def _which(self, history: History, path: str, written: float) -> str:
        place = history.paths.index(path) + 1
        name = short_name(path, history.paths)
        return words.checkpoint_words(name, place, len(history.paths), written)
