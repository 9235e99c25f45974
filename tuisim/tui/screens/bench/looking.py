"""MainLooking: the keys by which the main screen shows another part of the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.timer import Timer
from textual.widgets import Input

from tuisim.figures.views.table import SCREENS
from tuisim.tui.screens.changing import MainChanges
from tuisim.tui.state import words
from tuisim.tui.state.bench.opened import rewritten
from tuisim.tui.state.bench.watching import POLL_SECONDS, FileRewritten, FileUnread, Watching

if TYPE_CHECKING:
    from tuisim.tui.state.bench.opened import FileNet, Opened


class MainLooking(MainChanges):
    """What shows more of a run, less, or otherwise; the run stays as it is."""

    #: Looks at the file that the app was opened with; None where nothing is watched.
    watching: Watching | None = None
    watch_timer: Timer | None = None

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
        if not self._panels.timed:
            self.say(words.NOT_TIMED)
            return
        self.window.whole()
        self.say("all steps")
        self.draw_all()

    def action_axis(self) -> None:
        """Switch between a log and a linear axis."""
        self.log_axis = not self.log_axis
        self.say("log10 axis" if self.log_axis else "linear axis")
        self.draw_all()

    def action_no_cursor(self) -> None:
        """Give a long run up, else put a large panel back, else the cursor away, else list layers.

        A stream has no cursor, and runs on.
        """
        if self.gives_up():
            return
        if self._large:
            self.enlarge("")
        elif self.playback.step is None and self.laboratory.opened is not None:
            self.show_layers(self.laboratory.opened)
        elif not self.laboratory.streaming:
            self.playback.clear()
            self.moved()

    def show_layers(self, opened: Opened, chosen: str | None = None) -> None:
        """List the layers of a file, to open one of them.

        Args:
            chosen: the name of the layer to begin at; the last that was looked at without.
        """
        from tuisim.tui.screens.layers.listing import LayersScreen

        def take(net: FileNet | None) -> None:
            if net is not None:
                self._open_layer(opened, net)

        name = opened.last if chosen is None else chosen
        self.app.push_screen(LayersScreen(opened, name, ascii=self.ascii), take)

    def begin_with(self, opened: Opened) -> None:
        """List the layers of the file that the app was opened with, and watch it if that is asked.

        A list goes over whatever is shown.
        """
        if opened.listed:
            self.show_layers(opened, "")
        self.watch_file(opened)

    def watch_file(self, opened: Opened) -> None:
        """Watch the file that is shown, in place of any before, where that is asked."""
        if self.watching is not None and self.watch_timer is not None:
            self.watch_timer.stop()
            self.watching.close()
        if opened.again is not None:
            self.watching = Watching(
                opened.path, opened.nets, opened.again, self.post_message, opened.stamp
            )
            self.watching.start()
            self.watch_timer = self.set_interval(POLL_SECONDS, self.watching.poll)

    def on_unmount(self) -> None:
        """Watch no longer."""
        if self.watching is not None:
            self.watching.close()

    def on_file_rewritten(self, message: FileRewritten) -> None:
        """Show the layer as it is now, with all that was changed of it."""
        opened, e = self.laboratory.opened, self.laboratory.experiment
        assert opened is not None
        shown = opened.net_of(e) is not None
        opened.rewrite(message.nets)
        newest = opened.net_of(e)
        opened.which = words.rewritten_words(opened.path, opened.updates, message.written)
        more = ""
        if newest is not None and newest.experiment is not None:
            opened.wake.leave(self.laboratory.computed)
            # However many updates there are, one step back leads to before the first.
            net = rewritten(e, newest.experiment)
            self.laboratory.choose(net, "watch", joined=True)
            self.asked()
        elif shown:
            more = f"{opened.lacks(e)}, and stays as it was"
        self.draw_verdict()
        self.say_of_file(opened.which, more)

    def on_file_unread(self, message: FileUnread) -> None:
        """Say why all stays as it was."""
        self.say_of_file("", f"not read, all stays as it was: {message.reason}")

    def say_of_file(self, which: str, more: str = "") -> None:
        """Say it here and in the list, which is run again where it has to be.

        Args:
            which: the update or checkpoint, which here has a line of its own where there is room.
        """
        from tuisim.tui.screens.layers.listing import LayersScreen

        text = "; ".join(filter(None, (which, more)))
        if said := more if self._tall else text:
            self.say(said)
        for screen in self.app.screen_stack:
            if isinstance(screen, LayersScreen):
                screen.show_rewritten()
                screen.say(text)

    def action_layer_next(self) -> None:
        """Open the next layer of the file."""
        self._layer_beside(1)

    def action_layer_previous(self) -> None:
        """Open the layer of the file before."""
        self._layer_beside(-1)

    def _layer_beside(self, by: int) -> None:
        opened = self.laboratory.opened
        if opened is None:
            self.say("no file was opened: `tuisim open FILE` lists the layers of one")
        else:
            self._open_layer(opened, opened.beside(by))

    def _open_layer(self, opened: Opened, net: FileNet) -> None:
        assert net.experiment is not None
        opened.last = net.name
        self.choose(net.experiment, f"layer {net.name}")
        place = [one.name for one in opened.nets].index(net.name) + 1
        self.say(f"layer {place} of {len(opened.nets)}: {net.name}")

    # Going elsewhere.

    def open_on(self, key: str, log_axis: bool) -> None:
        """Begin with this view."""
        self.log_axis = log_axis
        if (key, log_axis) != (self.view.key, True):
            self.follow(key)

    def follow(self, key: str | None) -> None:
        """Open the view for which a screen was left, or that was asked for, if any."""
        if key in SCREENS:
            getattr(self, f"action_{SCREENS[key]}")()
        elif key is not None:
            self.open_view(key)

    def ask_for(self, text: str) -> None:
        """Open the palette with this typed already."""
        self.app.action_command_palette()
        palette = self.app.screen

        def fill() -> None:
            if palette.is_current:
                field = palette.query_one(Input)
                field.value, field.cursor_position = text, len(text)

        palette.call_after_refresh(fill)
