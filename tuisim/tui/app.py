"""SimulatorApp: the Textual app; hands keys to the screens and results to the main one."""

from __future__ import annotations

import asyncio
import importlib
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from textual.app import SystemCommand
from textual.events import Key
from textual.screen import Screen

from tuisim.figures.drawing.numbers import ascii_text
from tuisim.tui.keys.keymap import Entry, first_key, shown, view_action
from tuisim.tui.state.bench.keeping import KEEP_SECONDS, Keeping
from tuisim.tui.state.laboratory import Laboratory
from tuisim.tui.state.messages import (
    AdviceComputed,
    ExperimentLoaded,
    FileSaved,
    KernelsPrepared,
    MeasureComputed,
    MeasureProgressed,
    PinComputed,
    RunComputed,
    SessionFound,
    StreamAdvanced,
    StreamFailed,
    Warned,
    WorkFailed,
)
from tuisim.tui.widgets.dressed import DressedApp
from tuisim.tui.widgets.opening import OpeningScreen
from tuisim.values.command_line import command_line
from tuisim.values.experiment import Experiment
from tuisim.values.session import Session

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.terminal.config import Config
    from tuisim.terminal.sessions import Sessions
    from tuisim.tui.screens.main import MainScreen
    from tuisim.tui.state.bench.opened import Opened

#: Imported after the first paint, with numpy.
_MAIN = "tuisim.tui.screens.main"


@runtime_checkable
class Waits(Protocol):
    """A screen that shows what kernels compute."""

    def show_preparing(self) -> None:
        """Say how far the kernels are."""


class SimulatorApp(DressedApp):
    """A recurrent net under glass: keys change it, plots answer."""

    def __init__(
        self,
        experiment: Experiment | None = None,
        *,
        ascii: bool = False,
        config: Config | None = None,
        notes: Sequence[str] = (),
        view: str = "1",
        log_axis: bool = True,
        opened: Opened | None = None,
        clock: Callable[[], float] = time.monotonic,
        leaving: Callable[[int], None] = lambda code: None,
        prepared: Callable[[], object] = lambda: None,
        sessions: Sessions | None = None,
        session: Session | None = None,
        offer: bool = False,
    ) -> None:
        """An app that opens on an experiment.

        Args:
            experiment: the defaults where not given.
            ascii: draw without any character outside ASCII.
            config: theme and keys of the user's own.
            notes: what was reset for this experiment, said first of all.
            view: the number key of the view to open on.
            log_axis: whether the axes begin as log10 ones.
            opened: a file whose layers are listed first of all.
            clock: seconds, for playing and for what counts as a held key.
            leaving: called with the exit code before a signal ends the app.
            prepared: called when all kernels are there, perhaps more than once.
            sessions: where what is made here is kept; nowhere where not given.
            session: one that was kept, in place of the experiment.
            offer: whether the newest that was kept is offered.

        Raises:
            ValueError: a setting that names no theme, action or key there is.
        """
        super().__init__(leaving, ascii=ascii)
        self._notes = notes
        self._opening = view, log_axis
        # A run that plays goes on where it was stopped.
        self.clock: Callable[[], float] = lambda: clock() - self.stopped_seconds
        self._on_prepared = prepared
        self._session, self._offer = session, offer
        experiment = (session.experiment if session else experiment) or Experiment()
        self.laboratory = Laboratory(experiment, self.post_message, self.clock)
        self.laboratory.opened = opened
        if sessions is not None:
            begun = session or Session(experiment)
            self.keeping = Keeping(sessions, begun, self.post_message)
        if config is not None:
            self.configure(config)

    @property
    def experiment(self) -> Experiment:
        """The newest experiment asked for."""
        return self.laboratory.experiment

    @property
    def reproduced_by(self) -> str:
        """The command that shows what is shown, for a report of a fault."""
        return command_line(self.experiment)

    @property
    def current_run(self) -> Run | None:
        """The run drawn; its `.experiment` says of what."""
        computed = self.laboratory.computed
        return None if computed is None else computed.run

    @property
    def preparing(self) -> str:
        """Which kernels are being compiled or loaded, in words; empty once all are there."""
        return self.laboratory.preparing

    @property
    def settled(self) -> bool:
        """Whether the run drawn is of the experiment asked for, and nothing is under way."""
        return self.laboratory.settled

    @property
    def playing(self) -> bool:
        """Whether a screen goes on by itself, by the clock."""
        return any(getattr(screen, "playing", False) for screen in self.screen_stack)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """For the palette: the theme, all that the keys of the screen do, and the views."""
        from tuisim.figures.views.table import VIEWS

        yield SystemCommand("theme", "light, dark and others", self.action_change_theme)
        entries: Sequence[Entry] = getattr(screen, "entries", ())
        found = [(one.action, one.does, one.keys, one.called) for one in entries]
        if entries:
            found += [
                (view_action(key), f"view: {view.name}, {view.title}", key, f"view('{key}')")
                for key, view in VIEWS.items()
            ]
        for action, does, default, call in found:
            if action != "palette":
                keys = shown(self.own_keys.get(action, default)) or "no key"
                title, help = (ascii_text(text) if self.ascii else text for text in (does, keys))
                # The palette reads markup in a help.
                help, run = help.replace("[", "\\["), partial(screen.run_action, call)
                yield SystemCommand(title, help, run, action in ("help", "quit"))

    def get_default_screen(self) -> Screen[Any]:
        """The main screen, on which the others open; one like it until that is imported."""
        if _MAIN in sys.modules:
            return self._main_screen()
        return OpeningScreen(self.experiment, ascii=self.ascii)

    def _main_screen(self) -> MainScreen:
        from tuisim.tui.screens.main import MainScreen

        return MainScreen(self.laboratory, self.clock, ascii=self.ascii)

    def on_mount(self) -> None:
        """Leave in order from now on."""
        self.leave_in_order_from_now_on()

    def on_ready(self) -> None:
        """Begin to work once there is something to see."""
        if isinstance(self.screen, OpeningScreen):
            self.call_after_refresh(lambda: self.run_worker(self._open_main(self.screen)))
        else:
            self._begin()

    async def _open_main(self, opening: Screen[Any]) -> None:
        """Show the main screen in place of the one like it."""
        await asyncio.to_thread(importlib.import_module, _MAIN)
        self.add_mode("main", self._main_screen)
        await self.switch_mode("main")
        self._begin()
        assert isinstance(opening, OpeningScreen)
        for key in opening.early:
            self.post_message(Key(key.key, key.character))

    def _begin(self) -> None:
        if self._session is None:
            self.laboratory.start()
            self.main.open_on(*self._opening)
        else:
            self.main.take_back(self._session)
            self.laboratory.start()
        if self.keeping is not None:
            self.keeping.start(self._offer)
            self.set_interval(KEEP_SECONDS, partial(self.keep_session, last=False))
        if self.laboratory.opened is not None:
            self.main.begin_with(self.laboratory.opened)
        if self._notes:
            # In the list of layers too, which lies over the main screen.
            self.say("; ".join(self._notes))

    def on_unmount(self) -> None:
        """Stop working."""
        self.laboratory.close()

    @property
    def main(self) -> MainScreen:
        """The main screen, whatever lies over it."""
        screen: Any = self.screen_stack[0]
        return screen  # type: ignore[no-any-return]

    @property
    def _open(self) -> bool:
        """Whether there are screens: a thread's last message may come while they are closed."""
        return self.is_running and bool(self.screen_stack)

    def on_run_computed(self, message: RunComputed) -> None:
        """Draw the run."""
        if self._open and self.laboratory.accept(message):
            self.main.show_run()
            # Numba's import would hold up the first curves.
            self.call_after_refresh(self.laboratory.prepare)

    def on_stream_advanced(self, message: StreamAdvanced) -> None:
        """Draw the stream."""
        if self._open:
            self.main.show_stream(message.look)

    def on_stream_failed(self, message: StreamFailed) -> None:
        """Leave it, and say why."""
        if self._open:
            self.main.end_stream(message.reason)

    def on_measure_computed(self, message: MeasureComputed) -> None:
        """Draw what waited for it."""
        self.laboratory.measuring.accept(message)
        if self._open:
            self.main.show_measures()

    def on_measure_progressed(self, message: MeasureProgressed) -> None:
        """Say how far it is."""
        self.laboratory.measuring.accept_progress(message)
        if self._open:
            self.main.show_measures()

    def on_advice_computed(self, message: AdviceComputed) -> None:
        """Say what would mend the net."""
        self.laboratory.advising.accept(message)
        if self._open:
            self.main.show_advice()

    def on_kernels_prepared(self, message: KernelsPrepared) -> None:
        """Say how far the kernels are."""
        if message.done == message.total:
            self._on_prepared()
        from tuisim.tui.state.words import preparing_words

        self.laboratory.accept_kernels(preparing_words(message), message.done == message.total)
        for screen in self.screen_stack if self._open else ():
            if isinstance(screen, Waits):
                screen.show_preparing()

    def on_work_failed(self, message: WorkFailed) -> None:
        """Say why there is no run."""
        self.laboratory.accept_failure(message)
        self.laboratory.prepare()
        if self._open:
            self.main.say(message.reason)

    def on_file_saved(self, message: FileSaved) -> None:
        """Say what happened."""
        if self._open:
            self.main.say(message.words)

    def on_pin_computed(self, message: PinComputed) -> None:
        """Draw it beside the run."""
        self.laboratory.pins.accept(message.computed)
        if self._open:
            self.main.draw_all()

    def on_session_found(self, message: SessionFound) -> None:
        """Offer it."""
        if self.keeping is not None and self._open:
            self.keeping.offered = message.found
            self.main.offer(message.found, message.lines)

    def on_experiment_loaded(self, message: ExperimentLoaded) -> None:
        """Ask for it."""
        if self._open:
            self.main.take_loaded(message)

    def on_warned(self, message: Warned) -> None:
        """Pass the warning on."""
        if self._open:
            self.main.say(message.text)

    def say(self, text: str) -> None:
        """Show a notice on whatever screen lies on top, the first of them once it is there."""
        if not hasattr(self.main, "say"):
            self._notes = (*self._notes, text)
            return
        self.main.say(text)
        if self.screen is not self.main and hasattr(self.screen, "say"):
            self.screen.say(text)

    def action_help_quit(self) -> None:
        """What ctrl+c does: name the key that quits."""
        name = self._quit_key
        if not name:
            self.say("the palette has a command to quit")
        elif self.screen is self.main:
            self.say(f"press {name} to quit")
        else:
            self.say(f"{name} leaves this screen; on the main one it quits")

    def keep_session(self, *, last: bool = True) -> None:
        """Have the session kept as it is now; `last` as Keeping has it."""
        if self.keeping is not None and self._open and hasattr(self.main, "session"):
            self.keeping.keep(self.main.session(), last=last)

    async def action_quit(self) -> None:
        """Leave the app; where a training or a file would go with it, asked once more."""
        training = self.laboratory.training
        made = 0 if training is None else training.updates
        lost = [f"the training at update {made}"] * bool(made)
        lost += ["the file that is being written"] * self.laboratory.filing
        again = f"{self._quit_key} again" if self._quit_key else "the same again"
        words = f"{' and '.join(lost)} ends with the app: {again} quits"
        if lost and not self.main.says(words):
            self.say(words)
        else:
            self.exit()

    @property
    def _quit_key(self) -> str:
        return first_key("quit", self.own_keys)
