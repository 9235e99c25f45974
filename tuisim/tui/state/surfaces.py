"""What the cliff asks of the engine, in threads; answers come back as messages.

The newest request of each kind wins: work for an older one is given up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.message import Message

from tuisim.figures.drawing.figure import Floats
from tuisim.figures.views.surfaces.landscape import Edges
from tuisim.tui.shell.background import Background
from tuisim.tui.shell.saying import said_of
from tuisim.tui.state.descending import Point
from tuisim.tui.state.messages import Failed

if TYPE_CHECKING:
    from tuisim.engine.surfaces.landscape import Losses, Path, Surface

#: Steps of each path.
STEPS = 100


class SurfaceMade(Message):
    """A surface is ready to be asked."""

    def __init__(self, asked: object, surface: Surface) -> None:
        super().__init__()
        self.asked, self.surface = asked, surface


class SurfaceRefused(Failed):
    """There is no such surface, or work on one failed."""


class GridFilled(Message):
    """More of a grid is known, or all: this share of it."""

    def __init__(self, edges: Edges, loss_log10: Floats, share: float, whole: bool) -> None:
        super().__init__()
        self.edges, self.loss_log10, self.share, self.whole = edges, loss_log10, share, whole

    def can_replace(self, message: Message) -> bool:
        # Textual asks the older message whether `message` may take its place.
        return isinstance(message, GridFilled)


class PathsComputed(Message):
    """Descent was computed, clipped and not."""

    def __init__(self, asked: Any, paths: tuple[Path, ...]) -> None:
        super().__init__()
        self.asked, self.paths = asked, paths


class PointComputed(Message):
    """Loss and gradient at a point were computed."""

    def __init__(self, point: Point, losses: Losses) -> None:
        super().__init__()
        self.point, self.losses = point, losses


class Surfaces:
    """Threads that work on one surface at a time, the newest."""

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        # A slow grid must keep neither the paths waiting nor the number at the cursor.
        self._threads = {name: Background(self._refuse) for name in ("grid", "paths", "point")}
        self._closed = False

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads.values():
            thread.start()

    def close(self) -> None:
        """Stop working."""
        self._closed = True
        for thread in self._threads.values():
            thread.close()

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing runs."""
        return all(thread.idle for thread in self._threads.values())

    def make(self, asked: object, maker: Callable[[], Surface]) -> None:
        """Make a surface, in place of any work on the one before."""
        for name, thread in self._threads.items():
            thread.drop(name)
        self._ask("grid", lambda: self._post(SurfaceMade(asked, maker())))

    def fill(self, surface: Surface, edges: Edges) -> None:
        """Compute the losses in the middles of a grid's cells."""

        def work() -> None:
            from tuisim.engine.surfaces.landscape import loss_grid, middles

            x, y = middles(edges[0]), middles(edges[1])
            for grid, done in loss_grid(surface, x, y):
                self._post(GridFilled(edges, grid, done / grid.size, False))
            self._post(GridFilled(edges, grid, 1.0, True))

        self._ask("grid", work)

    def descend(self, surface: Surface, start: Point, rate: float, threshold: float) -> None:
        """Compute both paths."""

        def work() -> None:
            from tuisim.engine.surfaces.landscape import descend

            paths = tuple(descend(surface, start, rate, one, STEPS) for one in (None, threshold))
            self._post(PathsComputed((surface, start, rate, threshold), paths))

        self._ask("paths", work)

    def look(self, surface: Surface, point: Point) -> None:
        """Compute loss and gradient at a point."""

        def work() -> None:
            import numpy as np

            found = surface.evaluate(np.array(point[:1]), np.array(point[1:]))
            self._post(PointComputed(point, found))

        self._ask("point", work)

    def _ask(self, name: str, work: Callable[[], object]) -> None:
        thread = self._threads[name]

        def job() -> None:
            from tuisim.engine.base.stopping import StoppedError, stoppable

            try:
                with stoppable(lambda: self._closed or thread.waits(name)):
                    work()
            except StoppedError:
                return

        thread.ask(name, job)

    def _refuse(self, error: BaseException) -> None:
        self._post(SurfaceRefused(said_of(error, "width, depth or batch")))
