"""WorkingScreen: a screen over the main one that shows what a thread computes for it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import ModalScreen

from tuisim.tui.background import Background
from tuisim.tui.screens.leaving import Leavable

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
    """How far the work is, or why it came to nothing."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, WorkProgressed)


class WorkingScreen(ModalScreen[Answer], Leavable[Answer], Generic[Result, Answer]):
    """Runs `work` in a thread of its own, and draws anew when something is known."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", "leave")]
    AUTO_FOCUS = ""

    def __init__(self, *, ascii: bool = False) -> None:
        """A screen that begins to work when it is mounted."""
        super().__init__()
        self.ascii = ascii
        #: What came of the work; None until then.
        self.result: Result | None = None
        #: How far it is, or why nothing came of it; empty once the result is there.
        self.words = ""
        self._background = Background(lambda error: self._tell(str(error) or type(error).__name__))

    @abstractmethod
    def work(self, tell: Tell) -> Result:
        """Compute in the thread; a ValueError's text is shown."""

    @property
    def said(self) -> str:
        """How far it is or why nothing came of it, and how to leave; empty with a result."""
        return f"{self.words}  esc leaves" if self.words else ""

    @abstractmethod
    def draw(self) -> None:
        """Show the result, or the words."""

    def on_mount(self) -> None:
        """Begin to work."""
        self._background.start()
        self._background.ask("work", self._work)
        self.draw()

    def on_unmount(self) -> None:
        """Stop working."""
        self._background.close()

    def on_resize(self) -> None:
        """Show as much as there is room for."""
        self.draw()

    def on_work_done(self, message: WorkDone) -> None:
        """Show the result."""
        self.result, self.words = message.result, ""
        self.draw()

    def on_work_progressed(self, message: WorkProgressed) -> None:
        """Say how far it is."""
        self.words = message.words
        self.draw()

    @property
    def settled(self) -> bool:
        """Whether the work is done and shown, or why it came to nothing."""
        return self._background.idle and (self.result is not None or bool(self.words))

    def _work(self) -> None:
        from tuisim.engine.stopping import StoppedError, stoppable

        try:
            with stoppable(lambda: not self.is_attached):
                result = self.work(self._tell)
        except StoppedError:
            return
        self.post_message(WorkDone(result))

    def _tell(self, words: str) -> None:
        self.post_message(WorkProgressed(words))
