"""CliffScreen: what the keys do on an error surface, on top of its display."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from tuisim.tui.explain.cliff import cliff
from tuisim.tui.keys.keymap import bindings
from tuisim.tui.keys.keymaps import CLIFF
from tuisim.tui.screens.surface import SurfaceDisplay
from tuisim.tui.state.descending import MOST_WIDTH
from tuisim.tui.widgets.plot import Pointed
from tuisim.values.left import MOST_PARTS


class CliffScreen(SurfaceDisplay):
    """View 9; gives back the number key of the view that it was left for, or None."""

    name_of_view = "cliff"
    entries = CLIFF
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CLIFF)]

    def action_move(self, across: int, up: int) -> None:
        """Move the cursor by cells."""
        self._hush()
        self.choice.move(across, up)
        self._look()
        self._draw()

    def action_start_here(self) -> None:
        """Let descent begin at the cursor."""
        self._hush()
        self.choice.begin_here()
        self._descend()

    def on_pointed(self, message: Pointed) -> None:
        """Begin where the surface was clicked, or show the step; by the wheel zoom, or step."""
        if message.plot.id == "surface":
            if message.turns:
                self.action_zoom(message.turns > 0)
            elif self.surface is not None:
                self.choice.point(message.x, message.y)
                self.action_start_here()
                self._look()
        elif self.paths:
            shown = self._last if self.stepping.step is None else self.stepping.step
            self.action_step(message.turns or round(message.x) - shown)

    def action_play(self) -> None:
        """Play or pause."""
        self._hush()
        self.stepping.toggle(self._clock())
        self._moved()

    def action_step(self, by: int) -> None:
        """A step on or back."""
        self._hush()
        self.stepping.move(by, self._last)
        self._moved()

    def action_first_step(self) -> None:
        """Show the start alone."""
        self._hush()
        self.stepping.restart()
        self._moved()

    def action_last_step(self) -> None:
        """Show the whole paths."""
        self._hush()
        self.stepping.finish()
        self._moved()

    def action_rate_up(self) -> None:
        """A larger learning rate."""
        self._rate_by(1)

    def action_rate_down(self) -> None:
        """A smaller learning rate."""
        self._rate_by(-1)

    def _rate_by(self, notches: int) -> None:
        self._hush()
        if not self.choice.change_rate(notches):
            self.say(f"learning rate: stays at {self.choice.learning_rate:g}")
        self._descend()

    def action_threshold(self, by: int) -> None:
        """Another clipping threshold."""
        self._hush()
        if not self.choice.change_threshold(by):
            self.say(f"clipping threshold: stays at {self.choice.clip_threshold:g}")
        self._descend()

    def action_zoom(self, closer: bool) -> None:
        """Show less or more about the cursor."""
        self._hush()
        if not self.choice.zoom(closer):
            self.say("zoom: there is nothing more to see")
        self._ask()

    def action_other_surface(self) -> None:
        """Show the other surface."""
        self._hush()
        if self.mode == "unit" and self._experiment.width > MOST_WIDTH:
            self.say(f"m: got width {self._experiment.width}, allowed: up to {MOST_WIDTH}")
            return
        self._turn_to("net" if self.mode == "unit" else "unit")

    def action_eigenvalues(self, by: int) -> None:
        """Scale another two eigenvalues."""
        self._hush()
        if self.mode == "unit":
            self.say("e picks two eigenvalues of the current net; m shows it")
            return
        count = min(len(self._parts), MOST_PARTS)
        self.cliff.pair = (self.cliff.pair + by) % max(count * (count - 1) // 2, 1)
        self._turn_to("net")

    @property
    def playing(self) -> bool:
        """Whether what is shown goes on by itself."""
        return self.stepping.playing

    def action_help(self) -> None:
        """Explain the surface."""
        from tuisim.tui.screens.help import HelpScreen

        losses = self.seen[1] if self.seen is not None else None
        text = cliff(self.choice, self._scaled, self.paths, losses)
        self.app.push_screen(HelpScreen(text, CLIFF, ascii=self._ascii))
