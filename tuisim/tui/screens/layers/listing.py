"""LayersScreen: the layers of the file that was opened, each run as trained, worst first."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from tuisim.figures.drawing.wrapping import paragraph
from tuisim.tui.keys.keymap import own_bindings
from tuisim.tui.keys.keymaps import LAYERS
from tuisim.tui.screens.claims.answers import window
from tuisim.tui.screens.layers.rows import EXPLAINED, heading, row
from tuisim.tui.screens.working import ThreadedScreen, ThreadFailed
from tuisim.tui.shell.saying import said_of
from tuisim.tui.state.bench.opened import FileNet, Opened, Ran, ran
from tuisim.tui.state.words import notice
from tuisim.tui.widgets.keybar import KeyBar
from tuisim.tui.widgets.line import Line, put
from tuisim.tui.widgets.theme import role_style

#: Lines that the name of the chosen layer, or the reason why it is refused, may take.
_SAID = 3


class LayerRan(Message):
    """A layer was run, or there is a reason why it cannot be."""

    def __init__(self, net: FileNet, found: Ran | str) -> None:
        super().__init__()
        self.net, self.found = net, found


class LayersScreen(ThreadedScreen[FileNet | None]):
    """Gives back the layer that was chosen, or None."""

    entries = LAYERS
    BINDINGS: ClassVar[list[BindingType]] = [*own_bindings(LAYERS)]
    CSS = """
    LayersScreen > Vertical { background: $background; }
    LayersScreen #head { height: 1; padding: 0 1; text-style: bold; }
    LayersScreen #list { height: 1fr; padding: 0 1; }
    LayersScreen #said { height: auto; max-height: 3; padding: 0 1; color: $text-warning; }
    """

    def __init__(self, opened: Opened, chosen: str = "", *, ascii: bool = False) -> None:
        """A list of a file's layers.

        Args:
            chosen: the name of the layer to begin at; the worst where none is given.
        """
        super().__init__(ascii=ascii)
        self._opened = opened
        #: The name of the layer that is chosen; empty for whichever stands first.
        self.chosen = chosen

    def compose(self) -> ComposeResult:
        """The file, its layers, what there is to say, and the keys."""
        with Vertical():
            yield Line(id="head")
            yield Line(id="list")
            yield Line(id="said")
            yield KeyBar(LAYERS, ascii=self.ascii)

    def on_mount(self) -> None:
        """Run the layers of which nothing is known yet."""
        self._background.ask("runs", self._run)
        self.draw()

    @property
    def settled(self) -> bool:
        """Whether every layer was run."""
        return self._background.idle

    @property
    def nets(self) -> list[FileNet]:
        """The layers as they are listed."""
        return self._opened.worst_first()

    @property
    def at(self) -> int:
        """Which of them is chosen."""
        names = [one.name for one in self.nets]
        return names.index(self.chosen) if self.chosen in names else 0

    def on_layer_ran(self, message: LayerRan) -> None:
        """List it where it belongs."""
        self._opened.note(message.net, message.found)
        self.draw()

    def show_rewritten(self) -> None:
        """Run what the file holds by now."""
        self._background.ask("runs", self._run)
        self.draw()

    def on_thread_failed(self, message: ThreadFailed) -> None:
        """Say why no further layer is run."""
        self.say(message.reason)

    def action_move(self, by: int) -> None:
        """Choose another layer."""
        nets = self.nets
        self.chosen = nets[min(max(self.at + by, 0), len(nets) - 1)].name
        self.say("")

    def action_take(self) -> None:
        """Leave with the layer that is chosen."""
        net = self.nets[self.at]
        if net.experiment is None:
            self.say(f"{net.name} cannot be run: {net.refused}")
        else:
            self.dismiss(net)

    def action_checkpoint_before(self) -> None:
        """List the layers of the checkpoint before."""
        self._walk(-1)

    def action_checkpoint_next(self) -> None:
        """List the layers of the checkpoint after."""
        self._walk(1)

    def _walk(self, by: int) -> None:
        main: Any = self.app.main  # type: ignore[attr-defined]
        main.walk(by)

    def action_help(self) -> None:
        """Explain what is shown."""
        from tuisim.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(EXPLAINED, LAYERS, ascii=self.ascii))

    def draw(self) -> None:
        """Show the list; laid out anew only where what is said takes another number of lines."""
        if not self.is_mounted:
            return
        room, nets, at = max(self.size.width - 2, 1), self.nets, self.at
        shown = next(one.experiment for one in self._opened.nets if one.experiment is not None)
        put(self.query_one("#head", Static), heading(self._opened, shown, room, self.ascii))
        said = self._said(nets[at], room)
        below = len(said.split("\n")) if said else 0
        text = Text()
        for k in window(len(nets), at, max(self.size.height - below - 2, 1)):
            net = nets[k]
            text.append("> " if k == at else "  ", "reverse" if k == at else "")
            for part, role in row(net, self._opened.found.get(net.name), room - 2, self.ascii):
                style = role_style(self, role) if role != "blank" else ""
                text.append(part, "reverse" if k == at and role == "blank" else style)
            text.append("\n")
        self.query_one("#list", Static).update(text, layout=False)
        put(self.query_one("#said", Static), said)

    def _said(self, net: FileNet, room: int) -> str:
        """A notice, how far the runs are, or the whole reason why the chosen layer is refused."""
        found = self._opened.found
        waiting = [one for one in self._opened.nets if self._opened.waits(one)]
        text = self.notice
        if not text and waiting and not self._background.idle:
            done = len(self._opened.nets) - len(waiting)
            text = getattr(self.app, "preparing", "") or (
                f"running {waiting[0].name}, {done + 1} of {len(self._opened.nets)} …"
            )
        reason = found.get(net.name)
        if not text and isinstance(reason, str):
            text = f"{net.name} cannot be run: {reason}"
        if not text and net.name not in row(net, reason, room - 2, self.ascii)[0][0]:
            # Its end alone has room in the list.
            text = net.name
        line = notice(text, room, self.ascii, _SAID)
        return "\n".join(paragraph(line, room, _SAID, self.ascii)) if line else ""

    # What follows runs in the background thread.

    def _run(self) -> None:
        for net in self._opened.nets:
            if net.experiment is None or not self._opened.waits(net):
                continue
            try:
                found: Ran | str = ran(net.experiment)
            except (ValueError, MemoryError) as error:
                found = said_of(error)
            self.post_message(LayerRan(net, found))
