"""MainScreen: what the keys do, on top of the display."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, ClassVar

import attrs
from textual.binding import BindingType
from textual.widget import Widget

from tuisim.figures.views.table import VIEWS, view_choices
from tuisim.tui.keys.changes import not_normal, present_eigenvalues
from tuisim.tui.keys.keymap import ENTRIES, Entry, bindings, other_digits
from tuisim.tui.keys.palette import ExperimentCommands
from tuisim.tui.screens.bench.resuming import MainResuming
from tuisim.tui.state.playback import Playback
from tuisim.tui.state.words import STREAMING, speed_words, taken_words
from tuisim.tui.widgets.plot import Pointed
from tuisim.values.command_line import command_line, fits
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

#: Beyond this many units single eigenvalues cannot be told apart, let alone picked.
_MOST_EDITED = 512
#: The plots whose x and y are a complex number.
_PLANES = ("plane", "spectrum")
#: By how much a notch of the wheel zooms.
_WHEEL = 2.0


@attrs.frozen(eq=False)
class KeptView:
    """What the main screen shows, to come back to."""

    view: str
    log_axis: bool
    playback: Playback
    news: str
    focused: Widget | None


class MainScreen(MainResuming):
    """The main screen: every action_ method is the action of a key in the keymap."""

    entries: Sequence[Entry] = ENTRIES
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ENTRIES), *other_digits()]
    COMMANDS: ClassVar[set[Any]] = {ExperimentCommands}

    @property
    def playing(self) -> bool:
        """Whether what is shown goes on by itself."""
        return self.playback.playing

    def action_change(self, action: str) -> None:
        """Change the experiment."""
        self.change(action)

    def action_mend(self) -> None:
        """Make the change that mends the gradient most with the least."""
        computed = self.laboratory.computed
        asked = self.laboratory.experiment
        if computed is None or self.preparing or computed.experiment != asked:
            self.say("what would mend it is not measured yet")
            return
        experiment, said = self.laboratory.advising.mending(computed.run)
        if experiment is not None:
            self.choose(experiment, "mend")
        self.say(said)

    def action_play(self) -> None:
        """Play or pause."""
        self.playback.toggle(self.clock())
        self.stream_time = self.clock()
        self.moved()

    def action_step_on(self) -> None:
        """Move the cursor, or a paused stream, a step on."""
        if self.laboratory.streaming:
            self.playback.playing = False
            self.laboratory.stream_on(1)
        else:
            self.playback.move(1)
        self.moved()

    def action_step_back(self) -> None:
        """Move the cursor a step back."""
        if self.laboratory.streaming:
            self.say("a stream does not run backwards; f leaves it")
            return
        self.playback.move(-1)
        self.moved()

    def action_first_step(self) -> None:
        """Put the cursor on step 0."""
        self.playback.to_step(0)
        self.moved()

    def action_last_step(self) -> None:
        """Put the cursor on step T."""
        self.playback.to_step(self.playback.depth)
        self.moved()

    def action_faster(self) -> None:
        """Play faster."""
        self.say(speed_words(self.playback.faster(1)))
        self.draw_time()

    def action_slower(self) -> None:
        """Play slower."""
        self.say(speed_words(self.playback.faster(-1)))
        self.draw_time()

    def action_stream(self) -> None:
        """Let the net run on without end, or stop that."""
        on = not self.laboratory.streaming
        self.playback.clear()
        self.laboratory.stream(on)
        self.stream_time = self.clock()
        self.playback.playing = on
        self.leave_stream()
        if on:
            self.say(STREAMING)
        elif self.says(STREAMING):
            self.hush()
        self.moved()

    def end_stream(self, reason: str) -> None:
        """Leave a stream that cannot go on."""
        if self.laboratory.streaming:
            self.action_stream()
        self.say(reason)

    def action_kick(self) -> None:
        """Kick the state of a streaming net."""
        if self.laboratory.streaming:
            self.laboratory.stream_on(0, kick=True)
            self.say("kicked")
        else:
            self.say("i kicks the state of a streaming net; f starts the stream")

    def action_pin(self) -> None:
        """Pin the run that is shown, or unpin it."""
        self.say(self.laboratory.pin())
        self.draw_all()

    def action_compare(self) -> None:
        """Compare the run that is shown with those that are pinned."""
        from tuisim.tui.screens.compare import named_by_difference

        pinned = [one.experiment for one in self.laboratory.pinned]
        nets = named_by_difference(self.laboratory.experiment, pinned, ascii=self.ascii)
        if len(nets) == 1:
            self.say("nothing else is pinned to compare with; p pins a run, R shows the remedies")
        else:
            self._compare(nets, "now and pinned")

    def action_remedies(self) -> None:
        """Compare this net without any remedy with what each remedy makes of it."""
        from tuisim.values.remedies import remedies

        self._compare(remedies(self.laboratory.experiment), "remedies")

    def action_reservoir(self) -> None:
        """Show what this net would be worth as an echo state network."""
        from tuisim.tui.screens.reservoir import ReservoirScreen

        def take(nearest: Experiment | None) -> None:
            if nearest is not None:
                self.choose(nearest, "reservoir")
                self.action_reservoir()

        shelf, e = self.laboratory.shelves["reservoir"], self.laboratory.experiment
        self.app.push_screen(ReservoirScreen(e, shelf, ascii=self.ascii), take)

    def _compare(self, nets: Mapping[str, Experiment], title: str) -> None:
        from tuisim.tui.screens.compare import CompareScreen

        def take(experiment: Experiment | None) -> None:
            if experiment is not None:
                self.choose(experiment, "compare")

        shelf = self.laboratory.shelves[title]
        self.app.push_screen(CompareScreen(nets, title, shelf, ascii=self.ascii), take)

    def action_map(self) -> None:
        """Show this net on a map over two of its fields."""
        from tuisim.tui.screens.map import MapScreen

        if self.playback.playing:
            self.action_play()

        self.app.push_screen(MapScreen(self, ascii=self.ascii), self.follow)

    def action_undo(self) -> None:
        """Go back to the experiment before."""
        self.hush()
        if not self.laboratory.undo():
            self.say("nothing to undo")
        self.asked()

    def action_redo(self) -> None:
        """Take back an undo."""
        self.hush()
        if not self.laboratory.redo():
            self.say("nothing to redo")
        self.asked()

    def action_command(self) -> None:
        """Show the command that reproduces the screen, and send it to the clipboard."""
        words = ["tuisim"]
        if self.view.key != "1":
            words += ["--view", self.view.name]
        if not self.log_axis:
            words.append("--linear")
        command = command_line(self.laboratory.experiment, " ".join(words))
        sent = self.app.send_to_clipboard(command)  # type: ignore[attr-defined]
        width = max(self.size.width - 2, 1)
        # A notice has three lines, which wrapped words do not fill.
        if fits(command, width, 3 * width):
            self.say(command)
            return
        from tuisim.tui.screens.help import TextScreen

        title = "command, sent to the clipboard" if sent else "command"
        self.app.push_screen(TextScreen(command, title=title, ascii=self.ascii))

    def action_view(self, key: str) -> None:
        """Open a view."""
        self.open_view(key)

    def action_view_next(self) -> None:
        """Open the view on the next number key."""
        self._turn_view(1)

    def action_view_previous(self) -> None:
        """Open the view on the number key before."""
        self._turn_view(-1)

    def _turn_view(self, by: int) -> None:
        keys = [*VIEWS]
        self.open_view(keys[(keys.index(self.view.key) + by) % len(keys)])

    def action_training(self) -> None:
        """Train this net, live: on from where it was left, or anew where the net is another."""
        from tuisim.tui.screens.training import TrainingScreen
        from tuisim.tui.state.coursework import Coursework

        work = self.laboratory.training or Coursework(self.app.frame_seconds)  # type: ignore[attr-defined]
        self.laboratory.training = work
        asked = work.prepared(self.laboratory.experiment, self.plan)
        screen = TrainingScreen(work, asked, self.clock, ascii=self.ascii)

        def take(view: str | None) -> None:
            self.plan = screen.plan
            # What was reset to train it comes back; what was chosen there stays.
            changes, made = work.chosen, work.updates
            notes = (f"training waits at update {made}: 8 goes back to it",) if made else ()
            if changes or notes:
                self.fill_in("training", changes, notes)
            if work.taken is not None:
                self.choose(work.taken, "take")
                self.say(taken_words(made))
            self.follow(view)

        self.app.push_screen(screen, take)

    def action_no_view(self, key: str) -> None:
        """Say which views there are."""
        self.say(f"view: got {key}, allowed: {view_choices()}")

    def action_cliff(self) -> None:
        """Open the error surface; it is left for a view or for the one that was open."""
        from tuisim.tui.screens.cliff import CliffScreen

        screen = CliffScreen(
            self.laboratory.experiment, self.clock, self.laboratory.places.cliff, ascii=self.ascii
        )
        self.app.push_screen(screen, self.follow)

    def on_pointed(self, message: Pointed) -> None:
        """Go to the step that was clicked, or pick the eigenvalue; the wheel zooms, or scales."""
        name = message.plot.id
        timed = {panel.name: panel.timed for panel in self.view.panels}
        if name in _PLANES and message.turns:
            self.change("radius_up" if message.turns > 0 else "radius_down")
        elif name in _PLANES:
            self.edit_eigenvalues(near=complex(message.x, message.y))
        elif timed.get(name or "") and message.turns:
            self.zoom(_WHEEL**message.turns, message.x, centred=False)
        elif timed.get(name or "") and self.laboratory.streaming:
            self.say("a stream has no cursor; f leaves it")
        elif timed.get(name or ""):
            self.playback.to_step(round(message.x))
            self.moved()

    def edit_eigenvalues(self, near: complex | None = None) -> None:
        """Edit single eigenvalues in the plane, the one nearest to a place picked."""
        from tuisim.tui.screens.plane import PlaneScreen

        e = self.laboratory.experiment
        if e.width > _MOST_EDITED:
            self.say(f"edit λ: got width {e.width}, allowed: up to {_MOST_EDITED}")
            return
        if self.preparing and not self.laboratory.settled:
            self.say("edit λ: not before the first curve is there")
            return
        values, dropped = present_eigenvalues(e), not_normal(e)
        self.app.push_screen(PlaneScreen(self, values, dropped, near=near, ascii=self.ascii))

    def action_edit_eigenvalues(self) -> None:
        """Edit single eigenvalues in the plane."""
        self.edit_eigenvalues()

    def action_form(self) -> None:
        """Open the form of all fields."""
        from tuisim.tui.screens.form import FormScreen

        def take(changes: dict[str, object] | None) -> None:
            if changes:
                self.fill_in("form", changes)

        self.app.push_screen(FormScreen(self.laboratory.experiment, ascii=self.ascii), take)

    def action_help(self) -> None:
        """Explain the focused panel."""
        from tuisim.tui.explain import explanation
        from tuisim.tui.screens.help import HelpScreen

        focused = self.focused.id if self.focused is not None else None
        computed = self.laboratory.computed
        measures = {} if computed is None else self.laboratory.measuring.values(computed.run)
        panel = focused or self.view.panels[0].name
        text = explanation(panel, computed, measures)
        text = "\n\n".join((text, *self._advice_explained()))
        self.app.push_screen(HelpScreen(text, self.entries, ascii=self.ascii))

    def _advice_explained(self) -> tuple[str, ...]:
        from tuisim.tui.explain.advice import explained

        computed = self.laboratory.computed
        found = None if computed is None else self.laboratory.advising.of(computed.run)
        return () if computed is None or found is None else (explained(found, computed.run),)

    def action_palette(self) -> None:
        """Open the command palette."""
        self.app.action_command_palette()

    def action_suspend(self) -> None:
        """Give the terminal back to the shell."""
        self.app.action_suspend_process()

    async def action_quit(self) -> None:
        """Leave the app."""
        await self.app.action_quit()

    # Coming back.

    def kept(self) -> KeptView:
        """What is shown now, to come back to."""
        return KeptView(self.view.key, self.log_axis, copy(self.playback), self._news, self.focused)

    def come_back(self, kept: KeptView) -> None:
        """Show what was shown then, of the laboratory as it is now."""
        self.log_axis, self.playback = kept.log_axis, copy(kept.playback)
        self.playback.hold(self.clock())
        self.plan = Plan()
        self.set_focus(kept.focused)
        self.hush()
        if kept.news:
            self.say(kept.news)
        self._stream = None
        self.open_view(kept.view)
        self.moved()
