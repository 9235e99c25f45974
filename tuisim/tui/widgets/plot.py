"""Plot: the widget that shows a Figure."""

from __future__ import annotations

import attrs
from textual.events import MouseDown, MouseEvent, MouseMove, MouseScrollDown, MouseScrollUp
from textual.geometry import Size
from textual.message import Message

from tuisim.figures.drawing.cells import Cells
from tuisim.figures.drawing.drawing import Drawing
from tuisim.figures.drawing.figure import WHOLE, Figure, Reveal
from tuisim.figures.drawing.sheet import Sheet
from tuisim.tui.widgets.celled import Celled

#: A terminal of 5000 × 3000 would cost tens of megabytes of output; nobody reads that plot.
LARGEST = (500, 160)

_LEFT = 1


class Pointed(Message):
    """A place in a figure was pressed, or the wheel turned there: `turns` is 1, or −1 back."""

    def __init__(self, plot: Plot, x: float, y: float, turns: int) -> None:
        super().__init__()
        self.plot, self.x, self.y, self.turns = plot, x, y, turns


class Dragged(Message):
    """The mouse came to a place in a figure, its left button down since that was pressed in it."""

    def __init__(self, plot: Plot, x: float, y: float) -> None:
        super().__init__()
        self.plot, self.x, self.y = plot, x, y


class Plot(Celled, can_focus=True):
    """Shows a Figure, and redraws only the cells that another figure or reveal changes.

    `show` gives it a figure, `reveal` says how much of it is uncovered. It takes the focus by
    tab, and binds no key.
    """

    DEFAULT_CSS = "Plot { width: 1fr; height: 1fr; }"

    def __init__(
        self,
        figure: Figure | None = None,
        *,
        ascii: bool = False,
        border: bool | None = None,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """A plot of a figure, or an empty one.

        Args:
            ascii: draw without any character outside ASCII.
            border: a rounded border with the title; None draws one where there is room.
        """
        super().__init__(name=name, id=id, classes=classes)
        self._figure = figure
        self._reveal = WHOLE
        self._ascii, self._border = ascii, border
        self._drawing: Drawing | None = None
        self._cells: Cells | None = None
        self._drawn_at: Size | None = None
        # The cell where the left button was pressed or dragged to; None once it is up.
        self._held: tuple[int, int] | None = None
        # The curve that the legend was asked for.
        self._alone = ""

    @property
    def figure(self) -> Figure | None:
        """The figure shown."""
        return self._figure

    @property
    def revealed(self) -> Reveal:
        """How much of the figure is uncovered, and where the cursor stands."""
        return self._reveal

    @property
    def cells(self) -> Cells | None:
        """What is drawn; None before there are a figure and a size."""
        # After a scroll Textual tells no widget of a new size that a change of layout gave it.
        fits = self._cells is not None and self._drawn_at == self.size
        if not fits:
            self._strips.clear()
            self._redraw()
        return self._cells

    @property
    def sheet(self) -> Sheet | None:
        """What it draws on now; None where there is no room, or it is not displayed."""
        columns, rows = (min(one, cap) for one, cap in zip(self.size, LARGEST, strict=True))
        if columns < 1 or rows < 1 or not self.display:
            return None
        blocks = not self._ascii and not self.app.no_color
        return Sheet(columns, rows, self._ascii, self._border, blocks)

    def show(
        self,
        figure: Figure | None,
        reveal: Reveal | None = None,
        drawing: Drawing | None = None,
    ) -> None:
        """Show another figure, and if given another reveal, in one go.

        Args:
            drawing: of this figure, made with `sheet`; one for another size is not used.
        """
        same = figure is self._figure
        self._figure = figure
        if reveal is not None:
            same = same and reveal == self._reveal
            self._reveal = reveal
        if not same:
            if figure is None or self._alone not in (one.name for one in figure.series):
                self._alone = ""
            self._drawing = drawing
            self._update()

    def reveal(self, reveal: Reveal) -> None:
        """Uncover the figure as far as `reveal` says, without laying it out anew."""
        if reveal != self._reveal:
            self._reveal = reveal
            self._update()

    def set_ascii(self, ascii: bool) -> None:
        """Draw without characters outside ASCII, or with them again."""
        if ascii != self._ascii:
            self._ascii, self._drawing = ascii, None
            self._update()

    def on_mouse_down(self, event: MouseDown) -> None:
        """Show a curve alone by its entry of the legend, or all; else say where it was pressed."""
        name = self._drawing.entry_at(event.x, event.y) if self._drawing else ""
        if name:
            event.stop()
            self._alone = "" if self._alone == name else name
            self._update()
        else:
            left = self._point(event, 0) and event.button == _LEFT
            self._held = (event.x, event.y) if left else None

    def on_mouse_up(self) -> None:
        """No longer drag."""
        self._held = None

    def on_mouse_move(self, event: MouseMove) -> None:
        """Say where the mouse is dragged to; the button may have been let go elsewhere."""
        before, here = self._held, (event.x, event.y)
        self._held = here if before is not None and event.button == _LEFT else None
        place = self._drawing and self._drawing.at(event.x, event.y)
        if self._held not in (None, before) and place:
            self.post_message(Dragged(self, *place))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Say where the wheel was turned away."""
        self._point(event, 1)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Say where the wheel was turned back."""
        self._point(event, -1)

    def _point(self, event: MouseEvent, turns: int) -> bool:
        """Say where it was; whether that is a place in the figure."""
        place = self._drawing and self._drawing.at(event.x, event.y)
        if place:
            event.stop()
            self.post_message(Pointed(self, *place, turns))
        return bool(place)

    def _redraw(self) -> Cells | None:
        """Draw at the present size; the cells before, None where there were none."""
        before = self._cells
        self._drawn_at = self.size
        sheet, drawing = self.sheet, self._drawing
        if self._figure is None or sheet is None:
            self._cells = None
            return before
        reveal = attrs.evolve(self._reveal, alone=self._alone)
        if drawing is None or not sheet.fits(drawing):
            drawing = self._drawing = sheet.draw(self._figure, reveal)
        self._cells = drawing.cells(reveal)
        return before

    def _update(self) -> None:
        if not self.is_mounted or not self.size:
            self._cells = None
            return
        self.changed(self._redraw())

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._strips.clear()
        self._redraw()
        self.refresh()
