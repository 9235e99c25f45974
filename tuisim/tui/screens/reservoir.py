"""ReservoirScreen: what this net would be worth as an echo state network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuisim.experiment import Experiment
from tuisim.figures.reservoir import distance_figure, memory_figure, narma_figure, reservoir_line
from tuisim.tui.plot import Plot
from tuisim.tui.screens.working import Tell, WorkingScreen
from tuisim.tui.words import phrase

if TYPE_CHECKING:
    from tuisim.engine.echo import StateDistance
    from tuisim.engine.reservoir import MemoryCapacity, Narma10

_KEYS = "a readout alone is trained, in closed form, and judged on held-out steps  esc leaves"
#: A plot with fewer rows says nothing.
_LEAST_ROWS = 6
_PLOTS = ("memory", "narma", "distance")


class ReservoirScreen(WorkingScreen["tuple[MemoryCapacity, Narma10, StateDistance]", None]):
    """Memory capacity, NARMA-10 and the echo state property of the net that is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("E", "dismiss", "leave")]
    CSS = """
    ReservoirScreen > Vertical { background: $background; }
    ReservoirScreen Plot { height: 1fr; }
    ReservoirScreen Static { height: 1; padding: 0 1; }
    ReservoirScreen #said { color: $foreground 65%; }
    """

    def __init__(self, experiment: Experiment, *, ascii: bool = False) -> None:
        """A screen about this net."""
        super().__init__(ascii=ascii)
        self._experiment = experiment

    def compose(self) -> ComposeResult:
        """Three plots, their numbers in a line, and what is under way."""
        with Vertical():
            for name in _PLOTS:
                yield Plot(id=name, ascii=self.ascii)
            yield Static(id="numbers", markup=False)
            yield Static(id="said", markup=False)

    def work(self, tell: Tell) -> tuple[MemoryCapacity, Narma10, StateDistance]:
        """Train the readouts."""
        from tuisim.engine.echo import state_distance
        from tuisim.engine.reservoir import memory_capacity, narma10

        tell("following two trajectories …")
        distance = state_distance(self._experiment)
        tell("asking what it remembers of its input …")
        memory = memory_capacity(self._experiment)
        tell("training on NARMA-10 …")
        return memory, narma10(self._experiment), distance

    def draw(self) -> None:
        """The plots that there is room for, the first ones last to go."""
        room = max(1, (self.size.height - 2) // _LEAST_ROWS)
        figures: tuple[Any, ...] = (None, None, None)
        line = ""
        width = max(self.size.width - 2, 1)
        if self.result is not None:
            memory, narma, distance = self.result
            figures = (memory_figure(memory), narma_figure(narma), distance_figure(distance))
            line = reservoir_line(memory, narma, distance, width, self.ascii)
        for rank, (name, figure) in enumerate(zip(_PLOTS, figures, strict=True)):
            plot = self.query_one(f"#{name}", Plot)
            plot.display = rank < room
            plot.show(figure)
        self.query_one("#numbers", Static).update(line)
        said = phrase(self.said or _KEYS, width, self.ascii)
        self.query_one("#said", Static).update(said)
