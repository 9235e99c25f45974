"""Descending: what the keys choose on an error surface, and how descent is played. Pure state."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import attrs

from tuisim.figures.views.surfaces.landscape import UNIT_WINDOW, Edges, Window, edges_of
from tuisim.values.experiment import Experiment
from tuisim.values.left import CliffLeft, SurfaceLeft

if TYPE_CHECKING:
    from tuisim.engine.surfaces.landscape import Surface

Point = tuple[float, float]

#: What learning rates and thresholds go through: 1 and 3 of each decade.
NOTCHES = tuple(float(f"{digit}e{power}") for power in range(-9, 7) for digit in (1, 3))

#: Beyond this many units the eigenvectors take a minute, and single ones are not to be picked.
MOST_WIDTH = 512

#: Steps of descent a second.
STEPS_A_SECOND = 10

_ZOOM = 2.0
#: A window this much smaller or larger than the first has nothing to show.
_NEAREST, _FARTHEST = 1 / 256, 64.0


def notch(value: float) -> int:
    """The place of a value in NOTCHES."""
    return NOTCHES.index(value)


@attrs.define
class Choice:
    """What is chosen on one surface.

    Attributes:
        window: what is shown of it.
        start: where descent begins.
        cursor: where the start is at first, whatever cell holds it; moved, in a cell's middle.
        rate, threshold: places in NOTCHES.
        cells: columns and rows of the picture.
    """

    window: Window
    start: Point
    cursor: Point
    rate: int
    threshold: int
    cells: tuple[int, int] = (1, 1)
    _first: Window = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._first = self.window

    @property
    def learning_rate(self) -> float:
        """η."""
        return NOTCHES[self.rate]

    @property
    def clip_threshold(self) -> float:
        """The norm that the clipped gradient is held to."""
        return NOTCHES[self.threshold]

    @property
    def left(self) -> SurfaceLeft:
        """The place, as a value."""
        rates = self.learning_rate, self.clip_threshold
        return SurfaceLeft(self.window, self.start, self.cursor, *rates)

    def go_to(self, left: SurfaceLeft) -> None:
        """Be where it was left, as near as keys come to that."""
        x_low, x_high, y_low, y_high = left.window
        self.window = x_low, x_high, y_low, y_high
        self.start, self.cursor = _point(left.start), _point(left.cursor)
        self.rate, self.threshold = map(_nearest, (left.rate, left.threshold))

    def edges(self) -> Edges:
        """Those of the picture's cells, (columns + 1,) and (rows + 1,)."""
        return edges_of(self.window, self.cells)

    def fit(self, columns: int, rows: int) -> None:
        """Take on another size, the cursor staying where it is."""
        self.cells = (max(columns, 1), max(rows, 1))

    def move(self, across: int, up: int) -> None:
        """Move the cursor to the middle of a cell so many away, up to the window's edge."""
        x_low, x_high, y_low, y_high = self.window
        self.cursor = (
            _moved(self.cursor[0], x_low, x_high, self.cells[0], across),
            _moved(self.cursor[1], y_low, y_high, self.cells[1], up),
        )

    def point(self, x: float, y: float) -> None:
        """Move the cursor to the middle of the cell that this point lies in."""
        self.cursor = (x, y)
        self.move(0, 0)

    def begin_here(self) -> None:
        """Let descent begin at the cursor."""
        self.start = self.cursor

    def zoom(self, closer: bool) -> bool:
        """Show half or twice as much about the cursor; False where there is no point in it."""
        factor = 1 / _ZOOM if closer else _ZOOM
        share = (self.window[1] - self.window[0]) / (self._first[1] - self._first[0]) * factor
        if not _NEAREST <= share <= _FARTHEST:
            return False
        x, y = self.cursor
        x_low, x_high, y_low, y_high = self.window
        self.window = (
            x + (x_low - x) * factor,
            x + (x_high - x) * factor,
            y + (y_low - y) * factor,
            y + (y_high - y) * factor,
        )
        return True

    def change_rate(self, by: int) -> bool:
        """Another learning rate; False at the end of the scale."""
        before, self.rate = self.rate, _within(self.rate + by)
        return before != self.rate

    def change_threshold(self, by: int) -> bool:
        """Another threshold; False at the end of the scale."""
        before, self.threshold = self.threshold, _within(self.threshold + by)
        return before != self.threshold


Mode = Literal["unit", "net"]


def _choices() -> dict[Mode, Choice]:
    return {
        "unit": Choice(UNIT_WINDOW, (5.0, -2.2), (5.0, -2.2), notch(0.3), notch(0.3)),
        "net": Choice((0.0, 2.0, 0.0, 2.0), (1.3, 1.2), (1.3, 1.2), notch(0.1), notch(1.0)),
    }


def _point(numbers: tuple[float, ...]) -> Point:
    return numbers[0], numbers[1]


def _nearest(value: float) -> int:
    distances = [abs(math.log(value / one)) for one in NOTCHES]
    return distances.index(min(distances))


def _within(place: int) -> int:
    return min(max(place, 0), len(NOTCHES) - 1)


def _moved(value: float, low: float, high: float, cells: int, by: int) -> float:
    cell = math.floor((value - low) / (high - low) * cells) + by
    cell = min(max(cell, 0), cells - 1)
    return low + (high - low) * (cell + 0.5) / cells


class Stepping:
    """Where the steps of descent stand, over a clock that is passed in."""

    def __init__(self) -> None:
        self.playing = False
        # None: all of it is shown.
        self._travelled: float | None = None
        self._time = 0.0

    @property
    def step(self) -> int | None:
        """The step shown; None for the last."""
        return None if self._travelled is None else math.floor(self._travelled)

    def toggle(self, now: float) -> None:
        """Play, from the start where all is shown; or pause."""
        self.playing = not self.playing
        self._time = now
        if self.playing and self._travelled is None:
            self._travelled = 0.0

    def advance(self, now: float, last: int) -> bool:
        """Move to where playing stands at this time; whether another step is shown."""
        if not self.playing or self._travelled is None:
            return False
        before = self.step
        self._travelled += max(now - self._time, 0.0) * STEPS_A_SECOND
        self._time = now
        if self._travelled >= last:
            self.finish()
        return self.step != before

    def hold(self, now: float) -> None:
        """Let the time up to now pass without moving."""
        self._time = now

    def move(self, by: int, last: int) -> None:
        """A step on or back, pausing."""
        at = last if self.step is None else self.step
        self.playing = False
        self._travelled = float(min(max(at + by, 0), last))

    def restart(self) -> None:
        """Go back to step 0, playing or not as before."""
        self._travelled = 0.0

    def finish(self) -> None:
        """Show all of it."""
        self.playing = False
        self._travelled = None


@attrs.define(eq=False)
class Cliff:
    """What view 9 was left with; no widget in it.

    Attributes:
        experiment: the net whose eigenvalues are scaled on the surface "net".
        pair: the number of the two.
        made: the newest surface "net", and of what: its eigenvectors may take a minute.
    """

    experiment: Experiment
    mode: Mode = "unit"
    pair: int = 0
    choices: dict[Mode, Choice] = attrs.field(factory=_choices)
    stepping: Stepping = attrs.field(factory=Stepping)
    made: tuple[object, Surface] | None = None

    @classmethod
    def of(cls, experiment: Experiment, left: CliffLeft) -> Cliff:
        """With this net, as it was left."""
        cliff = cls(experiment, "net" if left.surface == "net" else "unit", left.pair)
        for name, choice in cliff.choices.items():
            place = getattr(left, name)
            if place is not None:
                choice.go_to(place)
        return cliff

    @property
    def left(self) -> CliffLeft:
        """Where it is now, as a value; without the surfaces on which nothing was chosen."""
        first = _choices()
        places = {
            name: choice.left
            for name, choice in self.choices.items()
            if choice.left != first[name].left
        }
        return CliffLeft(self.mode, self.pair, **places)

    def enter(self, experiment: Experiment) -> None:
        """Go on with this net, which may be another."""
        if experiment != self.experiment:
            self.experiment, self.pair = experiment, 0
        if experiment.width > MOST_WIDTH:
            self.mode = "unit"
