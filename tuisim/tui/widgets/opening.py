"""OpeningScreen: what is shown while numpy and the main screen are imported.

May import nothing that imports numpy, which takes half as long as Textual.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.events import Key
from textual.screen import Screen
from textual.widgets import Static

from tuisim.figures.words.status import status_line
from tuisim.tui.widgets.keybar import KeyBar
from tuisim.tui.widgets.line import Line
from tuisim.values.experiment import Experiment


class OpeningScreen(Screen[None]):
    """The net in words and the keys, where the main screen will have them."""

    DEFAULT_CSS = """
    OpeningScreen #status { padding: 0 1; text-style: bold; }
    """

    def __init__(self, experiment: Experiment, *, ascii: bool = False) -> None:
        """A screen for the experiment that will be run."""
        super().__init__()
        self._experiment, self._ascii = experiment, ascii
        #: Keys for the screen that follows, in their order.
        self.early: list[Key] = []

    def compose(self) -> ComposeResult:
        """The first row and the last one."""
        yield Line(id="status")
        yield KeyBar(ascii=self._ascii)

    def on_resize(self) -> None:
        """Say as much as there is room for."""
        line = status_line(self._experiment, max(self.size.width - 2, 1), self._ascii)
        self.query_one("#status", Static).update(line)

    def on_key(self, event: Key) -> None:
        """Keep it for the screen that follows."""
        self.early.append(event)
