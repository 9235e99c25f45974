"""MainResuming: the session on the main screen, to be kept and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuisim.figures.views.table import opening_named
from tuisim.tui.keys.keymap import first_key
from tuisim.tui.screens.bench.walking import MainWalking
from tuisim.tui.screens.view import ViewScreen
from tuisim.tui.state.words import offer_words
from tuisim.values.plan import Plan
from tuisim.values.session import Session

if TYPE_CHECKING:
    from tuisim.terminal.sessions import Found
    from tuisim.tui.state.bench.keeping import Keeping
    from tuisim.values.experiment import Experiment


class MainResuming(MainWalking):
    """What was made at the bench as one value, and a bench as it was when that was kept."""

    #: How nets are trained: what view 8 was left with.
    plan = Plan()
    #: Where the cursor goes once a net is run.
    _due: tuple[Experiment, int] | None = None

    def session(self) -> Session:
        """What there is now."""
        lab, over = self.laboratory, self._view_over
        return Session(
            lab.experiment,
            lab.history.past,
            lab.history.future,
            lab.pins.experiments,
            self.view.name if over is None else over.name_of_view,
            self.log_axis,
            self._due[1] if self._due is not None else self.playback.step,
            getattr(over, "plan", self.plan),
            *lab.places.left_with(lab.experiment),
        )

    @property
    def _view_over(self) -> ViewScreen | None:
        """The view with a screen of its own that is open, if one is."""
        found = (one for one in self.app.screen_stack if isinstance(one, ViewScreen))
        return next(found, None)

    def offer(self, found: Found | None, lines: tuple[str, ...]) -> None:
        """Say, until something else is said, what was kept; and what was wrong with others."""
        if found is not None:
            own: dict[str, str] = getattr(self.app, "own_keys", {})
            room = max(self.size.width - 2, 1)
            lines = (*lines, offer_words(found, first_key("resume", own), room, self.ascii))
        if lines:
            self.say("; ".join(lines), lasting=True)

    def take_back(self, session: Session) -> None:
        """Go on with a session that was kept; undo leads back to what was done since."""
        self.laboratory.take_back(session)
        self.plan, self.log_axis = session.plan, session.log_axis
        # A stream has no cursor, and goes on as the net that is asked for.
        if not self.laboratory.streaming:
            self.playback.clear()
            self._due = None if session.step is None else (session.experiment, session.step)
        self.hush()
        self.follow(opening_named(session.view))
        self.asked()

    def asked(self) -> None:
        """Let a cursor that is due for another net be forgotten."""
        if self._due is not None and self._due[0] != self.laboratory.experiment:
            self._due = None
        super().asked()

    def moved(self) -> None:
        """Show where the cursor went, whatever was due."""
        self._due = None
        super().moved()

    def show_run(self) -> None:
        """Draw the laboratory's run, with the cursor where it was."""
        computed = self.laboratory.computed
        assert computed is not None
        if self._due is not None and self._due[0] == computed.experiment:
            self.playback.retarget(computed.experiment.depth)
            self.playback.to_step(self._due[1])
            self._due = None
        super().show_run()

    def action_resume(self) -> None:
        """Go on with what was kept when the app was left last."""
        keeping: Keeping | None = getattr(self.app, "keeping", None)
        session = None if keeping is None else keeping.take()
        if session is None:
            self.say("no session was found to go on with")
        else:
            self.take_back(session)

    def save_session(self, name: str) -> None:
        """Write the session to a file of this name."""
        from tuisim.tui.state.saving import session_saving

        self.laboratory.save(session_saving(self.session(), name))
