"""MainLooking: the keys by which the main screen shows another part of the same."""

from __future__ import annotations

from tuisim.tui.screens.changing import MainChanges


class MainLooking(MainChanges):
    """What shows more of a run, less, or otherwise; the run stays as it is."""

    def action_large(self) -> None:
        """Give the focused panel all of the room; again, the next one."""
        names = self._enlarged
        focused = self.focused.id if self.focused is not None else None
        if self._large in names:
            self.enlarge(names[(names.index(self._large) + 1) % len(names)])
        else:
            self.enlarge(focused if focused in names else names[0])

    def action_zoom_steps(self) -> None:
        """Show a quarter of the steps, about the cursor."""
        self.zoom(4)

    def action_all_steps(self) -> None:
        """Show all steps."""
        self.window.whole()
        self.say("all steps")
        self.draw_all()

    def action_axis(self) -> None:
        """Switch between a log and a linear axis."""
        self.log_axis = not self.log_axis
        self.say("log10 axis" if self.log_axis else "linear axis")
        self.draw_all()

    def action_no_cursor(self) -> None:
        """Put a large panel back, else the cursor away; a stream has none, and runs on."""
        if self._large:
            self.enlarge("")
        elif not self.laboratory.streaming:
            self.playback.clear()
            self.moved()
