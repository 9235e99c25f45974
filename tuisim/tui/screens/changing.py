"""MainChanges: how the main screen has the experiment changed, and what it says of that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuisim.tui.keys.changes import CHANGES, radius_to
from tuisim.tui.screens.display import MainDisplay
from tuisim.tui.state.messages import ExperimentLoaded
from tuisim.values import presets
from tuisim.values.experiment import Experiment
from tuisim.values.toml import read, with_implied

#: How long the words for what was asked wait for the run, and what counts as a slow run.
_SOON_SECONDS = 0.04
_LATE_SECONDS = 0.5
#: Of one core, about: from 2.7 to 6.2 thousand million floating-point operations a second were
#: measured of nets of several widths and cells.
_FLOPS_A_SECOND = 4e9


class MainChanges(MainDisplay):
    """The display with what changes the experiment under it; without the keys."""

    def change(self, action: str) -> None:
        """Do what a key of this action does to the experiment."""
        changes, notes = CHANGES[action](self.laboratory.experiment)
        self.adjust(action, changes, notes)

    def adjust(self, action: str, changes: Any, notes: tuple[str, ...] = ()) -> None:
        """Change fields; notes and what was reset are said."""
        self._changed(notes + (self.laboratory.adjust(action, changes) if changes else ()))

    def fill_in(self, action: str, changes: Any, notes: tuple[str, ...] = ()) -> None:
        """Change fields that were chosen each for itself, those that are allowed."""
        self._changed(notes + (self.laboratory.fill_in(action, changes) if changes else ()))

    def _changed(self, said: tuple[str, ...]) -> None:
        # What was said before was of another net.
        self.hush()
        if said:
            self.say("; ".join(said))
        self.asked()

    def set_field(self, field: str, text: str) -> None:
        """Set a field to a value as it was typed."""
        try:
            value = read(field, text)
            changes: Mapping[str, Any] = with_implied({field: value})
            notes: tuple[str, ...] = ()
            if field == "radius" and self.laboratory.experiment.spectrum == "eigenvalues":
                changes, notes = radius_to(value)(self.laboratory.experiment)
            self.adjust(f"set {field}", changes, notes)
        except ValueError as error:
            self.say(str(error))

    def load_preset(self, name: str) -> None:
        """Ask for a preset."""
        self.laboratory.choose(presets.preset(name), "preset")
        self.say(presets.document(name).look_for or presets.document(name).description)
        self.asked()

    def choose(self, experiment: Experiment, action: str) -> None:
        """Ask for an experiment."""
        self.laboratory.choose(experiment, action)
        self.asked()

    def save(self, kind: str, name: str = "") -> None:
        """Save the experiment, the run's numbers or a picture of the screen."""
        from tuisim.tui.state.saving import saving

        now = self.laboratory
        now.save(saving(self.app, now.experiment, now.computed, kind, name))

    def take_loaded(self, message: ExperimentLoaded) -> None:
        """Ask for an experiment that came from a file: a step of its own to be undone."""
        self.laboratory.choose(message.experiment, f"load {message.name}")
        self.asked()
        self.say("; ".join((f"loaded {message.name}", *message.notes)))

    def asked(self) -> None:
        if self.laboratory.make_room():
            self.draw_all()
        # A fast run brings the new words along: a frame of their own would only keep it waiting.
        if self.laboratory.settled:
            self.draw_time()
        elif self.asked_timer is None:
            self.asked_timer = self.set_timer(_SOON_SECONDS, self._say_asked)
        if self.laboratory.streaming:
            self.laboratory.stream_on(0)
        if self.late_timer is None and not self.laboratory.settled:
            self._wait_for_it()

    def _wait_for_it(self) -> None:
        self.keeps_up = False
        self.late_timer = self.set_timer(_LATE_SECONDS, self._say_late)

    def _say_asked(self) -> None:
        self.asked_timer = None
        self.draw_time()

    def _say_late(self) -> None:
        self.late_timer = None
        if self.keeps_up:
            self._wait_for_it()
            return
        computed = self.laboratory.computed
        late = computed is None or computed.experiment != self.laboratory.experiment
        # One that failed is not late either.
        if late and not self.laboratory.settled and not self.preparing:
            e = self.laboratory.experiment
            self.late_news = f"computing width {e.width}, depth {e.depth}, members {e.members} …"
            self.late_news += f" {_taken(e)}"
            self.late_news += "; escape goes back" if self.laboratory.history.past else ""
            self.say(self.late_news, lasting=True)

    def gives_up(self) -> bool:
        """Go back from a net that takes long; whether it was said of one, and it is under way."""
        late = bool(self.late_news) and self.says(self.late_news) and not self.laboratory.settled
        if not (late and self.laboratory.undo()):
            return False
        self.hush()
        self.say("given up: back to the net before")
        self.asked()
        return True

    def action_claims(self) -> None:
        """List what is said of gradients, to be predicted and measured."""
        from tuisim.tui.screens.claims.asking import ClaimsScreen

        def take(net: Experiment | None) -> None:
            if net is not None:
                self.choose(net, "claims")

        shelf = self.laboratory.shelves["claims"]
        self.app.push_screen(ClaimsScreen(self.clock, shelf, ascii=self.ascii), take)

    def action_diagnose(self) -> None:
        """Run the layer that is shown with each part of it pinned or exchanged."""
        from tuisim.tui.screens.layers.diagnosing import DiagnosisScreen

        e = self.laboratory.experiment
        if not e.layer:
            self.say("a diagnosis takes a trained layer: `tuisim open FILE`; R tries the remedies")
            return

        def take(net: Experiment | None) -> None:
            if net is not None:
                self.choose(net, "diagnose")

        shelf = self.laboratory.shelves["diagnosis"]
        self.app.push_screen(DiagnosisScreen(e, shelf, ascii=self.ascii), take)


def _taken(e: Experiment) -> str:
    from tuisim.engine.base.budget import run_flops

    return f"some {max(run_flops(e) / _FLOPS_A_SECOND, 1.0):.0f} s of a core"
