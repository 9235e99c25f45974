"""CompareScreen: nets side by side, their curves over one another and their numbers in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import attrs
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuisim.figures.drawing.figure import blank_figure
from tuisim.figures.views.comparison import comparison_figure, comparison_table, net_role
from tuisim.figures.views.norms import Which
from tuisim.figures.words.badge import badge_of
from tuisim.tui.keys.keymap import own_bindings
from tuisim.tui.keys.keymaps import COMPARISON
from tuisim.tui.screens.working import Tell, WorkingScreen
from tuisim.tui.state.shelf import Shelf
from tuisim.tui.state.words import notice, phrase
from tuisim.tui.widgets.keybar import KeyBar
from tuisim.tui.widgets.line import Line, lay_out, put
from tuisim.tui.widgets.plot import Plot
from tuisim.tui.widgets.theme import role_style
from tuisim.tui.widgets.verdict import Verdict
from tuisim.values.experiment import FIELDS, Experiment

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.comparison import Compared

#: With fewer rows than this the picture goes before the table does.
_LEAST_ROWS = 6
_LONGEST_NAME = 28


class CompareScreen(WorkingScreen["Sequence[Compared]", Experiment | None]):
    """Gives back the net that was taken, or None."""

    entries = COMPARISON
    BINDINGS: ClassVar[list[BindingType]] = [*own_bindings(COMPARISON)]
    CSS = """
    CompareScreen > Vertical { background: $background; }
    CompareScreen Plot { height: 1fr; }
    CompareScreen #table { height: auto; padding: 0 1; }
    CompareScreen #said { height: auto; max-height: 3; padding: 0 1; color: $text-warning; }
    """

    def __init__(
        self,
        nets: Mapping[str, Experiment],
        title: str,
        shelf: Shelf | None = None,
        *,
        ascii: bool = False,
    ) -> None:
        """A comparison of these nets, which are run in a thread where the shelf has them not."""
        super().__init__([*nets.items()], shelf, ascii=ascii)
        self._experiments = dict(nets)
        self._title = title
        self._which: Which = "gradient"
        self._log = True

    @property
    def nets(self) -> Sequence[Compared]:
        """What was run, in the order of the experiments; none until then."""
        return self.result or ()

    def compose(self) -> ComposeResult:
        """The curves, the table, what is under way or the keys."""
        with Vertical():
            yield Verdict(id="verdict", ascii=self.ascii)
            yield Plot(id="curves", ascii=self.ascii)
            yield Line(id="table")
            yield Line(id="said")
            yield KeyBar(COMPARISON, ascii=self.ascii)

    def action_take(self, digit: int) -> None:
        """Leave with a net."""
        if digit <= len(self._experiments):
            self.dismiss([*self._experiments.values()][digit - 1])
        else:
            self.say(f"net: got {digit}, allowed: 1…{len(self._experiments)}")

    def action_other(self) -> None:
        """Show the states in place of the gradients, or back."""
        self._which = "hidden" if self._which == "gradient" else "gradient"
        self.draw()

    def action_axis(self) -> None:
        """Switch between a log and a linear axis."""
        self._log = not self._log
        self.draw()

    def work(self, tell: Tell) -> Sequence[Compared]:
        """Run the nets."""
        from tuisim.engine.diagnosis.comparison import compare

        names = [*self._experiments]

        def told(done: int, total: int) -> None:
            tell(f"running {names[done]}, {done + 1} of {total} …")

        return compare(self._experiments, told)

    def draw(self) -> None:
        """The curves and as much of the table as there is room for."""
        plot = self.query_one("#curves", Plot)
        table, said = self.query_one("#table", Static), self.query_one("#said", Static)
        width = max(self.size.width - 2, 1)
        lines: list[str] = []
        if self.nets:
            first = self.nets[0]
            badge = badge_of(first.run, first.prediction)
            self.query_one(Verdict).show(attrs.evolve(badge, of=first.name))
            figure = comparison_figure(self.nets, self._which, self._log)
            plot.show(attrs.evolve(figure, title=f"{self._title}: {figure.title}"))
            lines = comparison_table(self.nets, width, self.ascii)
        else:
            plot.show(blank_figure(self._title, self.waiting))
        said.display = bool(self.notice)
        # The verdict on the first net, and the keys.
        below = len(lines) + int(said.display) + 2
        plot.display = not lines or self.size.height - below >= _LEAST_ROWS
        lay_out(table, Text("\n").join(map(self._row, range(len(lines)), lines)))
        put(said, notice(self.notice, width, self.ascii))

    def _row(self, place: int, line: str) -> Text:
        """A line of the table, a net's in the colour of its curve."""
        if 0 < place <= len(self.nets):
            return Text(line, role_style(self, net_role(place - 1)))
        return Text(line)

    def explanation(self) -> str:
        """What is compared."""
        from tuisim.tui.explain.comparison import comparison

        return comparison(self._title, self._experiments)


def named_by_difference(
    now: Experiment, others: Sequence[Experiment], *, ascii: bool = False
) -> dict[str, Experiment]:
    """Nets by what sets them apart from the one that is shown, all with its seed."""
    nets = {"now": now}
    for other in others:
        experiment = attrs.evolve(other, seed=now.seed)
        if experiment in nets.values():
            continue
        parts = [
            f"{name} {_word(getattr(experiment, name))}"
            for name in FIELDS
            if getattr(experiment, name) != getattr(now, name)
        ]
        name = phrase(", ".join(parts), _LONGEST_NAME, ascii)
        while name in nets:
            name += "'"
        nets[name] = experiment
    return nets


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return f"{len(value)} values" if value else "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
