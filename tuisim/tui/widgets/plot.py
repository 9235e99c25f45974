"""Plot: the widget that shows a Figure."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tuisim.figures.drawing.cells import Cells
from tuisim.figures.drawing.drawing import Drawing
from tuisim.figures.drawing.figure import WHOLE, Figure, Reveal, Role
from tuisim.figures.drawing.sheet import Sheet
from tuisim.tui.widgets.theme import role_style

#: A terminal of 5000 × 3000 would cost tens of megabytes of output; nobody reads that plot.
LARGEST = (500, 160)


class Plot(Widget, can_focus=True):
    """Shows a Figure, and redraws only the cells that another figure or reveal changes.

    `show` gives it a figure, `reveal` says how much of it is uncovered. It takes the focus by
    tab, and binds no key.
    """

    DEFAULT_CSS = "Plot { width: 1fr; height: 1fr; }"
    ALLOW_SELECT = False

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
        self._strips: dict[int, Strip] = {}
        self._role_styles: dict[Role, Style] = {}

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
        return Sheet(columns, rows, self._ascii, self._border)

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

    def _redraw(self) -> Cells | None:
        """Draw at the present size; the cells before, None where there were none."""
        before = self._cells
        self._drawn_at = self.size
        sheet, drawing = self.sheet, self._drawing
        if self._figure is None or sheet is None:
            self._cells = None
            return before
        if drawing is None or not sheet.fits(drawing):
            drawing = self._drawing = sheet.draw(self._figure, self._reveal)
        self._cells = drawing.cells(self._reveal)
        return before

    def _update(self) -> None:
        if not self.is_mounted or not self.size:
            self._cells = None
            return
        before = self._redraw()
        if self._cells is None or before is None or before.chars.shape != self._cells.chars.shape:
            self._strips.clear()
            self.refresh()
            return
        regions = []
        for row, start, stop in self._cells.changed_spans(before):
            self._strips.pop(row, None)
            regions.append(Region(start, row, stop - start, 1))
        if regions:
            self.refresh(*regions)

    def _strip(self, row: int) -> Strip:
        assert self._cells is not None
        segments = [Segment(text, self._style(role)) for text, role in self._cells.runs(row)]
        return Strip(segments, self._cells.chars.shape[1])

    def _style(self, role: Role) -> Style:
        # Textual forgets its own styles at every refresh, which is every frame here.
        style = self._role_styles.get(role)
        if style is None:
            style = role_style(self, role)
            self._role_styles[role] = style
        return style

    def notify_style_update(self) -> None:
        """Forget the colours: the theme or the focus changed."""
        self._role_styles.clear()
        self._strips.clear()
        super().notify_style_update()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._strips.clear()
        self._redraw()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A row of the widget; blank beyond what is drawn."""
        cells = self.cells
        if cells is None or y >= len(cells.chars):
            return Strip.blank(self.size.width, self.rich_style)
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._strip(y)
        if strip.cell_length < self.size.width:
            return strip.extend_cell_length(self.size.width, self.rich_style)
        return strip
