"""A session with the app over a clock that stands still, for tests and screenshots."""

from __future__ import annotations

import asyncio
import builtins
import functools
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar
from unittest import mock

from rich.color import ColorSystem
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from tests.support.pictures import FewColours
from tuisim.engine.diagnosis import advice
from tuisim.engine.diagnosis.advice import Advice
from tuisim.engine.runs.run import Run
from tuisim.terminal.palette import System
from tuisim.testing.clock import Clock as Clock
from tuisim.testing.kit import prepare_kernels as prepare_kernels
from tuisim.testing.pictures import strips, without_ids
from tuisim.testing.waiting import takes_keys
from tuisim.tui.app import SimulatorApp
from tuisim.tui.screens import changing
from tuisim.tui.screens import main as main  # so that every app begins with it
from tuisim.tui.screens.bench import lines
from tuisim.tui.shell.picture import picture
from tuisim.tui.state.bench import advising
from tuisim.tui.widgets import theme as theme_of_roles
from tuisim.tui.widgets.plot import Plot
from tuisim.values.experiment import Experiment

S = TypeVar("S", bound=Screen[Any])

#: What no wait on this machine's noise should ever take, in seconds.
PATIENCE = 60.0
_NEVER = 1e6


@functools.cache
def _measured() -> Callable[[Run], Advice | None]:
    """What mends a run, measured once for each net: it takes twenty runs, after many a key."""
    advise, found = advice.advise, dict[Experiment, "Advice | None"]()

    def advised(run: Run) -> Advice | None:
        if run.experiment not in found:
            found[run.experiment] = advise(run)
        return found[run.experiment]

    return advised


class Bench:
    """The running app with what tests do to it and read from it."""

    def __init__(self, app: SimulatorApp, pilot: Pilot[None], clock: Clock) -> None:
        self.app, self.pilot, self.clock = app, pilot, clock

    # Doing.

    async def wait_for(self, what: Any) -> None:
        """Wait until the condition `what()` holds."""
        end = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < end, "waited in vain"
            await asyncio.sleep(0.002)

    async def settle(self) -> None:
        """Wait until the run drawn is the one asked for and every message was answered."""

        def settled() -> bool:
            lab = self.app.laboratory
            prepared = lab._preparing.idle and not self.app.main.preparing
            said = self.app.main.asked_timer is None
            return self.app.settled and prepared and said and takes_keys(self.app)

        await self.wait_for(settled)
        await self.pilot.pause()
        await self.wait_for(settled)

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, each answered before the next."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def on(self, kind: builtins.type[S], *keys: str) -> S:
        """The screen of this kind that lies on top after these keys, once all of it is there."""
        for key in keys:
            await self.press(key)
            await self.wait_for(lambda: getattr(self.app.screen, "settled", True))
            await self.settle()
        screen: Any = self.app.screen
        assert isinstance(screen, kind)
        await self.wait_for(lambda: screen.settled)
        await self.settle()
        return screen

    async def type(self, text: str) -> None:
        """Type a text faster than it is answered, as people do, and wait for the answer."""
        for one in text:
            self.app.post_message(events.Key(_character_to_key(one), one))
        await self.pilot.pause()
        await self.settle()

    def post_key(self, key: str) -> None:
        """Put a key into the queue and wait for nothing."""
        self.app.post_message(events.Key(key, key if len(key) == 1 else None))

    async def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        await self.pilot.resize_terminal(columns, rows)
        await self.settle()

    async def pass_time(self, seconds: float) -> None:
        """Let the clock go on and the app look at it."""
        self.clock.now += seconds
        self.app.main.tick()
        await self.settle()

    # Reading.

    @property
    def experiment(self) -> Experiment:
        """The experiment asked for, which must be the one drawn."""
        run = self.app.current_run
        assert run is not None
        assert run.experiment == self.app.experiment
        return self.app.experiment

    @property
    def rows(self) -> list[str]:
        """The screen as text, whatever lies on top."""
        screen = self.app.screen
        strips = screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.rows)

    def words(self, where: str) -> str:
        """The text of a line of the main screen: status, time, facts, verdict, pinned or notice."""
        line: Any = self.app.main.query_one(f"#{where}")
        return str(line.content)

    @property
    def notice(self) -> str:
        """What the app says."""
        return self.words("notice")

    def plot(self, name: str) -> Plot:
        """A plot of the main screen: hidden, gradient or plane."""
        return self.app.main.query_one(f"#{name}", Plot)

    async def svg(self) -> str:
        """A picture of the screen, once it is laid out and stays as it is."""
        fields = [field for screen in self.app.screen_stack for field in screen.query(Input)]
        assert not any(field.cursor_blink for field in fields), "two pictures would alternate"
        # A picture takes ten times as long as what it is of.
        before, after = None, strips(self.app)
        end = time.monotonic() + PATIENCE
        while before != after:
            assert time.monotonic() < end, "the screen does not come to rest"
            await self.pilot.pause()
            # A timer lays out what lies under another screen; on a busy machine it comes late, and
            # so does the widget that asks for it.
            await self.wait_for(self._laid_out)
            before, after = after, strips(self.app)
        return without_ids(picture(self.app))

    def _laid_out(self) -> bool:
        shown = [screen for screen in self.app.screen_stack if screen.is_current]
        widgets = (widget for screen in shown for widget in (screen, *screen.query(Widget)))
        return all(map(_at_rest, widgets))


def _at_rest(widget: Widget) -> bool:
    """Whether it is mounted, has answered what it was told, and wants no other layout."""
    told = widget.message_queue_size or widget._next_callbacks
    return widget.is_mounted and not told and not widget._layout_required


@asynccontextmanager
async def running(
    experiment: Experiment | None = None,
    size: tuple[int, int] = (120, 40),
    theme: str | None = None,
    colours: System = "truecolor",
    kind: builtins.type[SimulatorApp] = SimulatorApp,
    **options: Any,
) -> AsyncIterator[Bench]:
    """The app running without a terminal, settled on its first run.

    Args:
        kind: of the app.
        colours: how many the terminal would have; pictures show what it would make of the app's.
    """
    prepare_kernels()
    clock = Clock()
    app = kind(experiment, clock=clock, **options)
    if colours != "truecolor":
        few = ColorSystem.EIGHT_BIT if colours == "256" else ColorSystem.STANDARD
        app._filters.append(FewColours(few))
    if theme is not None:
        app.theme = theme
    shown = mock.patch.object(theme_of_roles, "colour_system", return_value=colours)
    with shown, _no_wall_clock():
        async with app.run_test(size=size) as pilot:
            bench = Bench(app, pilot, clock)
            await bench.settle()
            yield bench


@contextmanager
def _no_wall_clock() -> Iterator[None]:
    """Let nothing that is shown hang on how fast the machine is.

    A notice is forgotten after a while, which on a busy one comes before it is read; and a run
    that is late there would say so in its place.
    """
    with (
        mock.patch.object(lines, "_NOTICE_SECONDS", _NEVER),
        mock.patch.object(changing, "_LATE_SECONDS", _NEVER),
        mock.patch.object(advising.Advising, "rest_seconds", 0.0),
        mock.patch.object(advice, "advise", _measured()),
    ):
        yield
