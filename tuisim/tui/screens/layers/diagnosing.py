"""DiagnosisScreen: a trained layer with each part of it pinned or exchanged, each net run."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from tuisim.figures.drawing.figure import Role
from tuisim.figures.drawing.wrapping import paragraph
from tuisim.figures.words.diagnosis import Table, diagnosis_table, line_name
from tuisim.tui.keys.keymap import own_bindings
from tuisim.tui.keys.keymaps import DIAGNOSIS
from tuisim.tui.screens.claims.answers import window
from tuisim.tui.screens.working import Tell, WorkingScreen
from tuisim.tui.state.shelf import Shelf
from tuisim.tui.state.words import NOTICE_LINES, notice
from tuisim.tui.widgets.keybar import KeyBar
from tuisim.tui.widgets.line import Line, lay_out, put
from tuisim.tui.widgets.theme import role_style
from tuisim.values.experiment import Experiment
from tuisim.values.layered import split

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.ablation import Diagnosis

#: The words on the net go before the rows have fewer lines than this.
_LEAST_ROWS = 6
#: The sign of a row that is chosen, or none.
_SIGN = 2

_WHAT = (
    "WHICH PART CARRIES THE MEMORY",
    "The layer as it is, at rest, under noise, and with one part at a time pinned or exchanged; "
    "every row is a run, forward and backward, from the same start.",
    "a step, nats: the factor of the gradient norm a step back, and its logarithm.",
    "10^±3 at: the steps back until the norm has changed a thousandfold.",
    "sat.: the share of units and gates with a slope under a tenth of the largest.",
    "‖∂L/∂W‖: the norm of the recurrent weights' gradient, which is all that clipping changes.",
    "A gate on its bias alone hears neither input nor state. W × …: the factor nearest to 1 at "
    "which the rate changes its sign, found by bisection over runs.",
    "A part carries memory where the gradient loses at least twice as much a step without it, and "
    "loses memory where it loses at most half as much.",
    "enter opens the net of a row in every view, and undo takes that back: a pinned gate and "
    "rounded weights then are a layer in memory, which lies in no file.",
)


class NetTaken(Message):
    """The net of a row, as an experiment."""

    def __init__(self, net: Experiment) -> None:
        super().__init__()
        self.net = net


class DiagnosisScreen(WorkingScreen["Diagnosis", Experiment | None]):
    """Gives back the net of the row that was taken, or None."""

    entries = DIAGNOSIS
    BINDINGS: ClassVar[list[BindingType]] = [*own_bindings(DIAGNOSIS)]
    CSS = """
    DiagnosisScreen > Vertical { background: $background; }
    DiagnosisScreen Static { height: auto; padding: 0 1; }
    DiagnosisScreen #what, DiagnosisScreen #head { text-style: bold; }
    DiagnosisScreen #rows { height: 1fr; }
    DiagnosisScreen #notice { max-height: 3; color: $text-warning; }
    DiagnosisScreen KeyBar { height: 1; }
    """

    def __init__(
        self, experiment: Experiment, shelf: Shelf | None = None, *, ascii: bool = False
    ) -> None:
        """A diagnosis of the layer of this net, as it is on screen."""
        super().__init__(experiment, shelf, ascii=ascii)
        self._experiment = experiment
        #: The row that is chosen.
        self.at = 0

    def compose(self) -> ComposeResult:
        """What is looked at, its nets, what they say, and the keys."""
        with Vertical():
            for name in ("what", "head", "rows", "said", "notice"):
                yield Line(id=name)
            yield KeyBar(DIAGNOSIS, ascii=self.ascii)

    def work(self, tell: Tell) -> Diagnosis:
        """Run the nets."""
        from tuisim.engine.diagnosis.ablation import diagnose

        return diagnose(
            self._experiment, lambda done, total: tell(f"running net {done + 1} of {total} …")
        )

    def action_move(self, by: int) -> None:
        """Choose another row."""
        if self.result is not None:
            self.at = min(max(self.at + by, 0), len(self.result.lines) - 1)
            self.say("")

    def action_take(self) -> None:
        """Leave with the net of the row that is chosen."""
        found, at = self.result, self.at
        if found is not None:
            self._background.ask("take", lambda: self._take(found, at))

    def on_net_taken(self, message: NetTaken) -> None:
        """Leave with it."""
        self.dismiss(message.net)

    def draw(self) -> None:
        """The rows about the one that is chosen, and what they say."""
        width = max(self.size.width - 2, 1)
        found = self.result
        table = Table([f"diagnosis of {split(self._experiment.layer)[1]}"], "", [], [])
        if found is not None:
            table = diagnosis_table(found, max(width - _SIGN, 1), self.ascii)
        notes = self._notes(width)
        fixed = [[" " * _SIGN + table.head] if table.head else [], table.said, notes]
        rows = self.size.height - 1 - sum(map(len, fixed))
        what = table.what if rows - len(table.what) >= min(_LEAST_ROWS, len(table.rows)) else []
        rows = max(rows - len(what), 1)
        names = ("what", "head", "said", "notice")
        for name, lines in zip(names, (what, *fixed), strict=True):
            line = self.query_one(f"#{name}", Static)
            line.display = bool(lines)
            put(line, "\n".join(lines))
        lay_out(self.query_one("#rows", Static), self._rows(table.rows, rows))

    def _rows(self, rows: list[str], room: int) -> Text:
        text = Text()
        for k in window(len(rows), self.at, room) if self.result is not None else ():
            role: Role = self.result.lines[k].regime  # type: ignore[union-attr]
            chosen = k == self.at
            text.append("> " if chosen else "  ", "reverse" if chosen else "")
            style = role_style(self, role)
            text.append(rows[k], style + Style(reverse=True) if chosen else style)
            text.append("\n")
        return text

    def _notes(self, width: int) -> list[str]:
        text = self.notice or self.waiting
        return paragraph(notice(text, width, self.ascii), width, NOTICE_LINES, self.ascii)

    def explanation(self) -> str:
        """What the rows are, and what was found."""
        if self.result is None:
            return "\n\n".join(_WHAT)
        chosen = self.result.lines[self.at]
        said = diagnosis_table(self.result, 10_000).said
        return "\n\n".join((*_WHAT, *said, f"Chosen: {line_name(self.result, chosen)}."))

    # What follows runs in the background thread.

    def _take(self, found: Diagnosis, at: int) -> None:
        from tuisim.engine.diagnosis.ablation import net_of

        # An altered layer is hashed, which of a large one takes a while.
        one = found.lines[at]
        self.post_message(NetTaken(net_of(found, one, line_name(found, one))))
