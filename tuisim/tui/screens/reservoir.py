"""ReservoirScreen: what this net would be worth as an echo state network."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeAlias

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuisim.figures.drawing.figure import Figure, blank_figure
from tuisim.figures.views.reservoir import (
    distance_figure,
    memory_figure,
    narma_figure,
    reservoir_line,
)
from tuisim.tui.keys.keymap import own_bindings
from tuisim.tui.keys.keymaps import RESERVOIR
from tuisim.tui.screens.working import Tell, WorkingScreen
from tuisim.tui.state.shelf import Shelf
from tuisim.tui.state.words import notice
from tuisim.tui.widgets.keybar import KeyBar
from tuisim.tui.widgets.line import Line, put
from tuisim.tui.widgets.plot import Plot
from tuisim.values.experiment import FIELDS, Experiment

if TYPE_CHECKING:
    from tuisim.engine.reservoirs.echo import StateDistance
    from tuisim.engine.reservoirs.reservoir import MemoryCapacity, Narma10

#: A plot with fewer rows says nothing.
_LEAST_ROWS = 6
_PLOTS = ("memory", "narma", "distance")


Found: TypeAlias = "tuple[MemoryCapacity, Narma10, StateDistance]"


class ReservoirScreen(WorkingScreen[Found, Experiment | None]):
    """Memory capacity, NARMA-10 and the echo state property of the net that is shown.

    Gives back the nearest net that is a reservoir where that was asked for, or None.
    """

    entries = RESERVOIR
    BINDINGS: ClassVar[list[BindingType]] = [*own_bindings(RESERVOIR)]
    CSS = """
    ReservoirScreen > Vertical { background: $background; }
    ReservoirScreen Plot { height: 1fr; }
    ReservoirScreen Static { height: 1; padding: 0 1; }
    ReservoirScreen #said { height: auto; max-height: 3; color: $text-warning; }
    """

    def __init__(
        self, experiment: Experiment, shelf: Shelf | None = None, *, ascii: bool = False
    ) -> None:
        """A screen about this net."""
        super().__init__(experiment, shelf, ascii=ascii)
        self._experiment = experiment
        self._nearest = nearest_reservoir(experiment)

    def compose(self) -> ComposeResult:
        """Three plots, their numbers in a line, and what is under way."""
        with Vertical():
            for name in _PLOTS:
                yield Plot(id=name, ascii=self.ascii)
            yield Line(id="numbers")
            yield Line(id="said")
            yield KeyBar(RESERVOIR, ascii=self.ascii)

    def work(self, tell: Tell) -> tuple[MemoryCapacity, Narma10, StateDistance]:
        """Train the readouts."""
        from tuisim.engine.reservoirs.echo import state_distance
        from tuisim.engine.reservoirs.reservoir import memory_capacity, narma10

        tell("following two trajectories …")
        distance = state_distance(self._experiment)
        tell("asking what it remembers of its input …")
        memory = memory_capacity(self._experiment)
        tell("training on NARMA-10 …")
        return memory, narma10(self._experiment), distance

    @property
    def waiting(self) -> str:
        """The same; of a net that is no reservoir, what to do about it."""
        words = super().waiting
        offers = self._nearest != self._experiment and self.failed
        return f"enter takes this net with {self._changes()}; {words}" if offers else words

    def action_take_nearest(self) -> None:
        """Leave with the nearest net that is a reservoir, to be asked the same."""
        if self._nearest == self._experiment:
            self.say("this net is a reservoir")
        else:
            self.dismiss(self._nearest)

    def draw(self) -> None:
        """The plots that there is room for, the first ones last to go."""
        said = self.query_one("#said", Static)
        said.display = bool(self.notice)
        numbers = self.query_one("#numbers", Static)
        numbers.display = self.result is not None
        below = sum((1, *(one.display for one in (said, numbers))))
        room = max(1, (self.size.height - below) // _LEAST_ROWS) if self.result else 1
        figures: tuple[Figure, ...] = (blank_figure("echo state network", self.waiting),) * 3
        width = max(self.size.width - 2, 1)
        if self.result is not None:
            memory, narma, distance = self.result
            figures = (memory_figure(memory), narma_figure(narma), distance_figure(distance))
            put(numbers, reservoir_line(memory, narma, distance, width, self.ascii))
        for rank, (name, figure) in enumerate(zip(_PLOTS, figures, strict=True)):
            plot = self.query_one(f"#{name}", Plot)
            plot.display = rank < room
            plot.show(figure)
        put(said, notice(self.notice, width, self.ascii))

    def explanation(self) -> str:
        """What the numbers are."""
        from tuisim.tui.explain.reservoir import reservoir

        return reservoir(self._experiment, self.result)

    def _changes(self) -> str:
        new = self._nearest
        return ", ".join(
            f"{name} {str(getattr(new, name)).lower() or 'none'}"
            for name in FIELDS
            # A digest goes with the file that it is of.
            if getattr(new, name) != getattr(self._experiment, name) and "digest" not in name
        )


def nearest_reservoir(experiment: Experiment) -> Experiment:
    """The experiment as one tied rnn with one row, which a reservoir is; it has its own input."""
    return experiment.adjusted(cell="rnn", tied=True, batch=1, input="none")[0]
