"""Screens over the main one that show what a thread of their own computes for them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual.message import Message

from tuisim.tui.keys.keymap import Entry
from tuisim.tui.screens.over import OverScreen
from tuisim.tui.shell.background import Background
from tuisim.tui.shell.saying import said_of
from tuisim.tui.state.messages import Failed
from tuisim.tui.state.shelf import Shelf

Result = TypeVar("Result")
Answer = TypeVar("Answer")

#: Called with words for how far the work is.
Tell = Callable[[str], None]


class WorkDone(Message):
    """The work came to its result."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


class WorkProgressed(Message):
    """How far the work is."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, WorkProgressed)


class ThreadFailed(Failed):
    """What the thread of a screen was asked for came to nothing."""


class ThreadedScreen(OverScreen[Answer], Generic[Answer]):
    """Has a thread of its own, and draws anew when something is known."""

    AUTO_FOCUS = ""
    #: What its keys do.
    entries: ClassVar[Sequence[Entry]]

    def __init__(self, *, ascii: bool = False) -> None:
        """A screen whose thread begins when it is mounted."""
        super().__init__()
        self.ascii = ascii
        #: What is said for once.
        self.notice = ""
        self._background = Background(self._failed)

    @abstractmethod
    def draw(self) -> None:
        """Show what is known by now."""

    def say(self, text: str) -> None:
        """Show a notice, until something is known or the next key."""
        self.notice = text
        self.draw()

    def show_preparing(self) -> None:
        """Say how far the kernels are, for which the work waits."""
        self.draw()

    def action_leave(self) -> None:
        """Leave."""
        self.dismiss()

    def _failed(self, error: BaseException) -> None:
        self.post_message(ThreadFailed(said_of(error)))

    def on_mount(self) -> None:
        """Begin to work."""
        self._background.start()

    def on_unmount(self) -> None:
        """Stop working."""
        self._background.close()

    def on_resize(self) -> None:
        """Show as much as there is room for."""
        self.draw()


class WorkingScreen(ThreadedScreen[Answer], Generic[Result, Answer]):
    """Runs `work` in its thread."""

    def __init__(self, asked: object, shelf: Shelf | None = None, *, ascii: bool = False) -> None:
        """A screen that begins to work when it is mounted.

        Args:
            asked: of what the result is; an equal one has an equal result.
            shelf: where the newest result is kept, for a screen that comes after this one.
        """
        super().__init__(ascii=ascii)
        self._asked, self._shelf = asked, Shelf() if shelf is None else shelf
        #: What came of the work; None until then.
        self.result: Result | None = None
        #: How far it is, or why nothing came of it; empty once the result is there.
        self.words = ""
        #: Whether nothing came of the work.
        self.failed = False

    @abstractmethod
    def work(self, tell: Tell) -> Result:
        """Compute in the thread; a ValueError's text is shown."""

    @property
    def waiting(self) -> str:
        """In the place of what there is no result of yet: how far it is, or why there is none."""
        if self.result is not None:
            return ""
        return getattr(self.app, "preparing", "") or self.words

    @abstractmethod
    def explanation(self) -> str:
        """What is shown, in words."""

    def action_help(self) -> None:
        """Explain what is shown."""
        from tuisim.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.explanation(), self.entries, ascii=self.ascii))

    def on_mount(self) -> None:
        """Ask for the work, unless the result is there from before."""
        self.result = self._shelf.kept(self._asked)
        if self.result is None:
            self._background.ask("work", self._work)
        self.draw()

    def on_work_done(self, message: WorkDone) -> None:
        """Show the result."""
        self.result, self.words, self.notice = message.result, "", ""
        self._shelf.keep(self._asked, message.result)
        self.draw()

    def on_work_progressed(self, message: WorkProgressed) -> None:
        """Say how far it is."""
        self.words, self.failed = message.words, False
        self.draw()

    def on_thread_failed(self, message: ThreadFailed) -> None:
        """Say why nothing came of it."""
        self.words, self.failed = message.reason, True
        self.draw()

    @property
    def settled(self) -> bool:
        """Whether the work is done and shown, or why it came to nothing."""
        return self._background.idle and (self.result is not None or bool(self.words))

    def _work(self) -> None:
        from tuisim.engine.base.stopping import StoppedError, stoppable

        try:
            with stoppable(lambda: not self.is_attached):
                result = self.work(self._tell)
        except StoppedError:
            return
        self.post_message(WorkDone(result))

    def _tell(self, words: str) -> None:
        self.post_message(WorkProgressed(words))
