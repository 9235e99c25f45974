"""LogScreen: gradient norms, losses and all else that a training logs, as it logs them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuisim.figures.drawing.figure import WHOLE, Reveal, blank_figure
from tuisim.figures.drawing.numbers import one_cell_each
from tuisim.figures.words.status import Piece, fit_pieces
from tuisim.tui.keys.keymap import first_key, own_bindings
from tuisim.tui.keys.keymaps import LOG
from tuisim.tui.screens.logs.span import Span
from tuisim.tui.shell.leaving import Leavable
from tuisim.tui.state.bench.logreading import (
    POLL_SECONDS,
    LogLook,
    LogLooked,
    LogReading,
    LogUnread,
    Wanted,
)
from tuisim.tui.state.words import notice
from tuisim.tui.widgets.keybar import KeyBar
from tuisim.tui.widgets.line import Line, put
from tuisim.tui.widgets.plot import Plot, Pointed

#: A plot with fewer rows says nothing; more plots than this are not looked at together.
_LEAST_ROWS, MOST_PLOTS = 8, 6
#: By how much keys and the wheel zoom, and how many points a fast key moves the cursor.
_ZOOM, _WHEEL, _FAST = 4.0, 2.0, 10

_NONE_YET = "no numbers in it yet"
_NO_LOG = f"{_NONE_YET}: lines are neither JSON, nor CSV under a header"

_WHAT = (
    "THE LOG OF A TRAINING",
    "Every column of numbers that the log has, over its updates: gradient norms first, then "
    "losses, then all else. Where many updates fall into one column of the screen, the curve is "
    "their median, and the shade reaches from the least to the greatest.",
    "? is not a number, ∞ infinite, ↓ minus infinite, × exactly zero, which a log axis cannot "
    "show.",
    "The file is looked at five times a second. A last line that is not yet whole waits; a file "
    "that was cut off or replaced is read anew; where the updates go back, as after a restart "
    "from a checkpoint, what was logged from there on before is gone.",
)


class LogScreen(Leavable[None]):
    """Plots over one another, on one axis of updates with one cursor."""

    AUTO_FOCUS = ""
    entries = LOG
    BINDINGS: ClassVar[list[BindingType]] = [*own_bindings(LOG)]
    DEFAULT_CSS = """
    LogScreen Plot { height: 1fr; }
    LogScreen #status, LogScreen #said { height: 1; padding: 0 1; }
    LogScreen #status { text-style: bold; }
    LogScreen #said { height: auto; max-height: 3; color: $text-warning; }
    """

    def __init__(self, path: Path, *, ascii: bool = False) -> None:
        """A screen over the log at this path."""
        super().__init__()
        self.path, self.ascii = path, ascii
        self.reading = LogReading(path, self.post_message)
        self.span = Span()
        #: The newest look; None before there is one.
        self.look: LogLook | None = None
        #: The update that the cursor stands at, if any.
        self.cursor: float | None = None
        self._first, self._log, self._notice = 0, True, ""

    def compose(self) -> ComposeResult:
        """What is read, the plots, what there is to say, and the keys."""
        with Vertical():
            yield Line(id="status")
            for place in range(MOST_PLOTS):
                yield Plot(id=f"plot{place}", ascii=self.ascii)
            yield Line(id="said")
            yield KeyBar(LOG, ascii=self.ascii)

    def on_mount(self) -> None:
        """Begin to read."""
        self.reading.start()
        self.reading.want(self._wanted)
        self.reading.poll()
        self.set_interval(POLL_SECONDS, self.reading.poll)

    def on_unmount(self) -> None:
        """Read no further."""
        self.reading.close()

    @property
    def settled(self) -> bool:
        """Whether all that was asked for is shown."""
        return self.reading.idle and self.look is not None and self.look.wanted == self._wanted

    def on_resize(self) -> None:
        """Show as many plots as there is room for."""
        self._ask()

    def on_log_looked(self, message: LogLooked) -> None:
        """Show it."""
        before, self.look = self.look, message.look
        if before is not None and before.renewed != message.look.renewed:
            self.span, self.cursor, self._first = Span(), None, 0
            self.say("the file is another one: read anew")
        self.span.grow(message.look.whole)
        self.draw()
        if message.look.wanted != self._wanted:
            self._ask()

    def on_log_unread(self, message: LogUnread) -> None:
        """Say why all stays as it was."""
        self.say(message.reason)

    def on_pointed(self, message: Pointed) -> None:
        """Put the cursor where it was clicked; the wheel zooms."""
        if message.turns:
            self.span.zoom(_WHEEL**message.turns, message.x)
            self._ask()
        else:
            self._move_to(message.x)

    def say(self, text: str) -> None:
        """Show a notice, until the next key."""
        self._notice = text
        self.draw()

    def action_axis(self) -> None:
        """Switch between a log and a linear axis."""
        self._log = not self._log
        self._notice = "log10 axis" if self._log else "linear axis"
        self._ask()

    def action_zoom_steps(self) -> None:
        """Show a quarter of the updates, about the cursor or the newest."""
        self.span.zoom(_ZOOM, self.cursor)
        self._notice = ""
        self._ask()

    def action_all_steps(self) -> None:
        """Show all updates."""
        self.span.shown = None
        self._notice = ""
        self._ask()

    def action_panels(self) -> None:
        """Show the next plots, where there are more than fit."""
        there = len(self.look.panels) if self.look is not None else 0
        self._first = self._first + self._fitting if self._first + self._fitting < there else 0
        self._notice = ""
        self._ask()

    def action_cursor(self, by: int) -> None:
        """Move the cursor by points of the first curve that is shown."""
        x = self._points
        if not x.size:
            return
        if self.cursor is None:
            at = x.size - 1 if by < 0 else 0
        else:
            at = int(np.argmin(np.abs(x - self.cursor))) + by
        self._move_to(float(x[min(max(at, 0), x.size - 1)]))

    def action_first_step(self) -> None:
        """Put the cursor on the first update that is shown."""
        if self._points.size:
            self._move_to(float(self._points[0]))

    def action_last_step(self) -> None:
        """Put the cursor on the last one."""
        if self._points.size:
            self._move_to(float(self._points[-1]))

    def action_no_cursor(self) -> None:
        """Put the cursor away."""
        self.cursor = None
        self.say("")

    def action_help(self) -> None:
        """Explain what is shown."""
        from tuisim.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen("\n\n".join(_WHAT), LOG, ascii=self.ascii))

    async def action_quit(self) -> None:
        """Leave the app."""
        self.app.exit()

    def draw(self) -> None:
        """Show what was read."""
        if not self.is_mounted:
            return
        look, width = self.look, max(self.size.width - 2, 1)
        put(self.query_one("#status", Static), self._status(width))
        said = self.query_one("#said", Static)
        said.display = bool(self._notice)
        put(said, notice(self._notice, width, self.ascii), wraps=True)
        figures = look.figures if look is not None else ()
        if not figures:
            name = one_cell_each(self.path.name)
            figures = (
                blank_figure(name, _NONE_YET if look is None or not look.skipped else _NO_LOG),
            )
        reveal = WHOLE if self.cursor is None else Reveal(cursor=self.cursor)
        for place in range(MOST_PLOTS):
            plot = self.query_one(f"#plot{place}", Plot)
            plot.display = place < len(figures)
            if place < len(figures):
                plot.show(figures[place], reveal)

    def _status(self, width: int) -> str:
        look, name = self.look, one_cell_each(self.path.name)
        if look is None or not (look.rows or look.skipped):
            return fit_pieces((Piece(name),), width, self.ascii)
        rows = "1 row" if look.rows == 1 else f"{look.rows} rows"
        pieces = [Piece(name), *([Piece(rows, "", 3)] if look.rows else [])]
        if look.share < 1.0:
            pieces.append(Piece(f"reading {100 * look.share:.0f} %", "", 0))
        elif look.rows:
            pieces.append(Piece(f"{look.label} {look.whole[1]:.15g}", "", 1))
            at = time.strftime("%H:%M:%S", time.localtime(look.written))
            pieces.append(Piece(f"written {at}", "", 4))
            pieces.append(Piece(one_cell_each(look.latest), "", 2))
        if len(look.panels) > len(look.figures):
            own: dict[str, str] = getattr(self.app, "own_keys", {})
            key = first_key("view_next", own)
            turns = f", {key} turns" if key else ""
            pieces.append(Piece(f"{len(look.panels)} plots{turns}", "", 1))
        if look.skipped:
            lines = "1 line" if look.skipped == 1 else f"{look.skipped} lines"
            pieces.append(Piece(f"{lines} not read", "", 1))
        if look.left_out:
            pieces.append(Piece("more columns than are kept", "", 2))
        return fit_pieces(pieces, width, self.ascii)

    @property
    def _points(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        figures = self.look.figures if self.look is not None else ()
        series = figures[0].series if figures else ()
        # Rows of one epoch are one point.
        return np.unique(series[0].x) if series else np.empty(0)

    @property
    def _fitting(self) -> int:
        """How many plots have room."""
        return min(max((self.size.height - 2) // _LEAST_ROWS, 1), MOST_PLOTS)

    @property
    def _wanted(self) -> Wanted:
        return Wanted(self._first, self._fitting, self._log, self.span.shown)

    def _move_to(self, x: float) -> None:
        self.cursor = x
        self.say("")

    def _ask(self) -> None:
        self.reading.want(self._wanted)
        self.draw()
